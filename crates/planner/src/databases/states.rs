//! The states a database can be in that a change may treat differently.

use std::collections::BTreeSet;
use std::rc::Rc;

use rechain_history::{RevIndex, RevisionId};

use super::Databases;

/// As many revisions with another set below them are looked at one by one.
const MANY: usize = 24;

pub(super) fn states(databases: &Databases<'_>) -> Vec<Vec<RevisionId>> {
    let graph = databases.before;
    let heads: Vec<RevIndex> = graph.heads().collect();
    let mut states: Vec<Vec<RevIndex>> = vec![Vec::new()];
    let mut known: BTreeSet<Vec<RevIndex>> = states.iter().cloned().collect();
    let mut add = |state: Vec<RevIndex>| {
        if known.insert(state.clone()) {
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
    singles.sort_by_cached_key(|&index| {
        let below = databases.below_before(index).count_ones(..);
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
    // The heads at or above each revision; shared where they are the same as above the next one.
    let none: Rc<[RevIndex]> = Rc::new([]);
    let mut above = vec![none; graph.len()];
    for &index in databases.order_before.iter().rev() {
        let mut sets: BTreeSet<Rc<[RevIndex]>> = BTreeSet::new();
        for child in graph.all_children(index) {
            let set = &above[child.index()];
            if !set.is_empty() {
                sets.insert(Rc::clone(set));
            }
        }
        if heads.binary_search(&index).is_ok() {
            sets.insert(Rc::new([index]));
        }
        let sets: Vec<Rc<[RevIndex]>> = sets.into_iter().collect();
        above[index.index()] = match sets.as_slice() {
            [] => continue,
            [one] => Rc::clone(one),
            _ => {
                let all: BTreeSet<RevIndex> =
                    sets.iter().flat_map(|it| it.iter().copied()).collect();
                if has_apart(&sets, all.len()) {
                    points.insert(index);
                }
                all.into_iter().collect()
            }
        };
    }
    points
}

/// Whether some two of all the members of `sets` are in no set together.
fn has_apart(sets: &[Rc<[RevIndex]>], all: usize) -> bool {
    if sets.iter().any(|set| set.len() == all) {
        return false;
    }
    let members = sets.iter().flat_map(|set| set.iter());
    members.into_iter().any(|member| {
        let with = sets.iter().filter(|set| set.binary_search(member).is_ok());
        let together: BTreeSet<&RevIndex> = with.flat_map(|set| set.iter()).collect();
        together.len() < all
    })
}
