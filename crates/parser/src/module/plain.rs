//! The header that Alembic's template writes, read without a syntax tree.
//!
//! Nearly every revision has nothing above its first function but a docstring, imports, comments and
//! assignments of literals. Those are taken here, in one pass and a tenth of the time a tree needs.
//! Whatever is not plainly one of them, down to a backslash in a string, makes the whole header a
//! matter for the parser: this reader may give up, but it never decides otherwise than the parser
//! would (a test compares the two on every module it can get).

use rechain_history::TextRange;

use super::binding::{Binding, Bindings};
use super::value::{Value, Worth};

/// A header as far as identifiers are concerned.
pub(super) struct PlainHeader<'t> {
    pub(super) bindings: Bindings,
    /// The literal of the docstring, and its value.
    pub(super) docstring: Option<(TextRange, &'t str)>,
}

/// Names that may not be bound by anything but an assignment here.
const IDENTIFIERS: [&str; 4] = ["revision", "down_revision", "branch_labels", "depends_on"];

/// The bytes that words are made of.
const IN_WORDS: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0_u8;
    while byte < 0x80 {
        table[byte as usize] = byte.is_ascii_alphanumeric() || byte == b'_';
        byte += 1;
    }
    table
};

/// How deep brackets of an annotation may nest.
const DEEPEST_ANNOTATION: usize = 8;

/// Reads `header`, the text of a module up to its first definition. `None` where anything in it is
/// not plain.
pub(super) fn read(header: &str) -> Option<PlainHeader<'_>> {
    let mut reader = Reader {
        text: header,
        bytes: header.as_bytes(),
        at: 0,
    };
    if header.starts_with('\u{feff}') {
        reader.at = '\u{feff}'.len_utf8();
    }
    let mut bindings = Bindings::default();
    let mut docstring = None;
    let mut is_first = true;
    while reader.next_statement()? {
        match reader.peek() {
            b'"' | b'\'' if is_first => {
                docstring = Some(reader.docstring()?);
                reader.end_of_statement()?;
            }
            _ => reader.statement(&mut bindings)?,
        }
        is_first = false;
    }
    Some(PlainHeader {
        bindings,
        docstring,
    })
}

struct Reader<'t> {
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
}

impl<'t> Reader<'t> {
    /// The next byte; a newline at the end of the text.
    fn peek(&self) -> u8 {
        self.bytes.get(self.at).copied().unwrap_or(b'\n')
    }

    fn takes(&mut self, byte: u8) -> bool {
        let found = self.bytes.get(self.at) == Some(&byte);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        self.takes(byte).then_some(())
    }

    fn blanks(&mut self) {
        while matches!(self.bytes.get(self.at), Some(b' ' | b'\t')) {
            self.at += 1;
        }
    }

    fn expect_blanks(&mut self) -> Option<()> {
        let start = self.at;
        self.blanks();
        (self.at > start).then_some(())
    }

    /// Goes to the next statement, over blank lines and comments; whether there is one. It must stand
    /// at the left margin.
    fn next_statement(&mut self) -> Option<bool> {
        loop {
            let line = self.at;
            // A tab here is a matter of indentation, even before a comment.
            while self.takes(b' ') {}
            match self.bytes.get(self.at) {
                None => return Some(false),
                Some(b'\n' | b'\r' | b'#') => self.end_of_statement()?,
                Some(_) if self.at == line => return Some(true),
                Some(_) => return None,
            }
        }
    }

    /// Blanks, a comment, the end of the line.
    fn end_of_statement(&mut self) -> Option<()> {
        self.blanks();
        if self.takes(b'#') {
            while let Some(&byte) = self.bytes.get(self.at) {
                match byte {
                    b'\n' | b'\r' => break,
                    b'\t' | b' '..=b'~' | 0x80.. => self.at += 1,
                    _ => return None,
                }
            }
        }
        self.newline()
    }

    fn newline(&mut self) -> Option<()> {
        match self.bytes.get(self.at) {
            None => Some(()),
            Some(b'\n') => {
                self.at += 1;
                Some(())
            }
            Some(b'\r') if self.bytes.get(self.at + 1) == Some(&b'\n') => {
                self.at += 2;
                Some(())
            }
            Some(_) => None,
        }
    }

