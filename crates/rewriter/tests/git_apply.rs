//! The diff is one that git applies, whatever the bytes.
#![allow(
    clippy::disallowed_methods,
    reason = "tests prepare files and start git"
)]

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use rechain_rewriter::hunks;

fn diff(before: &[u8], after: &[u8]) -> Vec<u8> {
    let mut text = b"--- a/file.py\n+++ b/file.py\n".to_vec();
    for hunk in hunks(before, after) {
        text.extend_from_slice(hunk.header.as_bytes());
        text.push(b'\n');
        for line in &hunk.lines {
            text.push(u8::try_from(line.sign()).unwrap());
            text.extend_from_slice(line.bytes());
            if !line.bytes().ends_with(b"\n") {
                text.extend_from_slice(b"\n\\ No newline at end of file\n");
            }
        }
    }
    text
}

fn git(directory: &Path, arguments: &[&str], input: &[u8]) -> Result<(), String> {
    let mut child = Command::new("git")
        .args(["-c", "core.autocrlf=false"])
        .args(arguments)
        .current_dir(directory)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CEILING_DIRECTORIES", directory.parent().unwrap())
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("git starts");
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    output.status.success().then_some(()).ok_or(said)
}

fn check(name: &str, before: &[u8], after: &[u8]) {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("file.py");
    fs::write(&file, before).unwrap();
    let patch = diff(before, after);
    for (arguments, expected) in [(&["apply"][..], after), (&["apply", "-R"], before)] {
        git(place.path(), arguments, &patch)
            .unwrap_or_else(|error| panic!("{name}: {error}\n{}", patch.escape_ascii()));
        assert_eq!(fs::read(&file).unwrap(), expected, "{name}");
    }
}

fn module(newline: &str, lines: usize) -> (String, String) {
    let text = |parent: &str| {
        let body: Vec<String> = (0..lines).map(|at| format!("line {at}")).collect();
        [
            "\"\"\"t",
            "",
            &format!("Revises: {parent}"),
            "\"\"\"",
            &body.join(newline),
            "revision = 'a'",
            &format!("down_revision = '{parent}'"),
            "",
        ]
        .join(newline)
    };
    (text("base01"), text("trunk1"))
}

#[test]
fn git_applies_the_diff_forwards_and_backwards() {
    for lines in [0, 1, 5, 7, 8, 40] {
        for newline in ["\n", "\r\n", "\r"] {
            let (before, after) = module(newline, lines);
            let name = format!("{newline:?}, {lines} lines");
            check(&name, before.as_bytes(), after.as_bytes());
            let (bare, edited) = (before.trim_end(), after.trim_end());
            check(
                &format!("{name}, no newline at the end"),
                bare.as_bytes(),
                edited.as_bytes(),
            );
        }
    }
    check(
        "latin-1",
        b"# \xe9\nx = 'a'\n# \xff\n",
        b"# \xe9\nx = 'b'\n# \xff\n",
    );
    check(
        "byte order mark",
        b"\xef\xbb\xbfx = 'a'\n",
        b"\xef\xbb\xbfx = 'b'\n",
    );
    check("newline added", b"a\nx", b"a\nx\n");
    check("newline removed", b"a\nx\n", b"a\nx");
    check("line removed", b"(\n'a',\n'b',\n)\n", b"(\n'b',\n)\n");
    check("line added", b"(\n'b',\n)\n", b"(\n'a',\n'b',\n)\n");
    check("emptied", b"a\n", b"");
    check("form feed and tabs", b"\x0c\ta\nx\n", b"\x0c\tb\nx\n");
    check(
        "lines that look like a diff",
        b"--- a\n+++ b\n@@ -1 +1 @@\n\\ No newline\nx",
        b"--- a\n+++ b\n@@ -1 +1 @@\n\\ No newline\ny",
    );
}
