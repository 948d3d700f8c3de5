//! How what lies below revisions differs between two graphs.

use std::collections::{BTreeSet, BinaryHeap, HashMap};
use std::sync::Arc;

use crate::graph::{Graph, RevIndex};

/// For each revision that two graphs have, what lies below it in one of them and not in the other, through parents
/// and dependencies.
///
/// Revisions of one id are the same; positions may differ. What differs is worked out where links do, and goes up from
/// there: a change at one place costs no more than that place and one step for each revision.
#[derive(Debug)]
pub struct Divergence {
    of: Vec<Option<Arc<Difference>>>,
}

/// How what lies below one revision differs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Difference {
    /// What lies below it here and not there, as positions here, in load order.
    pub here: Vec<RevIndex>,
    /// What lies below it there and not here, as positions there, in load order.
    pub there: Vec<RevIndex>,
}

impl Difference {
    /// Whether the same revisions lie below it.
    pub fn is_empty(&self) -> bool {
        self.here.is_empty() && self.there.is_empty()
    }
}

impl Divergence {
    /// Compares two graphs.
    pub fn between(here: &Graph, there: &Graph) -> Self {
        let mut comparison = Comparison {
            to_there: twins(here, there),
            to_here: twins(there, here),
            here,
            there,
            of: vec![None; here.len()],
            none: Arc::new(Difference::default()),
        };
        match (Ranks::of(here), Ranks::of(there)) {
            (Some(ranks), Some(ranks_there)) => comparison.by_links(&ranks, &ranks_there),
            // In a circle nothing comes before anything.
            _ => comparison.one_by_one(),
        }
        Self { of: comparison.of }
    }

    /// How what lies below a revision of the first graph differs; `None` where the second does not have it.
    pub fn of(&self, index: RevIndex) -> Option<&Difference> {
        self.of[index.index()].as_deref()
    }

    /// Whether both graphs have a revision of the first, with the same below it.
    pub fn is_same(&self, index: RevIndex) -> bool {
        self.of(index).is_some_and(Difference::is_empty)
    }
}

/// Where each revision of one graph is in another.
fn twins(graph: &Graph, other: &Graph) -> Vec<Option<RevIndex>> {
    graph.indices().map(|it| other.twin(graph, it)).collect()
}

/// Revisions in an order in which each comes after what lies below it.
struct Ranks {
    order: Vec<RevIndex>,
    rank: Vec<usize>,
}

impl Ranks {
    /// `None` where links make a circle.
    fn of(graph: &Graph) -> Option<Self> {
        let order = graph.bottom_up();
        let mut rank = vec![0; graph.len()];
        for (at, index) in order.iter().enumerate() {
            rank[index.index()] = at;
        }
        (order.len() == graph.len()).then_some(Self { order, rank })
    }
}

struct Comparison<'g> {
    here: &'g Graph,
    there: &'g Graph,
    to_there: Vec<Option<RevIndex>>,
    to_here: Vec<Option<RevIndex>>,
    of: Vec<Option<Arc<Difference>>>,
    none: Arc<Difference>,
}

