//! The revision graph as Alembic builds it (`alembic.script.revision.RevisionMap`).

use std::collections::{BTreeSet, HashMap};
use std::ops::Index;
use std::sync::Arc;

use fixedbitset::FixedBitSet;

use crate::links::Links;
use crate::name::{BranchLabel, RevisionId};
use crate::problem::Problem;
use crate::revision::{Parents, Revision};

/// A revision's position in its [`Graph`]: load order, which is also Alembic's order for heads and
/// bases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RevIndex(u32);

impl RevIndex {
    pub(crate) fn new(index: usize) -> Self {
        Self(u32::try_from(index).expect("a history has fewer than 2^32 revisions"))
    }

    /// The position as a number.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// What a graph is judged by, besides its own revisions.
#[derive(Debug, Clone, Default)]
pub struct Expectations {
    /// Revision ids and labels of other histories that are migrated together with this one: a
    /// `depends_on` that names one of them is not dangling.
    pub elsewhere: BTreeSet<String>,
    /// How many unlabelled roots with a head of their own the project wants (the `roots` setting);
    /// one where nothing is said.
    pub roots: Option<usize>,
}

/// The revisions of one history and how they are linked.
///
/// Building never fails: links that lead nowhere are left out and reported as [`Problem`]s, so that
/// everything else can still be looked at.
#[derive(Debug, Clone)]
pub struct Graph {
    pub(crate) revisions: Vec<Arc<Revision>>,
    pub(crate) by_id: Arc<HashMap<RevisionId, RevIndex>>,
    pub(crate) parents: Links,
    pub(crate) dependencies: Links,
    pub(crate) children: Links,
    pub(crate) dependents: Links,
    pub(crate) labels: Vec<BTreeSet<BranchLabel>>,
    pub(crate) problems: Vec<Problem>,
}

impl Graph {
    /// Each revision after everything that lies below it, through parents and dependencies. What is in a circle or
    /// above one is not among them.
    pub(crate) fn bottom_up(&self) -> Vec<RevIndex> {
        let mut waiting: Vec<usize> = self
            .indices()
            .map(|index| self.parents(index).len() + self.dependencies(index).len())
            .collect();
        let mut order: Vec<RevIndex> = Vec::with_capacity(self.len());
        order.extend(self.indices().filter(|index| waiting[index.index()] == 0));
        let mut at = 0;
        while let Some(&index) = order.get(at) {
            at += 1;
            for &above in self.children(index).iter().chain(self.dependents(index)) {
                waiting[above.index()] -= 1;
                if waiting[above.index()] == 0 {
                    order.push(above);
                }
            }
        }
        order
    }

    /// Everything that is wrong with the graph, in a fixed order.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// Whether links are wrong or missing, so that no order may be planned.
    pub fn is_damaged(&self) -> bool {
        self.problems.iter().any(Problem::is_damage)
    }

    /// Whether some revision's parents are computed when it runs, so that heads are not known.
    pub fn has_computed_parents(&self) -> bool {
        self.revisions
            .iter()
            .any(|revision| revision.parents == Parents::Computed)
    }

    /// How many revisions there are.
    pub fn len(&self) -> usize {
        self.revisions.len()
    }

    /// Whether there is no revision.
    pub fn is_empty(&self) -> bool {
        self.revisions.is_empty()
    }

    /// All positions, in load order.
    pub fn indices(&self) -> impl ExactSizeIterator<Item = RevIndex> + use<> {
        (0..self.revisions.len()).map(RevIndex::new)
    }

    /// All revisions, in load order. Graphs made of one another share them.
    pub fn revisions(&self) -> &[Arc<Revision>] {
        &self.revisions
    }

    /// The position of the revision with this full id.
    pub fn index(&self, id: &str) -> Option<RevIndex> {
        self.by_id.get(id).copied()
    }

    /// The position of a revision of another graph. Graphs made of one another have the same positions, and are
    /// fast to ask.
    pub fn twin(&self, other: &Self, index: RevIndex) -> Option<RevIndex> {
        let id = &other[index].id;
        match self.revisions.get(index.index()) {
            Some(same) if same.id == *id => Some(index),
            _ => self.index(id.as_str()),
        }
    }

    /// The parents in the chain (`down_revision`), without repetitions.
    pub fn parents(&self, index: RevIndex) -> &[RevIndex] {
        self.parents.of(index)
    }

    /// What `depends_on` resolves to, without repetitions.
    pub fn dependencies(&self, index: RevIndex) -> &[RevIndex] {
        self.dependencies.of(index)
    }

    /// The revisions that name this one as parent (`nextrev`), in load order.
    pub fn children(&self, index: RevIndex) -> &[RevIndex] {
        self.children.of(index)
    }

    /// The revisions whose `depends_on` names this one, in load order.
    pub(crate) fn dependents(&self, index: RevIndex) -> &[RevIndex] {
        self.dependents.of(index)
    }

