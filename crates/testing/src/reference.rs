//! The Python that the reference programs run on: a virtual environment with pinned packages.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The interpreter of the virtual environment under `target/reference/`, which the first caller
/// makes. Panics if it cannot be made.
pub fn python() -> PathBuf {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/reference");
    fs::create_dir_all(&dir)
        .unwrap_or_else(|error| panic!("cannot make {}: {error}", dir.display()));
    let lock = File::create(dir.join("lock")).expect("a lock file below target");
    lock.lock().expect("the lock below target");
    let (venv, stamp) = (dir.join("venv"), dir.join("stamp"));
    let python = venv.join(if cfg!(windows) {
        "Scripts/python.exe"
    } else {
        "bin/python"
    });
    if !stamp.exists() {
        let system = if cfg!(windows) { "python" } else { "python3" };
        must(
            Command::new(system)
                .args(["-m", "venv", "--clear"])
                .arg(&venv),
        );
        must(Command::new(&python).args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "alembic==1.20.1",
            "sqlalchemy==2.1.9",
        ]));
        fs::write(&stamp, "").expect("a stamp below target");
    }
    python
}

fn must(command: &mut Command) {
    let output = command.output().unwrap_or_else(|error| {
        panic!("the tests need python3 with venv: cannot start {command:?}: {error}")
    });
    assert!(
        output.status.success(),
        "the tests need real Alembic from a package index: {command:?} failed:\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
