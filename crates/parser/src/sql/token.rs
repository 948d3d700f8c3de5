//! Words, names and texts of SQL, as far as all databases agree on them.
//!
//! Where they do not agree (a backslash before a quote, a comment within a comment), there is no way
//! to say where a statement ends: that is an error.

/// Stands in a text for a part that is not known.
pub(crate) const HOLE: char = '\u{10FFFD}';

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A keyword or a name without quotes.
    Word,
    /// A name in quotes (for MySQL, `"..."` is text).
    Quoted,
    /// Text, in single quotes or between `$$`.
    Text,
    Number,
    /// A parameter: `:name`, `%s`, `%(name)s`, `$1`.
    Bind,
    /// A part that is not known.
    Hole,
    Symbol(char),
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Token<'s> {
    pub(super) kind: Kind,
    /// As written.
    pub(super) text: &'s str,
    pub(super) start: usize,
}

impl Token<'_> {
    pub(super) fn end(&self) -> usize {
        self.start + self.text.len()
    }

    pub(super) fn is_word(&self, word: &str) -> bool {
        self.kind == Kind::Word && self.text.eq_ignore_ascii_case(word)
    }

    pub(super) fn is_symbol(&self, symbol: char) -> bool {
        self.kind == Kind::Symbol(symbol)
    }

    /// The name this stands for, and whether it is in quotes.
    pub(super) fn name(&self) -> Option<(String, bool)> {
        match self.kind {
            Kind::Word => Some((self.text.to_owned(), false)),
            Kind::Quoted => {
                let quote = self.text.chars().next()?;
                let inner = self.text.get(1..self.text.len().checked_sub(1)?)?;
                Some((
                    inner.replace(&format!("{quote}{quote}"), &quote.to_string()),
                    true,
                ))
            }
            _ => None,
        }
    }

    /// What a text says.
    pub(super) fn value(&self) -> Option<String> {
        if self.kind != Kind::Text {
            return None;
        }
        match self.text.strip_prefix('$') {
            Some(rest) => {
                let tag = rest.find('$')? + 2;
                Some(
                    self.text
                        .get(tag..self.text.len().checked_sub(tag)?)?
                        .to_owned(),
                )
            }
            None => {
                let inner = self.text.get(1..self.text.len().checked_sub(1)?)?;
                Some(inner.replace("''", "'"))
            }
        }
    }
}

/// The tokens of `sql`; comments are left out. The error says why they cannot be told apart.
pub(super) fn tokens(sql: &str) -> Result<Vec<Token<'_>>, &'static str> {
    let mut tokens: Vec<Token<'_>> = Vec::new();
    let mut at = 0;
    let mut line_begins = true;
    while let Some(first) = sql[at..].chars().next() {
        let rest = &sql[at..];
        let before = sql[..at].chars().next_back();
        if first.is_whitespace() {
            line_begins |= first == '\n';
            at += first.len_utf8();
            continue;
        }
        let (kind, length) = if rest.starts_with("--") {
            at += rest.find('\n').unwrap_or(rest.len());
            continue;
        } else if rest.starts_with("/*") {
            at += comment(rest)?;
            continue;
        } else if first == '#' && line_begins {
            return Err("SQL with a comment that only some databases know");
        } else if first == '\'' {
            let escapes = tokens
                .last()
                .is_some_and(|last| last.end() == at && last.is_word("e"));
            (Kind::Text, quoted(rest, '\'', escapes)?)
        } else if matches!(first, '"' | '`') {
            let length = quoted(rest, first, false)?;
            let kind = if rest[..length].contains(HOLE) {
                Kind::Hole
            } else {
                Kind::Quoted
            };
            (kind, length)
        } else if first == '$' {
            match dollar(rest)? {
                Some(found) => found,
                None => (Kind::Symbol('$'), 1),
            }
        } else if first == HOLE {
            (Kind::Hole, first.len_utf8())
        } else if first == ':'
            && !before.is_some_and(|c| is_word_part(c) || matches!(c, ':' | '\\'))
        {
            match bind(rest) {
                Some(length) => (Kind::Bind, length),
                None => (Kind::Symbol(':'), 1),
            }
        } else if first == '%' {
            percent(rest)
        } else if first.is_ascii_digit() {
            let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '.' || c == '_'));
            (Kind::Number, end.unwrap_or(rest.len()))
        } else if first.is_alphabetic() || first == '_' {
            let end = rest.find(|c: char| !(is_word_part(c) || c == '$') || c == HOLE);
            (Kind::Word, end.unwrap_or(rest.len()))
        } else {
            (Kind::Symbol(first), first.len_utf8())
        };
        tokens.push(Token {
            kind,
            text: &rest[..length],
            start: at,
        });
        line_begins = false;
        at += length;
    }
    Ok(tokens)
}

