//! What `flatten`, `move` and `prune` would do, for people.

use rechain_history::{Problem, RevisionId};
use rechain_planner::{Order, Outcome, Plan, Publication, Refusal, Verdict};

use crate::commands::check::{counted, summary};
use crate::decisions::words::ids;
use crate::diagnostic::first_line;
use crate::history::History;
use crate::redundant_depends;
use crate::report::proposal_text::print_decision;
use crate::report::{diff, not_understood, obstacle_text, publication_text};
use crate::surgery::{Drawn, Finding, Operated};
use crate::ui::{TITLE, Ui};

/// How many ids a line names.
const MANY: usize = 6;

pub(crate) fn print(operated: &Operated<'_>, ui: &mut Ui) -> anyhow::Result<()> {
    match &operated.finding {
        Finding::Damaged => {
            let so = "no order was planned and nothing was written";
            obstacle_text::damaged(operated.history, so, ui)?;
        }
        Finding::NotKnown => {
            obstacle_text::databases_unknown(&operated.known, "so nothing was written", ui)?;
            ui.hint("`--yes` goes on without knowing")?;
        }
        Finding::Refused(refusal) => refused(operated, refusal, ui)?,
        Finding::Drawn(drawn) => self::drawn(operated, drawn, ui)?,
    }
    Ok(())
}

fn refused(operated: &Operated<'_>, refusal: &Refusal, ui: &mut Ui) -> anyhow::Result<()> {
    let history = operated.history;
    publication_text::evidence(history, &operated.known, ui)?;
    ui.problem(&crate::code::REFUSED, &refusal.to_string())?;
    match refusal {
        Refusal::PublishedPart(_) => {
            let tops = published_tops(operated);
            if let [top] = tops.as_slice() {
                ui.hint(&format!(
                    "`{}` leaves that and everything below it alone",
                    history.command(&format!("rechain flatten --from {top}"))
                ))?;
            }
            ui.hint("if no database has any of it after all: `--applied none`")?;
        }
        Refusal::Published(_) | Refusal::BelowPublished { .. } => {
            ui.hint("if no database has it after all: `--not-applied REV`, or `--applied none`")?;
        }
        Refusal::Displaced(_) => {
            let command = history.command("rechain fix");
            ui.hint(&format!("`{command}` puts it back first"))?;
        }
        Refusal::DependedOn { revision, by } => {
            ui.hint(&format!(
                "take {by} out too (`rechain prune {revision} {by}`), or change its depends_on"
            ))?;
        }
        Refusal::SeveralRoots(_) => ui.hint("take out what follows it too")?,
        Refusal::SeveralHeads { .. } => {
            ui.hint("move them one by one, or run `rechain fix` first")?;
        }
        Refusal::JoinsFollower { merge, .. } => {
            ui.hint(&format!("move what lies below {merge} without it"))?;
        }
        Refusal::BesideItself(_) => ui.hint("name a place outside of what moves")?,
        Refusal::Entangled(_) => ui.hint("flatten one lineage at a time with `--from REV`")?,
    }
    Ok(())
}

/// Published revisions that no published one follows.
fn published_tops(operated: &Operated<'_>) -> Vec<RevisionId> {
    let graph = &operated.history.graph;
    let is_published = |index: &_| operated.known.publication.is_published(graph, *index);
    graph
        .indices()
        .filter(is_published)
        .filter(|&index| !graph.all_children(index).any(|child| is_published(&child)))
        .map(|index| graph[index].id.clone())
        .collect()
}

fn drawn(operated: &Operated<'_>, drawn: &Drawn, ui: &mut Ui) -> anyhow::Result<()> {
    let history = operated.history;
    match &drawn.outcome {
        Outcome::Sound => {
            if !ui.quiet && !history.is_empty() {
                writeln!(ui.err, "nothing to do: {}", summary(history))?;
            }
        }
        Outcome::Open(decisions) => {
            publication_text::evidence(history, &operated.known, ui)?;
            for decision in decisions {
                print_decision(history, &operated.known, decision, ui)?;
            }
            if operated.command == "prune" {
                ui.hint("name what needs it too, and all of them go")?;
            }
        }
        Outcome::Plan(plan) => {
            publication_text::evidence(history, &operated.known, ui)?;
            self::plan(operated, drawn, plan, ui)?;
        }
    }
    Ok(())
}

