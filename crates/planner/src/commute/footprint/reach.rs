//! What a migration does that may matter to objects it does not name.

use rechain_history::{Action, Dialect, Property, SchemaObject};

use super::{Print, qualified};
use crate::commute::verdict::Site;

/// What reaches beyond the objects that are named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::commute) enum Reach {
    /// Rows of a table that was there before are written.
    WritesRows,
    /// Rows of a new table are written that has foreign keys.
    WritesReferencingRows,
    ReadsRows,
    /// The inside of a table that was there before changes.
    ChangesTables,
    /// A table, column, constraint, view, type or the like goes away.
    Removes,
    /// A table or column goes away, and takes with it what is on it.
    RemovesHolder,
    /// A table or view goes away, which views and triggers may name.
    RemovesRelation,
    /// A column goes away, and all views and triggers are looked at: SQLite does that.
    LooksAround,
    RemovesIndex,
    /// An index is meant by its name alone, whatever table is said.
    TouchesLooseIndex,
    Renames,
    /// A type changes, or something that is not told.
    Retypes,
    /// A column is said anew as a whole, with whatever changes of it: MySQL does that.
    Restates,
    /// Something with a name of its own in a namespace is made.
    TakesNames,
    /// It is made only where the name is free, so it may have run without making anything.
    TakesFreeNames,
    MakesView,
    MakesTrigger,
    ChangesFunction,
    MakesExtension,
    RemovesExtension,
    MakesEnumValue,
    ChangesType,
    MakesSequence,
    UsesSequence,
    ChangesSequence,
    RemovesSchema,
    /// Literals or expressions are stored or evaluated: defaults, constraints, indexes.
    Evaluates,
    /// Anything is changed at all.
    Changes,
}

impl Reach {
    pub(in crate::commute) fn bit(self) -> u64 {
        1 << self as u32
    }
}

impl Print<'_> {
    pub(super) fn note_reach(&mut self, action: &Action, object: &SchemaObject, site: Site) {
        if matches!(action, Action::Require | Action::ReadRows) {
            // It may be gone with the table that it belongs to.
            match object {
                SchemaObject::Index { .. } => self.reach(Reach::TouchesLooseIndex, site),
                SchemaObject::Sequence(_) => self.reach(Reach::UsesSequence, site),
                _ => {}
            }
            return;
        }
        let is_new = object
            .table()
            .is_some_and(|table| self.fresh.contains(&qualified(table, self.dialect)));
        self.reach(Reach::Changes, site);
        if *action == Action::WriteRows {
            if let SchemaObject::View(_) = object {
                self.reach(Reach::WritesRows, site);
            }
            return;
        }
        match object {
            SchemaObject::Function(_) => self.reach(Reach::ChangesFunction, site),
            SchemaObject::Extension(_) => {
                let makes = *action == Action::Create;
                self.reach(
                    if makes {
                        Reach::MakesExtension
                    } else {
                        Reach::RemovesExtension
                    },
                    site,
                );
            }
            SchemaObject::EnumValue { .. } if *action == Action::Create => {
                self.reach(Reach::MakesEnumValue, site);
            }
            SchemaObject::Type(_) | SchemaObject::EnumValue { .. } if *action != Action::Create => {
                self.reach(Reach::ChangesType, site);
            }
            SchemaObject::Sequence(_) => self.reach(
                if *action == Action::Create {
                    Reach::MakesSequence
                } else {
                    Reach::ChangesSequence
                },
                site,
            ),
            SchemaObject::Schema(_) if *action != Action::Create => {
                self.reach(Reach::RemovesSchema, site);
            }
            SchemaObject::View(_) => self.reach(Reach::MakesView, site),
            SchemaObject::Other { .. } => self.reach(Reach::MakesTrigger, site),
            SchemaObject::Index { table: None, .. } => self.reach(Reach::TouchesLooseIndex, site),
            // The table is said, but the database does not look whether it is the right one: after a rename, say.
            SchemaObject::Index { .. }
                if *action != Action::Create
                    && !is_new
                    && !matches!(self.dialect, Dialect::MySql | Dialect::MsSql) =>
            {
                self.reach(Reach::TouchesLooseIndex, site);
            }
            _ => {}
        }
        if is_new {
            if matches!(object, SchemaObject::Table(_)) || *action == Action::Create {
                self.reach(Reach::TakesNames, site);
            }
            // SQLite then looks at the whole schema, whichever table it is.
            let looks_around = match (action, object) {
                (Action::RenameTo(_), _) => Some(Reach::Renames),
                (Action::Drop, SchemaObject::Column { .. })
                | (Action::Alter(Property::Other), SchemaObject::Table(_)) => Some(Reach::Retypes),
                _ => None,
            };
            if let Some(reach) = looks_around.filter(|_| self.dialect == Dialect::Sqlite) {
                self.reach(reach, site);
            }
            return;
        }
        match action {
            Action::Create => self.reach(Reach::TakesNames, site),
            Action::Drop if matches!(object, SchemaObject::Index { .. }) => {
                self.reach(Reach::RemovesIndex, site);
            }
            Action::Drop => {
                self.reach(Reach::Removes, site);
                if matches!(object, SchemaObject::Table(_) | SchemaObject::Column { .. }) {
                    self.reach(Reach::RemovesHolder, site);
                }
                match object {
                    SchemaObject::Table(_) | SchemaObject::View(_) => {
                        self.reach(Reach::RemovesRelation, site);
                    }
                    SchemaObject::Column { .. } => self.reach(Reach::LooksAround, site),
                    _ => {}
                }
            }
            Action::RenameTo(_) => {
                self.reach(Reach::Renames, site);
                if matches!(object, SchemaObject::Column { .. }) {
                    self.reach(Reach::Restates, site);
                }
            }
            Action::Alter(Property::Nullable | Property::Comment)
                if matches!(object, SchemaObject::Column { .. }) =>
            {
                self.reach(Reach::Restates, site);
            }
            Action::Alter(Property::Type | Property::Other) => self.reach(Reach::Retypes, site),
            _ => {}
        }
    }
}
