//! A proposal for people: the steps with their reasons on standard error, the diff on standard output.

use rechain_history::RevIndex;
use rechain_planner::{Conflict, Decision, Outcome, Plan, Publication, Side};
use rechain_project::Position;

use crate::code;
use crate::commands::check::summary;
use crate::decisions::words::ids;
use crate::diagnostic::{Diagnostic, Label, first_line};
use crate::history::History;
use crate::proposal::{OpenDecision, Proposal};
use crate::publication::Known;
use crate::redundant_depends;
use crate::report::{databases_text, diff, not_understood, obstacle_text, publication_text, text};
use crate::review::Review;
use crate::ui::{TITLE, Ui};
use crate::unproven;

/// Pairs that are named, where there are more.
const MANY: usize = 5;

/// Prints what is to be done in one environment, or what must be decided first.
pub(crate) fn print(proposal: &Proposal<'_>, ui: &mut Ui) -> anyhow::Result<()> {
    let history = proposal.history;
    if proposal.needs_a_person {
        obstacle_text::problems(history, ui)?;
        ui.problem(
            &code::DAMAGED,
            "this is for a person to decide, so no order was planned and nothing was written",
        )?;
        if let Some((base, parents)) = &proposal.on_base {
            let parents = ids(parents);
            ui.hint(&format!(
                "{base} has {parents}: merge or rebase {base} first"
            ))?;
        }
        return Ok(());
    }
    if proposal.was_left() {
        ui.note("nothing was decided, and nothing was written")?;
        return Ok(());
    }
    if proposal.is_order_unknown() {
        let so = "so no revision can be moved";
        return obstacle_text::databases_unknown(&proposal.known, so, ui);
    }
    let is_sound = matches!(proposal.outcome, Outcome::Sound);
    if !is_sound || ui.verbose {
        publication_text::evidence(history, &proposal.known, ui)?;
    }
    publication_text::several_ways(&proposal.known.ground(history), ui)?;
    match &proposal.outcome {
        Outcome::Sound => {
            if !ui.quiet && !history.is_empty() {
                writeln!(ui.err, "nothing to do: {}", summary(history))?;
            }
            obstacle_text::problems(history, ui)?;
        }
        Outcome::Plan(plan) => print_plan(proposal, plan, ui)?,
        Outcome::Open(_) => {
            for open in &proposal.open {
                print_decision(history, &proposal.known, &open.decision, ui)?;
                print_answers(proposal, open, ui)?;
            }
        }
    }
    Ok(())
}

fn print_plan(proposal: &Proposal<'_>, plan: &Plan, ui: &mut Ui) -> anyhow::Result<()> {
    let history = proposal.history;
    let review = (!ui.quiet).then(|| Review::of(proposal, plan));
    if let Some(review) = &review {
        writeln!(ui.err, "{TITLE}{}{TITLE:#}", review.summary())?;
        if proposal.is_reviewed {
            let drawing = review
                .affected()
                .drawing(&|index| review.is_published(index));
            if !drawing.is_empty() {
                writeln!(ui.err)?;
            }
            for line in &drawing {
                writeln!(ui.err, "  {line}")?;
            }
            writeln!(ui.err)?;
        }
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
            redundant_depends::print_of(&step.revision, plan, ui)?;
        }
        redundant_depends::print_steps(history, plan, ui)?;
        for pair in &plan.ordered {
            writeln!(
                ui.err,
                "  {} before {}: it {}",
                pair.before, pair.after, pair.cause
            )?;
        }
    }
    match &proposal.known.publication {
        Publication::Unknown => {
            ui.note("what databases have is not known; the side that stays is a guess")?;
            obstacle_text::ways_to_know(&proposal.known, ui)?;
        }
        Publication::Nothing => {
            ui.note("planned as if nothing were deployed anywhere (`applied = \"none\"`)")?;
        }
        Publication::Known(_) => {}
    }
    for conflict in &plan.kept {
        ui.note(&format!(
            "{} and {} conflict still, and keep this order because you said so: {}",
            history.graph[conflict.one].id, history.graph[conflict.other].id, conflict.kind
        ))?;
    }
    for (revision, branches) in &plan.shared {
        ui.note(&format!(
            "{revision} is on {} too: that must not land before it has this change (merge this \
             branch there, or land this one first)",
            branches.join(", ")
        ))?;
    }
    redundant_depends::print(&proposal.redundant, plan, ui)?;
    publication_text::unseen_databases(history, &proposal.known, plan, ui)?;
    not_understood::print(history, plan, "its new place rests on nothing else", ui)?;
    not_shown(history, plan, ui)?;
    if proposal.is_reviewed
        && let Some(review) = &review
    {
        writeln!(ui.err)?;
        databases_text::table(&review.databases(), Ui::columns(), &mut ui.err)?;
        writeln!(ui.err)?;
    }
    diff::print(&proposal.changes, ui)
}

