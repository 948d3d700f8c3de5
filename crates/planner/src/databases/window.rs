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
    /// Whether both graphs have the same links among what was cut off, and no head there.
    is_same_below: bool,
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
        let below = order_before[..=base].iter().zip(order_after);
        let is_same_below = below.into_iter().all(|(&one, &other)| {
            let is_base = before[one].id == before[order_before[base]].id;
            let has_head = !is_base && (before.is_head(one) || after.is_head(other));
            !has_head && has_same_links((before, one), (after, other))
        });
        Some(Self {
            before: cut(before, &order_before[base..]),
            after: cut(after, &order_after[base..]),
            below: order_before[..base].iter().map(|it| it.index()).collect(),
            is_same_below,
        })
    }

    /// Whether all in which the graphs differ is to be seen, and all heads.
    pub(super) fn shows_all_that_differs(&self) -> bool {
        self.is_same_below
    }

    /// Whether a position in the graph before is to be seen in the window.
    pub(super) fn shows(&self, index: RevIndex) -> bool {
        !self.below.contains(index.index())
    }
}

/// Whether a revision of one graph is linked to what one of another graph is linked to.
fn has_same_links((graph, one): (&Graph, RevIndex), (other, twin): (&Graph, RevIndex)) -> bool {
    let is_same = |links: &[RevIndex], theirs: &[RevIndex]| {
        let there = links.iter().map(|&it| other.twin(graph, it));
        there.eq(theirs.iter().copied().map(Some))
    };
    is_same(graph.parents(one), other.parents(twin))
        && is_same(graph.dependencies(one), other.dependencies(twin))
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

    use crate::databases::{Databases, EffectsById, Standing};
    use crate::testing::graph;

    use super::*;

    /// Each revision by its number, with the numbers of its parents; those of some depend on their second one.
    fn history(links: &[(usize, Vec<usize>)], is_dependent: bool) -> Graph {
        let name = |at: usize| format!("r{at:02}");
        let named = links.iter();
        let whole =
            graph(named.map(|(at, below)| (name(*at), below.iter().copied().map(name).collect())));
        let joins = links.iter().filter(|(at, _)| is_dependent && at % 2 == 0);
        let changed = joins.filter_map(|(at, below)| {
            let [first, second] = below.as_slice() else {
                return None;
            };
            let index = whole.index(&name(*at)).expect("it is there");
            let mut revision = whole[index].with_parents(vec![name(*first).as_str().into()]);
            revision.dependencies = vec![name(*second)];
            Some((index, revision))
        });
        whole.with(changed, &Expectations::default())
    }

    /// A common trunk, and above it two ways to link the same revisions; some of them merge.
    fn changes() -> impl Strategy<Value = (Graph, Graph, usize)> {
        let link = (0..6_usize, prop::option::weighted(0.3, 0..6_usize));
        let links = || prop::collection::vec(link.clone(), 2..7);
        let ways = (any::<bool>(), any::<bool>());
        (2..5_usize, links(), links(), ways).prop_map(|(trunk, one, other, (turned, depends))| {
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
                history(&all, depends)
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

    /// Without the recipe that undoes the whole history, which no window shows.
    fn but_for_all_undone(mut standing: Standing) -> Standing {
        let first = RevisionId::from("r00");
        standing.recipes.retain(|it| !it.undoes.contains(&first));
        standing
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

        /// What is made in a window is what would be made of the whole.
        #[test]
        fn what_is_seen_in_a_window_is_so_in_the_whole(
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
            let seen = Databases::new(&before, &after);
            let whole = Databases::new(&before, &after).without_window();
            prop_assert_eq!(seen.needs(&rows), whole.needs(&rows));
            let states = seen.states();
            prop_assert_eq!(&states, &whole.states());
            for rows in states.iter().chain([&rows]) {
                let expected = but_for_all_undone(whole.standing(rows, &effects));
                let found = but_for_all_undone(seen.standing(rows, &effects));
                prop_assert_eq!(found, expected);
            }
        }
    }
}
