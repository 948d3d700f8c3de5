//! The view as lines of text: nothing here knows a terminal.

use anstyle::{AnsiColor, Style};
use rechain_history::RevIndex;
use rechain_planner::Constraint;
use unicode_width::UnicodeWidthStr as _;

use super::keys;
use super::list::{Item, Listed};
use super::margin::margin;
use crate::terminal::line::{Line, flowed, side_by_side, wrapped};
use crate::ui::{ADDED, PLACE, REMOVED, TITLE};

/// From this width on the diff stands beside the list.
const WIDE: usize = 120;
/// Less than this shows nothing that would help.
const SMALLEST: (usize, usize) = (30, 8);

/// From this height on a message may take two lines.
const ROOMY: usize = 20;

const WRONG: Style = AnsiColor::Red.on_default().bold();
const DOUBT: Style = AnsiColor::Yellow.on_default();
const DIMMED: Style = Style::new().dimmed();
const CHOSEN: Style = Style::new().invert();

/// Everything that is on the screen.
pub(super) struct Screen<'s> {
    pub(super) heading: String,
    pub(super) order: &'s [RevIndex],
    pub(super) listed: &'s Listed,
    pub(super) needs: &'s [Constraint],
    pub(super) cursor: usize,
    pub(super) is_picked: bool,
    /// What is wrong with the order: what stands too early, and the words.
    pub(super) wrong: &'s [(RevIndex, String)],
    /// What is doubtful about it.
    pub(super) doubts: &'s [String],
    /// What comes of it.
    pub(super) sentence: &'s str,
    pub(super) diff: &'s [String],
    /// The first line of the diff that is shown.
    pub(super) diff_top: usize,
    pub(super) is_help: bool,
}

