//! What `fix` would do in one environment: the plan, and the changes of files that carry it out.

use anyhow::{Context as _, bail};
use rechain_history::{RevIndex, RevisionId};
use rechain_planner::{
    Decision, Outcome, Placement, Plan, Publication, Published, Reparent, Side, Situation, Wishes,
};
use rechain_project::git::Operation;
use rechain_project::{Change, Settings};
use rechain_rewriter::reparent;
use serde_json::Value;

use crate::args::{FixArguments, Format, PlacementArgument};
use crate::door::Proposed;
use crate::exit::ExitStatus;
use crate::history::History;
use crate::publication::{Known, known, parents_on_base};
use crate::report::proposal_text::print_sides;
use crate::report::{proposal_json, proposal_text};
use crate::ui::Ui;
use crate::verify::{Intended, verify};

/// What is to be done in one environment.
pub(crate) struct Proposal<'h> {
    pub(crate) history: &'h History,
    pub(crate) known: Known,
    pub(crate) outcome: Outcome,
    /// Something is wrong that a plan does not repair.
    pub(crate) needs_a_person: bool,
    /// Parents that are missing here and are on the base.
    pub(crate) on_base: Option<(String, Vec<RevisionId>)>,
    pub(crate) changes: Vec<Change>,
}

impl<'h> Proposal<'h> {
    /// Plans one environment. On a terminal a person is asked which side is deployed where nobody said.
    pub(crate) fn of(
        history: &'h History,
        arguments: &FixArguments,
        ui: &mut Ui,
    ) -> anyhow::Result<Self> {
        let needs_a_person = history.needs_a_person();
        let known = if needs_a_person {
            Known::not_asked("a damaged chain comes first")
        } else {
            known(&arguments.publication, history)?
        };
        let mut proposal = Self {
            history,
            known,
            outcome: Outcome::Sound,
            needs_a_person,
            on_base: None,
            changes: Vec::new(),
        };
        if needs_a_person {
            proposal.on_base = parents_on_base(&arguments.publication, history);
            return Ok(proposal);
        }
        proposal.outcome = proposal.plan(arguments);
        if let Outcome::Open(decisions) = &proposal.outcome
            && let [Decision::WhichSideStays { sides, default }] = decisions.as_slice()
            && arguments.writing.format == Format::Text
            && Ui::can_ask()
            && let Some(head) = ask_which_side(history, sides, *default, ui)?
        {
            // The answer says what is deployed, as `--applied` would.
            proposal.known.publication = Publication::Known(Published::at(&history.graph, [head]));
            proposal.outcome = proposal.plan(arguments);
        }
        if let Outcome::Plan(plan) = &proposal.outcome {
            proposal.changes = changes(history, plan, &proposal.known.publication)?;
        }
        Ok(proposal)
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

    fn plan(&self, arguments: &FixArguments) -> Outcome {
        let history = self.history;
        let settings = &history.environment.settings;
        let ground = self.known.ground(history);
        let situation = Situation::on(&ground, &history.expectations);
        let wishes = Wishes {
            placement: placement(arguments.placement, settings),
            take_defaults: arguments.writing.yes,
            strict: arguments.strict || settings.strict.unwrap_or_default(),
            ..Wishes::default()
        };
        situation.plan(&history.effects(situation.needs()), &wishes)
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

    fn status(&self) -> ExitStatus {
        match &self.outcome {
            _ if self.needs_a_person => ExitStatus::Undecided,
            Outcome::Sound => ExitStatus::Success,
            Outcome::Plan(_) => ExitStatus::Found,
            Outcome::Open(_) => ExitStatus::Undecided,
        }
    }

    fn operation(&self) -> Option<&Operation> {
        self.known.operation()
    }

    fn print(&self, with_heading: bool, ui: &mut Ui) -> anyhow::Result<()> {
        proposal_text::print(self, with_heading, ui)
    }

    fn to_json(&self) -> Value {
        proposal_json::environment(self)
    }
}

/// The changes that carry out `plan`, proven by reading them again.
fn changes(
    history: &History,
    plan: &Plan,
    publication: &Publication,
) -> anyhow::Result<Vec<Change>> {
    let changes = reparented(history, &plan.reparents)?;
    let intended = Intended::one_head(history, &plan.reparents, &plan.put_back);
    verify(history, &intended, &changes, publication)
        .context("this is a bug in rechain; nothing was written")?;
    Ok(changes)
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
        let (Some(source), Some(sites)) = (&file.source, sites) else {
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

fn ask_which_side(
    history: &History,
    sides: &[Side],
    default: usize,
    ui: &mut Ui,
) -> anyhow::Result<Option<RevIndex>> {
    writeln!(
        ui.err,
        "What databases have is not known. Which side is deployed, and stays?"
    )?;
    print_sides(history, sides, ui)?;
    loop {
        let answer = ui.ask(&format!(
            "side 1-{} [{}], q to leave:",
            sides.len(),
            default + 1
        ))?;
        match answer.as_deref() {
            None | Some("q" | "Q") => return Ok(None),
            Some("") => return Ok(Some(sides[default].head)),
            Some(text) => {
                let chosen = text.parse::<usize>().ok().and_then(|it| it.checked_sub(1));
                if let Some(side) = chosen.and_then(|at| sides.get(at)) {
                    return Ok(Some(side.head));
                }
            }
        }
    }
}
