//! Statements on rows.

use super::check;

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
        "SET max_statement_time = 0",
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
