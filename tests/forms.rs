//! Every way to write a revision file: what `fix` changes in it, to the byte.
#![allow(
    clippy::disallowed_methods,
    reason = "tests prepare files and start the program"
)]

#[path = "forms/cases.rs"]
mod cases;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use cases::{Case, Reader, computed, editable, merges};
use rechain_testing::alembic;
use rechain_testing::reference::run_python;
use serde_json::{Value, json};

fn rechain(directory: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_rechain"))
        .args(arguments)
        .current_dir(directory)
        .env("NO_COLOR", "1")
        .output()
        .expect("rechain starts")
}

fn said(output: &Output) -> String {
    format!(
        "exit {:?}\n{}{}",
        output.status.code(),
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

/// A bare version location with what every history here has: a base and a revision on top of it.
fn history(root: &Path, trunk: &str) -> PathBuf {
    let versions = root.join("versions");
    fs::create_dir_all(&versions).unwrap();
    let body = "def upgrade():\n    pass\n";
    let write = |name: &str, id: &str, parent: &str| {
        let text = format!("revision = {id}\ndown_revision = {parent}\n{body}");
        fs::write(versions.join(name), text).unwrap();
    };
    write("base.py", "'base01'", "None");
    write("trunk.py", trunk, "'base01'");
    versions
}

fn shown(bytes: &[u8]) -> String {
    bytes.escape_ascii().to_string().replace("\\n", "\\n\n")
}

/// Runs the tool on one form. The directory keeps the fixed history.
fn fix(case: &Case, root: &Path) -> Result<(), String> {
    let file = history(root, case.trunk.1).join("moved.py");
    let (before, after) = (case.before(), case.after());
    fs::write(&file, &before).unwrap();
    let run = |arguments: &[&str], status: i32| {
        let output = rechain(root, arguments);
        match output.status.code() {
            Some(code) if code == status => Ok(output),
            _ => Err(format!("{arguments:?}: {}", said(&output))),
        }
    };
    let same = |expected: &[u8], when: &str| {
        let found = fs::read(&file).unwrap();
        (found == expected)
            .then_some(())
            .ok_or_else(|| format!("{when}:\n{}\nexpected:\n{}", shown(&found), shown(expected)))
    };
    let fixed = ["fix", "--applied", case.trunk.0, "versions"];
    let previewed = run(
        &["fix", "--dry-run", "--applied", case.trunk.0, "versions"],
        1,
    )?;
    same(&before, "after --dry-run")?;
    let written = run(&fixed, 0)?;
    same(&after, "after fix")?;
    if previewed.stdout != written.stdout {
        return Err("--dry-run shows another diff".to_owned());
    }
    let again = run(&fixed, 0)?;
    same(&after, "after a second fix")?;
    if !again.stdout.is_empty() {
        return Err(format!("a second fix proposes a change: {}", said(&again)));
    }
    run(&["check", "versions"], 0)?;
    run(&["undo", "versions"], 0)?;
    same(&before, "after undo")?;
    run(&fixed, 0)?;
    same(&after, "after undo and fix")
}

type HeadsAndParents = (Vec<String>, Vec<String>);

/// The heads and the parents of `moved1` in each fixed history, as another program reads them.
fn read_again(cases: &[Case], roots: &[PathBuf]) -> Vec<Result<HeadsAndParents, String>> {
    let versions: Vec<PathBuf> = roots.iter().map(|root| root.join("versions")).collect();
    let loaded = run_python("load.py", &[], &json!(versions));
    let loaded = loaded.as_array().expect("a list").iter().cloned();
    let parsed = alembic::read(versions.iter().map(|path| (path.as_path(), false)));
    let texts = |value: &Value| -> Vec<String> {
        let texts = value.as_array().into_iter().flatten();
        texts
            .map(|it| it.as_str().unwrap_or_default().to_owned())
            .collect()
    };
    cases
        .iter()
        .zip(loaded.zip(parsed))
        .map(|(case, (loaded, parsed))| match case.reader {
            Reader::Alembic => match loaded["error"].as_str() {
                Some(error) => Err(error.to_owned()),
                None => Ok((texts(&loaded["heads"]), texts(&loaded["parents"]["moved1"]))),
            },
            Reader::Syntax => match &parsed["alembic"] {
                graph if !graph["error"].is_null() => Err(graph["error"].to_string()),
                graph => Ok((
                    texts(&graph["heads"]),
                    texts(&graph["revisions"]["moved1"]["down_revisions"]),
                )),
            },
        })
        .collect()
}

#[test]
fn every_form_is_edited_to_the_byte() {
    let cases = editable();
    assert!(cases.len() >= 40);
    let place = tempfile::tempdir().unwrap();
    let roots: Vec<PathBuf> = (0..cases.len())
        .map(|at| place.path().join(at.to_string()))
        .collect();
    let mut failures: Vec<String> = Vec::new();
    for (case, root) in cases.iter().zip(&roots) {
        if let Err(error) = fix(case, root) {
            failures.push(format!("{}: {error}", case.name));
        }
    }
    for (case, found) in cases.iter().zip(read_again(&cases, &roots)) {
        let wanted = (vec!["moved1".to_owned()], vec![case.trunk.0.to_owned()]);
        if found.as_ref() != Ok(&wanted) {
            failures.push(format!("{}: read again as {found:?}", case.name));
        }
    }
    assert!(
        failures.is_empty(),
        "{} of {} forms:\n\n{}",
        failures.len(),
        cases.len(),
        failures.join("\n\n")
    );
}

#[test]
fn a_merge_revision_that_loses_a_parent_stays_well_formed() {
    let cases = merges();
    let place = tempfile::tempdir().unwrap();
    let mut failures = Vec::new();
    let mut fixed = Vec::new();
    for (at, case) in cases.iter().enumerate() {
        let root = place.path().join(at.to_string());
        let versions = history(&root, "'trunk1'");
        let body = "\ndef upgrade():\n    pass\n";
        for (id, parent) in [("trunk2", "trunk1"), ("side1", "base01")] {
            let text = format!("revision = '{id}'\ndown_revision = '{parent}'\n{body}");
            fs::write(versions.join(format!("{id}.py")), text).unwrap();
        }
        fs::write(versions.join("moved.py"), case.before()).unwrap();
        let output = rechain(&root, &["fix", "--applied", "trunk2", "versions"]);
        let found = fs::read(versions.join("moved.py")).unwrap();
        if output.status.code() != Some(0) || found != case.after() {
            let (found, wanted) = (shown(&found), shown(&case.after()));
            let said = said(&output);
            failures.push(format!(
                "{}: {said}\n{found}\nexpected:\n{wanted}",
                case.name
            ));
        }
        fixed.push(root);
    }
    for (case, found) in cases.iter().zip(read_again(&cases, &fixed)) {
        if found != Ok((vec!["moved1".to_owned()], vec!["side1".to_owned()])) {
            failures.push(format!("{}: read again as {found:?}", case.name));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

#[test]
fn a_computed_parent_is_reported_with_its_place_and_nothing_is_written() {
    let mut failures = Vec::new();
    for (name, text, (line, column)) in computed() {
        let place = tempfile::tempdir().unwrap();
        let file = history(place.path(), "'trunk1'").join("moved.py");
        fs::write(&file, text).unwrap();
        let wanted = format!("versions/moved.py:{line}:{column}");
        for (arguments, status) in [
            (&["check", "versions"][..], 1),
            (&["fix", "--applied", "trunk1", "versions"], 3),
            (&["fix", "--yes", "versions"], 3),
        ] {
            let output = rechain(place.path(), arguments);
            let said = said(&output);
            if output.status.code() != Some(status)
                || !said.contains(&wanted)
                || !said.contains("RC202")
            {
                failures.push(format!("{name}: {arguments:?}: {wanted}: {said}"));
            }
        }
        if fs::read(&file).unwrap() != text.as_bytes() {
            failures.push(format!("{name}: the file was changed"));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}
