//! Every `console` block of the documentation, typed.
//!
//! A page is one session in one shell, started in a directory that holds the examples. A comment
//! `<!-- run: LINE -->` types a line without showing it.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use rechain_testing::{fixture, root};
use tempfile::TempDir;

/// A shell, as far as a reader can tell: it knows where it is and how the last command ended.
struct Shell {
    _home: TempDir,
    home: PathBuf,
    directory: PathBuf,
    status: i32,
}

impl Shell {
    fn new() -> Self {
        let home = tempfile::tempdir().expect("a temporary directory");
        let path = home.path().canonicalize().expect("it exists");
        fixture::copy_tree(&root().join("examples"), &path.join("examples"));
        Self {
            _home: home,
            directory: path.clone(),
            home: path,
            status: 0,
        }
    }

    /// Types `line` and gives what is then seen.
    fn type_line(&mut self, line: &str) -> String {
        let program = Path::new(env!("CARGO_BIN_EXE_rechain"));
        let program = program.parent().expect("a directory").display();
        let went = self.home.join(".went");
        let script = format!(
            "(exit {}); {{ {line}\n}} 2>&1; status=$?; pwd > '{}'; exit $status",
            self.status,
            went.display()
        );
        let output = Command::new("sh")
            .args(["-c", &script])
            .current_dir(&self.directory)
            .env_clear()
            .env("PATH", format!("{program}:/usr/local/bin:/usr/bin:/bin"))
            .env("LC_ALL", "C.UTF-8")
            .env("HOME", &self.home)
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CEILING_DIRECTORIES", &self.home)
            .env("GIT_EDITOR", "true")
            .env("GIT_MERGE_AUTOEDIT", "no")
            .env("GIT_AUTHOR_NAME", "Grace")
            .env("GIT_AUTHOR_EMAIL", "shop@example.org")
            .env("GIT_COMMITTER_NAME", "Grace")
            .env("GIT_COMMITTER_EMAIL", "shop@example.org")
            .env("GIT_AUTHOR_DATE", "2026-03-05 12:00:00 +0000")
            .env("GIT_COMMITTER_DATE", "2026-03-05 12:00:00 +0000")
            .output()
            .expect("sh starts");
        self.status = output.status.code().expect("not killed");
        if let Ok(went) = fs::read_to_string(&went) {
            self.directory = PathBuf::from(went.trim_end());
        }
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

/// The page with every block as it is seen now, and how many blocks there were.
fn typed(page: &str) -> (String, usize) {
    let mut shell = Shell::new();
    let mut seen = String::with_capacity(page.len());
    let mut blocks = 0;
    let mut in_block = false;
    for line in page.lines() {
        if in_block {
            if let Some(command) = line.strip_prefix("$ ") {
                writeln!(seen, "{line}").expect("writing to a string");
                let output = shell.type_line(command);
                for line in output.lines() {
                    writeln!(seen, "{}", line.trim_end()).expect("writing to a string");
                }
            } else if line == "```" {
                in_block = false;
                writeln!(seen, "{line}").expect("writing to a string");
            }
            continue;
        }
        writeln!(seen, "{line}").expect("writing to a string");
        assert!(
            line == "```console" || !line.trim_start().starts_with("```console"),
            "an indented transcript is not run: {line}"
        );
        if line == "```console" {
            in_block = true;
            blocks += 1;
        } else if let Some(hidden) = line.strip_prefix("<!-- run: ") {
            let hidden = hidden.strip_suffix(" -->").expect("the comment ends");
            let output = shell.type_line(hidden);
            assert_eq!(shell.status, 0, "{hidden}: {output}");
        }
    }
    assert!(!in_block, "a block has no end");
    (seen, blocks)
}

#[test]
fn every_transcript_is_what_the_program_prints() {
    let mut blocks = 0;
    for path in super::pages() {
        let page = fs::read_to_string(&path).expect("a page");
        let (seen, typed) = typed(&page);
        super::must_be(&path, &seen);
        blocks += typed;
    }
    assert!(blocks >= 10, "only {blocks} transcripts");
}

#[test]
fn a_block_that_lies_is_noticed() {
    let page = "Text.\n\n```console\n$ echo one; false\ntwo\n$ echo $?\n```\n";
    let (seen, blocks) = typed(page);
    assert_eq!(
        seen,
        "Text.\n\n```console\n$ echo one; false\none\n$ echo $?\n1\n```\n"
    );
    assert_eq!(blocks, 1);
}
