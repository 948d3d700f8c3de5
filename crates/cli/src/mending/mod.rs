//! Damaged graphs: what is wrong, what may have been meant, and the repair where only one can be right.
//!
//! One repair is made at a time, in memory, and the history is read again before the next: what a repair brings
//! to light is looked at like everything else. A remedy that would not take its problem away, or would make
//! another one, is none.

mod clinic;
mod copies;
mod cycle;
mod files;
mod links;
mod markers;
mod missing;

use std::collections::BTreeSet;

use anyhow::Context as _;
use rechain_history::Problem;
use rechain_project::git::Operation;
use rechain_project::{Change, Journal, Rewound, WorkTree};
use serde_json::Value;

use self::clinic::Clinic;
pub(crate) use self::clinic::{Ailment, Remedy};
use crate::args::{FixArguments, Format};
use crate::door::Proposed;
use crate::exit::ExitStatus;
use crate::history::History;
use crate::paths::Display;
use crate::publication::git_of;
use crate::report::mending_report;
use crate::ui::Ui;

/// How often a history is looked at again.
const ROUNDS: usize = 100;

/// What `fix` does with a damaged graph.
pub(crate) struct Mending<'h> {
    pub(crate) history: &'h History,
    /// What was wrong and is repaired, with the remedy that does it.
    pub(crate) mended: Vec<(Ailment, Remedy)>,
    /// What a person must decide.
    pub(crate) open: Vec<Ailment>,
    /// The history as it would be.
    pub(crate) after: Option<History>,
    pub(crate) changes: Vec<Change>,
    operation: Option<Operation>,
    was_asked: bool,
}

impl<'h> Mending<'h> {
    /// Looks at a history that needs a person; `None` where nothing can be said of how to repair it.
    pub(crate) fn of(
        history: &'h History,
        arguments: &FixArguments,
        ui: &mut Ui,
    ) -> anyhow::Result<Option<Self>> {
        let git = git_of(&arguments.publication, history);
        let operation = git.as_ref().and_then(|(it, _)| it.operation().ok()?);
        let mut mending = Self {
            history,
            mended: Vec::new(),
            open: Vec::new(),
            after: None,
            changes: Vec::new(),
            operation,
            was_asked: false,
        };
        let writing = &arguments.writing;
        let may_ask = writing.format == Format::Text && !writing.yes && Ui::can_ask();
        for _ in 0..ROUNDS {
            let current = mending.after.as_ref().unwrap_or(history);
            if !current.needs_a_person() {
                mending.open.clear();
                break;
            }
            let clinic = Clinic::new(current, git.as_ref());
            let mut ailments = clinic.ailments();
            for ailment in &mut ailments {
                mending.keep_what_helps(current, ailment);
            }
            let decided = ailments.iter().position(|it| it.only_sound().is_some());
            let decided = match decided {
                Some(at) => at,
                None => {
                    mending.open = ailments;
                    let at = mending.open.iter().position(|it| !it.remedies.is_empty());
                    let Some(at) = at.filter(|_| may_ask) else {
                        break;
                    };
                    let Some(chosen) = ask(&mending.open[at], ui)? else {
                        break;
                    };
                    mending.was_asked = true;
                    ailments = std::mem::take(&mut mending.open);
                    ailments[at].choose(chosen);
                    at
                }
            };
            let ailment = ailments.swap_remove(decided);
            let remedy = ailment.only_sound().context("it was found")?.clone();
            mending.changes = composed(&mending.changes, &remedy.changes);
            mending.after = Some(read_after(history, &mending.changes)?);
            mending.mended.push((ailment, remedy));
        }
        let is_helpless =
            mending.mended.is_empty() && mending.open.iter().all(|it| it.remedies.is_empty());
        Ok((!is_helpless).then_some(mending))
    }

