//! A disk that is full, read-only or shared with other programs: always the old files or the new ones, and an error that
//! names the file and the way on.
#![cfg(unix)]
#![allow(
    clippy::disallowed_methods,
    reason = "tests prepare files and start the program"
)]

#[path = "disk/mounts.rs"]
#[cfg(target_os = "linux")]
mod mounts;

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// Nobody's user id, for what the superuser may do all the same.
const NOBODY: u32 = 65_534;

/// A forked project with the directory it lies in.
struct Place {
    root: PathBuf,
    versions: PathBuf,
    /// Environment variables besides those of the test.
    variables: Vec<(&'static str, std::ffi::OsString)>,
    is_nobody: bool,
    #[allow(dead_code, reason = "it is removed with the place")]
    temporary: Option<tempfile::TempDir>,
}

fn revision(id: &str, parent: &str) -> String {
    let value = match parent {
        "" => "None".to_owned(),
        parent => format!("'{parent}'"),
    };
    format!(
        "\"\"\"add {id}\n\nRevises: {parent}\n\"\"\"\nrevision = '{id}'\ndown_revision = {value}\n\n\ndef upgrade():\n    pass\n"
    )
}

/// The fork, mended.
fn mended(id: &str) -> String {
    revision(id, "trunk1")
}

impl Place {
    fn new() -> Self {
        let temporary = tempfile::tempdir().unwrap();
        let root = temporary.path().canonicalize().unwrap();
        Self {
            temporary: Some(temporary),
            ..Self::at(&root)
        }
    }

    fn at(root: &Path) -> Self {
        let versions = root.join("migrations/versions");
        fs::create_dir_all(&versions).unwrap();
        fs::write(
            root.join("alembic.ini"),
            "[alembic]\nscript_location = migrations\n",
        )
        .unwrap();
        fs::write(root.join("migrations/env.py"), "").unwrap();
        for (id, parent) in [("base01", ""), ("trunk1", "base01"), ("side01", "base01")] {
            fs::write(versions.join(format!("{id}.py")), revision(id, parent)).unwrap();
        }
        Self {
            root: root.to_owned(),
            versions,
            variables: Vec::new(),
            is_nobody: false,
            temporary: None,
        }
    }

    fn with_git() -> Self {
        let place = Self::new();
        place.commit();
        place
    }

    /// All but the side on `main`, the side on a branch.
    fn commit(&self) {
        self.git(&["init", "-q", "-b", "main"]);
        for file in self.files().into_keys() {
            if !fs::read_to_string(&file)
                .unwrap()
                .contains("revision = 'side01'")
            {
                let name = file.strip_prefix(&self.root).unwrap();
                self.git(&[OsStr::new("add"), OsStr::new("--"), name.as_os_str()]);
            }
        }
        self.git(&["commit", "-qm", "all"]);
        self.git(&["checkout", "-qb", "feature"]);
        self.git(&["add", "-A"]);
        self.git(&["commit", "-qm", "side"]);
    }

    fn git(&self, arguments: &[impl AsRef<OsStr> + std::fmt::Debug]) {
        let output = Command::new("git")
            .args(["-c", "user.name=A", "-c", "user.email=a@example.org"])
            .args(arguments)
            .current_dir(&self.root)
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "git {arguments:?}: {}",
            said(&output)
        );
    }

    fn rechain(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rechain"));
        command
            .args(arguments)
            .current_dir(&self.root)
            .env("NO_COLOR", "1")
            .envs(self.variables.iter().map(|(name, value)| (*name, value)))
            .stdin(Stdio::null());
        if self.is_nobody {
            command.uid(NOBODY).gid(NOBODY);
        }
        command.output().unwrap()
    }

    fn fix(&self) -> Output {
        self.rechain(&["fix", "--applied", "trunk1"])
    }

