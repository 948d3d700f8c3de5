//! One statement of SQL, cut out of a text.

use super::token::{Kind, Token};

/// The tokens of each statement of a text. What belongs to the body of a trigger or routine stays with it.
pub(super) fn statements<'t, 's>(tokens: &'t [Token<'s>]) -> Vec<&'t [Token<'s>]> {
    let mut statements = Vec::new();
    let mut start = 0;
    let mut parens = 0_usize;
    let mut blocks = 0_usize;
    let mut has_body = false;
    for (index, token) in tokens.iter().enumerate() {
        if index == start {
            has_body = is_routine(&tokens[start..]);
        }
        match token.kind {
            Kind::Symbol('(') => parens += 1,
            Kind::Symbol(')') => parens = parens.saturating_sub(1),
            Kind::Word if has_body => {
                let after_end = index > start && tokens[index - 1].is_word("end");
                if token.is_word("begin") || (token.is_word("case") && !after_end) {
                    blocks += 1;
                } else if token.is_word("end") {
                    let of = tokens.get(index + 1);
                    let inner = ["if", "loop", "while", "repeat", "for"];
                    if !of.is_some_and(|of| inner.iter().any(|word| of.is_word(word))) {
                        blocks = blocks.saturating_sub(1);
                    }
                }
            }
            Kind::Symbol(';') if parens == 0 && blocks == 0 => {
                statements.push(&tokens[start..index]);
                start = index + 1;
            }
            _ => {}
        }
    }
    statements.push(&tokens[start..]);
    statements.retain(|statement| !statement.is_empty());
    statements
}

/// Whether a statement may hold a body of statements.
fn is_routine(tokens: &[Token<'_>]) -> bool {
    const ROUTINES: &[&str] = &["trigger", "procedure", "function", "event", "package"];
    match tokens.first() {
        Some(first) if first.is_word("create") || first.is_word("alter") => tokens
            .iter()
            .take(8)
            .any(|token| ROUTINES.iter().any(|word| token.is_word(word))),
        Some(first) => {
            // A block without a name; a transaction begins otherwise.
            first.is_word("declare")
                || (first.is_word("begin")
                    && tokens.get(1).is_some_and(|next| {
                        !next.is_symbol(';')
                            && ![
                                "transaction",
                                "work",
                                "immediate",
                                "deferred",
                                "exclusive",
                                "isolation",
                                "read",
                            ]
                            .iter()
                            .any(|word| next.is_word(word))
                    }))
        }
        None => false,
    }
}

/// `UPDATE IGNORE t`, `INSERT HIGH_PRIORITY t` of MySQL without the words that other databases take for a table.
pub(super) fn without_priority<'s>(statement: &[Token<'s>]) -> Option<Vec<Token<'s>>> {
    const VERBS: &[&str] = &["update", "insert", "replace", "delete"];
    const WORDS: &[&str] = &[
        "ignore",
        "low_priority",
        "high_priority",
        "delayed",
        "quick",
    ];
    // What follows a table of such a name.
    const AFTER: &[&str] = &["set", "as", "values", "select", "into", "from", "where"];
    let is_one_of =
        |token: &Token<'_>, words: &[&str]| words.iter().any(|word| token.is_word(word));
    let [first, rest @ ..] = statement else {
        return None;
    };
    let count = rest
        .iter()
        .take_while(|token| is_one_of(token, WORDS))
        .count();
    let next = rest.get(count)?;
    let is_name = matches!(next.kind, Kind::Word | Kind::Quoted) && !is_one_of(next, AFTER);
    let found = count > 0 && is_name && is_one_of(first, VERBS);
    found.then(|| {
        std::iter::once(first)
            .chain(&rest[count..])
            .copied()
            .collect()
    })
}

