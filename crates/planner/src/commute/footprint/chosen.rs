//! Names that the server chooses, and names that look like them.

use std::collections::BTreeSet;

use rechain_history::{Action, ConstraintKind, Dialect, QualifiedName, SchemaObject};

use super::Print;
use crate::commute::verdict::Site;

impl Print<'_> {
    /// What MySQL finds a name for, on a table that was there before: indexes by their first column, those of unique
    /// constraints and foreign keys too; foreign keys and checks by number.
    pub(super) fn note_unnamed(
        &mut self,
        object: &SchemaObject,
        columns: &dyn Fn(&QualifiedName) -> BTreeSet<String>,
        site: Site,
    ) {
        let (table, indexed, numbered) = match object {
            SchemaObject::Index {
                table: Some(table),
                name: None,
            } => (table, true, false),
            SchemaObject::Constraint {
                table,
                name: None,
                kind,
            } => match kind {
                ConstraintKind::Unique => (table, true, false),
                ConstraintKind::ForeignKey { .. } => (table, true, true),
                ConstraintKind::Check => (table, false, true),
                _ => return,
            },
            _ => return,
        };
        let key = self.origin(table);
        if self.dialect != Dialect::MySql || self.fresh.contains(&key) {
            return;
        }
        if indexed {
            for column in columns(table) {
                self.by_column.entry((key.clone(), column)).or_insert(site);
            }
        }
        if numbered {
            self.numbered.entry(key).or_insert(site);
        }
    }

    /// Names that PostgreSQL chooses, and names that it might choose.
    pub(super) fn note_names(&mut self, action: &Action, object: &SchemaObject, site: Site) {
        if self.dialect != Dialect::PostgreSql {
            return;
        }
        if let (
            Action::Create,
            SchemaObject::Table(table)
            | SchemaObject::Column { table, .. }
            | SchemaObject::Constraint {
                table, name: None, ..
            }
            | SchemaObject::Index {
                table: Some(table),
                name: None,
            },
        ) = (action, object)
        {
            self.naming.entry(table.name.clone()).or_insert(site);
        }
        let mut consider = |name: &str| {
            if looks_chosen(name) {
                self.chosen_alike.entry(name.to_owned()).or_insert(site);
            }
        };
        if matches!(action, Action::Create | Action::Drop | Action::RenameTo(_)) {
            match object {
                SchemaObject::Index {
                    name: Some(name), ..
                }
                | SchemaObject::Constraint {
                    name: Some(name), ..
                } => consider(name),
                SchemaObject::Table(name)
                | SchemaObject::View(name)
                | SchemaObject::Sequence(name) => consider(&name.name),
                _ => {}
            }
        }
        if let Action::RenameTo(name) = action {
            consider(name);
        }
    }
}

/// Whether a name ends as those do that PostgreSQL chooses.
fn looks_chosen(name: &str) -> bool {
    let stem = name.trim_end_matches(|c: char| c.is_ascii_digit());
    [
        "_pkey",
        "_key",
        "_fkey",
        "_check",
        "_seq",
        "_excl",
        "_idx",
        "_not_null",
    ]
    .iter()
    .any(|ending| stem.ends_with(ending))
}
