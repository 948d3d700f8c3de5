//! The repair of a damaged graph, for people and for programs.

use rechain_planner::{Decision, Outcome};
use rechain_project::Change;
use serde_json::{Value, json};

use crate::decisions;
use crate::door::Proposed as _;
use crate::exit::ExitStatus;
use crate::history::History;
use crate::mending::{Ailment, Mending, Remedy};
use crate::report::{diff, json, obstacle_text, proposal_json, proposal_text};
use crate::ui::{TITLE, Ui};

pub(crate) fn print(mending: &Mending<'_>, ui: &mut Ui) -> anyhow::Result<()> {
    let history = mending.history;
    if mending.was_left || mending.proposal().is_some_and(|it| it.was_left()) {
        ui.note("nothing was decided, and nothing was written")?;
        return Ok(());
    }
    obstacle_text::problems(history, ui)?;
    if !mending.mended.is_empty() && !ui.quiet {
        let is_chosen = mending.mended.iter().any(|it| it.was_chosen);
        let done = match mending.status() {
            ExitStatus::Undecided => "would be repaired",
            _ => "repaired",
        };
        let how_far = if is_chosen {
            ""
        } else {
            ", as far as only one thing can be meant"
        };
        writeln!(ui.err, "{TITLE}{done}{how_far}{TITLE:#}")?;
        for it in &mending.mended {
            let by = if it.was_chosen && is_chosen {
                " (decided)"
            } else {
                ""
            };
            writeln!(ui.err, "  {}", it.ailment.words)?;
            let remedy = &it.remedy;
            writeln!(ui.err, "    {}: {}{by}", remedy.words, remedy.evidence)?;
            databases(remedy, "    ", ui)?;
        }
    }
    if let Some(proposal) = mending.proposal() {
        return match &proposal.outcome {
            Outcome::Sound => diff::print(&mending.changes, ui),
            Outcome::Plan(_) | Outcome::Open(_) => proposal_text::print(&proposal, ui),
        };
    }
    ui.problem(
        &crate::code::DAMAGED,
        "this is for a person to decide, so nothing was written",
    )?;
    for ailment in &mending.open {
        options(history, ailment, ui)?;
    }
    if mending.open.iter().all(|it| it.remedies.is_empty()) {
        return Ok(());
    }
    let more = match mending.open.len() {
        1 => "the command below an option takes it",
        _ => "the command below an option takes it, and asks about what is left",
    };
    ui.hint(&format!(
        "on a terminal `{}` asks which; elsewhere {more}",
        history.command("rechain fix"),
    ))?;
    ui.hint(&format!(
        "or all at once: `{} > decisions.json`, put an answer of its options in the place of each `\"answer\": null`, \
         then `{}`",
        history.command("rechain fix --dry-run --format json"),
        history.command("rechain fix --decisions decisions.json"),
    ))?;
    Ok(())
}

/// What may have been meant, numbered from one.
fn options(history: &History, ailment: &Ailment, ui: &mut Ui) -> anyhow::Result<()> {
    writeln!(ui.err, "{}", ailment.words)?;
    for (at, remedy) in ailment.remedies.iter().enumerate() {
        writeln!(
            ui.err,
            "  {}) {}: {}",
            at + 1,
            remedy.words,
            remedy.evidence
        )?;
        databases(remedy, "     ", ui)?;
        let command = history.answering(&ailment.id(), &remedy.name);
        writeln!(ui.err, "     {command}")?;
    }
    if ailment.remedies.is_empty() {
        let which = match ailment.refused.as_slice() {
            [] => "nothing shows what was meant",
            _ => "no repair leaves databases as they are",
        };
        writeln!(ui.err, "  {which}")?;
    }
    for it in &ailment.refused {
        writeln!(ui.err, "  not offered: {}: {}", it.words, it.reason)?;
        if let Some(revision) = &it.because_of {
            let command = history.command(&format!("rechain fix --not-applied {revision}"));
            writeln!(ui.err, "     where no database has {revision}: {command}")?;
        }
    }
    Ok(())
}

/// What a repair means for databases.
fn databases(remedy: &Remedy, indent: &str, ui: &mut Ui) -> anyhow::Result<()> {
    for sentence in &remedy.databases {
        writeln!(ui.err, "{indent}databases: {sentence}")?;
    }
    Ok(())
}

/// One element of `environments`.
pub(crate) fn to_json(mending: &Mending<'_>) -> Value {
    let history = mending.history;
    let mended = mending.mended.iter().map(|it| {
        json!({
            "id": it.ailment.id().as_str(),
            "problem": it.ailment.words,
            "repair": it.remedy.name,
            "evidence": it.remedy.evidence,
            "databases": it.remedy.databases,
            "by": if it.was_chosen { "answer" } else { "evidence" },
            "files": files_json(&it.remedy),
        })
    });
    let proposal = mending.proposal();
    let planned = proposal.filter(|it| !matches!(it.outcome, Outcome::Sound));
    let mut document = match planned {
        Some(proposal) => proposal_json::environment(&proposal),
        None => json!({
            "name": history.environment.name,
            "publication": proposal_json::publication(&mending.known),
            "outcome": "damaged",
            "steps": [],
            "ordered": [],
            "independent_pairs": 0,
            "not_understood": [],
            "unproven": [],
            "unproven_pairs": 0,
            "decisions": mending.open.iter().map(|it| open_json(history, it)).collect::<Vec<_>>(),
        }),
    };
    document["answers"] = decisions::to_json(mending.answers().iter());
    document["mended"] = mended.collect();
    document["diff"] = json!(diff::plain(&mending.changes));
    document["problems"] = json::problems(history);
    document
}

/// Damage as a decision; whoever puts the `answer` of one of its options in the place of its own has a file for
/// `--decisions`.
fn open_json(history: &History, ailment: &Ailment) -> Value {
    let decision = Decision::Damage(ailment.damage());
    let mut document = proposal_json::decision_json(history, &decision);
    let options = ailment.remedies.iter().map(|remedy| {
        json!({
            "answer": remedy.name,
            "default": false,
            "outcome": "repair",
            "summary": format!("{}; {}", remedy.words, remedy.leads_to),
            "command": history.answering(&ailment.id(), &remedy.name),
            "evidence": remedy.evidence,
            "steps": [],
            "databases": remedy.databases,
            "files": files_json(remedy),
        })
    });
    document["options"] = options.collect();
    let refused = ailment.refused.iter();
    document["refused"] = refused
        .map(|it| json!({"answer": it.name, "summary": it.words, "reason": it.reason}))
        .collect();
    document["answer"] = Value::Null;
    document
}

fn files_json(remedy: &Remedy) -> Value {
    let text = |bytes: &Option<Vec<u8>>| {
        let bytes = bytes.as_ref()?;
        Some(String::from_utf8_lossy(bytes).into_owned())
    };
    let file = |change: &Change| {
        json!({
            "path": crate::paths::slashed(&change.path),
            "before": text(&change.before),
            "after": text(&change.after),
        })
    };
    remedy.changes.iter().map(file).collect()
}
