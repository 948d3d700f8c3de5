//! A journal that somebody else wrote: never a panic, and nothing outside the project changes.
#![no_main]

use std::fs;

use libfuzzer_sys::fuzz_target;
use rechain_project::{Journal, pending, recover, undo};

fuzz_target!(|bytes: &[u8]| {
    let Some((&kind, rest)) = bytes.split_first() else { return };
    let place = tempfile::tempdir_in("/dev/shm").expect("a directory");
    let outside = place.path().join("outside.py");
    fs::write(&outside, "outside").expect("a file");
    let project = place.path().join("project");
    let versions = project.join("versions");
    fs::create_dir_all(&versions).expect("a directory");
    fs::write(versions.join("a.py"), "before").expect("a file");
    let journal = Journal::locate(&versions, &project).expect("a journal");
    let state = ["", ".applying", ".undoing", ".building", ".discarded"][usize::from(kind % 5)];
    let entry = journal.directory().join(format!("changes/00000001{state}"));
    fs::create_dir_all(&entry).expect("a directory");
    let mut parts = rest.split(|&byte| byte == 0);
    for name in ["manifest.json", "0.before", "0.after", "1.before", "1.after"] {
        if let Some(part) = parts.next() {
            fs::write(entry.join(name), part).expect("a file");
        }
    }
    let _ = pending(&journal);
    let _ = journal.latest();
    let _ = recover(&journal);
    let _ = undo(&journal);
    assert_eq!(fs::read(&outside).expect("the file is there"), b"outside");
    let others = fs::read_dir(place.path()).expect("a listing").count();
    assert_eq!(others, 2, "a file was made outside the project");
});
