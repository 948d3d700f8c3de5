//! A proposal for programs.

use rechain_history::{RevIndex, RevisionId};
use rechain_planner::{Choice, Decision, DeployableHead, Outcome, Plan, Publication, ShownBy};
use rechain_project::Position;
use serde_json::{Value, json};

use crate::decisions::{self, words};
use crate::history::History;
use crate::proposal::{OpenDecision, Proposal};
use crate::publication::Known;
use crate::report::{databases_json, diff, json};
use crate::review::Review;
use crate::unproven::{MOST_LISTED, told};

/// What is to be done in one environment.
pub(crate) fn environment(proposal: &Proposal<'_>) -> Value {
    let history = proposal.history;
    let decisions: Value = proposal
        .open
        .iter()
        .map(|it| open_json(proposal, it))
        .collect();
    let (outcome, steps) = match &proposal.outcome {
        _ if proposal.needs_a_person => ("damaged", json!([])),
        _ if proposal.is_order_unknown() => ("open", json!([])),
        Outcome::Sound => ("sound", json!([])),
        Outcome::Plan(plan) => ("plan", steps(history, plan)),
        Outcome::Open(_) => ("open", json!([])),
    };
    let (independent, (ordered, not_understood)) = match &proposal.outcome {
        Outcome::Plan(plan) => (plan.independent_pairs, evidence(history, plan)),
        _ => (0, (json!([]), json!([]))),
    };
    let (unproven, unproven_pairs) = match &proposal.outcome {
        Outcome::Plan(plan) => (unproven(history, plan), plan.unproven.len()),
        _ => (json!([]), 0),
    };
    let mut document = json!({
        "name": history.environment.name,
        "publication": publication(&proposal.known),
        "outcome": outcome,
        "steps": steps,
        "ordered": ordered,
        "independent_pairs": independent,
        "not_understood": not_understood,
        "unproven": unproven,
        "unproven_pairs": unproven_pairs,
        "decisions": decisions,
        "answers": decisions::to_json(proposal.answers.iter()),
        "problems": json::problems(history),
    });
    if let Outcome::Plan(plan) = &proposal.outcome {
        review(proposal, plan, &mut document);
    }
    document
}

/// What whoever reviews a plan wants to see of it besides the steps.
fn review(proposal: &Proposal<'_>, plan: &Plan, document: &mut Value) {
    let history = proposal.history;
    let review = Review::of(proposal, plan);
    let affected = review.affected();
    let links = |is_after: bool| -> Vec<Value> {
        affected
            .links(is_after)
            .into_iter()
            .map(|(index, parents)| {
                json!({
                    "revision": history.graph[index].id.to_string(),
                    "parents": parents.iter().map(|&it| history.graph[it].id.to_string()).collect::<Vec<_>>(),
                })
            })
            .collect()
    };
    document["summary"] = json!(review.summary());
    document["graph"] = json!({"before": links(false), "after": links(true)});
    document["kept_conflicts"] = plan
        .kept
        .iter()
        .map(|it| {
            json!({
                "revisions": [history.graph[it.one].id.to_string(), history.graph[it.other].id.to_string()],
                "reason": it.kind.to_string(),
            })
        })
        .collect();
    document["redundant_depends"] = proposal
        .redundant
        .iter()
        .map(|(revision, on)| json!({"revision": revision.to_string(), "depends_on": on.to_string()}))
        .collect();
    document["needless_depends"] = plan
        .needless
        .iter()
        .map(|(revision, on)| json!({"revision": revision.to_string(), "depends_on": on.to_string()}))
        .collect();
    document["databases"] = review
        .databases()
        .iter()
        .map(|it| databases_json::standing(history, it))
        .collect();
    document["diff"] = json!(diff::plain(&proposal.changes));
}

/// The pairs that are ordered by their effects, and what is not understood.
pub(crate) fn evidence(history: &History, plan: &Plan) -> (Value, Value) {
    let ordered = plan
        .ordered
        .iter()
        .map(|pair| {
            json!({
                "before": pair.before.to_string(),
                "after": pair.after.to_string(),
                "reason": pair.cause.to_string(),
            })
        })
        .collect();
    let not_understood = plan
        .not_understood
        .iter()
        .map(|entry| {
            let file = history.file_of(entry.revision);
            json!({
                "revision": history.graph[entry.revision].id.to_string(),
                "file": file.name,
                "line": Position::of(file.text(), entry.range.start()).line,
                "reason": entry.reason,
                "count": entry.count,
            })
        })
        .collect();
    (ordered, not_understood)
}

/// The first of the newly ordered pairs of which nothing is proven.
fn unproven(history: &History, plan: &Plan) -> Value {
    told(history, plan)
        .take(MOST_LISTED)
        .map(|pair| {
            let mut entry = json!({
                "before": pair.before,
                "after": pair.after,
                "reason": pair.reason,
            });
            if let Some(place) = &pair.place {
                entry["revision"] = json!(place.revision);
                entry["file"] = json!(place.file);
                entry["line"] = json!(place.line);
            }
            entry
        })
        .collect()
}

