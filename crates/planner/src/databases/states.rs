//! The states a database can be in that a change may treat differently.

use std::collections::BTreeSet;

use rechain_history::{RevIndex, RevisionId};

use super::Databases;

/// As many revisions with another set below them are looked at one by one.
const MANY: usize = 24;

pub(super) fn states(databases: &Databases<'_>) -> Vec<Vec<RevisionId>> {
    let graph = databases.before;
    let heads: Vec<RevIndex> = graph.heads().collect();
    let mut states: Vec<Vec<RevIndex>> = vec![Vec::new()];
    let mut add = |state: Vec<RevIndex>| {
        if !states.contains(&state) {
            states.push(state);
        }
    };
    for point in parting_points(databases, &heads) {
        add(vec![point]);
    }
    let changed: Vec<RevIndex> = graph
        .indices()
        .filter(|&index| !databases.is_unchanged(index))
        .collect();
    let singles: BTreeSet<RevIndex> = heads
        .iter()
        .copied()
        .chain(changed.into_iter().take(MANY))
        .collect();
    let mut singles: Vec<RevIndex> = singles.into_iter().collect();
    singles.sort_by_key(|&index| {
        let below = databases.below_before[index.index()].count_ones(..);
        (below, graph[index].id.clone())
    });
    for index in singles {
        add(vec![index]);
    }
    let all: Vec<RevIndex> = graph
        .indices()
        .filter(|&index| graph.is_real_head(index))
        .collect();
    add(all);
    let id = |index: RevIndex| graph[index].id.clone();
    states
        .into_iter()
        .map(|state| state.into_iter().map(id).collect())
        .collect()
}

/// The topmost common ancestors of each two heads.
fn parting_points(databases: &Databases<'_>, heads: &[RevIndex]) -> BTreeSet<RevIndex> {
    let graph = databases.before;
    let mut points = BTreeSet::new();
    for (at, &one) in heads.iter().enumerate() {
        for &other in &heads[at + 1..] {
            let mut common = databases.below_before[one.index()].clone();
            common.intersect_with(&databases.below_before[other.index()]);
            points.extend(super::simulation::maximal(graph, &common));
        }
    }
    points
}
