//! The one door to the files: every command that writes goes through it.
//!
//! A command says what it would change in each environment ([`Proposed`]); putting an interrupted
//! change right first, showing, asking, writing all or nothing, and saying how to go on is the same
//! for all of them.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::Context as _;
use rechain_history::RevisionId;
use rechain_project::git::Operation;
use rechain_project::{
    Change, ChangeSet, Journal, Witness, case_clash, recover, write_if_unchanged,
};
use serde_json::{Value, json};

use crate::args::{Format, ProjectArguments, WritingArguments};
use crate::code;
use crate::commands::check::counted;
use crate::exit::ExitStatus;
use crate::head_files;
use crate::history::{History, Purpose};
use crate::paths::{Display, quoted, slashed};
use crate::report::{diff, json};
use crate::request::{self, Hinted};
use crate::terminal::keys::{self, Key};
use crate::ui::{TITLE, Ui};

/// What a command would do in one environment.
pub(crate) trait Proposed {
    /// The environment as it is.
    fn history(&self) -> &History;
    /// The changes of files that carry it out, proven by reading them again; of revision files, head
    /// files, files that come and files that go.
    fn changes(&self) -> &[Change];
    /// Why each file changes, where there is something to say; the journal keeps it for `rechain log`.
    fn reasons(&self) -> BTreeMap<PathBuf, String> {
        BTreeMap::new()
    }
    /// What this environment alone makes of the exit status: `Found` where there is something to write.
    fn status(&self) -> ExitStatus;
    /// Revisions that get other ids.
    fn renamed_ids(&self) -> BTreeMap<RevisionId, RevisionId> {
        BTreeMap::new()
    }
    /// The rebase or merge that git is in the middle of.
    fn operation(&self) -> Option<&Operation>;
    /// Shows it to a person: the conversation on standard error, the diff on standard output.
    fn print(&self, ui: &mut Ui) -> anyhow::Result<()>;
    /// Shows it to a program: one element of `environments`.
    fn to_json(&self) -> Value;
    /// What is worth saying, or keeping beside the journal, once it is written.
    fn after_writing(&self, _journal: &Journal, _ui: &mut Ui) -> anyhow::Result<()> {
        Ok(())
    }
    /// Whether a person is asked before writing although `--interactive` was not said: they took part.
    fn asks(&self) -> bool {
        false
    }
}

/// Not a failure: a person edited a file in the middle, so everything is to be read again.
#[derive(Debug)]
pub(crate) struct ReadAgain;

impl std::fmt::Display for ReadAgain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the files were edited meanwhile")
    }
}

impl std::error::Error for ReadAgain {}

/// One run of a command that writes.
#[derive(Clone, Copy)]
pub(crate) struct Run<'a> {
    /// Its name, under which the journal keeps the change.
    pub(crate) command: &'static str,
    pub(crate) project: &'a ProjectArguments,
    pub(crate) writing: &'a WritingArguments,
    /// What `fix` was told, for the commands that it prints.
    pub(crate) told: &'a [String],
    /// Whether git is asked what databases may have, unless the settings say otherwise.
    pub(crate) asks_git: bool,
}

impl<'a> Run<'a> {
    /// One of a command that has nothing to tell itself in what it prints.
    pub(crate) fn of(
        command: &'static str,
        project: &'a ProjectArguments,
        writing: &'a WritingArguments,
    ) -> Self {
        Self {
            command,
            project,
            writing,
            told: &[],
            asks_git: true,
        }
    }

