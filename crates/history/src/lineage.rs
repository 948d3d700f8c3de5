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
use crate::roots;

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
    let roots = roots::below(graph, &heads);
    let mut groups: UnionFind<usize> = UnionFind::new(heads.len());
    // Heads with the same labels belong together where they share a root: each goes to the first one
    // for every root it has, so that no two of thousands need be compared.
    let mut kinds: BTreeMap<&BTreeSet<BranchLabel>, BTreeMap<RevIndex, Vec<usize>>> =
        BTreeMap::new();
    for (position, &head) in heads.iter().enumerate() {
        let by_root = kinds.entry(graph.labels(head)).or_default();
        for &root in roots[position].iter() {
            let others = by_root.entry(root).or_default();
            if let Some(&first) = others.first() {
                groups.union(first, position);
            }
            others.push(position);
        }
    }
    let may_part = graph
        .indices()
        .any(|index| has_labelled_children(graph, index));
    for (fewer, below) in &kinds {
        for (more, above) in &kinds {
            if fewer.len() >= more.len() || !fewer.is_subset(more) {
                continue;
            }
            for (root, ones) in below {
                for &other in above.get(root).into_iter().flatten() {
                    for &one in ones {
                        let (earlier, later) = (one.min(other), one.max(other));
                        if groups.equiv(earlier, later) {
                            continue;
                        }
                        if !may_part
                            || !forks_among_labelled_siblings(graph, heads[earlier], heads[later])
                        {
                            groups.union(earlier, later);
                        }
                    }
                }
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
        .any(|branch_point| has_labelled_children(graph, branch_point))
}

/// Whether two or more children of a branch point declare a label of their own.
fn has_labelled_children(graph: &Graph, branch_point: RevIndex) -> bool {
    let children = graph.children(branch_point).iter();
    let labelled = children.filter(|&&child| !graph[child].branch_labels.is_empty());
    labelled.count() >= 2
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
