//! Lineages: what Alembic would upgrade to one head each.
//!
//! Heads belong to one lineage when they share a root and their labels do not tell them apart. A
//! head without a label of its own that forks from a labelled line is a second head of that line,
//! unless two or more siblings at the branch point each declare a label: then the project meant
//! separate branches (as Neutron's `expand` and `contract`), and the fork is one of them.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::unionfind::UnionFind;

use crate::graph::{Graph, RevIndex};
use crate::name::BranchLabel;
use crate::problem::Problem;

/// Heads that ought to be one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lineage {
    /// The labels the heads share, or those of the one that has the most.
    pub labels: BTreeSet<BranchLabel>,
    /// The heads, in load order. A healthy lineage has one.
    pub heads: Vec<RevIndex>,
    /// The bases below them, in load order.
    pub roots: Vec<RevIndex>,
}

impl Lineage {
    /// Whether there is one head.
    pub fn is_linear(&self) -> bool {
        self.heads.len() == 1
    }
}

/// The lineages of `graph`, in load order of their first heads.
pub fn lineages(graph: &Graph) -> Vec<Lineage> {
    let heads: Vec<RevIndex> = graph.heads().collect();
    let roots: Vec<BTreeSet<RevIndex>> =
        heads.iter().map(|&head| roots_below(graph, head)).collect();
    let mut groups: UnionFind<usize> = UnionFind::new(heads.len());
    for (later, &head) in heads.iter().enumerate() {
        for (earlier, &other) in heads[..later].iter().enumerate() {
            if roots[later].is_disjoint(&roots[earlier]) {
                continue;
            }
            if belong_together(graph, other, head) {
                groups.union(earlier, later);
            }
        }
    }
    let mut members: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    let mut first_of: BTreeMap<usize, usize> = BTreeMap::new();
    for position in 0..heads.len() {
        let group = *first_of.entry(groups.find(position)).or_insert(position);
        members.entry(group).or_default().push(position);
    }
    members
        .into_values()
        .map(|positions| Lineage {
            labels: positions
                .iter()
                .map(|&position| graph.labels(heads[position]))
                .max_by_key(|labels| labels.len())
                .cloned()
                .unwrap_or_default(),
            heads: positions.iter().map(|&position| heads[position]).collect(),
            roots: positions
                .iter()
                .flat_map(|&position| roots[position].iter().copied())
                .collect::<BTreeSet<_>>()
                .into_iter()
                .collect(),
        })
        .collect()
}

fn roots_below(graph: &Graph, head: RevIndex) -> BTreeSet<RevIndex> {
    let below = graph.chain_ancestors_with([head]);
    graph
        .members(&below)
        .filter(|&index| graph.parents(index).is_empty())
        .collect()
}

/// Whether two heads over a common root ought to be one.
fn belong_together(graph: &Graph, one: RevIndex, other: RevIndex) -> bool {
    let (fewer, more) = if graph.labels(one).len() <= graph.labels(other).len() {
        (graph.labels(one), graph.labels(other))
    } else {
        (graph.labels(other), graph.labels(one))
    };
    if !fewer.is_subset(more) {
        return false;
    }
    if fewer.len() == more.len() {
        return true;
    }
    !forks_among_labelled_siblings(graph, one, other)
}

/// Whether the two heads part at a branch point of which two or more children declare a label of
/// their own.
fn forks_among_labelled_siblings(graph: &Graph, one: RevIndex, other: RevIndex) -> bool {
    let below_one = graph.chain_ancestors_with([one]);
    let below_other = graph.chain_ancestors_with([other]);
    let mut common = below_one.clone();
    common.intersect_with(&below_other);
    graph
        .members(&common)
        .filter(|&index| {
            graph.children(index).iter().any(|child| {
                below_one.contains(child.index()) && !below_other.contains(child.index())
            })
        })
        .any(|branch_point| {
            let labelled = graph
                .children(branch_point)
                .iter()
                .filter(|&&child| !graph[child].branch_labels.is_empty());
            labelled.count() >= 2
        })
}

/// Lineages with several heads, and more unlabelled roots than the project wants.
pub(crate) fn problems(graph: &Graph, wanted_roots: usize) -> Vec<Problem> {
    let located = |&index: &RevIndex| (graph[index].id.clone(), graph[index].place);
    let lineages = lineages(graph);
    let mut problems: Vec<Problem> = lineages
        .iter()
        .filter(|lineage| !lineage.is_linear())
        .map(|lineage| Problem::MultipleHeads {
            labels: lineage.labels.iter().cloned().collect(),
            heads: lineage.heads.iter().map(located).collect(),
        })
        .collect();
    // Roots that lead to one head are joined; only the first of each unlabelled lineage counts.
    let separate: BTreeSet<RevIndex> = lineages
        .iter()
        .filter(|lineage| lineage.labels.is_empty())
        .filter_map(|lineage| lineage.roots.first().copied())
        .collect();
    if separate.len() > wanted_roots.max(1) {
        problems.push(Problem::SecondRoot {
            roots: separate.iter().map(located).collect(),
        });
    }
    problems
}
