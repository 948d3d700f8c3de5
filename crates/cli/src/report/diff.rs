//! Diffs as `git apply` takes them.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anstyle::Style;
use rechain_project::{Change, git_directory};
use rechain_rewriter::{DiffLine, hunks};

use crate::paths::{printable, slashed};
use crate::ui::{ADDED, PLACE, REMOVED, TITLE, Ui};

/// Prints the diff of changes, those of a file that comes in place of another as a renaming.
pub(crate) fn print(changes: &[Change], ui: &mut Ui) -> anyhow::Result<()> {
    let current = crate::paths::current_directory()?;
    let styled = ui.styled;
    let mut out = ui.exact()?;
    let mut shown: Vec<&Path> = Vec::new();
    for change in changes {
        if shown.contains(&change.path.as_path()) {
            continue;
        }
        match new_name(change, changes) {
            Some((new, after)) => {
                shown.push(new);
                let before = change.before.clone().unwrap_or_default();
                let edit = Change::edit(&change.path, before, after);
                write_renamed(&mut out, &edit, new, &current, styled)?;
            }
            None => write(&mut out, change, &current, styled)?,
        }
    }
    Ok(out.flush()?)
}

/// The diff of changes as text.
pub(crate) fn plain(changes: &[Change]) -> String {
    let current = crate::paths::current_directory().unwrap_or_default();
    let mut text = Vec::new();
    for change in changes {
        // Writing to memory does not fail.
        let _ = write(&mut text, change, &current, false);
    }
    String::from_utf8_lossy(&text).into_owned()
}

/// The file that comes in place of one that goes: in the same directory, with most of its lines.
fn new_name<'c>(gone: &Change, changes: &'c [Change]) -> Option<(&'c Path, &'c [u8])> {
    let before = gone.before.as_deref().filter(|_| gone.after.is_none())?;
    let lines = |bytes: &'_ [u8]| bytes.split(|&byte| byte == b'\n').count();
    changes
        .iter()
        .filter(|it| it.before.is_none() && it.path.parent() == gone.path.parent())
        .filter_map(|it| Some((it.path.as_path(), it.after.as_deref()?)))
        .find(|(_, after)| {
            let one = before.split(|&byte| byte == b'\n');
            let other = after.split(|&byte| byte == b'\n');
            let same = one.zip(other).filter(|(one, other)| one == other).count();
            lines(before) == lines(after) && same * 2 > lines(before)
        })
}

/// Writes the diff of one change. Paths are relative to the git work tree, as git's own are, else to
/// `current`. Without `styled` every byte is that of the files, so that `git apply` can take it; with
/// it, control characters are made visible.
pub(crate) fn write(
    out: &mut dyn Write,
    change: &Change,
    current: &Path,
    styled: bool,
) -> io::Result<()> {
    let name = name_in_diff(&change.path, current);
    let none = "/dev/null".to_owned();
    let old = change.before.as_ref().map(|_| format!("a/{name}"));
    let new = change.after.as_ref().map(|_| format!("b/{name}"));
    let names = [old.unwrap_or(none.clone()), new.unwrap_or(none)];
    write_named(out, change, &names, styled)
}

/// Writes the diff of a change of a file that is renamed to `path` as well.
pub(crate) fn write_renamed(
    out: &mut dyn Write,
    change: &Change,
    path: &Path,
    current: &Path,
    styled: bool,
) -> io::Result<()> {
    let old = name_in_diff(&change.path, current);
    // The new file is not there yet, but its directory is.
    let new = match (old.rsplit_once('/'), path.file_name()) {
        (Some((directory, _)), Some(name)) => {
            format!("{directory}/{}", printable(&name.to_string_lossy()))
        }
        (None, Some(name)) => printable(&name.to_string_lossy()),
        (_, None) => old.clone(),
    };
    if old != new {
        let title = if styled { TITLE } else { Style::new() };
        writeln!(out, "{title}diff --git a/{old} b/{new}{title:#}")?;
        writeln!(out, "{title}rename from {old}{title:#}")?;
        writeln!(out, "{title}rename to {new}{title:#}")?;
    }
    if change.is_empty() {
        return Ok(());
    }
    write_named(
        out,
        change,
        &[format!("a/{old}"), format!("b/{new}")],
        styled,
    )
}

fn write_named(
    out: &mut dyn Write,
    change: &Change,
    [old, new]: &[String; 2],
    styled: bool,
) -> io::Result<()> {
    let paint = |style: Style| if styled { style } else { Style::new() };
    let none = Vec::new();
    let before = change.before.as_ref().unwrap_or(&none);
    let after = change.after.as_ref().unwrap_or(&none);
    let title = paint(TITLE);
    writeln!(out, "{title}--- {old}{title:#}")?;
    writeln!(out, "{title}+++ {new}{title:#}")?;
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
    if styled {
        // What is left of a newline of Windows is for no terminal.
        let content = content.strip_suffix(b"\r").unwrap_or(content);
        let content = printable(&String::from_utf8_lossy(content));
        writeln!(out, "{style}{}{content}{style:#}", line.sign())?;
    } else {
        // In one piece: whoever makes characters visible has to see the whole newline.
        let sign = line.sign().to_string();
        out.write_all(&[sign.as_bytes(), content, b"\n"].concat())?;
    }
    if !newline {
        writeln!(out, "\\ No newline at end of file")?;
    }
    Ok(())
}

/// The path relative to the git work tree, else to the current directory, else as it is.
fn name_in_diff(path: &Path, current: &Path) -> String {
    let resolved =
        |path: &Path| rechain_project::real_path(path).unwrap_or_else(|_| PathBuf::from(path));
    let path = resolved(path);
    let directory = path.parent().unwrap_or(&path);
    let root = git_directory(directory).map_or_else(|| current.to_owned(), |(root, _)| root);
    let name = path.strip_prefix(resolved(&root)).unwrap_or(&path);
    slashed(name).trim_start_matches('/').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn newlines_of_windows_are_kept_for_programs_and_not_shown_to_people() {
        let change = Change::edit("/nowhere/a.py", "a\r\nb\r\n", "a\r\nc\r\n");
        let shown = |styled: bool| {
            let mut text = Vec::new();
            write(&mut text, &change, Path::new("/nowhere"), styled).expect("memory takes it");
            String::from_utf8(text).expect("text")
        };
        assert!(shown(false).ends_with("\n a\r\n-b\r\n+c\r\n"));
        let lines = [" a", "\u{1b}[31m-b\u{1b}[0m", "\u{1b}[32m+c\u{1b}[0m", ""];
        assert!(shown(true).ends_with(&lines.join("\n")));
    }
}
