//! Placement by tables: where nothing is published, each revision of a side goes beside what it
//! belongs to.

use std::collections::{BTreeMap, BTreeSet};

use rechain_history::{Graph, RevIndex};

use crate::Effects;
use crate::blocks::{below, block};
use crate::conflict::no_order;
use crate::constraint::{Constraint, is_opaque};
use crate::draft::Draft;
use crate::plan::{Conflict, Reason};
use crate::relation::Relations;

mod arms;
mod line;

use arms::linearize;
pub(crate) use arms::link_arms;
use line::Line;

/// Inserts the sides of `heads` into the lineage of `trunk`, one revision after the other.
pub(crate) fn insert_sides(
    draft: &mut Draft<'_>,
    constraints: &[Constraint],
    effects: &Effects,
    trunk: RevIndex,
    heads: &[RevIndex],
) -> Result<(), Conflict> {
    let graph = draft.graph;
    let clues = Clues::of(constraints, effects);
    let mut line = Line::of(draft, &clues.opaque, trunk, below(graph, trunk));
    for &head in heads {
        for member in block(graph, head, &line.placed) {
            insert(draft, &clues, &mut line, member)?;
        }
    }
    Ok(())
}

fn insert(
    draft: &mut Draft<'_>,
    clues: &Clues<'_>,
    line: &mut Line,
    member: RevIndex,
) -> Result<(), Conflict> {
    let mut room = Room::of(draft, clues, line, member)?;
    if room.places(line).next().is_none() {
        linearize(draft, clues.constraints, line)?;
        *line = Line::of(
            draft,
            &clues.opaque,
            line.top(),
            std::mem::take(&mut line.placed),
        );
        room = Room::of(draft, clues, line, member)?;
    }
    let (place, reason) = room.choose(draft.graph, clues, line, member);
    let Some(movable) = draft.movable(member) else {
        return Ok(());
    };
    let after = line.order[place];
    draft.set_parents(movable, vec![after], reason);
    for follower in line.followers.get(&after).cloned().unwrap_or_default() {
        let parents = draft
            .parents(follower)
            .iter()
            .map(|&parent| if parent == after { member } else { parent })
            .collect();
        let reason = Reason::MakesRoom {
            revision: draft.graph[member].id.clone(),
        };
        if let Some(movable) = draft.movable(follower) {
            draft.set_parents(movable, parents, reason);
        }
    }
    line.insert(&clues.opaque, place, member);
    Ok(())
}

/// What placing looks up of every revision.
struct Clues<'e> {
    constraints: &'e [Constraint],
    /// What must come before each, by constraints.
    before: BTreeMap<RevIndex, Vec<RevIndex>>,
    /// What must come after each, by constraints.
    after: BTreeMap<RevIndex, Vec<RevIndex>>,
    opaque: BTreeSet<RevIndex>,
    relations: Relations<'e>,
}

impl<'e> Clues<'e> {
    fn of(constraints: &'e [Constraint], effects: &'e Effects) -> Self {
        let mut before: BTreeMap<RevIndex, Vec<RevIndex>> = BTreeMap::new();
        let mut after: BTreeMap<RevIndex, Vec<RevIndex>> = BTreeMap::new();
        for found in constraints {
            before.entry(found.after).or_default().push(found.before);
            after.entry(found.before).or_default().push(found.after);
        }
        Self {
            constraints,
            before,
            after,
            opaque: effects
                .iter()
                .filter(|(_, own)| is_opaque(Some(own)))
                .map(|(&index, _)| index)
                .collect(),
            relations: Relations::of(effects),
        }
    }
}

/// Where in a line a revision may go: directly after one of `order[lowest..highest]`.
struct Room {
    lowest: usize,
    highest: usize,
}

impl Room {
    fn of(
        draft: &Draft<'_>,
        clues: &Clues<'_>,
        line: &Line,
        member: RevIndex,
    ) -> Result<Self, Conflict> {
        let graph = draft.graph;
        let of = |map: &BTreeMap<RevIndex, Vec<RevIndex>>, index| {
            map.get(&index).cloned().unwrap_or_default()
        };
        // Through what is not placed yet, too: a revision below one that must come first goes no higher.
        let needed = line.reached(member, |index| {
            let links = graph.all_parents(index);
            links.chain(of(&clues.before, index)).collect()
        });
        let needing = line.reached(member, |index| {
            let links = graph.all_children(index);
            links.chain(of(&clues.after, index)).collect()
        });
        let unclear = clues.opaque.contains(&member).then(|| line.order.len() - 1);
        let floor = unclear.into_iter().chain([line.floor]);
        let lowest = needed.into_iter().chain(floor).max().unwrap_or(0);
        let highest = needing.into_iter().min();
        let cause = highest.and_then(|position| {
            let mut causes = clues.constraints.iter();
            causes.find(|found| line.at(found.after) == Some(position))
        });
        if let (Some(position), Some(constraint)) = (highest, cause)
            && position <= lowest
        {
            return Err(no_order(constraint));
        }
        let highest = highest.unwrap_or(line.order.len());
        Ok(Self { lowest, highest })
    }

    /// The places that are open, from below.
    fn places(&self, line: &Line) -> impl DoubleEndedIterator<Item = usize> {
        (self.lowest..self.highest).filter(|&at| line.is_passage[at])
    }

    fn choose(
        &self,
        graph: &Graph,
        clues: &Clues<'_>,
        line: &Line,
        member: RevIndex,
    ) -> (usize, Reason) {
        let range = self.lowest..self.highest;
        let related = clues.relations.with(member);
        let beside = related
            .into_iter()
            .filter_map(|it| line.at(it).filter(|at| range.contains(at)))
            .max();
        if let Some(at) = beside
            && let Some(place) = self.places(line).find(|&place| place >= at)
            && let Some((our, their)) = clues.relations.between(member, line.order[at])
        {
            let reason = Reason::Related {
                revision: graph[line.order[at]].id.clone(),
                table: our.to_owned(),
                other: their.to_owned(),
            };
            return (place, reason);
        }
        let place = self
            .places(line)
            .next_back()
            .unwrap_or(self.highest.saturating_sub(1));
        let needed = clues.constraints.iter().find(|found| found.after == member);
        (
            place,
            needed.map_or(Reason::OnTop, |found| Reason::needs(graph, found)),
        )
    }
}
