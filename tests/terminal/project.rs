//! A project in a git repository, with a terminal in it.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use rechain_testing::git::Repository;
use rechain_testing::terminal::Terminal;

pub(crate) const USERS: &str =
    "op.create_table(\"users\", sa.Column(\"id\", sa.Integer(), primary_key=True))";
pub(crate) const STATUS: &str = "op.add_column(\"users\", sa.Column(\"status\", sa.Text()))";

pub(crate) struct Project {
    pub(crate) repository: Repository,
}

/// The text of a revision file.
pub(crate) fn revision(id: &str, parent: &str, title: &str, body: &str) -> String {
    let down = if parent.is_empty() {
        "None".to_owned()
    } else {
        format!("\"{parent}\"")
    };
    format!(
        "\"\"\"{title}\n\nRevision ID: {id}\nRevises: {parent}\n\"\"\"\n\nimport sqlalchemy as sa\n\
         from alembic import op\n\nrevision = \"{id}\"\ndown_revision = {down}\n\n\n\
         def upgrade():\n    {body}\n\n\ndef downgrade():\n    pass\n"
    )
}

impl Project {
    /// `(id, parent, title, body)` as revision files in `versions/`, committed.
    pub(crate) fn with(revisions: &[(&str, &str, &str, &str)]) -> Self {
        let repository = Repository::init();
        for (id, parent, title, body) in revisions {
            let text = revision(id, parent, title, body);
            repository.write(format!("versions/{id}.py"), &text);
        }
        repository.commit("migrations");
        Self { repository }
    }

    /// Both sides add `users.status`.
    pub(crate) fn in_conflict() -> Self {
        Self::with(&[
            ("a1", "", "Users", USERS),
            ("b1", "a1", "Add status to users", STATUS),
            ("c1", "a1", "Track the status of users", STATUS),
            (
                "d1",
                "c1",
                "Orders",
                "op.create_table(\"orders\", sa.Column(\"id\", sa.Integer()))",
            ),
        ])
    }

    /// Nobody knows what is deployed.
    pub(crate) fn forked() -> Self {
        Self::with(&[
            ("a1", "", "Users", USERS),
            (
                "b1",
                "a1",
                "Orders",
                "op.create_table(\"orders\", sa.Column(\"id\", sa.Integer()))",
            ),
            (
                "c1",
                "a1",
                "Names",
                "op.add_column(\"users\", sa.Column(\"name\", sa.Text()))",
            ),
        ])
    }

    /// The founding example, committed.
    pub(crate) fn founding() -> Self {
        let repository = Repository::init();
        let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/leadgen/backend");
        rechain_testing::fixture::copy_tree(&example, &repository.path());
        repository.commit("the example");
        Self { repository }
    }

    /// A program for `$EDITOR` that runs `script` with the file as `$1`. It lies in `.git`, which no
    /// status shows.
    pub(crate) fn editor(&self, script: &str) -> String {
        let path = self.repository.path().join(".git/editor");
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("a script");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("it can be run");
        path.to_string_lossy().into_owned()
    }

    pub(crate) fn start(
        &self,
        arguments: &[&str],
        environment: &[(&str, &str)],
        size: (u16, u16),
    ) -> Terminal {
        let program = PathBuf::from(env!("CARGO_BIN_EXE_rechain"));
        Terminal::start(
            &program,
            arguments,
            &self.repository.path(),
            environment,
            size,
        )
    }

    /// What git says has changed.
    pub(crate) fn status(&self) -> String {
        self.repository.git(&["status", "--short"])
    }

    pub(crate) fn assert_untouched(&self) {
        assert_eq!(self.status(), "", "no file was touched");
    }

    /// `id->parents` of each revision file, in the order of names.
    pub(crate) fn links(&self) -> String {
        let mut links = String::new();
        let versions = self.repository.path().join("versions");
        let mut files: Vec<PathBuf> = fs::read_dir(versions)
            .expect("versions")
            .map(|entry| entry.expect("an entry").path())
            .collect();
        files.sort();
        for file in files {
            let text = fs::read_to_string(&file).expect("a revision file");
            let down = text
                .lines()
                .find_map(|line| line.strip_prefix("down_revision = "))
                .expect("a down_revision");
            let id = file
                .file_stem()
                .expect("a name")
                .to_string_lossy()
                .into_owned();
            write!(links, "{id}->{} ", down.trim_matches('"')).expect("writing to a string");
        }
        links.trim_end().to_owned()
    }
}

/// Compares a screen with the one that is kept.
pub(crate) fn assert_screen(terminal: &Terminal, name: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/screens")
        .join(name);
    let screen = terminal.screen();
    if std::env::var_os("RECHAIN_BLESS").is_some() {
        fs::write(&path, &screen).expect("a screen");
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(
        screen,
        expected,
        "{} is not what is shown now",
        path.display()
    );
}

pub(crate) const CTRL_C: &str = "\u{3}";
pub(crate) const CTRL_D: &str = "\u{4}";
pub(crate) const ESCAPE: &str = "\u{1b}";
pub(crate) const UP: &str = "\u{1b}[A";
pub(crate) const DOWN: &str = "\u{1b}[B";
pub(crate) const SHIFT_UP: &str = "\u{1b}[1;2A";
pub(crate) const SHIFT_DOWN: &str = "\u{1b}[1;2B";
pub(crate) const PAGE_UP: &str = "\u{1b}[5~";
pub(crate) const PAGE_DOWN: &str = "\u{1b}[6~";
pub(crate) const HOME: &str = "\u{1b}[H";
pub(crate) const END: &str = "\u{1b}[F";
