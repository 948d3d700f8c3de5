//! String literals of Python: how one is quoted, and how to write another like it.

use std::fmt::Write as _;

use rechain_history::{RevisionId, TextRange};

use crate::edit::TextEdit;

/// The quotes in which new literals are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Quote(char);

impl Quote {
    /// The quote that the first literal in `source` uses; `repr`'s single quote where there is none.
    pub(crate) fn of(source: &str) -> Self {
        let quote = source.chars().find(|c| matches!(c, '\'' | '"'));
        Self(quote.unwrap_or('\''))
    }

    /// `id` as a literal.
    pub(crate) fn literal(self, id: &RevisionId) -> String {
        let quote = self.0;
        format!("{quote}{}{quote}", escaped(id, |c| c == quote))
    }
}

/// `id` as it stands within a string in quotes of any kind.
pub(crate) fn in_any_quotes(id: &RevisionId) -> String {
    escaped(id, |c| matches!(c, '\'' | '"'))
}

fn escaped(id: &RevisionId, is_quote: impl Fn(char) -> bool) -> String {
    let mut content = String::with_capacity(id.as_str().len() + 2);
    for character in id.as_str().chars() {
        match character {
            '\\' => content.push_str("\\\\"),
            '\n' => content.push_str("\\n"),
            '\r' => content.push_str("\\r"),
            '\t' => content.push_str("\\t"),
            _ if is_quote(character) => {
                content.push('\\');
                content.push(character);
            }
            _ if character.is_control() => {
                let _ = write!(content, "\\x{:02x}", u32::from(character));
            }
            _ => content.push(character),
        }
    }
    content
}

/// Gives the string written at `range` the value `id`. Of a plain literal only what stands between
/// the quotes is replaced; anything else (parts that are concatenated, escapes, a variable) becomes
/// one literal, in the quotes of its first part, else in `fallback`.
pub(crate) fn set_text(text: &str, range: TextRange, id: &RevisionId, fallback: Quote) -> TextEdit {
    let source = range.of(text);
    if let Some(content) = plain_content(source)
        && id
            .as_str()
            .chars()
            .all(|c| !c.is_control() && !"'\"\\{}".contains(c))
    {
        let content = TextRange::new(range.start() + content.start, range.start() + content.end);
        return TextEdit::replace(content, id.as_str());
    }
    let is_literal = source.contains(['\'', '"']);
    let quote = if is_literal {
        Quote::of(source)
    } else {
        fallback
    };
    TextEdit::replace(range, quote.literal(id))
}

/// Where the content of `source` lies, if it is one literal without escapes or fields.
fn plain_content(source: &str) -> Option<std::ops::Range<usize>> {
    let prefix = source.find(['\'', '"'])?;
    if !source[..prefix].chars().all(|c| "rRuUfF".contains(c)) {
        return None;
    }
    let quote = &source[prefix..=prefix];
    let width = if source[prefix..].starts_with(&quote.repeat(3)) {
        3
    } else {
        1
    };
    let start = prefix + width;
    let end = source
        .len()
        .checked_sub(width)
        .filter(|&end| end >= start)?;
    let content = &source[start..end];
    let closes = source[end..] == quote.repeat(width);
    (closes && !content.contains([quote.chars().next()?, '\\', '\n', '\r', '{', '}']))
        .then_some(start..end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(before: &str, id: &str, after: &str) {
        let edit = set_text(
            before,
            TextRange::new(0, before.len()),
            &id.into(),
            Quote('\''),
        );
        let mut result = before.to_owned();
        result.replace_range(edit.range.as_range(), &edit.insert);
        assert_eq!(result, after);
    }

    #[test]
    fn keeps_prefix_and_quotes() {
        check("'a'", "bc", "'bc'");
        check("\"a\"", "bc", "\"bc\"");
        check("u'a'", "bc", "u'bc'");
        check("r\"\"\"a\"\"\"", "bc", "r\"\"\"bc\"\"\"");
        check("''", "bc", "'bc'");
    }

    #[test]
    fn anything_but_a_plain_literal_becomes_one() {
        check("'a' 'b'", "c", "'c'");
        check("\"a\" + \"b\"", "c", "\"c\"");
        check("'a\\x41'", "c", "'c'");
        check("PARENT", "c", "'c'");
        check("PARENT + \"b\"", "c", "\"c\"");
        check("f'{x}'", "c", "'c'");
        check("'a' # why\n 'b'", "c", "'c'");
    }

    #[test]
    fn escapes_what_would_end_the_literal() {
        check("'a'", "it's", "'it\\'s'");
        check("r'a'", "b\\c", "'b\\\\c'");
        check("'a'", "n\n", "'n\\n'");
    }
}
