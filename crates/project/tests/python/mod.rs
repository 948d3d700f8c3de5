//! Running the reference scripts.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

/// The Python of the machine, for what needs the standard library alone.
#[allow(dead_code, reason = "not every test needs it")]
pub(crate) const SYSTEM: &str = if cfg!(windows) { "python" } else { "python3" };

/// Gives `input` to `tests/reference/SCRIPT` and returns its answer. Panics with its stderr.
pub(crate) fn ask(python: &Path, script: &str, input: &Value) -> Value {
    let script = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/reference")
        .join(script);
    let mut child = Command::new(python)
        .arg(&script)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("PYTHONUTF8", "1")
        .env("PYTHONIOENCODING", "utf-8")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("the tests need {}: {error}", python.display()));
    let mut stdin = child.stdin.take().expect("a pipe");
    let input = input.to_string();
    let output = std::thread::scope(|scope| {
        scope.spawn(move || stdin.write_all(input.as_bytes()).ok());
        child.wait_with_output()
    });
    let output = output.expect("the output of Python");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{} failed:\n{stderr}",
        script.display()
    );
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}\n{stderr}"))
}
