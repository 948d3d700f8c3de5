//! Decisions and their options in words.

use rechain_history::{RevIndex, RevisionId};
use rechain_planner::{
    Answer, Choice, Conflict, ConflictKind, Damage, Decision, Outcome, Plan, Publication, Skipping,
};

use crate::commands::check::counted;
use crate::history::History;

/// The kind of a decision, as the JSON names it.
pub(crate) fn kind(decision: &Decision) -> &'static str {
    match decision {
        Decision::WhichSideStays { .. } => "which-side-stays",
        Decision::BothPublished { .. } => "both-published",
        Decision::Displaced(_) => "displaced",
        Decision::Conflict(_) => "conflict",
        Decision::NotUnderstood(_) => "not-understood",
        Decision::Damage(_) => "damage",
        Decision::EmptiedMerge { .. } => "emptied-merge",
    }
}

/// The question in a sentence.
pub(crate) fn question(history: &History, decision: &Decision) -> String {
    let id = |index: RevIndex| history.graph[index].id.to_string();
    match decision {
        Decision::WhichSideStays { .. } => {
            "What databases have is not known. Which side is deployed, and stays?".to_owned()
        }
        Decision::BothPublished { heads } => {
            let heads: Vec<String> = heads.iter().map(|&head| id(head)).collect();
            format!(
                "Databases may stand on each of {}. Which of them does no database have?",
                heads.join(" and ")
            )
        }
        Decision::Displaced(displaced) => format!(
            "{} is published, and has other revisions below it than databases have run.",
            displaced.revision
        ),
        Decision::Conflict(conflict) => format!(
            "{} and {} conflict: {}. Which runs first all the same?",
            id(conflict.one),
            id(conflict.other),
            conflict.kind
        ),
        Decision::NotUnderstood(entries) => {
            let ids: Vec<String> = entries.iter().map(|it| id(it.revision)).collect();
            format!(
                "Not all that {} may do is understood. May the order rest on it all the same?",
                ids.join(" and ")
            )
        }
        Decision::Damage(damage) => damaged(damage),
        Decision::EmptiedMerge { revision } => {
            format!("The merge revision {revision} joins nothing any more. Does it go?")
        }
    }
}

/// The question about damage in a sentence.
pub(crate) fn damaged(damage: &Damage) -> String {
    let mut letters = damage.problem.chars();
    let first = letters.next().map(|it| it.to_string()).unwrap_or_default();
    // An id stays as it is written.
    let is_word = damage
        .about
        .iter()
        .all(|id| !damage.problem.starts_with(id.as_str()));
    let first = if is_word { first.to_uppercase() } else { first };
    format!("{first}{}. What was meant?", letters.as_str())
}

/// What is open, in few words.
pub(crate) fn open(history: &History, decision: &Decision) -> String {
    match decision {
        Decision::Conflict(conflict) => format!(
            "{} and {} conflict: {}",
            history.graph[conflict.one].id, history.graph[conflict.other].id, conflict.kind
        ),
        other => question(history, other),
    }
}

/// What a conflict comes to, whichever order is taken.
pub(crate) fn verdict(history: &History, conflict: &Conflict) -> String {
    let id = |index: RevIndex| &history.graph[index].id;
    match &conflict.kind {
        ConflictKind::BothCreate(object) => {
            format!("Whichever runs second fails: {object} exists by then.")
        }
        ConflictKind::BothRemove(object) => {
            format!("Whichever runs second fails: {object} is gone by then.")
        }
        ConflictKind::BothAlter(object, property) => {
            format!("The later one wins: it sets the {property} of {object} for good.")
        }
        ConflictKind::SameName(_) => {
            "Whichever runs second fails: its name is taken by then.".to_owned()
        }
        ConflictKind::RemovesUsed(object) => {
            format!("In neither order does {object} end up as both mean it.")
        }
        ConflictKind::NoOrder(cause) => format!(
            "{}, which cannot come first.",
            cause.of(id(conflict.one), id(conflict.other))
        ),
        ConflictKind::Stumbles(parent) => format!(
            "{} follows {parent} and depends on {}, which would lie above {parent}: Alembic ends in a KeyError.",
            id(conflict.one),
            id(conflict.other)
        ),
    }
}

/// An option in a few words: what it says, and what it changes.
pub(crate) fn option(choice: &Choice) -> String {
    let says = match &choice.answer {
        Answer::Arrange(_) => "this order".to_owned(),
        Answer::Accept => "yes".to_owned(),
        Answer::Keep { before, after } => format!("{before}, then {after}"),
        answer => answer.to_string(),
    };
    let leads_to = match (&choice.answer, choice.plan()) {
        // Which of the two goes after the other is said.
        (Answer::Keep { .. }, Some(plan)) if plan.reparents.len() == 1 => {
            "1 file changes".to_owned()
        }
        _ => leads_to(&choice.outcome),
    };
    format!("{says} ({leads_to})")
}

/// What planning comes to, in a few words.
pub(crate) fn leads_to(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Sound => "nothing changes".to_owned(),
        Outcome::Plan(plan) => {
            let files = match plan.edited().len() {
                1 => "1 file changes".to_owned(),
                more => format!("{more} files change"),
            };
            let moved: Vec<String> = plan
                .reparents
                .iter()
                .take(3)
                .map(|step| format!("{} goes after {}", step.revision, ids(&step.to)))
                .collect();
            let more = match plan.reparents.len().saturating_sub(3) {
                0 => String::new(),
                more => format!(", and {more} more"),
            };
            format!("{files}: {}{more}", moved.join(", "))
        }
        Outcome::Open(open) => format!("{} is still open then", counted(open.len(), "question")),
    }
}

/// What an option means for databases, a sentence each.
pub(crate) fn databases(history: &History, publication: &Publication, plan: &Plan) -> Vec<String> {
    if *publication == Publication::Nothing {
        return Vec::new();
    }
    let graph = &history.graph;
    let new = plan.applied_to(graph, &history.expectations);
    let is_published = |index: RevIndex| publication.is_published(graph, index);
    plan.skipping(graph, &new, &is_published)
        .iter()
        .map(skipping)
        .collect()
}

fn skipping(it: &Skipping) -> String {
    format!(
        "a database with {} in alembic_version would skip {} silently",
        few(&it.rows, "or"),
        few(&it.skipped, "and")
    )
}

/// Ids as a list, the base where there are none.
pub(crate) fn ids(ids: &[RevisionId]) -> String {
    if ids.is_empty() {
        return "<base>".to_owned();
    }
    ids.iter()
        .map(RevisionId::as_str)
        .collect::<Vec<_>>()
        .join(", ")
}

/// A few ids, the last behind `word`, and how many more there are.
pub(crate) fn few(ids: &[RevisionId], word: &str) -> String {
    match ids {
        [] => "nothing".to_owned(),
        [one] => one.to_string(),
        [one, two] => format!("{one} {word} {two}"),
        [one, two, three] => format!("{one}, {two} {word} {three}"),
        [one, two, more @ ..] => format!("{one}, {two} {word} {} more", more.len()),
    }
}
