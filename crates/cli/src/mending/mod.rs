//! Damaged graphs: what is wrong, what may have been meant, and the repair where only one can be right.
//!
//! One repair is made at a time, in memory, and the history is read again before the next: what a repair brings
//! to light is looked at like everything else. A remedy that would not take its problem away, or would make
//! another one, is none.

mod bearing;
mod clinic;
mod copies;
mod cycle;
mod files;
mod links;
mod markers;
mod missing;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::rc::Rc;

use anyhow::Context as _;
use rechain_history::{Parents, Problem};
use rechain_planner::{Answer, Answers, DecisionId};
use rechain_project::git::Operation;
use rechain_project::{Change, Journal, Overlay, WorkTree};
use serde_json::Value;

use self::bearing::{Bearing, Scales};
use self::clinic::Clinic;
pub(crate) use self::clinic::{Ailment, Refused, Remedy};
use crate::args::{FixArguments, Format};
use crate::code;
use crate::decisions::Decided;
use crate::dialogue::{self, Reply};
use crate::door::{Proposed, ReadAgain};
use crate::exit::ExitStatus;
use crate::history::History;
use crate::paths::Display;
use crate::progress;
use crate::proposal::{Planned, Proposal, keep_answers};
use crate::publication::{GitOf, Known, git_of};
use crate::report::mending_report;
use crate::request::Hinted;
use crate::ui::Ui;

/// How often a history is looked at again.
const ROUNDS: usize = 100;

/// What `fix` does with a damaged graph.
pub(crate) struct Mending<'h> {
    pub(crate) history: &'h History,
    /// What was wrong and is repaired, with the remedy that does it.
    pub(crate) mended: Vec<Mended>,
    /// What a person must decide.
    pub(crate) open: Vec<Ailment>,
    /// The history as it would be.
    pub(crate) after: Option<History>,
    pub(crate) changes: Vec<Change>,
    /// What is planned on it, where it is whole.
    planned: Option<Rc<Planned>>,
    /// What is known of databases while the history is damaged.
    pub(crate) known: Known,
    operation: Option<Operation>,
    was_asked: bool,
    /// A person left without deciding.
    pub(crate) was_left: bool,
}

/// Something that was wrong, with what is done about it.
pub(crate) struct Mended {
    pub(crate) ailment: Ailment,
    pub(crate) remedy: Remedy,
    /// Somebody chose it; otherwise only it can be right.
    pub(crate) was_chosen: bool,
}

impl<'h> Mending<'h> {
    /// Looks at a history that needs a person; `None` where nothing can be said of how to repair it. What only
    /// a person can say is answered by the decisions file, then by the person on the terminal, if there is one.
    pub(crate) fn of(
        history: &'h History,
        arguments: &FixArguments,
        decided: &mut Decided,
        ui: &mut Ui,
    ) -> anyhow::Result<Option<Self>> {
        let git = git_of(&arguments.publication, history);
        let scales = progress::during(ui, "asking git what databases may have", None, || {
            Scales::new(&arguments.publication, history, git.as_ref())
        })?;
        let writing = &arguments.writing;
        let may_ask = writing.format == Format::Text && !writing.yes && Ui::can_ask();
        let name = history.environment.name.clone();
        let mut answers = decided.of(&name);
        let mut given: Vec<DecisionId> = Vec::new();
        // Before the files were read again, they may have answered already.
        let mut was_asked = decided.is_edited;
        let mut mending = loop {
            let mut mending = Self::treated(history, git.as_ref(), &scales, &answers, decided)?;
            mending.was_asked = was_asked;
            let current = mending.after.as_ref().unwrap_or(history);
            let open = mending.open.iter();
            let mut askable = open.clone().filter(|it| !it.remedies.is_empty());
            let Some(ailment) = askable.next().filter(|_| may_ask) else {
                if mending.open.is_empty() {
                    decided.expect_damage(&name, &mending.answers())?;
                    decided.keep(&name, answers.clone());
                    decided.can_go_back = !given.is_empty();
                    let went_back = mending.plan(arguments, decided, ui);
                    decided.can_go_back = false;
                    if went_back? {
                        take_back(&mut given, &mut answers);
                        continue;
                    }
                }
                break mending;
            };
            let place = (given.len() + 1, given.len() + 1 + askable.count());
            match dialogue::damage(current, ailment, place, ui)? {
                Reply::Answer(answer) => {
                    was_asked = true;
                    answers.give(ailment.id(), answer);
                    given.push(ailment.id());
                }
                Reply::Back => take_back(&mut given, &mut answers),
                Reply::Left => {
                    mending.was_left = true;
                    mending.changes.clear();
                    break mending;
                }
                Reply::Edited => {
                    decided.is_edited = true;
                    decided.keep(&name, answers);
                    return Err(ReadAgain.into());
                }
            }
        };
        mending.known = scales.into_known();
        if mending.was_left {
            return Ok(Some(mending));
        }
        let says_nothing = |it: &Ailment| it.remedies.is_empty() && it.refused.is_empty();
        let is_helpless = mending.mended.is_empty() && mending.open.iter().all(says_nothing);
        Ok((!is_helpless).then_some(mending))
    }