    /// Parents and dependencies, without repetitions (`_all_down_revisions`).
    pub fn all_parents(&self, index: RevIndex) -> impl Iterator<Item = RevIndex> + '_ {
        let parents = self.parents(index);
        let dependencies = self.dependencies(index);
        parents.iter().copied().chain(
            dependencies
                .iter()
                .copied()
                .filter(move |other| !parents.contains(other)),
        )
    }

    /// Children and dependents, without repetitions (`_all_nextrev`).
    pub fn all_children(&self, index: RevIndex) -> impl Iterator<Item = RevIndex> + '_ {
        let children = self.children(index);
        let dependents = self.dependents(index);
        children.iter().copied().chain(
            dependents
                .iter()
                .copied()
                .filter(move |other| !children.contains(other)),
        )
    }

    /// No revision names it as parent (`is_head`). Another one may still depend on it.
    pub fn is_head(&self, index: RevIndex) -> bool {
        self.children(index).is_empty()
    }

    /// No revision names it as parent or dependency (`_is_real_head`): what `alembic upgrade heads`
    /// ends at.
    pub fn is_real_head(&self, index: RevIndex) -> bool {
        self.all_children(index).next().is_none()
    }

    /// It has no parent (`is_base`).
    pub fn is_base(&self, index: RevIndex) -> bool {
        self.revisions[index.index()].down_revisions().is_empty()
            && self.revisions[index.index()].parents != Parents::Computed
    }

    /// More than one revision names it as parent (`is_branch_point`).
    pub fn is_branch_point(&self, index: RevIndex) -> bool {
        self.children(index).len() > 1
    }

    /// More than one revision names it as parent or dependency (`_is_real_branch_point`).
    pub fn is_real_branch_point(&self, index: RevIndex) -> bool {
        self.all_children(index).nth(1).is_some()
    }

    /// Its `down_revision` names more than one id, repetitions counted (`is_merge_point`).
    pub fn is_merge_point(&self, index: RevIndex) -> bool {
        self.revisions[index.index()].down_revisions().len() > 1
    }

    /// The heads, in load order.
    pub fn heads(&self) -> impl Iterator<Item = RevIndex> + '_ {
        self.indices().filter(|&index| self.is_head(index))
    }

    /// The bases, in load order.
    pub fn bases(&self) -> impl Iterator<Item = RevIndex> + '_ {
        self.indices().filter(|&index| self.is_base(index))
    }

    /// The branch labels a revision has, its own and those that spread to it.
    pub fn labels(&self, index: RevIndex) -> &BTreeSet<BranchLabel> {
        &self.labels[index.index()]
    }

    /// `starts` and everything below them, through parents and dependencies.
    pub fn ancestors_with(&self, starts: impl IntoIterator<Item = RevIndex>) -> FixedBitSet {
        self.reach(starts, [&self.parents, &self.dependencies])
    }

    /// `starts` and everything below them through `down_revision` alone.
    pub fn chain_ancestors_with(&self, starts: impl IntoIterator<Item = RevIndex>) -> FixedBitSet {
        self.reach(starts, [&self.parents])
    }

    /// `starts` and everything above them, through parents and dependencies.
    pub fn descendants_with(&self, starts: impl IntoIterator<Item = RevIndex>) -> FixedBitSet {
        self.reach(starts, [&self.children, &self.dependents])
    }

    /// `starts` and everything above them through `down_revision` alone.
    pub fn chain_descendants_with(
        &self,
        starts: impl IntoIterator<Item = RevIndex>,
    ) -> FixedBitSet {
        self.reach(starts, [&self.children])
    }

    fn reach<const KINDS: usize>(
        &self,
        starts: impl IntoIterator<Item = RevIndex>,
        links: [&Links; KINDS],
    ) -> FixedBitSet {
        let mut reached = FixedBitSet::with_capacity(self.len());
        let mut open: Vec<RevIndex> = Vec::new();
        for index in starts {
            if !reached.put(index.index()) {
                open.push(index);
            }
        }
        while let Some(index) = open.pop() {
            for kind in links {
                for &next in kind.of(index) {
                    if !reached.put(next.index()) {
                        open.push(next);
                    }
                }
            }
        }
        reached
    }

    /// Whether `lower` lies strictly below `upper`, through parents and dependencies.
    pub fn is_ancestor(&self, lower: RevIndex, upper: RevIndex) -> bool {
        lower != upper && self.ancestors_with([upper]).contains(lower.index())
    }

    /// The members of a set of positions, in load order.
    pub fn members<'a>(&self, set: &'a FixedBitSet) -> impl Iterator<Item = RevIndex> + use<'a> {
        set.ones().map(RevIndex::new)
    }
}

impl Index<RevIndex> for Graph {
    type Output = Revision;

    fn index(&self, index: RevIndex) -> &Revision {
        &self.revisions[index.index()]
    }
}
