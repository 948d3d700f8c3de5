//! What `flatten`, `move` and `prune` would do in one environment.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use anyhow::{Context as _, bail};
use rechain_history::{Problem, RevIndex, RevisionId, resolve};
use rechain_planner::{
    Compared, Effects, Ground, Order, Outcome, Plan, Publication, Refusal, States, Surgery, Wishes,
};
use rechain_project::Change;
use rechain_project::git::Operation;
use serde_json::Value;

use crate::args::{Format, OrderArguments, PublicationArguments, WritingArguments};
use crate::door::Proposed;
use crate::exit::ExitStatus;
use crate::history::History;
use crate::proposal::{reasons, removed, reparented};
use crate::publication::{Known, known};
use crate::redundant_depends;
use crate::report::{surgery_json, surgery_text};
use crate::request::{Hinted, with_suggestion};
use crate::ui::Ui;
use crate::verify::{Intended, verify};

/// What was asked for, as far as all of these commands have it in common.
#[derive(Clone, Copy)]
pub(crate) struct Asked<'a> {
    /// The command.
    pub(crate) command: &'static str,
    pub(crate) publication: &'a PublicationArguments,
    pub(crate) writing: &'a WritingArguments,
    /// How a new order is judged and written, where there is one.
    pub(crate) order: Option<OrderArguments>,
}

/// What is to be done in one environment.
pub(crate) struct Operated<'h> {
    pub(crate) command: &'static str,
    pub(crate) history: &'h History,
    pub(crate) known: Known,
    pub(crate) finding: Finding,
    pub(crate) changes: Vec<Change>,
}

/// What the command comes to.
pub(crate) enum Finding {
    /// The graph is damaged, so no order can be told.
    Damaged,
    /// What databases have is not known, and nobody said to go on.
    NotKnown,
    /// It cannot be done as asked.
    Refused(Refusal),
    /// It can, or a person must decide first.
    Drawn(Box<Drawn>),
}

/// A change that is drawn up.
pub(crate) struct Drawn {
    pub(crate) outcome: Outcome,
    /// How the order compares with today's, where the whole history is concerned.
    pub(crate) order: Option<Order>,
    pub(crate) states: States,
    /// What would newly be wrong.
    pub(crate) problems: Vec<Problem>,
    /// What is newly ordered, compared.
    pub(crate) compared: Vec<Compared>,
    /// Entries of `depends_on` that the new chain implies: who has it, and what it names.
    pub(crate) redundant: Vec<(RevisionId, RevisionId)>,
}

impl Drawn {
    /// What `outcome` of `surgery` means.
    pub(crate) fn new(
        outcome: Outcome,
        order: Option<Order>,
        surgery: &Surgery<'_>,
        history: &History,
        effects: &Effects,
    ) -> Self {
        let (graph, problems) = surgery.result();
        Self {
            outcome,
            order,
            states: surgery.states(),
            problems,
            compared: surgery.compared(effects, history.dialects()),
            redundant: redundant_depends::of(&graph),
        }
    }

    /// Plans `surgery` with what its revisions do.
    pub(crate) fn of(surgery: &Surgery<'_>, history: &History, wishes: &Wishes) -> Self {
        let effects = history.effects(surgery.needs());
        let dialects = history.dialects();
        let outcome = surgery.plan(&effects, wishes, dialects);
        Self::new(outcome, None, surgery, history, &effects)
    }
}

