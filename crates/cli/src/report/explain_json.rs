//! `rechain explain` for programs.

use rechain_history::{Certainty, Dialects, Effect, EffectKind, RevIndex};
use rechain_planner::{Doubt, Evidence, PairSide, Premise, Site, Verdict};
use rechain_project::Position;
use serde_json::{Value, json};

use crate::diagnostic::first_line;
use crate::explanation::{Explanation, Pair};
use crate::history::History;

/// One revision: its effects in the order in which they happen.
pub(crate) fn revision(explanation: &Explanation<'_>) -> Value {
    let history = explanation.history;
    let effects = |effects: &[Effect]| -> Vec<Value> {
        effects
            .iter()
            .map(|effect| self::effect(effect, history, explanation.revision))
            .collect()
    };
    json!({
        "revision": revision_of(history, explanation.revision),
        "understood": explanation.upgrade.iter().all(Effect::is_understood),
        "upgrade": effects(&explanation.upgrade),
        "downgrade": explanation.downgrade.as_deref().map(effects),
    })
}

fn revision_of(history: &History, index: RevIndex) -> Value {
    let revision = &history.graph[index];
    json!({
        "id": revision.id.as_str(),
        "title": first_line(&revision.title),
        "file": history.file_of(index).name,
        "down_revisions": revision.down_revisions().iter().map(rechain_history::RevisionId::as_str).collect::<Vec<_>>(),
    })
}

fn effect(effect: &Effect, history: &History, index: RevIndex) -> Value {
    let mut value = match &effect.kind {
        EffectKind::Opaque { reason } => json!({ "action": "opaque", "reason": reason }),
        EffectKind::Known { action, object } => {
            use rechain_history::Action::{
                Alter, Create, Drop, ReadRows, RenameTo, Require, WriteRows,
            };
            let (name, detail) = match action {
                Create => ("create", Value::Null),
                Drop => ("drop", Value::Null),
                Alter(property) => ("alter", json!(property.to_string())),
                RenameTo(new) => ("rename", json!(new)),
                Require => ("require", Value::Null),
                ReadRows => ("read_rows", Value::Null),
                WriteRows => ("write_rows", Value::Null),
            };
            let mut value = json!({ "action": name, "object": object.to_string() });
            match name {
                "alter" => value["property"] = detail,
                "rename" => value["to"] = detail,
                _ => {}
            }
            value["table"] = json!(object.table().map(ToString::to_string));
            value
        }
    };
    value["certainty"] = json!(match effect.certainty {
        Certainty::Always => "always",
        Certainty::IfNeeded => "if_needed",
        Certainty::Conditional => "conditional",
        Certainty::Unknown => "unknown",
    });
    value["dialects"] = dialects(effect.dialects);
    value["place"] = place(history, index, effect.range);
    value
}

fn dialects(dialects: Dialects) -> Value {
    dialects
        .iter()
        .map(rechain_history::Dialect::name)
        .collect::<Vec<_>>()
        .into()
}

fn place(history: &History, index: RevIndex, range: rechain_history::TextRange) -> Value {
    let file = history.file_of(index);
    let position = Position::of(file.text(), file.shown(range).start());
    json!({ "file": file.name, "line": position.line, "column": position.column })
}

/// Two revisions and the verdict on them.
pub(crate) fn pair(pair: &Pair<'_>) -> Value {
    let history = pair.history;
    let id = |side: PairSide| {
        let index = match side {
            PairSide::One => pair.one,
            PairSide::Other => pair.other,
        };
        history.graph[index].id.to_string()
    };
    let at_one = |site: Site| place(history, pair.one, site.range);
    let at_other = |site: Site| place(history, pair.other, site.range);
    let doubts = |doubts: &[Doubt]| -> Value {
        doubts
            .iter()
            .map(|doubt| {
                json!({
                    "reason": doubt.reason,
                    "about": doubt.about.map(id),
                    "one": doubt.one.map(at_one),
                    "other": doubt.other.map(at_other),
                    "dialects": dialects(doubt.dialects),
                })
            })
            .collect()
    };
    let evidence = |evidence: &Evidence| {
        json!({
            "cause": evidence.cause.to_string(),
            "one": at_one(evidence.one),
            "other": at_other(evidence.other),
            "dialects": dialects(evidence.dialects),
        })
    };
    let mut value = json!({
        "one": revision_of(history, pair.one),
        "other": revision_of(history, pair.other),
        "premise": match pair.premise {
            Premise::Chain => "chain",
            Premise::Fork => "fork",
            Premise::Nothing => "nothing",
        },
        "dialects": dialects(pair.dialects),
        "verdict": pair.verdict.word(),
    });
    match &pair.verdict {
        Verdict::Independent { notes } => {
            value["notes"] = notes.iter().map(ToString::to_string).collect();
        }
        Verdict::Ordered {
            first,
            evidence: found,
            doubts: unknown,
        } => {
            value["first"] = json!(id(*first));
            value["evidence"] = found.iter().map(evidence).collect();
            value["doubts"] = doubts(unknown);
        }
        Verdict::Conflict {
            kind,
            one,
            other,
            dialects: on,
        } => {
            value["conflict"] = json!({
                "kind": kind.to_string(),
                "one": at_one(*one),
                "other": at_other(*other),
                "dialects": dialects(*on),
            });
        }
        Verdict::Unknown { doubts: unknown } => value["doubts"] = doubts(unknown),
    }
    value
}
