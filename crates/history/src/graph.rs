//! The revision graph as Alembic builds it (`alembic.script.revision.RevisionMap`).

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Index;

use fixedbitset::FixedBitSet;

use crate::cycle;
use crate::label;
use crate::lineage;
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
    revisions: Vec<Revision>,
    by_id: HashMap<RevisionId, RevIndex>,
    parents: Links,
    dependencies: Links,
    children: Links,
    dependents: Links,
    labels: Vec<BTreeSet<BranchLabel>>,
    problems: Vec<Problem>,
}

impl Graph {
    /// Links `revisions`, given in the order in which Alembic loads their files.
    ///
    /// Of several files with one id the last wins, in the position of the first, as in Alembic.
    pub fn new(revisions: Vec<Revision>, expectations: &Expectations) -> Self {
        let mut problems = Vec::new();
        let (revisions, by_id) = merge_duplicates(revisions, &mut problems);
        let mut graph = Self {
            parents: Links::with_capacity(revisions.len()),
            dependencies: Links::with_capacity(revisions.len()),
            children: Links::default(),
            dependents: Links::default(),
            labels: Vec::new(),
            revisions,
            by_id,
            problems,
        };
        graph.link(expectations);
        graph.judge(expectations);
        graph
    }

    fn link(&mut self, expectations: &Expectations) {
        let declared = label::declarations(&self.revisions, &self.by_id, &mut self.problems);
        for index in self.indices() {
            let revision = &self.revisions[index.index()];
            let problems = &mut self.problems;
            let parents = revision.down_revisions().iter().filter_map(|id| {
                let found = self.by_id.get(id).copied();
                match found {
                    Some(parent) if parent == index => problems.push(Problem::SelfLoop {
                        revision: revision.id.clone(),
                        place: revision.down_revision_place,
                    }),
                    Some(_) => return found,
                    None => problems.push(Problem::MissingParent {
                        revision: revision.id.clone(),
                        missing: id.clone(),
                        place: revision.down_revision_place,
                    }),
                }
                None
            });
            self.parents.push_row(parents);
            let dependencies = revision.dependencies.iter().filter_map(|name| {
                let by_id = self.by_id.get(name.as_str());
                let found = by_id.or_else(|| declared.get(name.as_str())).copied();
                match found {
                    Some(dependency) if dependency == index => problems.push(Problem::SelfLoop {
                        revision: revision.id.clone(),
                        place: revision.place,
                    }),
                    Some(_) => return found,
                    None if expectations.elsewhere.contains(name) => {}
                    None => problems.push(Problem::MissingDependency {
                        revision: revision.id.clone(),
                        missing: name.clone(),
                        place: revision.place,
                    }),
                }
                None
            });
            self.dependencies.push_row(dependencies);
        }
        self.children = self.parents.reversed();
        self.dependents = self.dependencies.reversed();
        self.labels = label::propagate(self);
    }

    fn judge(&mut self, expectations: &Expectations) {
        if self.revisions.is_empty() {
            self.problems.push(Problem::EmptyHistory);
            return;
        }
        for revision in &self.revisions {
            if let Some(character) = revision.id.forbidden_character() {
                self.problems.push(Problem::ForbiddenCharacter {
                    revision: revision.id.clone(),
                    character,
                    place: revision.place,
                });
            }
        }
        let cycles = cycle::cycles(self);
        self.problems.extend(cycles);
        // Where links are wrong or unknown, heads and roots are an artefact of that; counting them
        // would report the same damage under another name.
        if self.is_damaged() || self.has_computed_parents() {
            return;
        }
        let mut found = lineage::problems(self, expectations.roots.unwrap_or(1));
        found.extend(self.redundant_parents());
        self.problems.extend(found);
    }

    /// Revisions at which Alembic's row keeping fails: three or more parents and dependencies, one
    /// of them an ancestor of another.
    fn redundant_parents(&self) -> Vec<Problem> {
        let several: Vec<(RevIndex, Vec<RevIndex>)> = self
            .indices()
            .map(|index| (index, self.all_parents(index).collect::<Vec<_>>()))
            .filter(|(_, all)| all.len() >= 3)
            .collect();
        if several.is_empty() {
            return Vec::new();
        }
        let heights = self.heights();
        let mut problems = Vec::new();
        for (index, all) in several {
            let redundant = all.iter().copied().find(|&candidate| {
                all.iter()
                    .any(|&other| self.lies_below(candidate, other, &heights))
            });
            if let Some(redundant) = redundant {
                problems.push(Problem::RedundantParent {
                    revision: self[index].id.clone(),
                    redundant: self[redundant].id.clone(),
                    place: self[index].down_revision_place,
                });
            }
        }
        problems
    }

    /// How many links lie below each revision at most. The graph must have no circle.
    fn heights(&self) -> Vec<u32> {
        let mut heights = vec![0; self.len()];
        for index in self.bottom_up() {
            for child in self.all_children(index) {
                let height = heights[index.index()] + 1;
                heights[child.index()] = height.max(heights[child.index()]);
            }
        }
        heights
    }

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

    /// [`Graph::is_ancestor`], looking no further down than `lower` lies.
    fn lies_below(&self, lower: RevIndex, upper: RevIndex, heights: &[u32]) -> bool {
        let mut reached = BTreeSet::new();
        let mut open = vec![upper];
        while let Some(index) = open.pop() {
            for parent in self.all_parents(index) {
                if parent == lower {
                    return true;
                }
                if heights[parent.index()] > heights[lower.index()] && reached.insert(parent) {
                    open.push(parent);
                }
            }
        }
        false
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

    /// All revisions, in load order.
    pub fn revisions(&self) -> &[Revision] {
        &self.revisions
    }

    /// The position of the revision with this full id.
    pub fn index(&self, id: &str) -> Option<RevIndex> {
        self.by_id.get(id).copied()
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

fn merge_duplicates(
    revisions: Vec<Revision>,
    problems: &mut Vec<Problem>,
) -> (Vec<Revision>, HashMap<RevisionId, RevIndex>) {
    let mut kept: Vec<Revision> = Vec::with_capacity(revisions.len());
    let mut by_id: HashMap<RevisionId, RevIndex> = HashMap::with_capacity(revisions.len());
    let mut repeated: BTreeMap<RevIndex, Vec<_>> = BTreeMap::new();
    for revision in revisions {
        if let Some(&first) = by_id.get(&revision.id) {
            let earlier = kept[first.index()].place;
            repeated
                .entry(first)
                .or_insert_with(|| vec![earlier])
                .push(revision.place);
            kept[first.index()] = revision;
        } else {
            by_id.insert(revision.id.clone(), RevIndex::new(kept.len()));
            kept.push(revision);
        }
    }
    for (index, places) in repeated {
        problems.push(Problem::DuplicateRevision {
            revision: kept[index.index()].id.clone(),
            places,
        });
    }
    (kept, by_id)
}
