//! From text to Python's syntax tree, safely.
//!
//! `rustpython-parser` knows Python up to 3.11 or so, and its trees are dropped recursively. So a text
//! is first measured (nesting that would not fit the stack is refused, with its place), then parsed,
//! and where the parser refuses it, parsed once more with the insides of f-strings blanked out. Every
//! step keeps byte offsets.

use rechain_history::TextRange;
use rustpython_parser::{Parse, ast};
use thiserror::Error;

use crate::scan::{Kind, scan};

/// The largest module that is read, in bytes. The largest of 12,901 real migrations has under 1 MB.
pub const LARGEST_MODULE: usize = 16 * 1024 * 1024;

/// How deep brackets may nest: `CPython`'s own limit (`MAXSTACK` in its tokenizer).
const DEEPEST_BRACKETS: usize = 200;
/// How deep blocks may nest: `CPython`'s own limit (`MAXINDENT`).
const DEEPEST_INDENT: usize = 100;
/// How many operators may follow each other without a comma, and how many `elif` a module may have:
/// each adds a level to the tree, and the tree is dropped recursively.
const LONGEST_CHAIN: usize = 2_000;

/// Why a module has no syntax tree.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{message}")]
pub struct SyntaxError {
    /// What is wrong, in the parser's words.
    pub message: String,
    /// Byte offset in the text.
    pub offset: usize,
}

/// The statements of a module.
pub(crate) fn parse_module(text: &str) -> Result<Vec<ast::Stmt>, SyntaxError> {
    check_limits(text)?;
    match parse(text) {
        Ok(statements) => Ok(statements),
        Err(error) => match mask_formatted_strings(text) {
            // The tree must be that of the text itself, or the first error stands.
            Some(masked) => parse(&masked).map_err(|_| error),
            None => Err(error),
        },
    }
}

fn parse(text: &str) -> Result<Vec<ast::Stmt>, SyntaxError> {
    ast::Suite::parse(text, "<module>").map_err(|error| {
        let offset = usize::from(error.offset).min(text.len());
        let offset = (0..=offset)
            .rev()
            .find(|&at| text.is_char_boundary(at))
            .unwrap_or(0);
        SyntaxError {
            message: error.error.to_string(),
            offset,
        }
    })
}

/// Refuses what would not fit the stack.
pub(crate) fn check_limits(text: &str) -> Result<(), SyntaxError> {
    let refuse = |message: String, offset: usize| Err(SyntaxError { message, offset });
    if text.len() > LARGEST_MODULE {
        return refuse(
            format!(
                "the module has {} bytes; at most {LARGEST_MODULE} are read",
                text.len()
            ),
            0,
        );
    }
    let mut nesting = Nesting::default();
    let mut indents: Vec<usize> = vec![0];
    let mut elifs = 0;
    let mut at_line_start = true;
    let mut indent = 0;
    for piece in scan(text) {
        let offset = piece.range.start();
        if at_line_start && nesting.depth() == 0 {
            match piece.kind {
                Kind::Blank => {
                    indent = piece.range.len();
                    continue;
                }
                Kind::Newline | Kind::Comment | Kind::Continuation => {}
                _ => {
                    at_line_start = false;
                    while indents.last().is_some_and(|&open| open > indent) {
                        indents.pop();
                    }
                    if indents.last().is_none_or(|&open| open < indent) {
                        indents.push(indent);
                    }
                    if indents.len() > DEEPEST_INDENT {
                        return refuse(format!("blocks nest deeper than {DEEPEST_INDENT}"), offset);
                    }
                }
            }
        }
        match piece.kind {
            Kind::Newline if nesting.depth() == 0 => {
                at_line_start = true;
                indent = 0;
                nesting.restart();
            }
            Kind::Open => nesting.open(),
            Kind::Close => nesting.close(),
            Kind::Sign(',' | ';') => nesting.restart(),
            Kind::Sign('.' | ':') => nesting.add(1),
            Kind::Sign(sign) if !sign.is_alphanumeric() => nesting.add(1),
            Kind::Word => match piece.range.of(text) {
                "elif" => elifs += 1,
                "not" | "lambda" | "await" | "if" | "for" | "and" | "or" | "in" | "is" => {
                    nesting.add(1);
                }
                _ => {}
            },
            Kind::Text {
                is_formatted: true,
                content: (start, end),
                ..
            } => {
                // What stands in the fields is parsed as well.
                let signs = text[start..end]
                    .bytes()
                    .filter(u8::is_ascii_punctuation)
                    .count();
                let fields = text[start..end]
                    .bytes()
                    .filter(|&byte| byte == b'{')
                    .count();
                nesting.add(if fields == 0 { 0 } else { signs });
                let deepest = deepest_brackets(&text[start..end]);
                if nesting.depth() + deepest > DEEPEST_BRACKETS {
                    return refuse(
                        format!("brackets nest deeper than {DEEPEST_BRACKETS}"),
                        offset,
                    );
                }
            }
            _ => {}
        }
        if nesting.depth() > DEEPEST_BRACKETS {
            return refuse(
                format!("brackets nest deeper than {DEEPEST_BRACKETS}"),
                offset,
            );
        }
        if nesting.chain() > LONGEST_CHAIN || elifs > LONGEST_CHAIN {
            return refuse(
                "an expression or a chain of elif is too long to be read".into(),
                offset,
            );
        }
    }
    Ok(())
}

