//! Databases in every state, under a change of the chain: what the program says of them, and that its
//! recipes, typed as they are printed, end at the schema of a new database. With real Alembic on real
//! databases.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "tests write the files they are about, and say what they counted"
)]

#[allow(dead_code, reason = "shared between test programs")]
mod repair;

#[path = "databases/commands.rs"]
mod commands;
#[path = "databases/generated.rs"]
mod generated;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use rechain_testing::alembic::{Environment, Job, Outcome, run, sqlite_url};
use rechain_testing::{fixture, postgres};
use repair::{Project, code, said};
use serde_json::Value;

/// A revision that creates `t_ID` and, for each of `more`, runs another line.
pub(crate) fn revision(id: &str, parents: &[&str], more: &[(&str, &str)]) -> String {
    let down = match parents {
        [] => "None".to_owned(),
        [parent] => format!("\"{parent}\""),
        _ => format!("(\"{}\")", parents.join("\", \"")),
    };
    let (mut up, mut back) = (String::new(), String::new());
    if parents.len() < 2 {
        let _ = writeln!(
            up,
            "    op.create_table(\"t_{id}\", sa.Column(\"id\", sa.Integer(), primary_key=True))"
        );
        let _ = writeln!(back, "    op.drop_table(\"t_{id}\")");
    } else {
        up += "    pass\n";
        back += "    pass\n";
    }
    for (line, inverse) in more {
        let _ = writeln!(up, "    {line}");
        back = format!("    {inverse}\n{back}");
    }
    format!(
        "\"\"\"{id}\n\nRevises: {}\n\"\"\"\nimport sqlalchemy as sa\nfrom alembic import op\n\n\
         revision = \"{id}\"\ndown_revision = {down}\n\n\n\
         def upgrade():\n{up}\n\ndef downgrade():\n{back}",
        parents.join(", ")
    )
}

/// A project before and after a change, each in a directory of its own.
struct Changed {
    project: Project,
    old: tempfile::TempDir,
}

impl Changed {
    /// `fix` with these arguments.
    fn by_fix(project: Project, arguments: &[&str]) -> Self {
        let old = tempfile::tempdir().unwrap();
        fixture::copy_tree(&project.versions(), &old.path().join("versions"));
        let mut all = vec!["fix"];
        all.extend(arguments);
        let fixed = project.rechain(&all);
        assert_eq!(code(&fixed), 0, "{}", said(&fixed));
        Self { project, old }
    }

    fn databases(&self, arguments: &[&str]) -> (i32, String) {
        let output = Command::new(env!("CARGO_BIN_EXE_rechain"))
            .arg("databases")
            .args(arguments)
            .current_dir(self.project.path())
            .env_remove("ALEMBIC_CONFIG")
            .env("NO_COLOR", "1")
            .output()
            .expect("rechain can be started");
        (code(&output), said(&output))
    }

    /// The states that the program itself lists.
    fn states(&self) -> Vec<Vec<String>> {
        let output = Command::new(env!("CARGO_BIN_EXE_rechain"))
            .args(["databases", "--format", "json"])
            .current_dir(self.project.path())
            .env_remove("ALEMBIC_CONFIG")
            .output()
            .expect("rechain can be started");
        let document: Value = serde_json::from_slice(&output.stdout).unwrap();
        let databases = document["environments"][0]["databases"].as_array().unwrap();
        let rows = databases.iter().map(|it| it["rows"].as_array().unwrap());
        let text = |it: &Value| it.as_str().unwrap().to_owned();
        rows.map(|rows| rows.iter().map(text).collect()).collect()
    }

    fn old_versions(&self) -> PathBuf {
        self.old.path().join("versions")
    }
}

/// A printed recipe: the commands for the old files, and those for the new ones.
type Printed = (Vec<Vec<String>>, Vec<Vec<String>>);

/// What is printed to be typed, word for word.
fn printed(text: &str) -> Vec<Printed> {
    let mut recipes: Vec<Printed> = Vec::new();
    let mut with_old_files = false;
    for line in text.lines() {
        if let Some(command) = line.strip_prefix("    alembic ") {
            let words = command.split_whitespace().map(str::to_owned).collect();
            let (before, after) = recipes.last_mut().expect("a title comes first");
            if with_old_files { before } else { after }.push(words);
        } else if line == "  and once they are:" {
            with_old_files = false;
        } else if line.starts_with("  ") && line.ends_with(':') {
            with_old_files = line.contains("before the new files are there");
            recipes.push(Printed::default());
        }
    }
    recipes
}

