//! Writing and undoing through the public face of the crate.
#![allow(clippy::disallowed_methods, reason = "tests of what happens on disk")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use rechain_project::{
    Change, ChangeSet, How, Journal, LockError, UndoError, WriteError, pending, real_path, recover,
    undo, write,
};
use tempfile::TempDir;

struct Project {
    _place: TempDir,
    root: PathBuf,
    journal: Journal,
}

impl Project {
    /// `alembic/versions` in a place without git.
    fn new() -> Self {
        let place = tempfile::tempdir().unwrap();
        let root = real_path(place.path()).unwrap().join("alembic");
        let versions = root.join("versions");
        fs::create_dir_all(&versions).unwrap();
        let journal = Journal::locate(&versions, &root).unwrap();
        Self {
            _place: place,
            root,
            journal,
        }
    }

    fn file(&self, name: &str, content: &str) -> PathBuf {
        let path = self.root.join("versions").join(name);
        fs::write(&path, content).unwrap();
        path
    }

    fn write(&self, changes: Vec<Change>) -> Result<Vec<PathBuf>, WriteError> {
        Ok(write(&ChangeSet::new("fix", changes), &self.journal)?.files)
    }
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap()
}

fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap();
    let name =
        |entry: std::io::Result<fs::DirEntry>| entry.unwrap().file_name().into_string().unwrap();
    let mut names: Vec<String> = entries.map(name).collect();
    names.sort();
    names
}

#[test]
fn undo_goes_back_one_change_at_a_time() {
    let project = Project::new();
    let a = project.file("a.py", "1");
    assert!(matches!(
        undo(&project.journal),
        Err(UndoError::NothingToUndo)
    ));
    assert!(
        !project.journal.directory().exists(),
        "asking creates nothing"
    );
    for (old, new) in [("1", "2"), ("2", "3"), ("3", "1")] {
        project.write(vec![Change::edit(&a, old, new)]).unwrap();
        let latest = project.journal.latest().unwrap().unwrap();
        assert_eq!(
            latest,
            ChangeSet::new("fix", vec![Change::edit(&a, old, new)])
        );
    }
    for old in ["3", "2", "1"] {
        let undone = undo(&project.journal).unwrap();
        assert_eq!((undone.command.as_str(), undone.how), ("fix", How::Written));
        assert_eq!(read(&a), old);
    }
    assert!(matches!(
        undo(&project.journal),
        Err(UndoError::NothingToUndo)
    ));
    assert_eq!(names(&project.root.join("versions")), ["a.py"]);
}

#[test]
fn fifty_changes_are_kept() {
    let project = Project::new();
    let a = project.file("a.py", "0");
    for number in 0..53 {
        let change = Change::edit(&a, number.to_string(), (number + 1).to_string());
        project.write(vec![change]).unwrap();
    }
    while undo(&project.journal).is_ok() {}
    assert_eq!(read(&a), "3");
}

#[test]
fn a_file_that_changed_since_it_was_read_is_left_alone() {
    let project = Project::new();
    let (a, b) = (project.file("a.py", "1"), project.file("b.py", "1"));
    let check = |change: Change| {
        let path = change.path.clone();
        let error = project
            .write(vec![Change::edit(&a, "1", "2"), change])
            .unwrap_err();
        assert!(
            matches!(&error, WriteError::Changed { paths } if *paths == [path]),
            "{error}"
        );
        assert!(error.to_string().ends_with(".py changed since it was read"));
        assert_eq!((read(&a), read(&b)), ("1".into(), "1".into()));
        assert!(matches!(
            undo(&project.journal),
            Err(UndoError::NothingToUndo)
        ));
    };
    check(Change::edit(&b, "0", "2"));
    check(Change::create(&b, "2"));
    check(Change::delete(&b, "0"));
    check(Change::edit(
        project.root.join("versions/gone.py"),
        "1",
        "2",
    ));
    check(Change::delete(project.root.join("gone/gone.py"), "1"));
}

