//! Whether it is shown that the order of two migrations does not matter.

use std::collections::BTreeMap;

use rechain_history::{Action, Effect, SchemaObject};

/// What a migration touches, coarsely: a table stands for all that is in it.
///
/// Schemas are not told apart and case is not either, so that two names for one thing are never taken
/// for two things.
#[derive(Debug)]
pub(super) enum Footprint {
    /// Something is not understood, or reaches beyond what has a name.
    Anything,
    /// By name: whether it is changed or only needed.
    Named {
        touched: BTreeMap<String, bool>,
        writes_rows: bool,
    },
}

impl Footprint {
    /// `None`: nobody looked, so it may be anything.
    pub(super) fn of(effects: Option<&Vec<Effect>>) -> Self {
        let Some(effects) = effects else {
            return Self::Anything;
        };
        let mut touched: BTreeMap<String, bool> = BTreeMap::new();
        let mut writes_rows = false;
        for effect in effects {
            let Some((action, object)) = effect.known() else {
                return Self::Anything;
            };
            let changes = !matches!(action, Action::Require | Action::ReadRows);
            writes_rows |= *action == Action::WriteRows;
            let mut touch =
                |name: &str| *touched.entry(name.to_lowercase()).or_default() |= changes;
            if let Some(table) = object.table() {
                touch(&table.name);
            }
            match object {
                // Types, functions and schemas come with them, under names that nobody wrote.
                SchemaObject::Extension(_)
                | SchemaObject::Schema(_)
                | SchemaObject::Function(_)
                    if changes =>
                {
                    return Self::Anything;
                }
                SchemaObject::Table(name)
                | SchemaObject::Type(name)
                | SchemaObject::EnumValue { of: name, .. }
                | SchemaObject::Sequence(name)
                | SchemaObject::View(name)
                | SchemaObject::Function(name)
                | SchemaObject::Other { name, .. } => touch(&name.name),
                SchemaObject::Index {
                    name: Some(name), ..
                }
                | SchemaObject::Constraint {
                    name: Some(name), ..
                }
                | SchemaObject::Schema(name)
                | SchemaObject::Extension(name) => touch(name),
                SchemaObject::Column { .. }
                | SchemaObject::Index { name: None, .. }
                | SchemaObject::Constraint { name: None, .. } => {}
            }
            if let Action::RenameTo(name) = action {
                touch(name);
            }
        }
        Self::Named {
            touched,
            writes_rows,
        }
    }

    /// Whether nothing happens at all.
    pub(super) fn is_empty(&self) -> bool {
        matches!(self, Self::Named { touched, .. } if touched.is_empty())
    }

    pub(super) fn commutes_with(&self, other: &Self) -> bool {
        if self.is_empty() || other.is_empty() {
            return true;
        }
        let (
            Self::Named {
                touched: mine,
                writes_rows: one_writes,
            },
            Self::Named {
                touched: theirs,
                writes_rows: other_writes,
            },
        ) = (self, other)
        else {
            return false;
        };
        // Rows of different tables may need each other through foreign keys made elsewhere.
        !(*one_writes && *other_writes)
            && mine
                .iter()
                .all(|(name, changes)| theirs.get(name).is_none_or(|others| !*changes && !*others))
    }
}
