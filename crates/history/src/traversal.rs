//! The order in which Alembic walks revisions (`RevisionMap._topological_sort`): `alembic history`
//! prints it, `alembic upgrade` runs its reverse.

use std::collections::{BTreeSet, HashSet};

use fixedbitset::FixedBitSet;

use crate::graph::{Graph, RevIndex};

/// The order in which `alembic upgrade heads` runs on an empty database.
///
/// Where a revision has several dependencies that are not implied, Alembic's own order depends on
/// the hash seed; this one takes them as written. The graph must not be damaged.
pub fn upgrade_order(graph: &Graph) -> Vec<RevIndex> {
    let targets = graph
        .indices()
        .filter(|&index| graph.is_real_head(index))
        .collect();
    let mut order = walk(graph, targets);
    order.reverse();
    order
}

/// The order of `alembic history`: newest first.
pub fn history_order(graph: &Graph) -> Vec<RevIndex> {
    let mut order = upgrade_order(graph);
    order.reverse();
    order
}

/// The order in which `alembic upgrade` runs what lies at or below `targets`, on an empty database.
pub fn upgrade_order_to(
    graph: &Graph,
    targets: impl IntoIterator<Item = RevIndex>,
) -> Vec<RevIndex> {
    let targets: BTreeSet<RevIndex> = targets.into_iter().collect();
    let mut order = walk(graph, targets.into_iter().collect());
    order.reverse();
    order
}

/// Parents and those dependencies that no strict ancestor already has as dependency
/// (`_normalized_down_revisions`).
fn normalized_parents(graph: &Graph, index: RevIndex) -> Vec<RevIndex> {
    let dependencies = graph.dependencies(index);
    if dependencies.is_empty() {
        return graph.parents(index).to_vec();
    }
    let below = graph.chain_ancestors_with(graph.parents(index).iter().copied());
    let implied: HashSet<RevIndex> = graph
        .members(&below)
        .flat_map(|member| graph.dependencies(member))
        .copied()
        .collect();
    let kept = dependencies
        .iter()
        .copied()
        .filter(|other| !graph.parents(index).contains(other) && !implied.contains(other));
    graph.parents(index).iter().copied().chain(kept).collect()
}

/// One line of revisions being walked down: its next revision, and everything at or below it.
struct Lane {
    next: RevIndex,
    behind: FixedBitSet,
}

/// Newest first, by Alembic's lanes: a lane waits while its next revision lies below another lane.
fn walk(graph: &Graph, targets: Vec<RevIndex>) -> Vec<RevIndex> {
    let normalized: Vec<Vec<RevIndex>> = graph
        .indices()
        .map(|index| normalized_parents(graph, index))
        .collect();
    let closure = |start: RevIndex| {
        let mut reached = FixedBitSet::with_capacity(graph.len());
        reached.insert(start.index());
        let mut open = vec![start];
        while let Some(index) = open.pop() {
            for &parent in &normalized[index.index()] {
                if !reached.put(parent.index()) {
                    open.push(parent);
                }
            }
        }
        reached
    };
    let mut todo = FixedBitSet::with_capacity(graph.len());
    let mut lanes: Vec<Lane> = Vec::new();
    for target in targets {
        let behind = closure(target);
        todo.union_with(&behind);
        lanes.push(Lane {
            next: target,
            behind,
        });
    }
    let mut order = Vec::with_capacity(todo.count_ones(..));
    let mut current = 0;
    while !lanes.is_empty() {
        let candidate = lanes[current].next;
        let blocker = lanes
            .iter()
            .enumerate()
            .position(|(other, lane)| other != current && lane.behind.contains(candidate.index()));
        if let Some(blocker) = blocker {
            current = blocker;
            continue;
        }
        order.push(candidate);
        todo.set(candidate.index(), false);
        let open: HashSet<RevIndex> = lanes.iter().map(|lane| lane.next).collect();
        let below: Vec<RevIndex> = normalized[candidate.index()]
            .iter()
            .copied()
            .filter(|parent| todo.contains(parent.index()) && !open.contains(parent))
            .collect();
        let Some((&first, others)) = below.split_first() else {
            lanes.remove(current);
            current = current.saturating_sub(1);
            continue;
        };
        let is_link = graph[candidate].down_revisions().len() == 1
            && normalized[candidate.index()].len() == graph.parents(candidate).len();
        lanes[current].next = first;
        if is_link {
            lanes[current].behind.set(candidate.index(), false);
        } else {
            lanes[current].behind = closure(first);
            lanes.extend(others.iter().map(|&next| Lane {
                next,
                behind: closure(next),
            }));
        }
    }
    order
}
