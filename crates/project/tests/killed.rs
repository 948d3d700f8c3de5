//! Kills a process that writes and undoes, at any moment, and repairs what it left.
#![cfg(unix)]
#![allow(clippy::disallowed_methods, reason = "tests of what happens on disk")]

use std::env;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rechain_project::{Change, ChangeSet, Journal, pending, recover, undo, write};

const PLACE: &str = "RECHAIN_TEST_KILLED";
const FILES: usize = 12;

fn change(root: &Path) -> ChangeSet {
    let file = |number: usize| {
        let path = root.join(format!("versions/{number}.py"));
        let content = |side: &str| format!("{side} {number}\n").repeat(500);
        match number {
            0 => Change::create(path, content("new")),
            1 => Change::delete(path, content("old")),
            _ => Change::edit(path, content("old"), content("new")),
        }
    };
    ChangeSet::new("fix", (0..FILES).map(file).collect())
}

fn journal(root: &Path) -> Journal {
    Journal::locate(&root.join("versions"), root).unwrap()
}

/// The process to be killed: this test, started again with a place to work in.
#[test]
fn writer() {
    let Some(place) = env::var_os(PLACE) else {
        return;
    };
    let root = Path::new(&place);
    fs::write(root.join("started"), "").unwrap();
    let started = Instant::now();
    while started.elapsed() < Duration::from_secs(20) {
        write(&change(root), &journal(root)).unwrap();
        undo(&journal(root)).unwrap();
    }
}

#[test]
fn a_killed_process_leaves_all_old_or_all_new() {
    let place = tempfile::tempdir().unwrap();
    let root = place.path().canonicalize().unwrap();
    fs::create_dir(root.join("versions")).unwrap();
    let set = change(&root);
    for change in &set.changes {
        if let Some(content) = &change.before {
            fs::write(&change.path, content).unwrap();
        }
    }
    let started = Instant::now();
    write(&set, &journal(&root)).unwrap();
    undo(&journal(&root)).unwrap();
    let cycle = started.elapsed();
    let mut repaired = 0;
    for round in 0_u32..40 {
        let _ = fs::remove_file(root.join("started"));
        let mut child = Command::new(env::current_exe().unwrap())
            .args(["--exact", "writer", "--quiet"])
            .env(PLACE, &root)
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        // However busy the machine is, the process has begun to write when it is killed.
        while !root.join("started").exists() {
            sleep(Duration::from_millis(1));
        }
        sleep(cycle * (round * 7_919 % 1_000) / 1_000);
        child.kill().unwrap();
        child.wait().unwrap();
        let journal = journal(&root);
        let was_pending = pending(&journal).unwrap().is_some();
        assert_eq!(recover(&journal).unwrap().is_some(), was_pending);
        repaired += usize::from(was_pending);
        let on_disk = |change: &Change| fs::read(&change.path).ok();
        let is_new = set
            .changes
            .iter()
            .all(|change| on_disk(change) == change.after);
        let is_old = set
            .changes
            .iter()
            .all(|change| on_disk(change) == change.before);
        assert!(is_new || is_old, "round {round}");
        assert_eq!(
            fs::read_dir(root.join("versions")).unwrap().count(),
            FILES - 1,
            "no leftovers"
        );
        assert_eq!(journal.latest().unwrap().is_some(), is_new);
        if is_new {
            undo(&journal).unwrap();
        }
    }
    assert!(repaired > 0, "no kill hit a change");
}
