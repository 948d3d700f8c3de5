//! What `fix` would do in one environment: the plan, and the changes of files that carry it out.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::path::PathBuf;
use std::rc::Rc;

use anyhow::{Context as _, bail};
use rechain_history::RevisionId;
use rechain_planner::{
    Answers, Choice, Decision, Effects, Outcome, Placement, Plan, Publication, Reparent, Situation,
    Wishes,
};
use rechain_project::git::Operation;
use rechain_project::{Change, Journal, Settings};
use rechain_rewriter::reparent;
use serde_json::Value;

use crate::args::{FixArguments, Format, PlacementArgument};
use crate::decisions::{self, Decided};
use crate::desk::Desk;
use crate::dialogue::{self, About, End};
use crate::door::{Proposed, ReadAgain};
use crate::exit::ExitStatus;
use crate::history::History;
use crate::paths::{Display, quoted};
use crate::progress;
use crate::publication::{Known, Naming, known_since, parents_on_base};
use crate::redundant_depends::{self, Redundant};
use crate::reorder;
use crate::report::{proposal_json, proposal_text};
use crate::ui::Ui;
use crate::verify::{Intended, verify};

/// What is to be done in one environment.
pub(crate) struct Proposal<'h> {
    pub(crate) history: &'h History,
    pub(crate) planned: Rc<Planned>,
}

/// What was found out and decided; positions are those of the history that was planned.
pub(crate) struct Planned {
    pub(crate) known: Known,
    pub(crate) outcome: Outcome,
    /// What is open, or may be decided although the plan does not wait for it; each with its options.
    pub(crate) open: Vec<OpenDecision>,
    /// What was answered, by a file or by a person.
    pub(crate) answers: Answers,
    /// Something is wrong that a plan does not repair.
    pub(crate) needs_a_person: bool,
    /// Parents that are missing here and are on the base.
    pub(crate) on_base: Option<(String, Vec<RevisionId>)>,
    pub(crate) changes: Vec<Change>,
    /// What revisions do, of those that were looked at.
    pub(crate) effects: Effects,
    /// Entries of `depends_on` that the plan makes needless.
    pub(crate) redundant: Vec<Redundant>,
    /// It is looked at before it is written, if it is.
    pub(crate) is_reviewed: bool,
    /// How the talk with a person on the terminal ended.
    talk: End,
}

/// A decision that is open, and what it may be answered with.
pub(crate) struct OpenDecision {
    pub(crate) decision: Decision,
    pub(crate) choices: Vec<Choice>,
}

impl Deref for Proposal<'_> {
    type Target = Planned;

    fn deref(&self) -> &Planned {
        &self.planned
    }
}

impl<'h> Proposal<'h> {
    /// Plans one environment. What is open is answered by the decisions file, then by the person on
    /// the terminal, if there is one.
    pub(crate) fn of(
        history: &'h History,
        arguments: &FixArguments,
        decided: &mut Decided,
        ui: &mut Ui,
    ) -> anyhow::Result<Self> {
        let planned = Planned::of(history, history, arguments, decided, ui)?;
        Ok(Self {
            history,
            planned: Rc::new(planned),
        })
    }

    /// The steps of the plan for a history on which nobody is asked anything; `None` where it is
    /// sound, damaged, or a person must decide.
    pub(crate) fn steps(history: &History, known: &Known) -> Option<Vec<Reparent>> {
        if history.needs_a_person() {
            return None;
        }
        let settings = &history.environment.settings;
        let ground = known.ground(history);
        let situation = Situation::on(&ground, &history.expectations);
        let wishes = Wishes {
            placement: placement(None, settings),
            strict: settings.strict.unwrap_or_default(),
            ..Wishes::default()
        };
        match situation.plan(&history.effects(situation.needs()), &wishes) {
            Outcome::Plan(plan) => Some(plan.reparents),
            Outcome::Sound | Outcome::Open(_) => None,
        }
    }
}

