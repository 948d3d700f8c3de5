//! The repair of a damaged graph, for people and for programs.

use std::path::Path;

use rechain_project::Change;
use serde_json::{Value, json};

use crate::mending::{Ailment, Mending, Remedy};
use crate::publication::Known;
use crate::report::{diff, json, proposal_json, text};
use crate::ui::{TITLE, Ui};

pub(crate) fn print(mending: &Mending<'_>, with_heading: bool, ui: &mut Ui) -> anyhow::Result<()> {
    let history = mending.history;
    if with_heading {
        writeln!(ui.err, "{TITLE}{}{TITLE:#}", history.environment.name)?;
    }
    for diagnostic in &history.diagnostics {
        writeln!(ui.err, "{}\n", text::diagnostic(diagnostic, history))?;
    }
    if !mending.mended.is_empty() && !ui.quiet {
        writeln!(
            ui.err,
            "{TITLE}repaired, as far as only one thing can be meant{TITLE:#}"
        )?;
        for (ailment, remedy) in &mending.mended {
            writeln!(ui.err, "  {}", ailment.words)?;
            writeln!(ui.err, "    {}: {}", remedy.words, remedy.evidence)?;
        }
    }
    if mending.open.is_empty() {
        return changes(mending, ui);
    }
    ui.error("this is for a person to decide, so nothing was written")?;
    for ailment in &mending.open {
        options(ailment, ui)?;
    }
    ui.hint("on a terminal `rechain fix` asks which; or make one of these changes by hand")?;
    Ok(())
}

fn changes(mending: &Mending<'_>, ui: &mut Ui) -> anyhow::Result<()> {
    let current = std::env::current_dir()?;
    let styled = ui.styled;
    let mut out = ui.exact()?;
    let mut shown: Vec<&Path> = Vec::new();
    for change in &mending.changes {
        if shown.contains(&change.path.as_path()) {
            continue;
        }
        match new_name(change, &mending.changes) {
            Some((new, after)) => {
                shown.push(new);
                let before = change.before.clone().unwrap_or_default();
                let edit = Change::edit(&change.path, before, after);
                diff::write_renamed(&mut out, &edit, new, &current, styled)?;
            }
            None => diff::write(&mut out, change, &current, styled)?,
        }
    }
    Ok(std::io::Write::flush(&mut out)?)
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

/// What may have been meant, numbered from one.
pub(crate) fn options(ailment: &Ailment, ui: &mut Ui) -> anyhow::Result<()> {
    writeln!(ui.err, "{}", ailment.words)?;
    for (at, remedy) in ailment.remedies.iter().enumerate() {
        writeln!(
            ui.err,
            "  {}) {}: {}",
            at + 1,
            remedy.words,
            remedy.evidence
        )?;
    }
    if ailment.remedies.is_empty() {
        writeln!(ui.err, "  nothing shows what was meant")?;
    }
    Ok(())
}

/// One element of `environments`.
pub(crate) fn to_json(mending: &Mending<'_>) -> Value {
    let remedy = |it: &Remedy| {
        json!({
            "repair": it.words,
            "evidence": it.evidence,
            "files": it.changes.iter().map(|change| json!({
                "path": crate::paths::slashed(&change.path),
                "before": change.before.as_ref().map(|it| String::from_utf8_lossy(it)),
                "after": change.after.as_ref().map(|it| String::from_utf8_lossy(it)),
            })).collect::<Vec<_>>(),
        })
    };
    json!({
        "name": mending.history.environment.name,
        "publication": proposal_json::publication(&Known::not_asked("a damaged chain comes first")),
        "outcome": "damaged",
        "steps": [],
        "ordered": [],
        "independent_pairs": 0,
        "not_understood": [],
        "decisions": [],
        "mended": mending.mended.iter().map(|(ailment, chosen)| json!({
            "problem": ailment.words,
            "repair": remedy(chosen),
        })).collect::<Vec<_>>(),
        "open_repairs": mending.open.iter().map(|ailment| json!({
            "problem": ailment.words,
            "options": ailment.remedies.iter().map(remedy).collect::<Vec<_>>(),
        })).collect::<Vec<_>>(),
        "problems": json::problems(mending.history),
    })
}