/// Newly ordered pairs of which nothing is proven: a few by name, the others by their number.
fn not_shown(history: &History, plan: &Plan, ui: &mut Ui) -> anyhow::Result<()> {
    let shown = if ui.verbose { usize::MAX } else { MANY };
    for pair in unproven::told(history, plan).take(shown) {
        ui.note(&format!("not shown to be independent: {pair}"))?;
    }
    let left = plan.unproven.len().saturating_sub(shown);
    if left > 0 {
        ui.note(&format!(
            "{} not shown to be independent either (`-v`)",
            match left {
                1 => "1 more pair is".to_owned(),
                _ => format!("{left} more pairs are"),
            }
        ))?;
    }
    Ok(())
}

/// Why git could not say what is published.
fn why_unknown(known: &Known, ui: &mut Ui) -> anyhow::Result<()> {
    if let Err(reason) = &known.asked {
        ui.note(reason)?;
    }
    Ok(())
}

pub(crate) fn print_decision(
    history: &History,
    known: &Known,
    decision: &Decision,
    ui: &mut Ui,
) -> anyhow::Result<()> {
    let id = |index: RevIndex| history.graph[index].id.to_string();
    match decision {
        Decision::WhichSideStays { sides, default } => {
            ui.problem(
                &code::PUBLICATION_UNKNOWN,
                "what databases have is not known, so any of these sides may be deployed",
            )?;
            print_sides(history, sides, ui)?;
            why_unknown(known, ui)?;
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
            publication_text::both_published(history, known, heads, ui)?;
        }
        Decision::Displaced(displaced) => {
            publication_text::displaced(history, known, displaced, ui)?;
        }
        Decision::Conflict(conflict) => {
            writeln!(ui.err, "{}", conflict_report(history, conflict))?;
            // What a database has run would stay there as it was.
            let is_published = |index| known.publication.is_published(&history.graph, index);
            let sides = [conflict.one, conflict.other];
            match (sides.map(is_published), sides.map(id)) {
                ([true, false], [published, other]) | ([false, true], [other, published]) => {
                    ui.hint(&format!(
                        "change {other}, then run rechain again (databases may have run {published} \
                         as it is)"
                    ))?;
                }
                _ => ui.hint("change one of them, then run rechain again")?,
            }
        }
        Decision::NotUnderstood(entries) => {
            for entry in entries {
                let file = history.file_of(entry.revision);
                let line = Position::of(file.text(), entry.range.start()).line;
                ui.problem(
                    &code::NOT_UNDERSTOOD,
                    &format!("{}:{line}: not understood: {}", file.name, entry.reason),
                )?;
            }
            ui.hint("without `--strict` they go on top")?;
        }
        Decision::Damage(damage) => {
            ui.problem(&code::DAMAGED, &damage.problem)?;
            for repair in &damage.repairs {
                ui.hint(&format!("{}: {}", repair.name, repair.evidence))?;
            }
        }
        Decision::EmptiedMerge { revision } => {
            ui.note(&format!(
                "the merge revision {revision} joins nothing any more"
            ))?;
        }
    }
    Ok(())
}

/// How to answer without a terminal.
fn print_answers(proposal: &Proposal<'_>, open: &OpenDecision, ui: &mut Ui) -> anyhow::Result<()> {
    let history = proposal.history;
    // What databases have is said with flags.
    let has_flags = matches!(
        open.decision,
        Decision::WhichSideStays { .. } | Decision::BothPublished { .. }
    );
    if has_flags || open.choices.is_empty() {
        return Ok(());
    }
    ui.hint(&format!(
        "or decide it: `{}` asks on a terminal; elsewhere one of",
        history.command("rechain fix"),
    ))?;
    let id = open.decision.id(&history.graph);
    for choice in &open.choices {
        let command = history.answering(&id, &choice.answer.to_string());
        writeln!(ui.err, "  {command}")?;
    }
    Ok(())
}

pub(crate) fn conflict_report(history: &History, conflict: &Conflict) -> String {
    let places = [
        (conflict.one, conflict.one_range),
        (conflict.other, conflict.other_range),
    ];
    let labels = places.into_iter().map(|(index, range)| {
        let revision = &history.graph[index];
        let file = revision.place.file.index();
        Label::new(
            file,
            range.unwrap_or(revision.place.range),
            format!("{} {}", revision.id, first_line(&revision.title)),
        )
    });
    let message = format!(
        "revisions {} and {} conflict: {}",
        history.graph[conflict.one].id, history.graph[conflict.other].id, conflict.kind
    );
    let diagnostic = Diagnostic::new(&code::CONFLICT, message).with_places(labels);
    text::diagnostic(&diagnostic, history)
}

/// The sides of a fork, numbered from one.
pub(crate) fn print_sides(history: &History, sides: &[Side], ui: &mut Ui) -> anyhow::Result<()> {
    for (at, side) in sides.iter().enumerate() {
        for (line, &index) in side.revisions.iter().enumerate() {
            let number = if line == 0 {
                format!("{})", at + 1)
            } else {
                String::new()
            };
            let revision = &history.graph[index];
            writeln!(
                ui.err,
                "  {number:<3} {} {}",
                revision.id,
                first_line(&revision.title)
            )?;
        }
    }
    Ok(())
}
