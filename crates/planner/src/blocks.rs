//! Placement on top: blocks of revisions, each in its own order, one above the other.

use std::collections::{BTreeMap, BTreeSet};

use rechain_history::{Graph, RevIndex, RevisionId, upgrade_order_to};

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
    let mut open = OpenBlocks::new(graph, heads, constraints, rank, &placed);
    while !open.is_empty() {
        let Some(head) = open.next(top, &placed) else {
            return interleave(draft, constraints, top, &placed, &open.heads(), reason);
        };
        let stands = open.stands_on(head, top);
        let members = open.take(head);
        if !stands {
            place_block(draft, constraints, top, &members, reason);
        }
        placed.extend(members.iter().copied());
        open.forget(&members);
        top = head;
    }
    Ok(())
}

/// The order in which blocks are free to go: the rank, the id of the lowest member, the head.
type Key = (Rank, RevisionId, RevIndex);

/// Blocks that are not placed yet.
struct OpenBlocks<'b> {
    graph: &'b Graph,
    rank: &'b dyn Fn(&Graph, &[RevIndex]) -> Rank,
    blocks: BTreeMap<RevIndex, Vec<RevIndex>>,
    keys: BTreeMap<RevIndex, Key>,
    in_order: BTreeSet<Key>,
    /// The heads above each member.
    holders: BTreeMap<RevIndex, Vec<RevIndex>>,
    /// The heads of the blocks in which a member follows it.
    followers: BTreeMap<RevIndex, Vec<RevIndex>>,
    /// For each head, what must come before its block.
    needs: BTreeMap<RevIndex, Vec<(RevIndex, RevIndex)>>,
}

impl<'b> OpenBlocks<'b> {
    fn new(
        graph: &'b Graph,
        heads: &[RevIndex],
        constraints: &[Constraint],
        rank: &'b dyn Fn(&Graph, &[RevIndex]) -> Rank,
        placed: &BTreeSet<RevIndex>,
    ) -> Self {
        let mut open = Self {
            graph,
            rank,
            blocks: BTreeMap::new(),
            keys: BTreeMap::new(),
            in_order: BTreeSet::new(),
            holders: BTreeMap::new(),
            followers: BTreeMap::new(),
            needs: BTreeMap::new(),
        };
        for &head in heads.iter().filter(|head| !placed.contains(head)) {
            if !open.blocks.contains_key(&head) {
                open.add(head, block(graph, head, placed));
            }
        }
        for constraint in constraints {
            let (before, after) = (constraint.before, constraint.after);
            for &head in open.holders.get(&after).into_iter().flatten() {
                let above = open.holders.get(&before);
                if !above.is_some_and(|heads| heads.contains(&head)) {
                    open.needs.entry(head).or_default().push((before, after));
                }
            }
        }
        open
    }

    fn add(&mut self, head: RevIndex, members: Vec<RevIndex>) {
        for &member in &members {
            self.holders.entry(member).or_default().push(head);
            for &parent in self.graph.parents(member) {
                let followers = self.followers.entry(parent).or_default();
                if followers.last() != Some(&head) {
                    followers.push(head);
                }
            }
        }
        self.insert(head, members);
    }

    fn insert(&mut self, head: RevIndex, members: Vec<RevIndex>) {
        let lowest = self.graph[members[0]].id.clone();
        let key = ((self.rank)(self.graph, &members), lowest, head);
        self.in_order.insert(key.clone());
        self.keys.insert(head, key);
        self.blocks.insert(head, members);
    }

    fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }

    fn heads(&self) -> Vec<RevIndex> {
        self.blocks.keys().copied().collect()
    }

    /// The block that goes next, where one is free.
    fn next(&self, top: RevIndex, placed: &BTreeSet<RevIndex>) -> Option<RevIndex> {
        let mut in_order = self.in_order.iter();
        let (rank, _, first) = in_order.find(|(.., head)| self.is_free(*head, placed))?;
        // Where git says how blocks came, what stands there already does not matter: two
        // people who repair one fork on different branches write the same bytes.
        if rank.2 != 0 {
            return Some(*first);
        }
        let followers = self.followers.get(&top).into_iter().flatten();
        let standing = followers
            .filter_map(|head| self.keys.get(head))
            .filter(|(other, _, head)| other == rank && self.is_free(*head, placed));
        Some(standing.min().map_or(*first, |(.., head)| *head))
    }

    fn is_free(&self, head: RevIndex, placed: &BTreeSet<RevIndex>) -> bool {
        let waits = |(before, after): &(RevIndex, RevIndex)| {
            !placed.contains(after) && !placed.contains(before) && self.is_open(*before)
        };
        !self.needs.get(&head).into_iter().flatten().any(waits)
    }

    /// Whether some block holds it.
    fn is_open(&self, member: RevIndex) -> bool {
        let holders = self.holders.get(&member).into_iter().flatten();
        holders
            .into_iter()
            .any(|head| self.blocks.contains_key(head))
    }

    /// Whether everything up to `top`, below which all that is placed lies, lies below `head` already, a merge
    /// revision perhaps between them.
    fn stands_on(&self, head: RevIndex, top: RevIndex) -> bool {
        let followers = self.followers.get(&top);
        followers.is_some_and(|heads| heads.contains(&head))
    }

    fn take(&mut self, head: RevIndex) -> Vec<RevIndex> {
        if let Some(key) = self.keys.remove(&head) {
            self.in_order.remove(&key);
        }
        self.blocks.remove(&head).unwrap_or_default()
    }

    /// What is placed is no part of other blocks any more.
    fn forget(&mut self, placed: &[RevIndex]) {
        let mut shorter: BTreeMap<RevIndex, BTreeSet<RevIndex>> = BTreeMap::new();
        for member in placed {
            for &head in self.holders.get(member).into_iter().flatten() {
                if self.blocks.contains_key(&head) {
                    shorter.entry(head).or_default().insert(*member);
                }
            }
        }
        for (head, gone) in shorter {
            let mut members = self.take(head);
            members.retain(|member| !gone.contains(member));
            if members.contains(&head) {
                self.insert(head, members);
            }
        }
    }
}

