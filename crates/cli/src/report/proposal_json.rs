//! A proposal for programs.

use rechain_history::{RevIndex, RevisionId};
use rechain_planner::{Decision, Outcome, Plan, Publication};
use rechain_project::Position;
use serde_json::{Value, json};

use crate::history::History;
use crate::proposal::Proposal;
use crate::report::json;

/// What is to be done in one environment.
pub(crate) fn environment(proposal: &Proposal<'_>) -> Value {
    let history = proposal.history;
    let (outcome, steps, decisions) = match &proposal.outcome {
        _ if proposal.needs_a_person => ("damaged", json!([]), json!([])),
        Outcome::Sound => ("sound", json!([]), json!([])),
        Outcome::Plan(plan) => ("plan", steps(history, plan), json!([])),
        Outcome::Open(open) => {
            let open = open.iter().map(|it| decision_json(history, it)).collect();
            ("open", json!([]), open)
        }
    };
    let (independent, ordered, not_understood) = match &proposal.outcome {
        Outcome::Plan(plan) => (
            plan.independent_pairs,
            plan.ordered
                .iter()
                .map(|pair| {
                    json!({
                        "before": pair.before.to_string(),
                        "after": pair.after.to_string(),
                        "reason": pair.cause.to_string(),
                    })
                })
                .collect(),
            plan.not_understood
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
                .collect(),
        ),
        _ => (0, json!([]), json!([])),
    };
    json!({
        "name": history.environment.name,
        "publication": publication_name(&proposal.publication),
        "outcome": outcome,
        "steps": steps,
        "ordered": ordered,
        "independent_pairs": independent,
        "not_understood": not_understood,
        "decisions": decisions,
        "problems": json::problems(history),
    })
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