    /// Plans the repaired history, so that one run does all there is to do: what is repaired and not in one line yet
    /// would be exit status 0 with several heads. Whether the person goes back to what they said of the damage.
    fn plan(
        &mut self,
        arguments: &FixArguments,
        decided: &mut Decided,
        ui: &mut Ui,
    ) -> anyhow::Result<bool> {
        let Some(after) = self.after.as_ref().filter(|it| !it.needs_a_person()) else {
            return Ok(false);
        };
        let mut planned = Planned::of(self.history, after, arguments, decided, ui)?;
        self.changes = if planned.was_left() {
            Vec::new()
        } else {
            composed(&self.changes, &planned.changes)
        };
        planned.changes.clone_from(&self.changes);
        let went_back = planned.went_back();
        self.planned = Some(Rc::new(planned));
        Ok(went_back)
    }

    /// What is planned once everything is repaired.
    pub(crate) fn proposal(&self) -> Option<Proposal<'_>> {
        Some(Proposal {
            history: self.after.as_ref()?,
            planned: Rc::clone(self.planned.as_ref()?),
        })
    }

    /// Repairs, in memory, what was decided or can only be meant in one way.
    fn treated(
        history: &'h History,
        git: Option<&GitOf>,
        scales: &Scales<'_>,
        answers: &Answers,
        decided: &Decided,
    ) -> anyhow::Result<Self> {
        let mut mending = Self {
            history,
            mended: Vec::new(),
            open: Vec::new(),
            after: None,
            changes: Vec::new(),
            planned: None,
            known: Known::not_asked("a damaged chain comes first"),
            operation: git.and_then(|it| it.repository.operation().ok()?),
            was_asked: false,
            was_left: false,
        };
        for _ in 0..ROUNDS {
            let current = mending.after.as_ref().unwrap_or(history);
            if !current.needs_a_person() {
                break;
            }
            let clinic = Clinic::new(current, git);
            let mut ailments = clinic.ailments();
            let mut taken = None;
            // What answers nothing now may do so once something else is repaired.
            let mut unfit = None;
            for (at, ailment) in ailments.iter_mut().enumerate() {
                mending.keep_what_helps(current, ailment, scales)?;
                let chosen = match chosen(ailment, answers, decided, &history.environment.name) {
                    Ok(chosen) => chosen,
                    Err(error) => {
                        unfit.get_or_insert(error);
                        continue;
                    }
                };
                let was_chosen = chosen.is_some();
                if let Some(remedy) = chosen.or_else(|| ailment.only_sound()) {
                    taken = Some((at, remedy.clone(), was_chosen));
                    break;
                }
            }
            let Some((at, remedy, was_chosen)) = taken else {
                if let Some(error) = unfit {
                    return Err(error);
                }
                mending.open = ailments;
                break;
            };
            mending.changes = composed(&mending.changes, &remedy.changes);
            mending.after = Some(read_after(history, &mending.changes)?);
            mending.mended.push(Mended {
                ailment: ailments.swap_remove(at),
                remedy,
                was_chosen,
            });
        }
        Ok(mending)
    }

    /// Everything that was decided, by evidence, too: who replays it elsewhere means the same repairs.
    pub(crate) fn answers(&self) -> Answers {
        let mut answers = Answers::default();
        for it in &self.mended {
            answers.give(it.ailment.id(), Answer::Repair(it.remedy.name.clone()));
        }
        let planned = self.planned.iter().flat_map(|it| it.answers.iter());
        for (id, answer) in planned.filter(|(id, _)| !id.is_damage()) {
            answers.give(id.clone(), answer.clone());
        }
        answers
    }

    /// Tries each remedy in memory, and keeps those that help and that databases allow.
    fn keep_what_helps(
        &self,
        current: &History,
        ailment: &mut Ailment,
        scales: &Scales<'_>,
    ) -> anyhow::Result<()> {
        let before = keys(current);
        let mut kept: Vec<Remedy> = Vec::new();
        let mut wanting: Vec<String> = Vec::new();
        for mut remedy in std::mem::take(&mut ailment.remedies) {
            let changes = composed(&self.changes, &remedy.changes);
            let Ok(after) = read_after(self.history, &changes) else {
                continue;
            };
            let now = keys(&after);
            let is_gone = !now.contains(&ailment.key);
            // What could not be told before is not made by the remedy; neither is a second head.
            let is_worse = now.iter().any(|key| {
                let is_known = before.contains(key) || started_before(current, key);
                !is_known && !ailment.may_uncover && !key.starts_with("heads")
            });
            let ids = |history: &History| -> BTreeSet<String> {
                let ids = history.graph.revisions().iter();
                ids.map(|it| it.id.to_string()).collect()
            };
            let loses = !ids(current).is_subset(&ids(&after));
            if !is_gone || is_worse || loses {
                continue;
            }
            match kept.iter_mut().find(|it| it.name == remedy.name) {
                Some(known) => {
                    known.is_sound |= remedy.is_sound;
                    if !known.evidence.contains(&remedy.evidence) {
                        known.evidence = format!("{}; {}", known.evidence, remedy.evidence);
                    }
                }
                None => {
                    remedy.leads_to = leads_to(&after);
                    match scales.weigh(current, &after, ailment, &mut remedy)? {
                        Bearing::Refused(reason, revision) => {
                            ailment.refused.push(Refused::new(remedy, reason, revision));
                            continue;
                        }
                        Bearing::Wanting(sentences) => {
                            wanting.push(remedy.name.clone());
                            remedy.databases = sentences;
                        }
                        Bearing::Offered(sentences) => remedy.databases = sentences,
                    }
                    kept.push(remedy);
                }
            }
        }
        // What leaves nothing wrong goes before what the plan has to put right.
        if wanting.len() < kept.len() {
            let (worse, better) = kept.into_iter().partition(|it| wanting.contains(&it.name));
            kept = better;
            let worse: Vec<Remedy> = worse;
            for it in worse {
                let reason = it.databases.join("; ");
                ailment.refused.push(Refused::new(it, reason, None));
            }
        }
        if let ([one], [_, ..], true) = (
            kept.as_mut_slice(),
            ailment.refused.as_slice(),
            ailment.is_exhaustive,
        ) {
            one.is_sound = true;
        }
        ailment.remedies = kept;
        Ok(())
    }
}

