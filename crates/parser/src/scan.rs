//! A scanner that knows only where strings, comments, brackets and words are.
//!
//! It never fails, whatever the text, and it takes time linear in its length. The full parser comes
//! after it; the scanner decides whether that is safe (nesting), hides what the parser does not know
//! (newer f-strings), and finds the header statements of files that no parser takes.

use rechain_history::TextRange;

/// What a piece of text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A string literal with its prefix and quotes.
    Text {
        /// Whether its prefix makes it an f-string or a t-string.
        is_formatted: bool,
        /// Where its content lies.
        content: (usize, usize),
        /// Whether it has three quotes.
        is_triple: bool,
    },
    /// A comment, without the newline.
    Comment,
    /// The end of a line: LF, CR or CR LF.
    Newline,
    /// A backslash with the newline behind it.
    Continuation,
    /// `(`, `[` or `{`.
    Open,
    /// `)`, `]` or `}`.
    Close,
    /// A name, keyword or number.
    Word,
    /// Blanks, tabs and form feeds.
    Blank,
    /// Any other character.
    Sign(char),
}

/// A piece of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) kind: Kind,
    pub(crate) range: TextRange,
}

/// Cuts `text` into pieces that cover it without gaps.
pub(crate) fn scan(text: &str) -> Scanner<'_> {
    Scanner {
        text,
        bytes: text.as_bytes(),
        offset: 0,
    }
}

pub(crate) struct Scanner<'a> {
    text: &'a str,
    bytes: &'a [u8],
    offset: usize,
}

impl Iterator for Scanner<'_> {
    type Item = Piece;

    fn next(&mut self) -> Option<Piece> {
        let start = self.offset;
        let first = self.text[start..].chars().next()?;
        let (kind, end) = self.piece(start, first);
        self.offset = end;
        Some(Piece {
            kind,
            range: TextRange::new(start, end),
        })
    }
}

