//! `CREATE TABLE`, `ALTER TABLE`, indexes.

use super::check;

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
            "read rows of table o",
            "require column o.a",
            "require column o.b",
            "require column o.d",
            "anything, require table o [mysql]",
            "create table t",
            "create column t.a",
            "create column t.c",
        ],
    );
    check(
        "CREATE TABLE t AS SELECT * FROM o",
        &[
            "read rows of table o",
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