fn deepest_brackets(text: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0_usize);
    for byte in text.bytes() {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

/// Open brackets, and for each the operators since its last comma.
#[derive(Default)]
struct Nesting {
    chains: Vec<usize>,
    outside: usize,
    total: usize,
}

impl Nesting {
    fn depth(&self) -> usize {
        self.chains.len()
    }

    fn chain(&self) -> usize {
        self.total
    }

    fn innermost(&mut self) -> &mut usize {
        self.chains.last_mut().unwrap_or(&mut self.outside)
    }

    fn add(&mut self, levels: usize) {
        *self.innermost() += levels;
        self.total += levels;
    }

    fn restart(&mut self) {
        let ended = std::mem::take(self.innermost());
        self.total -= ended;
    }

    fn open(&mut self) {
        // A call or subscript adds a level to what stands before it.
        self.add(1);
        self.chains.push(0);
    }

    fn close(&mut self) {
        if let Some(ended) = self.chains.pop() {
            self.total -= ended;
        }
    }
}

/// The text with the inside of every f-string and t-string blanked out, and `t` prefixes made `f`;
/// newlines stay. `None` where there is none.
fn mask_formatted_strings(text: &str) -> Option<String> {
    let mut masked = text.as_bytes().to_vec();
    let mut any = false;
    for piece in scan(text) {
        let Kind::Text {
            is_formatted: true,
            content: (start, end),
            is_triple,
        } = piece.kind
        else {
            continue;
        };
        any = true;
        for byte in &mut masked[start..end] {
            if !(is_triple && matches!(byte, b'\n' | b'\r')) {
                *byte = b' ';
            }
        }
        for byte in &mut masked[piece.range.start()..start] {
            match byte {
                b't' => *byte = b'f',
                b'T' => *byte = b'F',
                _ => {}
            }
        }
    }
    any.then(|| String::from_utf8(masked).expect("whole characters were replaced by blanks"))
}

/// The text with everything outside `kept` blanked out; newlines stay, and so do a byte order mark and
/// form feeds, which are no indentation.
pub(crate) fn blank_outside(text: &str, kept: &[TextRange]) -> String {
    let mut result = Vec::with_capacity(text.len());
    let blank = |from: usize, to: usize, result: &mut Vec<u8>| {
        result.extend(text.as_bytes()[from..to].iter().map(|&byte| match byte {
            b'\n' | b'\r' | b'\x0c' => byte,
            _ => b' ',
        }));
    };
    let mark = text.len() - text.trim_start_matches('\u{feff}').len();
    result.extend_from_slice(&text.as_bytes()[..mark]);
    let mut done = mark;
    for range in kept {
        blank(done, range.start(), &mut result);
        result.extend_from_slice(range.of(text).as_bytes());
        done = range.end();
    }
    blank(done, text.len(), &mut result);
    String::from_utf8(result).expect("whole characters were replaced by blanks")
}

#[cfg(test)]
#[allow(clippy::format_collect, reason = "texts of a test")]
mod tests {
    use super::*;

    #[test]
    fn newer_syntax_in_f_strings_is_masked() {
        for text in [
            "x = f\"{d[\"k\"]}\"\ndown_revision = 'a'\n",
            "x = f'{a\n}'\ny = 1\n",
            "x = t'hello {name}'\n",
            "x = f'''{\nd['k'] # comment\n}'''\n",
            "x = f'{\"\\n\".join(a)}'\n",
        ] {
            let statements = parse_module(text).unwrap_or_else(|error| panic!("{text:?}: {error}"));
            assert!(!statements.is_empty());
        }
    }

    #[test]
    fn hostile_nesting_is_refused_with_a_place() {
        let deep = 100_000;
        for text in [
            "(".repeat(deep),
            "[".repeat(deep) + &"]".repeat(deep),
            format!("x = {}1", "not ".repeat(deep)),
            format!("x = {}1", "-".repeat(deep)),
            format!("x = {}1", "1+".repeat(deep)),
            format!("x = a{}", ".b".repeat(deep)),
            format!("x = a{}", "()".repeat(deep)),
            format!("x = {}1", "lambda:".repeat(deep)),
            format!("x = 1{}", " if a else 1".repeat(deep)),
            format!("if a:\n  pass\n{}", "elif a:\n  pass\n".repeat(deep)),
            format!("x = f'{{{}1}}'", "1+".repeat(deep)),
            (0..1000)
                .map(|depth| format!("{}if a:\n", " ".repeat(depth)))
                .collect(),
        ] {
            let error = parse_module(&text).expect_err("too deep");
            assert!(error.offset <= text.len());
        }
    }

    #[test]
    fn long_but_flat_modules_are_read() {
        let rows: String = (0..20_000)
            .map(|row| format!("    ({row}, 'name-{row}', a.b.c({row})),\n"))
            .collect();
        assert!(parse_module(&format!("rows = [\n{rows}]\n")).is_ok());
        let parts: String = (0..20_000)
            .map(|row| format!("    'part {row}'\n"))
            .collect();
        assert!(parse_module(&format!("sql = (\n{parts})\n")).is_ok());
    }

    #[test]
    fn everything_else_is_blanked() {
        let text = "a = 'é'\nb = 2\nc";
        assert_eq!(
            blank_outside(text, &[TextRange::new(9, 14)]),
            "        \nb = 2\n "
        );
    }
}
