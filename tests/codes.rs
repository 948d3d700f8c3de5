//! Every error that ends a run has a stable code, which `rechain rule` explains.
#![allow(
    clippy::disallowed_methods,
    reason = "tests write the files they are about"
)]

use std::fs;
use std::process::{Command, Output};

struct Project(tempfile::TempDir);

impl Project {
    fn new() -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let versions = directory.path().join("versions");
        fs::create_dir(&versions).unwrap();
        for (id, parent) in [("a1", "None"), ("b1", "'a1'")] {
            let text = format!("revision = '{id}'\ndown_revision = {parent}\n");
            fs::write(versions.join(format!("{id}.py")), text).unwrap();
        }
        Self(directory)
    }

    fn run(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_rechain"))
            .args(arguments)
            .current_dir(self.0.path())
            .env_remove("ALEMBIC_CONFIG")
            .env("NO_COLOR", "1")
            .output()
            .expect("the program runs")
    }

    /// The command fails under `code` and says `words`.
    fn check(&self, arguments: &[&str], status: i32, code: &str, words: &str) {
        let output = self.run(arguments);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(status), "{arguments:?}: {said}");
        assert!(
            said.contains(&format!("error[{code}]: ")),
            "{arguments:?}: {said}"
        );
        assert!(!said.contains("error: "), "{arguments:?}: {said}");
        assert!(said.contains(words), "{arguments:?}: {said}");
        let rule = self.run(&["rule", code]);
        assert!(rule.status.success(), "{code} is explained");
    }
}

#[test]
fn errors_have_codes_and_name_what_may_be_meant() {
    let project = Project::new();
    let file = |name: &str, text: &str| fs::write(project.0.path().join(name), text).unwrap();
    // The command line.
    project.check(&["--no-such"], 2, "RC605", "unexpected argument");
    project.check(&["fix", "--dry-rum"], 2, "RC605", "--dry-run");
    project.check(&["fix", "--placement", "tips"], 2, "RC605", "tip");
    project.check(&["explain"], 2, "RC605", "<REV>");
    project.check(&["chekc"], 2, "RC601", "did you mean `rechain check`?");
    let both = ["fix", "versions", "--applied", "none", "--applied", "a1"];
    project.check(&both, 2, "RC605", "cannot be given with a revision");
    project.check(&["undo", "versions"], 2, "RC605", "nothing to undo");
    // Revisions.
    project.check(
        &["explain", "--project", "versions", "b2"],
        2,
        "RC603",
        "b2",
    );
    let applied = ["fix", "versions", "--applied", "zz"];
    project.check(&applied, 2, "RC603", "zz");
    // Files.
    let missing = ["fix", "versions", "--decisions", "none.json"];
    project.check(&missing, 2, "RC606", "cannot read none.json");
    file("d.json", "{");
    let broken = ["fix", "versions", "--decisions", "d.json"];
    project.check(&broken, 2, "RC604", "d.json is not JSON");
    file("d.json", r#"{"version": 99}"#);
    project.check(&broken, 2, "RC604", "version 99");
    // Settings.
    file("pyproject.toml", "[tool.rechain]\nplacment = 'tip'\n");
    project.check(
        &["check", "versions"],
        2,
        "RC601",
        "did you mean `placement`?",
    );
    file("pyproject.toml", "");
    // What a person must decide, or must not do.
    let published = ["prune", "a1", "--project", "versions", "--applied", "b1"];
    project.check(&published, 3, "RC406", "a1");
    fs::write(
        project.0.path().join("versions/c1.py"),
        "revision = 'c1'\ndown_revision = 'zz'\n",
    )
    .unwrap();
    project.check(&["log", "versions"], 2, "RC405", "has no order");
    project.check(&["flatten", "versions"], 3, "RC405", "damaged");
    project.check(&["renumber", "versions"], 3, "RC405", "damaged");
}
