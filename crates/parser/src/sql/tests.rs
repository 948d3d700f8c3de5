//! What each kind of statement does.

use proptest::prelude::*;
use rechain_history::{Certainty, TextRange};

use super::effects;
use crate::testing::shown;

fn of(sql: &str) -> Vec<String> {
    effects(sql, Certainty::Always, TextRange::empty(0))
        .iter()
        .map(shown)
        .collect()
}

#[track_caller]
fn check(sql: &str, expected: &[&str]) {
    assert_eq!(of(sql), expected, "{sql}");
}

#[test]
fn tables() {
    check(
        "CREATE TABLE IF NOT EXISTS s.t (
            id serial PRIMARY KEY,
            a int NOT NULL DEFAULT nextval('q') REFERENCES o (id) ON DELETE CASCADE,
            status my_status,
            CONSTRAINT u UNIQUE (a), CHECK (a > 0))",
        &[
            "require sequence q",
            "require table o",
            "require column o.id",
            "conditional require type my_status",
            "if needed, create table s.t",
            "conditional create column s.t.id",
            "conditional create primary key on s.t",
            "conditional create column s.t.a",
            "conditional create foreign key to o on s.t",
            "conditional create column s.t.status",
            "conditional create constraint u on s.t",
            "conditional create check constraint on s.t",
        ],
    );
    check(
        "create table t as select a, b as c from o where d = 1",
        &[
            "require table o",
            "require column o.a",
            "require column o.b",
            "require column o.d",
            "create table t",
            "create column t.a",
            "create column t.c",
        ],
    );
    check(
        "CREATE TABLE t AS SELECT * FROM o",
        &[
            "require table o",
            "anything, require table o",
            "create table t",
            "anything, create table t",
        ],
    );
    check(
        "CREATE TABLE t (LIKE o INCLUDING ALL)",
        &[
            "anything, alter definition of table o",
            "anything, alter definition of table t",
        ],
    );
    check("DROP TABLE a, s.b", &["drop table a", "drop table s.b"]);
    check(
        "DROP TABLE IF EXISTS a CASCADE",
        &[
            "if needed, drop table a",
            "opaque: SQL with CASCADE, which drops what depends on it",
        ],
    );
    check(
        "TRUNCATE TABLE a, b",
        &[
            "write rows of table a",
            "alter definition of table a",
            "write rows of table b",
            "alter definition of table b",
        ],
    );
    check(
        "RENAME TABLE a TO b, c TO d",
        &["rename table a to b", "rename table c to d"],
    );
}

