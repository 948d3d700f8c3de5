//! The part of two graphs in which they differ: recipes are made there, so that their cost follows the change and
//! not the history below it.

use std::sync::Arc;

use fixedbitset::FixedBitSet;
use rechain_history::{Expectations, Graph, RevIndex};

/// Two graphs cut off below one revision, which is the base of both.
#[derive(Debug)]
pub(super) struct Window {
    pub(super) before: Graph,
    pub(super) after: Graph,
    /// What was cut off, as positions in the whole graph before.
    below: FixedBitSet,
}

impl Window {
    /// The smallest window on a change of `before` to `after`, each given with the order in which `upgrade` runs it;
    /// `None` where nothing lies below the change that everything stands on.
    pub(super) fn on(
        (before, order_before): (&Graph, &[RevIndex]),
        (after, order_after): (&Graph, &[RevIndex]),
    ) -> Option<Self> {
        let is_same = |(one, other): &(&RevIndex, &RevIndex)| before[**one].id == after[**other].id;
        let pairs = order_before.iter().zip(order_after);
        let common = pairs.take_while(is_same).count();
        let (of_before, of_after) = (
            foundations(before, order_before, common),
            foundations(after, order_after, common),
        );
        // With nothing to cut off, a window is the whole.
        let base = (1..common)
            .rev()
            .find(|&at| of_before[at] && of_after[at])?;
        Some(Self {
            before: cut(before, &order_before[base..]),
            after: cut(after, &order_after[base..]),
            below: order_before[..base].iter().map(|it| it.index()).collect(),
        })
    }

    /// Whether a position in the graph before is to be seen in the window.
    pub(super) fn shows(&self, index: RevIndex) -> bool {
        !self.below.contains(index.index())
    }
}

/// Which of the first revisions in the order of `upgrade` carry the whole graph: all others lie below or above.
fn foundations(graph: &Graph, order: &[RevIndex], first: usize) -> Vec<bool> {
    let mut position = vec![0; graph.len()];
    for (at, index) in order.iter().enumerate() {
        position[index.index()] = at;
    }
    let last_base = (0..order.len())
        .rev()
        .find(|&at| graph.all_parents(order[at]).next().is_none());
    let mut reach = 0;
    let mut has_head = false;
    let mut found = Vec::with_capacity(first);
    for (at, &index) in order[..first].iter().enumerate() {
        found.push(reach <= at && !has_head && last_base.is_none_or(|last| last <= at));
        let above = graph.all_children(index).map(|it| position[it.index()]);
        match above.max() {
            Some(highest) => reach = reach.max(highest),
            None => has_head = true,
        }
    }
    found
}

/// The graph of these revisions; the first of them has nothing below it.
fn cut(graph: &Graph, members: &[RevIndex]) -> Graph {
    let base = members.first().copied();
    // Load order decides between equals.
    let mut members = members.to_vec();
    members.sort_unstable();
    let revisions = members.into_iter().map(|index| {
        if Some(index) == base {
            Arc::new(graph[index].alone())
        } else {
            Arc::clone(&graph.revisions()[index.index()])
        }
    });
    Graph::of(revisions.collect(), &Expectations::default())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;
    use rechain_history::{Action, Effect, QualifiedName, RevisionId, SchemaObject, TextRange};

    use crate::databases::{Databases, EffectsById};
    use crate::testing::graph;

    use super::*;

    /// Each revision by its number, with the numbers of its parents.
    fn history(links: &[(usize, Vec<usize>)]) -> Graph {
        let name = |at: usize| format!("r{at:02}");
        let links = links.iter();
        graph(links.map(|(at, below)| (name(*at), below.iter().copied().map(name).collect())))
    }

    /// A common trunk, and above it two ways to link the same revisions; some of them merge.
    fn changes() -> impl Strategy<Value = (Graph, Graph, usize)> {
        let link = (0..6_usize, prop::option::weighted(0.3, 0..6_usize));
        let links = || prop::collection::vec(link.clone(), 2..7);
        (2..5_usize, links(), links(), any::<bool>()).prop_map(|(trunk, one, other, turned)| {
            let build = |links: &[(usize, Option<usize>)], turned: bool| {
                let mut all: Vec<(usize, Vec<usize>)> = (0..trunk)
                    .map(|at| (at, at.checked_sub(1).into_iter().collect()))
                    .collect();
                let mut names: Vec<usize> = (trunk..trunk + links.len()).collect();
                if turned {
                    names.reverse();
                }
                let mut open = vec![trunk - 1];
                for (&name, (first, second)) in names.iter().zip(links) {
                    let below = |back: usize| open[open.len() - 1 - back % open.len()];
                    let below: BTreeSet<usize> = [Some(*first), *second]
                        .into_iter()
                        .flatten()
                        .map(below)
                        .collect();
                    all.push((name, below.into_iter().collect()));
                    open.push(name);
                }
                history(&all)
            };
            let count = one.len().min(other.len());
            let size = trunk + count;
            (
                build(&one[..count], false),
                build(&other[..count], turned),
                size,
            )
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 1_500, ..ProptestConfig::default() })]

        /// What is made in a window is what would be made of the whole.
        #[test]
        fn recipes_of_a_window_are_those_of_the_whole(
            (before, after, size) in changes(),
            picks in prop::collection::vec(0..12_usize, 1..3),
            opaque in prop::option::of(0..12_usize),
        ) {
            let id = |at: usize| RevisionId::from(format!("r{:02}", at % size).as_str());
            let effects: EffectsById = before
                .revisions()
                .iter()
                .enumerate()
                .map(|(at, revision)| {
                    let range = TextRange::empty(0);
                    let name = QualifiedName::unqualified(format!("t_{}", revision.id));
                    let effect = if opaque == Some(at) {
                        Effect::opaque("raw SQL", range)
                    } else {
                        Effect::always(Action::Create, SchemaObject::Table(name), range)
                    };
                    (revision.id.clone(), vec![effect])
                })
                .collect();
            let rows: BTreeSet<RevisionId> = picks.into_iter().map(id).collect();
            let rows: Vec<RevisionId> = rows.into_iter().collect();
            let seen = Databases::new(&before, &after).standing(&rows, &effects);
            let whole = Databases::new(&before, &after).without_window();
            prop_assert_eq!(seen, whole.standing(&rows, &effects));
        }
    }
}