    /// Reads the environments, lets `propose` say what is to be done in them (one proposal for each that
    /// is concerned), and does it.
    ///
    /// One run is one change: if a person must decide in one environment, nothing is written anywhere.
    pub(crate) fn carry_out(
        self,
        ui: &mut Ui,
        mut propose: impl for<'h> FnMut(
            &'h [History],
            &mut Ui,
        ) -> anyhow::Result<Vec<Box<dyn Proposed + 'h>>>,
    ) -> anyhow::Result<ExitStatus> {
        let mut histories = self.histories(ui)?;
        let journal = request::journal(&histories)?;
        if let Some(journal) = &journal
            && !self.writing.dry_run
            && let Some(recovered) = recover(journal)?
        {
            ui.note(&format!(
                "an interrupted `rechain {}` was put right first",
                recovered.command
            ))?;
            histories = self.histories(ui)?;
        }
        let proposals = loop {
            match propose(&histories, ui) {
                Ok(proposals) => break proposals,
                Err(error) if error.is::<ReadAgain>() => {}
                Err(error) => return Err(error),
            }
            histories = self.histories(ui)?;
        };
        let mut changes: Vec<Change> = proposals
            .iter()
            .flat_map(|proposal| proposal.changes().iter().cloned())
            .collect();
        let mut status = ExitStatus::of_all(proposals.iter().map(|it| it.status()));
        let is_open = status == ExitStatus::Undecided;
        let head_files = if is_open {
            Vec::new()
        } else {
            self.head_files(&histories, &proposals, &changes)?
        };
        changes.extend(head_files.iter().cloned());
        if status == ExitStatus::Success && !head_files.is_empty() {
            status = ExitStatus::Found;
        }
        refuse_case_clash(&changes)?;
        let is_text = self.writing.format == Format::Text;
        if is_text {
            for proposal in &proposals {
                if proposals.len() > 1 {
                    let name = &proposal.history().environment.name;
                    writeln!(ui.err, "{TITLE}{name}{TITLE:#}")?;
                }
                proposal.print(ui)?;
            }
            print_head_files(&head_files, ui)?;
        }
        let mut written = false;
        if histories.iter().all(History::is_empty) {
            status = ExitStatus::Failure;
        } else if status == ExitStatus::Found && !self.writing.dry_run {
            let asks = proposals.iter().any(|it| it.asks());
            status = match self.confirmation(asks, changes.len(), ui)? {
                Confirmation::Given => {
                    let journal =
                        journal.context("the files that change lie in a version location")?;
                    let reasons = proposals.iter().flat_map(|it| it.reasons()).collect();
                    let set = ChangeSet::new(self.command, changes.clone()).with_reasons(reasons);
                    let witnesses: Vec<Witness> = histories
                        .iter()
                        .filter_map(|it| it.witness.clone())
                        .collect();
                    let done = write_if_unchanged(&set, &journal, &witnesses)?;
                    written = true;
                    if is_text && !ui.quiet {
                        let files = counted(done.files.len(), "file");
                        writeln!(ui.err, "wrote {files}; `rechain undo` takes it back")?;
                        going_on(&proposals, &changes, &histories, ui)?;
                    }
                    if is_text {
                        for proposal in &proposals {
                            proposal.after_writing(&journal, ui)?;
                        }
                    }
                    ExitStatus::Success
                }
                Confirmation::Refused => ExitStatus::Found,
                Confirmation::Impossible => {
                    ui.problem(
                        &crate::code::NOBODY_TO_ASK,
                        "there is no terminal to ask on; nothing was written",
                    )?;
                    ui.hint("without `--interactive` it writes without asking")?;
                    ExitStatus::Undecided
                }
            };
        }
        if is_open && proposals.iter().any(|it| !it.changes().is_empty()) {
            ui.note("nothing was written anywhere: one run is one change")?;
        }
        if !is_text {
            let mut document = json!({
                "version": json::VERSION,
                "command": self.command,
                "exit_status": status.code(),
                "written": written,
                "environments": proposals.iter().map(|it| it.to_json()).collect::<Vec<_>>(),
            });
            if !head_files.is_empty() {
                let names = head_files.iter().map(|it| slashed(&it.path));
                document["head_files"] = names.collect();
            }
            writeln!(ui.out, "{document:#}")?;
        }
        // The process ends here, and giving back the memory of thousands of revisions piece by piece takes time.
        std::mem::forget(proposals);
        std::mem::forget(histories);
        Ok(status)
    }

    fn histories(self, ui: &mut Ui) -> anyhow::Result<Vec<History>> {
        let purpose = Purpose {
            to_change: !self.writing.dry_run,
            to_ask_git: self.asks_git,
        };
        let mut histories = request::histories_for(purpose, self.project, ui)?;
        for history in &mut histories {
            history.told = self.told.to_vec();
        }
        Ok(histories)
    }

    /// The files in which projects keep their head follow what changes; `fix` repairs them without that, too.
    fn head_files(
        self,
        histories: &[History],
        proposals: &[Box<dyn Proposed + '_>],
        changes: &[Change],
    ) -> anyhow::Result<Vec<Change>> {
        let mut found: Vec<Change> = Vec::new();
        if changes.is_empty() && self.command != "fix" {
            return Ok(found);
        }
        let renamed = proposals.iter().flat_map(|it| it.renamed_ids()).collect();
        for history in histories {
            let more = head_files::changes(history, changes, &renamed)?;
            found.extend(more.into_iter().filter(|it| !changes.contains(it)));
        }
        found.dedup();
        Ok(found)
    }

    fn confirmation(self, asks: bool, files: usize, ui: &mut Ui) -> anyhow::Result<Confirmation> {
        if !self.writing.interactive && !asks {
            return Ok(Confirmation::Given);
        }
        if !Ui::can_ask() {
            return Ok(Confirmation::Impossible);
        }
        ui.out.flush()?;
        let question = format!("write {}? [Y/n]", counted(files, "file"));
        loop {
            match keys::ask(&mut ui.err, &question)? {
                Key::Enter | Key::Char('y' | 'Y') => return Ok(Confirmation::Given),
                Key::Char('n' | 'N' | 'q' | 'Q') | Key::Escape | Key::Leave => {
                    ui.note("nothing was written")?;
                    return Ok(Confirmation::Refused);
                }
                _ => {}
            }
        }
    }
}