    /// Tries each remedy in memory.
    fn keep_what_helps(&self, current: &History, ailment: &mut Ailment) {
        let before = keys(current);
        let mut kept = Vec::new();
        for remedy in std::mem::take(&mut ailment.remedies) {
            let changes = composed(&self.changes, &remedy.changes);
            let Ok(after) = read_after(self.history, &changes) else {
                continue;
            };
            let now = keys(&after);
            let is_gone = !now.contains(&ailment.key);
            // What could not be told before is not made by the remedy; neither is a second head.
            let is_worse = now.iter().any(|key| {
                !before.contains(key) && !ailment.may_uncover && !key.starts_with("heads")
            });
            let ids = |history: &History| -> BTreeSet<String> {
                let ids = history.graph.revisions().iter();
                ids.map(|it| it.id.to_string()).collect()
            };
            let loses = !ids(current).is_subset(&ids(&after));
            if is_gone && !is_worse && !loses && !kept.contains(&remedy) {
                kept.push(remedy);
            }
        }
        ailment.remedies = kept;
    }
}

/// Everything that is wrong, without the places, which edits move.
fn keys(history: &History) -> BTreeSet<String> {
    let problems = history.graph.problems().iter().map(clinic::key);
    let unreadable = history.files.iter().enumerate().filter_map(|(at, file)| {
        let is_read = file
            .to_revision(at)
            .is_some_and(|it| it.parents != rechain_history::Parents::Computed);
        (!is_read).then(|| clinic::file_key(&file.path))
    });
    problems.chain(unreadable).collect()
}

/// The history with changes made, in memory.
fn read_after(history: &History, changes: &[Change]) -> anyhow::Result<History> {
    let tree = Rewound::after(&WorkTree, changes);
    let display = Display::new(std::env::current_dir()?, None);
    let environments = vec![history.environment.clone()];
    let read = History::read_all(environments, &tree, &display)?.pop();
    let mut read = read.context("one environment is one history")?;
    // What other environments declare is not dangling here.
    read.expect_as(history);
    Ok(read)
}

/// First these changes, then those: one change of each file.
fn composed(first: &[Change], then: &[Change]) -> Vec<Change> {
    let mut result = first.to_vec();
    for change in then {
        match result.iter_mut().find(|it| it.path == change.path) {
            Some(earlier) => earlier.after.clone_from(&change.after),
            None => result.push(change.clone()),
        }
    }
    result.retain(|change| !change.is_empty());
    result
}

fn ask(ailment: &Ailment, ui: &mut Ui) -> anyhow::Result<Option<usize>> {
    mending_report::options(ailment, ui)?;
    loop {
        let count = ailment.remedies.len();
        let answer = ui.ask(&format!("which? 1-{count}, q to leave:"))?;
        match answer.as_deref() {
            None | Some("q" | "Q") => return Ok(None),
            Some(text) => {
                let chosen = text.parse::<usize>().ok().and_then(|it| it.checked_sub(1));
                if let Some(at) = chosen.filter(|&at| at < count) {
                    return Ok(Some(at));
                }
            }
        }
    }
}

impl Proposed for Mending<'_> {
    fn changes(&self) -> &[Change] {
        &self.changes
    }

    fn status(&self) -> ExitStatus {
        let is_whole = self.after.as_ref().is_some_and(|it| !it.needs_a_person());
        if is_whole {
            ExitStatus::Found
        } else {
            ExitStatus::Undecided
        }
    }

    fn operation(&self) -> Option<&Operation> {
        self.operation.as_ref()
    }

    fn print(&self, with_heading: bool, ui: &mut Ui) -> anyhow::Result<()> {
        mending_report::print(self, with_heading, ui)
    }

    fn to_json(&self) -> Value {
        mending_report::to_json(self)
    }

    fn asks(&self) -> bool {
        self.was_asked
    }

    fn after_writing(&self, _journal: &Journal, ui: &mut Ui) -> anyhow::Result<()> {
        let problems = self.after.iter().flat_map(|it| it.graph.problems());
        if problems
            .into_iter()
            .any(|it| matches!(it, Problem::MultipleHeads { .. }))
        {
            let command = self.history.command("rechain fix");
            ui.hint(&format!(
                "several heads are left: `{command}` puts them in one line"
            ))?;
        }
        Ok(())
    }
}
