//! What `flatten`, `move` and `prune` would do, for programs.

use rechain_history::RevisionId;
use rechain_planner::{Order, Outcome};
use serde_json::{Value, json};

use crate::report::json;
use crate::report::proposal_json::{decision_json, evidence, publication, steps};
use crate::surgery::{Drawn, Finding, Operated};

/// What is to be done in one environment.
pub(crate) fn environment(operated: &Operated<'_>) -> Value {
    let history = operated.history;
    let mut document = json!({
        "name": history.environment.name,
        "publication": publication(&operated.known),
        "steps": [],
        "removed": [],
        "decisions": [],
        "problems": json::problems(history),
    });
    let outcome = match &operated.finding {
        Finding::Damaged => "damaged",
        Finding::NotKnown => "unknown-publication",
        Finding::Refused(refusal) => {
            document["reason"] = json!(refusal.to_string());
            "refused"
        }
        Finding::Drawn(drawn) => self::drawn(operated, drawn, &mut document),
    };
    document["outcome"] = json!(outcome);
    document
}

fn drawn(operated: &Operated<'_>, drawn: &Drawn, document: &mut Value) -> &'static str {
    let history = operated.history;
    match &drawn.outcome {
        Outcome::Sound => "sound",
        Outcome::Open(open) => {
            document["decisions"] = open.iter().map(|it| decision_json(history, it)).collect();
            "open"
        }
        Outcome::Plan(plan) => {
            let texts =
                |ids: &[RevisionId]| json!(ids.iter().map(ToString::to_string).collect::<Vec<_>>());
            document["steps"] = steps(history, plan);
            document["removed"] = texts(&plan.removed);
            let (ordered, not_understood) = evidence(history, plan);
            document["ordered"] = ordered;
            document["not_understood"] = not_understood;
            document["independent_pairs"] = json!(plan.independent_pairs);
            let graph = &history.graph;
            let open = drawn
                .compared
                .iter()
                .filter(|it| !it.verdict.is_independent());
            document["pairs"] = json!({
                "compared": drawn.compared.len(),
                "not_independent": open.map(|it| json!({
                    "first": graph[it.first].id.to_string(),
                    "then": graph[it.then].id.to_string(),
                    "turned": it.is_turned,
                    "verdict": it.verdict.word(),
                })).collect::<Vec<_>>(),
            });
            document["states"] = json!({
                "survive": texts(&drawn.states.survive),
                "lost": texts(&drawn.states.lost),
            });
            if let Some(order) = &drawn.order {
                document["order"] = json!(match order {
                    Order::Same => "same",
                    Order::FixedFirst => "fixed-first",
                    Order::Needs(_) => "nearest-that-runs",
                });
            }
            document["needless_depends"] = plan
                .needless
                .iter()
                .map(|(revision, on)| json!({"revision": revision.to_string(), "depends_on": on.to_string()}))
                .collect();
            document["redundant_depends"] = drawn
                .redundant
                .iter()
                .map(|(revision, on)| json!({"revision": revision.to_string(), "depends_on": on.to_string()}))
                .collect();
            "plan"
        }
    }
}
