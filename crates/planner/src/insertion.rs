//! Placement by tables: where nothing is published, each revision of a side goes beside what it
//! belongs to.

use std::collections::{BTreeMap, BTreeSet};

use rechain_history::{Expectations, Graph, Problem, RevIndex, upgrade_order_to};

use crate::Effects;
use crate::blocks::{below, block, linear_order};
use crate::conflict::no_order;
use crate::constraint::{Constraint, is_opaque};
use crate::draft::Draft;
use crate::plan::{Conflict, Reason};
use crate::relation::{own_tables, relation};

/// Inserts the sides of `heads` into the lineage of `trunk`, one revision after the other.
pub(crate) fn insert_sides(
    draft: &mut Draft<'_>,
    constraints: &[Constraint],
    effects: &Effects,
    trunk: RevIndex,
    heads: &[RevIndex],
) -> Result<(), Conflict> {
    let graph = draft.graph;
    let mut line = Line {
        top: trunk,
        placed: below(graph, trunk),
    };
    for &head in heads {
        for member in block(graph, head, &line.placed.clone()) {
            insert(draft, constraints, effects, &mut line, member)?;
        }
    }
    Ok(())
}

/// What is placed already, and its one head.
struct Line {
    top: RevIndex,
    placed: BTreeSet<RevIndex>,
}

fn insert(
    draft: &mut Draft<'_>,
    constraints: &[Constraint],
    effects: &Effects,
    line: &mut Line,
    member: RevIndex,
) -> Result<(), Conflict> {
    let mut room = Room::of(draft, constraints, effects, line, member)?;
    if room.places().next().is_none() {
        linearize(draft, constraints, line)?;
        room = Room::of(draft, constraints, effects, line, member)?;
    }
    let (place, reason) = room.choose(draft, constraints, effects, member);
    let after = room.order[place];
    let Some(movable) = draft.movable(member) else {
        return Ok(());
    };
    let graph = draft.graph;
    let followers: Vec<RevIndex> = line
        .placed
        .iter()
        .copied()
        .filter(|&other| draft.parents(other).contains(&after))
        .collect();
    draft.set_parents(movable, vec![after], reason);
    for follower in followers {
        let parents = draft
            .parents(follower)
            .iter()
            .map(|&parent| if parent == after { member } else { parent })
            .collect();
        let reason = Reason::MakesRoom {
            revision: graph[member].id.clone(),
        };
        if let Some(movable) = draft.movable(follower) {
            draft.set_parents(movable, parents, reason);
        }
    }
    if after == line.top {
        line.top = member;
    }
    line.placed.insert(member);
    Ok(())
}

/// Where in the line a revision may go: directly after one of `order[lowest..highest]`.
struct Room {
    order: Vec<RevIndex>,
    /// Whether everything placed lies below or above `order[at]`, so that something can stand
    /// directly after it without a third revision beside it.
    is_passage: Vec<bool>,
    lowest: usize,
    highest: usize,
}

