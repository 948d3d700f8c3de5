//! From revisions to the graph that they make, and what is wrong with it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use crate::cycle;
use crate::graph::{Expectations, Graph, RevIndex};
use crate::label;
use crate::lineage;
use crate::links::Links;
use crate::name::RevisionId;
use crate::problem::Problem;
use crate::revision::Revision;

impl Graph {
    /// Links `revisions`, given in the order in which Alembic loads their files.
    ///
    /// Of several files with one id the last wins, in the position of the first, as in Alembic.
    pub fn new(revisions: Vec<Revision>, expectations: &Expectations) -> Self {
        Self::of(revisions.into_iter().map(Arc::new).collect(), expectations)
    }

    /// The same of revisions that another graph may have, too.
    pub fn of(revisions: Vec<Arc<Revision>>, expectations: &Expectations) -> Self {
        let mut problems = Vec::new();
        let (revisions, by_id) = merge_duplicates(revisions, &mut problems);
        let mut graph = Self::unlinked(revisions, Arc::new(by_id), problems);
        graph.link(None, expectations);
        graph.judge(expectations);
        graph
    }

    /// The graph in which some revisions say something else, as [`Graph::new`] builds it; each keeps its position.
    #[must_use]
    pub fn with(
        &self,
        changed: impl IntoIterator<Item = (RevIndex, Revision)>,
        expectations: &Expectations,
    ) -> Self {
        let mut revisions = self.revisions.clone();
        for (index, revision) in changed {
            revisions[index.index()] = Arc::new(revision);
        }
        self.changed_to(revisions, expectations)
    }

    /// The graph of `revisions`, as [`Graph::of`] builds it. What this graph has of them is not looked up again: where
    /// nearly all of them are its own, that is three times as fast.
    #[must_use]
    pub fn changed_to(&self, revisions: Vec<Arc<Revision>>, expectations: &Expectations) -> Self {
        let is_same = |(one, other): (&Arc<Revision>, &Arc<Revision>)| {
            Arc::ptr_eq(one, other) || one.id == other.id
        };
        let has_same_ids =
            revisions.len() == self.len() && revisions.iter().zip(&self.revisions).all(is_same);
        if !has_same_ids {
            return Self::of(revisions, expectations);
        }
        let mut graph = Self::unlinked(revisions, Arc::clone(&self.by_id), Vec::new());
        // Where links were left out, they are looked up again for what is wrong with them.
        let before = Some(self).filter(|it| !it.is_damaged());
        graph.link(before, expectations);
        graph.judge(expectations);
        graph
    }

    fn unlinked(
        revisions: Vec<Arc<Revision>>,
        by_id: Arc<HashMap<RevisionId, RevIndex>>,
        problems: Vec<Problem>,
    ) -> Self {
        Self {
            parents: Links::with_capacity(revisions.len()),
            dependencies: Links::with_capacity(revisions.len()),
            children: Links::with_capacity(0),
            dependents: Links::with_capacity(0),
            labels: Vec::new(),
            revisions,
            by_id,
            problems,
        }
    }

