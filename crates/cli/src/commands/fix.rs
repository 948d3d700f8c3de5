//! `rechain fix`: every lineage back to one head.

use std::collections::BTreeMap;

use anyhow::Context as _;
use rechain_history::{RevIndex, RevisionId};
use rechain_planner::{
    Conflict, Decision, Outcome, Placement, Plan, Publication, Published, Side, Situation, Wishes,
};
use rechain_project::{Change, ChangeSet, recover, write};
use serde_json::{Value, json};

use crate::args::{FixArguments, Format, PlacementArgument};
use crate::commands::check::{counted, summary};
use crate::diagnostic::first_line;
use crate::exit::ExitStatus;
use crate::history::History;
use crate::proposal;
use crate::publication::publication;
use crate::report::{diff, json, text};
use crate::request;
use crate::ui::{TITLE, Ui};

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
            proposal.print(proposals.len() > 1, ui)?;
        }
    }
    let mut written = false;
    if status == ExitStatus::Found && !arguments.dry_run {
        if !arguments.interactive || confirmed(changes.len(), ui)? {
            let journal = journal.context("the files that change lie in a version location")?;
            let done = write(&ChangeSet::new("fix", changes), &journal)?;
            written = true;
            if arguments.format == Format::Text && !ui.quiet {
                let files = counted(done.files.len(), "file");
                writeln!(ui.err, "wrote {files}; `rechain undo` takes it back")?;
            }
        }
        status = ExitStatus::Success;
    }
    if is_open && !changes_of_others(&proposals).is_empty() {
        ui.note("nothing was written anywhere: one run is one change")?;
    }
    if arguments.format == Format::Json {
        let document = json!({
            "version": json::VERSION,
            "command": "fix",
            "exit_status": status.code(),
            "written": written,
            "environments": proposals.iter().map(Proposal::to_json).collect::<Vec<_>>(),
        });
        writeln!(ui.out, "{document:#}")?;
    }
    Ok(status)
}

fn changes_of_others<'a>(proposals: &'a [Proposal<'_>]) -> Vec<&'a Change> {
    proposals
        .iter()
        .flat_map(|proposal| &proposal.changes)
        .collect()
}

fn confirmed(files: usize, ui: &mut Ui) -> anyhow::Result<bool> {
    if !Ui::can_ask() {
        return Ok(true);
    }
    let answer = ui.ask(&format!("write {}? [Y/n]", counted(files, "file")))?;
    Ok(matches!(answer.as_deref(), Some("" | "y" | "Y" | "yes")))
}

/// What is to be done in one environment.
struct Proposal<'h> {
    history: &'h History,
    publication: Publication,
    outcome: Outcome,
    is_damaged: bool,
    changes: Vec<Change>,
}

impl<'h> Proposal<'h> {
    fn of(history: &'h History, arguments: &FixArguments, ui: &mut Ui) -> anyhow::Result<Self> {
        let settings = &history.environment.settings;
        let mut proposal = Self {
            history,
            publication: publication(&arguments.publication, settings, &history.graph)?,
            outcome: Outcome::Sound,
            is_damaged: history.needs_a_person(),
            changes: Vec::new(),
        };
        if proposal.is_damaged {
            return Ok(proposal);
        }
        proposal.outcome = proposal.plan(arguments);
        if let Outcome::Open(decisions) = &proposal.outcome
            && let [Decision::WhichSideStays { sides, default }] = decisions.as_slice()
            && arguments.format == Format::Text
            && Ui::can_ask()
            && let Some(head) = ask_which_side(history, sides, *default, ui)?
        {
            // The answer says what is deployed, as `--applied` would.
            proposal.publication = Publication::Known(Published::at(&history.graph, [head]));
            proposal.outcome = proposal.plan(arguments);
        }
        if let Outcome::Plan(plan) = &proposal.outcome {
            proposal.changes = proposal::changes(history, plan, &proposal.publication)?;
        }
        Ok(proposal)
    }

    fn plan(&self, arguments: &FixArguments) -> Outcome {
        let history = self.history;
        let settings = &history.environment.settings;
        let situation = Situation::new(&history.graph, &self.publication, &history.expectations);
        let placement = match arguments.placement {
            Some(PlacementArgument::Tip) => Some(Placement::Tip),
            Some(PlacementArgument::Tables) => Some(Placement::Tables),
            None => settings.placement.map(|placement| match placement {
                rechain_project::Placement::Tip => Placement::Tip,
                rechain_project::Placement::Tables => Placement::Tables,
            }),
        };
        let wishes = Wishes {
            placement,
            take_defaults: arguments.yes,
            strict: arguments.strict || settings.strict.unwrap_or_default(),
        };
        situation.plan(&history.effects(situation.needs()), &wishes)
    }

    fn status(&self) -> ExitStatus {
        match &self.outcome {
            _ if self.history.is_empty() => ExitStatus::Failure,
            _ if self.is_damaged => ExitStatus::Undecided,
            Outcome::Sound => ExitStatus::Success,
            Outcome::Plan(_) => ExitStatus::Found,
            Outcome::Open(_) => ExitStatus::Undecided,
        }
    }

