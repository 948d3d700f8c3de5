//! The person's pager.

use std::ffi::OsStr;
use std::io::{self, Write};
use std::process::{Command, Stdio};

use super::editor::with_terminal;
use super::is_dumb;

/// Shows `text` in `$PAGER` (`less` where none is set), or prints it to `out` where that cannot be.
pub(crate) fn show(text: &str, out: &mut dyn Write) -> io::Result<()> {
    let named = std::env::var_os("PAGER").filter(|it| !it.is_empty());
    let mut command = match named {
        Some(program) => through_a_shell(&program),
        None if is_dumb() => return out.write_all(text.as_bytes()),
        None => Command::new("less"),
    };
    out.flush()?;
    let shown = with_terminal(|| {
        if std::env::var_os("LESS").is_none() {
            command.env("LESS", "FRX");
        }
        // The conversation is on standard error, and so is what is looked at: standard output may be a file.
        let mut child = command.stdin(Stdio::piped()).stdout(io::stderr()).spawn()?;
        if let Some(mut input) = child.stdin.take() {
            // A pager that was left early closes its end.
            let _ = input.write_all(text.as_bytes());
        }
        child.wait()
    });
    match shown {
        Ok(status) if status.success() => Ok(()),
        // There is no such program; a shell says so with 127.
        _ => out.write_all(text.as_bytes()),
    }
}

#[cfg(not(windows))]
fn through_a_shell(program: &OsStr) -> Command {
    let mut command = Command::new("sh");
    command.arg("-c").arg(program);
    command
}

#[cfg(windows)]
fn through_a_shell(program: &OsStr) -> Command {
    super::editor::shell_command(program)
}