fn place_block(
    draft: &mut Draft<'_>,
    constraints: &[Constraint],
    top: RevIndex,
    members: &[RevIndex],
    reason: &Reason,
) {
    let inside: BTreeSet<RevIndex> = members.iter().copied().collect();
    for &member in members {
        let parents = draft.graph.parents(member).to_vec();
        let own: Vec<RevIndex> = parents
            .iter()
            .copied()
            .filter(|parent| inside.contains(parent))
            .collect();
        let (parents, reason) = if own.is_empty() {
            let needed = constraints.iter().find(|constraint| {
                inside.contains(&constraint.after) && !inside.contains(&constraint.before)
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
    let places: BTreeMap<RevIndex, usize> = members.iter().copied().zip(0..).collect();
    let place = |index: RevIndex| places.get(&index).copied();
    // What each waits for, and what waits for it.
    let mut below: Vec<BTreeSet<usize>> = members
        .iter()
        .map(|&index| graph.all_parents(index).filter_map(place).collect())
        .collect();
    for found in constraints {
        if let (Some(before), Some(after)) = (place(found.before), place(found.after)) {
            below[after].insert(before);
        }
    }
    let mut above: Vec<Vec<usize>> = vec![Vec::new(); members.len()];
    for (at, below) in below.iter().enumerate() {
        for &lower in below {
            above[lower].push(at);
        }
    }
    let mut waiting: Vec<usize> = below.iter().map(BTreeSet::len).collect();
    let mut ready: BTreeSet<usize> = (0..members.len()).filter(|&at| waiting[at] == 0).collect();
    let mut order: Vec<RevIndex> = Vec::with_capacity(members.len());
    while order.len() < members.len() {
        let goes_on = order.last().and_then(|&last| {
            let children = graph.children(last).iter().copied();
            let next = children.filter_map(place).filter(|at| ready.contains(at));
            next.min()
        });
        let Some(next) = goes_on.or_else(|| ready.first().copied()) else {
            let placed: BTreeSet<RevIndex> = order.into_iter().collect();
            let is_waiting = |index: RevIndex| place(index).is_some() && !placed.contains(&index);
            let stuck = constraints
                .iter()
                .find(|found| is_waiting(found.after) && is_waiting(found.before))
                .expect("links alone have no circle");
            return Err(no_order(stuck));
        };
        ready.remove(&next);
        order.push(members[next]);
        for &upper in &above[next] {
            waiting[upper] -= 1;
            if waiting[upper] == 0 {
                ready.insert(upper);
            }
        }
    }
    Ok(order)
}

/// The members of the block under `head`, in the order in which Alembic would run them.
pub(crate) fn block(graph: &Graph, head: RevIndex, placed: &BTreeSet<RevIndex>) -> Vec<RevIndex> {
    if let Some(line) = line(graph, head, placed) {
        return line;
    }
    let chain = graph.chain_ancestors_with([head]);
    upgrade_order_to(graph, [head])
        .into_iter()
        .filter(|member| chain.contains(member.index()) && !placed.contains(member))
        .collect()
}

/// The block under `head` where it is one line that depends on nothing else.
fn line(graph: &Graph, head: RevIndex, placed: &BTreeSet<RevIndex>) -> Option<Vec<RevIndex>> {
    let mut members = Vec::new();
    let mut next = Some(head);
    while let Some(index) = next.filter(|index| !placed.contains(index)) {
        members.push(index);
        next = match (graph.parents(index), graph.dependencies(index)) {
            ([], []) => None,
            (&[parent], []) => Some(parent),
            _ => return None,
        };
    }
    members.reverse();
    Some(members)
}

/// `top` and everything below it through `down_revision`.
pub(crate) fn below(graph: &Graph, top: RevIndex) -> BTreeSet<RevIndex> {
    let set = graph.chain_ancestors_with([top]);
    graph.members(&set).collect()
}