impl Scanner<'_> {
    fn piece(&self, start: usize, first: char) -> (Kind, usize) {
        match first {
            '\n' | '\r' => (Kind::Newline, self.after_newline(start)),
            '\\' if matches!(self.bytes.get(start + 1), Some(b'\n' | b'\r')) => {
                (Kind::Continuation, self.after_newline(start + 1))
            }
            ' ' | '\t' | '\x0c' | '\u{feff}' => (
                Kind::Blank,
                self.while_char(start, |c| matches!(c, ' ' | '\t' | '\x0c' | '\u{feff}')),
            ),
            '#' => (
                Kind::Comment,
                self.while_char(start, |c| !matches!(c, '\n' | '\r')),
            ),
            '(' | '[' | '{' => (Kind::Open, start + 1),
            ')' | ']' | '}' => (Kind::Close, start + 1),
            '\'' | '"' => self.string(start, start),
            _ if first == '_' || first.is_alphanumeric() => {
                let end = self.while_char(start, |c| c == '_' || c.is_alphanumeric());
                let is_prefix = end - start <= 2
                    && self.text[start..end]
                        .chars()
                        .all(|c| "rRbBuUfFtT".contains(c));
                if is_prefix && matches!(self.bytes.get(end), Some(b'\'' | b'"')) {
                    self.string(start, end)
                } else {
                    (Kind::Word, end)
                }
            }
            _ => (Kind::Sign(first), start + first.len_utf8()),
        }
    }

    /// A string whose prefix starts at `start` and whose first quote stands at `quote`. One that is
    /// not closed ends with its line, or with the text where it has three quotes.
    fn string(&self, start: usize, quote: usize) -> (Kind, usize) {
        let mark = self.bytes[quote];
        let is_triple = self.bytes[quote..].starts_with(&[mark; 3]);
        let width = if is_triple { 3 } else { 1 };
        let content = quote + width;
        let is_formatted = self.text[start..quote].contains(['f', 'F', 't', 'T']);
        let text = |end: usize| Kind::Text {
            is_formatted,
            content: (content, end),
            is_triple,
        };
        let mut at = content;
        // Since Python 3.12 a field of an f-string may hold the string's own quotes.
        let mut field_depth = 0_usize;
        while let Some(&byte) = self.bytes.get(at) {
            match byte {
                b'\\' if field_depth == 0 => {
                    at += 1;
                    at = if at < self.bytes.len() {
                        self.after_character(at)
                    } else {
                        at
                    };
                }
                b'\n' | b'\r' if !is_triple && field_depth == 0 => return (text(at), at),
                b'{' if is_formatted => {
                    if field_depth == 0 && self.bytes.get(at + 1) == Some(&b'{') {
                        at += 2;
                    } else {
                        field_depth += 1;
                        at += 1;
                    }
                }
                b'}' if is_formatted => {
                    field_depth = field_depth.saturating_sub(1);
                    at += 1;
                }
                b'#' if field_depth > 0 && self.opens_comment(at) => {
                    at = self.while_char(at, |c| !matches!(c, '\n' | '\r'));
                }
                _ if byte == mark && self.bytes[at..].starts_with(&[mark; 3][..width]) => {
                    // Within a field it may open a nested string (3.12) or close this one (before,
                    // where fields could not hold it and the field is simply not closed).
                    match (field_depth > 0)
                        .then(|| self.nested_string_end(at))
                        .flatten()
                    {
                        Some(end) => at = end,
                        None => return (text(at), at + width),
                    }
                }
                _ => at = self.after_character(at),
            }
        }
        (text(self.bytes.len()), self.bytes.len())
    }

    /// Where a plain string that opens at `quote` within a field ends, if it closes on its line and
    /// the field goes on behind it.
    fn nested_string_end(&self, quote: usize) -> Option<usize> {
        let mark = self.bytes[quote];
        let mut at = quote + 1;
        while let Some(&byte) = self.bytes.get(at) {
            match byte {
                b'\n' | b'\r' => return None,
                b'\\' => at = self.after_character((at + 1).min(self.bytes.len() - 1)),
                _ if byte == mark => {
                    let rest = &self.bytes[at + 1..];
                    let line = rest
                        .iter()
                        .take_while(|byte| !matches!(byte, b'\n' | b'\r'));
                    return line.copied().any(|byte| byte == b'}').then_some(at + 1);
                }
                _ => at = self.after_character(at),
            }
        }
        None
    }

    /// Whether the `#` at `hash` in a field begins a comment (3.12): it does not within a format
    /// (`{x:#x}`), and before 3.12 a field has no other.
    fn opens_comment(&self, hash: usize) -> bool {
        let before = self.text[..hash].trim_end_matches([' ', '\t', '\n', '\r']);
        before.len() < hash && !before.ends_with(':') || before.ends_with(['(', '[', '{', ','])
    }

    fn while_char(&self, start: usize, belongs: impl Fn(char) -> bool) -> usize {
        self.text[start..]
            .find(|c| !belongs(c))
            .map_or(self.text.len(), |length| start + length)
    }

    fn after_newline(&self, at: usize) -> usize {
        if self.bytes[at..].starts_with(b"\r\n") {
            at + 2
        } else {
            at + 1
        }
    }

    fn after_character(&self, at: usize) -> usize {
        (at + 1..=self.text.len())
            .find(|&end| self.text.is_char_boundary(end))
            .unwrap_or(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strings(text: &str) -> Vec<&str> {
        let pieces: Vec<Piece> = scan(text).collect();
        let mut at = 0;
        for piece in &pieces {
            assert_eq!(piece.range.start(), at, "pieces tile the text: {text:?}");
            at = piece.range.end();
        }
        assert_eq!(at, text.len());
        pieces
            .iter()
            .filter(|piece| matches!(piece.kind, Kind::Text { .. }))
            .map(|piece| piece.range.of(text))
            .collect()
    }

    #[test]
    fn finds_strings_of_every_kind() {
        assert_eq!(
            strings(r#"x = 'a' "b" u"c" rb"\""#),
            ["'a'", "\"b\"", "u\"c\"", "rb\"\\\""]
        );
        assert_eq!(
            strings("'''a'b\n''' # 'no'\n\"x\\\"y\""),
            ["'''a'b\n'''", "\"x\\\"y\""]
        );
        assert_eq!(strings("bar'x' Rb'y'"), ["'x'", "Rb'y'"]);
        assert_eq!(strings("'open\n'next'"), ["'open", "'next'"]);
    }

    #[test]
    fn newer_f_strings_are_one_piece() {
        assert_eq!(
            strings(r#"f"a {d["k"]} b" + 'c'"#),
            [r#"f"a {d["k"]} b""#, "'c'"]
        );
        assert_eq!(strings("f'{\n a # it\\'s\n}' 'x'").len(), 2);
        assert_eq!(strings("f'{a:#x}' 'x'"), ["f'{a:#x}'", "'x'"]);
        assert_eq!(strings("f'{a: #x}' 'x'"), ["f'{a: #x}'", "'x'"]);
        assert_eq!(strings("f'{{' 'x'"), ["f'{{'", "'x'"]);
        assert_eq!(strings("f'{a!r}' 'x'"), ["f'{a!r}'", "'x'"]);
    }

    #[test]
    fn ends_on_any_text() {
        for text in [
            "'",
            "f'{",
            "f'{'",
            "\\",
            "'\\",
            "é'é",
            "\u{feff}#",
            "f\"{\"",
            "f'{'}'",
            "'''",
            "f'''{'''",
        ] {
            strings(text);
        }
    }
}
