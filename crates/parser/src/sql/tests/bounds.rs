//! What is not known, and text that would make a careless reader recurse.

use proptest::prelude::*;

use super::{check, of};

#[test]
fn not_known() {
    for sql in [
        "DO $$ BEGIN DROP TABLE t; END $$",
        "CALL p()",
        "EXEC sp_rename 'a', 'b'",
        "SET search_path TO s",
        "SELECT set_config('search_path', 's', false)",
        "PRAGMA writable_schema = 1",
        "USE other",
        "nonsense",
        "EXPLAIN SELECT a FROM t",
        "CREATE EVENT TRIGGER e ON ddl_command_start EXECUTE FUNCTION f()",
        "ALTER TYPE e SET SCHEMA s",
        "/*! DROP TABLE t */",
        "SELECT dblink('x')",
        "ALTER SYSTEM SET search_path = 'x'",
    ] {
        assert!(
            of(sql).iter().any(|effect| effect.starts_with("opaque")),
            "{sql}: {:?}",
            of(sql)
        );
    }
    check(
        "DELETE FROM t WHERE ((((((((((((((((((((((((1))))))))))))))))))))))))",
        &["anything, alter definition of table t"],
    );
    check(
        "UPDATE t SET a = FROM WHERE",
        &["anything, alter definition of table t"],
    );
    check(
        "UPDATE \u{10FFFD} SET a = 1",
        &["opaque: SQL with a table that is not known"],
    );
    check(
        "UPDATE t SET a = 1 WHERE b IN (\u{10FFFD})",
        &[
            "require column t.a",
            "require column t.b",
            "write rows of table t",
        ],
    );
    check(
        "UPDATE t SET a = 'x\u{10FFFD}y'",
        &["require column t.a", "write rows of table t"],
    );
    check(
        "UPDATE t SET \u{10FFFD} = 1",
        &["anything, alter definition of table t"],
    );
    check(
        "ALTER TABLE t ADD COLUMN \u{10FFFD} int",
        &["anything, alter definition of table t"],
    );
    check(
        "DROP TABLE a_\u{10FFFD}",
        &["opaque: SQL with a table that is not known"],
    );
    check("\u{10FFFD}", &["opaque: SQL"]);
}

#[test]
fn names() {
    check(
        "DROP TABLE Users",
        &[
            "drop table users [postgresql, oracle]",
            "drop table Users [sqlite, mysql, mssql]",
        ],
    );
    check("DROP TABLE \"Users\"", &["drop table Users"]);
    check("DROP TABLE `a``b`", &["drop table a`b"]);
}

/// Statements that would make a careless reader recurse, or take for ever.
#[test]
fn hostile_statements_end() {
    let many = 20_000;
    for sql in [
        format!("SELECT {}1", "(".repeat(many)),
        format!("SELECT {}1{}", "(".repeat(many), ")".repeat(many)),
        format!("SELECT 1{}", "+1".repeat(many)),
        format!("SELECT {}1", "NOT ".repeat(many)),
        format!("SELECT {}1", "- ".repeat(many)),
        format!("SELECT 1{}", " UNION SELECT 1".repeat(many)),
        format!("SELECT a{}", "::text".repeat(many)),
        format!("SELECT a{}", "[1]".repeat(many)),
        format!("SELECT {}", "CASE WHEN ".repeat(many)),
        format!("SELECT * FROM {}a", "(".repeat(many)),
        format!("SELECT * FROM {}a{}", "(".repeat(19), ")".repeat(19)),
        format!("SELECT * FROM {}", "a JOIN ".repeat(many)),
        format!("SELECT {}", "f(".repeat(many)),
        format!("SELECT {}", "f(".repeat(19)),
        format!("SELECT * FROM {}", "(SELECT * FROM ".repeat(many)),
        format!("CREATE TABLE t (a {})", "ARRAY<".repeat(many)),
        format!("CREATE TABLE t (a {})", "STRUCT(".repeat(19)),
        "WITH a AS (".repeat(many),
        "BEGIN ".repeat(many),
        "CASE ".repeat(many),
        "IF ".repeat(many),
        "EXPLAIN ".repeat(many),
        format!("CREATE TRIGGER t {}", "BEGIN ".repeat(many)),
        "%(".repeat(many),
        "$a".repeat(many),
        ":".repeat(many),
        "'".repeat(many + 1),
        "/*".repeat(many),
        "#".repeat(many),
        "a.".repeat(many),
        "DROP TABLE a".to_owned() + &",a".repeat(many),
        format!("INSERT INTO t (a) VALUES {}(1)", "(1),".repeat(many)),
    ] {
        let start = std::time::Instant::now();
        of(&sql);
        let took = start.elapsed();
        assert!(
            took.as_secs() < 20,
            "{took:?} for {}...",
            &sql[..40.min(sql.len())]
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// Whatever the text, there is an answer.
    #[test]
    fn no_panic(words in proptest::collection::vec(prop_oneof![
        "[ -~é\n]{0,4}",
        proptest::sample::select(vec![
            "SELECT", "FROM", "TABLE", "ALTER", "CREATE", "DROP", "INDEX", "ON", "(", ")", ",", ";", "t", "'a'", "\"b\"", "$$", "--", "/*", "*/", "VALUES",
            "INSERT INTO", "UPDATE", "SET", "=", "WHERE", "ADD", "COLUMN", "TYPE", "AS", "ENUM", "TRIGGER", "FUNCTION", "BEGIN", "END", "IF EXISTS", ":x", "%s",
            "GRANT", "COMMENT", "SEQUENCE", "VIEW", "WITH", "RENAME TO", "\u{10FFFD}", ".", "COPY", "LOCK", "CASCADE", "POLICY", "RETURNS", "LANGUAGE sql",
        ]).prop_map(str::to_owned),
    ], 0..24)) {
        of(&words.join(" "));
        of(&words.concat());
    }
}
