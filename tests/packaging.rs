//! What users install: a wheel and an sdist from PyPI, or the crate with cargo.
//!
//! They build the program for release, some minutes on a small machine, so they are ignored by
//! default: `cargo test --test packaging -- --ignored` runs them, as `.ci/slow` does.
//! `RECHAIN_DIST=DIRECTORY` has a wheel and an sdist that were built elsewhere.

#![allow(clippy::disallowed_methods, reason = "tests make and read files")]
#![cfg(unix)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use rechain_testing::{corpus, reference, root, target};

fn said(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

fn succeeds(command: &mut Command) -> String {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}: {}", said(&output));
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// The only file in `directory` that ends so.
fn only(directory: &Path, ending: &str) -> PathBuf {
    let entries = fs::read_dir(directory).expect("a directory");
    let mut found: Vec<PathBuf> = entries
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.to_string_lossy().ends_with(ending))
        .collect();
    assert_eq!(found.len(), 1, "{ending}: {found:?}");
    found.remove(0)
}

/// Builds an sdist, and the wheel from it, on Linux against a glibc as old as `manylinux2014`.
fn build(out: &Path) {
    let python = reference::environment("wheels");
    let programs = python.parent().expect("a directory").display();
    let path = std::env::var("PATH").unwrap_or_default();
    let mut maturin = Command::new(&python);
    maturin
        .args(["-m", "maturin", "build", "--release", "--sdist", "--out"])
        .arg(out)
        .arg("--target-dir")
        .arg(target("wheels").join("build"))
        .current_dir(root())
        .env("PATH", format!("{programs}:{path}"));
    if cfg!(target_os = "linux") {
        maturin.args(["--zig", "--compatibility", "manylinux2014"]);
    }
    succeeds(&mut maturin);
}

/// On a machine with Python alone: the wheel goes into a fresh environment and checks a real history.
#[test]
#[ignore = "builds the program for release; .ci/slow runs it"]
fn wheel_from_the_sdist() {
    let place = tempfile::tempdir().expect("a temporary directory");
    let built = match std::env::var_os("RECHAIN_DIST") {
        Some(dist) => PathBuf::from(dist),
        None => {
            build(place.path());
            place.path().to_owned()
        }
    };
    let (sdist, wheel) = (only(&built, ".tar.gz"), only(&built, ".whl"));
    let size = |path: &Path| fs::metadata(path).expect("a file").len();
    assert!(size(&sdist) < 2_000_000 && size(&wheel) < 8_000_000);
    let name = wheel
        .file_name()
        .expect("a name")
        .to_string_lossy()
        .into_owned();
    assert!(
        name.starts_with(&format!("rechain-{}-py3-none-", env!("CARGO_PKG_VERSION"))),
        "{name}"
    );
    if cfg!(target_os = "linux") {
        assert!(name.contains("manylinux_2_17"), "{name}");
    }

    let python = reference::fresh_environment(&place.path().join("venv"));
    succeeds(
        Command::new(&python)
            .args([
                "-m",
                "pip",
                "install",
                "--quiet",
                "--no-index",
                "--disable-pip-version-check",
            ])
            .arg(&wheel),
    );
    // Nothing but the environment is on the path: no Rust, no Alembic, no git.
    let program = python.with_file_name("rechain");
    let alone = |arguments: &[&str]| {
        let mut command = Command::new(&program);
        command
            .args(arguments)
            .env_clear()
            .env("PATH", python.parent().expect("a directory"));
        command
    };
    let version = succeeds(&mut alone(&["--version"]));
    assert_eq!(version, format!("rechain {}\n", env!("CARGO_PKG_VERSION")));
    let history = corpus::package("langflow-base").remove(0);
    let checked = succeeds(&mut alone(&["check", &history.path.to_string_lossy()]));
    assert!(checked.contains("one head"), "{checked}");

    let metadata = "import importlib.metadata as m; it = m.metadata('rechain'); print(it['License-Expression'], \
                    it.get_all('Classifier'), it.get_all('Requires-Dist'), it.get_payload(), sep='\\n')";
    let metadata = succeeds(Command::new(&python).args(["-c", metadata]));
    let lines: Vec<&str> = metadata.lines().collect();
    assert_eq!(lines[0], "MIT OR Apache-2.0");
    assert!(lines[1].contains("'Topic :: Database'"), "{}", lines[1]);
    assert_eq!(lines[2..4], ["None", "# rechain"]);
    uninstalled(&python, &program);
}

fn uninstalled(python: &Path, program: &Path) {
    succeeds(Command::new(python).args(["-m", "pip", "uninstall", "--quiet", "--yes", "rechain"]));
    assert!(!program.exists());
}

/// On a machine with Rust alone. `--debug` only saves time.
#[test]
#[ignore = "builds the program anew; .ci/slow runs it"]
fn cargo_install() {
    let place = tempfile::tempdir().expect("a temporary directory");
    succeeds(
        Command::new(env!("CARGO"))
            .args(["install", "--quiet", "--locked", "--debug", "--path"])
            .arg(root())
            .arg("--root")
            .arg(place.path())
            .arg("--target-dir")
            .arg(target("documents").join("build")),
    );
    let program = place.path().join("bin/rechain");
    let version = succeeds(Command::new(&program).arg("--version"));
    assert_eq!(version, format!("rechain {}\n", env!("CARGO_PKG_VERSION")));
    let output = Command::new(&program)
        .arg("check")
        .current_dir(root().join("examples/leadgen/backend"))
        .output()
        .expect("it runs");
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
}
