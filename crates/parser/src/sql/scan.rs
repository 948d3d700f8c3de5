//! The tables that a statement names, by its keywords alone: for what the parser does not know.

use std::collections::BTreeSet;

use rechain_history::QualifiedName;

use super::functions::{Known, known};
use super::sink::Sink;
use super::token::{Kind, Token};

/// Words after which a table is named.
const BEFORE_TABLE: &[&str] = &[
    "table",
    "into",
    "update",
    "from",
    "join",
    "using",
    "references",
    "truncate",
    "view",
    "straight_join",
    "partition",
    "inherit",
];
/// Words between those and the name.
const BETWEEN: &[&str] = &[
    "only",
    "if",
    "not",
    "exists",
    "lateral",
    "table",
    "into",
    "ignore",
    "low_priority",
    "concurrently",
    "quick",
    "delayed",
    "high_priority",
    "of",
];
/// Words there that show that it is not a table which follows.
const NOT_TABLES: &[&str] = &[
    "set",
    "select",
    "values",
    "with",
    "by",
    "cascade",
    "restrict",
    "no",
    "on",
    "skip",
    "nowait",
    "as",
    "rows",
    "current",
    "unnest",
    "default",
    "where",
    "for",
    "row",
    "key",
    "delete",
    "update",
    "insert",
    "btree",
    "gin",
    "gist",
    "hash",
    "brin",
    "spgist",
    "storage",
    "statement",
    "each",
];
/// Words that end a list of tables.
const ENDS_LIST: &[&str] = &[
    "where",
    "group",
    "order",
    "having",
    "limit",
    "set",
    "on",
    "using",
    "union",
    "except",
    "intersect",
    "returning",
    "values",
    "select",
    "window",
    "for",
    "when",
];
/// Functions with a `FROM` of their own.
const WITH_FROM: &[&str] = &["extract", "substring", "trim", "overlay", "position"];
/// Words before a parenthesis that are no functions.
const NO_FUNCTIONS: &[&str] = &[
    "in",
    "values",
    "and",
    "or",
    "on",
    "using",
    "as",
    "exists",
    "not",
    "any",
    "all",
    "some",
    "key",
    "unique",
    "check",
    "select",
    "from",
    "where",
    "when",
    "then",
    "else",
    "case",
    "join",
    "over",
    "filter",
    "set",
    "by",
    "having",
    "union",
    "except",
    "intersect",
    "is",
    "like",
    "between",
    "return",
    "returning",
    "distinct",
    "array",
    "row",
    "recursive",
    "materialized",
    "conflict",
    "primary",
    "index",
    "interval",
    "partition",
    "varchar",
    "char",
    "character",
    "varying",
    "numeric",
    "decimal",
    "timestamp",
    "time",
    "bit",
    "float",
    "int",
    "integer",
    "bigint",
    "smallint",
    "tinyint",
    "vector",
    "binary",
    "varbinary",
    "enum",
    "with",
    "limit",
    "offset",
    "into",
    "ilike",
    "similar",
    "to",
    "text",
    "lateral",
    "rollup",
    "cube",
    "sets",
    "within",
    "group",
    "end",
    "include",
    "references",
    "default",
    "datetime",
    "double",
];

/// What a scan finds.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) tables: BTreeSet<QualifiedName>,
    /// A function that may do anything.
    pub(super) function: Option<String>,
    /// A table whose name is not known.
    pub(super) hole: bool,
}

