//! Nothing is called understood that the generator does not make.

use std::collections::BTreeSet;

use rechain_parser::{known_commands, known_definitions, known_directives};

use crate::generator::{Target, pair};

/// Modules that are looked at for each database.
const SEEDS: u64 = 3000;

/// First words of SQL that no database of the oracle runs, or not within its transaction, with the reason.
const NOT_RUN: &[(&str, &str)] = &[
    ("commit", "ends the oracle's transaction"),
    ("rollback", "ends the oracle's transaction"),
    ("end", "ends the oracle's transaction"),
    ("abort", "ends the oracle's transaction"),
    ("begin", "there is a transaction already"),
    ("start", "there is a transaction already"),
    ("discard", "not within a transaction"),
    ("deallocate", "takes away the driver's own statements"),
    ("copy", "needs a file or a stream"),
    ("print", "SQL Server"),
    ("go", "SQL Server's client"),
];

/// Kinds of objects that none has, or that are other words for another kind.
const NO_OBJECT: &[(&str, &str)] = &[("user", "a role"), ("group", "a role")];

/// What else the interpreter knows by name: Core statements, methods of schema objects, sessions. `op.run_async` is not
/// among it: it asks for an engine of `asyncio`.
const CALLS: &[&str] = &[
    "sa.insert(",
    "sa.update(",
    "sa.delete(",
    "sa.select(",
    ".insert()",
    ".update()",
    ".delete()",
    ".from_select(",
    ".bindparams(",
    "sa.func.",
    "sa.text(",
    "autoload_with=",
    "new.create(",
    "there.drop(",
    ").create(bind",
    ").drop(bind",
    "CreateTable(",
    "DropTable(",
    "CreateSchema(",
    "DropSchema(",
    "CreateSequence(",
    "DropSequence(",
    "sa.DDL(",
    "sa.Computed(",
    "session.add(",
    "sa.orm.relationship(",
    "@dataclass(",
    "from migration_helpers import",
    "op.invoke(",
    "create_constraint=True",
    "session.add_all(",
    "session.query(",
    "session.execute(",
    "session.scalars(",
    "session.get(",
    "session.merge(",
    "session.delete(",
    "session.bulk_save_objects(",
    "session.bulk_insert_mappings(",
    "exec_driver_sql(",
    "has_table(",
    "get_columns(",
    "get_indexes(",
    "get_table_names(",
    "get_foreign_keys(",
    "get_unique_constraints(",
    "get_check_constraints(",
    "dialect.name",
    "autocommit_block(",
    "PGView(",
    "PGMaterializedView(",
    "PGFunction(",
    "PGTrigger(",
    "PGPolicy(",
    "PGExtension(",
];

/// What is MySQL's own, beside what the others have too.
const MYSQL: &[&str] = &[
    "existing_type=",
    "existing_nullable=",
    "existing_server_default=",
    "existing_comment=",
    "autoincrement=True",
    "mysql_length=",
    "mysql_prefix=",
    "mysql_engine=",
    "mysql_charset=",
    "type_=\"foreignkey\"",
    "mysql.ENUM(",
    " MODIFY ",
    " CHANGE ",
    " AFTER ",
    " FIRST",
    " AUTO_INCREMENT",
    " ENUM(",
    "ON UPDATE CURRENT_TIMESTAMP",
    "GENERATED ALWAYS AS",
    "ADD INDEX",
    "ADD FULLTEXT INDEX",
    "ADD UNIQUE KEY",
    "ADD FOREIGN KEY",
    "DROP FOREIGN KEY",
    "DROP PRIMARY KEY",
    "DROP INDEX",
    "RENAME INDEX",
    "RENAME TABLE",
    "CREATE TABLE copy_of LIKE",
    "ON DUPLICATE KEY UPDATE",
    "INSERT IGNORE",
    "REPLACE INTO",
    "SET FOREIGN_KEY_CHECKS",
];

#[test]
fn the_generator_makes_what_only_mysql_has() {
    let mut text = String::new();
    for seed in 0..SEEDS {
        let pair = pair(seed, Target::MySql);
        text.extend(pair.one.into_iter().chain(pair.other));
    }
    let missing: Vec<_> = MYSQL.iter().filter(|it| !text.contains(**it)).collect();
    assert!(missing.is_empty(), "not generated: {missing:#?}");
}

#[test]
fn the_generator_makes_all_that_is_understood() {
    let mut text = String::new();
    for target in [Target::PostgreSql, Target::Sqlite, Target::MySql] {
        for seed in 0..SEEDS {
            let pair = pair(seed, target);
            text.extend(pair.one.into_iter().chain(pair.other));
        }
    }
    let mut missing: Vec<String> = Vec::new();
    for (name, in_batch) in known_directives() {
        let mut calls = vec![format!(" op.{name}(")];
        if in_batch {
            calls.push(format!(" batch_op.{name}("));
        }
        missing.extend(calls.into_iter().filter(|call| !text.contains(call)));
    }
    let calls = CALLS.iter().filter(|call| !text.contains(**call));
    missing.extend(calls.map(|call| (*call).to_owned()));

    let statements = statements(&text);
    for word in known_commands() {
        let is_made = statements.iter().any(|words| words[0] == word);
        if !is_made && !NOT_RUN.iter().any(|(other, _)| *other == word) {
            missing.push(format!("SQL {word}"));
        }
    }
    for kind in known_definitions() {
        if NO_OBJECT.iter().any(|(other, _)| *other == kind) {
            continue;
        }
        for verb in ["create", "alter", "drop"] {
            let is_made = statements.iter().any(|words| {
                words[0] == verb && format!(" {} ", words.join(" ")).contains(&format!(" {kind} "))
            });
            if !is_made {
                missing.push(format!("SQL {verb} {kind}"));
            }
        }
    }
    assert!(missing.is_empty(), "not generated: {missing:#?}");
}

/// The first words of each statement of raw SQL, in lower case.
fn statements(text: &str) -> BTreeSet<Vec<String>> {
    let mut found = BTreeSet::new();
    for (at, _) in text.match_indices(['"', '\'']) {
        let words: Vec<String> = text[at + 1..]
            .split(|c: char| !c.is_alphanumeric() && c != '_')
            .take(7)
            .map(str::to_lowercase)
            .collect();
        if text[at + 1..].starts_with(char::is_alphabetic) {
            found.insert(words);
        }
    }
    found
}
