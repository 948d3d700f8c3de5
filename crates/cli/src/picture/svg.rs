//! The graph as an SVG drawing: the lanes of the terminal, as lines, with the titles beside them.

use std::io::{self, Write};

use unicode_width::UnicodeWidthStr as _;

use super::lanes::{GLYPH, reaches_down, rows};
use super::{Line, Node, Picture};

/// Half the width of a lane, in pixels: a cell of the text drawing.
const CELL: usize = 9;
/// The height of a line with a node.
const LINE: usize = 22;
/// The height of a line that only joins lanes.
const JOINT: usize = 14;
/// About the width of a character.
const CHARACTER: usize = 8;
const MARGIN: usize = 16;

/// Light and dark, as the reader's system asks for.
pub(super) const STYLE: &str = "\
text{font:13px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;fill:#1f2328}\
.h{font-weight:bold;font-size:15px}.i{font-weight:bold}.m{fill:#0969da}.p{fill:#d1242f;font-weight:bold}\
.d{fill:#59636e}path{fill:none;stroke:#59636e;stroke-width:1.6}\
circle{fill:#0969da;stroke:none}circle.d{fill:#8c959f}circle.p{fill:#d1242f}circle.e{fill:#1a7f37}circle.v{fill:#9a6700}\
.bg{fill:#ffffff}\
@media(prefers-color-scheme:dark){text{fill:#e6edf3}.m{fill:#4493f8}.p{fill:#f85149}.d{fill:#9198a1}\
path{stroke:#9198a1}circle{fill:#4493f8}circle.d{fill:#656c76}circle.p{fill:#f85149}circle.e{fill:#3fb950}circle.v{fill:#d29922}\
.bg{fill:#0d1117}}";

/// One graph, drawn.
pub(super) struct Drawing {
    pub(super) width: usize,
    pub(super) height: usize,
    /// The elements inside `<svg>`.
    pub(super) elements: String,
}

/// Prints `pictures` below each other as one drawing.
pub(crate) fn print(pictures: &[Picture], out: &mut dyn Write) -> io::Result<()> {
    let drawings: Vec<Drawing> = pictures.iter().map(|it| draw(it, None)).collect();
    let headings = pictures.iter().map(|it| it.name.width() * (CHARACTER + 2));
    let widths = drawings.iter().map(|it| it.width);
    let width = widths.chain(headings).max().unwrap_or(0) + 2 * MARGIN;
    let height: usize = drawings.iter().map(|it| it.height + 2 * LINE).sum();
    writeln!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" role=\"img\">"
    )?;
    writeln!(out, "<title>Revision graph</title><style>{STYLE}</style>")?;
    writeln!(out, "<rect class=\"bg\" width=\"100%\" height=\"100%\"/>")?;
    let mut top = 0;
    for (picture, drawing) in pictures.iter().zip(drawings) {
        let heading = escaped(&picture.name);
        let baseline = top + LINE;
        writeln!(
            out,
            "<text class=\"h\" x=\"{MARGIN}\" y=\"{baseline}\">{heading}</text>"
        )?;
        let below = top + LINE * 3 / 2;
        writeln!(out, "<g transform=\"translate(0 {below})\">")?;
        write!(out, "{}", drawing.elements)?;
        writeln!(out, "</g>")?;
        top += drawing.height + 2 * LINE;
    }
    writeln!(out, "</svg>")
}

/// Draws one graph. With `link`, each node is a link to the anchor that `link` has for it.
pub(super) fn draw(picture: &Picture, link: Option<&dyn Fn(usize) -> String>) -> Drawing {
    let rows = rows(picture);
    let columns = rows.iter().map(|row| row.lanes.chars().count()).max();
    let text_left = 2 * MARGIN + columns.unwrap_or(0) * CELL;
    let mut top = 0;
    let mut path = String::new();
    let mut nodes = String::new();
    let mut above: Vec<char> = Vec::new();
    for row in &rows {
        let here: Vec<char> = row.lanes.chars().collect();
        let node = row.node.map(|at| &picture.nodes[at]);
        let height = if node.is_some() { LINE } else { JOINT };
        for (column, &char) in here.iter().enumerate() {
            let left = MARGIN + column * CELL;
            if char == GLYPH {
                let from_above = above.get(column).copied().is_some_and(reaches_down);
                let goes_on = node.is_some_and(|node| !node.lines.is_empty());
                stroke_through(&mut path, left, top, from_above, goes_on);
            } else {
                stroke(&mut path, char, left, top, height);
            }
        }
        if let (Some(at), Some(node)) = (row.node, node) {
            let column = here.iter().position(|&it| it == GLYPH).unwrap_or(0);
            let centre = (MARGIN + column * CELL + CELL / 2, top + LINE / 2);
            let element = node_element(node, centre, text_left);
            match link {
                Some(link) => {
                    nodes.extend(["<a href=\"#", link(at).as_str(), "\">", &element, "</a>\n"]);
                }
                None => nodes.extend([&element, "\n"]),
            }
        }
        top += height;
        above = here;
    }
    let text = picture.nodes.iter().map(|it| words(it).width()).max();
    Drawing {
        width: text_left + text.unwrap_or(0) * CHARACTER + MARGIN,
        height: top,
        elements: format!("<path d=\"{path}\"/>\n{nodes}"),
    }
}