/// `FROM t FORCE INDEX (ix)` of MySQL.
pub(super) fn has_index_hint(statement: &[Token<'_>]) -> bool {
    statement.windows(2).any(|pair| {
        ["use", "force", "ignore"]
            .iter()
            .any(|word| pair[0].is_word(word))
            && ["index", "key"].iter().any(|word| pair[1].is_word(word))
    })
}

/// The statement as text without comments, with a neutral value for each parameter and unknown part.
pub(super) fn masked(statement: &[Token<'_>]) -> String {
    let mut text = String::new();
    let mut end = statement.first().map_or(0, |first| first.start);
    for token in statement {
        if token.start > end {
            text.push(' ');
        }
        end = token.end();
        match token.kind {
            Kind::Bind | Kind::Hole => text.push_str("(NULL)"),
            // `\:` of `sqlalchemy.text`.
            Kind::Symbol('\\') => {}
            _ => text.push_str(token.text),
        }
    }
    text
}

/// Whether the parser may be given a statement: deep nesting and long chains of operators make it
/// recurse, or take very long.
pub(super) fn is_modest(statement: &[Token<'_>]) -> bool {
    const CHAINING: &[&str] = &[
        "and",
        "or",
        "not",
        "union",
        "except",
        "intersect",
        "is",
        "like",
        "in",
        "between",
        "collate",
        "case",
        "exists",
        "join",
        "at",
        "div",
        "mod",
        "xor",
    ];
    let (mut depth, mut deepest, mut chained) = (0_usize, 0, 0_usize);
    for token in statement {
        match token.kind {
            Kind::Symbol('(' | '[' | '{') => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            Kind::Symbol(')' | ']' | '}') => depth = depth.saturating_sub(1),
            Kind::Symbol(',' | ';' | '.') => {}
            Kind::Symbol(_) => chained += 1,
            Kind::Word if CHAINING.iter().any(|word| token.is_word(word)) => chained += 1,
            _ => {}
        }
    }
    deepest <= DEEPEST && chained <= MOST_CHAINED && statement.len() <= LONGEST
}

/// Parentheses within each other.
const DEEPEST: usize = 20;
/// Operators, which may all hang on one chain.
const MOST_CHAINED: usize = 400;
/// Tokens.
const LONGEST: usize = 50_000;

#[cfg(test)]
mod tests {
    use super::super::token::tokens;
    use super::*;

    #[track_caller]
    fn check(sql: &str, expected: &[&str]) {
        let tokens = tokens(sql).expect("tokens");
        let found: Vec<String> = statements(&tokens).into_iter().map(masked).collect();
        assert_eq!(found, expected, "{sql}");
    }

    #[test]
    fn cuts_statements() {
        check(
            "SELECT 1; -- x;\n SELECT ';' ;;",
            &["SELECT 1", "SELECT ';'"],
        );
        check(
            "CREATE TRIGGER t AFTER INSERT ON a BEGIN UPDATE b SET x = CASE WHEN 1 THEN 2 END; DELETE FROM c; END; SELECT 2",
            &[
                "CREATE TRIGGER t AFTER INSERT ON a BEGIN UPDATE b SET x = CASE WHEN 1 THEN 2 END; DELETE FROM c; END",
                "SELECT 2",
            ],
        );
        check(
            "CREATE PROCEDURE p() BEGIN IF x THEN SELECT 1; END IF; END; SELECT 2",
            &[
                "CREATE PROCEDURE p() BEGIN IF x THEN SELECT 1; END IF; END",
                "SELECT 2",
            ],
        );
        check(
            "BEGIN; UPDATE a SET b = :c; COMMIT",
            &["BEGIN", "UPDATE a SET b = (NULL)", "COMMIT"],
        );
        check(
            "CREATE FUNCTION f() RETURNS int AS $$ a; b $$ LANGUAGE sql; SELECT 1",
            &[
                "CREATE FUNCTION f() RETURNS int AS $$ a; b $$ LANGUAGE sql",
                "SELECT 1",
            ],
        );
    }
}
