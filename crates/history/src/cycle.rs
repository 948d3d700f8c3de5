//! Circles in the graph: a true test, unlike Alembic's, which misses a circle that has both an entry
//! from a head and an exit to a base.

use std::collections::{BTreeMap, VecDeque};

use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};

use crate::graph::{Graph, RevIndex};
use crate::problem::Problem;

/// One [`Problem::Cycle`] for each group of revisions that reach each other, in load order of their
/// first members. Dependencies count like parents.
pub(crate) fn cycles(graph: &Graph) -> Vec<Problem> {
    if graph.bottom_up().len() == graph.len() {
        return Vec::new();
    }
    let mut links: DiGraph<(), (), u32> = DiGraph::with_capacity(graph.len(), graph.len());
    for _ in graph.indices() {
        links.add_node(());
    }
    for child in graph.indices() {
        for parent in graph.all_parents(child) {
            links.add_edge(node(parent), node(child), ());
        }
    }
    // Kosaraju's algorithm walks with a stack of its own; Tarjan's recurses as deep as the chain is long.
    let mut found: Vec<Vec<RevIndex>> = kosaraju_scc(&links)
        .into_iter()
        .filter(|component| component.len() > 1)
        .map(|component| {
            component
                .into_iter()
                .map(|node| RevIndex::new(node.index()))
                .collect()
        })
        .map(|members| shortest_circle(graph, members))
        .collect();
    found.sort();
    found
        .into_iter()
        .map(|circle| Problem::Cycle {
            revisions: circle
                .into_iter()
                .map(|index| (graph[index].id.clone(), graph[index].down_revision_place))
                .collect(),
        })
        .collect()
}

fn node(index: RevIndex) -> NodeIndex<u32> {
    NodeIndex::new(index.index())
}

/// The shortest way from the first member in load order back to itself, child after parent.
fn shortest_circle(graph: &Graph, mut members: Vec<RevIndex>) -> Vec<RevIndex> {
    members.sort();
    let start = members[0];
    let mut came_from: BTreeMap<RevIndex, RevIndex> = BTreeMap::new();
    let mut open = VecDeque::from([start]);
    while let Some(current) = open.pop_front() {
        for child in graph.all_children(current) {
            if child == start {
                let mut circle = vec![current];
                let mut last = current;
                while last != start {
                    last = came_from[&last];
                    circle.push(last);
                }
                circle.reverse();
                return circle;
            }
            if members.binary_search(&child).is_ok() && !came_from.contains_key(&child) {
                came_from.insert(child, current);
                open.push_back(child);
            }
        }
    }
    unreachable!("members of a strongly connected component reach themselves")
}