    fn print(&self, with_heading: bool, ui: &mut Ui) -> anyhow::Result<()> {
        let history = self.history;
        if with_heading {
            writeln!(ui.err, "{TITLE}{}{TITLE:#}", history.environment.name)?;
        }
        if self.is_damaged {
            for diagnostic in &history.diagnostics {
                writeln!(ui.err, "{}\n", text::diagnostic(diagnostic, history))?;
            }
            ui.error(
                "this is for a person to decide, so no order was planned and nothing was written",
            )?;
            return Ok(());
        }
        match &self.outcome {
            Outcome::Sound => {
                if !ui.quiet && !history.is_empty() {
                    writeln!(ui.err, "nothing to do: {}", summary(history))?;
                }
                for diagnostic in &history.diagnostics {
                    writeln!(ui.err, "{}\n", text::diagnostic(diagnostic, history))?;
                }
            }
            Outcome::Plan(plan) => self.print_plan(plan, ui)?,
            Outcome::Open(decisions) => {
                for decision in decisions {
                    print_decision(history, decision, ui)?;
                }
            }
        }
        Ok(())
    }

    fn print_plan(&self, plan: &Plan, ui: &mut Ui) -> anyhow::Result<()> {
        let history = self.history;
        if !ui.quiet {
            let moved = counted(plan.reparents.len(), "file");
            writeln!(ui.err, "{TITLE}one head again with {moved} edited{TITLE:#}")?;
            for step in &plan.reparents {
                let title = history
                    .graph
                    .index(step.revision.as_str())
                    .map(|index| first_line(&history.graph[index].title))
                    .unwrap_or_default();
                writeln!(
                    ui.err,
                    "  {} {title}\n    {} -> {}: {}",
                    step.revision,
                    ids(&step.from),
                    ids(&step.to),
                    step.reason
                )?;
            }
            for pair in &plan.ordered {
                writeln!(
                    ui.err,
                    "  {} before {}: it {}",
                    pair.before, pair.after, pair.cause
                )?;
            }
        }
        match self.publication {
            Publication::Unknown => {
                ui.note("what databases have is not known; the side that stays is a guess")?;
                ui.hint("say `--applied REV` for what is deployed, or `--applied none`")?;
            }
            Publication::Nothing => {
                ui.note("planned as if nothing were deployed anywhere (`applied = \"none\"`)")?;
            }
            Publication::Known(_) => {}
        }
        for entry in &plan.not_understood {
            let file = history.file_of(entry.revision);
            let line = rechain_project::Position::of(file.text(), entry.range.start()).line;
            let more = match entry.count {
                1 => String::new(),
                count => format!(" (and {} more)", count - 1),
            };
            ui.note(&format!(
                "{}:{line}: not understood: {}{more}; its new place rests on nothing else",
                file.name, entry.reason
            ))?;
        }
        let current = std::env::current_dir()?;
        let styled = ui.styled;
        let mut out = ui.exact()?;
        for change in &self.changes {
            diff::write(&mut out, change, &current, styled)?;
        }
        std::io::Write::flush(&mut out)?;
        Ok(())
    }

    fn to_json(&self) -> Value {
        let history = self.history;
        let (outcome, steps, decisions) = match &self.outcome {
            _ if self.is_damaged => ("damaged", json!([]), json!([])),
            Outcome::Sound => ("sound", json!([]), json!([])),
            Outcome::Plan(plan) => ("plan", steps(history, plan), json!([])),
            Outcome::Open(open) => {
                let open = open.iter().map(|it| decision_json(history, it)).collect();
                ("open", json!([]), open)
            }
        };
        let (independent, ordered, not_understood) = match &self.outcome {
            Outcome::Plan(plan) => (
                plan.independent_pairs,
                plan.ordered.iter().map(|pair| json!({
                    "before": pair.before.to_string(),
                    "after": pair.after.to_string(),
                    "reason": pair.cause.to_string(),
                })).collect(),
                plan.not_understood.iter().map(|entry| {
                    let file = history.file_of(entry.revision);
                    json!({
                        "revision": history.graph[entry.revision].id.to_string(),
                        "file": file.name,
                        "line": rechain_project::Position::of(file.text(), entry.range.start()).line,
                        "reason": entry.reason,
                        "count": entry.count,
                    })
                }).collect(),
            ),
            _ => (0, json!([]), json!([])),
        };
        json!({
            "name": history.environment.name,
            "publication": publication_name(&self.publication),
            "outcome": outcome,
            "steps": steps,
            "ordered": ordered,
            "independent_pairs": independent,
            "not_understood": not_understood,
            "decisions": decisions,
            "problems": json::problems(history),
        })
    }
}

fn publication_name(publication: &Publication) -> &'static str {
    match publication {
        Publication::Unknown => "unknown",
        Publication::Nothing => "nothing",
        Publication::Known(_) => "known",
    }
}

