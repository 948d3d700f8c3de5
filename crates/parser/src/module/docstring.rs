//! The docstring and the lines Alembic's template writes into it.
//!
//! Alembic itself never reads those lines (`alembic.script.Script.doc` takes the text alone), so they
//! may be stale or missing.

use rechain_history::TextRange;

/// The docstring of a revision module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Docstring {
    /// What `alembic history` prints: the text up to the first blank line, without the white space
    /// around it. It may hold newlines.
    pub title: String,
    /// The ids behind `Revises:`, in the source text: without blanks around them, empty where the
    /// line names none. `None` where there is no such line.
    pub revises: Option<TextRange>,
    /// What stands behind `Create Date:`.
    pub create_date: Option<String>,
}

/// Reads the docstring whose literal stands at `range` of `text` and has `value` at run time.
pub(super) fn read(text: &str, range: TextRange, value: &str) -> Docstring {
    let long = value.trim();
    Docstring {
        title: long.split("\n\n").next().unwrap_or_default().to_owned(),
        revises: behind(text, range, "Revises:").map(id_list),
        create_date: behind(text, range, "Create Date:").map(|(_, rest)| rest.trim().to_owned()),
    }
}

/// The id behind `Revision ID:` in the docstring at `range`.
pub(super) fn revision_id(text: &str, range: TextRange) -> Option<TextRange> {
    let found = behind(text, range, "Revision ID:").map(id_list)?;
    (!found.is_empty()).then_some(found)
}

/// The rest of the first line in `range` that begins with `label`, and its offset.
fn behind<'a>(text: &'a str, range: TextRange, label: &str) -> Option<(usize, &'a str)> {
    let mut at = range.start();
    for line in lines(range.of(text)) {
        // On the literal's first line its prefix and quotes come before the text.
        let content = if at == range.start() {
            line.trim_start_matches(|c: char| c.is_ascii_alphabetic() && !line.starts_with(label))
                .trim_start_matches(['"', '\''])
        } else {
            line
        };
        let content = content.trim_start_matches([' ', '\t']);
        if let Some(rest) = content.strip_prefix(label) {
            let start = at + line.len() - rest.len();
            let rest = rest.trim_end_matches(['\n', '\r']);
            let close = literal_close(text, range);
            let rest = &rest[..rest.len().min(close.saturating_sub(start))];
            return Some((start, rest));
        }
        at += line.len();
    }
    None
}

/// The lines of `text`, each with the character that ends it.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    let ends = memchr::memchr2_iter(b'\n', b'\r', text.as_bytes()).map(|at| at + 1);
    let mut start = 0;
    ends.chain([text.len()]).map(move |end| {
        let line = &text[start..end];
        start = end;
        line
    })
}

/// Where the closing quotes of the literal at `range` begin.
fn literal_close(text: &str, range: TextRange) -> usize {
    let literal = range.of(text);
    let quotes = if literal.ends_with("\"\"\"") || literal.ends_with("'''") {
        3
    } else {
        1
    };
    range.end().saturating_sub(quotes)
}

/// The list of ids at the beginning of `rest`: words divided by commas. What follows them on the
/// line (a remark in parentheses, say) is not part of it.
fn id_list((start, rest): (usize, &str)) -> TextRange {
    let content = rest.trim_start_matches([' ', '\t']);
    let begin = start + rest.len() - content.len();
    let mut end = 0;
    let mut remaining = content;
    loop {
        let word = &remaining[..word_length(remaining)];
        if word.is_empty() {
            break;
        }
        end = content.len() - remaining.len() + word.len();
        let behind = remaining[word.len()..].trim_start_matches([' ', '\t']);
        match behind.strip_prefix(',') {
            Some(next) => remaining = next.trim_start_matches([' ', '\t']),
            None => break,
        }
    }
    if end == 0 {
        // Alembic's template leaves `Revises: ` with one blank for a base.
        let blank = usize::from(rest.starts_with([' ', '\t']));
        return TextRange::empty(start + blank);
    }
    TextRange::new(begin, begin + end)
}

/// The length of the word at the beginning of `text`. An escaped backslash or quote belongs to it; any
/// other backslash (a continued line, `\n`) ends it.
fn word_length(text: &str) -> usize {
    let mut escaped = false;
    let mut characters = text.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        let next = characters.peek().map(|&(_, next)| next);
        match character {
            _ if std::mem::take(&mut escaped) => {}
            '\\' if matches!(next, Some('\\' | '\'' | '"')) => escaped = true,
            ',' | ' ' | '\t' | '\\' => return at,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn revises(text: &str) -> Option<String> {
        let doc = read(text, TextRange::new(0, text.len()), "");
        doc.revises.map(|range| {
            let mut marked = text.to_owned();
            marked.insert(range.end(), ']');
            marked.insert(range.start(), '[');
            marked
                .lines()
                .find(|line| line.contains("Revises:"))
                .unwrap()
                .to_owned()
        })
    }

    #[test]
    fn finds_the_ids_behind_revises() {
        for (line, expected) in [
            ("Revises: abc", "Revises: [abc]"),
            ("Revises:abc", "Revises:[abc]"),
            ("Revises: a, b", "Revises: [a, b]"),
            ("Revises: a,b , c  ", "Revises: [a,b , c]  "),
            ("Revises: abc (init)", "Revises: [abc] (init)"),
            ("Revises: abc\\", "Revises: [abc]\\"),
            ("Revises: a\\\\b\\'c", "Revises: [a\\\\b\\'c]"),
            ("Revises: abc\\n", "Revises: [abc]\\n"),
            ("Revises: ", "Revises: []"),
            ("Revises:", "Revises:[]"),
            ("    Revises: abc", "    Revises: [abc]"),
        ] {
            for newline in ["\n", "\r\n"] {
                let text = format!(
                    "\"\"\"title{newline}{newline}{line}{newline}Create Date: x{newline}\"\"\""
                );
                assert_eq!(
                    revises(&text)
                        .as_deref()
                        .map(|line| line.trim_end_matches('\r')),
                    Some(expected),
                    "{text:?}"
                );
            }
        }
        assert_eq!(
            revises("'''Revises: abc'''").as_deref(),
            Some("'''Revises: [abc]'''")
        );
        assert_eq!(revises("\"title Revises: no\""), None);
        assert_eq!(revises("'''what it\nRevises : no'''"), None);
    }
}
