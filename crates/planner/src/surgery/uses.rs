//! Who makes and who uses each object.

use std::collections::{BTreeMap, BTreeSet};

use rechain_history::{Action, RevIndex, SchemaObject, TableName, TextRange};

use crate::Effects;

/// An object under the name by which two migrations mean the same one: the default schema and
/// `public` are not told apart, and neither are kinds of constraints.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key {
    Table(String, String),
    Column(String, String, String),
    Index(String, String),
    Constraint(String, String, String),
    Other(&'static str, String, String),
}

impl Key {
    pub(super) fn of(object: &SchemaObject) -> Option<Self> {
        let schema = |name: &TableName| match name.schema.as_deref() {
            None | Some("public") => String::new(),
            Some(schema) => schema.to_owned(),
        };
        let other = |kind, name: &TableName| Self::Other(kind, schema(name), name.name.clone());
        Some(match object {
            SchemaObject::Table(table) => Self::Table(schema(table), table.name.clone()),
            SchemaObject::Column { table, name } => {
                Self::Column(schema(table), table.name.clone(), name.clone())
            }
            SchemaObject::Index {
                table,
                name: Some(name),
            } => Self::Index(table.as_ref().map(schema).unwrap_or_default(), name.clone()),
            SchemaObject::Constraint {
                table,
                name: Some(name),
                ..
            } => Self::Constraint(schema(table), table.name.clone(), name.clone()),
            SchemaObject::Index { name: None, .. }
            | SchemaObject::Constraint { name: None, .. } => {
                return None;
            }
            SchemaObject::Type(name) => other("type", name),
            SchemaObject::EnumValue { of, value } => {
                Self::Column(schema(of), format!("type {}", of.name), value.clone())
            }
            SchemaObject::Sequence(name) => other("sequence", name),
            SchemaObject::View(name) => other("view", name),
            SchemaObject::Function(name) => other("function", name),
            SchemaObject::Schema(name) => Self::Other("schema", String::new(), name.clone()),
            SchemaObject::Extension(name) => Self::Other("extension", String::new(), name.clone()),
            SchemaObject::Other { kind, table, name } => match table {
                Some(table) => {
                    Self::Other(kind, schema(table), format!("{}.{}", table.name, name.name))
                }
                None => other(kind, name),
            },
        })
    }
}

/// One use of an object by a migration.
#[derive(Debug, Clone)]
pub(super) struct Use<'e> {
    pub(super) revision: RevIndex,
    action: &'e Action,
    pub(super) object: &'e SchemaObject,
    pub(super) range: TextRange,
}

impl Use<'_> {
    /// It makes the object exist.
    pub(super) fn creates(&self) -> bool {
        *self.action == Action::Create
    }
}

/// Every use of every object, by object.
pub(super) fn uses<'e>(
    effects: &'e Effects,
    revisions: &BTreeSet<RevIndex>,
) -> BTreeMap<Key, Vec<Use<'e>>> {
    let mut uses: BTreeMap<Key, Vec<Use<'e>>> = BTreeMap::new();
    for &revision in revisions {
        for effect in effects
            .get(&revision)
            .map(Vec::as_slice)
            .unwrap_or_default()
        {
            let Some((action, object)) = effect.known() else {
                continue;
            };
            let Some(key) = Key::of(object) else { continue };
            let found = Use {
                revision,
                action,
                object,
                range: effect.range,
            };
            uses.entry(key).or_default().push(found);
        }
    }
    uses
}
