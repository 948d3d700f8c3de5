//! A place in a source file with the lines around it, as narrow as it has to be.

use anstyle::{AnsiColor, Style};
use rechain_history::TextRange;
use rechain_project::Position;

use crate::history::File;
use crate::terminal::line::Line;
use crate::ui::TITLE;

const NUMBER: Style = AnsiColor::Cyan.on_default();
const MARK: Style = AnsiColor::Red.on_default().bold();

/// How many lines are shown above and below the place, where there is room.
pub(super) const AROUND: usize = 2;
/// More lines of the place itself are left out.
const MOST: usize = 6;

/// The file's name and line, then `range` with so many lines above and below, the place underlined.
pub(crate) fn snippet(file: &File, range: TextRange, around: usize) -> Vec<Line> {
    let text = file.text();
    let start = Position::of(text, range.start());
    let end = Position::of(text, range.end().max(range.start() + 1) - 1);
    let (start_line, end_line) = (start.line, end.line.max(start.line));
    let lines: Vec<&str> = text.lines().collect();
    let first = start_line.saturating_sub(around).max(1);
    let shown_end = end_line.min(start_line + MOST - 1);
    let last = (shown_end + around).min(lines.len());
    let digits = last.to_string().len();
    let mut shown = vec![Line::new().with(TITLE, &format!("{}:{start_line}", file.name))];
    let trimmed = first_with_text(&lines, first, start_line);
    let last = (shown_end..=last)
        .rev()
        .find(|&number| number == shown_end || has_text(&lines, number))
        .unwrap_or(last);
    for number in trimmed..=last {
        let source = lines.get(number - 1).copied().unwrap_or_default();
        let is_place = (start_line..=shown_end).contains(&number);
        let bar = if is_place {
            (MARK, " > ")
        } else {
            (NUMBER, " | ")
        };
        shown.push(
            Line::new()
                .with(NUMBER, &format!("{number:>digits$}"))
                .with(bar.0, bar.1)
                .with(Style::new(), source),
        );
        if is_place {
            shown.extend(underline(source, number, (start, end), digits));
        }
    }
    if shown_end < end_line {
        shown.push(Line::plain(&format!(
            "{:>digits$} … {} lines more",
            "",
            end_line - shown_end
        )));
    }
    shown
}

/// Empty lines above the place say nothing.
fn first_with_text(lines: &[&str], first: usize, place: usize) -> usize {
    (first..place)
        .find(|&number| has_text(lines, number))
        .unwrap_or(place)
}

fn has_text(lines: &[&str], number: usize) -> bool {
    lines
        .get(number - 1)
        .is_some_and(|line| !line.trim().is_empty())
}

fn underline(
    source: &str,
    number: usize,
    (start, end): (Position, Position),
    digits: usize,
) -> Option<Line> {
    // Columns count characters from one.
    let all = source.chars().count();
    let indent = source.chars().take_while(|it| it.is_whitespace()).count();
    let from = if number == start.line {
        start.column - 1
    } else {
        indent
    };
    let to = if number == end.line { end.column } else { all };
    let columns = |count: usize| {
        let text: String = source.chars().take(count).collect();
        Line::plain(&text).width()
    };
    let (from, to) = (columns(from), columns(to.min(all)));
    (to > from && start.line == end.line).then(|| {
        Line::new()
            .with(NUMBER, &format!("{:digits$} | ", ""))
            .with(Style::new(), &" ".repeat(from))
            .with(MARK, &"^".repeat(to - from))
    })
}