    /// Blanks and line ends, as they may stand between brackets.
    fn space(&mut self) -> Option<()> {
        loop {
            self.blanks();
            match self.bytes.get(self.at) {
                Some(b'\n' | b'\r') => self.newline()?,
                _ => return Some(()),
            }
        }
    }

    /// A string that holds nothing but what is seen, with three quotes or one.
    fn docstring(&mut self) -> Option<(TextRange, &'t str)> {
        let start = self.at;
        let quote = self.peek();
        if !self.bytes[start..].starts_with(&[quote; 3]) {
            let (range, value) = self.string()?;
            return Some((range, value));
        }
        let content = start + 3;
        let mut at = content;
        loop {
            match *self.bytes.get(at)? {
                byte if byte == quote && self.bytes[at..].starts_with(&[quote; 3]) => break,
                b'\n' | b'\t' | b' '..=b'[' | b']'..=b'~' | 0x80.. => at += 1,
                _ => return None,
            }
        }
        self.at = at + 3;
        Some((TextRange::new(start, self.at), &self.text[content..at]))
    }

    /// A string on one line, with one quote on each side, no prefix and no backslash.
    fn string(&mut self) -> Option<(TextRange, &'t str)> {
        let start = self.at;
        let quote = self.peek();
        if quote != b'"' && quote != b'\'' {
            return None;
        }
        let content = start + 1;
        let length = self.bytes[content..].iter().position(|byte| {
            *byte == quote || !matches!(byte, b' '..=b'[' | b']'..=b'~' | 0x80..)
        })?;
        let end = content + length;
        if length == 0 || self.bytes[end] != quote {
            return None;
        }
        self.at = end + 1;
        Some((TextRange::new(start, self.at), &self.text[content..end]))
    }

