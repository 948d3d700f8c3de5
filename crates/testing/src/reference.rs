//! The Python that the reference programs run on: a virtual environment with pinned packages.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use serde_json::Value;

use crate::workspace::{lock, root, target};

/// The interpreter of the virtual environment under `target/reference/`, which the first caller makes from
/// `tests/reference/requirements.txt`. Panics if it cannot be made.
pub fn python() -> PathBuf {
    static PYTHON: OnceLock<PathBuf> = OnceLock::new();
    PYTHON
        .get_or_init(|| prepare("reference", &scripts().join("requirements.txt")))
        .clone()
}

/// The directory of the committed reference scripts and their requirements.
pub fn scripts() -> PathBuf {
    root().join("tests/reference")
}

/// Runs `tests/reference/SCRIPT` with `input` as JSON on its stdin and returns the JSON of its stdout. Panics with
/// its stderr if it fails.
pub fn run_python(script: &str, args: &[&str], input: &Value) -> Value {
    run_with(&python(), script, args, input)
}

/// The same with the interpreter of another [`environment`].
pub fn run_with(python: &Path, script: &str, args: &[&str], input: &Value) -> Value {
    let mut child = Command::new(python)
        .arg(scripts().join(script))
        .args(args)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("PYTHONUTF8", "1")
        // Alembic orders some things by hash.
        .env("PYTHONHASHSEED", "0")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("cannot start {script}: {error}"));
    let mut stdin = child.stdin.take().expect("stdin is a pipe");
    let output = std::thread::scope(|scope| {
        // A script that ends early says why on stderr, which is better than the broken pipe seen here.
        scope.spawn(move || stdin.write_all(input.to_string().as_bytes()).ok());
        child.wait_with_output()
    })
    .unwrap_or_else(|error| panic!("cannot read the output of {script}: {error}"));
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{script} failed with {}:\n{stderr}",
        output.status
    );
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
        panic!("{script} did not write JSON ({error}); its stderr:\n{stderr}")
    })
}

/// The interpreter of a virtual environment of its own, `target/NAME/venv`, with what
/// `tests/reference/NAME.txt` lists. Its programs lie beside it. Panics if it cannot be made.
pub fn environment(name: &str) -> PathBuf {
    prepare(name, &scripts().join(format!("{name}.txt")))
}

fn prepare(name: &str, requirements: &Path) -> PathBuf {
    let _lock = lock(name);
    let dir = target(name);
    let (venv, stamp) = (dir.join("venv"), dir.join("stamp"));
    let python = interpreter(&venv);
    let wanted = fs::read_to_string(requirements)
        .unwrap_or_else(|error| panic!("cannot read {}: {error}", requirements.display()));
    if python.exists() && fs::read_to_string(&stamp).is_ok_and(|made_of| made_of == wanted) {
        return python;
    }

    fs::remove_file(&stamp).ok();
    fs::remove_dir_all(&venv).ok();
    fresh_environment(&venv);
    must(
        Command::new(&python)
            .args([
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
            ])
            .args(["--no-deps", "--only-binary=:all:", "--require-hashes", "-r"])
            .arg(requirements),
    );
    fs::write(&stamp, wanted)
        .unwrap_or_else(|error| panic!("cannot write {}: {error}", stamp.display()));
    python
}

/// Makes an empty virtual environment at `venv` and gives its interpreter. Panics if it cannot be made.
pub fn fresh_environment(venv: &Path) -> PathBuf {
    let system = if cfg!(windows) { "python" } else { "python3" };
    must(Command::new(system).args(["-m", "venv"]).arg(venv));
    interpreter(venv)
}

fn interpreter(venv: &Path) -> PathBuf {
    venv.join(if cfg!(windows) {
        "Scripts/python.exe"
    } else {
        "bin/python"
    })
}

fn must(command: &mut Command) {
    let needs = "The tests compare rechain with real Alembic and PostgreSQL. They need a CPython 3.10 or newer with \
                 its venv module (Debian and Ubuntu: python3-venv) as `python3`, and access to PyPI or a mirror that \
                 pip is configured for.";
    match command.output() {
        Ok(output) if output.status.success() => {}
        Ok(output) => panic!(
            "{command:?} failed with {}:\n{}{}\n{needs}",
            output.status,
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr),
        ),
        Err(error) => panic!("{command:?} could not be started: {error}\n{needs}"),
    }
}