#[test]
fn alterations() {
    let cases: &[(&str, &[&str])] = &[
        ("ADD COLUMN a text", &["create column t.a"]),
        (
            "ADD COLUMN IF NOT EXISTS a text UNIQUE",
            &[
                "if needed, create column t.a",
                "conditional create unique constraint on t",
            ],
        ),
        (
            "ADD a int REFERENCES o (id), ADD b int",
            &[
                "require table o",
                "require column o.id",
                "create column t.a",
                "create foreign key to o on t",
                "create column t.b",
            ],
        ),
        ("DROP COLUMN a", &["drop column t.a"]),
        ("DROP COLUMN IF EXISTS a", &["if needed, drop column t.a"]),
        (
            "ALTER COLUMN a SET NOT NULL",
            &["alter nullability of column t.a"],
        ),
        (
            "ALTER COLUMN a DROP DEFAULT",
            &["alter server default of column t.a"],
        ),
        (
            "ALTER COLUMN a TYPE my_type USING b::my_type",
            &[
                "conditional require type my_type",
                "conditional require column t.b",
                "conditional require type my_type",
                "alter type of column t.a",
            ],
        ),
        ("RENAME COLUMN a TO b", &["rename column t.a to b"]),
        ("RENAME TO u", &["rename table t to u"]),
        (
            "ADD CONSTRAINT c FOREIGN KEY (a) REFERENCES o (id) NOT VALID",
            &[
                "require table o",
                "require column o.id",
                "require column t.a",
                "create constraint c on t",
            ],
        ),
        (
            "ADD CONSTRAINT c CHECK (a > 1)",
            &["conditional require column t.a", "create constraint c on t"],
        ),
        (
            "ADD PRIMARY KEY (a)",
            &["require column t.a", "create primary key on t"],
        ),
        (
            "DROP CONSTRAINT IF EXISTS c",
            &["if needed, drop constraint c on t"],
        ),
        (
            "RENAME CONSTRAINT a TO b",
            &["rename constraint a on t to b"],
        ),
        ("VALIDATE CONSTRAINT c", &["require constraint c on t"]),
        (
            "ADD CONSTRAINT c UNIQUE USING INDEX i",
            &["alter definition of index i", "create constraint c on t"],
        ),
        ("OWNER TO me", &[]),
        (
            "ENABLE ROW LEVEL SECURITY",
            &["alter definition of table t"],
        ),
        (
            "MODIFY a varchar(20) NOT NULL",
            &[
                "alter type of column t.a",
                "alter nullability of column t.a",
                "alter server default of column t.a",
                "alter comment of column t.a",
                "alter definition of column t.a",
            ],
        ),
        (
            "CHANGE a b int",
            &[
                "alter type of column t.a",
                "alter nullability of column t.a",
                "alter server default of column t.a",
                "alter comment of column t.a",
                "alter definition of column t.a",
                "rename column t.a to b",
            ],
        ),
        ("DROP FOREIGN KEY f", &["drop constraint f on t"]),
        ("DROP PRIMARY KEY", &["drop primary key on t"]),
    ];
    for (change, expected) in cases {
        let expected: Vec<&str> = std::iter::once("require table t")
            .chain(expected.iter().copied())
            .collect();
        check(&format!("ALTER TABLE t {change}"), &expected);
    }
    check(
        "ALTER TABLE IF EXISTS t DROP COLUMN a",
        &["conditional require table t", "conditional drop column t.a"],
    );
    check(
        "ALTER TABLE t CONVERT TO CHARACTER SET utf8mb4",
        &["anything, alter definition of table t"],
    );
    check(
        "ALTER TABLE t SET SCHEMA s",
        &[
            "opaque: SQL that gives an object another name",
            "anything, alter definition of table t",
        ],
    );
    check(
        "ALTER TABLE t ATTACH PARTITION p FOR VALUES IN (1)",
        &[
            "anything, alter definition of table p",
            "anything, alter definition of table t",
        ],
    );
}

#[test]
fn indexes() {
    check(
        "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS i ON s.t USING gin (a, lower(b)) INCLUDE (c) WHERE d IS NULL",
        &[
            "require table s.t",
            "require column s.t.a",
            "conditional require column s.t.b",
            "require column s.t.c",
            "conditional require column s.t.d",
            "if needed, create index i",
        ],
    );
    check(
        "DROP INDEX CONCURRENTLY IF EXISTS a, s.b",
        &["if needed, drop index a", "if needed, drop index b"],
    );
    check("DROP INDEX i ON t", &["drop index i"]);
    check(
        "ALTER INDEX IF EXISTS i RENAME TO j",
        &["conditional rename index i to j"],
    );
    check("REINDEX INDEX CONCURRENTLY i", &["require index i"]);
}