#[test]
fn what_changed_since_the_write_is_not_undone() {
    let project = Project::new();
    let (a, b) = (project.file("a.py", "1"), project.file("b.py", "1"));
    let changes = vec![Change::edit(&a, "1", "2"), Change::edit(&b, "1", "2")];
    project.write(changes).unwrap();
    fs::write(&b, "by hand").unwrap();
    let error = undo(&project.journal).unwrap_err();
    assert!(
        matches!(&error, UndoError::Changed { paths, .. } if *paths == [b.clone()]),
        "{error}"
    );
    assert_eq!(read(&a), "2");

    // One of two is back already: still not the state that was written.
    fs::write(&b, "1").unwrap();
    assert!(matches!(
        undo(&project.journal),
        Err(UndoError::Changed { .. })
    ));

    // Both are: there is nothing left to write, and the change is off the stack.
    fs::write(&a, "1").unwrap();
    assert_eq!(undo(&project.journal).unwrap().how, How::Already);
    assert!(matches!(
        undo(&project.journal),
        Err(UndoError::NothingToUndo)
    ));
}

#[test]
fn nothing_to_write_leaves_no_trace() {
    let project = Project::new();
    let a = project.file("a.py", "1");
    assert!(
        project
            .write(vec![Change::edit(&a, "1", "1")])
            .unwrap()
            .is_empty()
    );
    assert!(project.write(Vec::new()).unwrap().is_empty());
    assert!(pending(&project.journal).unwrap().is_none());
    assert!(recover(&project.journal).unwrap().is_none());
    assert!(!project.journal.directory().exists());
}

#[test]
fn the_same_file_twice() {
    let project = Project::new();
    let a = project.file("a.py", "1");
    // Two environments may share a directory.
    let again = project.root.join("versions/../versions/a.py");
    project
        .write(vec![
            Change::edit(&a, "1", "2"),
            Change::edit(&again, "1", "2"),
        ])
        .unwrap();
    let changes = vec![Change::edit(&a, "2", "3"), Change::edit(&again, "2", "4")];
    assert!(matches!(
        project.write(changes),
        Err(WriteError::Clash { .. })
    ));
    assert_eq!(read(&a), "2");
}

#[test]
fn what_is_not_a_file_is_refused() {
    let project = Project::new();
    let directory = project.root.join("versions");
    let check = |change: Change| {
        let error = project.write(vec![change]).unwrap_err();
        assert!(matches!(error, WriteError::NotAFile { .. }), "{error}");
    };
    check(Change::edit(&directory, "1", "2"));
    check(Change::create(&directory, "2"));
    // Windows takes the part before `..` away, and finds the project's directory itself.
    if cfg!(unix) {
        check(Change::edit(directory.join(".."), "1", "2"));
    }
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("nowhere.py", directory.join("link.py")).unwrap();
        check(Change::create(directory.join("link.py"), "2"));
    }
}

#[test]
fn read_only_files_are_refused() {
    let project = Project::new();
    let (a, b) = (project.file("a.py", "1"), project.file("b.py", "1"));
    let set_read_only = |path: &Path, read_only: bool| {
        let mut permissions = fs::metadata(path).unwrap().permissions();
        #[allow(
            clippy::permissions_set_readonly_false,
            reason = "in a temporary directory"
        )]
        permissions.set_readonly(read_only);
        fs::set_permissions(path, permissions).unwrap();
    };
    let refused = |path: &Path| {
        let changes = vec![Change::edit(&a, "1", "2"), Change::edit(&b, "1", "2")];
        let error = project.write(changes).unwrap_err();
        assert!(
            matches!(&error, WriteError::ReadOnly { path: found } if found == path),
            "{error}"
        );
        assert_eq!((read(&a), read(&b)), ("1".into(), "1".into()));
    };
    set_read_only(&b, true);
    refused(&b);
    set_read_only(&b, false);
    if cfg!(unix) {
        let directory = b.parent().unwrap();
        set_read_only(directory, true);
        refused(directory);
        set_read_only(directory, false);
    }
    project.write(vec![Change::edit(&b, "1", "2")]).unwrap();
    set_read_only(&b, true);
    let error = undo(&project.journal).unwrap_err();
    assert!(
        matches!(error, UndoError::Write(WriteError::ReadOnly { .. })),
        "{error}"
    );
    set_read_only(&b, false);
    undo(&project.journal).unwrap();
}

#[test]
fn one_writer_at_a_time() {
    let project = Project::new();
    let a = project.file("a.py", "1");
    project.write(vec![Change::edit(&a, "1", "2")]).unwrap();
    let path = project.journal.directory().join("lock");
    let held = fs::File::options().write(true).open(path).unwrap();
    held.try_lock().unwrap();
    let error = project.write(vec![Change::edit(&a, "2", "3")]).unwrap_err();
    assert!(
        matches!(error, WriteError::Lock(LockError::Busy { .. })),
        "{error}"
    );
    let error = undo(&project.journal).unwrap_err();
    assert!(
        matches!(error, UndoError::Lock(LockError::Busy { .. })),
        "{error}"
    );
    assert_eq!(read(&a), "2");
    drop(held);
    undo(&project.journal).unwrap();
}

