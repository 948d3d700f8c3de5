//! The person's editor.

#[cfg(windows)]
use std::ffi::OsStr;
use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, ExitStatus};
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context as _, bail};

use super::{guard, is_dumb};
use crate::request::Hinted;

static IS_RUNNING: AtomicBool = AtomicBool::new(false);

/// Whether another program has the terminal, and with it the signals of its keys.
#[cfg(unix)]
pub(crate) fn is_running() -> bool {
    IS_RUNNING.load(Ordering::SeqCst)
}

/// The variables that name an editor, the first that is set first.
const VARIABLES: [&str; 3] = ["GIT_EDITOR", "VISUAL", "EDITOR"];

/// Opens `file` and waits until the editor ends. Fails where there is none, or it fails itself.
pub(crate) fn open(file: &Path) -> anyhow::Result<()> {
    let set = VARIABLES
        .into_iter()
        .filter_map(std::env::var_os)
        .find(|it| !it.is_empty());
    let program = match set {
        Some(program) => program,
        None if is_dumb() => {
            bail!(Hinted::new(
                "the terminal is dumb and no editor is set",
                "set EDITOR (or GIT_EDITOR) to the editor you like"
            ))
        }
        None => OsString::from(if cfg!(windows) { "notepad" } else { "vi" }),
    };
    let shown = program.to_string_lossy().into_owned();
    let status = run(&program, file).with_context(|| format!("cannot start the editor {shown}"))?;
    if !status.success() {
        bail!("the editor {shown} ended with {status}; nothing was taken over");
    }
    Ok(())
}

/// What makes a shell necessary, as in git's `prepare_shell_cmd`.
const SPECIAL: &str = "|&;<>()$`\\\"' \t\n*?[#~=%";

/// Runs what a variable names as git does: through a shell where it has arguments. A plain program is
/// started itself: a shell around it would die of a Ctrl-C that is meant for the editor.
fn run(program: &OsString, file: &Path) -> std::io::Result<ExitStatus> {
    let is_plain = !program.to_string_lossy().contains(|c| SPECIAL.contains(c));
    let mut command = if is_plain {
        let mut command = Command::new(program);
        command.arg(file);
        command
    } else {
        through_a_shell(program, file)
    };
    with_terminal(|| command.status())
}

#[cfg(not(windows))]
fn through_a_shell(program: &OsString, file: &Path) -> Command {
    let mut script = program.clone();
    script.push(" \"$@\"");
    let mut command = Command::new("sh");
    command.arg("-c").arg(script).arg("editor").arg(file);
    command
}

#[cfg(windows)]
fn through_a_shell(program: &OsString, file: &Path) -> Command {
    let mut line = program.clone();
    for part in [OsStr::new(" \""), file.as_os_str(), OsStr::new("\"")] {
        line.push(part);
    }
    shell_command(&line)
}

/// cmd with a line as a person would type it. It takes away the outer quotes and nothing else, and knows none of the
/// escapes that the standard library would put in.
#[cfg(windows)]
pub(super) fn shell_command(line: &OsStr) -> Command {
    use std::os::windows::process::CommandExt as _;
    let mut quoted = OsString::from("\"");
    quoted.push(line);
    quoted.push("\"");
    let mut command = Command::new("cmd");
    command.args(["/D", "/S", "/C"]).raw_arg(quoted);
    command
}

/// Lends the terminal to another program: what is pressed there does not end this one.
pub(super) fn with_terminal<T>(run: impl FnOnce() -> std::io::Result<T>) -> std::io::Result<T> {
    guard::watch_for_programs();
    IS_RUNNING.store(true, Ordering::SeqCst);
    let result = run();
    IS_RUNNING.store(false, Ordering::SeqCst);
    result
}
