//! What the repair of a damaged graph means for databases that have published revisions.

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
        let mut bearing = Bearing::default();
        let (mut displaced, mut untold) = (Vec::new(), Vec::new());
        let differences = Divergence::between(after, before);
        for index in after.indices() {
            let id = &after[index].id;
            if !self.contains(id) || differences.is_same(index) {
                continue;
            }
            let now = below(after, index);
            let sets = self.known_below(before, after, base, id);
            let Some(ran) = nearest(&sets, &now) else {
                untold.push((index, displacement(after, id, &now, None)));
                continue;
            };
            if *ran == now {
                bearing.restored.push(id.clone());
                continue;
            }
            let it = displacement(after, id, &now, Some(ran));
            if !it.gained.is_empty() || (is_whole && !it.lost.is_empty()) {
                displaced.push((index, it));
            }
        }
        bearing.displaced = lowest(after, &displaced);
        bearing.untold = lowest(after, &untold);
        bearing
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

fn displacement(
    graph: &Graph,
    id: &RevisionId,
    now: &FixedBitSet,
    ran: Option<&FixedBitSet>,
) -> Displacement {
    let ids = |one: &FixedBitSet, without: Option<&FixedBitSet>| -> Vec<RevisionId> {
        let is_without = |index: &RevIndex| without.is_some_and(|it| it.contains(index.index()));
        let members = graph.members(one).filter(|index| !is_without(index));
        members.map(|index| graph[index].id.clone()).collect()
    };
    Displacement {
        revision: id.clone(),
        gained: ids(now, ran),
        lost: ran.map_or_else(Vec::new, |ran| ids(ran, Some(now))),
    }
}

/// Of those that differ alike only the lowest: the others follow from them.
fn lowest(graph: &Graph, found: &[(RevIndex, Displacement)]) -> Vec<Displacement> {
    let follows = |index: RevIndex, it: &Displacement| {
        found.iter().any(|(lower, other)| {
            let is_alike =
                |one: &[RevisionId], other: &[RevisionId]| other.iter().all(|id| one.contains(id));
            graph.is_ancestor(*lower, index)
                && is_alike(&it.gained, &other.gained)
                && is_alike(&it.lost, &other.lost)
        })
    };
    let kept = found.iter().filter(|(index, it)| !follows(*index, it));
    kept.map(|(_, it)| it.clone()).collect()
}