impl Comparison<'_> {
    fn by_links(&mut self, here: &Ranks, there: &Ranks) {
        for &index in &here.order {
            if let Some(twin) = self.to_there[index.index()] {
                let found = self
                    .inherited(index, twin)
                    .unwrap_or_else(|| self.worked_out(index, twin, here, there));
                self.of[index.index()] = Some(found);
            }
        }
    }

    /// What its parents have, where both graphs link it to the same ones and they agree.
    fn inherited(&self, index: RevIndex, twin: RevIndex) -> Option<Arc<Difference>> {
        let mut parents = self.here.all_parents(index);
        let Some(first) = parents.next() else {
            let is_bottom = self.there.all_parents(twin).next().is_none();
            return is_bottom.then(|| Arc::clone(&self.none));
        };
        let same = self.of[first.index()].as_ref()?;
        let mut count = 1;
        for parent in parents {
            count += 1;
            let other = self.of[parent.index()].as_ref()?;
            if !Arc::ptr_eq(same, other) && same != other {
                return None;
            }
        }
        let mut count_there = 0;
        for parent in self.there.all_parents(twin) {
            count_there += 1;
            let back = self.to_here[parent.index()]?;
            // What one of them lacks, another one may be.
            let is_inside = count > 1
                && (same.here.binary_search(&back).is_ok()
                    || same.there.binary_search(&parent).is_ok());
            if is_inside || !self.here.all_parents(index).any(|it| it == back) {
                return None;
            }
        }
        (count == count_there).then(|| Arc::clone(same))
    }

    /// Walks down on both sides to a revision that all else lies above or below, and that is the same in both.
    fn worked_out(
        &self,
        index: RevIndex,
        twin: RevIndex,
        ranks: &Ranks,
        ranks_there: &Ranks,
    ) -> Arc<Difference> {
        let mut down = Descent::new(self.here, &ranks.rank, index);
        let mut down_there = Descent::new(self.there, &ranks_there.rank, twin);
        // The passages that each side came to, as positions here, with how much lay above them.
        let mut passages: HashMap<Option<RevIndex>, usize> = HashMap::new();
        let mut passages_there: HashMap<Option<RevIndex>, usize> = HashMap::new();
        let (bottom, above, above_there) = loop {
            if let Some((passage, above)) = down.next_passage() {
                if let Some(&above_there) = passages_there.get(&passage) {
                    break (passage, above, above_there);
                }
                passages.insert(passage, above);
            }
            if let Some((passage, above_there)) = down_there.next_passage() {
                let back = match passage {
                    Some(passage) => match self.to_here[passage.index()] {
                        Some(back) => Some(back),
                        None => continue,
                    },
                    None => None,
                };
                if let Some(&above) = passages.get(&back) {
                    break (back, above, above_there);
                }
                passages_there.insert(back, above_there);
            }
        };
        let beneath = bottom.and_then(|it| self.of[it.index()].as_deref());
        let beneath = beneath.unwrap_or(&self.none);
        let all = |passed: &[RevIndex], beneath: &[RevIndex]| -> BTreeSet<RevIndex> {
            passed.iter().chain(beneath).copied().collect()
        };
        let own = all(&down.passed[..above], &beneath.here);
        let theirs = all(&down_there.passed[..above_there], &beneath.there);
        let lacks = |twin: Option<RevIndex>, others: &BTreeSet<RevIndex>| {
            twin.is_none_or(|twin| !others.contains(&twin))
        };
        let difference = Difference {
            here: own
                .iter()
                .copied()
                .filter(|it| lacks(self.to_there[it.index()], &theirs))
                .collect(),
            there: theirs
                .iter()
                .copied()
                .filter(|it| lacks(self.to_here[it.index()], &own))
                .collect(),
        };
        if difference.is_empty() {
            Arc::clone(&self.none)
        } else {
            Arc::new(difference)
        }
    }

    fn one_by_one(&mut self) {
        for index in self.here.indices() {
            let Some(twin) = self.to_there[index.index()] else {
                continue;
            };
            let mut below = self.here.ancestors_with([index]);
            let mut below_there = self.there.ancestors_with([twin]);
            below.set(index.index(), false);
            below_there.set(twin.index(), false);
            let lacks = |twin: Option<RevIndex>, others: &fixedbitset::FixedBitSet| {
                twin.is_none_or(|twin| !others.contains(twin.index()))
            };
            self.of[index.index()] = Some(Arc::new(Difference {
                here: Graph::members(self.here, &below)
                    .filter(|it| lacks(self.to_there[it.index()], &below_there))
                    .collect(),
                there: Graph::members(self.there, &below_there)
                    .filter(|it| lacks(self.to_here[it.index()], &below))
                    .collect(),
            }));
        }
    }
}

/// A walk down from one revision, what lies above before what lies below.
struct Descent<'g> {
    graph: &'g Graph,
    rank: &'g [usize],
    open: BinaryHeap<(usize, RevIndex)>,
    seen: BTreeSet<RevIndex>,
    /// What was walked, the first one left out.
    passed: Vec<RevIndex>,
    is_done: bool,
}

impl<'g> Descent<'g> {
    fn new(graph: &'g Graph, rank: &'g [usize], start: RevIndex) -> Self {
        let mut walk = Self {
            graph,
            rank,
            open: BinaryHeap::new(),
            seen: BTreeSet::new(),
            passed: Vec::new(),
            is_done: false,
        };
        walk.open_parents(start);
        walk
    }

    fn open_parents(&mut self, index: RevIndex) {
        for parent in self.graph.all_parents(index) {
            if self.seen.insert(parent) {
                self.open.push((self.rank[parent.index()], parent));
            }
        }
    }