#[test]
fn types_and_sequences() {
    check("CREATE TYPE s.e AS ENUM ('a', 'b')", &["create type s.e"]);
    check(
        "ALTER TYPE e ADD VALUE IF NOT EXISTS 'c' AFTER 'b'",
        &[
            "require type e",
            "conditional require value 'b' of type e",
            "if needed, create value 'c' of type e",
        ],
    );
    check(
        "ALTER TYPE e ADD VALUE 'it''s'",
        &["require type e", "create value 'it's' of type e"],
    );
    check(
        "ALTER TYPE e RENAME VALUE 'a' TO 'b'",
        &["rename value 'a' of type e to b"],
    );
    check("ALTER TYPE e RENAME TO f", &["rename type e to f"]);
    check("DROP TYPE IF EXISTS e", &["if needed, drop type e"]);
    check(
        "CREATE DOMAIN d AS my_type",
        &["conditional require type my_type", "create type d"],
    );
    check(
        "CREATE SEQUENCE IF NOT EXISTS q OWNED BY t.id",
        &["require column t.id", "if needed, create sequence q"],
    );
    check(
        "ALTER SEQUENCE q RESTART WITH 5",
        &["alter definition of sequence q"],
    );
    check("DROP SEQUENCE q", &["drop sequence q"]);
    check(
        "CREATE SCHEMA IF NOT EXISTS s",
        &["if needed, create schema s"],
    );
    check(
        "CREATE EXTENSION IF NOT EXISTS \"uuid-ossp\"",
        &["if needed, create extension uuid-ossp"],
    );
    check("DROP EXTENSION hstore", &["drop extension hstore"]);
}

#[test]
fn views_functions_triggers() {
    check(
        "CREATE VIEW v AS SELECT a.x, y FROM a JOIN b USING (z)",
        &[
            "require table a",
            "require table b",
            "require column a.x",
            "conditional require column a.y",
            "conditional require column a.z",
            "conditional require column b.y",
            "conditional require column b.z",
            "create view v",
        ],
    );
    check(
        "CREATE OR REPLACE VIEW v AS SELECT 1",
        &["if needed, create view v", "alter definition of view v"],
    );
    check(
        "CREATE MATERIALIZED VIEW v AS SELECT x FROM a",
        &["require table a", "require column a.x", "create view v"],
    );
    check("REFRESH MATERIALIZED VIEW v", &["write rows of view v"]);
    check(
        "DROP MATERIALIZED VIEW IF EXISTS v",
        &["if needed, drop view v"],
    );
    check(
        "CREATE FUNCTION s.f(x int) RETURNS trigger AS $$ BEGIN DROP TABLE t; END $$ LANGUAGE plpgsql",
        &["create function s.f"],
    );
    check(
        "CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELECT x FROM t $$",
        &[
            "conditional require table t",
            "anything, require table t",
            "if needed, create function f",
            "alter definition of function f",
        ],
    );
    check(
        "DROP FUNCTION IF EXISTS f(int, text)",
        &["if needed, drop function f"],
    );
    check(
        "CREATE TRIGGER g AFTER UPDATE OF a ON t FOR EACH ROW WHEN (NEW.b > 1) EXECUTE PROCEDURE f()",
        &[
            "require table t",
            "require column t.a",
            "conditional require column t.b",
            "require function f",
            "create trigger g on t",
        ],
    );
    check(
        "CREATE TRIGGER g AFTER INSERT ON t BEGIN DELETE FROM u; END; DROP TABLE x",
        &["require table t", "create trigger g on t", "drop table x"],
    );
    check(
        "DROP TRIGGER IF EXISTS g ON t",
        &["if needed, drop trigger g on t"],
    );
    check(
        "CREATE POLICY p ON t USING (owner = current_user)",
        &[
            "require table t",
            "conditional require column t.owner",
            "create policy p on t",
        ],
    );
    check(
        "COMMENT ON COLUMN s.t.a IS 'x'",
        &["alter comment of column s.t.a"],
    );
    check("COMMENT ON TABLE t IS 'x'", &["alter comment of table t"]);
    check("GRANT SELECT ON t TO me", &["require table t"]);
    check("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM me", &[]);
}

