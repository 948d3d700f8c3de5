//! Effects against the SQL that real Alembic writes: what a revision that counts as understood does there,
//! its effects must say.
//!
//! Each revision of the corpus runs alone, in offline mode, for PostgreSQL. Those that need a database or packages
//! that are not there say so and are counted; for the others the statements are read by the parser of SQL, and every
//! object that they create, change, drop or write must be among the effects of the revision's syntax tree.
//! `RECHAIN_CORPUS=all cargo test --test offline -- --ignored --nocapture` compares the whole corpus; it is not run by
//! default, as it takes minutes.

#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a test reads files and prints what it measured"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use rechain_history::{Action, Certainty, Dialect, Effect, Property, SchemaObject};
use rechain_parser::{Direction, effects_within, upgrade_effects};
use rechain_testing::corpus::{Scope, sources};
use rechain_testing::reference::run_python;
use rechain_testing::sources::Sources;
use serde_json::{Value, json};

/// An action on an object, without what the two ways of reading may well say differently.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Deed {
    verb: &'static str,
    object: String,
    table: Option<String>,
}

/// What `effects` change on PostgreSQL.
fn deeds(effects: &[Effect], certain: bool) -> BTreeSet<Deed> {
    let mut deeds = BTreeSet::new();
    let mut created: BTreeSet<String> = BTreeSet::new();
    for effect in effects {
        let Some((action, object)) = effect.known() else {
            continue;
        };
        if !effect.dialects.contains(Dialect::PostgreSql)
            || (certain && effect.certainty != Certainty::Always)
        {
            continue;
        }
        let verb = match action {
            Action::Create => "create",
            Action::Drop => "drop",
            Action::Alter(_) => "alter",
            Action::RenameTo(_) => "rename",
            Action::WriteRows => "write",
            Action::Require | Action::ReadRows => continue,
        };
        let shown = match object {
            SchemaObject::Index { name, .. } => format!("index {name:?}"),
            SchemaObject::Constraint {
                table,
                name: Some(name),
                ..
            } => format!("constraint {name} on {table}"),
            other => other.to_string(),
        };
        if verb == "create" {
            created.insert(shown.clone());
        }
        // Comments of what is made here are a part of making it.
        if matches!(action, Action::Alter(Property::Comment)) && created.contains(&shown) {
            continue;
        }
        deeds.insert(Deed {
            verb,
            object: shown,
            // `DROP INDEX` of PostgreSQL does not name it.
            table: match object {
                SchemaObject::Index { .. } => None,
                other => other.table().map(ToString::to_string),
            },
        });
    }
    deeds
}

/// Tables to which anything may happen.
fn unclear_tables(effects: &[Effect]) -> BTreeSet<String> {
    effects
        .iter()
        .filter(|effect| effect.certainty == Certainty::Unknown)
        .filter_map(|effect| Some(effect.known()?.1.table()?.to_string()))
        .collect()
}

/// The effects of a text of SQL, by way of a migration that runs it.
fn effects_of_sql(sql: &str) -> Vec<Effect> {
    let literal = Value::from(sql).to_string();
    upgrade_effects(&format!(
        "from alembic import op\ndef upgrade():\n    op.execute({literal})\n"
    ))
}

/// What the SQL does that the effects do not say.
fn left_out(effects: &[Effect], sql: &[Effect]) -> Vec<String> {
    let (known, unclear) = (deeds(effects, false), unclear_tables(effects));
    let mut missing: Vec<String> = deeds(sql, false)
        .into_iter()
        .filter(|deed| !known.contains(deed))
        .filter(|deed| {
            !deed
                .table
                .as_ref()
                .is_some_and(|table| unclear.contains(table))
        })
        .map(|deed| format!("{} {}", deed.verb, deed.object))
        .collect();
    missing.extend(
        sql.iter()
            .filter(|effect| effect.is_opaque())
            .map(|effect| format!("{:?}", effect.kind)),
    );
    missing
}

/// What the effects claim for certain that the SQL does not do.
fn made_up(effects: &[Effect], sql: &[Effect]) -> Vec<String> {
    let (done, unclear) = (deeds(sql, false), unclear_tables(sql));
    deeds(effects, true)
        .into_iter()
        .filter(|deed| matches!(deed.verb, "create" | "drop"))
        .filter(|deed| !done.contains(deed))
        .filter(|deed| {
            !deed
                .table
                .as_ref()
                .is_some_and(|table| unclear.contains(table))
        })
        .map(|deed| format!("{} {}", deed.verb, deed.object))
        .collect()
}

#[test]
#[ignore = "minutes: cargo test --test offline -- --ignored"]
fn understood_revisions_do_what_alembic_writes() {
    let mut groups: BTreeMap<PathBuf, BTreeSet<PathBuf>> = BTreeMap::new();
    for history in sources(Scope::from_env()) {
        let files = groups.entry(history.source_root()).or_default();
        find(&history.source_path(), files);
    }
    let task: Vec<Value> = groups
        .iter()
        .map(|(root, files)| json!({ "root": root, "files": files }))
        .collect();
    let answers = run_python(
        "offline.py",
        &[],
        &json!({ "dialect": "postgresql", "groups": task }),
    );
    let (mut compared, mut opaque, mut failed) = (0, 0, BTreeMap::<String, usize>::new());
    let mut wrong = Vec::new();
    for answer in answers.as_array().expect("a list") {
        let file = Path::new(answer["file"].as_str().expect("a path"));
        let Some(sql) = answer["sql"].as_str() else {
            let error = answer["error"].as_str().expect("SQL or an error");
            let kind = error.split(':').next().unwrap_or(error);
            *failed.entry(kind.to_owned()).or_default() += 1;
            continue;
        };
        let root = groups
            .keys()
            .find(|root| file.starts_with(root))
            .expect("the root of the file");
        let text = String::from_utf8_lossy(&fs::read(file).expect("a file")).into_owned();
        let effects = effects_within(&text, Direction::Upgrade, &Sources::new(root, file));
        if effects.iter().any(Effect::is_opaque) {
            opaque += 1;
            continue;
        }
        compared += 1;
        let sql = effects_of_sql(sql);
        let name = file.strip_prefix(root).unwrap_or(file).display();
        for missing in left_out(&effects, &sql) {
            wrong.push(format!("{name}: Alembic would {missing}"));
        }
        if !sql.iter().any(Effect::is_opaque) {
            for extra in made_up(&effects, &sql) {
                wrong.push(format!("{name}: Alembic would not {extra}"));
            }
        }
    }
    println!(
        "{compared} revisions compared; {opaque} not fully understood; not run: {failed:?}; {} differences",
        wrong.len()
    );
    assert!(compared >= 300, "only {compared} revisions were compared");
    assert!(
        wrong.is_empty(),
        "{} differences:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

fn find(directory: &Path, files: &mut BTreeSet<PathBuf>) {
    for entry in fs::read_dir(directory).expect("a directory") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            find(&path, files);
        } else if path.extension().is_some_and(|it| it == "py")
            && fs::read_to_string(&path).is_ok_and(|text| text.contains("down_revision"))
        {
            files.insert(path);
        }
    }
}
