//! The revisions without parents at which lines end, for many heads at once.

use std::collections::BTreeSet;
use std::rc::Rc;

use crate::graph::{Graph, RevIndex};

/// A set that revisions with the same roots share.
pub(crate) type Roots = Rc<BTreeSet<RevIndex>>;

/// The roots at or below each of `heads`, through `down_revision`.
///
/// Every revision is visited once, however many heads there are; only a head above a circle is
/// followed down by itself.
pub(crate) fn below(graph: &Graph, heads: &[RevIndex]) -> Vec<Roots> {
    let mut found: Vec<Option<Roots>> = vec![None; graph.len()];
    let mut waiting: Vec<usize> = graph
        .indices()
        .map(|index| graph.parents(index).len())
        .collect();
    let mut ready: Vec<RevIndex> = graph
        .indices()
        .filter(|&index| graph.parents(index).is_empty())
        .collect();
    while let Some(index) = ready.pop() {
        found[index.index()] = Some(match graph.parents(index) {
            [] => Rc::new(BTreeSet::from([index])),
            parents => joined(parents.iter().filter_map(|it| found[it.index()].as_ref())),
        });
        for child in graph.children(index) {
            waiting[child.index()] -= 1;
            if waiting[child.index()] == 0 {
                ready.push(*child);
            }
        }
    }
    heads
        .iter()
        .map(|&head| match &found[head.index()] {
            Some(roots) => Rc::clone(roots),
            None => {
                let below = graph.chain_ancestors_with([head]);
                let members = graph.members(&below);
                let roots = members.filter(|&index| graph.parents(index).is_empty());
                Rc::new(roots.collect())
            }
        })
        .collect()
}

/// The union of sets; one of them itself, where it holds all the others.
fn joined<'a>(mut sets: impl Iterator<Item = &'a Roots>) -> Roots {
    let first = sets.next().map(Rc::clone).unwrap_or_default();
    sets.fold(first, |joined, set| {
        if Rc::ptr_eq(&joined, set) || set.is_subset(&joined) {
            joined
        } else {
            Rc::new(joined.union(set).copied().collect())
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Expectations, FileId, Parents, Place, Revision, TextRange};

    /// `id PARENT...; id PARENT...`.
    fn graph(text: &str) -> Graph {
        let place = Place {
            file: FileId(0),
            range: TextRange::empty(0),
        };
        let revision = |line: &str| {
            let mut words = line.split_whitespace();
            Revision {
                id: words.next().unwrap().into(),
                parents: Parents::Known(words.map(Into::into).collect()),
                dependencies: vec![],
                has_computed_dependencies: false,
                branch_labels: vec![],
                title: String::new(),
                place,
                down_revision_place: place,
            }
        };
        let revisions = text.split(';').map(revision).collect();
        Graph::new(revisions, &Expectations::default())
    }

    #[test]
    fn roots_are_those_a_walk_finds() {
        for text in ["a; b; c a b; d c; e c; f; g f e", "a; b a c; c b; d c"] {
            let graph = graph(text);
            let heads: Vec<RevIndex> = graph.heads().collect();
            for (head, roots) in heads.iter().zip(below(&graph, &heads)) {
                let walked = graph.chain_ancestors_with([*head]);
                let walked: BTreeSet<RevIndex> = graph
                    .members(&walked)
                    .filter(|&index| graph.parents(index).is_empty())
                    .collect();
                assert_eq!(*roots, walked, "{text}");
            }
        }
    }
}
