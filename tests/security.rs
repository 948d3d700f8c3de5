//! A stranger's project: one test for each line of `SECURITY.md`.
#![cfg(unix)]
#![allow(
    clippy::disallowed_methods,
    reason = "tests prepare files and start the program"
)]

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// A forked project in `project`, beside which nothing may change.
struct Place {
    root: TempDir,
}

fn revision(id: &str, parent: &str, table: &str) -> String {
    format!(
        "\"\"\"add {table}\n\nRevises: {parent}\n\"\"\"\nfrom alembic import op\nimport sqlalchemy as sa\n\n\
         revision = '{id}'\ndown_revision = {}\n\n\ndef upgrade():\n    op.create_table('{table}', sa.Column('id', sa.Integer()))\n",
        if parent.is_empty() {
            "None".to_owned()
        } else {
            format!("'{parent}'")
        }
    )
}

impl Place {
    fn new() -> Self {
        let place = Self {
            root: tempfile::tempdir().unwrap(),
        };
        place.write(
            "project/alembic.ini",
            "[alembic]\nscript_location = migrations\n",
        );
        place.write("project/migrations/env.py", "");
        for (id, parent, table) in [
            ("base01", "", "users"),
            ("trunk1", "base01", "orders"),
            ("side01", "base01", "notes"),
        ] {
            let path = format!("project/migrations/versions/{id}.py");
            place.write(&path, &revision(id, parent, table));
        }
        place
    }

