//! `rechain fix`: every lineage back to one head.

use anyhow::Context as _;
use rechain_project::{Change, ChangeSet, recover, write};
use serde_json::json;

use crate::args::{FixArguments, Format};
use crate::commands::check::counted;
use crate::exit::ExitStatus;
use crate::history::History;
use crate::paths::quoted;
use crate::proposal::Proposal;
use crate::report::{json, proposal_json, proposal_text};
use crate::request;
use crate::ui::Ui;

pub(crate) fn run(arguments: &FixArguments, ui: &mut Ui) -> anyhow::Result<ExitStatus> {
    let mut histories = request::histories(&arguments.project, ui)?;
    let journal = request::journal(&histories)?;
    if let Some(journal) = &journal
        && !arguments.dry_run
        && let Some(recovered) = recover(journal)?
    {
        ui.note(&format!(
            "an interrupted `rechain {}` was put right first",
            recovered.command
        ))?;
        histories = request::histories(&arguments.project, ui)?;
    }
    let mut proposals = Vec::with_capacity(histories.len());
    for history in &histories {
        proposals.push(Proposal::of(history, arguments, ui)?);
    }
    let changes: Vec<Change> = proposals
        .iter()
        .flat_map(|proposal| proposal.changes.iter().cloned())
        .collect();
    let mut status = ExitStatus::of_all(proposals.iter().map(Proposal::status));
    let is_open = status == ExitStatus::Undecided;
    if arguments.format == Format::Text {
        for proposal in &proposals {
            proposal_text::print(proposal, proposals.len() > 1, ui)?;
        }
    }
    let mut written = false;
    if histories.iter().all(History::is_empty) {
        status = ExitStatus::Failure;
    } else if status == ExitStatus::Found && !arguments.dry_run {
        status = match confirmation(arguments, changes.len(), ui)? {
            Confirmation::Given => {
                let journal = journal.context("the files that change lie in a version location")?;
                let done = write(&ChangeSet::new("fix", changes), &journal)?;
                written = true;
                if arguments.format == Format::Text && !ui.quiet {
                    let files = counted(done.files.len(), "file");
                    writeln!(ui.err, "wrote {files}; `rechain undo` takes it back")?;
                    going_on(&proposals, ui)?;
                }
                ExitStatus::Success
            }
            Confirmation::Refused => ExitStatus::Found,
            Confirmation::Impossible => {
                ui.error("there is no terminal to ask on; nothing was written")?;
                ui.hint("without `--interactive` it writes without asking")?;
                ExitStatus::Undecided
            }
        };
    }
    if is_open
        && proposals
            .iter()
            .any(|proposal| !proposal.changes.is_empty())
    {
        ui.note("nothing was written anywhere: one run is one change")?;
    }
    if arguments.format == Format::Json {
        let document = json!({
            "version": json::VERSION,
            "command": "fix",
            "exit_status": status.code(),
            "written": written,
            "environments": proposals.iter().map(proposal_json::environment).collect::<Vec<_>>(),
        });
        writeln!(ui.out, "{document:#}")?;
    }
    Ok(status)
}

/// In the middle of a merge or rebase: the commands that go on with it.
fn going_on(proposals: &[Proposal<'_>], ui: &mut Ui) -> std::io::Result<()> {
    let mut operation = None;
    let mut names = Vec::new();
    for proposal in proposals {
        if let Ok(asked) = &proposal.known.asked {
            operation = operation.or(asked.operation.as_ref());
        }
        for change in &proposal.changes {
            let files = &proposal.history.files;
            names.extend(
                files
                    .iter()
                    .find(|it| it.path == change.path)
                    .map(|it| quoted(&it.name)),
            );
        }
    }
    let Some(operation) = operation else {
        return Ok(());
    };
    writeln!(
        ui.err,
        "git is in the middle of a {}; go on with",
        operation.name()
    )?;
    writeln!(ui.err, "  git add {}", names.join(" "))?;
    writeln!(ui.err, "  {}", operation.continuation())
}

/// Whether a person agrees to the writing.
enum Confirmation {
    Given,
    Refused,
    Impossible,
}

fn confirmation(
    arguments: &FixArguments,
    files: usize,
    ui: &mut Ui,
) -> anyhow::Result<Confirmation> {
    if !arguments.interactive {
        return Ok(Confirmation::Given);
    }
    if !Ui::can_ask() {
        return Ok(Confirmation::Impossible);
    }
    let answer = ui.ask(&format!("write {}? [Y/n]", counted(files, "file")))?;
    Ok(match answer.as_deref() {
        Some("" | "y" | "Y" | "yes") => Confirmation::Given,
        _ => Confirmation::Refused,
    })
}