/// Nothing is made that would overwrite another file where case does not count, in this clone or in another.
fn refuse_case_clash(changes: &[Change]) -> anyhow::Result<()> {
    let Some(clash) = case_clash(changes) else {
        return Ok(());
    };
    let display = Display::new(crate::paths::current_directory()?, None);
    let (new, other) = (display.path(&clash.new), display.path(&clash.other));
    let message = format!(
        "{new} differs from {other} in case alone: where case does not count, one would overwrite the other"
    );
    let hint = format!("rename {other} first, then run it again");
    Err(Hinted::new(message, hint).under(&code::REFUSED).into())
}

fn print_head_files(changes: &[Change], ui: &mut Ui) -> anyhow::Result<()> {
    let current = crate::paths::current_directory()?;
    let display = Display::new(current.clone(), None);
    for change in changes {
        let name = display.path(&change.path);
        if !ui.quiet {
            writeln!(ui.err, "{name} follows the head")?;
        }
        let styled = ui.styled;
        diff::write(&mut ui.exact()?, change, &current, styled)?;
    }
    Ok(())
}

/// Whether a person agrees to the writing.
enum Confirmation {
    Given,
    Refused,
    Impossible,
}

/// In the middle of a merge or rebase: the commands that go on with it.
fn going_on(
    proposals: &[Box<dyn Proposed + '_>],
    changes: &[Change],
    histories: &[History],
    ui: &mut Ui,
) -> anyhow::Result<()> {
    let Some(operation) = proposals.iter().find_map(|it| it.operation()) else {
        return Ok(());
    };
    let display = Display::new(crate::paths::current_directory()?, None);
    let files = || histories.iter().flat_map(|history| &history.files);
    let names: Vec<String> = changes
        .iter()
        .map(|change| {
            let known = files().find(|file| file.path == change.path);
            quoted(&known.map_or_else(|| display.path(&change.path), |it| it.name.clone()))
        })
        .collect();
    writeln!(
        ui.err,
        "git is in the middle of a {}; go on with",
        operation.name()
    )?;
    writeln!(ui.err, "  git add {}", names.join(" "))?;
    writeln!(ui.err, "  {}", operation.continuation())?;
    Ok(())
}
