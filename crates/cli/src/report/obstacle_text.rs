//! What keeps a command from planning, for people.

use crate::code;
use crate::history::History;
use crate::publication::Known;
use crate::report::text;
use crate::ui::Ui;

/// The chain is damaged: what is wrong, and what the command does not do because of it.
pub(crate) fn damaged(history: &History, so: &str, ui: &mut Ui) -> anyhow::Result<()> {
    problems(history, ui)?;
    ui.problem(&code::DAMAGED, &format!("the chain is damaged, so {so}"))?;
    ui.hint(&format!("run `{}` first", history.command("rechain fix")))?;
    Ok(())
}

/// Everything that is wrong with the history.
pub(crate) fn problems(history: &History, ui: &mut Ui) -> anyhow::Result<()> {
    for diagnostic in &history.diagnostics {
        writeln!(ui.err, "{}\n", text::diagnostic(diagnostic, history))?;
    }
    Ok(())
}

/// What databases have is not known: what the command does not do because of it, and the ways on.
pub(crate) fn databases_unknown(known: &Known, so: &str, ui: &mut Ui) -> anyhow::Result<()> {
    ui.problem(
        &code::PUBLICATION_UNKNOWN,
        &format!("what databases have is not known, {so}"),
    )?;
    ways_to_know(known, ui)
}

/// Why git could not say what is published, and what says it.
pub(crate) fn ways_to_know(known: &Known, ui: &mut Ui) -> anyhow::Result<()> {
    if let Err(reason) = &known.asked {
        ui.note(reason)?;
    }
    ui.hint("say `--applied REV` for what is deployed, or `--applied none`")?;
    Ok(())
}