impl Room {
    fn of(
        draft: &Draft<'_>,
        constraints: &[Constraint],
        effects: &Effects,
        line: &Line,
        member: RevIndex,
    ) -> Result<Self, Conflict> {
        let graph = draft.to_graph(&Expectations::default());
        let chain = graph.chain_ancestors_with([line.top]);
        let order: Vec<RevIndex> = upgrade_order_to(&graph, [line.top])
            .into_iter()
            .filter(|index| chain.contains(index.index()))
            .collect();
        let is_passage = passages(&graph, &order);
        let positions: BTreeMap<RevIndex, usize> = order.iter().copied().zip(0..).collect();
        let at = |index: RevIndex| positions.get(&index).copied();
        let mut before: BTreeMap<RevIndex, Vec<RevIndex>> = BTreeMap::new();
        let mut after: BTreeMap<RevIndex, Vec<RevIndex>> = BTreeMap::new();
        for found in constraints {
            before.entry(found.after).or_default().push(found.before);
            after.entry(found.before).or_default().push(found.after);
        }
        let own_opacity = is_opaque(effects.get(&member));
        // Through what is not placed yet, too: a revision below one that must come first goes no higher.
        let needed = reach(member, |index, visit| {
            draft.graph.all_parents(index).for_each(&mut *visit);
            before
                .get(&index)
                .into_iter()
                .flatten()
                .copied()
                .for_each(visit);
        });
        let needing = reach(member, |index, visit| {
            draft.graph.all_children(index).for_each(&mut *visit);
            after
                .get(&index)
                .into_iter()
                .flatten()
                .copied()
                .for_each(visit);
        });
        let needed = needed.into_iter().filter_map(at);
        let unclear = order
            .iter()
            .enumerate()
            .filter(|&(_, &other)| own_opacity || is_opaque(effects.get(&other)))
            .map(|(position, _)| position);
        let published = order
            .iter()
            .rposition(|&other| draft.movable(other).is_none());
        let lowest = needed.chain(unclear).chain(published).max().unwrap_or(0);
        let highest = needing.into_iter().filter_map(at).min();
        let cause = highest.and_then(|position| {
            let mut causes = constraints.iter();
            causes.find(|found| at(found.after) == Some(position))
        });
        if let (Some(position), Some(constraint)) = (highest, cause)
            && position <= lowest
        {
            return Err(no_order(constraint));
        }
        let highest = highest.unwrap_or(order.len());
        Ok(Self {
            order,
            is_passage,
            lowest,
            highest,
        })
    }

    /// The places that are open, from below.
    fn places(&self) -> impl DoubleEndedIterator<Item = usize> + '_ {
        (self.lowest..self.highest).filter(|&at| self.is_passage[at])
    }

    fn choose(
        &self,
        draft: &Draft<'_>,
        constraints: &[Constraint],
        effects: &Effects,
        member: RevIndex,
    ) -> (usize, Reason) {
        let graph = draft.graph;
        let tables = |index: RevIndex| {
            own_tables(effects.get(&index).map(Vec::as_slice).unwrap_or_default())
        };
        let ours = tables(member);
        let related = (self.lowest..self.highest).rev().find_map(|at| {
            relation(&ours, &tables(self.order[at])).map(|(our, their)| (at, our, their))
        });
        if let Some((at, our, their)) = related
            && let Some(place) = self.places().find(|&place| place >= at)
        {
            let revision = graph[self.order[at]].id.clone();
            let reason = Reason::Related {
                revision,
                table: our.to_owned(),
                other: their.to_owned(),
            };
            return (place, reason);
        }
        let place = self
            .places()
            .next_back()
            .unwrap_or(self.highest.saturating_sub(1));
        let needed = constraints.iter().find(|found| found.after == member);
        (
            place,
            needed.map_or(Reason::OnTop, |found| Reason::needs(graph, found)),
        )
    }
}

/// Which of `order`, everything at or below one revision as Alembic would run it, have nothing beside them:
/// all others lie below or above.
fn passages(graph: &Graph, order: &[RevIndex]) -> Vec<bool> {
    let positions: BTreeMap<RevIndex, usize> = order.iter().copied().zip(0..).collect();
    // How far up the links of what comes before a place reach, and whether a line begins above it.
    let mut reach = 0;
    let mut last_base = 0;
    let reached_before: Vec<usize> = order
        .iter()
        .enumerate()
        .map(|(at, &index)| {
            let before = reach;
            let children = graph.children(index).iter();
            let highest = children.filter_map(|child| positions.get(child)).max();
            reach = reach.max(highest.copied().unwrap_or(at));
            if !graph
                .parents(index)
                .iter()
                .any(|it| positions.contains_key(it))
            {
                last_base = at;
            }
            before
        })
        .collect();
    let mut is_passage: Vec<bool> = Vec::with_capacity(order.len());
    for (at, &index) in order.iter().enumerate() {
        let below = at.checked_sub(1).map(|at| order[at]);
        let above = order.get(at + 1);
        let is_clear = reached_before[at] <= at && last_base <= at;
        // What comes right before and after a passage is linked to it.
        let is_linked = below.is_none_or(|it| graph.parents(index).contains(&it))
            && above.is_none_or(|it| graph.children(index).contains(it));
        let continues =
            below.is_some_and(|it| graph.parents(index) == [it] && graph.children(it) == [index]);
        is_passage.push(if is_clear {
            true
        } else if !is_linked {
            false
        } else if continues {
            // The same revisions lie below or above.
            is_passage[at - 1]
        } else {
            let mut line_through = graph.chain_ancestors_with([index]);
            line_through.union_with(&graph.chain_descendants_with([index]));
            order
                .iter()
                .all(|other| line_through.contains(other.index()))
        });
    }
    is_passage
}

