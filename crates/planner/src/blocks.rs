//! Placement on top: blocks of revisions, each in its own order, one above the other.

use std::collections::{BTreeMap, BTreeSet};

use rechain_history::{Graph, RevIndex, upgrade_order_to};

use crate::arrival::Rank;
use crate::conflict::no_order;
use crate::constraint::Constraint;
use crate::draft::Draft;
use crate::plan::{Conflict, Reason};

/// Puts everything of `heads` that is not in `placed` on top of `top`, as blocks.
///
/// A block that needs another goes after it. Among blocks that are free to go, `rank` decides (the
/// contract's order), then the one that already stands there, then the smaller id.
pub(crate) fn stack(
    draft: &mut Draft<'_>,
    constraints: &[Constraint],
    mut top: RevIndex,
    heads: &[RevIndex],
    rank: &dyn Fn(&Graph, &[RevIndex]) -> Rank,
    reason: &Reason,
) -> Result<(), Conflict> {
    let graph = draft.graph;
    let mut placed: BTreeSet<RevIndex> = below(graph, top);
    let mut open: Vec<RevIndex> = heads
        .iter()
        .copied()
        .filter(|head| !placed.contains(head))
        .collect();
    while !open.is_empty() {
        let blocks: BTreeMap<RevIndex, Vec<RevIndex>> = open
            .iter()
            .map(|&head| (head, block(graph, head, &placed)))
            .collect();
        let is_free = |members: &[RevIndex]| {
            constraints.iter().all(|constraint| {
                !members.contains(&constraint.after)
                    || members.contains(&constraint.before)
                    || placed.contains(&constraint.before)
                    || !blocks
                        .values()
                        .any(|other| other.contains(&constraint.before))
            })
        };
        let next = blocks
            .iter()
            .filter(|(_, members)| is_free(members))
            .min_by_key(|&(&head, members)| {
                let rank = rank(graph, members);
                // Where git says how blocks came, what stands there already does not matter: two
                // people who repair one fork on different branches write the same bytes.
                let stands = rank.2 == 0 && stands_on(graph, head, top);
                (rank, !stands, graph[members[0]].id.clone())
            })
            .map(|(&head, members)| (head, members.clone()));
        let Some((head, members)) = next else {
            return interleave(draft, constraints, top, &placed, &open, reason);
        };
        if !stands_on(graph, head, top) {
            place_block(draft, constraints, top, &members, reason);
        }
        placed.extend(members);
        open.retain(|&other| other != head && !placed.contains(&other));
        top = head;
    }
    Ok(())
}

/// Whether everything up to `top` lies below `head` already, a merge revision perhaps between them.
fn stands_on(graph: &Graph, head: RevIndex, top: RevIndex) -> bool {
    on_chain(graph, top, head)
}

fn place_block(
    draft: &mut Draft<'_>,
    constraints: &[Constraint],
    top: RevIndex,
    members: &[RevIndex],
    reason: &Reason,
) {
    for &member in members {
        let parents = draft.graph.parents(member).to_vec();
        let own: Vec<RevIndex> = parents
            .iter()
            .copied()
            .filter(|parent| members.contains(parent))
            .collect();
        let (parents, reason) = if own.is_empty() {
            let needed = constraints.iter().find(|constraint| {
                members.contains(&constraint.after) && !members.contains(&constraint.before)
            });
            let reason = match needed {
                Some(constraint) if *reason == Reason::OnTop => {
                    Reason::needs(draft.graph, constraint)
                }
                _ => reason.clone(),
            };
            (vec![top], reason)
        } else if own.len() < parents.len() {
            // What lies outside the block is now below it.
            (own, Reason::Redundant)
        } else {
            continue;
        };
        if let Some(movable) = draft.movable(member) {
            draft.set_parents(movable, parents, reason);
        }
    }
}

/// Blocks that need each other: one chain of all that is left, crossing over where it must.
fn interleave(
    draft: &mut Draft<'_>,
    constraints: &[Constraint],
    top: RevIndex,
    placed: &BTreeSet<RevIndex>,
    heads: &[RevIndex],
    reason: &Reason,
) -> Result<(), Conflict> {
    let graph = draft.graph;
    let members: Vec<RevIndex> = upgrade_order_to(graph, heads.iter().copied())
        .into_iter()
        .filter(|member| {
            !placed.contains(member) && heads.iter().any(|&head| on_chain(graph, *member, head))
        })
        .collect();
    let order = linear_order(graph, &members, constraints)?;
    let mut previous = top;
    for member in order {
        if let Some(movable) = draft.movable(member) {
            let needed = constraints
                .iter()
                .find(|constraint| constraint.after == member && constraint.before == previous);
            let reason = needed.map_or_else(|| reason.clone(), |found| Reason::needs(graph, found));
            draft.set_parents(movable, vec![previous], reason);
        }
        previous = member;
    }
    Ok(())
}

fn on_chain(graph: &Graph, member: RevIndex, head: RevIndex) -> bool {
    graph.chain_ancestors_with([head]).contains(member.index())
}

/// An order of `members` that keeps every link and meets every constraint, staying on one line of
/// revisions as long as it can, in the order of `members` otherwise.
pub(crate) fn linear_order(
    graph: &Graph,
    members: &[RevIndex],
    constraints: &[Constraint],
) -> Result<Vec<RevIndex>, Conflict> {
    let mut waiting: Vec<RevIndex> = members.to_vec();
    let mut order: Vec<RevIndex> = Vec::with_capacity(members.len());
    while !waiting.is_empty() {
        let is_ready = |index: RevIndex| {
            graph
                .all_parents(index)
                .all(|parent| !waiting.contains(&parent))
                && constraints
                    .iter()
                    .all(|found| found.after != index || !waiting.contains(&found.before))
        };
        let ready: Vec<usize> = (0..waiting.len())
            .filter(|&at| is_ready(waiting[at]))
            .collect();
        let goes_on = ready.iter().copied().find(|&at| {
            order
                .last()
                .is_some_and(|last| graph.parents(waiting[at]).contains(last))
        });
        let Some(next) = goes_on.or_else(|| ready.first().copied()) else {
            let stuck = constraints
                .iter()
                .find(|found| waiting.contains(&found.after) && waiting.contains(&found.before))
                .expect("links alone have no circle");
            return Err(no_order(stuck));
        };
        order.push(waiting.remove(next));
    }
    Ok(order)
}

/// The members of the block under `head`, in the order in which Alembic would run them.
pub(crate) fn block(graph: &Graph, head: RevIndex, placed: &BTreeSet<RevIndex>) -> Vec<RevIndex> {
    let chain = graph.chain_ancestors_with([head]);
    upgrade_order_to(graph, [head])
        .into_iter()
        .filter(|member| chain.contains(member.index()) && !placed.contains(member))
        .collect()
}

/// `top` and everything below it through `down_revision`.
pub(crate) fn below(graph: &Graph, top: RevIndex) -> BTreeSet<RevIndex> {
    let set = graph.chain_ancestors_with([top]);
    graph.members(&set).collect()
}
