//! From a plan to changes of files.

use anyhow::{Context as _, bail};
use rechain_planner::{Plan, Publication};
use rechain_project::Change;
use rechain_rewriter::reparent;

use crate::history::History;
use crate::verify::verify;

/// The changes that carry out `plan`, proven by reading them again.
pub(crate) fn changes(
    history: &History,
    plan: &Plan,
    publication: &Publication,
) -> anyhow::Result<Vec<Change>> {
    let mut changes = Vec::with_capacity(plan.reparents.len());
    for step in &plan.reparents {
        let index = history
            .graph
            .index(step.revision.as_str())
            .context("a planned revision exists")?;
        let file = history.file_of(index);
        let sites = file
            .module
            .as_ref()
            .and_then(|module| module.sites.as_ref());
        let (Some(source), Some(sites)) = (&file.source, sites) else {
            bail!("{}: down_revision cannot be edited", file.name);
        };
        let edits = reparent(source.text(), sites, &step.to);
        let after = source
            .splice(edits.iter().map(|edit| (edit.range, edit.insert.as_str())))
            .with_context(|| file.name.clone())?;
        changes.push(Change::edit(&file.path, source.bytes(), after));
    }
    verify(history, plan, &changes, publication)
        .context("this is a bug in rechain; nothing was written")?;
    Ok(changes)
}
