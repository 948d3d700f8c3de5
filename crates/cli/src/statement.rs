//! What one statement does, in words: a row for each verb.

use std::collections::{BTreeMap, BTreeSet};

use rechain_history::{
    Action, Certainty, Dialect, Dialects, Effect, EffectKind, Property, SchemaObject, TableName,
    TextRange,
};

use crate::explanation::dialect_names;

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
    let mut own = Own::default();
    let mut at = 0;
    while at < effects.len() {
        let range = effects[at].range;
        let end = effects[at..]
            .iter()
            .position(|effect| effect.range != range)
            .map_or(effects.len(), |count| at + count);
        let here: Vec<Effect> = effects[at..end]
            .iter()
            .filter(|effect| !own.has(effect))
            .cloned()
            .collect();
        if !here.is_empty() {
            call(&here, &mut rows);
        }
        effects[at..end].iter().for_each(|effect| own.add(effect));
        at = end;
    }
    rows
}

/// What the revision made itself so far: that it needs this is nothing to tell.
#[derive(Debug, Default)]
struct Own<'e> {
    tables: BTreeSet<&'e TableName>,
    columns: BTreeSet<(&'e TableName, &'e str)>,
}

impl<'e> Own<'e> {
    fn add(&mut self, effect: &'e Effect) {
        match effect.known() {
            Some((Action::Create, SchemaObject::Table(table))) => {
                self.tables.insert(table);
            }
            Some((Action::Create, SchemaObject::Column { table, name })) => {
                self.columns.insert((table, name));
            }
            _ => {}
        }
    }