    /// Every file of the project but the journal's own, with content.
    fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut found = BTreeMap::new();
        let mut open = vec![self.root.clone()];
        while let Some(directory) = open.pop() {
            for entry in fs::read_dir(directory).unwrap() {
                let path = entry.unwrap().path();
                if path.ends_with(".git") || path.ends_with(".rechain") {
                    continue;
                }
                if path.is_dir() && !path.is_symlink() {
                    open.push(path);
                } else {
                    let content = fs::read(&path).unwrap_or_default();
                    found.insert(path, content);
                }
            }
        }
        found
    }

    /// Nothing was written, and the error names `name` and says how to go on.
    #[track_caller]
    fn assert_refused(&self, output: &Output, before: &BTreeMap<PathBuf, Vec<u8>>, name: &str) {
        let words = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{}", said(output));
        let error = words
            .lines()
            .find(|line| line.starts_with("error"))
            .unwrap_or_default();
        assert!(error.contains(name), "{name:?} is not named: {words}");
        let after = words.split_once("error").map_or("", |(_, after)| after);
        assert!(after.contains("hint: "), "no way on: {words}");
        assert!(
            self.files() == *before,
            "{words}\n{:?}",
            self.files().keys()
        );
    }
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

fn is_superuser() -> bool {
    fs::metadata("/proc/self")
        .or_else(|_| fs::metadata("/"))
        .is_ok_and(|it| it.uid() == 0)
        && Command::new("id")
            .arg("-u")
            .output()
            .is_ok_and(|it| it.stdout == b"0\n")
}

/// A `git` in front of the real one that does something first, once: after the revisions were read, since only what
/// is known of them is asked of git, and before anything is written.
fn meanwhile(place: &mut Place, does: &str) {
    let bin = place.root.join(".git/bin");
    fs::create_dir(&bin).unwrap();
    let path = std::env::var_os("PATH").unwrap();
    let real = std::env::split_paths(&path)
        .map(|it| it.join("git"))
        .find(|it| it.exists())
        .unwrap();
    let (once, versions) = (bin.join("once"), place.versions.display().to_string());
    let script = format!(
        "#!/bin/sh\nif mkdir '{}' 2>/dev/null; then cd '{versions}' && {{ {does}; }}; fi\ncd \"$OLDPWD\" 2>/dev/null\nexec '{}' \"$@\"\n",
        once.display(),
        real.display()
    );
    fs::write(bin.join("git"), script).unwrap();
    fs::set_permissions(bin.join("git"), fs::Permissions::from_mode(0o755)).unwrap();
    let paths = std::iter::once(bin).chain(std::env::split_paths(&path));
    place
        .variables
        .push(("PATH", std::env::join_paths(paths).unwrap()));
}

#[test]
fn what_changes_between_reading_and_writing_is_noticed() {
    let other = "sleep 0.02; ";
    for (does, name) in [
        // A file that would be written to.
        ("echo '# mine' >> side01.py", "side01.py"),
        ("rm side01.py", "side01.py"),
        ("rm side01.py; mkdir side01.py", "side01.py"),
        ("mv side01.py ..; ln -s ../side01.py side01.py", "side01.py"),
        // One that would not; the plan rests on it all the same.
        ("echo '# mine' >> trunk1.py", "trunk1.py"),
        (
            "sed s/pass/1234/ trunk1.py > x && touch -r trunk1.py x && mv x trunk1.py",
            "trunk1.py",
        ),
        ("rm trunk1.py", "trunk1.py"),
        (
            "sed 's/trunk1/trunk2/; s/base01/trunk1/' trunk1.py > trunk2.py",
            "trunk2.py",
        ),
        ("mv ../versions ../elsewhere", "side01.py"),
        (
            "mv ../versions ../elsewhere; echo > ../versions",
            "side01.py",
        ),
    ] {
        let mut place = Place::with_git();
        meanwhile(&mut place, &format!("{other}{does}"));
        let output = place.fix();
        let before = place.files();
        let words = said(&output);
        assert!(
            before
                .keys()
                .all(|it| !it.to_string_lossy().contains(".#rechain")),
            "{does}: {words}"
        );
        assert!(!words.contains("wrote "), "{does}: {words}");
        place.assert_refused(&output, &before, name);
        let side = before.get(&place.versions.join("side01.py"));
        assert!(
            side.is_none_or(|it| it.starts_with(revision("side01", "base01").as_bytes())),
            "{does}: {words}"
        );
        // Nothing waits to be repaired.
        let _ = place.rechain(&["check"]);
        assert!(
            !place
                .root
                .join(".git/rechain/changes")
                .read_dir()
                .is_ok_and(|it| it.count() > 0),
            "{does}"
        );
    }
}