/// The last answer is taken back.
fn take_back(given: &mut Vec<DecisionId>, answers: &mut Answers) {
    if let Some(last) = given.pop() {
        answers.take_back(&last);
    }
}

/// Whether a problem is that of several histories which all started from nothing before: while a parent is
/// missing, nobody counts them.
fn started_before(history: &History, key: &str) -> bool {
    let graph = &history.graph;
    let is_root = |id: &str| {
        let index = graph.index(id);
        index.is_some_and(|index| graph[index].parents == Parents::Known(Vec::new()))
    };
    key.strip_prefix("roots ")
        .is_some_and(|ids| ids.split(' ').all(is_root))
}

/// What somebody chose for an ailment: a person, then the decisions file.
fn chosen<'a>(
    ailment: &'a Ailment,
    answers: &Answers,
    decided: &Decided,
    environment: &str,
) -> anyhow::Result<Option<&'a Remedy>> {
    let id = ailment.id();
    let offered: Vec<Answer> = ailment
        .remedies
        .iter()
        .map(|remedy| Answer::Repair(remedy.name.clone()))
        .collect();
    let given = answers.get(&id).filter(|it| offered.contains(it)).cloned();
    let said = decided.said(environment, &id).map(|(_, answer)| answer);
    let said = said.as_ref().and_then(Value::as_str);
    let refused = ailment.refused.iter().find(|it| said == Some(&it.name));
    let answer = match (given, refused) {
        (Some(answer), _) => Some(answer),
        (None, Some(refused)) => {
            let message = format!("`{}` cannot be done: {}", refused.name, refused.reason);
            let hint = "`--not-applied REV` says of a published revision that no database has it";
            return Err(Hinted::new(message, hint).under(&code::DECISIONS).into());
        }
        (None, None) => decided.chosen(environment, &id, &offered)?,
    };
    let at = answer.and_then(|answer| offered.iter().position(|it| *it == answer));
    Ok(at.map(|at| &ailment.remedies[at]))
}