fn commands(lines: &[&str]) -> Vec<Vec<String>> {
    lines
        .iter()
        .map(|line| line.split_whitespace().map(str::to_owned).collect())
        .collect()
}

fn at(versions: &Path, url: &str, commands: Vec<Vec<String>>) -> Job {
    Job {
        environment: Environment::Versions(versions.to_owned()),
        url: url.to_owned(),
        commands,
    }
}

/// For every state: what is said of it is what Alembic does, and every printed recipe ends at the schema
/// that a new database has. `kept`: the states that are offered to keep their data.
fn check_states(changed: &Changed, kept: &[&str], on_postgres: bool) {
    let scratch = tempfile::tempdir().unwrap();
    let mut number = 0;
    let mut new_databases = || -> Vec<String> {
        number += 1;
        let mut urls = vec![sqlite_url(&scratch.path().join(format!("{number}.db")))];
        urls.extend(on_postgres.then(|| postgres::server().create_database()));
        urls
    };
    let head = commands(&["upgrade head"]);
    let fresh = new_databases();
    // One entry for each database: what is expected of it, and its two phases.
    let mut phases: Vec<(String, bool, Job, Job)> = Vec::new();
    let mut keeping: Vec<String> = Vec::new();
    for rows in changed.states() {
        let arguments: Vec<&str> = if rows.is_empty() {
            vec!["base"]
        } else {
            rows.iter().map(String::as_str).collect()
        };
        let name = arguments.join("+");
        let (status, text) = changed.databases(&arguments);
        let up: Vec<Vec<String>> = rows
            .iter()
            .map(|row| vec!["upgrade".to_owned(), row.clone()])
            .collect();
        let recipes = printed(&text);
        assert_eq!(status == 0, recipes.is_empty(), "{text}");
        if text.contains("with its data kept") {
            keeping.push(name.clone());
        }
        // Without a recipe.
        for url in new_databases() {
            phases.push((
                format!("{name} as it is, {url}"),
                status == 0,
                at(&changed.old_versions(), &url, up.clone()),
                at(&changed.project.versions(), &url, head.clone()),
            ));
        }
        for (before, after) in recipes {
            for url in new_databases() {
                let mut first = up.clone();
                first.extend(before.clone());
                phases.push((
                    format!("{name} with {before:?} {after:?}, {url}"),
                    true,
                    at(&changed.old_versions(), &url, first),
                    at(&changed.project.versions(), &url, after.clone()),
                ));
            }
        }
    }
    assert_eq!(keeping, kept);
    let mut first: Vec<Job> = phases.iter().map(|it| it.2.clone()).collect();
    first.extend(
        fresh
            .iter()
            .map(|url| at(&changed.project.versions(), url, head.clone())),
    );
    let mut came_of_first = run(&first);
    let expected: Vec<Outcome> = came_of_first.split_off(phases.len());
    for outcome in &expected {
        assert_eq!(outcome.error(), None);
    }
    for ((name, ..), outcome) in phases.iter().zip(&came_of_first) {
        assert_eq!(outcome.error(), None, "{name}");
    }
    let second: Vec<Job> = phases.iter().map(|it| it.3.clone()).collect();
    for ((name, is_right, ..), outcome) in phases.iter().zip(run(&second)) {
        let fresh = &expected[usize::from(name.contains("postgresql"))];
        let is_whole = outcome.error().is_none()
            && outcome.schema == fresh.schema
            && outcome.versions == fresh.versions;
        assert_eq!(is_whole, *is_right, "{name}: {outcome:?}");
    }
}

#[test]
fn a_side_that_moves() {
    let project = Project::new(false);
    for (id, parents) in [
        ("r0", &[][..]),
        ("a1", &["r0"]),
        ("a2", &["a1"]),
        ("b1", &["r0"]),
        ("b2", &["b1"]),
    ] {
        project.write(format!("{id}.py"), revision(id, parents, &[]));
    }
    let changed = Changed::by_fix(project, &["--applied", "a2"]);
    check_states(&changed, &["b1", "b2", "a2+b2"], true);
    // Half-way up on both sides.
    let (_, text) = changed.databases(&["a1", "b1"]);
    assert_eq!(printed(&text).len(), 3, "{text}");
}