/// Everything that `neighbours` lead to from `start`, without it.
fn reach(
    start: RevIndex,
    neighbours: impl Fn(RevIndex, &mut dyn FnMut(RevIndex)),
) -> BTreeSet<RevIndex> {
    let mut reached = BTreeSet::new();
    let mut open = vec![start];
    while let Some(index) = open.pop() {
        neighbours(index, &mut |next| {
            if next != start && reached.insert(next) {
                open.push(next);
            }
        });
    }
    reached
}

/// Makes one chain of everything that stands beside something else in the line.
fn linearize(
    draft: &mut Draft<'_>,
    constraints: &[Constraint],
    line: &Line,
) -> Result<(), Conflict> {
    let graph = draft.to_graph(&Expectations::default());
    let members: Vec<RevIndex> = upgrade_order_to(&graph, [line.top])
        .into_iter()
        .filter(|&index| line.placed.contains(&index) && draft.movable(index).is_some())
        .collect();
    let order = linear_order(&graph, &members, constraints)?;
    link(draft, &order);
    Ok(())
}

fn link(draft: &mut Draft<'_>, order: &[RevIndex]) {
    for pair in order.windows(2) {
        if draft.parents(pair[1]) != [pair[0]]
            && let Some(movable) = draft.movable(pair[1])
        {
            draft.set_parents(movable, vec![pair[0]], Reason::Linked);
        }
    }
}

/// Where the order in which Alembic would run the new graph breaks a constraint, the arms that hold
/// the two revisions become one line.
pub(crate) fn link_arms(
    draft: &mut Draft<'_>,
    constraints: &[Constraint],
    top: RevIndex,
) -> Result<(), Conflict> {
    for _ in 0..=constraints.len() {
        let graph = draft.to_graph(&Expectations::default());
        // A `depends_on` may close a circle with the new links. Then there is no order to look at, and the proof
        // of the plan says so.
        if graph.problems().iter().any(Problem::is_cycle) {
            return Ok(());
        }
        let order = upgrade_order_to(&graph, [top]);
        let positions: BTreeMap<RevIndex, usize> = order.iter().copied().zip(0..).collect();
        let at = |index: RevIndex| positions.get(&index).copied();
        // The order of what is published is as databases had it.
        let is_open = |found: &&Constraint| {
            draft.movable(found.before).is_some() && draft.movable(found.after).is_some()
        };
        let broken = constraints.iter().filter(is_open).find(|found| {
            match (at(found.before), at(found.after)) {
                (Some(before), Some(after)) => before > after,
                _ => false,
            }
        });
        let Some(broken) = broken else { return Ok(()) };
        // The smallest stretch around both that everything else lies below or above.
        let passes = |index: RevIndex| {
            let mut through = graph.chain_ancestors_with([index]);
            through.union_with(&graph.chain_descendants_with([index]));
            order.iter().all(|other| through.contains(other.index()))
        };
        let (low, high) = (
            at(broken.after).unwrap_or(0),
            at(broken.before).unwrap_or(0),
        );
        let start = (0..=low)
            .rev()
            .find(|&place| passes(order[place]))
            .unwrap_or(0);
        let end = (high..order.len())
            .find(|&place| passes(order[place]))
            .unwrap_or(order.len() - 1);
        // What is published stays as it is, so the line begins on top of it.
        let (movable, published): (Vec<RevIndex>, Vec<RevIndex>) = order[start..=end]
            .iter()
            .partition(|&&index| draft.movable(index).is_some());
        let line = linear_order(&graph, &movable, constraints)?;
        let line: Vec<RevIndex> = published.last().copied().into_iter().chain(line).collect();
        if line
            .windows(2)
            .all(|pair| draft.parents(pair[1]) == [pair[0]])
        {
            return Err(no_order(broken));
        }
        link(draft, &line);
    }
    Ok(())
}