    fn path(&self, path: &str) -> PathBuf {
        self.root.path().join(path)
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn program(&self, path: &str, text: &str) -> PathBuf {
        self.write(path, text);
        let path = self.path(path);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    fn git(&self, arguments: &[&str]) {
        let output = Command::new("git")
            .args(["-c", "user.name=A", "-c", "user.email=a@example.org"])
            .args(arguments)
            .current_dir(self.path("project"))
            .output()
            .unwrap();
        let words = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "git {arguments:?}: {words}");
    }

    fn rechain(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rechain"));
        command
            .args(arguments)
            .current_dir(self.path("project"))
            .env("NO_COLOR", "1")
            .stdin(Stdio::null());
        command
    }

    /// What lies beside the project, with content.
    fn surroundings(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut found = Vec::new();
        let mut open = vec![self.root.path().to_owned()];
        while let Some(directory) = open.pop() {
            for entry in fs::read_dir(directory).unwrap() {
                let path = entry.unwrap().path();
                if path == self.path("project") {
                    continue;
                }
                if path.is_dir() {
                    open.push(path);
                } else {
                    let content = fs::read(&path).unwrap_or_default();
                    found.push((path, content));
                }
            }
        }
        found.sort();
        found
    }
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

const EVERY_COMMAND: [&[&str]; 13] = [
    &["check"],
    &["check", "--base", "main"],
    &["check", "-v"],
    &["check", "--format", "json"],
    &["check", "--format", "sarif"],
    &["check", "--format", "github"],
    &["log"],
    &["log", "--format", "md"],
    &["graph"],
    &["graph", "--format", "html"],
    &["fix", "--dry-run"],
    &["fix", "--yes"],
    &["undo"],
];

#[test]
fn no_code_of_the_project_is_run() {
    let place = Place::new();
    let marker = place.path("project/ran");
    let shown = marker.display();
    let python = format!("open({:?}, 'w').write('x')\n", marker.display().to_string());
    for file in [
        "env.py",
        "versions/side02.py",
        "versions/sitecustomize.py",
        "versions/alembic.py",
    ] {
        let text = revision("side02", "base01", "more") + &python;
        place.write(&format!("project/migrations/{file}"), &text);
    }
    let bin = place.path("bin");
    for name in ["python", "python3", "alembic", "sh", "less", "vi", "flask"] {
        place.program(
            &format!("bin/{name}"),
            &format!("#!/bin/sh\necho x > {shown}\n"),
        );
    }
    let path = std::env::join_paths(
        std::iter::once(bin).chain(std::env::split_paths(&std::env::var_os("PATH").unwrap())),
    )
    .unwrap();
    for arguments in EVERY_COMMAND {
        place
            .command(arguments)
            .env("PATH", &path)
            .output()
            .unwrap();
        assert!(!marker.exists(), "{arguments:?}");
    }
}

#[test]
fn nothing_of_a_crafted_git_directory_is_run() {
    for (key, value) in [
        ("core.fsmonitor", "PROGRAM"),
        ("core.hooksPath", "BIN"),
        ("core.pager", "PROGRAM"),
        ("pager.log", "PROGRAM"),
        ("core.editor", "PROGRAM"),
        ("core.sshCommand", "PROGRAM"),
        ("core.gitProxy", "PROGRAM"),
        ("core.askPass", "PROGRAM"),
        ("core.alternateRefsCommand", "PROGRAM"),
        ("credential.helper", "!PROGRAM"),
        ("diff.external", "PROGRAM"),
        ("diff.evil.textconv", "PROGRAM"),
        ("diff.evil.command", "PROGRAM"),
        ("filter.evil.clean", "PROGRAM"),
        ("filter.evil.smudge", "PROGRAM"),
        ("filter.evil.process", "PROGRAM"),
        ("merge.evil.driver", "PROGRAM"),
        ("gpg.program", "PROGRAM"),
        ("log.showSignature", "true"),
        ("alias.log", "!PROGRAM"),
        ("alias.cat-file", "!PROGRAM"),
        ("alias.for-each-ref", "!PROGRAM"),
        ("alias.rev-parse", "!PROGRAM"),
        ("uploadpack.packObjectsHook", "PROGRAM"),
        ("include.path", "evil.config"),
    ] {
        crafted(&[(key, value)]);
    }
}

#[test]
fn nothing_is_fetched_through_a_crafted_remote() {
    for url in ["ext::PROGRAM", "ssh://example.invalid/x", "BAREPOSITORY"] {
        crafted(&[
            ("remote.origin.url", url),
            ("remote.origin.promisor", "true"),
            ("remote.origin.partialclonefilter", "blob:none"),
            ("remote.origin.uploadpack", "PROGRAM"),
            ("remote.origin.vcs", "evil"),
            ("extensions.partialClone", "origin"),
            ("core.repositoryFormatVersion", "1"),
            ("core.sshCommand", "PROGRAM"),
            ("protocol.allow", "always"),
            ("protocol.ext.allow", "always"),
        ]);
    }
}

/// Runs every command in a repository with this configuration, in which nothing may start `PROGRAM`.
fn crafted(settings: &[(&str, &str)]) {
    let place = Place::new();
    let marker = place.path("ran");
    let text = format!("#!/bin/sh\necho \"$0 $@\" >> {}\n", marker.display());
    let program = place.program("bin/program", &text);
    for hook in [
        "fsmonitor-watchman",
        "post-index-change",
        "reference-transaction",
        "pre-commit",
        "post-checkout",
    ] {
        place.program(&format!("bin/{hook}"), &text);
    }
    place.git(&["init", "-q", "-b", "main"]);
    place.write(
        "project/.gitattributes",
        "*.py diff=evil filter=evil merge=evil\n",
    );
    place.git(&["add", "-A"]);
    place.git(&["commit", "-qm", "all"]);
    place.git(&["checkout", "-qb", "feature"]);
    place.write(
        "project/migrations/versions/side02.py",
        &revision("side02", "side01", "x"),
    );
    place.git(&["add", "-A"]);
    place.git(&["commit", "-qm", "more"]);
    let evil = format!("[core]\n\tfsmonitor = {}\n", program.display());
    place.write("project/.git/evil.config", &evil);
    // A promisor remote is asked for what is missing.
    if settings.len() > 1 {
        let objects = place.path("project/.git/objects");
        let blob = Command::new("git")
            .args(["rev-parse", "main:migrations/versions/side01.py"])
            .current_dir(place.path("project"))
            .output()
            .unwrap();
        let id = String::from_utf8(blob.stdout).unwrap();
        let (directory, name) = id.trim().split_at(2);
        fs::remove_file(objects.join(directory).join(name)).unwrap();
    }
    for (key, value) in settings {
        let value = value
            .replace("PROGRAM", &program.display().to_string())
            .replace("BIN", &place.path("bin").display().to_string())
            .replace(
                "BAREPOSITORY",
                &place.path("nowhere.git").display().to_string(),
            );
        place.git(&["config", key, &value]);
    }
    let _ = fs::remove_file(&marker);
    for arguments in EVERY_COMMAND {
        place.rechain(arguments);
        let ran = fs::read_to_string(&marker).unwrap_or_default();
        assert!(!marker.exists(), "{settings:?}: {arguments:?} ran {ran}");
    }
}

/// Runs every command; nothing beside the project may change. Returns what `fix` said.
fn nothing_outside_changes(place: &Place) -> String {
    let before = place.surroundings();
    let mut words = String::new();
    for arguments in EVERY_COMMAND {
        let output = place.rechain(arguments);
        if arguments.contains(&"--yes") {
            words = said(&output);
        }
        assert!(
            place.surroundings() == before,
            "{arguments:?}: {}",
            said(&output)
        );
    }
    words
}

#[test]
fn links_among_the_revisions_lead_no_writing_outside() {
    for with_git in [false, true] {
        let place = Place::new();
        if with_git {
            place.git(&["init", "-q", "-b", "main"]);
        }
        for id in ["side01", "trunk1"] {
            place.write(
                &format!("outside/{id}.py"),
                &revision(id, "base01", &format!("{id}s")),
            );
            let link = place.path(&format!("project/migrations/versions/{id}.py"));
            fs::remove_file(&link).unwrap();
            symlink(place.path(&format!("outside/{id}.py")), link).unwrap();
        }
        let words = nothing_outside_changes(&place);
        assert!(words.contains("lies outside of the project"), "{words}");
    }
}

#[test]
fn version_locations_elsewhere_are_read_and_not_written() {
    for with_git in [false, true] {
        for is_link in [false, true] {
            let place = Place::new();
            if with_git {
                place.git(&["init", "-q", "-b", "main"]);
            }
            let versions = place.path("project/migrations/versions");
            let outside = place.path("outside");
            fs::rename(&versions, &outside).unwrap();
            if is_link {
                symlink(&outside, &versions).unwrap();
            } else {
                let ini = format!(
                    "[alembic]\nscript_location = migrations\nversion_locations = {}\n",
                    outside.display()
                );
                place.write("project/alembic.ini", &ini);
            }
            let words = nothing_outside_changes(&place);
            assert!(words.contains("outside of the project"), "{words}");
        }
    }
}

#[test]
fn a_journal_that_came_with_the_project_writes_nothing_outside() {
    for state in ["", ".applying", ".undoing", ".building", ".discarded"] {
        for path in [
            "ABSOLUTE",
            "../../outside.py",
            "versions/../../../outside.py",
            "link/outside.py",
        ] {
            let place = Place::new();
            place.write("outside.py", "before");
            symlink(place.root.path(), place.path("project/migrations/link")).unwrap();
            let path = path.replace("ABSOLUTE", &place.path("outside.py").display().to_string());
            let entry = format!("project/migrations/.rechain/changes/00000001{state}");
            let manifest = format!(
                "{{\"version\":1,\"command\":\"fix\",\"written_at\":1,\"files\":[{{\"path\":\"{path}\",\"target\":\"{path}\",\
                 \"temporary\":\"x~\",\"mode\":420,\"link\":null,\"before\":6,\"after\":6}}]}}"
            );
            place.write(&format!("{entry}/manifest.json"), &manifest);
            // Whichever way it is gone, something else would be written.
            place.write(&format!("{entry}/0.before"), "before");
            place.write(&format!("{entry}/0.after"), "before");
            nothing_outside_changes(&place);
            place.write(&format!("{entry}/0.after"), "after!");
            nothing_outside_changes(&place);
            place.write(&format!("{entry}/0.before"), "other!");
            place.write(&format!("{entry}/0.after"), "before");
            nothing_outside_changes(&place);
        }
    }
}

#[test]
fn a_temporary_file_named_by_the_journal_lies_beside_its_target() {
    let place = Place::new();
    place.write("x~", "mine");
    let entry = "project/migrations/.rechain/changes/00000001.applying";
    let manifest = "{\"version\":1,\"command\":\"fix\",\"written_at\":1,\"files\":[{\"path\":\"versions/side01.py\",\
         \"target\":\"versions/side01.py\",\"temporary\":\"../../../x~\",\"mode\":420,\"link\":null,\"before\":6,\"after\":6}]}";
    place.write(&format!("{entry}/manifest.json"), manifest);
    place.write(&format!("{entry}/0.before"), "before");
    place.write(&format!("{entry}/0.after"), "after!");
    let words = nothing_outside_changes(&place);
    assert!(words.contains("the journal is damaged"), "{words}");
}

#[test]
fn links_in_the_place_of_the_journal_lead_nowhere() {
    for name in [
        "",
        "lock",
        "lock.pid",
        "changes",
        "decisions.json",
        ".gitignore",
    ] {
        let place = Place::new();
        place.write("outside/file", "mine");
        let link = place.path("project/migrations/.rechain").join(name);
        fs::create_dir_all(link.parent().unwrap()).unwrap();
        let is_directory = matches!(name, "" | "changes");
        let target = if is_directory {
            "outside"
        } else {
            "outside/file"
        };
        symlink(
            place.path(target),
            link.to_str().unwrap().trim_end_matches('/'),
        )
        .unwrap();
        nothing_outside_changes(&place);
    }
}

/// Control characters of every kind: colours, a title, a hyperlink, the C1 form, a bell, backspaces, a deletion,
/// and the marks that turn the direction of text.
const HOSTILE: &str = "\u{1b}[31mred\u{1b}]0;title\u{7}\u{1b}]8;;http://x\u{1b}\\\u{9b}2J\u{8}\u{8}\u{7f}\r\u{202e}\u{2066}";

#[test]
fn nothing_a_file_says_steers_the_terminal() {
    let place = Place::new();
    let escaped: String = HOSTILE
        .chars()
        .map(|c| format!("\\u{:04x}", u32::from(c)))
        .collect();
    for (id, parent) in [("a", "base01"), ("b", "base01")] {
        let text = revision("ID", parent, "TABLE")
            .replace("ID", &format!("{id}{escaped}"))
            .replace("TABLE", &format!("{id}{escaped}"))
            + "\nbranch_labels = ()\n# "
            + &HOSTILE.replace('\r', "");
        place.write(&format!("project/migrations/versions/{id}.py"), &text);
    }
    let name = format!(
        "project/migrations/versions/{}.py",
        HOSTILE.replace('/', "")
    );
    place.write(&name, &format!("revision = ({escaped}\n"));
    place.write(
        "project/migrations/versions/raw.py",
        &format!("x = {HOSTILE}\n"),
    );
    check_streams(&place);
    // And where everything can be read.
    fs::remove_file(place.path("project/migrations/versions/raw.py")).unwrap();
    let text = revision("c", "base01", "t").replace("add t", &format!("add {escaped}"));
    place.write(&name, &text);
    check_streams(&place);
}

fn check_streams(place: &Place) {
    let more: [&[&str]; 8] = [
        &["log", "--format", "json"],
        &["graph", "--format", "mermaid"],
        &["graph", "--format", "dot"],
        &["graph", "--format", "svg"],
        &["explain", "side01"],
        &["fix", "--dry-run", "--yes", "--format", "json"],
        &["fix", "--dry-run", "--yes", "--applied", "none"],
        &["check", "--color", "never"],
    ];
    for arguments in EVERY_COMMAND.into_iter().chain(more) {
        let output = place.rechain(arguments);
        // A diff is exact where a program reads it; on a terminal it is not (`neutral.rs`).
        let is_diff = arguments[0] == "fix" && !arguments.contains(&"json");
        let answer: &[u8] = if is_diff { b"" } else { &output.stdout };
        for stream in [answer, &output.stderr] {
            let text = String::from_utf8_lossy(stream);
            let found = text.chars().find(|&c| {
                (c.is_control() && !matches!(c, '\n' | '\t'))
                    || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
            });
            assert_eq!(
                found,
                None,
                "{arguments:?}: {}",
                text.escape_debug()
                    .to_string()
                    .chars()
                    .take(3_000)
                    .collect::<String>()
            );
        }
    }
}

#[test]
fn annotations_and_pages_take_no_orders_from_files() {
    let place = Place::new();
    let title = "x%0A::set-output name=a::b\\n::error::c</script><script>alert(1)</script>";
    let text = revision("side01", "base01", "notes").replace("add notes", title);
    place.write("project/migrations/versions/side01.py", &text);
    let output = place.rechain(&["check", "--format", "github"]);
    let text = String::from_utf8_lossy(&output.stdout);
    for line in text.lines() {
        let starts = ["::error file=", "::warning file=", "::notice file="];
        assert!(
            starts.iter().any(|it| line.starts_with(it)) || !line.contains("::"),
            "{text}"
        );
    }
    for format in ["html", "svg"] {
        let output = place.rechain(&["graph", "--format", format]);
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{}", said(&output));
        assert!(!text.contains("<script>alert"), "{format}: {text}");
    }
}

#[test]
fn hostile_files_cost_little() {
    let place = Place::new();
    let versions = place.path("project/migrations/versions");
    // 20 GB that take no room on disk, a pipe that nobody writes to, and a link to itself.
    let huge = fs::File::create(versions.join("huge.py")).unwrap();
    huge.set_len(20 << 30).unwrap();
    let pipe = versions.join("pipe.py");
    assert!(
        Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .unwrap()
            .success()
    );
    let deep = format!(
        "revision = 'deep01'\ndown_revision = {}",
        "(".repeat(1 << 20)
    );
    fs::write(versions.join("deep.py"), deep).unwrap();
    let wide = format!(
        "revision = 'wide01'\ndown_revision = 'base01'\nx = '{}'\n",
        "y".repeat(8 << 20)
    );
    fs::write(versions.join("wide.py"), wide).unwrap();
    // And a branch with a file that nobody would read.
    place.git(&["init", "--quiet", "--initial-branch", "main"]);
    place.git(&["add", "migrations/env.py", "migrations/versions/base01.py"]);
    place.git(&["commit", "--quiet", "--message", "base"]);
    let large = versions.join("large.py");
    fs::write(&large, "x".repeat(80 << 20)).unwrap();
    place.git(&["switch", "--quiet", "--create", "stranger"]);
    place.git(&["add", "migrations/versions/large.py"]);
    place.git(&["commit", "--quiet", "--message", "large"]);
    place.git(&["switch", "--quiet", "main"]);
    for arguments in [
        &["check"][..],
        &["check", "--base", "main"],
        &["check", "--with", "stranger"],
        &["check", "--format", "json"],
        &["fix", "--yes"],
        &["log"],
    ] {
        let start = Instant::now();
        // 1 GB of addresses: threads' stacks and the program itself take a part of it.
        let mut command = Command::new("sh");
        let line = format!(
            "ulimit -v 1048576; exec {} {}",
            env!("CARGO_BIN_EXE_rechain"),
            arguments.join(" ")
        );
        let output = command
            .args(["-c", &line])
            .current_dir(place.path("project"))
            .env("NO_COLOR", "1")
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let words = said(&output);
        assert!(
            start.elapsed() < Duration::from_secs(60),
            "{arguments:?}: {:?}",
            start.elapsed()
        );
        assert!(
            matches!(output.status.code(), Some(1..=3)),
            "{arguments:?}: {:?} {words}",
            output.status
        );
        if arguments.contains(&"--with") {
            assert!(words.contains("large.py: "), "{arguments:?}: {words}");
        } else if arguments[0] == "check" {
            for name in ["huge.py", "pipe.py", "deep.py"] {
                assert!(words.contains(name), "{arguments:?}: {words}");
            }
            assert!(
                words.len() < 100_000,
                "{arguments:?}: {} bytes",
                words.len()
            );
        }
    }
    assert_eq!(
        fs::metadata(versions.join("huge.py")).unwrap().len(),
        20 << 30
    );
}

#[test]
fn what_has_no_end_is_not_read_whoever_names_it() {
    let place = Place::new();
    let project = place.path("project");
    let pipe = |name: &str| {
        let made = Command::new("mkfifo").arg(project.join(name)).status();
        assert!(made.unwrap().success());
    };
    pipe("pipe.sql");
    pipe("helpers.py");
    symlink("/dev/zero", project.join("endless.py")).unwrap();
    // A migration that looks at all of them, and a parent that is sought everywhere.
    place.write(
        "project/migrations/versions/side01.py",
        "from pathlib import Path\nfrom alembic import op\nimport helpers, endless\n\n\
         revision = 'side01'\ndown_revision = 'lost01'\n\n\ndef upgrade():\n    helpers.do()\n    endless.do()\n    \
         op.execute((Path(__file__).parents[2] / 'pipe.sql').read_text())\n",
    );
    fs::create_dir(project.join("migrations/versions/__pycache__")).unwrap();
    pipe("migrations/versions/__pycache__/lost02.cpython-313.pyc");
    let bytecode = "migrations/versions/__pycache__/lost01.cpython-313.pyc";
    symlink("/dev/zero", project.join(bytecode)).unwrap();
    for arguments in [
        &["check", "--schema"][..],
        &["log"],
        &["explain", "side01"],
        &["fix", "--dry-run", "--yes"],
    ] {
        let line = format!(
            "ulimit -v 1048576; exec timeout 60 {} {}",
            env!("CARGO_BIN_EXE_rechain"),
            arguments.join(" ")
        );
        let output = Command::new("sh")
            .args(["-c", &line])
            .current_dir(&project)
            .env("NO_COLOR", "1")
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let words = said(&output);
        assert!(words.contains("side01"), "{arguments:?}: {words}");
        assert!(
            matches!(output.status.code(), Some(0..=3)),
            "{arguments:?}: {:?} {words}",
            output.status
        );
    }
}

#[test]
fn a_circle_of_links_is_named() {
    let place = Place::new();
    let versions = place.path("project/migrations/versions");
    symlink("loop.py", versions.join("loop.py")).unwrap();
    symlink(".", versions.join("self")).unwrap();
    let output = place.rechain(&["check"]);
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert!(said(&output).contains("loop.py"), "{}", said(&output));
}