#[test]
fn what_changes_elsewhere_meanwhile_is_no_matter() {
    let mut place = Place::with_git();
    meanwhile(
        &mut place,
        "echo x > notes.txt; mkdir __pycache__; touch ../env.py trunk1.pyc",
    );
    let output = place.fix();
    assert!(output.status.success(), "{}", said(&output));
    assert_eq!(
        fs::read_to_string(place.versions.join("side01.py")).unwrap(),
        mended("side01")
    );
}

#[test]
fn directories_named_like_files_are_named_or_passed_over() {
    // Alembic passes over a directory among the revisions, whatever its name.
    let place = Place::new();
    for name in ["dir.py", "side02.py", "__pycache__", "head.txt", "HEAD"] {
        fs::create_dir(place.versions.join(name)).unwrap();
    }
    let output = place.fix();
    assert!(output.status.success(), "{}", said(&output));

    for (path, status) in [
        ("alembic.ini", 2),
        ("pyproject.toml", 1),
        ("migrations/env.py", 1),
        ("migrations/script.py.mako", 1),
        (".git", 1),
    ] {
        let place = Place::new();
        let path = place.root.join(path);
        let _ = fs::remove_file(&path);
        fs::create_dir(&path).unwrap();
        let output = place.rechain(&["check", "-c", "alembic.ini"]);
        let words = said(&output);
        assert_eq!(
            output.status.code(),
            Some(status),
            "{}: {words}",
            path.display()
        );
        assert!(status == 1 || words.contains("alembic.ini"), "{words}");
    }

    // And files where directories belong.
    for path in ["migrations/versions", "migrations"] {
        let place = Place::new();
        let path_there = place.root.join(path);
        fs::remove_dir_all(&path_there).unwrap();
        fs::write(&path_there, "").unwrap();
        for command in ["check", "fix"] {
            let output = place.rechain(&[command]);
            let words = said(&output);
            assert_eq!(output.status.code(), Some(2), "{path}: {command}: {words}");
            let says = match path {
                "migrations" => "which is none of",
                _ => "migrations/versions is not a directory",
            };
            assert!(words.contains(says), "{path}: {command}: {words}");
        }
        assert_eq!(fs::read(&path_there).unwrap(), b"");
    }
    let place = Place::new();
    fs::write(place.root.join("migrations/.rechain"), "mine").unwrap();
    let before = place.files();
    place.assert_refused(&place.fix(), &before, ".rechain");
    assert_eq!(
        fs::read(place.root.join("migrations/.rechain")).unwrap(),
        b"mine"
    );
}

#[test]
fn circles_of_links_are_named() {
    let place = Place::new();
    symlink("b.py", place.versions.join("a.py")).unwrap();
    symlink("a.py", place.versions.join("b.py")).unwrap();
    let before = place.files();
    place.assert_refused(&place.fix(), &before, "a.py");

    let place = Place::new();
    fs::rename(&place.versions, place.root.join("kept")).unwrap();
    symlink("versions", &place.versions).unwrap();
    let output = place.fix();
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert!(
        said(&output).contains("migrations/versions"),
        "{}",
        said(&output)
    );

    // A directory that holds itself, read with all that is below it.
    let place = Place::new();
    let ini = "[alembic]\nscript_location = migrations\nrecursive_version_locations = true\n";
    fs::write(place.root.join("alembic.ini"), ini).unwrap();
    symlink(".", place.versions.join("self")).unwrap();
    assert!(place.fix().status.success());
}

