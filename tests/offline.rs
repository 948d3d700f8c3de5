//! Effects against the SQL that real Alembic writes: what a revision that counts as understood does there,
//! its effects must say.
//!
//! Each revision of the corpus runs alone, in offline mode, for PostgreSQL. Those that need a database, or a package
//! that is not there for more than to import it, are counted by their reasons for each package; for the others the
//! statements are read by the parser of SQL, and every object that they create, change, drop or write must be among the
//! effects of the revision's syntax tree. A package has `RECHAIN_OFFLINE_SECONDS` (240) to run, a revision 10.
//! `RECHAIN_CORPUS=all cargo test --test offline -- --ignored --nocapture` compares the whole corpus, with the packages
//! of `tests/reference/offline.txt` besides; it is not run by default, as it takes minutes.

#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a test reads files and prints what it measured"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::{fmt, fs};

use rechain_history::{Action, Certainty, Dialect, Effect, Property, SchemaObject};
use rechain_parser::{Direction, effects_within, upgrade_effects};
use rechain_testing::corpus::{Scope, sources};
use rechain_testing::reference;
use rechain_testing::sources::Sources;
use serde_json::{Value, json};

/// An action on an object, without what the two ways of reading may well say differently.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Deed {
    verb: &'static str,
    object: String,
    table: Option<String>,
}

