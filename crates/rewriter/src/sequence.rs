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
    for &at in removed {
        let element = &elements[at];
        let range = match element.comma {
            Some(comma) => with_blanks(text, is_bracketed, element.range.start(), comma.end()),
            None => {
                // The last element, without a comma of its own. The comma before it goes too, unless
                // it makes the tuple, or a comment stands between.
                let comma = elements[at - 1].comma.filter(|comma| {
                    at - 1 == last_kept
                        && text[comma.end()..element.range.start()]
                            .trim_matches([' ', '\t'])
                            .is_empty()
                });
                match comma {
                    Some(comma) if is_tuple && kept == 1 => {
                        TextRange::new(comma.end(), element.range.end())
                    }
                    Some(comma) => TextRange::new(comma.start(), element.range.end()),
                    None => element.range,
                }
            }
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
        let lines: String = literals
            .iter()
            .map(|literal| format!("{newline}{indent}{literal},"))
            .collect();
        return TextEdit::insert(at, lines);
    }
    TextEdit::insert(comma.end(), format!(" {}", literals.join(", ")))
}