#[test]
fn what_may_not_be_read_or_written_is_named() {
    let mut place = Place::new();
    let root = place.root.clone();
    fs::set_permissions(&root, fs::Permissions::from_mode(0o777)).unwrap();
    let mode = |path: &str, mode: u32| {
        fs::set_permissions(root.join(path), fs::Permissions::from_mode(mode)).unwrap();
    };
    if is_superuser() {
        // Nothing is closed to the superuser.
        place.is_nobody = true;
        let program = place.rechain(&["--version"]);
        assert!(
            program.status.success(),
            "user {NOBODY} cannot start the program: {}",
            said(&program)
        );
        mode("migrations", 0o777);
        mode("migrations/versions", 0o777);
    }
    let before = place.files();
    let side = "migrations/versions/side01.py";

    mode(side, 0);
    let output = place.rechain(&["check"]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(said(&output).contains("side01.py"), "{}", said(&output));
    assert_eq!(place.fix().status.code(), Some(3));
    mode(side, 0o444);
    place.assert_refused(&place.fix(), &before, "side01.py is read-only");
    mode(side, 0o644);

    mode("migrations/versions", 0o555);
    place.assert_refused(&place.fix(), &before, "versions is read-only");
    mode("migrations/versions", 0o311);
    let output = place.fix();
    mode("migrations/versions", 0o777);
    place.assert_refused(&output, &before, "cannot read the directory");

    // Nothing that was refused has left more than an empty journal.
    fs::remove_dir_all(root.join("migrations/.rechain")).unwrap();
    mode("migrations", 0o555);
    place.assert_refused(&place.fix(), &before, ".rechain");
    mode("migrations", 0o777);

    mode("alembic.ini", 0);
    let output = place.rechain(&["check"]);
    mode("alembic.ini", 0o644);
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert!(said(&output).contains("alembic.ini"), "{}", said(&output));

    let output = place.fix();
    assert!(output.status.success(), "{}", said(&output));
    // A journal that may not be read.
    mode(side, 0o644);
    let changes = root.join("migrations/.rechain/changes");
    fs::set_permissions(&changes, fs::Permissions::from_mode(0o000)).unwrap();
    let before = place.files();
    place.assert_refused(&place.rechain(&["undo"]), &before, ".rechain");
    fs::set_permissions(&changes, fs::Permissions::from_mode(0o755)).unwrap();
    assert!(place.rechain(&["undo"]).status.success());
}

#[test]
fn any_name_that_a_file_can_have() {
    for name in [
        &b"with space and 'quotes\" $(x) `y`"[..],
        b"new\nline",
        b"caf\xe9 \xff\xfe",
        b"-c",
        b"--help",
        b"\x1b[31m\x07",
        b"tab\t\\back",
        "\u{202e}漢字 🦀".as_bytes(),
    ] {
        let shown = name.escape_ascii();
        // macOS has no such names.
        if cfg!(target_os = "macos") && std::str::from_utf8(name).is_err() {
            continue;
        }
        for in_directory in [true, false] {
            for with_git in [true, false] {
                let mut place = Place::new();
                let name = OsStr::from_bytes(name);
                if in_directory {
                    let directory = place.root.join(name);
                    fs::create_dir(&directory).unwrap();
                    place = Place {
                        temporary: place.temporary,
                        ..Place::at(&directory)
                    };
                } else {
                    // Alembic's own pattern has no room for a newline, so such a file is none of its revisions.
                    let mut file = name.to_owned();
                    file.push(".py");
                    if file.as_bytes().contains(&b'\n') {
                        continue;
                    }
                    fs::rename(place.versions.join("side01.py"), place.versions.join(file))
                        .unwrap();
                }
                if with_git {
                    place.commit();
                }
                let before = place.files();
                for (arguments, status) in [
                    (&["check"][..], 1),
                    (&["check", "--format", "json"], 1),
                    (
                        &["check", "--base", if with_git { "main" } else { "none" }],
                        1,
                    ),
                    (&["fix", "--applied", "trunk1"], 0),
                    (&["check"], 0),
                    (&["log"], 0),
                    (&["graph"], 0),
                    (&["undo", "--applied", "none"], 0),
                ] {
                    let output = place.rechain(arguments);
                    assert_eq!(
                        output.status.code(),
                        Some(status),
                        "{shown}: {arguments:?}: {}",
                        said(&output)
                    );
                    if arguments.contains(&"json") {
                        serde_json::from_slice::<serde_json::Value>(&output.stdout).unwrap();
                    }
                }
                assert!(place.files() == before, "{shown}");
            }
        }
    }
}