fn is_word_part(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The length of a comment.
fn comment(rest: &str) -> Result<usize, &'static str> {
    if rest.starts_with("/*!") || rest.starts_with("/*M!") {
        return Err("SQL in a comment, which only some databases run");
    }
    let end = rest[2..]
        .find("*/")
        .ok_or("SQL with a comment that does not end")?
        + 4;
    if rest[2..end].contains("/*") {
        return Err("SQL with a comment in a comment");
    }
    Ok(end)
}

/// The length of what stands in `quote`s.
fn quoted(rest: &str, quote: char, escapes: bool) -> Result<usize, &'static str> {
    let bytes = rest.as_bytes();
    let quote = quote as u8;
    let mut at = 1;
    while at < bytes.len() {
        if bytes[at] == b'\\' {
            if bytes.get(at + 1) == Some(&quote) && !escapes {
                return Err(
                    "SQL text with a backslash before a quote, which databases read differently",
                );
            }
            at += 2;
        } else if bytes[at] != quote {
            at += 1;
        } else if bytes.get(at + 1) == Some(&quote) {
            at += 2;
        } else {
            return Ok(at + 1);
        }
    }
    Err("SQL with a quote that is not closed")
}

/// `$1`, or text between `$tag$`.
fn dollar(rest: &str) -> Result<Option<(Kind, usize)>, &'static str> {
    let end = rest[1..]
        .find(|c: char| !is_word_part(c))
        .map_or(rest.len(), |end| end + 1);
    if rest[1..end].starts_with(|c: char| c.is_ascii_digit()) {
        return Ok(Some((Kind::Bind, end)));
    }
    if !rest[end..].starts_with('$') {
        return Ok(None);
    }
    let tag = &rest[..=end];
    match rest[tag.len()..].find(tag) {
        Some(length) => Ok(Some((Kind::Text, length + 2 * tag.len()))),
        None => Err("SQL with a quote that is not closed"),
    }
}

/// `:name`, as `sqlalchemy.text` finds it.
fn bind(rest: &str) -> Option<usize> {
    let end = rest[1..]
        .find(|c: char| !is_word_part(c))
        .map_or(rest.len(), |end| end + 1);
    (end > 1 && !rest[end..].starts_with(':')).then_some(end)
}

/// `%s`, `%(name)s`, or the operator.
fn percent(rest: &str) -> (Kind, usize) {
    let ends = |at: usize| !rest[at..].starts_with(is_word_part);
    if rest.starts_with("%s") && ends(2) {
        return (Kind::Bind, 2);
    }
    if rest.starts_with("%(")
        && let Some(close) = rest[2..].find(|c| !is_word_part(c)).map(|end| end + 2)
        && rest[close..].starts_with(")s")
        && ends(close + 2)
    {
        return (Kind::Bind, close + 2);
    }
    (Kind::Symbol('%'), 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(sql: &str, expected: &[&str]) {
        let tokens = tokens(sql).expect("tokens");
        let found: Vec<&str> = tokens.iter().map(|token| token.text).collect();
        assert_eq!(found, expected, "{sql}");
    }

    #[test]
    fn tells_tokens_apart() {
        check("a--b\nc /* d */ e", &["a", "c", "e"]);
        check(
            "'it''s' E'a\\'b' \"A\"\"b\" `c`",
            &[
                "'it''s'",
                "E",
                "E'a\\'b'".trim_start_matches('E'),
                "\"A\"\"b\"",
                "`c`",
            ],
        );
        check("$$ ; $$ $a$ $$ $a$ $1", &["$$ ; $$", "$a$ $$ $a$", "$1"]);
        check(
            "x::text = :y AND z = '12:30'",
            &["x", ":", ":", "text", "=", ":y", "AND", "z", "=", "'12:30'"],
        );
        check(
            "a = %s, b = %(b)s, c % 2",
            &["a", "=", "%s", ",", "b", "=", "%(b)s", ",", "c", "%", "2"],
        );
        check("é_1.ü", &["é_1", ".", "ü"]);
    }

    #[test]
    fn refuses_what_databases_read_differently() {
        for sql in [
            "'a\\'; DROP TABLE t; --'",
            "/* /* */ x */",
            "/*!50000 DROP TABLE t */",
            "'open",
            "$$ open",
            "# x",
            "\"a",
        ] {
            assert!(tokens(sql).is_err(), "{sql}");
        }
    }
}