impl Planned {
    /// Plans `history`, which is `before` or what repairs make of it.
    pub(crate) fn of(
        before: &History,
        history: &History,
        arguments: &FixArguments,
        decided: &mut Decided,
        ui: &mut Ui,
    ) -> anyhow::Result<Self> {
        let needs_a_person = history.needs_a_person();
        let known = if needs_a_person {
            Known::not_asked("a damaged chain comes first")
        } else {
            progress::during(ui, "asking git what databases may have", None, || {
                known_since(&arguments.publication, history, before, Naming::Strict)
            })?
        };
        let mut planned = Self {
            known,
            outcome: Outcome::Sound,
            open: Vec::new(),
            answers: Answers::default(),
            needs_a_person,
            on_base: None,
            changes: Vec::new(),
            effects: Effects::new(),
            redundant: Vec::new(),
            is_reviewed: arguments.writing.dry_run || arguments.writing.interactive,
            talk: End::Settled { asked: false },
        };
        if needs_a_person {
            planned.on_base = parents_on_base(&arguments.publication, history);
        } else {
            planned.plan(history, arguments, decided, ui)?;
        }
        Ok(planned)
    }

    /// Whether two revisions that conflict keep an order, because a person said so.
    pub(crate) fn keeps_conflicts(&self) -> bool {
        matches!(&self.outcome, Outcome::Plan(plan) if !plan.kept.is_empty())
    }

    /// A person took part.
    fn was_asked(&self) -> bool {
        self.talk == End::Settled { asked: true }
    }

    /// An order was asked for, and nothing is known of what may move.
    pub(crate) fn is_order_unknown(&self) -> bool {
        self.talk == End::Unknown
    }

    /// They go back to what they answered before.
    pub(crate) fn went_back(&self) -> bool {
        self.talk == End::Back
    }

    /// They left without deciding.
    pub(crate) fn was_left(&self) -> bool {
        self.talk == End::Left
    }

    fn plan(
        &mut self,
        history: &History,
        arguments: &FixArguments,
        decided: &mut Decided,
        ui: &mut Ui,
    ) -> anyhow::Result<()> {
        let name = &history.environment.name;
        let ground = self.known.ground(history);
        let mut wishes = wishes(history, arguments);
        wishes.answers = decided.of(name);
        let bodies = Desk::needs(history, &ground);
        let mut desk = progress::during(ui, "reading what they do", Some(bodies), || {
            Desk::new(history, &self.known, &ground, wishes)
        });
        desk.drops_redundant = arguments.order.drop_redundant_depends;
        decided.answer_without_asking(&mut desk)?;
        let end = by_a_person(&mut desk, arguments, decided, ui)?;
        let outcome = desk.outcome();
        // Each option is a plan of its own, and only the JSON shows those that nobody has to choose among.
        let mut open = if arguments.writing.format == Format::Json {
            desk.offered(&outcome)
        } else {
            Vec::new()
        };
        let presumed = match &outcome {
            Outcome::Plan(plan) => {
                self.changes = desk.changes(plan)?;
                self.redundant = desk.redundant(plan);
                plan.presumed.as_deref().cloned()
            }
            Outcome::Open(decisions) => {
                open.clone_from(decisions);
                None
            }
            Outcome::Sound => None,
        };
        for decision in open {
            let choices = desk.choices(&decision, Some(&outcome));
            self.open.push(OpenDecision { decision, choices });
        }
        self.answers = std::mem::take(&mut desk.wishes.answers);
        self.effects = desk.into_effects();
        self.outcome = outcome;
        self.talk = end;
        self.is_reviewed |= self.was_asked();
        if self.was_left() {
            self.changes.clear();
        }
        if let Some(presumed) = presumed {
            self.known.publication = presumed;
        }
        Ok(())
    }
}

