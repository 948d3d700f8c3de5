//! A graph whose links are being changed.

use std::collections::{BTreeMap, BTreeSet};

use fixedbitset::FixedBitSet;
use rechain_history::{Expectations, Graph, RevIndex};

use crate::plan::Reason;
use crate::publication::{Movable, Publication};

/// New parents for some revisions of a graph, each with the reason for it.
#[derive(Debug, Clone)]
pub(crate) struct Draft<'g> {
    pub(crate) graph: &'g Graph,
    publication: &'g Publication,
    changed: BTreeMap<RevIndex, Vec<RevIndex>>,
    reasons: BTreeMap<RevIndex, Reason>,
    removed: BTreeSet<RevIndex>,
}

impl<'g> Draft<'g> {
    pub(crate) fn new(graph: &'g Graph, publication: &'g Publication) -> Self {
        Self {
            graph,
            publication,
            changed: BTreeMap::new(),
            reasons: BTreeMap::new(),
            removed: BTreeSet::new(),
        }
    }

    pub(crate) fn movable(&self, index: RevIndex) -> Option<Movable> {
        self.publication.movable(self.graph, index)
    }

    pub(crate) fn parents(&self, index: RevIndex) -> &[RevIndex] {
        self.changed
            .get(&index)
            .map_or_else(|| self.graph.parents(index), Vec::as_slice)
    }

    /// Gives a revision these parents, in the order in which its file will name them. One that gets its old parents back
    /// is not changed.
    pub(crate) fn set_parents(
        &mut self,
        revision: Movable,
        parents: Vec<RevIndex>,
        reason: Reason,
    ) {
        let index = revision.index();
        let parents = as_written(self.graph.parents(index), parents);
        if parents == self.graph.parents(index)
            && parents.len() == self.graph[index].down_revisions().len()
        {
            self.changed.remove(&index);
            self.reasons.remove(&index);
        } else if self.changed.get(&index) != Some(&parents) {
            self.changed.insert(index, parents);
            self.reasons.insert(index, reason);
        }
    }

    /// Takes a revision out of the history. What followed it is for the caller to re-parent.
    pub(crate) fn remove(&mut self, revision: Movable) {
        self.removed.insert(revision.index());
        self.changed.remove(&revision.index());
        self.reasons.remove(&revision.index());
    }

    /// What was taken out.
    pub(crate) fn removed(&self) -> &BTreeSet<RevIndex> {
        &self.removed
    }

    /// Whether nothing is different.
    pub(crate) fn is_unchanged(&self) -> bool {
        self.changed.is_empty() && self.removed.is_empty()
    }

    pub(crate) fn changed(&self) -> impl Iterator<Item = (RevIndex, &[RevIndex], &Reason)> {
        self.changed
            .iter()
            .map(|(&index, parents)| (index, parents.as_slice(), &self.reasons[&index]))
    }

    /// What no revision names as parent.
    pub(crate) fn heads(&self) -> FixedBitSet {
        let mut heads = FixedBitSet::with_capacity(self.graph.len());
        heads.insert_range(..);
        let left = self.graph.indices();
        for index in left.filter(|index| !self.removed.contains(index)) {
            for parent in self.parents(index) {
                heads.set(parent.index(), false);
            }
        }
        heads
    }

    /// Everything strictly below `index`, through parents and dependencies.
    pub(crate) fn ancestors(&self, index: RevIndex) -> BTreeSet<RevIndex> {
        let mut below = BTreeSet::new();
        let mut open = vec![index];
        while let Some(current) = open.pop() {
            let next = self
                .parents(current)
                .iter()
                .chain(self.graph.dependencies(current))
                .copied();
            for parent in next {
                if below.insert(parent) {
                    open.push(parent);
                }
            }
        }
        below
    }

    /// The graph as it would be. Positions are the same as in the old one; what was taken out stands there
    /// alone.
    pub(crate) fn to_graph(&self, expectations: &Expectations) -> Graph {
        let graph = self.graph;
        let changed = self.changed.iter().map(|(&index, parents)| {
            let ids = parents.iter().map(|&parent| graph[parent].id.clone());
            (index, graph[index].with_parents(ids.collect()))
        });
        let removed = self.removed.iter();
        let removed = removed.map(|&index| (index, graph[index].alone()));
        graph.with(changed.chain(removed), expectations)
    }
}

/// `new` in the order that a file has once it is edited: of several parents those that stay keep their places, and others
/// take the places of those that go.
fn as_written(old: &[RevIndex], new: Vec<RevIndex>) -> Vec<RevIndex> {
    if old.len() < 2 {
        return new;
    }
    let mut added = new.iter().copied().filter(|it| !old.contains(it));
    let mut written: Vec<RevIndex> = Vec::with_capacity(new.len());
    for parent in old {
        written.extend(if new.contains(parent) {
            Some(*parent)
        } else {
            added.next()
        });
    }
    written.extend(added);
    written
}