    fn has(&self, effect: &Effect) -> bool {
        match effect.known() {
            Some((Action::Require, SchemaObject::Table(table))) => self.tables.contains(table),
            Some((Action::Require, SchemaObject::Column { table, name })) => {
                self.tables.contains(table) || self.columns.contains(&(table, name))
            }
            _ => false,
        }
    }
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
    let mut open: Vec<(String, Vec<Part>)> = Vec::new();
    let emptied = emptied(effects);
    for effect in effects {
        if is_implied(effect, effects) {
            continue;
        }
        let conditions = conditions(effect);
        let (verb, what) = match &effect.kind {
            EffectKind::Opaque { reason } => {
                ("not understood".to_owned(), Part::Whole(reason.clone()))
            }
            EffectKind::Known {
                action: Action::WriteRows | Action::Alter(Property::Other),
                object: SchemaObject::Table(table),
            } if emptied.contains(&table) => {
                ("empties".to_owned(), Part::Whole(format!("table {table}")))
            }
            // Nothing else is about this one database: a batch block.
            EffectKind::Known {
                action: Action::Alter(Property::Other),
                object: object @ SchemaObject::Table(_),
            } if effect.dialects == Dialects::of([Dialect::Sqlite]) => {
                ("copies".to_owned(), Part::Whole(object.to_string()))
            }
            EffectKind::Known { action, object } => {
                let holder = object.table().map(ToString::to_string);
                if let Some(table) = holder.filter(|it| tables.contains(it))
                    && *action == Action::Create
                    && !matches!(object, SchemaObject::Table(_))
                {
                    inside.entry(table).or_default().push(within(object));
                    continue;
                }
                (verb(action).to_owned(), Part::of(action, object))
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
    for (verb, parts) in open {
        let objects: Vec<String> = together(&parts)
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

/// Whether an effect says no more than that a table is there, with which, or a part of which, the call does more.
fn is_implied(effect: &Effect, effects: &[Effect]) -> bool {
    let table_of = |effect: &Effect| match effect.known() {
        Some((Action::Require, SchemaObject::Table(table))) => Some(table.clone()),
        _ => None,
    };
    let Some(table) = table_of(effect) else {
        return false;
    };
    effect.certainty != Certainty::Unknown
        && effects.iter().any(|other| {
            let about = other.known().and_then(|(_, object)| object.table());
            about == Some(&table) && table_of(other).is_none()
        })
}

/// What one verb is about, before what belongs together stands together.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    /// A column of a table.
    Column(String, String),
    /// A property of an object.
    Property(String, String),
    Whole(String),
}

impl Part {
    fn of(action: &Action, object: &SchemaObject) -> Self {
        match (action, object) {
            (
                Action::Require | Action::Create | Action::Drop,
                SchemaObject::Column { table, name },
            ) => Self::Column(table.to_string(), name.clone()),
            (Action::Alter(property), _) => {
                Self::Property(property.to_string(), object.to_string())
            }
            _ => Self::Whole(described(action, object)),
        }
    }
}

/// `columns a, b of t`, `type, nullability of column t.a`
fn together(parts: &[Part]) -> Vec<String> {
    let mut shown: Vec<(Part, Vec<String>)> = Vec::new();
    for part in parts {
        let (head, name) = match part {
            Part::Column(table, name) => (Part::Column(table.clone(), String::new()), name.clone()),
            Part::Property(property, object) => (
                Part::Property(String::new(), object.clone()),
                property.clone(),
            ),
            Part::Whole(_) => (part.clone(), String::new()),
        };
        match shown.iter_mut().find(|(known, _)| *known == head) {
            Some((_, names)) => names.push(name),
            None => shown.push((head, vec![name])),
        }
    }
    let texts = shown.into_iter().map(|(head, names)| match head {
        Part::Column(table, _) if names.len() == 1 => format!("column {table}.{}", names[0]),
        Part::Column(table, _) => format!("columns {} of {table}", names.join(", ")),
        Part::Property(_, object) => format!("{} of {object}", names.join(", ")),
        Part::Whole(text) => text,
    });
    texts.collect()
}

/// Tables that are emptied as a whole, which asks more than the removal of their rows.
fn emptied(effects: &[Effect]) -> Vec<&TableName> {
    let written = |table: &TableName| {
        effects.iter().any(|effect| {
            matches!(effect.known(), Some((Action::WriteRows, SchemaObject::Table(other))) if other == table)
        })
    };
    let changed = effects.iter().filter_map(|effect| match effect.known() {
        Some((Action::Alter(Property::Other), SchemaObject::Table(table)))
            if effect.certainty != Certainty::Unknown =>
        {
            Some(table)
        }
        _ => None,
    });
    changed.filter(|table| written(table)).collect()
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
        Action::Require | Action::Alter(_) => object.to_string(),
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
    let others = effect.dialects.complement();
    if others.is_empty() {
    } else if others.iter().count() < effect.dialects.iter().count() {
        conditions.push(format!("not on {}", dialect_names(others)));
    } else {
        conditions.push(format!("on {}", dialect_names(effect.dialects)));
    }
    conditions.join(", ")
}

#[cfg(test)]
mod tests {
    use super::rows;
    use rechain_parser::upgrade_effects;

    #[track_caller]
    fn check(body: &str, expected: &[&str]) {
        let text = format!(
            "import sqlalchemy as sa\nfrom alembic import op\n\ndef upgrade():\n    {body}\n"
        );
        let found: Vec<String> = rows(&upgrade_effects(&text))
            .into_iter()
            .map(|row| format!("{} {}", row.verb, row.what))
            .collect();
        assert_eq!(found, expected, "{body}");
    }

    #[test]
    fn what_belongs_together_stands_together() {
        check(
            "op.create_index('ix', 't', ['a', 'b'])",
            &["needs columns a, b of t", "creates index ix on t"],
        );
        check(
            "op.add_column('t', sa.Column('a', sa.Integer(), sa.ForeignKey('u.id')))",
            &[
                "needs column u.id",
                "creates column t.a, foreign key to u on t",
            ],
        );
        check(
            "op.alter_column('t', 'a', type_=sa.Text(), nullable=False)",
            &["changes nullability, type of column t.a"],
        );
        // Nothing else of the table is named.
        check("op.execute('LOCK TABLE t')", &["needs table t"]);
    }

    #[test]
    fn what_the_revision_made_itself_is_not_needed() {
        check(
            "op.create_table('t', sa.Column('a', sa.Integer())); op.create_index('ix', 't', ['a'])",
            &["creates table t: a", "creates index ix on t"],
        );
        check(
            "op.add_column('t', sa.Column('a', sa.Integer())); op.create_index('ix', 't', ['a', 'b'])",
            &[
                "creates column t.a",
                "needs column t.b",
                "creates index ix on t",
            ],
        );
    }

    #[test]
    fn words_of_their_own() {
        check(
            "with op.batch_alter_table('t') as batch_op: batch_op.drop_column('a')",
            &["copies (on sqlite) table t", "drops column t.a"],
        );
        check("op.execute('TRUNCATE t')", &["empties table t"]);
        check(
            "op.execute('ALTER TABLE t SET UNLOGGED')",
            &["changes definition of table t"],
        );
    }

    #[test]
    fn the_shorter_list_of_databases() {
        let body = |test: &str| {
            format!("if op.get_bind().dialect.name {test} 'sqlite': op.drop_table('t')")
        };
        check(&body("!="), &["drops (not on sqlite) table t"]);
        check(&body("=="), &["drops (on sqlite) table t"]);
    }
}