/// Lets the person on the terminal order and decide, where there is one who may be asked.
fn by_a_person(
    desk: &mut Desk<'_>,
    arguments: &FixArguments,
    decided: &mut Decided,
    ui: &mut Ui,
) -> anyhow::Result<End> {
    let name = desk.history.environment.name.clone();
    let writing = &arguments.writing;
    let may_ask = writing.format == Format::Text && !writing.yes && Ui::can_ask();
    // Before the files were read again, they may have answered already.
    let mut asked = decided.is_edited || !decided.of(&name).is_empty();
    let is_ordered = desk.wishes.answers.has_arrangement();
    if let Some(door) = arguments.edit_order
        && !is_ordered
    {
        // What is deployed comes before the order of what is not.
        if may_ask {
            match dialogue::run(desk, About::Databases, (false, decided.can_go_back), ui)? {
                End::Settled { asked: now } => asked |= now,
                end @ (End::Left | End::Back) => return Ok(end),
                End::Edited | End::Unknown => {}
            }
        }
        if *desk.publication_now() == Publication::Unknown {
            if desk.is_sound() {
                return Ok(End::Unknown);
            }
        } else {
            if reorder::through(door, desk, ui)?.is_none() {
                return Ok(End::Left);
            }
            asked |= may_ask;
        }
    }
    if may_ask {
        let how = (writing.interactive, decided.can_go_back);
        match dialogue::run(desk, About::Everything, how, ui)? {
            End::Settled { asked: now } => asked |= now,
            end @ (End::Left | End::Back | End::Unknown) => return Ok(end),
            End::Edited => {
                decided.is_edited = true;
                decided.keep(&name, desk.wishes.answers.clone());
                return Err(ReadAgain.into());
            }
        }
    }
    if decided.is_edited {
        ui.note("nothing is open any more")?;
    }
    Ok(End::Settled { asked })
}

fn wishes(history: &History, arguments: &FixArguments) -> Wishes {
    let settings = &history.environment.settings;
    Wishes {
        placement: placement(arguments.placement, settings),
        take_defaults: arguments.writing.yes,
        strict: arguments.order.strict || settings.strict.unwrap_or_default(),
        answers: Answers::default(),
        dialects: history.dialects(),
    }
}

/// Where moved revisions go: what the command line says, else the settings.
fn placement(given: Option<PlacementArgument>, settings: &Settings) -> Option<Placement> {
    match given {
        Some(PlacementArgument::Tip) => Some(Placement::Tip),
        Some(PlacementArgument::Tables) => Some(Placement::Tables),
        None => settings.placement.map(|placement| match placement {
            rechain_project::Placement::Tip => Placement::Tip,
            rechain_project::Placement::Tables => Placement::Tables,
        }),
    }
}

impl Proposed for Proposal<'_> {
    fn changes(&self) -> &[Change] {
        &self.changes
    }

    fn reasons(&self) -> BTreeMap<PathBuf, String> {
        match &self.outcome {
            Outcome::Plan(plan) => reasons(self.history, &plan.reparents),
            Outcome::Sound | Outcome::Open(_) => BTreeMap::new(),
        }
    }

    fn status(&self) -> ExitStatus {
        match &self.outcome {
            _ if self.needs_a_person || self.was_left() || self.is_order_unknown() => {
                ExitStatus::Undecided
            }
            Outcome::Sound => ExitStatus::Success,
            Outcome::Plan(_) => ExitStatus::Found,
            Outcome::Open(_) => ExitStatus::Undecided,
        }
    }

    fn operation(&self) -> Option<&Operation> {
        self.known.operation()
    }

    fn history(&self) -> &History {
        self.history
    }

    fn print(&self, ui: &mut Ui) -> anyhow::Result<()> {
        proposal_text::print(self, ui)
    }

    fn to_json(&self) -> Value {
        proposal_json::environment(self)
    }

    fn asks(&self) -> bool {
        self.was_asked()
    }

    fn after_writing(&self, journal: &Journal, ui: &mut Ui) -> anyhow::Result<()> {
        if !self.was_asked() || !matches!(self.outcome, Outcome::Plan(_)) {
            return Ok(());
        }
        keep_answers(
            self.history,
            &self.answers,
            self.keeps_conflicts(),
            journal,
            ui,
        )
    }
}