    /// A word of ASCII letters, digits and `_`; empty where there is none.
    fn word(&mut self) -> &'t str {
        let start = self.at;
        let rest = &self.bytes[start..];
        let length = rest.iter().position(|&byte| !IN_WORDS[usize::from(byte)]);
        self.at = start + length.unwrap_or(rest.len());
        &self.text[start..self.at]
    }

    /// A name that is no keyword.
    fn name(&mut self) -> Option<&'t str> {
        let word = self.word();
        self.is_name(word).then_some(word)
    }

    /// Whether `word`, which was read last, is such a name.
    fn is_name(&self, word: &str) -> bool {
        !word.is_empty()
            && !word.as_bytes()[0].is_ascii_digit()
            && self.peek().is_ascii()
            && !is_keyword(word)
    }

    fn statement(&mut self, bindings: &mut Bindings) -> Option<()> {
        let start = self.at;
        match self.word() {
            "from" => self.import_from(),
            "import" => self.import(),
            _ => {
                self.at = start;
                self.assignment(bindings)
            }
        }
    }

    /// `a.b.c`; the first part.
    fn dotted(&mut self) -> Option<&'t str> {
        let first = self.name()?;
        self.attributes()?;
        Some(first)
    }

    /// `.b.c`, or nothing.
    fn attributes(&mut self) -> Option<()> {
        while self.takes(b'.') {
            self.name()?;
        }
        Some(())
    }

    /// `name`, or the name behind the ` as` that follows.
    fn alias_or(&mut self, name: &'t str) -> Option<&'t str> {
        let back = self.at;
        self.blanks();
        if self.at > back && self.bytes[self.at..].starts_with(b"as") {
            self.at += 2;
            self.expect_blanks()?;
            return self.name();
        }
        self.at = back;
        Some(name)
    }

    fn import(&mut self) -> Option<()> {
        self.expect_blanks()?;
        loop {
            let first = self.dotted()?;
            let bound = self.alias_or(first)?;
            if IDENTIFIERS.contains(&bound) {
                return None;
            }
            self.blanks();
            if !self.takes(b',') {
                return self.end_of_statement();
            }
            self.blanks();
        }
    }

    fn import_from(&mut self) -> Option<()> {
        self.expect_blanks()?;
        let mut is_relative = false;
        while self.takes(b'.') {
            is_relative = true;
        }
        if !is_relative || self.peek() != b' ' {
            self.dotted()?;
        }
        self.expect_blanks()?;
        if self.word() != "import" {
            return None;
        }
        self.expect_blanks()?;
        let in_brackets = self.takes(b'(');
        loop {
            if in_brackets {
                self.space()?;
            }
            let name = self.name()?;
            let bound = self.alias_or(name)?;
            if IDENTIFIERS.contains(&bound) {
                return None;
            }
            self.blanks();
            if in_brackets {
                self.space()?;
            }
            let has_comma = self.takes(b',');
            self.blanks();
            if in_brackets {
                self.space()?;
                if self.takes(b')') {
                    return self.end_of_statement();
                }
            }
            if !has_comma {
                return if in_brackets {
                    None
                } else {
                    self.end_of_statement()
                };
            }
        }
    }

    fn assignment(&mut self, bindings: &mut Bindings) -> Option<()> {
        let start = self.at;
        let name = self.name()?;
        self.blanks();
        if self.takes(b':') {
            self.blanks();
            self.annotation(0)?;
        }
        self.expect(b'=')?;
        self.blanks();
        let value = self.value()?;
        let end = self.at;
        self.end_of_statement()?;
        let binding = Binding {
            value,
            statement_start: start,
            statement_end: end,
            shared_with: Vec::new(),
        };
        bindings.insert(name, binding);
        Some(())
    }

    /// Names, `None`, brackets and `|`, with the blanks behind them: nothing that binds or calls.
    fn annotation(&mut self, depth: usize) -> Option<()> {
        if depth > DEEPEST_ANNOTATION {
            return None;
        }
        loop {
            let word = self.word();
            if word != "None" {
                self.is_name(word).then_some(())?;
                self.attributes()?;
            }
            if self.takes(b'[') {
                loop {
                    self.blanks();
                    self.annotation(depth + 1)?;
                    if self.takes(b']') {
                        break;
                    }
                    self.expect(b',')?;
                }
            }
            self.blanks();
            if !self.takes(b'|') {
                return Some(());
            }
            self.blanks();
        }
    }

    /// `None`, a string, or a tuple or list of strings in brackets.
    fn value(&mut self) -> Option<Value> {
        let start = self.at;
        let plain = |worth: Worth, range: TextRange| Value {
            worth,
            range,
            is_literal: true,
            is_display: false,
        };
        match self.peek() {
            b'N' => {
                let is_none = self.word() == "None";
                is_none.then(|| plain(Worth::None, TextRange::new(start, self.at)))
            }
            b'(' => self.sequence(b')', true),
            b'[' => self.sequence(b']', false),
            _ => {
                let (range, text) = self.string()?;
                Some(plain(Worth::Text(text.to_owned()), range))
            }
        }
    }

    fn sequence(&mut self, close: u8, is_tuple: bool) -> Option<Value> {
        let start = self.at;
        self.at += 1;
        let mut elements = Vec::new();
        let mut has_comma = false;
        loop {
            self.space()?;
            if self.takes(close) {
                break;
            }
            if !elements.is_empty() && !has_comma {
                return None;
            }
            let (range, text) = self.string()?;
            elements.push(Value {
                worth: Worth::Text(text.to_owned()),
                range,
                is_literal: true,
                is_display: false,
            });
            self.space()?;
            has_comma = self.takes(b',');
        }
        // `('a')` is no tuple.
        if is_tuple && elements.len() == 1 && !has_comma {
            return None;
        }
        Some(Value {
            worth: Worth::Sequence { is_tuple, elements },
            range: TextRange::new(start, self.at),
            is_literal: true,
            is_display: true,
        })
    }
}

