//! The line that revisions are inserted into, kept in order as it grows.

use std::collections::{BTreeMap, BTreeSet};

use rechain_history::{Expectations, Graph, RevIndex, upgrade_order_to};

use crate::draft::Draft;

/// What is placed already, under one head.
pub(super) struct Line {
    pub(super) placed: BTreeSet<RevIndex>,
    /// As Alembic would run it.
    pub(super) order: Vec<RevIndex>,
    position: BTreeMap<RevIndex, usize>,
    /// Whether everything placed lies below or above `order[at]`, so that something can stand
    /// directly after it without a third revision beside it.
    pub(super) is_passage: Vec<bool>,
    /// What is linked to each from above.
    pub(super) followers: BTreeMap<RevIndex, Vec<RevIndex>>,
    /// Nothing goes below this position: what stands there is published, or not understood.
    pub(super) floor: usize,
}

impl Line {
    pub(super) fn of(
        draft: &Draft<'_>,
        opaque: &BTreeSet<RevIndex>,
        top: RevIndex,
        placed: BTreeSet<RevIndex>,
    ) -> Self {
        let graph = draft.to_graph(&Expectations::default());
        let chain = graph.chain_ancestors_with([top]);
        let order: Vec<RevIndex> = upgrade_order_to(&graph, [top])
            .into_iter()
            .filter(|index| chain.contains(index.index()))
            .collect();
        let mut followers: BTreeMap<RevIndex, Vec<RevIndex>> = BTreeMap::new();
        for &follower in &placed {
            for &parent in draft.parents(follower) {
                followers.entry(parent).or_default().push(follower);
            }
        }
        let is_fixed = |index: &RevIndex| draft.movable(*index).is_none() || opaque.contains(index);
        Self {
            is_passage: passages(&graph, &order),
            position: order.iter().copied().zip(0..).collect(),
            floor: order.iter().rposition(is_fixed).unwrap_or(0),
            order,
            followers,
            placed,
        }
    }

    pub(super) fn top(&self) -> RevIndex {
        *self.order.last().expect("a line has a head")
    }

    /// Puts `member` directly above the passage at `place`; it is a passage itself then, and nothing else
    /// changes its order.
    pub(super) fn insert(&mut self, opaque: &BTreeSet<RevIndex>, place: usize, member: RevIndex) {
        let after = self.order[place];
        for position in &self.order[place + 1..] {
            *self.position.get_mut(position).expect("it is in the line") += 1;
        }
        self.order.insert(place + 1, member);
        self.is_passage.insert(place + 1, true);
        self.position.insert(member, place + 1);
        if let Some(above) = self.followers.insert(after, vec![member]) {
            self.followers.insert(member, above);
        }
        if opaque.contains(&member) {
            self.floor = self.floor.max(place + 1);
        }
        self.placed.insert(member);
    }

    pub(super) fn at(&self, index: RevIndex) -> Option<usize> {
        self.position.get(&index).copied()
    }

    /// The positions of what `neighbours` lead to from `start` through what is not placed yet. What lies beyond a
    /// place in the line was looked at when that place was taken.
    pub(super) fn reached(
        &self,
        start: RevIndex,
        neighbours: impl Fn(RevIndex) -> Vec<RevIndex>,
    ) -> Vec<usize> {
        let mut positions = Vec::new();
        let mut seen = BTreeSet::from([start]);
        let mut open = vec![start];
        while let Some(index) = open.pop() {
            for next in neighbours(index) {
                if let Some(position) = self.at(next) {
                    positions.push(position);
                } else if seen.insert(next) {
                    open.push(next);
                }
            }
        }
        positions
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::blocks::below;
    use crate::plan::Reason;
    use crate::publication::Publication;
    use crate::testing::graph;

    /// `parents[at]` are the parents of the revision at that position, all of them at earlier ones.
    fn history(parents: &[Vec<usize>]) -> Graph {
        let name = |at: usize| format!("r{at}");
        let links = parents.iter().enumerate();
        graph(links.map(|(at, own)| (name(at), own.iter().copied().map(name).collect())))
    }

    /// A line with arms and merges under its last revision, and as many loose revisions as are to be inserted.
    fn histories() -> impl Strategy<Value = (Vec<Vec<usize>>, usize)> {
        let links = prop::collection::vec((0..4_usize, 0..4_usize, any::<bool>()), 1..12);
        (links, 1..5_usize).prop_map(|(links, loose)| {
            let mut parents = vec![Vec::new()];
            for (one, other, merges) in links {
                let at = parents.len();
                let mut own = vec![at - 1 - one.min(at - 1)];
                let more = at - 1 - other.min(at - 1);
                if merges && !own.contains(&more) {
                    own.push(more);
                }
                parents.push(own);
            }
            // One head over everything.
            let mut heads: Vec<usize> = (0..parents.len()).collect();
            heads.retain(|it| !parents.iter().any(|below| below.contains(it)));
            parents.push(heads);
            parents.extend((0..loose).map(|_| vec![0]));
            (parents, loose)
        })
    }

    proptest! {
        /// What is kept while revisions go in is what reading the line anew would find.
        #[test]
        fn a_line_is_kept_as_it_would_be_read(
            (parents, loose) in histories(),
            choices in prop::collection::vec(any::<prop::sample::Index>(), 5),
        ) {
            let graph = history(&parents);
            let publication = Publication::Nothing;
            let mut draft = Draft::new(&graph, &publication);
            let indices: Vec<RevIndex> = graph.indices().collect();
            let (placed, members) = indices.split_at(indices.len() - loose);
            let top = *placed.last().expect("a line has a head");
            let opaque = BTreeSet::new();
            let mut line = Line::of(&draft, &opaque, top, below(&graph, top));
            for (&member, choice) in members.iter().zip(choices) {
                let passages: Vec<usize> =
                    (0..line.order.len()).filter(|&at| line.is_passage[at]).collect();
                let place = *choice.get(&passages);
                let after = line.order[place];
                let movable = draft.movable(member).expect("nothing is published");
                draft.set_parents(movable, vec![after], Reason::OnTop);
                for follower in line.followers.get(&after).cloned().unwrap_or_default() {
                    let parents = draft.parents(follower).iter();
                    let parents = parents.map(|&it| if it == after { member } else { it }).collect();
                    let movable = draft.movable(follower).expect("nothing is published");
                    draft.set_parents(movable, parents, Reason::Linked);
                }
                line.insert(&opaque, place, member);
                let read = Line::of(&draft, &opaque, line.top(), line.placed.clone());
                prop_assert_eq!(&line.order, &read.order);
                prop_assert_eq!(&line.position, &read.position);
                prop_assert_eq!(&line.is_passage, &read.is_passage);
                let sorted = |line: &Line| {
                    let mut followers = line.followers.clone();
                    followers.retain(|_, above| !above.is_empty());
                    followers
                };
                prop_assert_eq!(sorted(&line), sorted(&read));
            }
        }
    }
}