/// Finds the tables that `statement` names.
pub(super) fn scan(statement: &[Token<'_>], sink: &mut Sink) -> Found {
    let mut found = Found::default();
    let common = common_names(statement, sink);
    // For each open parenthesis: a table may follow, and a comma there leads to the next table.
    let mut lists = vec![List::default()];
    let on_is_table = statement
        .first()
        .is_some_and(|first| first.is_word("create") || first.is_word("drop"))
        && statement.iter().take(6).any(|token| {
            ["index", "trigger", "policy", "rule"]
                .iter()
                .any(|word| token.is_word(word))
        });
    let mut at = 0;
    while let Some(token) = statement.get(at) {
        let previous = at.checked_sub(1).and_then(|at| statement.get(at));
        let depth = lists.len() - 1;
        match token.kind {
            Kind::Symbol('(') => {
                let expects = lists[depth].expects;
                lists[depth].expects = false;
                let own_from =
                    previous.is_some_and(|word| WITH_FROM.iter().any(|other| word.is_word(other)));
                lists.push(List {
                    expects,
                    continues: expects,
                    own_from,
                    from: false,
                });
            }
            Kind::Symbol(')') if depth > 0 => {
                lists.pop();
            }
            Kind::Symbol(',') => lists[depth].expects = lists[depth].continues,
            Kind::Hole if lists[depth].expects => {
                found.hole = true;
                lists[depth].expects = false;
            }
            Kind::Word | Kind::Quoted => {
                let list = &mut lists[depth];
                let is = |words: &[&str]| words.iter().any(|word| token.is_word(word));
                if list.expects
                    && is(BETWEEN)
                    && !statement
                        .get(at + 1)
                        .is_some_and(|next| next.is_symbol('.'))
                {
                } else if list.expects && !is(NOT_TABLES) {
                    list.expects = false;
                    let from = list.from;
                    at = name(statement, at, from, &common, &mut found, sink);
                    continue;
                } else {
                    list.expects = false;
                    let before_bracket = statement
                        .get(at + 1)
                        .is_some_and(|next| next.is_symbol('('));
                    let is_no_clause = (token.is_word("from")
                        && (list.own_from
                            || previous.is_some_and(|word| word.is_word("distinct"))))
                        || (token.is_word("using") && before_bracket);
                    if is(ENDS_LIST) {
                        list.continues = false;
                    }
                    if (is(BEFORE_TABLE) && !is_no_clause)
                        || (on_is_table && token.is_word("on"))
                        || (token.is_word("like")
                            && previous.is_some_and(|word| word.is_symbol('(')))
                    {
                        list.expects = true;
                        list.from = is(&["from", "join", "using", "straight_join"]);
                        list.continues |=
                            is(&["from", "table", "truncate", "update", "using", "view"]);
                    } else if before_bracket
                        && token.kind == Kind::Word
                        && !is(NO_FUNCTIONS)
                        && known(token.text) == Known::No
                        && !common.contains(&token.text.to_lowercase())
                    {
                        found.function.get_or_insert_with(|| token.text.to_owned());
                    }
                }
            }
            _ => {}
        }
        at += 1;
    }
    found
}

#[derive(Debug, Default, Clone, Copy)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "what was met on the way through one pair of brackets"
)]
struct List {
    /// The next word is a table.
    expects: bool,
    /// After a comma another table follows.
    continues: bool,
    /// It is the arguments of a function in which `FROM` is no clause.
    own_from: bool,
    /// A function may stand where the table is.
    from: bool,
}

