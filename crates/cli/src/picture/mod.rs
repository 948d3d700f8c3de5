//! A picture of the revision graph as data: what is drawn in which order, with which lines.
//!
//! Every format reads this one value, so they show the same nodes, marks and folds.

pub(crate) mod affected;
pub(crate) mod dot;
pub(crate) mod html;
mod lanes;
pub(crate) mod mermaid;
pub(crate) mod svg;
pub(crate) mod terminal;

use std::collections::{BTreeMap, BTreeSet};

use rechain_history::{Graph, RevIndex, RevisionId};

use crate::diagnostic::first_line;
use crate::history::History;

/// Shorter runs are drawn in full: folding would save no line.
const SHORTEST_FOLD: usize = 3;

/// The nodes of a graph from the heads down to the bases.
pub(crate) struct Picture {
    /// The environment.
    pub(crate) name: String,
    /// Every node stands above what it points to.
    pub(crate) nodes: Vec<Node>,
}

/// A revision, or a linear run of them that is drawn as one.
pub(crate) struct Node {
    /// The revisions, newest first; more than one is a folded run.
    pub(crate) ids: Vec<RevisionId>,
    /// The first line of the docstring; empty for a run.
    pub(crate) title: String,
    /// `(head)`, `(branchpoint)`, `(mergepoint)` in Alembic's words, and branch labels.
    pub(crate) marks: Vec<String>,
    /// Codes of the problems that lie here.
    pub(crate) problems: Vec<&'static str>,
    pub(crate) is_head: bool,
    /// Whether a database may have it.
    pub(crate) is_published: bool,
    /// Whether it has other parents than now, in a picture of what a plan makes.
    pub(crate) is_moved: bool,
    pub(crate) lines: Vec<Line>,
}

/// A line from a node down to what it stands on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Line {
    /// `down_revision`, by the position of the node in [`Picture::nodes`].
    Parent(usize),
    /// `depends_on`.
    Dependency(usize),
    /// A `down_revision` that does not exist.
    Missing(RevisionId),
}

impl Node {
    /// The revision's id, or how many a folded run holds.
    pub(crate) fn name(&self) -> String {
        match self.ids.as_slice() {
            [id] => id.to_string(),
            [first, .., last] => format!("{} revisions, {last} to {first}", self.ids.len()),
            [] => String::new(),
        }
    }

    pub(crate) fn is_run(&self) -> bool {
        self.ids.len() > 1
    }
}

/// What is drawn of a graph, besides the graph.
pub(crate) struct Shown<'s> {
    /// Which revisions a database may have.
    pub(crate) is_published: &'s dyn Fn(RevIndex) -> bool,
    /// Long linear runs are folded unless this is set.
    pub(crate) in_full: bool,
    problems: BTreeMap<RevIndex, BTreeSet<&'static str>>,
    moved: BTreeSet<RevIndex>,
}

impl Picture {
    /// The picture of a history; long linear runs are folded unless `in_full`.
    pub(crate) fn of(
        history: &History,
        is_published: &dyn Fn(RevIndex) -> bool,
        in_full: bool,
    ) -> Self {
        let shown = Shown {
            is_published,
            in_full,
            problems: problems_by_revision(history),
            moved: BTreeSet::new(),
        };
        Self::draw(&history.environment.name, &history.graph, &shown)
    }

    /// The picture of the `graph` that a plan would make of a history by moving `moved`.
    pub(crate) fn planned(
        history: &History,
        graph: &Graph,
        moved: &BTreeSet<RevIndex>,
        is_published: &dyn Fn(RevIndex) -> bool,
        in_full: bool,
    ) -> Self {
        let shown = Shown {
            is_published,
            in_full,
            problems: BTreeMap::new(),
            moved: moved.clone(),
        };
        Self::draw(&history.environment.name, graph, &shown)
    }

    fn draw(name: &str, graph: &Graph, shown: &Shown<'_>) -> Self {
        let is_plain = |index: RevIndex| {
            !graph.is_head(index)
                && !graph.is_base(index)
                && graph.parents(index).len() == 1
                && graph[index].down_revisions().len() == 1
                && graph.children(index).len() == 1
                && graph.dependencies(index).is_empty()
                && graph.all_children(index).count() == 1
                && graph[index].branch_labels.is_empty()
                && !shown.problems.contains_key(&index)
                && !shown.moved.contains(&index)
        };
        let groups = if shown.in_full {
            drawing_order(graph)
                .into_iter()
                .map(|it| vec![it])
                .collect()
        } else {
            fold(graph, &drawing_order(graph), &is_plain, shown.is_published)
        };
        let position: BTreeMap<RevIndex, usize> = groups
            .iter()
            .enumerate()
            .flat_map(|(at, group)| group.iter().map(move |&index| (index, at)))
            .collect();
        let nodes = groups
            .into_iter()
            .map(|group| node(graph, &group, shown, &position))
            .collect();
        Self {
            name: name.to_owned(),
            nodes,
        }
    }
}

