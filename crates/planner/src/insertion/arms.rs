//! Arms of a merge, or of a fork, made one line.

use std::collections::BTreeMap;

use rechain_history::{Expectations, Problem, RevIndex, upgrade_order_to};

use crate::blocks::linear_order;
use crate::conflict::no_order;
use crate::constraint::Constraint;
use crate::draft::Draft;
use crate::plan::{Conflict, Reason};

use super::line::Line;

/// Makes one chain of everything that stands beside something else in the line.
pub(super) fn linearize(
    draft: &mut Draft<'_>,
    constraints: &[Constraint],
    line: &Line,
) -> Result<(), Conflict> {
    let graph = draft.to_graph(&Expectations::default());
    let members: Vec<RevIndex> = upgrade_order_to(&graph, [line.top()])
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
    // The order of what is published is as databases had it.
    let is_open = |found: &&Constraint| {
        draft.movable(found.before).is_some() && draft.movable(found.after).is_some()
    };
    let open: Vec<&Constraint> = constraints.iter().filter(is_open).collect();
    if open.is_empty() {
        return Ok(());
    }
    for _ in 0..=open.len() {
        let graph = draft.to_graph(&Expectations::default());
        // A `depends_on` may close a circle with the new links. Then there is no order to look at, and the proof
        // of the plan says so.
        if graph.problems().iter().any(Problem::is_cycle) {
            return Ok(());
        }
        let order = upgrade_order_to(&graph, [top]);
        let positions: BTreeMap<RevIndex, usize> = order.iter().copied().zip(0..).collect();
        let at = |index: RevIndex| positions.get(&index).copied();
        let broken = open
            .iter()
            .find(|found| match (at(found.before), at(found.after)) {
                (Some(before), Some(after)) => before > after,
                _ => false,
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
