//! The part of the graph that a plan changes, drawn as it is and as it will be.

use std::collections::{BTreeMap, BTreeSet};

use rechain_history::{Graph, RevIndex};

use super::lanes::{GLYPH, rows};
use super::terminal::sign;
use super::{Node, Picture, Shown, drawing_order, fold, node};
use crate::terminal::line::Line;

/// Columns that two drawings beside each other may take.
const WIDTH: usize = 100;
/// Columns of a title.
const TITLE: usize = 40;
/// Longer drawings are for `rechain graph`.
const ROWS: usize = 40;

/// A graph before and after a change; positions are the same in both.
pub(crate) struct Affected<'g> {
    before: &'g Graph,
    after: &'g Graph,
    changed: BTreeSet<RevIndex>,
    /// What is drawn.
    part: BTreeSet<RevIndex>,
    /// What is never folded.
    kept: BTreeSet<RevIndex>,
    /// What is taken out.
    gone: BTreeSet<RevIndex>,
}

impl<'g> Affected<'g> {
    /// The revisions in `changed` have other parents afterwards.
    pub(crate) fn of(before: &'g Graph, after: &'g Graph, changed: BTreeSet<RevIndex>) -> Self {
        let mut kept = changed.clone();
        for graph in [before, after] {
            for &index in &changed {
                kept.extend(graph.parents(index));
            }
        }
        let mut part = kept.clone();
        for graph in [before, after] {
            let above = graph.chain_descendants_with(kept.iter().copied());
            part.extend(graph.members(&above));
        }
        Self {
            before,
            after,
            changed,
            part,
            kept,
            gone: BTreeSet::new(),
        }
    }

    /// What is taken out is not drawn afterwards.
    pub(crate) fn without(mut self, gone: BTreeSet<RevIndex>) -> Self {
        self.part.extend(&gone);
        self.kept.extend(&gone);
        self.gone = gone;
        self
    }

    /// The revisions that are drawn with their parents: before, or after.
    pub(crate) fn links(&self, is_after: bool) -> Vec<(RevIndex, &'g [RevIndex])> {
        let graph = if is_after { self.after } else { self.before };
        drawing_order(graph)
            .into_iter()
            .filter(|index| self.part.contains(index))
            .filter(|index| !(is_after && self.gone.contains(index)))
            .map(|index| (index, graph.parents(index)))
            .collect()
    }

    /// Both drawings, beside each other where there is room; nothing where they are too long.
    pub(crate) fn drawing(&self, is_published: &dyn Fn(RevIndex) -> bool) -> Vec<String> {
        let before = self.part_of(self.before, &BTreeSet::new(), is_published);
        let after = self.part_of(self.after, &self.changed, is_published);
        if before.len() + after.len() > 2 * ROWS {
            return Vec::new();
        }
        let widest = |lines: &[String]| {
            let widths = lines.iter().map(|line| Line::plain(line).width());
            widths.max().unwrap_or_default()
        };
        let left = widest(&before).max("before".len());
        if left + 4 + widest(&after) > WIDTH {
            let heading = |text: &str| std::iter::once(text.to_owned());
            return heading("before")
                .chain(before)
                .chain(heading("after"))
                .chain(after)
                .collect();
        }
        let rows = before.len().max(after.len());
        let cell = |lines: &[String], row: usize| lines.get(row).cloned().unwrap_or_default();
        std::iter::once(("before".to_owned(), "after".to_owned()))
            .chain((0..rows).map(|row| (cell(&before, row), cell(&after, row))))
            .map(|(one, other)| {
                let line = Line::plain(&one).fitted(left + 4).text() + &other;
                line.trim_end().to_owned()
            })
            .collect()
    }

    fn part_of(
        &self,
        graph: &Graph,
        moved: &BTreeSet<RevIndex>,
        is_published: &dyn Fn(RevIndex) -> bool,
    ) -> Vec<String> {
        let shown = Shown {
            is_published,
            in_full: false,
            problems: BTreeMap::new(),
            moved: moved.clone(),
        };
        let order: Vec<RevIndex> = drawing_order(graph)
            .into_iter()
            .filter(|index| self.part.contains(index))
            .filter(|index| moved.is_empty() || !self.gone.contains(index))
            .collect();
        let is_plain = |index: RevIndex| {
            !self.kept.contains(&index)
                && graph.parents(index).len() == 1
                && graph.children(index).len() == 1
        };
        let groups = fold(graph, &order, &is_plain, is_published);
        let position: BTreeMap<RevIndex, usize> = groups
            .iter()
            .enumerate()
            .flat_map(|(at, group)| group.iter().map(move |&index| (index, at)))
            .collect();
        let picture = Picture {
            name: String::new(),
            nodes: groups
                .iter()
                .map(|group| node(graph, group, &shown, &position))
                .collect(),
        };
        let is_after = !moved.is_empty();
        rows(&picture)
            .into_iter()
            .map(|row| match row.node.map(|at| &picture.nodes[at]) {
                None => row.lanes,
                Some(node) => {
                    let lanes = row.lanes.replace(GLYPH, sign(node));
                    format!("{lanes}  {}", words(node, is_after))
                }
            })
            .collect()
    }
}

/// The node without colours. Titles stand behind the new place only: both drawings have to fit.
fn words(node: &Node, with_title: bool) -> String {
    let mut words = node.name();
    if node.is_head {
        words.push_str(" (head)");
    }
    if node.is_moved {
        words.push_str(" (moved)");
    }
    if with_title && !node.title.is_empty() {
        words.push_str("  ");
        words.push_str(&Line::plain(&node.title).cut(TITLE).text());
    }
    words
}