/// Keeps what was answered beside the journal, so that it can be decided alike elsewhere.
pub(crate) fn keep_answers(
    history: &History,
    answers: &Answers,
    keeps_conflicts: bool,
    journal: &Journal,
    ui: &mut Ui,
) -> anyhow::Result<()> {
    if answers.is_empty() {
        return Ok(());
    }
    let name = history.environment.name.as_str();
    let document = decisions::document([(name, answers)].into_iter());
    let path = journal.keep_decisions(&format!("{document:#}\n"))?;
    let display = Display::new(crate::paths::current_directory()?, None);
    let path = quoted(&display.path(&path));
    if keeps_conflicts {
        ui.note(&format!("what conflicts is noted in {path}"))?;
    }
    if !ui.quiet {
        ui.hint(&format!(
            "`rechain fix --decisions {path}` decides the same elsewhere"
        ))?;
    }
    Ok(())
}

/// The changes that carry out `plan` and take what is `redundant` out of `depends_on`, proven by reading them
/// again.
pub(crate) fn changes(
    history: &History,
    plan: &Plan,
    redundant: &[Redundant],
    publication: &Publication,
) -> anyhow::Result<Vec<Change>> {
    let mut changes = reparented(history, &plan.reparents)?;
    changes.extend(removed(history, &plan.removed)?);
    let mut intended = Intended::one_head(history, &plan.reparents, &plan.put_back);
    let is_removed = |id: &RevisionId| plan.removed.contains(id);
    intended.revisions.retain(|it| !is_removed(&it.id));
    let leaving = redundant_depends::leaving(plan, redundant);
    redundant_depends::drop(history, &leaving, publication, &mut intended, &mut changes)?;
    verify(history, &intended, &changes, publication)
        .context("this is a bug in rechain; nothing was written")?;
    Ok(changes)
}

/// The files of revisions that go.
pub(crate) fn removed(history: &History, ids: &[RevisionId]) -> anyhow::Result<Vec<Change>> {
    ids.iter()
        .map(|id| {
            let index = history.graph.index(id.as_str());
            let file = history.file_of(index.context("a planned revision exists")?);
            let Some(source) = file.source() else {
                return Err(file.changed_meanwhile());
            };
            Ok(Change::delete(&file.path, source.bytes()))
        })
        .collect()
}

/// Why each step's file changes.
pub(crate) fn reasons(history: &History, steps: &[Reparent]) -> BTreeMap<PathBuf, String> {
    let path = |step: &Reparent| {
        let index = history.graph.index(step.revision.as_str())?;
        Some(history.file_of(index).path.clone())
    };
    steps
        .iter()
        .filter_map(|step| Some((path(step)?, step.reason.to_string())))
        .collect()
}

/// The edits that give revisions other parents. Whether they do is for [`verify`] to say.
pub(crate) fn reparented(history: &History, steps: &[Reparent]) -> anyhow::Result<Vec<Change>> {
    let mut changes = Vec::with_capacity(steps.len());
    for step in steps {
        let index = history
            .graph
            .index(step.revision.as_str())
            .context("a planned revision exists")?;
        let file = history.file_of(index);
        let sites = file
            .module
            .as_ref()
            .and_then(|module| module.sites.as_ref());
        let Some(source) = file.source() else {
            return Err(file.changed_meanwhile());
        };
        let Some(sites) = sites else {
            bail!("{}: down_revision cannot be edited", file.name);
        };
        let edits = reparent(source.text(), sites, &step.to);
        let after = source
            .splice(edits.iter().map(|edit| (edit.range, edit.insert.as_str())))
            .with_context(|| file.name.clone())?;
        changes.push(Change::edit(&file.path, source.bytes(), after));
    }
    Ok(changes)
}