impl Screen<'_> {
    /// As many lines as `height`, none wider than `width`.
    pub(super) fn draw(&self, width: usize, height: usize) -> Vec<Line> {
        let mut lines = if width < SMALLEST.0 || height < SMALLEST.1 {
            Self::too_small(width, height)
        } else if self.is_help {
            self.help(width, height)
        } else {
            self.lines(width, height)
        };
        lines.truncate(height);
        lines.resize_with(height, Line::new);
        lines.into_iter().map(|line| line.cut(width)).collect()
    }

    fn too_small(width: usize, height: usize) -> Vec<Line> {
        let (columns, rows) = SMALLEST;
        let text = format!(
            "This window is {width}x{height}; the view needs {columns}x{rows}. q leaves, e opens the editor."
        );
        wrapped(&text, width.max(1), 0)
            .iter()
            .map(|line| Line::plain(line))
            .collect()
    }

    fn help(&self, width: usize, height: usize) -> Vec<Line> {
        let mut lines = vec![Line::new().with(TITLE, &self.heading), Line::new()];
        for (key, does) in keys::LONG {
            lines.push(
                Line::new()
                    .with(TITLE, &format!("  {key:<16}"))
                    .with(Style::new(), does),
            );
        }
        lines.push(Line::new());
        let signs = "+table creates it, ~table changes it, -table drops it, ? may do more than is \
                     understood. Lines in the margin lead to what a revision needs.";
        lines.extend(wrapped(signs, width, 0).iter().map(|it| Line::plain(it)));
        lines.truncate(height.saturating_sub(1));
        lines.resize_with(height.saturating_sub(1), Line::new);
        lines.push(Line::plain("any key goes back"));
        lines
    }

    fn lines(&self, width: usize, height: usize) -> Vec<Line> {
        let footer = self.footer(width);
        let messages = self.messages(width, height);
        let mut lines = vec![Line::new().with(TITLE, &self.heading)];
        let is_wide = width >= WIDE;
        let list_width = if is_wide { (width - 3) / 2 } else { width };
        let mut list = vec![self.base(list_width)];
        let room = height.saturating_sub(1 + footer.len() + messages.len());
        if is_wide {
            list.extend(self.list(list_width, room.saturating_sub(1)));
            let diff = self.diff(room);
            lines.extend(side_by_side(list, diff, width));
            lines.truncate(1 + room);
            lines.resize_with(1 + room, Line::new);
        } else {
            // The list gets what it needs, but leaves the diff a third.
            let most = (room * 2 / 3).max(3).min(room.saturating_sub(1));
            list.extend(self.list(list_width, self.order.len().min(most.saturating_sub(1))));
            let left = room.saturating_sub(list.len());
            lines.extend(list);
            if left > 2 {
                lines.push(Line::new().with(DIMMED, &"─".repeat(width)));
                lines.extend(self.diff(left - 1));
            }
            lines.resize_with(1 + room, Line::new);
        }
        lines.extend(messages);
        lines.extend(footer);
        lines
    }

    fn base(&self, width: usize) -> Line {
        let text = match &self.listed.base {
            Some(base) => format!("stays below: {} {}", base.id, base.title),
            None => "the first of these starts the history".to_owned(),
        };
        Line::new().with(DIMMED, &text).cut(width)
    }

    /// The rows of the list that fit, the chosen one among them.
    fn list(&self, width: usize, rows: usize) -> Vec<Line> {
        let Some(&chosen) = self.order.get(self.cursor) else {
            return Vec::new();
        };
        let margins = margin(self.order, self.needs, chosen);
        let items = || self.order.iter().filter_map(|it| self.listed.items.get(it));
        let ids = items()
            .map(|it| it.id.width())
            .max()
            .unwrap_or(0)
            .min(width / 3);
        let top = self.top(rows);
        self.order
            .iter()
            .enumerate()
            .skip(top)
            .take(rows)
            .filter_map(|(row, index)| {
                let item = self.listed.items.get(index)?;
                let is_wrong = self.wrong.iter().any(|(wrong, _)| wrong == index);
                Some(self.row(row, item, &margins[row], is_wrong, (width, ids)))
            })
            .collect()
    }

    fn row(
        &self,
        row: usize,
        item: &Item,
        margin: &str,
        is_wrong: bool,
        (width, ids): (usize, usize),
    ) -> Line {
        let is_chosen = row == self.cursor;
        let sign = match (is_chosen, self.is_picked) {
            (true, true) => '↕',
            (true, false) => '>',
            _ => ' ',
        };
        let wrong = if is_wrong { "✗ " } else { "  " };
        let start = Line::new()
            .with(if is_wrong { WRONG } else { DIMMED }, margin)
            .with(Style::new(), &format!(" {sign} "))
            .with(WRONG, wrong);
        let used = start.width() + ids + 2;
        let left = width.saturating_sub(used);
        let tables = item.tables.width().min(left * 2 / 5);
        let style = if is_chosen { CHOSEN } else { Style::new() };
        let id = Line::new()
            .with(if is_chosen { CHOSEN } else { TITLE }, &item.id)
            .fitted(ids);
        let title = Line::new()
            .with(style, &item.title)
            .fitted(left.saturating_sub(tables + 2));
        start
            .and(id)
            .with(Style::new(), "  ")
            .and(title)
            .with(Style::new(), "  ")
            .and(Line::new().with(PLACE, &item.tables).cut(tables))
    }

    /// The first row shown: the chosen one stays in sight.
    fn top(&self, rows: usize) -> usize {
        let hidden = self.order.len().saturating_sub(rows);
        self.cursor.saturating_sub(rows / 2).min(hidden)
    }

    fn diff(&self, rows: usize) -> Vec<Line> {
        if self.diff.is_empty() {
            let words = if self.wrong.is_empty() {
                "no file changes"
            } else {
                "this order cannot be made"
            };
            return vec![Line::new().with(DIMMED, words)];
        }
        let top = self.diff_top.min(self.diff.len().saturating_sub(rows));
        self.diff
            .iter()
            .skip(top)
            .take(rows)
            .map(|line| {
                let style = match line.as_bytes().first() {
                    _ if line.starts_with("+++") || line.starts_with("---") => TITLE,
                    Some(b'+') => ADDED,
                    Some(b'-') => REMOVED,
                    Some(b'@') => PLACE,
                    _ => Style::new(),
                };
                Line::new().with(style, line)
            })
            .collect()
    }

    /// What is wrong, what is doubtful, what comes of it: three of each at most.
    fn messages(&self, width: usize, height: usize) -> Vec<Line> {
        let mut lines = Vec::new();
        // A message that does not fit goes on in the next line, where the list has room besides.
        let most = if height < ROOMY { 1 } else { 2 };
        let mut add = |style: Style, text: &str| {
            let mut rows = wrapped(text, width, 2);
            if rows.len() > most {
                let rest = rows.split_off(most - 1);
                let rest: Vec<&str> = rest.iter().map(|it| it.trim_start()).collect();
                rows.push(format!("{}{}", " ".repeat(2 * (most - 1)), rest.join(" ")));
            }
            lines.extend(rows.iter().map(|row| Line::new().with(style, row)));
        };
        for (_, words) in self.wrong.iter().take(3) {
            add(WRONG, &format!("✗ {words}"));
        }
        if self.wrong.len() > 3 {
            add(WRONG, &format!("✗ and {} more", self.wrong.len() - 3));
        }
        for words in self.doubts.iter().take(2) {
            add(DOUBT, &format!("? {words}"));
        }
        if self.doubts.len() > 2 {
            add(DOUBT, &format!("? and {} more", self.doubts.len() - 2));
        }
        if self.wrong.is_empty() {
            add(Style::new(), self.sentence);
        }
        lines.into_iter().map(|line| line.cut(width)).collect()
    }

    fn footer(&self, width: usize) -> Vec<Line> {
        let keys = if self.is_picked {
            keys::PICKED
        } else {
            keys::SHORT
        };
        let items: Vec<String> = keys
            .iter()
            .map(|(key, does)| format!("{key} {does}"))
            .collect();
        flowed(&items, width)
            .iter()
            .take(2)
            .map(|line| Line::new().with(DIMMED, line))
            .collect()
    }
}