    /// The next revision below which all the rest lies, and how many were walked above it; a last time `None`, the
    /// end, below which nothing lies.
    fn next_passage(&mut self) -> Option<(Option<RevIndex>, usize)> {
        loop {
            if self.is_done {
                return None;
            }
            let above = self.passed.len();
            let is_alone = self.open.len() == 1;
            let Some((_, next)) = self.open.pop() else {
                self.is_done = true;
                return Some((None, above));
            };
            self.passed.push(next);
            self.open_parents(next);
            if is_alone {
                return Some((Some(next), above));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::Expectations;
    use crate::revision::{Parents, Revision};
    use crate::text::{FileId, Place, TextRange};

    /// `links` are `id: parents / dependencies`, separated by `;`.
    fn graph(links: &str) -> Graph {
        let place = Place {
            file: FileId(0),
            range: TextRange::empty(0),
        };
        let revisions = links.split(';').map(|link| {
            let (id, below) = link.split_once(':').expect("id: parents");
            let (parents, dependencies) = below.split_once('/').unwrap_or((below, ""));
            Revision {
                id: id.trim().into(),
                parents: Parents::Known(parents.split_whitespace().map(Into::into).collect()),
                dependencies: dependencies.split_whitespace().map(str::to_owned).collect(),
                has_computed_dependencies: false,
                branch_labels: Vec::new(),
                title: String::new(),
                place,
                down_revision_place: place,
            }
        });
        Graph::new(revisions.collect(), &Expectations::default())
    }

    /// What the definition says.
    fn check(here: &str, there: &str) {
        let (one, other) = (graph(here), graph(there));
        let found = Divergence::between(&one, &other);
        for index in one.indices() {
            let below = |graph: &Graph, index: RevIndex| -> BTreeSet<String> {
                let set = graph.ancestors_with([index]);
                let strict = graph.members(&set).filter(|it| *it != index);
                strict.map(|it| graph[it].id.to_string()).collect()
            };
            let names = |graph: &Graph, members: &[RevIndex]| -> BTreeSet<String> {
                assert!(members.is_sorted());
                members.iter().map(|it| graph[*it].id.to_string()).collect()
            };
            let expected = other.index(one[index].id.as_str()).map(|twin| {
                let (here, there) = (below(&one, index), below(&other, twin));
                (&here - &there, &there - &here)
            });
            let told = found
                .of(index)
                .map(|it| (names(&one, &it.here), names(&other, &it.there)));
            assert_eq!(told, expected, "{} in {here} | {there}", one[index].id);
        }
    }

    #[test]
    fn differences_go_up() {
        check("a:; b: a; c: b; d: c", "a:; x: a; b: x; c: b; d: c");
        check("a:; x: a; b: x; c: b; d: c", "d: c; c: b; b: a; a:");
        check("a:; b: a; c: a; m: b c; d: m", "a:; b: a; c: b; m: c; d: m");
        check("a:; b: a; c: a / b; d: b c", "a:; b: a; c: a; d: c b");
        check("a:; b: a; c:", "c:; a: c; b: a");
        check("a:; b:", "c:; d: c");
        // A parent that the others of them gained.
        check("a:; b: a; c: b; d: b c", "a:; c: a; b: c; d: b c");
        check("a: c; b: a; c: b; d: c", "a:; b: a; c: b; d: c");
    }

    #[test]
    fn random_graphs_differ_as_their_sets_do() {
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let mut next = move |below: usize| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            usize::try_from(state >> 33).expect("31 bits") % below
        };
        for _ in 0..3_000 {
            let size = 1 + next(12);
            let mut links: Vec<(usize, Vec<usize>, Vec<usize>)> = Vec::new();
            for at in 0..size {
                let mut some = |most: usize| -> Vec<usize> {
                    let count = if at == 0 { 0 } else { next(most + 1) };
                    (0..count).map(|_| next(at)).collect()
                };
                let (parents, dependencies) = (some(2), some(1));
                links.push((at, parents, dependencies));
            }
            let mut changed = links.clone();
            for _ in 0..next(4) {
                let at = next(changed.len());
                let below = changed[at].0;
                let parents = if below == 0 {
                    vec![]
                } else {
                    vec![next(below)]
                };
                changed[at].1 = parents;
            }
            if changed.len() > 1 && next(3) == 0 {
                changed.remove(next(size));
            }
            if next(2) == 0 {
                changed.reverse();
            }
            let text = |links: &[(usize, Vec<usize>, Vec<usize>)]| {
                let names =
                    |of: &[usize]| of.iter().map(|it| format!(" r{it}")).collect::<String>();
                let lines = links.iter().map(|(at, parents, dependencies)| {
                    format!("r{at}:{} /{}", names(parents), names(dependencies))
                });
                lines.collect::<Vec<_>>().join("; ")
            };
            check(&text(&links), &text(&changed));
        }
    }
}
