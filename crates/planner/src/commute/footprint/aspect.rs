//! What is done within a table that was there before.

use std::collections::BTreeSet;

use rechain_history::{
    Action, Certainty, ConstraintKind, Dialect, Property, QualifiedName, SchemaObject,
};

use crate::commute::key::fold;
use crate::commute::verdict::Site;

/// What is done within a table that was there before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::commute) enum Aspect {
    ColumnAdd(String),
    ColumnDrop(String),
    ColumnRename(String),
    ColumnAlter {
        name: String,
        property: Property,
        /// The new values come from an expression.
        computed: bool,
    },
    ColumnUse(String),
    IndexCreate(BTreeSet<String>),
    IndexDrop,
    ConstraintCreate {
        kind: Constrains,
        columns: BTreeSet<String>,
        named: bool,
    },
    ConstraintDrop,
    /// A constraint is looked at again, or named by a statement.
    ConstraintUse,
    /// It is the target of a new foreign key, through these columns.
    Target(BTreeSet<String>),
    RowsRead,
    RowsWrite,
    /// A property of the table itself.
    Alter(Property),
    /// A trigger, a policy and the like.
    Attached,
    /// A view is made of it, or it is looked at in ways that are not understood.
    Viewed(BTreeSet<String>),
    /// The table itself goes away.
    Drop,
}

/// The kinds of constraints, without what they hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::commute) enum Constrains {
    PrimaryKey,
    Unique,
    Check,
    ForeignKey,
    Other,
}

impl Constrains {
    fn of(kind: &ConstraintKind) -> Self {
        match kind {
            ConstraintKind::PrimaryKey => Self::PrimaryKey,
            ConstraintKind::Unique => Self::Unique,
            ConstraintKind::Check => Self::Check,
            ConstraintKind::ForeignKey { .. } => Self::ForeignKey,
            ConstraintKind::Exclude | ConstraintKind::Unknown => Self::Other,
        }
    }
}

#[derive(Debug, Clone)]
pub(in crate::commute) struct Touch<'e> {
    pub(in crate::commute) aspect: Aspect,
    pub(in crate::commute) object: &'e SchemaObject,
    pub(in crate::commute) site: Site,
}

/// What an effect means for the inside of its table.
#[expect(clippy::match_same_arms, reason = "a table, one line for each effect")]
pub(super) fn aspects(
    action: &Action,
    object: &SchemaObject,
    certainty: Certainty,
    columns: &dyn Fn(&QualifiedName) -> BTreeSet<String>,
    dialect: Dialect,
) -> Vec<Aspect> {
    let one = |aspect| vec![aspect];
    match (action, object) {
        (Action::ReadRows, _) => one(Aspect::RowsRead),
        (Action::WriteRows, _) => one(Aspect::RowsWrite),
        (Action::Require, SchemaObject::Column { name, .. }) => {
            one(Aspect::ColumnUse(fold(name, dialect)))
        }
        // A look that is not understood: it may be at everything, on MySQL at what is said of the columns.
        (Action::Require, _) if certainty == Certainty::Unknown && dialect == Dialect::MySql => {
            vec![Aspect::RowsRead, Aspect::Viewed(BTreeSet::new())]
        }
        (Action::Require, _) if certainty == Certainty::Unknown => one(Aspect::RowsRead),
        (Action::Require, SchemaObject::Constraint { .. }) => one(Aspect::ConstraintUse),
        (Action::Require, _) => Vec::new(),
        (Action::Create, SchemaObject::Column { name, .. }) => {
            one(Aspect::ColumnAdd(fold(name, dialect)))
        }
        (Action::Drop, SchemaObject::Column { name, .. }) => {
            one(Aspect::ColumnDrop(fold(name, dialect)))
        }
        (Action::RenameTo(new), SchemaObject::Column { name, .. }) => vec![
            Aspect::ColumnRename(fold(name, dialect)),
            Aspect::ColumnRename(fold(new, dialect)),
        ],
        (Action::Alter(property), SchemaObject::Column { table, name }) => {
            one(Aspect::ColumnAlter {
                name: fold(name, dialect),
                property: *property,
                computed: !columns(table).is_empty(),
            })
        }
        (
            Action::Create,
            SchemaObject::Index {
                table: Some(table), ..
            },
        ) => one(Aspect::IndexCreate(columns(table))),
        (_, SchemaObject::Index { .. }) => one(Aspect::IndexDrop),
        (Action::Create, SchemaObject::Constraint { table, name, kind }) => {
            one(Aspect::ConstraintCreate {
                kind: Constrains::of(kind),
                columns: columns(table),
                named: name.is_some(),
            })
        }
        (_, SchemaObject::Constraint { .. }) => one(Aspect::ConstraintDrop),
        (_, SchemaObject::Other { .. }) => one(Aspect::Attached),
        (Action::Create, SchemaObject::Table(_)) => Vec::new(),
        (Action::Drop, SchemaObject::Table(_)) => one(Aspect::Drop),
        (Action::RenameTo(_), SchemaObject::Table(_)) => Vec::new(),
        (Action::Alter(property), SchemaObject::Table(_)) => one(Aspect::Alter(*property)),
        _ => Vec::new(),
    }
}