fn node(
    graph: &Graph,
    group: &[RevIndex],
    shown: &Shown<'_>,
    position: &BTreeMap<RevIndex, usize>,
) -> Node {
    let (newest, oldest) = (group[0], group[group.len() - 1]);
    let is_single = group.len() == 1;
    let mut marks = Vec::new();
    if is_single {
        let labels = &graph[newest].branch_labels;
        marks.extend(labels.iter().map(|label| format!("({label})")));
        for (holds, mark) in [
            (graph.is_head(newest), "(head)"),
            (graph.is_branch_point(newest), "(branchpoint)"),
            (graph.is_merge_point(newest), "(mergepoint)"),
        ] {
            if holds {
                marks.push(mark.to_owned());
            }
        }
    }
    let parents = graph.parents(oldest);
    // A drawing of a part leaves out what lies below it.
    let mut lines: Vec<Line> = parents
        .iter()
        .filter_map(|parent| position.get(parent).copied())
        .map(Line::Parent)
        .collect();
    lines.extend(
        graph[oldest]
            .down_revisions()
            .iter()
            .filter(|id| graph.index(id.as_str()).is_none())
            .map(|id| Line::Missing(id.clone())),
    );
    lines.extend(
        graph
            .dependencies(oldest)
            .iter()
            .filter(|other| !parents.contains(other))
            .filter_map(|other| position.get(other).copied())
            .map(Line::Dependency),
    );
    Node {
        ids: group.iter().map(|&index| graph[index].id.clone()).collect(),
        title: if is_single {
            first_line(&graph[newest].title)
        } else {
            String::new()
        },
        marks,
        problems: shown
            .problems
            .get(&newest)
            .into_iter()
            .flatten()
            .copied()
            .collect(),
        is_head: graph.is_head(newest),
        is_published: (shown.is_published)(newest),
        is_moved: shown.moved.contains(&newest),
        lines,
    }
}

/// Children before parents, one line of revisions after the other: the side that a merge revision
/// names last comes directly below it, as in `git log --topo-order`.
fn drawing_order(graph: &Graph) -> Vec<RevIndex> {
    let mut waiting_for: Vec<usize> = graph
        .indices()
        .map(|index| graph.all_children(index).count())
        .collect();
    let mut ready: Vec<RevIndex> = graph
        .indices()
        .filter(|index| waiting_for[index.index()] == 0)
        .collect();
    ready.reverse();
    let mut order = Vec::with_capacity(graph.len());
    while let Some(index) = ready.pop() {
        order.push(index);
        for parent in graph.all_parents(index) {
            let left = &mut waiting_for[parent.index()];
            *left -= 1;
            if *left == 0 {
                ready.push(parent);
            }
        }
    }
    order
}

/// Joins neighbours in the order that form a run of plain revisions.
fn fold(
    graph: &Graph,
    order: &[RevIndex],
    is_plain: &dyn Fn(RevIndex) -> bool,
    is_published: &dyn Fn(RevIndex) -> bool,
) -> Vec<Vec<RevIndex>> {
    let mut groups: Vec<Vec<RevIndex>> = Vec::new();
    for &index in order {
        let goes_on = groups
            .last()
            .and_then(|group| group.last())
            .is_some_and(|&last| {
                is_plain(last)
                    && is_plain(index)
                    && graph.parents(last) == [index]
                    && is_published(last) == is_published(index)
            });
        match groups.last_mut() {
            Some(group) if goes_on => group.push(index),
            _ => groups.push(vec![index]),
        }
    }
    let unfolded = |group: Vec<RevIndex>| -> Vec<Vec<RevIndex>> {
        if group.len() < SHORTEST_FOLD {
            group.into_iter().map(|it| vec![it]).collect()
        } else {
            vec![group]
        }
    };
    groups.into_iter().flat_map(unfolded).collect()
}

/// Which problems lie in which revision's file.
fn problems_by_revision(history: &History) -> BTreeMap<RevIndex, BTreeSet<&'static str>> {
    let graph = &history.graph;
    let by_file: BTreeMap<usize, RevIndex> = graph
        .indices()
        .map(|index| (graph[index].place.file.index(), index))
        .collect();
    let mut problems: BTreeMap<RevIndex, BTreeSet<&'static str>> = BTreeMap::new();
    for diagnostic in &history.diagnostics {
        for label in diagnostic.primary.iter().chain(&diagnostic.secondary) {
            if let Some(&index) = by_file.get(&label.file) {
                problems
                    .entry(index)
                    .or_default()
                    .insert(diagnostic.code.id);
            }
        }
    }
    problems
}