/// Takes the table name at `at`; returns where to go on.
fn name(
    statement: &[Token<'_>],
    at: usize,
    from: bool,
    common: &BTreeSet<String>,
    found: &mut Found,
    sink: &mut Sink,
) -> usize {
    let mut cursor = super::cursor::Cursor::new(&statement[at..]);
    let before = cursor.rest().len();
    let name = cursor.name(sink);
    let next = at + (before - cursor.rest().len()).max(1);
    let Some(name) = name else {
        found.hole = true;
        return next;
    };
    let is_call = from
        && statement
            .get(next)
            .is_some_and(|token| token.is_symbol('('));
    if is_call {
        if known(&name.name) == Known::No {
            found.function.get_or_insert(name.name);
        }
    } else if name.schema.is_some() || !common.contains(&name.name.to_lowercase()) {
        found.tables.insert(name);
    }
    next
}

/// The names that `WITH` gives to queries.
fn common_names(statement: &[Token<'_>], sink: &mut Sink) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    if !statement.iter().any(|token| token.is_word("with")) {
        return names;
    }
    for (index, token) in statement.iter().enumerate() {
        let mut cursor = super::cursor::Cursor::new(&statement[index + 1..]);
        if !(token.is_word("with") || token.is_symbol(',')) {
            continue;
        }
        cursor.eat(&["recursive"]);
        let Some(name) = cursor.part(sink) else {
            continue;
        };
        if cursor
            .rest()
            .first()
            .is_some_and(|next| next.is_symbol('('))
        {
            // A list of columns is short.
            let Some(close) = cursor
                .rest()
                .iter()
                .take(200)
                .position(|token| token.is_symbol(')'))
            else {
                continue;
            };
            for _ in 0..=close {
                cursor.next();
            }
        }
        if !cursor.eat(&["as"]) {
            continue;
        }
        cursor.eat(&["not"]);
        cursor.eat(&["materialized"]);
        if cursor.eat_symbol('(') {
            names.insert(name.to_lowercase());
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use rechain_history::{Certainty, Dialects, TextRange};

    use super::super::token::{HOLE, tokens};
    use super::*;

    fn found(sql: &str) -> Found {
        let tokens = tokens(sql).expect("tokens");
        let mut sink = Sink::new(Certainty::Always, Dialects::ALL, TextRange::empty(0), true);
        scan(&tokens, &mut sink)
    }

    #[track_caller]
    fn check(sql: &str, expected: &[&str]) {
        let found = found(sql);
        let tables: Vec<String> = found.tables.iter().map(ToString::to_string).collect();
        assert_eq!(tables, expected, "{sql}");
        assert!(!found.hole, "{sql}");
    }

    #[test]
    fn finds_tables() {
        check(
            "SELECT 1 FROM a, b AS x, (SELECT 2 FROM c) y, d JOIN e ON a.x = e.y",
            &["a", "b", "c", "d", "e"],
        );
        check(
            "INSERT INTO s.a (x, y) SELECT x, y FROM \"B\" ON CONFLICT (x) DO UPDATE SET y = 1",
            &["B", "s.a"],
        );
        check(
            "DELETE FROM ONLY a USING b, c WHERE a.x = b.x",
            &["a", "b", "c"],
        );
        check(
            "WITH x AS (SELECT 1 FROM a), y (p, q) AS MATERIALIZED (SELECT 2 FROM x) SELECT 1 FROM y, x",
            &["a"],
        );
        check(
            "SELECT extract(epoch FROM t), trim(both FROM u) FROM a WHERE p IS DISTINCT FROM q",
            &["a"],
        );
        check(
            "ALTER TABLE IF EXISTS a ADD FOREIGN KEY (x) REFERENCES b (y) ON DELETE CASCADE ON UPDATE CASCADE",
            &["a", "b"],
        );
        check("TRUNCATE a, b", &["a", "b"]);
        check("TRUNCATE TABLE a", &["a"]);
        check("CREATE UNIQUE INDEX i ON a USING gin (x)", &["a"]);
        check("DROP TABLE IF EXISTS a, b CASCADE", &["a", "b"]);
        check(
            "SELECT * FROM generate_series(1, 2) g, a FOR UPDATE",
            &["a"],
        );
        check(
            "UPDATE a SET x = (SELECT max(y) FROM b), z = 'FROM c' -- FROM d",
            &["a", "b"],
        );
        check("SELECT * FROM (a JOIN b USING (id))", &["a", "b"]);
    }

    #[test]
    fn finds_what_is_not_known() {
        assert!(found(&format!("UPDATE {HOLE} SET x = 1")).hole);
        assert!(found(&format!("UPDATE a_{HOLE} SET x = 1")).hole);
        assert!(found(&format!("SELECT 1 FROM a, {HOLE}")).hole);
        assert!(!found(&format!("UPDATE a SET x = {HOLE}")).hole);
        assert_eq!(
            found("SELECT create_hypertable('a', 'b')")
                .function
                .as_deref(),
            Some("create_hypertable")
        );
        assert_eq!(found("SELECT 1 FROM f(1)").function.as_deref(), Some("f"));
        assert_eq!(
            found("INSERT INTO a (x) VALUES (lower('x'))").function,
            None
        );
    }
}
