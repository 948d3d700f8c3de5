//! Tuples, lists and sets of ids: exchanging, removing and adding elements in the file's own layout.

use rechain_history::{ElementSite, RevisionId, TextRange};

use crate::edit::TextEdit;
use crate::literal::{Quote, set_text};

/// The edits after which the sequence holds exactly `ids`. Elements that stay keep their place; of
/// the others as many as possible take the place of one that goes.
pub(crate) fn set_ids(
    text: &str,
    inside: Option<usize>,
    is_tuple: bool,
    elements: &[ElementSite],
    ids: &[RevisionId],
    fallback: Quote,
) -> Vec<TextEdit> {
    let quote = elements
        .first()
        .map_or(fallback, |first| Quote::of(first.range.of(text)));
    if let (Some(inside), []) = (inside, elements) {
        let literals: Vec<String> = ids.iter().map(|id| quote.literal(id)).collect();
        let comma = if is_tuple && ids.len() == 1 { "," } else { "" };
        return vec![TextEdit::insert(inside, literals.join(", ") + comma)];
    }
    let mut missing: Vec<&RevisionId> = ids.iter().collect();
    let stays: Vec<bool> = elements
        .iter()
        .map(
            |element| match missing.iter().position(|id| **id == element.id) {
                Some(found) => {
                    missing.remove(found);
                    true
                }
                None => false,
            },
        )
        .collect();
    let mut added = missing.into_iter();
    let mut edits = Vec::new();
    let mut removed = Vec::new();
    for (at, element) in elements.iter().enumerate() {
        if stays[at] {
            continue;
        }
        match added.next() {
            Some(id) => edits.push(set_text(text, element.range, id, quote)),
            None => removed.push(at),
        }
    }
    let is_bracketed = inside.is_some();
    remove(text, is_bracketed, is_tuple, elements, &removed, &mut edits);
    let rest: Vec<&RevisionId> = added.collect();
    if let (Some(last), false) = (elements.last(), rest.is_empty()) {
        edits.push(append(text, is_bracketed, last, &rest, quote));
    }
    edits
}

fn remove(
    text: &str,
    is_bracketed: bool,
    is_tuple: bool,
    elements: &[ElementSite],
    removed: &[usize],
    edits: &mut Vec<TextEdit>,
) {
    let Some(last_kept) = (0..elements.len()).rev().find(|at| !removed.contains(at)) else {
        return;
    };
    let kept = elements.len() - removed.len();
    let end = elements[elements.len() - 1].range.end();
    // Several at the end of one line go as one, without leaving the blanks between them.
    let tail = elements[last_kept].comma.filter(|comma| {
        elements.last().is_some_and(|last| last.comma.is_none())
            && !text[comma.end()..end].contains(['\n', '\r', '#'])
    });
    if let Some(comma) = tail {
        let is_needed = is_tuple && kept == 1;
        let start = if is_needed {
            comma.end()
        } else {
            comma.start()
        };
        edits.push(TextEdit::replace(TextRange::new(start, end), ""));
    }
    for &at in removed {
        if tail.is_some() && at > last_kept {
            continue;
        }
        let element = &elements[at];
        let range = match element.comma {
            Some(comma) => with_blanks(text, is_bracketed, element.range.start(), comma.end()),
            // The last one, behind a newline or a comment: the comma before them stays.
            None => element.range,
        };
        edits.push(TextEdit::replace(range, ""));
    }
    if is_tuple && kept == 1 && !removed.is_empty() && elements[last_kept].comma.is_none() {
        edits.push(TextEdit::insert(elements[last_kept].range.end(), ","));
    }
}

/// The range with the blanks behind it, or with its whole line where nothing else stands on it and
/// no statement ends with it. A comment behind it stays.
fn with_blanks(text: &str, is_bracketed: bool, start: usize, end: usize) -> TextRange {
    let behind = end + (text[end..].len() - text[end..].trim_start_matches([' ', '\t']).len());
    let before = text[..start].trim_end_matches([' ', '\t']).len();
    let fills_line = is_bracketed && text[..before].ends_with(['\n', '\r']);
    match text[behind..].chars().next() {
        Some('\n' | '\r') if fills_line => {
            let newline = if text[behind..].starts_with("\r\n") {
                2
            } else {
                1
            };
            TextRange::new(before, behind + newline)
        }
        Some('\n' | '\r' | '#') => TextRange::new(start, end),
        _ => TextRange::new(start, behind),
    }
}

