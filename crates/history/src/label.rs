//! Branch labels: who declares them and how far they spread.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use crate::graph::{Graph, RevIndex};
use crate::name::{BranchLabel, RevisionId};
use crate::problem::Problem;
use crate::revision::Revision;

/// Which revision each readable label names. A label that is declared twice, or that equals a
/// revision id, is a problem (Alembic's `_map_branch_labels` raises `RevisionError`).
pub(crate) fn declarations<'a>(
    revisions: &'a [Arc<Revision>],
    by_id: &HashMap<RevisionId, RevIndex>,
    problems: &mut Vec<Problem>,
) -> BTreeMap<&'a str, RevIndex> {
    let mut declared: BTreeMap<&str, Vec<RevIndex>> = BTreeMap::new();
    for (position, revision) in revisions.iter().enumerate() {
        for label in &revision.branch_labels {
            if let Some(name) = label.name() {
                declared
                    .entry(name)
                    .or_default()
                    .push(RevIndex::new(position));
            }
        }
    }
    let mut result = BTreeMap::new();
    for (name, mut holders) in declared {
        if let Some(&namesake) = by_id.get(name) {
            holders.insert(0, namesake);
        }
        if holders.len() > 1 {
            let place_of = |&holder: &RevIndex| {
                let revision = &revisions[holder.index()];
                (revision.id.clone(), revision.place)
            };
            problems.push(Problem::DuplicateLabel {
                label: BranchLabel::named(name),
                revisions: holders.iter().map(place_of).collect(),
            });
        }
        if let Some(&first) = holders.first() {
            result.insert(name, first);
        }
    }
    result
}

/// The labels each revision has after they have spread (Alembic's `_add_branches`): to all
/// descendants of the declaring revision, and, where the line above it is straight to its tip, also
/// down to the first branch point or merge point.
pub(crate) fn propagate(graph: &Graph) -> Vec<BTreeSet<BranchLabel>> {
    let mut labels = vec![BTreeSet::new(); graph.len()];
    for index in graph.indices() {
        let own = &graph[index].branch_labels;
        if own.is_empty() {
            continue;
        }
        let above = graph.chain_descendants_with([index]);
        for member in graph.members(&above) {
            labels[member.index()].extend(own.iter().cloned());
        }
        let straight = graph
            .members(&above)
            .all(|member| !graph.is_real_branch_point(member) && !graph.is_merge_point(member));
        if !straight {
            continue;
        }
        let mut current = index;
        let mut seen = BTreeSet::from([index]);
        while let [parent, ..] = *graph.parents(current) {
            if graph.is_real_branch_point(parent)
                || graph.is_merge_point(parent)
                || !seen.insert(parent)
            {
                break;
            }
            labels[parent.index()].extend(own.iter().cloned());
            current = parent;
        }
    }
    labels
}
