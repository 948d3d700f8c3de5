//! Real git repositories in temporary directories, with fixed names and dates and nothing of the user's
//! configuration.

use std::cell::Cell;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// A work tree. Every commit is an hour younger than the one before.
#[derive(Debug)]
pub struct Repository {
    place: TempDir,
    clock: Cell<i64>,
}

/// 2026-06-01 08:00 UTC.
const START: i64 = 1_780_300_800;

impl Repository {
    /// An empty repository on the branch `main`.
    pub fn init() -> Self {
        Self::init_with(&[])
    }

    /// The same, with more options of `git init`.
    pub fn init_with(options: &[&str]) -> Self {
        let repository = Self::empty(START);
        let mut arguments = vec!["init", "--quiet", "--initial-branch=main"];
        arguments.extend(options);
        repository.git(&arguments);
        repository
    }

    /// A clone of another one, which is its `origin`.
    pub fn clone_of(origin: &Self) -> Self {
        Self::clone_with(origin, &[])
    }

    /// A clone with more options of `git clone` (`--depth=1`, `--filter=blob:none`).
    pub fn clone_with(origin: &Self, options: &[&str]) -> Self {
        let repository = Self::empty(origin.clock.get());
        let url = format!("file://{}", origin.path().display());
        let mut arguments = vec!["clone", "--quiet"];
        arguments.extend(options);
        arguments.extend([url.as_str(), "."]);
        repository.git(&arguments);
        repository
    }

    fn empty(now: i64) -> Self {
        let place = tempfile::tempdir().expect("a temporary directory can be made");
        fs::create_dir(place.path().join("work")).expect("a directory can be made");
        Self {
            place,
            clock: Cell::new(now),
        }
    }

    /// The root of the work tree.
    pub fn path(&self) -> PathBuf {
        let path = self.place.path().join("work");
        let path = fs::canonicalize(&path).unwrap_or(path);
        // Windows gives it in a form that git does not take.
        match path.to_str().and_then(|it| it.strip_prefix(r"\\?\")) {
            Some(plain) => plain.into(),
            None => path,
        }
    }

    /// Makes `command` see this repository as everything here does: no configuration but its own,
    /// fixed names, and the date of the next commit.
    pub fn isolate<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        let date = format!("{} +0000", self.clock.get());
        for variable in [
            "GIT_DIR",
            "GIT_WORK_TREE",
            "GIT_INDEX_FILE",
            "GIT_CEILING_DIRECTORIES",
        ] {
            command.env_remove(variable);
        }
        command
            .env("HOME", self.place.path())
            .env("XDG_CONFIG_HOME", self.place.path())
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", self.place.path().join("gitconfig"))
            .env("GIT_EDITOR", "true")
            .env("GIT_MERGE_AUTOEDIT", "no")
            .env("GIT_AUTHOR_NAME", "Ada")
            .env("GIT_AUTHOR_EMAIL", "ada@example.org")
            .env("GIT_COMMITTER_NAME", "Ada")
            .env("GIT_COMMITTER_EMAIL", "ada@example.org")
            .env("GIT_AUTHOR_DATE", &date)
            .env("GIT_COMMITTER_DATE", &date)
            .env("LC_ALL", "C")
    }

    /// Runs git here and gives what it printed; panics where it fails.
    pub fn git(&self, arguments: &[&str]) -> String {
        let output = self.try_git(arguments);
        assert!(
            output.status.success(),
            "git {arguments:?}: {}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// Runs git here, whatever comes of it.
    pub fn try_git(&self, arguments: &[&str]) -> Output {
        self.clock.set(self.clock.get() + 3600);
        let mut git = Command::new("git");
        self.isolate(&mut git);
        git.args(["-c", "protocol.file.allow=always", "-c", "gc.auto=0"])
            .args(arguments)
            .current_dir(self.path())
            .output()
            .unwrap_or_else(|error| panic!("cannot start git: {error}"))
    }

    /// Writes a file below the root.
    pub fn write(&self, path: impl AsRef<Path>, text: &str) {
        let path = self.path().join(path);
        let directory = path.parent().expect("it lies below the root");
        fs::create_dir_all(directory).expect("a directory can be made");
        fs::write(path, text).expect("a file can be written");
    }

    /// Commits everything there is; gives the id.
    pub fn commit(&self, message: &str) -> String {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--allow-empty", "-m", message]);
        self.git(&["rev-parse", "HEAD"])
    }

    /// Goes to a branch, which is made where it does not exist.
    pub fn switch(&self, branch: &str) {
        let exists = self
            .try_git(&[
                "rev-parse",
                "--verify",
                "--quiet",
                &format!("refs/heads/{branch}"),
            ])
            .status
            .success();
        if exists {
            self.git(&["checkout", "--quiet", branch]);
        } else {
            self.git(&["checkout", "--quiet", "-b", branch]);
        }
    }

    /// `git merge --no-ff`, with git's own subject.
    pub fn merge(&self, what: &str) {
        self.git(&["merge", "--quiet", "--no-ff", what]);
    }

    /// `git merge --no-ff` with this subject.
    pub fn merge_as(&self, what: &str, subject: &str) {
        self.git(&["merge", "--quiet", "--no-ff", "-m", subject, what]);
    }
}
