//! Long, wide and tangled histories: every step takes time in proportion to their length.

use std::time::{Duration, Instant};

use rechain_history::{
    Expectations, FileId, Graph, Parents, Place, Revision, TextRange, lineages, upgrade_order,
};

const SIZE: usize = 100_000;

/// Only to fail the test: a second or so is needed, and minutes where a step compares all with all.
const PATIENCE: Duration = Duration::from_secs(60);

fn check(name: &str, heads: usize, parents: impl Fn(usize) -> Vec<usize>) {
    let id = |at: usize| format!("r{at:06}");
    let place = Place {
        file: FileId(0),
        range: TextRange::empty(0),
    };
    let revisions = (0..SIZE).map(|at| Revision {
        id: id(at).as_str().into(),
        parents: Parents::Known(
            parents(at)
                .into_iter()
                .map(|it| id(it).as_str().into())
                .collect(),
        ),
        dependencies: vec![],
        has_computed_dependencies: false,
        branch_labels: vec![],
        title: String::new(),
        place,
        down_revision_place: place,
    });
    let revisions: Vec<Revision> = revisions.collect();
    let start = Instant::now();
    let graph = Graph::new(revisions, &Expectations::default());
    assert_eq!(graph.heads().count(), heads, "{name}");
    assert_eq!(lineages(&graph).len(), 1, "{name}");
    let order = upgrade_order(&graph);
    assert_eq!(order.len(), SIZE, "{name}");
    let mut position = vec![0; SIZE];
    for (at, index) in order.iter().enumerate() {
        position[index.index()] = at;
    }
    for index in graph.indices() {
        for parent in graph.parents(index) {
            assert!(position[parent.index()] < position[index.index()], "{name}");
        }
    }
    let took = start.elapsed();
    assert!(took < PATIENCE, "{name}: {took:?}");
}

#[test]
fn a_chain() {
    check("chain", 1, |at| at.checked_sub(1).into_iter().collect());
}

#[test]
fn heads_side_by_side() {
    check("wide", SIZE - 10, |at| match at {
        0 => vec![],
        _ => vec![at.min(10) - 1],
    });
}

#[test]
fn long_arms_side_by_side() {
    check("arms", 100, |at| match at {
        0 => vec![],
        1..=100 => vec![0],
        _ => vec![at - 100],
    });
}

#[test]
fn merges_upon_merges() {
    check("merges", 1, |at| match (at, at % 3) {
        (0, _) => vec![],
        (_, 0) => vec![at - 2, at - 1],
        (_, 1) => vec![at - 1],
        _ => vec![at - 2],
    });
}

#[test]
fn merges_of_many() {
    check("octopus", 1, |at| match (at, at % 10) {
        (0, _) => vec![],
        (_, 0) => (at - 9..at).collect(),
        (_, place) if at > SIZE - 10 => vec![at - place.min(1)],
        (_, place) => vec![at - place],
    });
}
