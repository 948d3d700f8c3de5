//! Which part of a module is parsed to read its identifiers.
//!
//! Almost always the four names stand before the first function, and the rest never mentions them;
//! then only that header is parsed, which is several times faster and does not mind what syntax the
//! body uses. Otherwise the whole module is parsed, and where that fails, the statements at the left
//! margin that assign the names.

use std::sync::LazyLock;

use memchr::memmem::Finder;
use rechain_history::TextRange;
use rustpython_parser::ast;

use crate::scan::{Kind, Piece, scan};
use crate::syntax::{self, SyntaxError};

/// The parsed part of a module.
pub(super) struct Header {
    /// Its statements.
    pub(super) statements: Vec<ast::Stmt>,
    /// Why the module as a whole could not be parsed.
    pub(super) unreadable_body: Option<SyntaxError>,
}

/// What the four names have in common as text.
static MENTIONS: LazyLock<[Finder<'static>; 4]> =
    LazyLock::new(|| ["revision", "branch_labels", "depends_on", "import *"].map(Finder::new));

const MARKER: &str = "<<<<<<< ";
static MARKER_FINDER: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(MARKER));

/// Refuses what is too large to be read, and what git left two versions of.
pub(super) fn check(text: &str) -> Result<(), SyntaxError> {
    if text.len() > syntax::LARGEST_MODULE {
        syntax::check_limits(text)?;
    }
    match conflict_marker(text) {
        None => Ok(()),
        Some(offset) => Err(SyntaxError {
            message: "a conflict marker that git left".into(),
            offset,
        }),
    }
}

/// The text before the first definition, where what follows has no word that a body must be parsed
/// for.
pub(super) fn sufficient(text: &str) -> Option<&str> {
    let end = header_end(text);
    let rest = &text.as_bytes()[end..];
    let is_mentioned = |mention: &Finder<'_>| mention.find(rest).is_some();
    (!MENTIONS.iter().any(is_mentioned)).then(|| &text[..end])
}

/// Parses as much of `text` as its identifiers need; `header` is what may suffice.
pub(super) fn parse(text: &str, header: Option<&str>) -> Result<Header, SyntaxError> {
    if let Some(header) = header
        && header.len() < text.len()
        && let Ok(statements) = syntax::parse_module(header)
    {
        return Ok(Header {
            statements,
            unreadable_body: None,
        });
    }
    match syntax::parse_module(text) {
        Ok(statements) => Ok(Header {
            statements,
            unreadable_body: None,
        }),
        Err(error) => {
            let kept = margin_statements(text).ok_or_else(|| error.clone())?;
            let statements = syntax::parse_module(&syntax::blank_outside(text, &kept))
                .map_err(|_| error.clone())?;
            Ok(Header {
                statements,
                unreadable_body: Some(error),
            })
        }
    }
}

/// Where git left two versions of a part of the file: both may be wrong, wherever they stand.
fn conflict_marker(text: &str) -> Option<usize> {
    MARKER_FINDER.find(text.as_bytes())?;
    let mut at_line_start = true;
    scan(text).find_map(|piece| {
        let start = piece.range.start();
        let found = at_line_start && text[start..].starts_with(MARKER);
        at_line_start = piece.kind == Kind::Newline;
        found.then_some(start)
    })
}

/// Where the first function, class or decorator at the left margin begins. A line within a string
/// may look like one; then the part before it does not parse, and the whole module is taken.
fn header_end(text: &str) -> usize {
    let bytes = text.as_bytes();
    let starts_definition = |at: usize| match bytes.get(at) {
        Some(b'd') => bytes[at..].starts_with(b"def "),
        Some(b'c') => bytes[at..].starts_with(b"class "),
        Some(b'a') => bytes[at..].starts_with(b"async "),
        first => first == Some(&b'@'),
    };
    if starts_definition(0) {
        return 0;
    }
    memchr::memchr2_iter(b'\n', b'\r', bytes)
        .map(|newline| newline + 1)
        .find(|&at| starts_definition(at))
        .unwrap_or(bytes.len())
}

/// The docstring and the statements at the left margin that begin with one of the four names, of a
/// module that does not parse. `None` where one of the names may also be bound elsewhere; what a
/// function or class binds is its own.
fn margin_statements(text: &str) -> Option<Vec<TextRange>> {
    let names = ["revision", "down_revision", "branch_labels", "depends_on"];
    // Between git's conflict markers stand two versions of the truth.
    if text
        .lines()
        .any(|line| line.starts_with("<<<<<<< ") || line.starts_with(">>>>>>> "))
    {
        return None;
    }
    let mut kept: Vec<TextRange> = Vec::new();
    let mut is_first = true;
    let mut in_definition = false;
    for line in logical_lines(text) {
        let Some(first) = line.pieces.iter().find(|piece| piece.kind != Kind::Blank) else {
            continue;
        };
        let range = TextRange::new(
            first.range.start(),
            line.pieces.last().expect("a line has pieces").range.end(),
        );
        let at_margin = line.starts_at_margin(text);
        if at_margin {
            in_definition = line.begins_definition(text);
        }
        let begins_with_name =
            first.kind == Kind::Word && names.contains(&first.range.of(text)) && at_margin;
        let is_docstring = is_first && matches!(first.kind, Kind::Text { .. });
        is_first = false;
        if begins_with_name || is_docstring {
            kept.push(range);
        } else if in_definition {
            let mut words = line.words(text);
            let name = words.by_ref().find(|word| !is_definition(word));
            let binds = at_margin && name.is_some_and(|name| names.contains(&name));
            if binds || line.words(text).any(|word| word == "global") {
                return None;
            }
        } else if line.binds_any(text, &names) {
            return None;
        }
    }
    let has_header = kept
        .iter()
        .any(|range| range.of(text).starts_with("revision"));
    has_header.then_some(kept)
}

