//! What is no table: types, sequences, views, functions, triggers, rights.

use super::check;

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
fn clustered_tables() {
    let by_index = &["alter definition of table s.t", "require index i"];
    check("CLUSTER VERBOSE s.t USING i", by_index);
    check("CLUSTER i ON s.t", by_index);
    check("CLUSTER", &[]);
    check("CLUSTER t", &["anything, alter definition of table t"]);
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