    /// `before` has the same ids, and nothing is wrong with its links.
    fn link(&mut self, before: Option<&Self>, expectations: &Expectations) {
        let declared = label::declarations(&self.revisions, &self.by_id, &mut self.problems);
        for index in self.indices() {
            let revision = &self.revisions[index.index()];
            let problems = &mut self.problems;
            let known = before.filter(|it| Arc::ptr_eq(&it.revisions[index.index()], revision));
            if let Some(before) = known
                && revision.dependencies.is_empty()
            {
                self.parents.push_row(before.parents(index).iter().copied());
                self.dependencies.push_row([]);
                continue;
            }
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
            .filter(|&index| self.all_parents(index).nth(2).is_some())
            .map(|index| (index, self.all_parents(index).collect()))
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
}

fn merge_duplicates(
    revisions: Vec<Arc<Revision>>,
    problems: &mut Vec<Problem>,
) -> (Vec<Arc<Revision>>, HashMap<RevisionId, RevIndex>) {
    let mut kept: Vec<Arc<Revision>> = Vec::with_capacity(revisions.len());
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::BranchLabel;
    use crate::revision::Parents;
    use crate::text::{FileId, Place, TextRange};

    /// What a graph says of its revisions, and of what is wrong with them.
    fn told(graph: &Graph) -> Vec<String> {
        let each = graph.indices().map(|it| {
            let links = [
                graph.parents(it),
                graph.dependencies(it),
                graph.children(it),
            ];
            let labels = graph.labels(it);
            format!(
                "{:?} {links:?} {:?} {labels:?}",
                graph[it],
                graph.dependents(it)
            )
        });
        let problems = graph.problems().iter().map(|it| format!("{it:?}"));
        let positions = graph.revisions().iter();
        let positions = positions.map(|it| format!("{:?}", graph.index(it.id.as_str())));
        each.chain(positions).chain(problems).collect()
    }

    #[test]
    fn a_graph_made_of_another_is_the_one_that_its_revisions_make() {
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let mut next = move |below: usize| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            usize::try_from(state >> 33).expect("31 bits") % below
        };
        let mut shared = 0;
        for _ in 0..3_000 {
            let size = 1 + next(9);
            let changing = [next(size), size - 1];
            let id = |at: usize| format!("r{at}");
            let mut revision = |at: usize| {
                // One in a while is missing, the revision itself or one above it.
                let mut below = |at: usize| match next(12) {
                    0 => next(size + 1),
                    _ => next(at.max(1)),
                };
                let count = if at == 0 { 0 } else { 1 + below(8) / 6 };
                let parents = (0..count).map(|_| id(below(at)).as_str().into());
                let parents = Parents::Known(parents.collect());
                let dependencies = (at > 0 && below(8) > 5).then(|| match below(6) {
                    5 => "label".to_owned(),
                    _ => id(below(at)),
                });
                let place = Place {
                    file: FileId(u32::try_from(at).expect("few")),
                    range: TextRange::empty(0),
                };
                Revision {
                    id: id(at).as_str().into(),
                    parents,
                    dependencies: dependencies.into_iter().collect(),
                    has_computed_dependencies: false,
                    branch_labels: (below(12) > 10)
                        .then(|| BranchLabel::named("label"))
                        .into_iter()
                        .collect(),
                    title: String::new(),
                    place,
                    down_revision_place: place,
                }
            };
            let revisions: Vec<Revision> = (0..size).map(&mut revision).collect();
            let changed = changing.map(|at| (at, revision(at)));
            let before = Graph::new(revisions.clone(), &Expectations::default());
            let mut after = revisions;
            for (at, revision) in &changed {
                after[*at] = revision.clone();
            }
            let changed = changed.into_iter();
            let changed = changed.map(|(at, revision)| (RevIndex::new(at), revision));
            let found = before.with(changed, &Expectations::default());
            let expected = Graph::new(after, &Expectations::default());
            assert_eq!(told(&found), told(&expected));
            shared += usize::from(!before.is_damaged());
        }
        assert!(shared > 500, "{shared} were of use");
    }

    #[test]
    fn other_ids_make_another_graph() {
        let place = Place {
            file: FileId(0),
            range: TextRange::empty(0),
        };
        let revision = |id: &str, parents: &[&str]| {
            Arc::new(Revision {
                id: id.into(),
                parents: Parents::Known(parents.iter().map(|&it| it.into()).collect()),
                dependencies: vec![],
                has_computed_dependencies: false,
                branch_labels: vec![],
                title: String::new(),
                place,
                down_revision_place: place,
            })
        };
        let (a, b) = (revision("a", &[]), revision("b", &["a"]));
        let expectations = Expectations::default();
        let graph = Graph::of(vec![Arc::clone(&a), b], &expectations);
        let renamed = vec![Arc::clone(&a), revision("c", &["a"])];
        let renamed = graph.changed_to(renamed, &expectations);
        assert_eq!(
            (renamed.index("b"), renamed.index("c").is_some()),
            (None, true)
        );
        let fewer = graph.changed_to(vec![a], &expectations);
        assert_eq!((fewer.len(), fewer.index("b")), (1, None));
    }
}