/// A statement with everything up to its newline, comments left out.
struct LogicalLine {
    pieces: Vec<Piece>,
}

fn is_definition(word: &str) -> bool {
    matches!(word, "def" | "class" | "async")
}

impl LogicalLine {
    /// Whether no indentation precedes it. A form feed resets it, and a byte order mark is none.
    fn starts_at_margin(&self, text: &str) -> bool {
        let first = self.pieces[0];
        first.kind != Kind::Blank || first.range.of(text).ends_with(['\x0c', '\u{feff}'])
    }

    fn words<'t>(&self, text: &'t str) -> impl Iterator<Item = &'t str> {
        self.pieces
            .iter()
            .filter(|piece| piece.kind == Kind::Word)
            .map(|piece| piece.range.of(text))
    }

    fn begins_definition(&self, text: &str) -> bool {
        let first = self.pieces.iter().find(|it| it.kind != Kind::Blank);
        first.is_some_and(|it| it.kind == Kind::Word && is_definition(it.range.of(text)))
    }

    /// Whether one of the names stands before a `=` that assigns, or is bound in another way.
    fn binds_any(&self, text: &str, names: &[&str]) -> bool {
        let significant: Vec<&Piece> = self
            .pieces
            .iter()
            .filter(|piece| piece.kind != Kind::Blank)
            .collect();
        significant.iter().enumerate().any(|(at, piece)| {
            piece.kind == Kind::Word
                && names.contains(&piece.range.of(text))
                && match (significant.get(at + 1), significant.get(at + 2)) {
                    (Some(next), after) if next.kind == Kind::Sign('=') => {
                        after.is_none_or(|after| after.kind != Kind::Sign('='))
                    }
                    (Some(next), _) => matches!(next.kind, Kind::Sign(':' | ',')),
                    (None, _) => true,
                }
        })
    }
}

fn logical_lines(text: &str) -> Vec<LogicalLine> {
    let mut lines = Vec::new();
    let mut pieces: Vec<Piece> = Vec::new();
    let mut depth = 0_usize;
    for piece in scan(text) {
        match piece.kind {
            Kind::Open => depth += 1,
            Kind::Close => depth = depth.saturating_sub(1),
            _ => {}
        }
        match piece.kind {
            Kind::Newline if depth == 0 => {
                if !pieces.is_empty() {
                    lines.push(LogicalLine {
                        pieces: std::mem::take(&mut pieces),
                    });
                }
            }
            Kind::Comment if depth == 0 => {}
            Kind::Newline | Kind::Comment | Kind::Continuation => {
                pieces.push(Piece {
                    kind: Kind::Blank,
                    range: piece.range,
                });
            }
            _ => pieces.push(piece),
        }
    }
    if !pieces.is_empty() {
        lines.push(LogicalLine { pieces });
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How much of `text` is parsed: the number of statements, and whether the body was given up.
    fn check(text: &str, expected: Option<(usize, bool)>) {
        let found = super::check(text)
            .and_then(|()| parse(text, sufficient(text)))
            .ok();
        let found = found.map(|it| (it.statements.len(), it.unreadable_body.is_some()));
        assert_eq!(found, expected, "{text:?}");
    }

    const BODY: &str = "def f():\n    print 'revision'\n";

    #[test]
    fn the_body_is_parsed_only_where_it_mentions_a_name() {
        check("revision = 'a'\ndef f():\n    pass\n", Some((1, false)));
        check(
            "revision = 'a'\ndef f():\n    print 'a'\n",
            Some((1, false)),
        );
        check(
            "revision = 'a'\ndef f(revision):\n    pass\n",
            Some((2, false)),
        );
        check("a = '''\ndef f():\n'''\nrevision = 'a'\n", Some((2, false)));
        check("def f(): pass\nrevision = 'a'\n", Some((2, false)));
        check("", Some((0, false)));
    }

    #[test]
    fn statements_at_the_margin_are_found_in_what_does_not_parse() {
        for (header, statements) in [
            ("'''t'''\nrevision = 'a'\ndown_revision = 'b'\n", 3),
            ("\u{feff}revision = 'a'\n", 1),
            ("\x0crevision = 'a'\n", 1),
            ("revision = (\n'a'\n)\n", 1),
            ("def g(revision=1):\n    revision = 1\nrevision = 'a'\n", 1),
        ] {
            check(&format!("{header}{BODY}"), Some((statements, true)));
        }
    }

    #[test]
    fn a_name_that_may_be_bound_elsewhere_is_not_guessed() {
        for text in [
            "if x:\n    revision = 'b'\n",
            "import revision, x\n",
            "def revision():\n    pass\n",
            "def g():\n    global revision\n",
        ] {
            check(&format!("revision = 'a'\n{text}{BODY}"), None);
        }
        check(BODY, None);
    }

    #[test]
    fn conflict_markers_count_outside_strings() {
        check("revision = 'a'\n<<<<<<< HEAD\n", None);
        check("revision = 'a'\ndef f():\n<<<<<<< HEAD\n    pass\n", None);
        check(
            "revision = 'a'\nx = '''\n<<<<<<< HEAD\n'''\n",
            Some((2, false)),
        );
    }
}
