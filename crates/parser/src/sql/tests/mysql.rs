//! What only MySQL says so, some of which other dialects read as something else.

use super::check;

#[test]
fn an_index_is_no_column_of_that_name() {
    for sql in [
        "ALTER TABLE t ADD INDEX ix (a)",
        "ALTER TABLE t ADD KEY ix (a(10))",
        "ALTER TABLE `t` ADD INDEX `ix` (`a` DESC)",
    ] {
        check(
            sql,
            &["require table t", "require column t.a", "create index ix"],
        );
    }
    check(
        "ALTER TABLE t ADD COLUMN a INT, ADD INDEX ix (a), ALTER b SET DEFAULT 1",
        &[
            "require table t",
            "create column t.a",
            "require column t.a",
            "create index ix",
            "alter server default of column t.b",
        ],
    );
    check(
        "CREATE TABLE t (a INT, INDEX ix (a))",
        &["create table t", "create column t.a", "create index ix"],
    );
    // Such columns there are, too.
    for name in ["index INTEGER", "key VARCHAR(20)"] {
        check(
            &format!("ALTER TABLE t ADD {name}"),
            &[
                "require table t",
                &format!("create column t.{}", name.split(' ').next().unwrap_or(name)),
            ],
        );
    }
}

#[test]
fn the_first_characters_of_a_column() {
    check(
        "CREATE INDEX ix ON t (a(10), b)",
        &[
            "require table t",
            "require column t.a",
            "require column t.b",
            "create index ix",
        ],
    );
}

#[test]
fn the_place_of_a_column() {
    check(
        "ALTER TABLE t ADD COLUMN a INT AFTER b",
        &["require table t", "require column t.b", "create column t.a"],
    );
    for sql in [
        "ALTER TABLE t MODIFY a INT AFTER b",
        "ALTER TABLE t CHANGE a a INT AFTER `b`",
    ] {
        check(
            sql,
            &[
                "require table t",
                "require column t.b",
                "alter definition of table t",
                "alter type of column t.a",
                "alter nullability of column t.a",
                "alter server default of column t.a",
                "alter comment of column t.a",
                "alter definition of column t.a",
            ],
        );
    }
}

#[test]
fn settings_that_stay() {
    let stays =
        |name: &str| format!("opaque: SQL SET {name}, which stays so for what runs later [mysql]");
    for (sql, name) in [
        ("SET FOREIGN_KEY_CHECKS = 0", "FOREIGN_KEY_CHECKS"),
        ("SET SESSION sql_mode = ''", "SQL_MODE"),
        ("SET @@session.sql_mode := 'ANSI'", "SQL_MODE"),
        ("SET @old = @@sql_mode, sql_mode = ''", "SQL_MODE"),
    ] {
        check(sql, &[&stays(name)]);
    }
    for sql in [
        "SET GLOBAL sql_mode = ''",
        "SET @sql_mode = ''",
        "SET NAMES utf8mb4",
        "SET lock_wait_timeout = 5",
    ] {
        check(sql, &[]);
    }
}

#[test]
fn locks_of_the_session() {
    let locked = "opaque: SQL LOCK TABLES, which keeps the session from other tables [mysql]";
    check(
        "LOCK TABLES t READ, u AS a WRITE",
        &[locked, "require table t", "require table u"],
    );
    check("FLUSH TABLES t WITH READ LOCK", &[locked]);
    check("FLUSH TABLES t, u", &["require table t", "require table u"]);
    check("FLUSH TABLES", &["opaque: SQL FLUSH TABLES [mysql]"]);
    check("FLUSH PRIVILEGES", &[]);
    // Of PostgreSQL, for the transaction.
    check("LOCK TABLE t IN EXCLUSIVE MODE", &["require table t"]);
}

#[test]
fn what_is_shown_must_be_there() {
    for sql in [
        "DESCRIBE t",
        "DESCRIBE t a",
        "SHOW FULL COLUMNS FROM t",
        "SHOW INDEX IN t",
        "SHOW CREATE TABLE t",
    ] {
        check(sql, &["require table t"]);
    }
    check("SHOW CREATE VIEW v", &["require view v"]);
    check("SHOW TABLES", &[]);
    check("SHOW search_path", &[]);
    check("DESCRIBE SELECT a FROM t", &["opaque: SQL EXPLAIN"]);
}

/// There is one such column in a table.
#[test]
fn a_column_that_counts() {
    let counts = "alter definition of table t [mysql]";
    check(
        "ALTER TABLE t ADD COLUMN a INT AUTO_INCREMENT UNIQUE",
        &[
            "require table t",
            counts,
            "create column t.a",
            "create unique constraint on t",
        ],
    );
    for sql in [
        "ALTER TABLE t MODIFY a INT NOT NULL AUTO_INCREMENT",
        "ALTER TABLE t CHANGE a a INT NOT NULL AUTO_INCREMENT",
    ] {
        check(
            sql,
            &[
                "require table t",
                counts,
                "alter type of column t.a",
                "alter nullability of column t.a",
                "alter server default of column t.a",
                "alter comment of column t.a",
                "alter definition of column t.a",
            ],
        );
    }
}

#[test]
fn how_a_view_is_made() {
    for how in [
        "ALGORITHM = MERGE",
        "OR REPLACE ALGORITHM = UNDEFINED",
        "ALGORITHM = MERGE DEFINER = `root`@`localhost` SQL SECURITY INVOKER",
        "DEFINER = `root`@`%` SQL SECURITY DEFINER",
        "SQL SECURITY INVOKER",
    ] {
        let found = super::of(&format!("CREATE {how} VIEW v AS SELECT a FROM t"));
        let made = found.iter().any(|it| it.ends_with("create view v"));
        assert!(
            made && !found.iter().any(|it| it.starts_with("opaque")),
            "{how}: {found:?}"
        );
    }
}

/// Others take the word for the table.
#[test]
fn rows_with_a_priority() {
    for sql in [
        "UPDATE IGNORE t SET a = 1",
        "UPDATE LOW_PRIORITY IGNORE t SET a = 1",
        "INSERT HIGH_PRIORITY t (a) VALUES (1)",
    ] {
        let found = super::of(sql);
        for expected in [
            "require column t.a [mysql]",
            "write rows of table t [mysql]",
        ] {
            assert!(found.iter().any(|it| it == expected), "{sql}: {found:?}");
        }
    }
    check("DELETE QUICK FROM t", &["write rows of table t"]);
    check(
        "UPDATE ignore SET a = 1",
        &["require column ignore.a", "write rows of table ignore"],
    );
    let hint = super::of("SELECT a FROM t FORCE INDEX (ix)");
    assert_eq!(hint[0], "opaque: SQL that says which index to use [mysql]");
}

#[test]
fn a_column_that_becomes_unique() {
    let found = super::of("ALTER TABLE t MODIFY a INT UNIQUE");
    assert_eq!(
        found[found.len() - 2..],
        ["require column t.a", "create unique constraint on t"]
    );
}
