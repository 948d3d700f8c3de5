//! The graph as lanes of text, newest revision first, as `git log --graph` shows commits.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use super::lanes::{GLYPH, rows};
use super::{Line, Node, Picture};
use crate::ui::TITLE;

const MARK: Style = AnsiColor::Cyan.on_default();
const PROBLEM: Style = AnsiColor::Red.on_default().bold();
const DIMMED: Style = Style::new().dimmed();

/// Prints `picture` in lanes.
pub(crate) fn print(picture: &Picture, out: &mut dyn Write) -> io::Result<()> {
    for row in rows(picture) {
        match row.node.map(|at| &picture.nodes[at]) {
            None => writeln!(out, "{}", row.lanes)?,
            Some(node) => {
                let lanes = row.lanes.replace(GLYPH, sign(node));
                write!(out, "{lanes}  ")?;
                describe(node, out)?;
            }
        }
    }
    Ok(())
}

pub(super) fn sign(node: &Node) -> &'static str {
    match node {
        _ if node.is_run() => "┊",
        _ if !node.problems.is_empty() => "✗",
        _ if node.is_head => "◉",
        _ => "○",
    }
}

fn describe(node: &Node, out: &mut dyn Write) -> io::Result<()> {
    let style = if node.is_published || node.is_run() {
        DIMMED
    } else {
        TITLE
    };
    write!(out, "{style}{}{style:#}", node.name())?;
    for mark in &node.marks {
        write!(out, " {MARK}{mark}{MARK:#}")?;
    }
    if !node.title.is_empty() {
        if node.is_published {
            write!(out, "  {DIMMED}{}{DIMMED:#}", node.title)?;
        } else {
            write!(out, "  {}", node.title)?;
        }
    }
    for code in &node.problems {
        write!(out, "  {PROBLEM}{code}{PROBLEM:#}")?;
    }
    for line in &node.lines {
        if let Line::Missing(id) = line {
            write!(out, "  {PROBLEM}{id} is missing{PROBLEM:#}")?;
        }
    }
    writeln!(out)
}