#[test]
fn rows() {
    check(
        "INSERT INTO t (a, b) VALUES (:a, %s)",
        &[
            "require column t.a",
            "require column t.b",
            "write rows of table t",
        ],
    );
    check(
        "INSERT INTO t VALUES (1)",
        &["anything, require table t", "write rows of table t"],
    );
    check(
        "INSERT INTO t (a) SELECT x FROM o WHERE o.y IN :ys",
        &[
            "read rows of table o",
            "require column o.y",
            "require column t.a",
            "conditional require column o.x",
            "conditional require column t.x",
            "write rows of table t",
        ],
    );
    check(
        "UPDATE t SET a = o.b FROM o WHERE o.id = t.id",
        &[
            "read rows of table o",
            "require column o.b",
            "require column o.id",
            "require column t.a",
            "require column t.id",
            "write rows of table t",
        ],
    );
    check(
        "UPDATE t AS x SET a = upper(b) WHERE x.c = 'd'",
        &[
            "require column t.a",
            "require column t.c",
            "require column t.b",
            "write rows of table t",
        ],
    );
    check(
        "DELETE FROM t WHERE a IS NULL",
        &["require column t.a", "write rows of table t"],
    );
    check(
        "SELECT * FROM t WHERE a = 1",
        &["read rows of table t", "require column t.a"],
    );
    check(
        "WITH x AS (SELECT a FROM t) DELETE FROM u WHERE u.b IN (SELECT a FROM x)",
        &[
            "read rows of table t",
            "require column u.b",
            "conditional require column t.a",
            "conditional require column u.a",
            "write rows of table u",
        ],
    );
    check(
        "WITH t AS (SELECT a FROM t) SELECT a FROM t",
        &["read rows of table t", "conditional require column t.a"],
    );
    check(
        "INSERT INTO t (a) VALUES (1) ON CONFLICT ON CONSTRAINT c DO UPDATE SET b = excluded.b",
        &[
            "require column t.a",
            "require column t.b",
            "require constraint c on t",
            "write rows of table t",
        ],
    );
    check(
        "INSERT INTO t (a) VALUES (1) ON CONFLICT (a) DO NOTHING",
        &[
            "require column t.a",
            "anything, require table t",
            "write rows of table t",
        ],
    );
    check("SELECT setval('s.q', 1)", &["require sequence s.q"]);
    check("SELECT 1 FROM information_schema.tables", &[]);
    check(
        "SELECT my_function(a) FROM t",
        &[
            "conditional require function my_function",
            "read rows of table t",
            "require column t.a",
            "opaque: SQL function my_function",
        ],
    );
    check(
        "UPDATE pg_enum SET enumlabel = 'x'",
        &["opaque: pg_enum written"],
    );
    check(
        "COPY t (a) FROM STDIN",
        &["require column t.a", "write rows of table t"],
    );
}

#[test]
fn no_effects() {
    for sql in [
        "",
        " ;; ",
        "-- nothing",
        "COMMIT",
        "BEGIN",
        "SET lock_timeout = '5s'",
        "PRAGMA foreign_keys=OFF",
        "SET foreign_key_checks = 0",
        "SHOW tables",
        "SELECT 1",
        "SAVEPOINT x",
        "ANALYZE",
        "SELECT set_config('lock_timeout', '1', true)",
    ] {
        check(sql, &[]);
    }
    check("LOCK TABLE t IN EXCLUSIVE MODE", &["require table t"]);
    check("VACUUM (ANALYZE) t", &["require table t"]);
}

#[test]
fn rights_comments_and_care_need_what_they_name() {
    check(
        "GRANT SELECT (a, \"B\"), UPDATE ON t TO r",
        &[
            "require table t",
            "require column t.a",
            "require column t.B",
        ],
    );
    check(
        "COMMENT ON CONSTRAINT c ON t IS 'x'",
        &["alter comment of constraint c on t"],
    );
    check(
        "COMMENT ON CONSTRAINT c ON DOMAIN d IS 'x'",
        &["alter comment of type d"],
    );
    check(
        "COMMENT ON TRIGGER g ON s.t IS 'x'",
        &["alter comment of trigger g on s.t"],
    );
    // A table or an index.
    check(
        "REINDEX t",
        &["conditional require table t", "conditional require index t"],
    );
    check("REINDEX INDEX CONCURRENTLY ix", &["require index ix"]);
    check("REINDEX DATABASE d", &[]);
    check("DROP TABLE t, u, t", &["drop table t", "drop table u"]);
}

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
