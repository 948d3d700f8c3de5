//! Diffs as `git apply` takes them.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anstyle::Style;
use rechain_project::{Change, git_directory};
use rechain_rewriter::{DiffLine, hunks};

use crate::paths::{printable, slashed};
use crate::ui::{ADDED, PLACE, REMOVED, TITLE};

/// Writes the diff of one change. Paths are relative to the git work tree, as git's own are, else to
/// `current`. Without `styled` every byte is that of the files, so that `git apply` can take it; with
/// it, control characters are made visible.
pub(crate) fn write(
    out: &mut dyn Write,
    change: &Change,
    current: &Path,
    styled: bool,
) -> io::Result<()> {
    let paint = |style: Style| if styled { style } else { Style::new() };
    let name = name_in_diff(&change.path, current);
    let none = Vec::new();
    let before = change.before.as_ref().unwrap_or(&none);
    let after = change.after.as_ref().unwrap_or(&none);
    let title = paint(TITLE);
    writeln!(out, "{title}--- a/{name}{title:#}")?;
    writeln!(out, "{title}+++ b/{name}{title:#}")?;
    for hunk in hunks(before, after) {
        let place = paint(PLACE);
        writeln!(out, "{place}{}{place:#}", hunk.header)?;
        for line in &hunk.lines {
            write_line(out, line, styled)?;
        }
    }
    Ok(())
}

fn write_line(out: &mut dyn Write, line: &DiffLine, styled: bool) -> io::Result<()> {
    let style = match line {
        DiffLine::Added(_) if styled => ADDED,
        DiffLine::Removed(_) if styled => REMOVED,
        _ => Style::new(),
    };
    let (content, newline) = match line.bytes().strip_suffix(b"\n") {
        Some(content) => (content, true),
        None => (line.bytes(), false),
    };
    write!(out, "{style}{}", line.sign())?;
    if styled {
        write!(out, "{}", printable(&String::from_utf8_lossy(content)))?;
    } else {
        out.write_all(content)?;
    }
    writeln!(out, "{style:#}")?;
    if !newline {
        writeln!(out, "\\ No newline at end of file")?;
    }
    Ok(())
}

/// The path relative to the git work tree, else to the current directory, else as it is.
fn name_in_diff(path: &Path, current: &Path) -> String {
    let resolved = |path: &Path| path.canonicalize().unwrap_or_else(|_| PathBuf::from(path));
    let path = resolved(path);
    let directory = path.parent().unwrap_or(&path);
    let root = git_directory(directory).map_or_else(|| current.to_owned(), |(root, _)| root);
    let name = path.strip_prefix(resolved(&root)).unwrap_or(&path);
    slashed(name).trim_start_matches('/').to_owned()
}