fn steps(history: &History, plan: &Plan) -> Value {
    let file = |id: &RevisionId| {
        history
            .graph
            .index(id.as_str())
            .map(|index| history.file_of(index).name.clone())
    };
    let texts = |ids: &[RevisionId]| ids.iter().map(ToString::to_string).collect::<Vec<_>>();
    plan.reparents
        .iter()
        .map(|step| {
            json!({
                "revision": step.revision.to_string(),
                "file": file(&step.revision),
                "from": texts(&step.from),
                "to": texts(&step.to),
                "reason": step.reason.to_string(),
            })
        })
        .collect()
}

fn decision_json(history: &History, decision: &Decision) -> Value {
    let id = |index: RevIndex| history.graph[index].id.to_string();
    match decision {
        Decision::WhichSideStays { sides, default } => json!({
            "kind": "which-side-stays",
            "sides": sides.iter().map(|side| json!({
                "head": id(side.head),
                "revisions": side.revisions.iter().map(|&it| id(it)).collect::<Vec<_>>(),
            })).collect::<Vec<_>>(),
            "default": id(sides[*default].head),
        }),
        Decision::BothPublished { heads } => json!({
            "kind": "both-published",
            "heads": heads.iter().map(|&head| id(head)).collect::<Vec<_>>(),
        }),
        Decision::Conflict(conflict) => json!({
            "kind": "conflict",
            "revisions": [id(conflict.one), id(conflict.other)],
            "reason": conflict.kind.to_string(),
        }),
        Decision::NotUnderstood(entries) => json!({
            "kind": "not-understood",
            "revisions": entries.iter().map(|it| id(it.revision)).collect::<Vec<_>>(),
        }),
    }
}

fn ids(ids: &[RevisionId]) -> String {
    if ids.is_empty() {
        return "<base>".to_owned();
    }
    ids.iter()
        .map(RevisionId::as_str)
        .collect::<Vec<_>>()
        .join(", ")
}

fn print_decision(history: &History, decision: &Decision, ui: &mut Ui) -> anyhow::Result<()> {
    let id = |index: RevIndex| history.graph[index].id.to_string();
    match decision {
        Decision::WhichSideStays { sides, default } => {
            ui.error("what databases have is not known, so any of these sides may be deployed")?;
            print_sides(history, sides, ui)?;
            let kept = id(sides[*default].head);
            ui.hint(&format!(
                "`{}`: {kept} is deployed",
                history.command(&format!("rechain fix --applied {kept}"))
            ))?;
            ui.hint(&format!(
                "`{}`: nothing is",
                history.command("rechain fix --applied none")
            ))?;
            ui.hint(&format!(
                "`{}`: keep {kept} without asking",
                history.command("rechain fix --yes")
            ))?;
        }
        Decision::BothPublished { heads } => {
            let names: Vec<String> = heads.iter().map(|&head| id(head)).collect();
            ui.error(&format!(
                "databases may stand on each of {}: no chain is right for all of them",
                names.join(" and ")
            ))?;
            ui.hint("`--not-applied REV` where you know that no database has REV")?;
            ui.hint(&format!(
                "else join them: `alembic merge {}`",
                names.join(" ")
            ))?;
        }
        Decision::Conflict(conflict) => {
            writeln!(ui.err, "{}", conflict_report(history, conflict))?;
            ui.hint("change one of them, then run rechain again")?;
        }
        Decision::NotUnderstood(entries) => {
            for entry in entries {
                let file = history.file_of(entry.revision);
                let line = rechain_project::Position::of(file.text(), entry.range.start()).line;
                ui.error(&format!(
                    "{}:{line}: not understood: {}",
                    file.name, entry.reason
                ))?;
            }
            ui.hint("without `--strict` they go on top")?;
        }
    }
    Ok(())
}

fn conflict_report(history: &History, conflict: &Conflict) -> String {
    let places = [
        (conflict.one, conflict.one_range),
        (conflict.other, conflict.other_range),
    ];
    let labels = places.into_iter().map(|(index, range)| {
        let revision = &history.graph[index];
        let file = revision.place.file.index();
        crate::diagnostic::Label::new(
            file,
            range.unwrap_or(revision.place.range),
            format!("{} {}", revision.id, first_line(&revision.title)),
        )
    });
    let message = format!(
        "revisions {} and {} conflict: {}",
        history.graph[conflict.one].id, history.graph[conflict.other].id, conflict.kind
    );
    let diagnostic =
        crate::diagnostic::Diagnostic::new(&crate::code::CONFLICT, message).with_places(labels);
    text::diagnostic(&diagnostic, history)
}

fn print_sides(history: &History, sides: &[Side], ui: &mut Ui) -> anyhow::Result<()> {
    for (at, side) in sides.iter().enumerate() {
        let revisions: BTreeMap<usize, String> = side
            .revisions
            .iter()
            .map(|&index| {
                let revision = &history.graph[index];
                format!("{} {}", revision.id, first_line(&revision.title))
            })
            .enumerate()
            .collect();
        for (line, text) in revisions {
            let number = if line == 0 {
                format!("{})", at + 1)
            } else {
                String::new()
            };
            writeln!(ui.err, "  {number:<3} {text}")?;
        }
    }
    Ok(())
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