/// A project may be moved, or mounted elsewhere, between a change and its undo.
#[test]
fn the_journal_moves_with_the_project() {
    let project = Project::new();
    let a = project.file("a.py", "1");
    project.write(vec![Change::edit(&a, "1", "2")]).unwrap();
    let moved = project.root.with_file_name("elsewhere");
    fs::rename(&project.root, &moved).unwrap();
    let journal = Journal::locate(&moved.join("versions"), &moved).unwrap();
    undo(&journal).unwrap();
    assert_eq!(read(&moved.join("versions/a.py")), "1");
}

#[cfg(unix)]
#[test]
fn names_that_are_not_text() {
    use std::os::unix::ffi::OsStrExt;
    let project = Project::new();
    let name = std::ffi::OsStr::from_bytes(b"caf\xe9 \n'.py");
    let path = project.root.join("versions").join(name);
    fs::write(&path, b"\xff1").unwrap();
    project
        .write(vec![Change::edit(&path, *b"\xff1", *b"\xff2")])
        .unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"\xff2");
    undo(&project.journal).unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"\xff1");
}

#[test]
fn damage_and_newer_versions_are_named() {
    let project = Project::new();
    let a = project.file("a.py", "1");
    project.write(vec![Change::edit(&a, "1", "2")]).unwrap();
    let manifest = project
        .journal
        .directory()
        .join("changes/00000001/manifest.json");
    let text = read(&manifest);
    let check = |content: &str, message: &str| {
        fs::write(&manifest, content).unwrap();
        let error = undo(&project.journal).unwrap_err().to_string();
        assert!(error.contains(message), "{error}");
        assert_eq!(read(&a), "2");
    };
    check(
        &text.replace("\"version\": 1", "\"version\": 2"),
        "which this rechain does not know",
    );
    check(&text[..text.len() / 2], "the journal is damaged");
    check("{}", "the journal is damaged");
    fs::write(&manifest, text).unwrap();
    fs::write(
        project
            .journal
            .directory()
            .join("changes/00000001/0.before"),
        "",
    )
    .unwrap();
    assert!(
        undo(&project.journal)
            .unwrap_err()
            .to_string()
            .contains("the journal is damaged")
    );
}

fn git(directory: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git")
        .args(["-c", "user.name=a", "-c", "user.email=a@example.org"])
        .args(arguments)
        .current_dir(directory)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env_remove("GIT_DIR")
        .output()
        .expect("git");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

/// In a work tree, in a linked one, and where git comes later.
#[test]
fn git_shows_no_journal() {
    let project = Project::new();
    let a = project.file("a.py", "1");
    project.write(vec![Change::edit(&a, "1", "2")]).unwrap();
    assert_eq!(project.journal.directory(), project.root.join(".rechain"));
    git(&project.root, &["init", "-q"]);
    git(&project.root, &["add", "."]);
    assert_eq!(git(&project.root, &["ls-files"]), "versions/a.py\n");
    git(&project.root, &["commit", "-qm", "one"]);

    let versions = project.root.join("versions");
    let journal = Journal::locate(&versions, &project.root).unwrap();
    assert_eq!(journal.directory(), project.root.join(".git/rechain"));
    write(
        &ChangeSet::new("fix", vec![Change::edit(&a, "2", "3")]),
        &journal,
    )
    .unwrap();
    assert_eq!(
        git(&project.root, &["status", "--porcelain"]),
        " M versions/a.py\n"
    );

    git(&project.root, &["worktree", "add", "-q", "../linked"]);
    let linked = project.root.with_file_name("linked");
    let journal = Journal::locate(&linked.join("versions"), &linked).unwrap();
    assert!(
        journal
            .directory()
            .starts_with(project.root.join(".git/worktrees"))
    );
    assert!(
        matches!(undo(&journal), Err(UndoError::NothingToUndo)),
        "each has its own"
    );
    let change = Change::edit(linked.join("versions/a.py"), "2", "4");
    write(&ChangeSet::new("fix", vec![change]), &journal).unwrap();
    assert_eq!(
        git(&linked, &["status", "--porcelain", "--ignored"]),
        " M versions/a.py\n"
    );
}
