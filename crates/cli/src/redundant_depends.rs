//! Entries of `depends_on` that the chain implies: named, and removed where somebody asks for it.

use std::sync::Arc;

use anyhow::Context as _;
use rechain_history::{Graph, ReparentSites, RevIndex, RevisionId};
use rechain_parser::{Source, identifier_sites};
use rechain_planner::Publication;
use rechain_project::Change;
use rechain_rewriter::reparent;

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

/// Says of each that it is one.
pub(crate) fn print(redundant: &[Redundant], ui: &mut Ui) -> anyhow::Result<()> {
    for (revision, dependency) in redundant {
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