#[test]
fn three_sides() {
    let project = Project::new(false);
    project.write("r0.py", revision("r0", &[], &[]));
    for id in ["a1", "b1", "c1"] {
        project.write(format!("{id}.py"), revision(id, &["r0"], &[]));
    }
    let changed = Changed::by_fix(project, &["--applied", "b1"]);
    check_states(&changed, &["a1", "c1", "a1+b1+c1"], false);
}

#[test]
fn what_is_not_understood_is_redone_not_run_late() {
    let project = Project::new(false);
    project.write("r0.py", revision("r0", &[], &[]));
    let line =
        "op.execute(__import__(\"os\").environ.get(\"RECHAIN_TESTS_SET_NO_SUCH\", \"SELECT 1\"))";
    project.write("a1.py", revision("a1", &["r0"], &[(line, "pass")]));
    project.write("b1.py", revision("b1", &["r0"], &[]));
    let changed = Changed::by_fix(project, &["--applied", "a1"]);
    check_states(&changed, &[], true);
}

#[test]
fn a_side_that_needs_what_the_other_made() {
    let project = Project::new(false);
    project.write("r0.py", revision("r0", &[], &[]));
    let column = (
        "op.add_column(\"t_r0\", sa.Column(\"a\", sa.Integer()))",
        "op.drop_column(\"t_r0\", \"a\")",
    );
    project.write("a1.py", revision("a1", &["r0"], &[column]));
    let index = (
        "op.create_index(\"ix_b\", \"t_b1\", [\"id\"])",
        "op.drop_index(\"ix_b\", \"t_b1\")",
    );
    project.write("b1.py", revision("b1", &["r0"], &[index]));
    project.write("b2.py", revision("b2", &["b1"], &[]));
    let changed = Changed::by_fix(project, &["--applied", "a1"]);
    check_states(&changed, &["b1", "b2", "a1+b2"], false);
}

#[test]
fn what_has_no_way_back_is_not_undone() {
    let project = Project::new(false);
    project.write("r0.py", revision("r0", &[], &[]));
    project.write("a1.py", revision("a1", &["r0"], &[]));
    let text = revision("b1", &["r0"], &[]);
    project.write(
        "b1.py",
        text.replace("    op.drop_table(\"t_b1\")\n", "    pass\n"),
    );
    let changed = Changed::by_fix(project, &["--applied", "a1"]);
    let (status, text) = changed.databases(&["b1"]);
    assert_eq!(status, 1, "{text}");
    assert!(text.contains("with its data kept"), "{text}");
    assert!(!text.contains("by undoing"), "{text}");
}

#[test]
fn a_merge_revision_becomes_a_link() {
    let project = Project::new(false);
    project.write("r0.py", revision("r0", &[], &[]));
    for id in ["a1", "b1", "c1"] {
        project.write(format!("{id}.py"), revision(id, &["r0"], &[]));
    }
    project.write("m1.py", revision("m1", &["a1", "b1"], &[]));
    project.write("m2.py", revision("m2", &["m1"], &[]));
    let changed = Changed::by_fix(project, &["--applied", "c1"]);
    let states = changed.states();
    assert!(states.len() > 4, "{states:?}");
    let (_, table) = changed.databases(&[]);
    assert!(table.contains("skips c1 silently"), "{table}");
}

#[test]
fn a_row_that_is_typed_wrong_is_answered_with_the_nearest() {
    let project = Project::new(false);
    project.write("a1b2.py", revision("a1b2c3d4", &[], &[]));
    project.write("b1.py", revision("b1c2d3e4", &["a1b2c3d4"], &[]));
    project.write("c1.py", revision("c1d2e3f4", &["a1b2c3d4"], &[]));
    let changed = Changed::by_fix(project, &["--applied", "b1c2d3e4"]);
    let (code, text) = changed.databases(&["c1d2e3f5"]);
    assert_eq!(code, 1, "{text}");
    let hint = "no revision has the id c1d2e3f5: did you mean `c1d2e3f4`";
    assert!(text.contains(hint), "{text}");
    let (_, text) = changed.databases(&["c1d2e3f4"]);
    assert!(!text.contains("did you mean"), "{text}");
}