fn plan(operated: &Operated<'_>, drawn: &Drawn, plan: &Plan, ui: &mut Ui) -> anyhow::Result<()> {
    let history = operated.history;
    if !ui.quiet {
        writeln!(
            ui.err,
            "{TITLE}{}{TITLE:#}",
            heading(operated.command, plan)
        )?;
        for step in &plan.reparents {
            let (from, to) = (ids(&step.from), ids(&step.to));
            let (id, title) = (&step.revision, title_of(history, &step.revision));
            writeln!(
                ui.err,
                "  {id} {title}\n    {from} -> {to}: {}",
                step.reason
            )?;
            redundant_depends::print_of(id, plan, ui)?;
        }
        redundant_depends::print_steps(history, plan, ui)?;
        for id in &plan.removed {
            writeln!(
                ui.err,
                "  {id} {}\n    goes, with its file",
                title_of(history, id)
            )?;
        }
        for pair in &plan.ordered {
            let (before, after) = (&pair.before, &pair.after);
            writeln!(ui.err, "  {before} before {after}: it {}", pair.cause)?;
        }
        self::compared(operated.command, drawn, history, ui)?;
    }
    order(drawn, history, ui)?;
    match &operated.known.publication {
        Publication::Unknown => {
            ui.note(
                "what databases have is not known; this is right only where none has what changes",
            )?;
        }
        Publication::Nothing => {
            ui.note("planned as if nothing were deployed anywhere (`applied = \"none\"`)")?;
        }
        Publication::Known(_) => {}
    }
    states(drawn, ui)?;
    redundant_depends::print(&drawn.redundant, plan, ui)?;
    for problem in &drawn.problems {
        if let Problem::MultipleHeads { heads, .. } = problem {
            let heads: Vec<RevisionId> = heads.iter().map(|(id, _)| id.clone()).collect();
            ui.note(&format!("it leaves several heads: {}", ids(&heads)))?;
        }
    }
    for (revision, branches) in &plan.shared {
        ui.note(&format!(
            "{revision} is on {} too: that must not land before it has this change",
            branches.join(", ")
        ))?;
    }
    not_understood::print(
        history,
        plan,
        "whether its new order is right is not known",
        ui,
    )?;
    diff::print(&operated.changes, ui)
}

/// What is newly ordered: how many pairs of which verdict, and for `move` each that is not independent.
fn compared(command: &str, drawn: &Drawn, history: &History, ui: &mut Ui) -> anyhow::Result<()> {
    if drawn.compared.is_empty() {
        return Ok(());
    }
    let count = |word: &str| {
        let same = drawn.compared.iter().filter(|it| it.verdict.word() == word);
        same.count()
    };
    let words: Vec<String> = ["independent", "ordered", "unknown", "conflict"]
        .into_iter()
        .filter(|word| count(word) > 0)
        .map(|word| format!("{} {word}", count(word)))
        .collect();
    let pairs = counted(drawn.compared.len(), "newly ordered pair");
    writeln!(ui.err, "  {pairs}: {}", words.join(", "))?;
    if command != "move" {
        return Ok(());
    }
    let graph = &history.graph;
    let others = drawn
        .compared
        .iter()
        .filter(|it| !it.verdict.is_independent());
    let shown = if ui.verbose { usize::MAX } else { MANY };
    for pair in others.clone().take(shown) {
        let (first, then) = (&graph[pair.first].id, &graph[pair.then].id);
        let why = match &pair.verdict {
            Verdict::Ordered { evidence, .. } => {
                evidence.first().map(|it| format!("it {}", it.cause))
            }
            Verdict::Conflict { kind, .. } => Some(kind.to_string()),
            Verdict::Unknown { doubts } => doubts.first().map(|it| it.reason.clone()),
            Verdict::Independent { .. } => None,
        };
        let (word, why) = (pair.verdict.word(), why.unwrap_or_default());
        writeln!(ui.err, "    {first} before {then}: {word}: {why}")?;
    }
    let left = others.count().saturating_sub(shown);
    if left > 0 {
        writeln!(ui.err, "    and {left} more (`-v`)")?;
    }
    Ok(())
}

fn heading(command: &str, plan: &Plan) -> String {
    let files = match (plan.edited().len(), plan.removed.len()) {
        (edited, 0) => format!("{} edited", counted(edited, "file")),
        (0, gone) => format!("{} deleted", counted(gone, "file")),
        (edited, gone) => format!(
            "{} edited, {} deleted",
            counted(edited, "file"),
            counted(gone, "file")
        ),
    };
    let what = match command {
        "flatten" => "one line",
        "move" => "moved",
        _ => "taken out",
    };
    format!("{what} with {files}")
}

fn title_of(history: &History, id: &RevisionId) -> String {
    let index = history.graph.index(id.as_str());
    index.map_or_else(String::new, |index| first_line(&history.graph[index].title))
}

/// How the order compares with the one in which Alembic runs the history today.
fn order(drawn: &Drawn, history: &History, ui: &mut Ui) -> anyhow::Result<()> {
    match &drawn.order {
        None => {}
        Some(Order::Same) => ui.note("Alembic runs everything in the same order as before")?,
        Some(Order::FixedFirst) => ui.note(
            "Alembic ran some of it in another order before: what stays where it is now comes first",
        )?,
        Some(Order::Needs(turned)) => {
            ui.note("Alembic's order of today would not run on an empty database; this is the nearest that does")?;
            for constraint in turned {
                let graph = &history.graph;
                let (before, after) = (&graph[constraint.before].id, &graph[constraint.after].id);
                ui.note(&format!("{before} now comes before {after}: it {}", constraint.cause))?;
            }
        }
    }
    Ok(())
}

/// Which database states survive.
fn states(drawn: &Drawn, ui: &mut Ui) -> anyhow::Result<()> {
    let lost = &drawn.states.lost;
    let survive = &drawn.states.survive;
    let survive = match survive.len() {
        0..=MANY => ids(survive),
        number => format!("one of {}", counted(number, "revision")),
    };
    if lost.is_empty() {
        return Ok(());
    }
    let named: Vec<&str> = lost.iter().take(MANY).map(RevisionId::as_str).collect();
    let more = match lost.len().saturating_sub(MANY) {
        0 => String::new(),
        number => format!(" and {number} more"),
    };
    ui.note(&format!(
        "a database that stands on {survive}, or is empty, goes on as it is; one that stands on {}{more}, or \
         has several rows, does not (`rechain databases REV` says what it needs)",
        named.join(", ")
    ))?;
    Ok(())
}
