//! What a migration does to the schema: the vocabulary shared by the reader of bodies and the planner.
//!
//! An [`Effect`] is an action on a schema object, with how certain it is and the place in the source
//! that causes it. `Alembic`'s directives map to several effects each: `op.create_table` creates a
//! table and its columns, and requires the tables its foreign keys point to.

use std::fmt;

use crate::dialect::Dialects;
use crate::text::TextRange;

/// A name that may carry a schema. `schema: None` means the connection's default schema, so
/// `(None, "t")` and `(Some("public"), "t")` may be the same object.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct QualifiedName {
    /// The schema, when the migration names one.
    pub schema: Option<String>,
    /// The name itself, as the database has it. Alembic quotes names where it must, so theirs are as
    /// written. In raw SQL a quoted name is as written too; one without quotes is in lower case for
    /// `postgresql` (which folds it so) and `oracle` (whose upper case is SQLAlchemy's lower case), and
    /// as written for the other dialects, which compare without regard to case: `sqlite` and `mssql`
    /// all names, `mysql` all but those of tables.
    pub name: String,
}

impl QualifiedName {
    /// A name in the connection's default schema.
    pub fn unqualified(name: impl Into<String>) -> Self {
        Self {
            schema: None,
            name: name.into(),
        }
    }

    /// A name in `schema`, or in the default schema where that is `None`.
    pub fn new(schema: Option<String>, name: impl Into<String>) -> Self {
        Self {
            schema,
            name: name.into(),
        }
    }
}

impl fmt::Display for QualifiedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.schema {
            Some(schema) => write!(f, "{schema}.{}", self.name),
            None => f.write_str(&self.name),
        }
    }
}

/// The name of a table.
pub type TableName = QualifiedName;

/// What an effect is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SchemaObject {
    /// A table, or whatever else rows come from: a statement does not say whether a name in its
    /// `FROM` is a table or a view, so that `Table("x")` and `View("x")` may be the same object.
    Table(TableName),
    /// A column of a table.
    Column {
        /// The table it belongs to.
        table: TableName,
        /// Its name.
        name: String,
    },
    /// An index. `table` is absent where only the name is given (`op.drop_index("ix")`); `name` is
    /// absent where the server or a naming convention chooses it, or only the database tells it.
    Index {
        /// The table it is on.
        table: Option<TableName>,
        /// Its name.
        name: Option<String>,
    },
    /// A constraint of a table.
    Constraint {
        /// The table it is on.
        table: TableName,
        /// Its name; absent where the server or a naming convention chooses it, or only the database
        /// tells it.
        name: Option<String>,
        /// What it enforces.
        kind: ConstraintKind,
    },
    /// A user-defined type, such as an enum of PostgreSQL.
    Type(QualifiedName),
    /// A value of an enum type.
    EnumValue {
        /// The type.
        of: QualifiedName,
        /// The value, as written.
        value: String,
    },
    /// A sequence. Those that come with a `SERIAL` or identity column have no effect of their own.
    Sequence(QualifiedName),
    /// A view or materialized view.
    View(QualifiedName),
    /// A function or procedure.
    Function(QualifiedName),
    /// A schema (namespace).
    Schema(String),
    /// An extension of the server.
    Extension(String),
    /// Another thing with a name, of which only that name matters: a trigger, a policy, a rule,
    /// statistics. It lives in `table`, where there is one, and goes away with it.
    Other {
        /// What it is, in words: `trigger`, `policy`, `rule`, ...
        kind: &'static str,
        /// The table it belongs to.
        table: Option<TableName>,
        /// Its name.
        name: QualifiedName,
    },
}

impl SchemaObject {
    /// The table this object is or belongs to.
    pub fn table(&self) -> Option<&TableName> {
        match self {
            Self::Table(table) | Self::Column { table, .. } | Self::Constraint { table, .. } => {
                Some(table)
            }
            Self::Index { table, .. } | Self::Other { table, .. } => table.as_ref(),
            Self::Type(_)
            | Self::EnumValue { .. }
            | Self::Sequence(_)
            | Self::View(_)
            | Self::Function(_)
            | Self::Schema(_)
            | Self::Extension(_) => None,
        }
    }
}

impl fmt::Display for SchemaObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Table(table) => write!(f, "table {table}"),
            Self::Column { table, name } => write!(f, "column {table}.{name}"),
            Self::Index {
                table: _,
                name: Some(name),
            } => write!(f, "index {name}"),
            Self::Index {
                table: Some(table),
                name: None,
            } => write!(f, "an index on {table}"),
            Self::Index {
                table: None,
                name: None,
            } => f.write_str("an index"),
            Self::Constraint {
                table,
                name: Some(name),
                ..
            } => {
                write!(f, "constraint {name} on {table}")
            }
            Self::Constraint {
                table,
                name: None,
                kind,
            } => write!(f, "{kind} on {table}"),
            Self::Type(name) => write!(f, "type {name}"),
            Self::EnumValue { of, value } => write!(f, "value '{value}' of type {of}"),
            Self::Sequence(name) => write!(f, "sequence {name}"),
            Self::View(name) => write!(f, "view {name}"),
            Self::Function(name) => write!(f, "function {name}"),
            Self::Schema(name) => write!(f, "schema {name}"),
            Self::Extension(name) => write!(f, "extension {name}"),
            Self::Other {
                kind,
                table: Some(table),
                name,
            } => write!(f, "{kind} {name} on {table}"),
            Self::Other {
                kind,
                table: None,
                name,
            } => write!(f, "{kind} {name}"),
        }
    }
}