fn is_keyword(word: &str) -> bool {
    matches!(
        word,
        "False"
            | "None"
            | "True"
            | "and"
            | "as"
            | "assert"
            | "async"
            | "await"
            | "break"
            | "class"
            | "continue"
            | "def"
            | "del"
            | "elif"
            | "else"
            | "except"
            | "finally"
            | "for"
            | "from"
            | "global"
            | "if"
            | "import"
            | "in"
            | "is"
            | "lambda"
            | "nonlocal"
            | "not"
            | "or"
            | "pass"
            | "raise"
            | "return"
            | "try"
            | "while"
            | "with"
            | "yield"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::module::{header, identifier};

    const TEMPLATE: &str = "\"\"\"add t\n\nRevision ID: a1\nRevises: b1, c1\nCreate Date: 2025-01-01 10:00:00\n\n\"\"\"\n\
         from typing import Sequence, Union\n\nfrom alembic import op\nimport sqlalchemy as sa\n\
         from sqlalchemy.dialects import (\n    mysql,\n    postgresql as pg,\n)\n\n\n\
         # revision identifiers, used by Alembic.\nrevision: str = 'a1'\ndown_revision: Union[str, None] = ('b1', \"c1\")  # é\n\
         branch_labels: Union[str, Sequence[str], None] = ['x',\n  'y']\ndepends_on: str | None = None\n\n\n";

    /// Where the header is plain the module must be the one the parser gives.
    fn check(text: &str) -> bool {
        let Some(plain) = read(text) else {
            return false;
        };
        let shown = text.escape_debug();
        let header = header::parse(text, None).unwrap_or_else(|error| panic!("{error}: {shown}"));
        assert_eq!(
            identifier::of_plain(text, "0a1b.py", &plain),
            identifier::of_header(text, "0a1b.py", &header),
            "{shown}"
        );
        true
    }

    #[test]
    fn what_the_template_writes_is_plain() {
        for text in [
            TEMPLATE,
            &TEMPLATE.replace("\"\"\"", "'''"),
            &TEMPLATE[TEMPLATE.find("from").unwrap()..],
            "'title'\nrevision = 'a1'\ndown_revision = None",
            "\u{feff}revision = 'a'\r\ndown_revision = ()\r\nx = 'y'",
            "from . import a\nfrom .b import c\nfrom ..d.e import f, g as h\nimport a.b.c as d, e\n",
            "down_revision = 'a'\ndown_revision = 'b'\n",
            "revision='a'#\n  # c\n",
            "",
        ] {
            assert!(check(text), "{}", text.escape_debug());
        }
    }

    #[test]
    fn what_is_not_plain_is_left_to_the_parser() {
        for text in [
            "revision = 'a' 'b'\n",
            "revision = ('a')\n",
            "revision = 'a\\x41'\n",
            "revision = u'a'\n",
            "revision = ''\n",
            "revision = '''a'''\n",
            "revision = down_revision = 'a'\n",
            "revision = 'a'; down_revision = 'b'\n",
            "revision = 'a', 'b'\n",
            "revision, down_revision = 'a', 'b'\n",
            "revision = f()\n",
            "revision: f() = 'a'\n",
            "revision: 'str' = 'a'\n",
            "from a import revision\n",
            "from a import b as down_revision\n",
            "from a import *\n",
            "import revision.a\n",
            "import a as revision\n",
            "if a:\n    b = 'c'\n",
            "revision = 'a'\rdown_revision = 'b'\n",
            "revision = 'a' \\\n",
            "revision = (\n    'a',  # why\n)\n",
            "revision = 1\n",
            "'a'\n'b'\nx\n",
            "from a import (b\n",
            "from a import b,\n",
            "import a,\n",
            "import for\n",
            "revision = {'a'}\n",
            "é = 'a'\n",
            "'''a\\\nb'''\n",
            "'''a\r\nb'''\n",
            "\x0crevision = 'a'\n",
            "# \0\n",
        ] {
            assert!(read(text).is_none(), "{}", text.escape_debug());
        }
    }

    #[test]
    fn the_parser_agrees_on_everything_that_passes_for_plain() {
        // Every piece of the template taken out, doubled, or exchanged for another.
        let pieces: Vec<&str> = TEMPLATE
            .split_inclusive(|c: char| !c.is_alphanumeric())
            .collect();
        let extra = [
            "'", "\"", "(", ")", "[", "]", ",", "=", ":", ".", " ", "\n", "\r\n", "|", "#", "as ",
            "import ", "from ", "None", "revision", "'x'", "é", "\t", "1",
        ];
        let mut plain = 0;
        for at in 0..pieces.len() {
            let join =
                |middle: &[&str]| [&pieces[..at], middle, &pieces[at + 1..]].concat().concat();
            plain += usize::from(check(&join(&[])));
            plain += usize::from(check(&join(&[pieces[at], pieces[at]])));
            for other in extra {
                plain += usize::from(check(&join(&[other])));
                plain += usize::from(check(&join(&[other, pieces[at]])));
            }
        }
        assert!(plain > 1_000, "{plain} texts were plain");
    }
}