/// What `effects` change on PostgreSQL, as far as they say what it is.
fn deeds(effects: &[Effect], certain: bool) -> BTreeSet<Deed> {
    let mut deeds = BTreeSet::new();
    let mut created: BTreeSet<String> = BTreeSet::new();
    for effect in effects {
        let Some((action, object)) = effect.known() else {
            continue;
        };
        if !effect.dialects.contains(Dialect::PostgreSql)
            || effect.certainty == Certainty::Unknown
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
            SchemaObject::Index { name, .. } => format!("index {:?}", name.as_deref().map(cut)),
            SchemaObject::Constraint {
                table,
                name: Some(name),
                ..
            } => format!("constraint {} on {table}", cut(name)),
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

/// As much of a long name as SQLAlchemy keeps: of what is longer than PostgreSQL takes, the rest becomes a hash.
fn cut(name: &str) -> &str {
    const KEPT: usize = 63 - 8;
    let is_cut = name.len() == KEPT + 5 && name.as_bytes()[KEPT] == b'_';
    if name.len() > 63 || is_cut {
        name.get(..KEPT).unwrap_or(name)
    } else {
        name
    }
}

/// Tables to which anything may happen.
fn unclear_tables(effects: &[Effect]) -> BTreeSet<String> {
    effects
        .iter()
        .filter(|effect| effect.certainty == Certainty::Unknown)
        .filter_map(|effect| Some(effect.known()?.1.table()?.to_string()))
        .collect()
}

/// What `deed` makes or removes, without its name.
fn kind_of(deed: &Deed) -> Option<(&'static str, &'static str, Option<String>)> {
    let kind = if deed.object.starts_with("index ") {
        "index"
    } else if deed.table.is_some()
        && !["column ", "table "]
            .iter()
            .any(|it| deed.object.starts_with(it))
    {
        "constraint"
    } else {
        return None;
    };
    Some((deed.verb, kind, deed.table.clone()))
}

/// The indexes and constraints that `effects` make or remove without a known name.
fn unnamed(effects: &[Effect]) -> Vec<Effect> {
    let is_unnamed = |effect: &&Effect| {
        matches!(
            effect.known(),
            Some((
                Action::Create | Action::Drop,
                SchemaObject::Constraint { name: None, .. }
                    | SchemaObject::Index { name: None, .. }
            ))
        )
    };
    effects.iter().filter(is_unnamed).cloned().collect()
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
    let without_names: BTreeSet<_> = deeds(&unnamed(effects), false)
        .iter()
        .filter_map(kind_of)
        .collect();
    let mut missing: Vec<String> = deeds(sql, false)
        .into_iter()
        .filter(|deed| !known.contains(deed))
        .filter(|deed| !kind_of(deed).is_some_and(|kind| without_names.contains(&kind)))
        .filter(|deed| {
            !deed
                .table
                .as_ref()
                .is_some_and(|table| unclear.contains(table))
        })
        .map(|deed| format!("{} {}", deed.verb, deed.object))
        .collect();
    // A statement that is not understood shows its tables at least.
    let touched: BTreeSet<String> = effects
        .iter()
        .filter_map(|effect| Some(effect.known()?.1.table()?.to_string()))
        .collect();
    missing.extend(
        unclear_tables(sql)
            .difference(&touched)
            .map(|table| format!("do something to table {table}")),
    );
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
    let without_names = deeds(&unnamed(effects), true);
    deeds(effects, true)
        .into_iter()
        .filter(|deed| matches!(deed.verb, "create" | "drop"))
        .filter(|deed| !done.contains(deed))
        // A naming convention, or the database, gives the name.
        .filter(|deed| {
            !without_names.contains(deed) || !done.iter().any(|it| kind_of(it) == kind_of(deed))
        })
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
    let scope = Scope::from_env();
    let mut packages: BTreeMap<PathBuf, Package> = BTreeMap::new();
    for history in sources(scope) {
        let package = packages.entry(history.source_root()).or_default();
        package.name = format!("{} {}", history.package, history.version);
        find(&history.source_path(), &mut package.files);
    }
    let task: Vec<Value> = packages
        .iter()
        .map(|(root, package)| json!({ "root": root, "files": package.files }))
        .collect();
    let python = match scope {
        Scope::Small => reference::python(),
        Scope::All => reference::environment("offline"),
    };
    let answers = reference::run_with(
        &python,
        "offline.py",
        &[],
        &json!({ "dialect": "postgresql", "groups": task }),
    );
    let answers = answers.as_array().expect("a list");
    let asked: usize = packages.values().map(|package| package.files.len()).sum();
    assert_eq!(answers.len(), asked, "an answer for each file");
    for answer in answers {
        let file = Path::new(answer["file"].as_str().expect("a path"));
        let (root, package) = packages
            .iter_mut()
            .find(|(root, _)| file.starts_with(root))
            .expect("the root of the file");
        package.judge(root, file, answer);
    }
    let mut total = Package {
        name: "in total".to_owned(),
        ..Package::default()
    };
    println!("compared  opaque  not run");
    for package in packages.into_values() {
        println!("{package}");
        total.add(package);
    }
    println!("{total}\n{} differences", total.wrong.len());
    assert!(
        total.compared >= 300,
        "only {} revisions were compared",
        total.compared
    );
    assert!(
        total.wrong.is_empty(),
        "{} differences:\n{}",
        total.wrong.len(),
        total.wrong.join("\n")
    );
}

/// The revisions of one package, and what came of them.
#[derive(Default)]
struct Package {
    name: String,
    files: BTreeSet<PathBuf>,
    compared: usize,
    /// Not fully understood by rechain.
    opaque: usize,
    /// Not run by Alembic, by the reason.
    failed: BTreeMap<String, usize>,
    wrong: Vec<String>,
}

impl Package {
    fn judge(&mut self, root: &Path, file: &Path, answer: &Value) {
        let Some(sql) = answer["sql"].as_str() else {
            let kind = answer["error"]["kind"].as_str().expect("SQL or an error");
            *self.failed.entry(kind.to_owned()).or_default() += 1;
            return;
        };
        let text = String::from_utf8_lossy(&fs::read(file).expect("a file")).into_owned();
        let effects = effects_within(&text, Direction::Upgrade, &Sources::new(root, file));
        if effects.iter().any(Effect::is_opaque) {
            self.opaque += 1;
            return;
        }
        self.compared += 1;
        let sql = effects_of_sql(sql);
        let name = file.strip_prefix(root).unwrap_or(file).display();
        for missing in left_out(&effects, &sql) {
            self.wrong.push(format!("{name}: Alembic would {missing}"));
        }
        if !sql.iter().any(Effect::is_opaque) {
            for extra in made_up(&effects, &sql) {
                self.wrong
                    .push(format!("{name}: Alembic would not {extra}"));
            }
        }
    }

    fn add(&mut self, other: Self) {
        self.compared += other.compared;
        self.opaque += other.opaque;
        for (kind, count) in other.failed {
            *self.failed.entry(kind).or_default() += count;
        }
        self.wrong.extend(other.wrong);
    }
}

impl fmt::Display for Package {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let failed: usize = self.failed.values().sum();
        let Self {
            name,
            compared,
            opaque,
            ..
        } = self;
        write!(f, "{compared:8} {opaque:7} {failed:8} {name}")?;
        let mut reasons: Vec<_> = self.failed.iter().collect();
        reasons.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        for (at, (kind, count)) in reasons.into_iter().enumerate() {
            write!(f, "{} {count} {kind}", if at == 0 { ":" } else { "," })?;
        }
        Ok(())
    }
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
