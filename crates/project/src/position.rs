//! Where in a text something stands.

use std::fmt;

/// A place in a text file, for people: both numbers count from 1, columns count characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The line, ended by `\n`, `\r\n` or `\r`.
    pub line: usize,
    /// The character in that line.
    pub column: usize,
}

impl Position {
    /// The place of byte `offset` in `text`. An offset inside a character counts as its start, one
    /// beyond the end as the end.
    pub fn of(text: &str, offset: usize) -> Self {
        let mut end = offset.min(text.len());
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let before = &text[..end];
        let line = 1 + line_breaks(before, text[end..].starts_with('\n'));
        let start = before.rfind(['\n', '\r']).map_or(0, |at| at + 1);
        Self {
            line,
            column: 1 + before[start..].chars().count(),
        }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// A final `\r` belongs to the `\n` that follows, so it ends no line yet.
fn line_breaks(text: &str, newline_follows: bool) -> usize {
    let bytes = text.as_bytes();
    let mut breaks = 0;
    for (at, byte) in bytes.iter().enumerate() {
        breaks += usize::from(match byte {
            b'\n' => true,
            b'\r' => match bytes.get(at + 1) {
                Some(next) => *next != b'\n',
                None => !newline_follows,
            },
            _ => false,
        });
    }
    breaks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_count_from_one() {
        let text = "ab\r\ncé=\rx";
        let at = |needle: &str| {
            let position = Position::of(text, text.find(needle).expect("in the text"));
            (position.line, position.column)
        };
        assert_eq!(at("a"), (1, 1));
        assert_eq!(at("c"), (2, 1));
        assert_eq!(at("="), (2, 3));
        assert_eq!(at("x"), (3, 1));
        assert_eq!(Position::of(text, 999), Position { line: 3, column: 2 });
    }
}
