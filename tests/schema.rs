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
use rechain_planner::{Circumstances, Verdict, commute};
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
                if matches!(code, "RC402" | "RC403" | "RC404" | "RC405") {
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
    let (mut pairs, mut missed) = (0, Vec::new());
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
                let circumstances = Circumstances::fork(Dialects::default());
                let verdict = commute(&bodies[*maker].1, effects, &circumstances);
                let is_caught = match &verdict {
                    // Which of the two is first is the chain's to say: a later revision may make the table
                    // anew under the name.
                    Verdict::Ordered { .. } | Verdict::Conflict { .. } => true,
                    Verdict::Independent { .. } | Verdict::Unknown { .. } => false,
                };
                if !is_caught {
                    missed.push(format!(
                        "{}: {name} to {target}: {verdict:?}",
                        history.package
                    ));
                }
            }
        }
    }
    eprintln!(
        "{pairs} foreign keys to a table of another revision, {} missed",
        missed.len()
    );
    assert!(pairs > 100);
    assert!(missed.is_empty(), "{missed:#?}");
}

fn bodies(directory: &Path) -> Vec<(String, Vec<Effect>)> {
    let mut bodies = Vec::new();
    for entry in std::fs::read_dir(directory).expect("a directory") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|it| it == "py")
            && let Ok(text) = std::fs::read_to_string(&path)
        {
            bodies.push((path.display().to_string(), upgrade_effects(&text)));
        }
    }
    bodies.sort_by(|one, other| one.0.cmp(&other.0));
    bodies
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
