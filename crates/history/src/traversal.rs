//! The order in which Alembic walks revisions (`RevisionMap._topological_sort`): `alembic history`
//! prints it, `alembic upgrade` runs its reverse.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use fixedbitset::FixedBitSet;

use crate::graph::{Graph, RevIndex};
use crate::links::Links;

/// The order in which `alembic upgrade heads` runs on an empty database.
///
/// Where a revision has several dependencies that are not implied, Alembic's own order depends on
/// the hash seed; this one takes them as written. The graph must not be damaged: in a circle of links the
/// order means nothing, though each revision is in it once.
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
fn normalized_parents(graph: &Graph, index: RevIndex) -> impl Iterator<Item = RevIndex> {
    let parents = graph.parents(index);
    let mut kept: Vec<RevIndex> = graph
        .dependencies(index)
        .iter()
        .copied()
        .filter(|other| !parents.contains(other))
        .collect();
    // Nothing can imply what nothing else depends on.
    let is_shared = |&other: &RevIndex| graph.dependents(other).iter().any(|&it| it != index);
    if kept.iter().any(is_shared) {
        let mut reached = FixedBitSet::with_capacity(graph.len());
        let mut open = parents.to_vec();
        while let Some(member) = open.pop() {
            if reached.put(member.index()) {
                continue;
            }
            kept.retain(|other| !graph.dependencies(member).contains(other));
            if kept.is_empty() {
                break;
            }
            open.extend(graph.parents(member));
        }
    }
    parents.iter().copied().chain(kept)
}

/// Newest first, by Alembic's lanes: each walks down one line of revisions, and waits while its next
/// revision lies below another lane.
fn walk(graph: &Graph, targets: Vec<RevIndex>) -> Vec<RevIndex> {
    // Parents and dependencies that are not implied.
    let mut below = Links::with_capacity(graph.len());
    for index in graph.indices() {
        below.push_row(normalized_parents(graph, index));
    }
    let above = below.reversed();
    let mut walk = Walk::new(&below, &above, graph.len(), targets);
    let mut turns = 0;
    while let Some(candidate) = walk.lanes.get(&walk.current).copied() {
        match walk.blocker(candidate) {
            // Each lane waits for another at most once, unless they wait in a circle.
            Some(blocker) if turns <= walk.lanes.len() => {
                walk.current = blocker;
                turns += 1;
            }
            _ => {
                walk.pass(candidate);
                turns = 0;
            }
        }
    }
    walk.order
}

/// The number of a lane: lanes stand in the order in which they were opened.
type LaneNumber = usize;

struct Walk<'l> {
    below: &'l Links,
    above: &'l Links,
    /// What is still to be walked. Nothing in it lies above something that is not.
    todo: FixedBitSet,
    /// The next revision of each lane.
    lanes: BTreeMap<LaneNumber, RevIndex>,
    /// The lane whose next revision each is.
    lane_at: Vec<Option<LaneNumber>>,
    opened: LaneNumber,
    current: LaneNumber,
    /// For revisions that were found blocked: the lanes above, last first, each with what was its next
    /// revision then.
    blockers: HashMap<RevIndex, Vec<(LaneNumber, RevIndex)>>,
    order: Vec<RevIndex>,
}

impl<'l> Walk<'l> {
    fn new(below: &'l Links, above: &'l Links, revisions: usize, targets: Vec<RevIndex>) -> Self {
        let mut todo = FixedBitSet::with_capacity(revisions);
        let mut open = targets.clone();
        while let Some(index) = open.pop() {
            if !todo.put(index.index()) {
                open.extend(below.of(index));
            }
        }
        let mut walk = Self {
            below,
            above,
            todo,
            lanes: BTreeMap::new(),
            lane_at: vec![None; revisions],
            opened: 0,
            current: 0,
            blockers: HashMap::new(),
            order: Vec::with_capacity(revisions),
        };
        for target in targets {
            walk.open(target);
        }
        walk
    }

    fn open(&mut self, next: RevIndex) {
        self.lanes.insert(self.opened, next);
        self.lane_at[next.index()] = Some(self.opened);
        self.opened += 1;
    }

    /// The first lane that `candidate` lies below, where there is one: then something right above it is
    /// still to be walked.
    fn blocker(&mut self, candidate: RevIndex) -> Option<LaneNumber> {
        let is_open = |index: &RevIndex| self.todo.contains(index.index());
        if !self.above.of(candidate).iter().any(is_open) {
            if !self.blockers.is_empty() {
                self.blockers.remove(&candidate);
            }
            return None;
        }
        // A lane that has not moved is above as it was, and lanes opened since come behind it.
        if let Some(known) = self.blockers.get_mut(&candidate) {
            while let Some((lane, _)) = known.last()
                && !self.lanes.contains_key(lane)
            {
                known.pop();
            }
            if let Some((lane, next)) = known.last()
                && self.lanes.get(lane) == Some(next)
            {
                return Some(*lane);
            }
        }
        let mut found = Vec::new();
        let mut reached = HashSet::new();
        let mut open = vec![candidate];
        while let Some(index) = open.pop() {
            for &higher in self.above.of(index) {
                if self.todo.contains(higher.index()) && reached.insert(higher) {
                    found.extend(self.lane_at[higher.index()].map(|lane| (lane, higher)));
                    open.push(higher);
                }
            }
        }
        found.sort_unstable_by(|one, other| other.cmp(one));
        let first = found.last().map(|&(lane, _)| lane);
        self.blockers.insert(candidate, found);
        first
    }

    /// Walks the next revision of the current lane.
    fn pass(&mut self, candidate: RevIndex) {
        self.order.push(candidate);
        self.todo.set(candidate.index(), false);
        self.lane_at[candidate.index()] = None;
        let mut goes_on = false;
        for &parent in self.below.of(candidate) {
            if !self.todo.contains(parent.index()) || self.lane_at[parent.index()].is_some() {
                continue;
            }
            if goes_on {
                self.open(parent);
            } else {
                goes_on = true;
                self.lanes.insert(self.current, parent);
                self.lane_at[parent.index()] = Some(self.current);
            }
        }
        if !goes_on {
            self.lanes.remove(&self.current);
            let before = self.lanes.range(..self.current).next_back();
            let next = before.or_else(|| self.lanes.first_key_value());
            self.current = next.map_or(self.current, |(&lane, _)| lane);
        }
    }
}