/// The line through a node: a head has nothing above it, a base nothing below.
fn stroke_through(path: &mut String, left: usize, top: usize, up: bool, down: bool) {
    let (x, y) = (left + CELL / 2, top + LINE / 2);
    let start = if up { top } else { y };
    let end = if down { top + LINE } else { y };
    path.extend([
        "M",
        &x.to_string(),
        " ",
        &start.to_string(),
        "V",
        &end.to_string(),
    ]);
}

/// The strokes of one box-drawing character, in a cell of this `height`.
fn stroke(path: &mut String, char: char, left: usize, top: usize, height: usize) {
    let (x, right) = (left + CELL / 2, left + CELL);
    let (y, bottom) = (top + height / 2, top + height);
    let strokes = match char {
        '│' => format!("M{x} {top}V{bottom}"),
        '╷' => {
            let third = height / 3;
            format!("M{x} {top}v{third}m0 {third}V{bottom}")
        }
        '─' => format!("M{left} {y}H{right}"),
        '╭' => format!("M{right} {y}Q{x} {y} {x} {bottom}"),
        '╮' => format!("M{left} {y}Q{x} {y} {x} {bottom}"),
        '╯' => format!("M{left} {y}Q{x} {y} {x} {top}"),
        '╰' => format!("M{right} {y}Q{x} {y} {x} {top}"),
        '├' => format!("M{x} {top}V{bottom}M{x} {y}H{right}"),
        '┤' => format!("M{x} {top}V{bottom}M{left} {y}H{x}"),
        '┬' => format!("M{left} {y}H{right}M{x} {y}V{bottom}"),
        '┴' => format!("M{left} {y}H{right}M{x} {y}V{top}"),
        '┼' => format!("M{left} {y}H{right}M{x} {top}V{bottom}"),
        '~' => format!("M{left} {y}h{CELL}"),
        _ => return,
    };
    path.push_str(&strokes);
}

/// The mark of a node and the text beside it.
fn node_element(node: &Node, (x, y): (usize, usize), text_left: usize) -> String {
    let class = match node {
        _ if !node.problems.is_empty() => " class=\"p\"",
        _ if node.is_moved => " class=\"v\"",
        _ if node.is_published || node.is_run() => " class=\"d\"",
        _ if node.is_head => " class=\"e\"",
        _ => "",
    };
    let radius = if node.is_run() { 3 } else { 5 };
    let dimmed = if node.is_published || node.is_run() {
        " class=\"d\""
    } else {
        ""
    };
    let mut words = vec![format!(
        "<tspan class=\"i\">{}</tspan>",
        escaped(&node.name())
    )];
    let marked =
        |class: &str, text: &str| format!("<tspan class=\"{class}\">{}</tspan>", escaped(text));
    words.extend(node.marks.iter().map(|mark| marked("m", mark)));
    if !node.title.is_empty() {
        words.push(escaped(&node.title));
    }
    words.extend(problems(node).iter().map(|problem| marked("p", problem)));
    let (baseline, words) = (y + 4, words.join(" "));
    format!(
        "<circle{class} cx=\"{x}\" cy=\"{y}\" r=\"{radius}\"/><text{dimmed} x=\"{text_left}\" y=\"{baseline}\">{words}</text>"
    )
}

fn problems(node: &Node) -> Vec<String> {
    let missing = node.lines.iter().filter_map(|line| match line {
        Line::Missing(id) => Some(format!("{id} is missing")),
        _ => None,
    });
    let codes = node.problems.iter().map(|&code| code.to_owned());
    codes.chain(missing).collect()
}

/// All that stands beside a node, to measure it.
fn words(node: &Node) -> String {
    let mut words = vec![node.name()];
    words.extend(node.marks.iter().cloned());
    words.push(node.title.clone());
    words.extend(problems(node));
    words.join(" ")
}

/// Text as XML and HTML take it, without the control characters that XML cannot hold.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '"' => escaped.push_str("&quot;"),
            char if char.is_control() || matches!(char, '\u{fffe}' | '\u{ffff}') => {
                escaped.push(' ');
            }
            char => escaped.push(char),
        }
    }
    escaped
}
