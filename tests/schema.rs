//! Real histories in the order in which they were published: each replays without a broken step, and no
//! foreign key may be put before the table it points to.
//!
//! `RECHAIN_CORPUS=all cargo test --test schema -- --nocapture` takes all of them and says what it counted.
#![allow(
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a test reads real histories, and says what it counted"
)]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use rechain_history::{
    Action, Certainty, ConstraintKind, Dialects, Effect, SchemaObject, TableName,
};
use rechain_parser::upgrade_effects;
use rechain_planner::{Circumstances, PairSide, Verdict, commute};
use rechain_testing::corpus::{Scope, histories};
use serde_json::Value;

#[test]
fn published_histories_replay_without_a_broken_step() {
    let mut broken = Vec::new();
    let mut count = 0;
    for history in histories(Scope::from_env()) {
        let output = Command::new(env!("CARGO_BIN_EXE_rechain"))
            .args(["check", "--schema", "--format", "json"])
            .arg(&history.path)
            .output()
            .expect("the program starts");
        let document: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        for environment in document["environments"].as_array().expect("a list") {
            count += 1;
            for problem in environment["problems"].as_array().expect("a list") {
                let code = problem["code"].as_str().unwrap_or_default();
                if matches!(code, "RC411" | "RC412" | "RC413" | "RC414") {
                    broken.push(format!("{} {}", history.package, problem["message"]));
                }
            }
        }
    }
    eprintln!("{count} histories replayed, {} broken steps", broken.len());
    assert!(count > 10);
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn a_foreign_key_never_goes_before_its_table() {
    let (mut pairs, mut turned, mut missed) = (0, 0, Vec::new());
    for history in histories(Scope::from_env()) {
        let bodies = bodies(&history.path);
        let mut makers: BTreeMap<&TableName, Vec<usize>> = BTreeMap::new();
        for (at, (_, effects)) in bodies.iter().enumerate() {
            for table in effects.iter().filter_map(made) {
                makers.entry(table).or_default().push(at);
            }
        }
        for (at, (name, effects)) in bodies.iter().enumerate() {
            for target in effects.iter().filter_map(pointed_to) {
                let Some([maker]) = makers.get(target).map(Vec::as_slice) else {
                    continue;
                };
                if *maker == at {
                    continue;
                }
                pairs += 1;
                let made_by = &bodies[*maker].1;
                let on_a_fork =
                    commute(made_by, effects, &Circumstances::fork(Dialects::default()));
                let is_caught = match &on_a_fork {
                    Verdict::Ordered { first, .. } => {
                        let is_turned = *first == PairSide::Other;
                        turned += usize::from(is_turned);
                        // On a fork, the key is to the table that had the name before.
                        !is_turned || made_by.iter().any(|effect| takes_away(effect, target))
                    }
                    Verdict::Conflict { .. } => true,
                    Verdict::Independent { .. } | Verdict::Unknown { .. } => false,
                };
                // In the chain, the order that it has is the one that they need.
                let (first, second) = if *maker < at {
                    (made_by, effects)
                } else {
                    (effects, made_by)
                };
                let in_the_chain =
                    commute(first, second, &Circumstances::chain(Dialects::default()));
                let is_kept = matches!(
                    in_the_chain,
                    Verdict::Ordered {
                        first: PairSide::One,
                        ..
                    }
                );
                if !is_caught || !is_kept {
                    missed.push(format!(
                        "{}: {name} to {target}: {on_a_fork:?} {in_the_chain:?}",
                        history.package
                    ));
                }
            }
        }
    }
    eprintln!(
        "{pairs} foreign keys to a table of another revision, {turned} of them to one that had the name before, \
         {} missed",
        missed.len()
    );
    assert!(pairs > 100);
    assert!(missed.is_empty(), "{missed:#?}");
}

/// Whether `effect` removes the table or gives it another name.
fn takes_away(effect: &Effect, table: &TableName) -> bool {
    matches!(
        effect.known(),
        Some((Action::Drop | Action::RenameTo(_), SchemaObject::Table(name))) if name == table
    )
}

/// The effects of the revisions of one directory, in the order in which Alembic runs them.
fn bodies(directory: &Path) -> Vec<(String, Vec<Effect>)> {
    let output = Command::new(env!("CARGO_BIN_EXE_rechain"))
        .args(["log", "--format", "json"])
        .arg(directory)
        .output()
        .expect("the program starts");
    let document: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let environments = document["environments"].as_array().expect("a list");
    environments
        .iter()
        .flat_map(|environment| environment["revisions"].as_array().expect("a list"))
        .map(|revision| {
            let file = revision["file"].as_str().expect("a path");
            let bytes = std::fs::read(file).expect("a file");
            let text = String::from_utf8_lossy(&bytes).into_owned();
            (file.to_owned(), upgrade_effects(&text))
        })
        .collect()
}

fn made(effect: &Effect) -> Option<&TableName> {
    match effect.known() {
        Some((Action::Create, SchemaObject::Table(table)))
            if effect.certainty == Certainty::Always && effect.dialects == Dialects::ALL =>
        {
            Some(table)
        }
        _ => None,
    }
}

fn pointed_to(effect: &Effect) -> Option<&TableName> {
    match effect.known() {
        Some((
            Action::Create,
            SchemaObject::Constraint {
                kind: ConstraintKind::ForeignKey { target, .. },
                ..
            },
        )) if effect.certainty == Certainty::Always && effect.dialects == Dialects::ALL => {
            Some(target)
        }
        _ => None,
    }
}