/// What is left to do in a history, in a few words.
fn leads_to(history: &History) -> String {
    let problems = history.graph.problems().iter();
    let heads = problems.clone().filter_map(|problem| match problem {
        Problem::MultipleHeads { heads, .. } => Some(heads.len()),
        _ => None,
    });
    let left = keys(history)
        .iter()
        .filter(|key| !key.starts_with("heads"))
        .count();
    match (left, heads.max()) {
        (0, None) => "the chain is sound then".to_owned(),
        (0, Some(heads)) => format!("then {heads} heads are put in a line"),
        (1, _) => "1 problem is left then".to_owned(),
        (more, _) => format!("{more} problems are left then"),
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
    let tree = Overlay::after(&WorkTree, changes);
    let display = Display::new(crate::paths::current_directory()?, None);
    let environments = vec![history.environment.clone()];
    let read = History::read_all(environments, &tree, &display)?.pop();
    let mut read = read.context("one environment is one history")?;
    // What other environments declare is not dangling here.
    read.expect_as(history);
    read.in_work_tree = history.in_work_tree;
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

impl Proposed for Mending<'_> {
    fn changes(&self) -> &[Change] {
        &self.changes
    }

    fn reasons(&self) -> BTreeMap<PathBuf, String> {
        self.proposal().map(|it| it.reasons()).unwrap_or_default()
    }

    fn status(&self) -> ExitStatus {
        match self.proposal().map(|it| it.status()) {
            None | Some(ExitStatus::Undecided) => ExitStatus::Undecided,
            // What is repaired is to be written, whatever is planned on it.
            Some(_) => ExitStatus::Found,
        }
    }

    fn operation(&self) -> Option<&Operation> {
        self.operation.as_ref()
    }

    fn history(&self) -> &History {
        self.history
    }

    fn print(&self, ui: &mut Ui) -> anyhow::Result<()> {
        mending_report::print(self, ui)
    }

    fn to_json(&self) -> Value {
        mending_report::to_json(self)
    }

    fn asks(&self) -> bool {
        self.was_asked || self.proposal().is_some_and(|it| it.asks())
    }

    fn after_writing(&self, journal: &Journal, ui: &mut Ui) -> anyhow::Result<()> {
        if !self.asks() {
            return Ok(());
        }
        let keeps_conflicts = self.planned.as_ref().is_some_and(|it| it.keeps_conflicts());
        keep_answers(self.history, &self.answers(), keeps_conflicts, journal, ui)
    }
}
