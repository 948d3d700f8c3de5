//! What CPython sees after a change that keeps a module's length and second.
#![cfg(unix)]
#![allow(clippy::disallowed_methods, reason = "tests of what happens on disk")]

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::SystemTime;

use rechain_project::{Change, ChangeSet, Journal, undo, write};

fn python(directory: &Path, arguments: &[&str]) -> String {
    let output = Command::new("python3")
        .args(arguments)
        .env("PYTHONPATH", directory)
        .env_remove("PYTHONDONTWRITEBYTECODE")
        .env_remove("PYTHONPYCACHEPREFIX")
        .current_dir(directory)
        .output()
        .expect("python3");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn seen(directory: &Path) -> String {
    python(directory, &["-c", "import a1; print(a1.down_revision)"])
}

/// `compile` makes the cache; the module's time is set ahead so that every step falls in one second.
fn check(compile: impl Fn(&Path)) {
    let place = tempfile::tempdir().unwrap();
    let directory = place.path();
    let module = directory.join("a1.py");
    let set_time = |time: SystemTime| {
        fs::File::options()
            .write(true)
            .open(&module)
            .unwrap()
            .set_modified(time)
            .unwrap();
    };
    fs::write(&module, "down_revision = 'aaaa'\n").unwrap();
    compile(directory);
    assert_eq!(seen(directory), "aaaa");
    assert_eq!(
        fs::read_dir(directory.join("__pycache__")).unwrap().count(),
        1
    );
    let now = fs::metadata(&module).unwrap().modified().unwrap();

    // What this is about: without care the old value stays.
    fs::write(&module, "down_revision = 'bbbb'\n").unwrap();
    set_time(now);
    assert_eq!(seen(directory), "aaaa");
    fs::write(&module, "down_revision = 'aaaa'\n").unwrap();
    set_time(now);

    let journal = Journal::locate(directory, directory).unwrap();
    let (old, new) = ("down_revision = 'aaaa'\n", "down_revision = 'bbbb'\n");
    let written = write(
        &ChangeSet::new("fix", vec![Change::edit(&module, old, new)]),
        &journal,
    )
    .unwrap();
    assert!(written.stale_bytecode.is_empty());
    assert_eq!(seen(directory), "bbbb");
    compile(directory);
    undo(&journal).unwrap();
    assert_eq!(seen(directory), "aaaa");
}

#[test]
fn a_cache_checked_by_time() {
    check(|directory| drop(seen(directory)));
}

#[test]
fn a_cache_that_is_never_checked() {
    check(|directory| {
        let mode = [
            "-m",
            "compileall",
            "-q",
            "--invalidation-mode",
            "unchecked-hash",
            "-f",
            "a1.py",
        ];
        python(directory, &mode);
    });
}

/// A process that read the old source writes its cache after the change.
#[test]
fn a_cache_that_comes_late() {
    let place = tempfile::tempdir().unwrap();
    let directory = place.path();
    let module = directory.join("a1.py");
    fs::write(&module, "down_revision = 'aaaa'\n").unwrap();
    seen(directory);
    let cache = fs::read_dir(directory.join("__pycache__"))
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let bytecode = fs::read(&cache).unwrap();
    let change = Change::edit(
        &module,
        "down_revision = 'aaaa'\n",
        "down_revision = 'bbbb'\n",
    );
    let journal = Journal::locate(directory, directory).unwrap();
    write(&ChangeSet::new("fix", vec![change]), &journal).unwrap();
    assert!(!cache.exists());
    fs::write(&cache, bytecode).unwrap();
    assert_eq!(seen(directory), "bbbb");
}