/// What a constraint enforces.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ConstraintKind {
    /// A primary key.
    PrimaryKey,
    /// A unique constraint.
    Unique,
    /// A check constraint.
    Check,
    /// An exclusion constraint of PostgreSQL.
    Exclude,
    /// A foreign key to `target`.
    ForeignKey {
        /// The table it points to.
        target: TableName,
        /// The columns it points to, where they are known.
        columns: Vec<String>,
    },
    /// Known only by name, as in `op.drop_constraint("name", "table")` without a type.
    Unknown,
}

impl fmt::Display for ConstraintKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PrimaryKey => f.write_str("primary key"),
            Self::Unique => f.write_str("unique constraint"),
            Self::Check => f.write_str("check constraint"),
            Self::Exclude => f.write_str("exclusion constraint"),
            Self::ForeignKey { target, .. } => write!(f, "foreign key to {target}"),
            Self::Unknown => f.write_str("constraint"),
        }
    }
}

/// A property of a table or column that a migration changes. Two changes of different properties of
/// one column commute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Property {
    /// The data type, with everything that is written inside it.
    Type,
    /// Whether it may be NULL.
    Nullable,
    /// The default the server fills in.
    ServerDefault,
    /// The comment.
    Comment,
    /// Anything else, or not known what.
    Other,
}

impl fmt::Display for Property {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Type => "type",
            Self::Nullable => "nullability",
            Self::ServerDefault => "server default",
            Self::Comment => "comment",
            Self::Other => "definition",
        })
    }
}

/// What happens to an object.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// It comes into being.
    Create,
    /// It goes away.
    Drop,
    /// One property of it changes.
    Alter(Property),
    /// It gets this name, in the same schema or table.
    RenameTo(String),
    /// It must exist, and is not changed.
    Require,
    /// Its rows are read.
    ReadRows,
    /// Its rows are written.
    WriteRows,
}

/// Whether the effect happens each time the migration runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Certainty {
    /// Whenever the migration runs.
    Always,
    /// Unless it is so already (`IF NOT EXISTS`, `IF EXISTS`): afterwards the object exists, or does
    /// not, whatever was there before.
    IfNeeded,
    /// Under a condition that cannot be evaluated (`if not has_column(...)`).
    Conditional,
    /// Something happens to this object, but not known what: it and everything that belongs to it may
    /// be created, changed, dropped, read or written, whatever the action says. For
    /// [`EffectKind::Known`] this is a statement that is not understood but names its tables.
    Unknown,
}

/// One thing a migration does.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Effect {
    /// What is done.
    pub kind: EffectKind,
    /// How certain it is.
    pub certainty: Certainty,
    /// The dialects on which it happens.
    pub dialects: Dialects,
    /// The call or statement that causes it, in the text of the migration.
    pub range: TextRange,
}

/// What an effect does.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EffectKind {
    /// A known action on a known object.
    Known {
        /// What happens.
        action: Action,
        /// What it happens to.
        object: SchemaObject,
    },
    /// Not understood: it may do anything to any object.
    Opaque {
        /// Why, in words for a person (`raw SQL`, `call of an imported function`).
        reason: String,
    },
}

impl Effect {
    /// An effect on every dialect.
    pub fn new(kind: EffectKind, certainty: Certainty, range: TextRange) -> Self {
        Self {
            kind,
            certainty,
            dialects: Dialects::ALL,
            range,
        }
    }

    /// A certain effect of `action` on `object`, caused at `range`.
    pub fn always(action: Action, object: SchemaObject, range: TextRange) -> Self {
        Self::new(
            EffectKind::Known { action, object },
            Certainty::Always,
            range,
        )
    }

    /// Something at `range` that is not understood, for `reason`.
    pub fn opaque(reason: impl Into<String>, range: TextRange) -> Self {
        let reason = reason.into();
        Self::new(EffectKind::Opaque { reason }, Certainty::Unknown, range)
    }

    /// The action and the object, where they are known.
    pub fn known(&self) -> Option<(&Action, &SchemaObject)> {
        match &self.kind {
            EffectKind::Known { action, object } => Some((action, object)),
            EffectKind::Opaque { .. } => None,
        }
    }

    /// Whether it says what happens: it is not opaque, nor about a table to which anything may happen. What only may need
    /// any part of a table changes nothing, and so says it.
    pub fn is_understood(&self) -> bool {
        match self.known() {
            None => false,
            Some((Action::Require | Action::ReadRows, _)) => true,
            Some(_) => self.certainty != Certainty::Unknown,
        }
    }

    /// Whether it may do anything to any object.
    pub fn is_opaque(&self) -> bool {
        matches!(self.kind, EffectKind::Opaque { .. })
    }
}
