//! What one revision does, line by line, and what two come to.

use std::collections::BTreeMap;

use rechain_history::{
    Action, Certainty, Dialects, Effect, EffectKind, RevIndex, SchemaObject, TextRange,
};
use rechain_parser::downgrade_effects;
use rechain_planner::{Circumstances, Premise, Verdict, commute};
use rechain_project::Position;

use crate::history::History;

/// One revision and what it does.
pub(crate) struct Explanation<'h> {
    pub(crate) history: &'h History,
    pub(crate) revision: RevIndex,
    pub(crate) upgrade: Vec<Effect>,
    /// Nothing where the file certainly has none.
    pub(crate) downgrade: Option<Vec<Effect>>,
}

impl<'h> Explanation<'h> {
    pub(crate) fn of(history: &'h History, revision: RevIndex) -> Self {
        let file = history.file_of(revision);
        Self {
            history,
            revision,
            upgrade: history.effects_of(revision),
            downgrade: file
                .text()
                .contains("downgrade")
                .then(|| downgrade_effects(file.text())),
        }
    }

    /// The line of a place in its file.
    pub(crate) fn line(&self, range: TextRange) -> usize {
        let file = self.history.file_of(self.revision);
        Position::of(file.text(), file.shown(range).start()).line
    }
}

/// Two revisions and the verdict on them.
pub(crate) struct Pair<'h> {
    pub(crate) history: &'h History,
    /// The one that runs first today, where the chain has an order for them.
    pub(crate) one: RevIndex,
    pub(crate) other: RevIndex,
    pub(crate) premise: Premise,
    pub(crate) dialects: Dialects,
    pub(crate) verdict: Verdict,
}

impl<'h> Pair<'h> {
    pub(crate) fn of(history: &'h History, one: RevIndex, other: RevIndex) -> Self {
        let graph = &history.graph;
        let (one, other, premise) = if graph.is_ancestor(one, other) {
            (one, other, Premise::Chain)
        } else if graph.is_ancestor(other, one) {
            (other, one, Premise::Chain)
        } else {
            (one, other, Premise::Fork)
        };
        let dialects = history.dialects();
        let circumstances = Circumstances { dialects, premise };
        let effects = |index: RevIndex| history.effects_of(index);
        Self {
            history,
            one,
            other,
            premise,
            dialects,
            verdict: commute(&effects(one), &effects(other), &circumstances),
        }
    }
}

/// What one statement does, in one line a verb.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) range: TextRange,
    pub(crate) verb: String,
    pub(crate) what: String,
}

/// The effects as rows: what one call does to one table stands in one of them.
pub(crate) fn rows(effects: &[Effect]) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    let mut at = 0;
    while at < effects.len() {
        let range = effects[at].range;
        let end = effects[at..]
            .iter()
            .position(|effect| effect.range != range)
            .map_or(effects.len(), |count| at + count);
        call(&effects[at..end], &mut rows);
        at = end;
    }
    rows
}

/// The rows of one call.
fn call(effects: &[Effect], rows: &mut Vec<Row>) {
    let range = effects[0].range;
    // What is in a table that the call makes is told with the table.
    let mut inside: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let made = |effect: &Effect| match effect.known() {
        Some((Action::Create, SchemaObject::Table(table))) => Some(table.to_string()),
        _ => None,
    };
    let tables: Vec<String> = effects.iter().filter_map(made).collect();
    let mut open: Vec<(String, Vec<String>)> = Vec::new();
    for effect in effects {
        let conditions = conditions(effect);
        let (verb, what) = match &effect.kind {
            EffectKind::Opaque { reason } => ("not understood".to_owned(), reason.clone()),
            EffectKind::Known { action, object } => {
                let holder = object.table().map(ToString::to_string);
                if let Some(table) = holder.filter(|it| tables.contains(it))
                    && *action == Action::Create
                    && !matches!(object, SchemaObject::Table(_))
                {
                    inside.entry(table).or_default().push(within(object));
                    continue;
                }
                (verb(action).to_owned(), described(action, object))
            }
        };
        let verb = if conditions.is_empty() {
            verb
        } else {
            format!("{verb} ({conditions})")
        };
        match open.iter_mut().find(|(known, _)| *known == verb) {
            Some((_, objects)) if !objects.contains(&what) => objects.push(what),
            Some(_) => {}
            None => open.push((verb, vec![what])),
        }
    }
    for (verb, objects) in open {
        let objects: Vec<String> = objects
            .into_iter()
            .map(|object| {
                let table = object.strip_prefix("table ").unwrap_or_default();
                match inside.get(table).filter(|_| verb.starts_with("creates")) {
                    Some(parts) => format!("{object}: {}", parts.join(", ")),
                    None => object,
                }
            })
            .collect();
        rows.push(Row {
            range,
            verb,
            what: objects.join(", "),
        });
    }
}

/// What is in a new table, without its table.
fn within(object: &SchemaObject) -> String {
    match object {
        SchemaObject::Column { name, .. } => name.clone(),
        SchemaObject::Constraint {
            name: Some(name),
            kind,
            ..
        } => format!("{kind} {name}"),
        SchemaObject::Constraint {
            name: None, kind, ..
        } => kind.to_string(),
        other => other.to_string(),
    }
}

fn verb(action: &Action) -> &'static str {
    match action {
        Action::Create => "creates",
        Action::Drop => "drops",
        Action::Alter(_) => "changes",
        Action::RenameTo(_) => "renames",
        Action::Require => "needs",
        Action::ReadRows => "reads",
        Action::WriteRows => "writes",
    }
}

fn described(action: &Action, object: &SchemaObject) -> String {
    match action {
        Action::Alter(property) => format!("{property} of {object}"),
        Action::RenameTo(new) => format!("{object} to {new}"),
        Action::ReadRows | Action::WriteRows => match object.table() {
            Some(table) => format!("rows of {table}"),
            None => format!("rows of {object}"),
        },
        Action::Create | Action::Drop => match object {
            SchemaObject::Constraint {
                table,
                name: None,
                kind,
            } if *action == Action::Drop => format!("some {kind} on {table}"),
            SchemaObject::Index {
                table: Some(table),
                name: None,
            } if *action == Action::Drop => format!("some index on {table}"),
            SchemaObject::Index {
                table: Some(table),
                name: Some(name),
            } => format!("index {name} on {table}"),
            _ => object.to_string(),
        },
        Action::Require => object.to_string(),
    }
}

/// Under what conditions an effect happens: `if missing`, `on sqlite`.
pub(crate) fn conditions(effect: &Effect) -> String {
    let mut conditions = Vec::new();
    match effect.certainty {
        Certainty::Always => {}
        Certainty::IfNeeded => conditions.push(
            match effect.known() {
                Some((Action::Drop, _)) => "if there",
                _ => "if missing",
            }
            .to_owned(),
        ),
        Certainty::Conditional => conditions.push("perhaps".to_owned()),
        Certainty::Unknown if effect.is_opaque() => {}
        Certainty::Unknown => conditions.push("or something else".to_owned()),
    }
    if effect.dialects != Dialects::ALL {
        conditions.push(format!("on {}", dialect_names(effect.dialects)));
    }
    conditions.join(", ")
}

/// `postgresql, sqlite`
pub(crate) fn dialect_names(dialects: Dialects) -> String {
    let names: Vec<&str> = dialects
        .iter()
        .map(rechain_history::Dialect::name)
        .collect();
    names.join(", ")
}