fn append(
    text: &str,
    is_bracketed: bool,
    last: &ElementSite,
    ids: &[&RevisionId],
    quote: Quote,
) -> TextEdit {
    let literals: Vec<String> = ids.iter().map(|id| quote.literal(id)).collect();
    let Some(comma) = last.comma else {
        return TextEdit::insert(last.range.end(), format!(", {}", literals.join(", ")));
    };
    let line_start = text[..last.range.start()]
        .rfind(['\n', '\r'])
        .map_or(0, |at| at + 1);
    let indent = &text[line_start..last.range.start()];
    let own_line = is_bracketed && line_start > 0 && indent.trim_matches([' ', '\t']).is_empty();
    if own_line {
        let newline = match &text[..line_start] {
            before if before.ends_with("\r\n") => "\r\n",
            before if before.ends_with('\r') => "\r",
            _ => "\n",
        };
        // Behind the comment that may follow the last element, not between them.
        let line_end = text[comma.end()..]
            .find(['\n', '\r'])
            .map_or(text.len(), |at| comma.end() + at);
        let behind = &text[comma.end()..line_end];
        let at = if behind.trim_start().starts_with('#') {
            line_end
        } else {
            comma.end()
        };
        let mut lines = String::new();
        for literal in literals {
            lines.extend([newline, indent, &literal, ","]);
        }
        return TextEdit::insert(at, lines);
    }
    TextEdit::insert(comma.end(), format!(" {}", literals.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `before` is a sequence of literals in single quotes, from its bracket, if it has one, on.
    fn check(before: &str, ids: &[&str], after: &str) {
        let mut elements: Vec<ElementSite> = Vec::new();
        let mut at = 0;
        while let Some(start) = before[at..].find(['\'', ',', '#']).map(|it| at + it) {
            at = match before.as_bytes()[start] {
                b'\'' => {
                    let end = start + 2 + before[start + 1..].find('\'').unwrap();
                    elements.push(ElementSite {
                        id: before[start + 1..end - 1].into(),
                        range: TextRange::new(start, end),
                        comma: None,
                    });
                    end
                }
                b',' => {
                    elements.last_mut().unwrap().comma = Some(TextRange::new(start, start + 1));
                    start + 1
                }
                _ => start + before[start..].find('\n').unwrap(),
            };
        }
        let ids: Vec<RevisionId> = ids.iter().map(|&id| id.into()).collect();
        let inside = before.starts_with(['(', '[']).then_some(1);
        let is_tuple = !before.starts_with('[');
        let mut edits = set_ids(before, inside, is_tuple, &elements, &ids, Quote::of("'"));
        edits.sort();
        let mut result = before.to_owned();
        for edit in edits.iter().rev() {
            result.replace_range(edit.range.as_range(), &edit.insert);
        }
        assert_eq!(result, after, "{before} to {ids:?}");
    }

    #[test]
    fn one_for_another() {
        check("('a',)", &["b"], "('b',)");
        check("('a', 'b')", &["c", "b"], "('c', 'b')");
        check("('a', 'b')", &["b", "a"], "('a', 'b')");
        check("['a']", &["b"], "['b']");
        check("'a',", &["b"], "'b',");
    }

    #[test]
    fn fewer() {
        check("('a', 'b')", &["a"], "('a',)");
        check("('a', 'b')", &["b"], "('b',)");
        check("('a', 'b',)", &["a"], "('a', )");
        check("('a', 'b', 'c')", &["a", "c"], "('a', 'c')");
        check("('a', 'b', 'c')", &["d"], "('d',)");
        check("['a', 'b']", &["a"], "['a']");
        check("['a', 'b']", &["b"], "['b']");
        check("'a', 'b'", &["b"], "'b',");
        check("'a', \\\n 'b',\n", &["a"], "'a', \\\n \n");
        check("(\n 'a',\n 'b',\n)", &["a"], "(\n 'a',\n)");
        check("(\r\n 'a',\r\n 'b'\r\n)", &["b"], "(\r\n 'b',\r\n)");
        check(
            "(\n 'a', # 1\n 'b', # 2\n)",
            &["a"],
            "(\n 'a', # 1\n  # 2\n)",
        );
    }

    #[test]
    fn more() {
        check("()", &["a"], "('a',)");
        check("()", &["a", "b"], "('a', 'b')");
        check("[]", &["a"], "['a']");
        check("('a',)", &["a", "b"], "('a', 'b')");
        check("('a', 'b')", &["a", "b", "c"], "('a', 'b', 'c')");
        check("'a',", &["a", "b"], "'a', 'b'");
        check("(\n 'a',\n)", &["a", "b"], "(\n 'a',\n 'b',\n)");
        check(
            "(\r\n\t'a',\r\n)",
            &["a", "b"],
            "(\r\n\t'a',\r\n\t'b',\r\n)",
        );
        check("(\n 'a', # 1\n)", &["a", "b"], "(\n 'a', # 1\n 'b',\n)");
        check("(\n 'a' # 1\n)", &["a", "b"], "(\n 'a', 'b' # 1\n)");
    }
}