pub(crate) fn publication(known: &Known) -> Value {
    let asked = known.asked.as_ref();
    let (state, heads): (_, &[DeployableHead]) = match &known.publication {
        Publication::Unknown => ("unknown", &[]),
        Publication::Nothing => ("nothing", &[]),
        Publication::Known(published) => ("known", published.heads()),
    };
    json!({
        "state": state,
        "base": asked.ok().map(|it| it.base.as_str()),
        "refs": asked.map_or_else(|_| json!([]), |it| it.refs.iter().map(|(shown, why, commit)| json!({
            "ref": shown,
            "commit": commit,
            "reason": why,
        })).collect()),
        "heads": heads.iter().map(head_json).collect::<Vec<_>>(),
        "overridden": known.overridden.iter().map(head_json).collect::<Vec<_>>(),
        "not_known": asked.err(),
        "notes": asked.map_or(&[][..], |it| it.notes.as_slice()),
    })
}

fn head_json(head: &DeployableHead) -> Value {
    json!({
        "revision": head.revision.to_string(),
        "ref": head.since.reference,
        "since": {"commit": head.since.commit, "date": head.since.date},
        "until": {"commit": head.until.commit, "date": head.until.date},
        "shown_by": match head.shown_by {
            ShownBy::OneHead => "one-head",
            ShownBy::OneOfHeads => "one-of-heads",
            ShownBy::Boundary => "boundary",
            ShownBy::Unreadable => "unreadable",
        },
    })
}

pub(crate) fn steps(history: &History, plan: &Plan) -> Value {
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

/// An open decision with its options. Whoever puts the `answer` of one of them in the place of the
/// decision's own has a file for `--decisions`.
fn open_json(proposal: &Proposal<'_>, open: &OpenDecision) -> Value {
    let history = proposal.history;
    let mut document = decision_json(history, &open.decision);
    let options: Vec<Value> = open
        .choices
        .iter()
        .map(|choice| option_json(proposal, &open.decision, choice))
        .collect();
    document["options"] = json!(options);
    document["answer"] = Value::Null;
    document
}

fn option_json(proposal: &Proposal<'_>, decision: &Decision, choice: &Choice) -> Value {
    let history = proposal.history;
    let id = decision.id(&history.graph);
    let (steps, databases) = match choice.plan() {
        Some(plan) => {
            let known = &proposal.known.publication;
            let publication = plan.presumed.as_deref().unwrap_or(known);
            (
                steps(history, plan),
                words::databases(history, publication, plan),
            )
        }
        None => (json!([]), Vec::new()),
    };
    json!({
        "answer": choice.answer.to_string(),
        "default": choice.is_default,
        "outcome": match &choice.outcome {
            Outcome::Sound => "sound",
            Outcome::Plan(_) => "plan",
            Outcome::Open(_) => "open",
        },
        "summary": words::leads_to(&choice.outcome),
        "command": history.answering(&id, &choice.answer.to_string()),
        "steps": steps,
        "databases": databases,
    })
}

/// A decision without its options.
pub(crate) fn decision_json(history: &History, decision: &Decision) -> Value {
    let mut document = evidence_json(history, decision);
    document["id"] = json!(decision.id(&history.graph).as_str());
    document["kind"] = json!(words::kind(decision));
    document["question"] = json!(words::question(history, decision));
    document
}

/// What only decisions of this kind have.
fn evidence_json(history: &History, decision: &Decision) -> Value {
    let id = |index: RevIndex| history.graph[index].id.to_string();
    match decision {
        Decision::WhichSideStays { sides, default } => json!({
            "sides": sides.iter().map(|side| json!({
                "head": id(side.head),
                "revisions": side.revisions.iter().map(|&it| id(it)).collect::<Vec<_>>(),
            })).collect::<Vec<_>>(),
            "default": id(sides[*default].head),
        }),
        Decision::BothPublished { heads } => json!({
            "heads": heads.iter().map(|&head| id(head)).collect::<Vec<_>>(),
        }),
        Decision::Displaced(displaced) => json!({
            "revision": displaced.revision.to_string(),
            "gained": displaced.gained.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "lost": displaced.lost.iter().map(ToString::to_string).collect::<Vec<_>>(),
        }),
        Decision::Conflict(conflict) => json!({
            "revisions": [id(conflict.one), id(conflict.other)],
            "reason": conflict.kind.to_string(),
        }),
        Decision::NotUnderstood(entries) => json!({
            "revisions": entries.iter().map(|it| id(it.revision)).collect::<Vec<_>>(),
        }),
        Decision::Damage(damage) => json!({
            "damage": damage.kind.name(),
            "about": damage.about.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "reason": damage.problem,
        }),
        Decision::EmptiedMerge { revision } => json!({"revision": revision.to_string()}),
    }
}
