//! The proof before writing: what the new files say is what the plan says, and nothing else changed.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{bail, ensure};
use rechain_history::{Graph, Problem, Revision};
use rechain_parser::{Source, read_module};
use rechain_planner::{Plan, Publication};
use rechain_project::Change;

use crate::history::{History, revisions};

/// Reads the changed files again, in memory, and compares the graph they make with the plan.
///
/// An error is a bug of this program, found before it did harm; nothing is written then.
pub(crate) fn verify(
    history: &History,
    plan: &Plan,
    changes: &[Change],
    publication: &Publication,
) -> anyhow::Result<()> {
    let after: BTreeMap<&Path, &[u8]> = changes
        .iter()
        .filter_map(|change| Some((change.path.as_path(), change.after.as_deref()?)))
        .collect();
    let mut found: Vec<Revision> = Vec::new();
    for (at, file) in history.files.iter().enumerate() {
        let old = file.to_revision(at);
        let Some(bytes) = after.get(file.path.as_path()) else {
            found.extend(old);
            continue;
        };
        let source = Source::decode(bytes.to_vec())?;
        let name = file
            .path
            .file_name()
            .map(|name| name.to_string_lossy())
            .unwrap_or_default();
        let module = read_module(source.text(), &name)?;
        let mut reread = file.module.clone();
        if let (Some(reread), Some(id)) = (&mut reread, &module.revision) {
            ensure!(
                reread.revision.as_ref().map(|(id, _)| id) == Some(&id.0)
                    && reread.branch_labels == module.branch_labels
                    && reread.dependencies == module.dependencies,
                "{} would change more than its parents",
                file.name
            );
        }
        found.extend(module.to_revision(rechain_history::FileId(u32::try_from(at)?)));
    }
    compare(history, plan, publication, found)
}

fn compare(
    history: &History,
    plan: &Plan,
    publication: &Publication,
    found: Vec<Revision>,
) -> anyhow::Result<()> {
    let new = Graph::new(found, &history.expectations);
    let mut expected = revisions(&history.files);
    for revision in &mut expected {
        if let Some(step) = plan
            .reparents
            .iter()
            .find(|step| step.revision == revision.id)
        {
            revision.parents = rechain_history::Parents::Known(step.to.clone());
        }
    }
    ensure!(new.len() == expected.len(), "a revision would be lost");
    for revision in &expected {
        let Some(index) = new.index(revision.id.as_str()) else {
            bail!("revision {} would be lost", revision.id);
        };
        ensure!(
            new[index].parents == revision.parents,
            "revision {} would not get the parents that were planned",
            revision.id
        );
    }
    let old = &history.graph;
    for index in old
        .indices()
        .filter(|&index| publication.is_published(old, index))
    {
        let id = old[index].id.as_str();
        let Some(now) = new.index(id) else {
            bail!("published revision {id} would be lost")
        };
        let below = |graph: &Graph, index| {
            let set = graph.ancestors_with([index]);
            let mut ids: Vec<String> = graph
                .members(&set)
                .map(|member| graph[member].id.to_string())
                .collect();
            ids.sort();
            ids
        };
        let is_put_back = plan.put_back.iter().any(|it| it.as_str() == id)
            && matches!(publication, Publication::Known(published) if published.was_deployed_as(&new, now));
        ensure!(
            is_put_back || below(old, index) == below(&new, now),
            "what lies below the published revision {id} would change"
        );
    }
    for problem in new.problems() {
        match problem {
            Problem::MultipleHeads { .. } => bail!("a lineage would still have several heads"),
            problem if problem.is_damage() && !old.problems().contains(problem) => {
                bail!("the new graph would be damaged: {problem:?}")
            }
            _ => {}
        }
    }
    Ok(())
}
