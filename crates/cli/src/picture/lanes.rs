//! The lanes in which a graph is drawn, laid out by Sapling's renderer.

use renderdag::{Ancestor, GraphRowRenderer, Renderer as _};

use super::{Line, Picture};

/// One line of the drawing.
pub(super) struct Row {
    /// The drawing: box-drawing characters, two columns for each lane, and [`GLYPH`] where the node is.
    pub(super) lanes: String,
    /// The node that stands in this row.
    pub(super) node: Option<usize>,
}

/// Stands for the node in [`Row::lanes`]; every format has its own sign for it.
pub(super) const GLYPH: char = '●';

/// Where the drawing ends and the message begins, in what the renderer prints.
const END: char = '\u{1f}';

/// The rows of a picture.
pub(super) fn rows(picture: &Picture) -> Vec<Row> {
    let mut renderer = GraphRowRenderer::<usize>::new()
        .output()
        .with_min_row_height(2)
        .build_box_drawing();
    let mut rows = Vec::new();
    for (at, node) in picture.nodes.iter().enumerate() {
        let ancestors = node
            .lines
            .iter()
            .map(|line| match line {
                Line::Parent(below) => Ancestor::Parent(*below),
                Line::Dependency(below) => Ancestor::Ancestor(*below),
                Line::Missing(_) => Ancestor::Anonymous,
            })
            .collect();
        let drawn = renderer.next_row(at, ancestors, GLYPH.to_string(), END.to_string());
        let is_last = at + 1 == picture.nodes.len();
        for line in drawn.lines() {
            let lanes = line.trim_end_matches([' ', END]).to_owned();
            let node = line.contains(END).then_some(at);
            // A row in which every lane just goes on is wanted only below a base: what is drawn
            // next in its lane does not belong to it.
            let goes_on = lanes.chars().all(|it| matches!(it, '│' | '╷' | ' '));
            let parts = picture.nodes[at].lines.is_empty() && !is_last;
            if node.is_some() || !goes_on || parts {
                rows.push(Row { lanes, node });
            }
        }
    }
    close_gaps(&mut rows);
    rows
}

/// Whether a character's stroke reaches the cell below it.
pub(super) fn reaches_down(char: char) -> bool {
    matches!(char, '│' | '╷' | '├' | '┤' | '┬' | '┼' | '╭' | '╮' | GLYPH)
}

/// Whether a character's stroke reaches the cell above it.
fn reaches_up(char: char) -> bool {
    matches!(char, '│' | '╷' | '├' | '┤' | '┴' | '┼' | '╯' | '╰')
}

/// A dashed line that meets a solid one is drawn as a bend, as if the solid one ended there: makes
/// a fork of it.
fn close_gaps(rows: &mut [Row]) {
    let mut above: Vec<char> = Vec::new();
    for at in 0..rows.len() {
        let below: Vec<char> = rows
            .get(at + 1)
            .map(|row| row.lanes.chars().collect())
            .unwrap_or_default();
        let here: Vec<char> = rows[at].lanes.chars().collect();
        let closed = here.iter().enumerate().map(|(column, &char)| {
            let from_above = above.get(column).copied().is_some_and(reaches_down);
            let to_below = below.get(column).copied().is_some_and(reaches_up);
            match char {
                '╭' if from_above => '├',
                '╮' if from_above => '┤',
                '╰' if to_below => '├',
                '╯' if to_below => '┤',
                char => char,
            }
        });
        rows[at].lanes = closed.collect();
        above = rows[at].lanes.chars().collect();
    }
}
