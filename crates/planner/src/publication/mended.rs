//! What the repair of a damaged graph means for databases that have published revisions.

use std::collections::{BTreeMap, BTreeSet};

use fixedbitset::FixedBitSet;
use rechain_history::{Divergence, Graph, RevIndex, RevisionId};

use super::restore::Displacement;
use super::{Published, below, translated};

/// What a repair does below published revisions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bearing {
    /// They would have something else below them than any database had.
    pub displaced: Vec<Displacement>,
    /// Nothing shows what a database that has them ran below them, as Alembic refuses every history that git
    /// shows them in; `gained` is what it would take for done.
    pub untold: Vec<Displacement>,
    /// They have below them again what databases had there.
    pub restored: Vec<RevisionId>,
}

impl Bearing {
    /// Whether the repair changes nothing below a published revision.
    pub fn is_empty(&self) -> bool {
        self.displaced.is_empty() && self.untold.is_empty() && self.restored.is_empty()
    }
}

impl Published {
    /// Compares the graph before and `after` a repair; this was built for `after`, whose positions it has. `base` is
    /// the graph at the tip of the base, where there is one.
    ///
    /// Where links are wrong elsewhere, too (`is_whole` is false), what is missing below a revision may come
    /// back with the next repair, and only what is slipped in below it counts.
    pub fn bearing(
        &self,
        before: &Graph,
        after: &Graph,
        base: Option<&Graph>,
        is_whole: bool,
    ) -> Bearing {
        let mut found = Found::default();
        let differences = Divergence::between(after, before);
        for index in after.indices() {
            let id = &after[index].id;
            if !self.contains(id) || differences.is_same(index) {
                continue;
            }
            let now = below(after, index);
            let sets = self.known_below(before, after, base, id);
            let Some(ran) = nearest(&sets, &now) else {
                found.untold.insert(index, now);
                continue;
            };
            let (gained, lost) = (without(&now, ran), without(ran, &now));
            if gained.is_clear() && lost.is_clear() {
                found.restored.insert(index);
            } else if !gained.is_clear() || is_whole {
                found.displaced.insert(index, (gained, lost));
            }
        }
        found.lowest(after)
    }

    /// What databases that have a revision may have below it, as positions of `after`.
    fn known_below(
        &self,
        before: &Graph,
        after: &Graph,
        base: Option<&Graph>,
        id: &RevisionId,
    ) -> Vec<FixedBitSet> {
        let there = base.and_then(|base| Some(translated(after, base, base.index(id.as_str())?)));
        let deployed = self.deployed(id).iter().map(|it| it.below.clone());
        let mut sets: Vec<FixedBitSet> = there.into_iter().chain(deployed).collect();
        // What Alembic runs as it is, it may have run so.
        if sets.is_empty()
            && !before.is_damaged()
            && !before.has_computed_parents()
            && let Some(index) = before.index(id.as_str())
        {
            sets.push(translated(after, before, index));
        }
        sets
    }
}

/// The set from which the least is slipped in, then the least is lost.
fn nearest<'s>(sets: &'s [FixedBitSet], now: &FixedBitSet) -> Option<&'s FixedBitSet> {
    let missing = |one: &FixedBitSet, other: &FixedBitSet| one.difference(other).count();
    sets.iter()
        .min_by_key(|ran| (missing(now, ran), missing(ran, now)))
}

fn without(one: &FixedBitSet, other: &FixedBitSet) -> FixedBitSet {
    let mut rest = one.clone();
    rest.difference_with(other);
    rest
}

/// What is found of each published revision that changes.
#[derive(Default)]
struct Found {
    /// What it gains and loses.
    displaced: BTreeMap<RevIndex, (FixedBitSet, FixedBitSet)>,
    /// What lies below it then.
    untold: BTreeMap<RevIndex, FixedBitSet>,
    restored: BTreeSet<RevIndex>,
}

impl Found {
    /// Only the lowest of those that fare alike: the others follow from them.
    fn lowest(&self, graph: &Graph) -> Bearing {
        let ids = |set: &FixedBitSet| -> Vec<RevisionId> {
            graph.members(set).map(|it| graph[it].id.clone()).collect()
        };
        let follows = |index: RevIndex, is_alike: &dyn Fn(RevIndex) -> bool| {
            graph.all_parents(index).any(is_alike)
        };
        let displaced = self.displaced.iter().filter(|&(&index, (gained, lost))| {
            !follows(index, &|parent| {
                self.displaced
                    .get(&parent)
                    .is_some_and(|(more, fewer)| gained.is_subset(more) && lost.is_subset(fewer))
            })
        });
        let untold = self
            .untold
            .iter()
            .filter(|&(&index, _)| !follows(index, &|parent| self.untold.contains_key(&parent)));
        let restored = self
            .restored
            .iter()
            .filter(|&&index| !follows(index, &|parent| self.restored.contains(&parent)));
        Bearing {
            displaced: displaced
                .map(|(&index, (gained, lost))| Displacement {
                    revision: graph[index].id.clone(),
                    gained: ids(gained),
                    lost: ids(lost),
                })
                .collect(),
            untold: untold
                .map(|(&index, now)| Displacement {
                    revision: graph[index].id.clone(),
                    gained: ids(now),
                    lost: Vec::new(),
                })
                .collect(),
            restored: restored.map(|&it| graph[it].id.clone()).collect(),
        }
    }
}