impl<'h> Operated<'h> {
    /// Lets `draw` plan the change, where the graph is sound and it is known what databases have.
    pub(crate) fn of(
        history: &'h History,
        asked: Asked<'_>,
        ui: &mut Ui,
        draw: impl FnOnce(&Ground<'_>, &Wishes) -> Result<Drawn, Refusal>,
    ) -> anyhow::Result<Self> {
        let mut result = Self {
            command: asked.command,
            history,
            known: Known::not_asked("a damaged chain comes first"),
            finding: Finding::Damaged,
            changes: Vec::new(),
        };
        if history.is_damaged() {
            return Ok(result);
        }
        result.known = known(asked.publication, history)?;
        if result.known.publication == Publication::Unknown && !may_go_on(asked, ui)? {
            result.finding = Finding::NotKnown;
            return Ok(result);
        }
        let settings = &history.environment.settings;
        let wishes = Wishes {
            take_defaults: asked.writing.yes,
            strict: asked.order.is_some_and(|it| it.strict) || settings.strict.unwrap_or_default(),
            dialects: history.dialects(),
            ..Wishes::default()
        };
        let ground = result.known.ground(history);
        match draw(&ground, &wishes) {
            Err(refusal) => result.finding = Finding::Refused(refusal),
            Ok(drawn) => {
                if let Outcome::Plan(plan) = &drawn.outcome {
                    let dropped = if asked.order.is_some_and(|it| it.drop_redundant_depends) {
                        drawn.redundant.as_slice()
                    } else {
                        &[]
                    };
                    result.changes = changes(history, plan, dropped, &result.known.publication)?;
                }
                result.finding = Finding::Drawn(Box::new(drawn));
            }
        }
        Ok(result)
    }
}

/// Where nothing is known of databases, a person on a terminal or `--yes` says that it may be done.
pub(crate) fn may_go_on(asked: Asked<'_>, ui: &mut Ui) -> anyhow::Result<bool> {
    if asked.writing.yes {
        return Ok(true);
    }
    if asked.writing.format != Format::Text || !Ui::can_ask() {
        return Ok(false);
    }
    let answer =
        ui.ask("What databases have is not known. Go on as if none had what changes? [y/N]")?;
    Ok(matches!(answer.as_deref(), Some("y" | "Y" | "yes")))
}

/// The changes that carry out `plan`, proven by reading them again.
fn changes(
    history: &History,
    plan: &Plan,
    dropped: &[(RevisionId, RevisionId)],
    publication: &Publication,
) -> anyhow::Result<Vec<Change>> {
    let mut changes = reparented(history, &plan.reparents)?;
    let mut intended = Intended::reparented(history, &plan.reparents);
    let leaving = redundant_depends::leaving(plan, dropped);
    redundant_depends::drop(history, &leaving, publication, &mut intended, &mut changes)?;
    changes.extend(removed(history, &plan.removed)?);
    let gone: BTreeSet<&RevisionId> = plan.removed.iter().collect();
    intended
        .revisions
        .retain(|revision| !gone.contains(&revision.id));
    verify(history, &intended, &changes, publication)
        .context("this is a bug in rechain; nothing was written")?;
    Ok(changes)
}

impl Proposed for Operated<'_> {
    fn changes(&self) -> &[Change] {
        &self.changes
    }

    fn reasons(&self) -> BTreeMap<PathBuf, String> {
        match &self.finding {
            Finding::Drawn(drawn) => match &drawn.outcome {
                Outcome::Plan(plan) => reasons(self.history, &plan.reparents),
                Outcome::Sound | Outcome::Open(_) => BTreeMap::new(),
            },
            Finding::Damaged | Finding::NotKnown | Finding::Refused(_) => BTreeMap::new(),
        }
    }

    fn status(&self) -> ExitStatus {
        match &self.finding {
            Finding::Damaged | Finding::NotKnown | Finding::Refused(_) => ExitStatus::Undecided,
            Finding::Drawn(drawn) => match &drawn.outcome {
                Outcome::Sound => ExitStatus::Success,
                Outcome::Plan(_) => ExitStatus::Found,
                Outcome::Open(_) => ExitStatus::Undecided,
            },
        }
    }

    fn operation(&self) -> Option<&Operation> {
        self.known.operation()
    }

    fn history(&self) -> &History {
        self.history
    }

    fn print(&self, ui: &mut Ui) -> anyhow::Result<()> {
        surgery_text::print(self, ui)
    }

    fn to_json(&self) -> Value {
        surgery_json::environment(self)
    }
}

/// The one history that has all of `revisions`, and where in it each of them is.
pub(crate) fn history_with<'h>(
    histories: &'h [History],
    revisions: &[&str],
) -> anyhow::Result<(&'h History, Vec<Vec<RevIndex>>)> {
    let mut found = Vec::new();
    let mut error = None;
    for history in histories {
        let resolved: Result<Vec<_>, _> = revisions
            .iter()
            .map(|revision| resolve(&history.graph, revision).map_err(|error| (error, *revision)))
            .collect();
        match resolved {
            Ok(resolved) => found.push((history, resolved)),
            Err(reason) => error = error.or(Some(reason)),
        }
    }
    if found.len() > 1 {
        let names: Vec<&str> = found
            .iter()
            .map(|(history, _)| history.environment.name.as_str())
            .collect();
        let message = format!("{} environments have {}", found.len(), revisions.join(", "));
        let hint = format!("name one with --project or -n: {}", names.join(", "));
        return Err(Hinted::new(message, hint).into());
    }
    match (found.pop(), error) {
        (Some(found), _) => Ok(found),
        (None, Some((error, revision))) => Err(with_suggestion(error, histories, revision)),
        (None, None) => bail!("there is no revision"),
    }
}
