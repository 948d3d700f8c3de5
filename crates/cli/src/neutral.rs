//! A writer through which no file, ref or message can steer the terminal.
//!
//! Titles, ids, paths and source lines come from files that anybody may have written. Whatever a report
//! does with them, what reaches a stream holds no control character but newline and tab, no escape
//! sequence but the colours of this program, and no mark that turns the direction of text.

use std::fmt::Write as _;
use std::io::{self, Write};

/// Makes what a terminal would act on visible, before it goes on to `inner`.
pub(crate) struct Neutral<W> {
    inner: W,
    form: Option<Form>,
}

/// How a character is made visible.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// As the replacement character.
    Text,
    /// As JSON's escape: there such characters stand in strings only, and mean the same.
    Json,
}

impl<W: Write> Neutral<W> {
    pub(crate) fn new(inner: W) -> Self {
        Self { inner, form: None }
    }
}

impl<W: Write> Write for Neutral<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // Every JSON document of this program is an object, and nothing else begins like one.
        let form = *self.form.get_or_insert(match bytes.first() {
            Some(b'{') => Form::Json,
            _ => Form::Text,
        });
        let is_plain = |byte: &u8| matches!(byte, b' '..=b'~' | b'\n' | b'\t' | 0xc3..=0xe1 | 0xe3.. | 0x80..=0xc1);
        if bytes.iter().all(is_plain) {
            self.inner.write_all(bytes)?;
        } else {
            let text = String::from_utf8_lossy(bytes);
            self.inner.write_all(neutral(&text, form).as_bytes())?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

fn neutral(text: &str, form: Form) -> String {
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if c == '\x1b'
            && form == Form::Text
            && let Some(length) = colour(rest)
        {
            result.push_str(&rest[..length]);
            rest = &rest[length..];
            continue;
        }
        match form {
            _ if !steers(c) => result.push(c),
            // A newline of Windows is one, too.
            Form::Text if rest.starts_with("\r\n") => {}
            Form::Text => result.push('\u{fffd}'),
            Form::Json => {
                let _ = write!(result, "\\u{:04x}", u32::from(c));
            }
        }
        rest = &rest[c.len_utf8()..];
    }
    result
}

/// Whether a terminal acts on a character: controls, and the marks of bidirectional text.
pub(crate) fn steers(c: char) -> bool {
    (c.is_control() && c != '\n' && c != '\t')
        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The length of the sequence that sets colours at the beginning of `text`.
fn colour(text: &str) -> Option<usize> {
    let parameters = text.strip_prefix("\x1b[")?;
    let length = parameters.find(|c: char| !c.is_ascii_digit() && c != ';')?;
    parameters[length..].starts_with('m').then_some(length + 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> String {
        let mut neutral = Neutral::new(Vec::new());
        write!(neutral, "{text}").expect("memory takes everything");
        String::from_utf8(neutral.inner).expect("text")
    }

    #[test]
    fn only_colours_pass() {
        for (text, expected) in [
            ("plain é 漢 🦀 — …\n\t", "plain é 漢 🦀 — …\n\t"),
            ("\x1b[1;31mred\x1b[0m", "\x1b[1;31mred\x1b[0m"),
            ("\x1b[2J", "\u{fffd}[2J"),
            ("\x1b]0;t\x07", "\u{fffd}]0;t\u{fffd}"),
            ("a\u{9b}2J\r\x08\x7f", "a\u{fffd}2J\u{fffd}\u{fffd}\u{fffd}"),
            ("one\r\ntwo\r\r\n", "one\ntwo\u{fffd}\n"),
            ("a\u{202e}b\u{2066}", "a\u{fffd}b\u{fffd}"),
            ("x\x1b[", "x\u{fffd}["),
            (
                "{\"a\": \"\u{202e}\u{9b}\u{7f}\"}",
                "{\"a\": \"\\u202e\\u009b\\u007f\"}",
            ),
        ] {
            assert_eq!(written(text), expected, "{}", text.escape_debug());
        }
    }
}
