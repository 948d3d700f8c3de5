//! Entries of `depends_on` that the chain implies: named, and removed where somebody asks for it.

use std::sync::Arc;

use anyhow::Context as _;
use rechain_history::{Graph, ReparentSites, RevIndex, RevisionId};
use rechain_parser::{Source, identifier_sites};
use rechain_planner::{Plan, Publication};
use rechain_project::Change;
use rechain_rewriter::reparent;

use crate::diagnostic::first_line;
use crate::history::History;
use crate::ui::Ui;
use crate::verify::Intended;

/// A revision, and what it names without need.
pub(crate) type Redundant = (RevisionId, RevisionId);

/// Everything in a graph that its links imply.
pub(crate) fn of(graph: &Graph) -> Vec<Redundant> {
    graph
        .indices()
        .filter(|&index| !graph.dependencies(index).is_empty())
        .flat_map(|index| {
            let below = graph.chain_ancestors_with(graph.parents(index).iter().copied());
            let implied = graph.dependencies(index).iter().copied();
            let implied = implied.filter(move |it| below.contains(it.index()));
            implied.map(move |it| (index, it))
        })
        .map(|(index, it)| (graph[index].id.clone(), graph[it].id.clone()))
        .collect()
}

/// What leaves `depends_on`: what `plan` cannot leave there, and what else somebody wants gone.
pub(crate) fn leaving(plan: &Plan, wanted: &[Redundant]) -> Vec<Redundant> {
    let mut leaving = plan.needless.clone();
    leaving.extend(
        wanted
            .iter()
            .filter(|it| !plan.needless.contains(it))
            .cloned(),
    );
    leaving
}

/// What leaves the `depends_on` of `revision`, below its step.
pub(crate) fn print_of(revision: &RevisionId, plan: &Plan, ui: &mut Ui) -> anyhow::Result<()> {
    for (_, on) in plan.needless.iter().filter(|(of, _)| of == revision) {
        writeln!(
            ui.err,
            "    no longer depends on {on}: the chain implies it, and Alembic would end in a KeyError"
        )?;
    }
    Ok(())
}

/// The steps of a plan that do nothing else than to take something out of `depends_on`.
pub(crate) fn print_steps(history: &History, plan: &Plan, ui: &mut Ui) -> anyhow::Result<()> {
    let mut edited = plan.edited();
    for step in &plan.reparents {
        edited.remove(&step.revision);
    }
    for revision in edited {
        let index = history.graph.index(revision.as_str());
        let title = index.map_or_else(String::new, |it| first_line(&history.graph[it].title));
        writeln!(ui.err, "  {revision} {title}")?;
        print_of(revision, plan, ui)?;
    }
    Ok(())
}

/// Says of each that it is one, but of those that `plan` takes out.
pub(crate) fn print(redundant: &[Redundant], plan: &Plan, ui: &mut Ui) -> anyhow::Result<()> {
    let stay = redundant.iter().filter(|it| !plan.needless.contains(it));
    for (revision, dependency) in stay {
        ui.note(&format!(
            "{revision} names {dependency} in depends_on, which the chain implies; Alembic before 1.13.1 \
             stumbles over it on the way down"
        ))?;
    }
    Ok(())
}

/// Takes `dropped` out of what is intended and out of the files, but where they are published.
pub(crate) fn drop(
    history: &History,
    dropped: &[Redundant],
    publication: &Publication,
    intended: &mut Intended,
    changes: &mut Vec<Change>,
) -> anyhow::Result<()> {
    if dropped.is_empty() {
        return Ok(());
    }
    for revision in &mut intended.revisions {
        let index = history.graph.index(revision.id.as_str());
        let index = index.context("a revision is in its graph")?;
        let is_implied = |name: &str| {
            dropped.iter().any(|(of, on)| {
                let dependency = history.graph.dependencies(index).iter().find(|it| {
                    let target = &history.graph[**it];
                    let mut labels = target.branch_labels.iter().filter_map(|it| it.name());
                    target.id.as_str() == name || labels.any(|label| label == name)
                });
                *of == revision.id && dependency.is_some_and(|it| history.graph[*it].id == *on)
            })
        };
        let kept: Vec<String> = revision
            .dependencies
            .iter()
            .filter(|name| !is_implied(name))
            .cloned()
            .collect();
        // What is published is left as it is, to the last byte.
        if kept.len() < revision.dependencies.len()
            && !publication.is_published(&history.graph, index)
        {
            depend_on(history, index, &kept, changes)?;
            Arc::make_mut(revision).dependencies = kept;
        }
    }
    Ok(())
}

/// Adds to `changes` that a revision depends on these alone.
fn depend_on(
    history: &History,
    index: RevIndex,
    names: &[String],
    changes: &mut Vec<Change>,
) -> anyhow::Result<()> {
    let file = history.file_of(index);
    let source = file.source().ok_or_else(|| file.changed_meanwhile())?;
    let at = changes.iter().position(|change| change.path == file.path);
    let before = match at.and_then(|at| changes[at].after.clone()) {
        Some(after) => Source::decode(after)?,
        None => Source::decode(source.bytes().to_vec())?,
    };
    // depends_on is written in the forms of down_revision.
    let sites = ReparentSites {
        down_revision: identifier_sites(before.text())?
            .depends_on
            .context("it depends on something")?,
        model_literal: None,
        revises: None,
    };
    let names: Vec<RevisionId> = names.iter().map(|it| it.as_str().into()).collect();
    let edits = reparent(before.text(), &sites, &names);
    let after = before.splice(edits.iter().map(|edit| (edit.range, edit.insert.as_str())))?;
    match at {
        Some(at) => changes[at].after = Some(after),
        None => changes.push(Change::edit(&file.path, source.bytes(), after)),
    }
    Ok(())
}
