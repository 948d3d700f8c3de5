//! Lines of styled text that know how wide they are.

use std::fmt;

use anstyle::Style;
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use crate::paths::printable;

/// One line on the screen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Line {
    spans: Vec<(Style, String)>,
}

impl Line {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// A line of unstyled text.
    pub(crate) fn plain(text: &str) -> Self {
        Self::new().with(Style::new(), text)
    }

    /// The same with `text` behind it. Tabs become blanks, other control characters visible.
    #[must_use]
    pub(crate) fn with(mut self, style: Style, text: &str) -> Self {
        let text = printable(&text.replace('\t', "    ")).replace('\n', " ");
        if !text.is_empty() {
            self.spans.push((style, text));
        }
        self
    }

    /// How many columns it takes.
    pub(crate) fn width(&self) -> usize {
        self.spans.iter().map(|(_, text)| text.width()).sum()
    }

    /// The same, with `…` in the last column where it is wider than `width`.
    #[must_use]
    pub(crate) fn cut(self, width: usize) -> Self {
        if self.width() <= width {
            return self;
        }
        let mut left = width.saturating_sub(1);
        let mut cut = Self::new();
        for (style, text) in self.spans {
            let mut kept = String::new();
            for char in text.chars() {
                let needs = char.width().unwrap_or(0);
                if needs > left {
                    left = 0;
                    break;
                }
                left -= needs;
                kept.push(char);
            }
            if !kept.is_empty() {
                cut.spans.push((style, kept));
            }
            if left == 0 {
                break;
            }
        }
        if width > 0 {
            cut.spans.push((Style::new(), "…".to_owned()));
        }
        cut
    }

    /// The same, cut or filled with blanks to `width`.
    #[must_use]
    pub(crate) fn fitted(self, width: usize) -> Self {
        let mut line = self.cut(width);
        let missing = width.saturating_sub(line.width());
        if missing > 0 {
            line.spans.push((Style::new(), " ".repeat(missing)));
        }
        line
    }

    /// The same with `other` behind it.
    #[must_use]
    pub(crate) fn and(mut self, other: Self) -> Self {
        self.spans.extend(other.spans);
        self
    }

    /// Without styles.
    pub(crate) fn text(&self) -> String {
        self.spans.iter().map(|(_, text)| text.as_str()).collect()
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (style, text) in &self.spans {
            write!(f, "{style}{text}{style:#}")?;
        }
        Ok(())
    }
}

/// Words in lines of at most `width` columns, those behind the first moved in by `indent`.
pub(crate) fn wrapped(text: &str, width: usize, indent: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for word in text.split(' ').filter(|it| !it.is_empty()) {
        let blank = usize::from(!line.trim().is_empty());
        if blank == 1 && line.width() + blank + word.width() > width {
            lines.push(std::mem::take(&mut line));
            line = " ".repeat(indent);
        } else if blank == 1 {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(line);
    lines
}

/// Items in lines of at most `width` columns, three blanks between them.
pub(crate) fn flowed(items: &[String], width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for item in items {
        match lines.last_mut() {
            Some(line) if line.width() + 3 + item.width() <= width => {
                line.push_str("   ");
                line.push_str(item);
            }
            _ => lines.push(item.clone()),
        }
    }
    lines
}

/// `left` and `right` beside each other, each in its half of `width`.
pub(crate) fn side_by_side(left: Vec<Line>, right: Vec<Line>, width: usize) -> Vec<Line> {
    let half = width.saturating_sub(3) / 2;
    let rows = left.len().max(right.len());
    let mut left = left.into_iter();
    let mut right = right.into_iter();
    (0..rows)
        .map(|_| {
            let left = left.next().unwrap_or_default().fitted(half);
            let right = right.next().unwrap_or_default().cut(half);
            left.with(Style::new(), " │ ").and(right)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_cut_by_columns() {
        let line = |text: &str| Line::plain(text);
        assert_eq!(line("revision").cut(8).text(), "revision");
        assert_eq!(line("revision").cut(4).text(), "rev…");
        assert_eq!(line("表表表").cut(4).text(), "表…");
        assert_eq!(line("ab").fitted(4).text(), "ab  ");
        assert_eq!(line("a\tb\u{1b}").text(), "a    b\u{fffd}");
        assert_eq!(line("ab").cut(0).text(), "");
    }

    #[test]
    fn words_are_wrapped() {
        assert_eq!(wrapped("one two three", 7, 2), ["one two", "  three"]);
        assert_eq!(wrapped("one", 2, 0), ["one"]);
        assert_eq!(wrapped("", 10, 0), [""]);
    }

    #[test]
    fn items_stay_whole() {
        let items = ["a one".to_owned(), "b two".to_owned(), "c three".to_owned()];
        assert_eq!(flowed(&items, 13), ["a one   b two", "c three"]);
    }

    #[test]
    fn halves_stand_beside_each_other() {
        let rows = side_by_side(
            vec![Line::plain("a")],
            vec![Line::plain("b"), Line::plain("c")],
            9,
        );
        let rows: Vec<String> = rows.iter().map(Line::text).collect();
        assert_eq!(rows, ["a   │ b", "    │ c"]);
    }
}
