//! The inside of one table that both migrations touch.

mod mysql;

use rechain_history::{Dialect, Property, SchemaObject, TableName};

use super::Premise;
use super::footprint::{Aspect, Constrains, Print, Touch};
use super::verdict::{Findings, Note};
use crate::plan::ConflictKind;

pub(super) fn compare(
    one: &Print<'_>,
    other: &Print<'_>,
    premise: Premise,
    findings: &mut Findings,
) {
    for (table, touches) in &one.tables {
        let Some(others) = other.tables.get(table) else {
            continue;
        };
        for this in touches {
            for that in others {
                meet_touches(this, that, premise, findings);
            }
        }
    }
}

/// How two touches of one table go together.
enum Meeting {
    /// They do not meet.
    Apart,
    /// Both add columns.
    BothAdd,
    Doubt(&'static str),
    /// The later one wins.
    Overwrites(Property),
    /// One removes what the other builds on.
    Undone,
}

fn meet_touches(this: &Touch<'_>, that: &Touch<'_>, premise: Premise, findings: &mut Findings) {
    let dialect = findings.dialect;
    let sites = (this.site, that.site);
    let own = (dialect == Dialect::MySql)
        .then(|| {
            mysql::meet(&this.aspect, &that.aspect)
                .or_else(|| mysql::meet(&that.aspect, &this.aspect))
        })
        .flatten();
    let meeting = own.or_else(|| meet(&this.aspect, &that.aspect, dialect, premise));
    let meeting = match meeting {
        Some(meeting) => meeting,
        None => meet(&that.aspect, &this.aspect, dialect, premise).unwrap_or(Meeting::Doubt(
            "both change this table in ways that are not compared",
        )),
    };
    match meeting {
        Meeting::Apart => {}
        Meeting::BothAdd => {
            if let Some(table) = this.object.table() {
                let table: TableName = table.clone();
                findings.note(Note::ColumnOrder(table));
            }
        }
        Meeting::Doubt(reason) => {
            let table = this
                .object
                .table()
                .or(that.object.table())
                .map_or_else(String::new, |table| format!("table {table}: "));
            findings.doubt(format!("{table}{reason}"), Some(sites.0), Some(sites.1));
        }
        Meeting::Overwrites(property) => {
            let object = match (this.object, that.object) {
                (SchemaObject::Column { .. }, _) | (_, SchemaObject::Table(_)) => this.object,
                _ => that.object,
            };
            let kind = ConflictKind::BothAlter(object.clone(), property);
            findings.conflict(kind, sites.0, sites.1);
        }
        Meeting::Undone => {
            let is_removal =
                |aspect: &Aspect| matches!(aspect, Aspect::Drop | Aspect::ColumnDrop(_));
            let removed = if is_removal(&this.aspect) {
                this.object
            } else {
                that.object
            };
            let kind = ConflictKind::RemovesUsed(removed.clone());
            findings.conflict(kind, sites.0, sites.1);
        }
    }
}

/// Nothing where the answer is under the other order of the two.
#[expect(
    clippy::too_many_lines,
    clippy::match_same_arms,
    reason = "a table, one line for each pair"
)]
fn meet(this: &Aspect, that: &Aspect, dialect: Dialect, premise: Premise) -> Option<Meeting> {
    use Aspect::{
        Alter, Attached, ColumnAdd, ColumnAlter, ColumnDrop, ColumnRename, ColumnUse,
        ConstraintCreate, ConstraintDrop, ConstraintUse, Drop, IndexCreate, IndexDrop, RowsRead,
        RowsWrite, Target, Viewed,
    };
    use Meeting::{Apart, BothAdd, Doubt, Overwrites, Undone};
    let is = |which: Dialect| dialect == which;
    let strict = premise != Premise::Fork;
    Some(match (this, that) {
        // Names are compared elsewhere; what is only used is not changed.
        (ColumnUse(_), ColumnUse(_) | RowsRead | RowsWrite | Target(_) | Viewed(_))
        | (Target(_), Target(_) | Viewed(_) | RowsRead | RowsWrite)
        | (RowsRead, RowsRead | Viewed(_))
        | (Viewed(_), Viewed(_)) => Apart,
        (RowsRead, RowsWrite) => Doubt("one reads rows that the other writes"),
        (RowsWrite, RowsWrite) => Doubt("both write rows"),
        (Viewed(_), RowsWrite) => Doubt("one may look at rows that the other writes"),
        (
            ConstraintUse,
            ConstraintUse
            | ColumnUse(_)
            | ColumnAdd(_)
            | ColumnRename(_)
            | Target(_)
            | RowsRead
            | Viewed(_)
            | IndexCreate(_)
            | IndexDrop
            | ConstraintCreate { .. }
            | Attached,
        ) => Apart,
        (ConstraintUse, RowsWrite) => Doubt("rows are written, and a constraint checks them"),
        (ConstraintUse, ColumnDrop(_)) => {
            Doubt("the constraint that one uses may go with the removed column")
        }
        (ConstraintUse, ColumnAlter { .. }) => {
            Doubt("the constraint that one uses may be on the column that changes")
        }

        // The table goes away: what the other builds in it is lost.
        (
            Drop,
            ColumnAdd(_)
            | ColumnAlter { .. }
            | IndexCreate(_)
            | ConstraintCreate { .. }
            | Attached
            | Viewed(_)
            | Alter(_),
        ) => Undone,
        (Drop, Target(_)) => {
            if is(Dialect::Sqlite) {
                Doubt("one removes the table that the other points to")
            } else {
                Undone
            }
        }
        (Drop, _) => Apart,

        // The table as a whole.
        (Alter(Property::Comment), Alter(Property::Comment)) => Overwrites(Property::Comment),
        (Alter(Property::Comment), Alter(_)) => Apart,
        (
            Alter(Property::Comment),
            Attached
            | Viewed(_)
            | RowsRead
            | RowsWrite
            | ColumnAdd(_)
            | ColumnDrop(_)
            | ColumnRename(_)
            | ColumnAlter { .. }
            | ColumnUse(_)
            | IndexCreate(_)
            | IndexDrop
            | ConstraintCreate { .. }
            | ConstraintDrop
            | Target(_),
        ) => Apart,
        (Alter(_), ColumnUse(_) | Target(_)) if is(Dialect::Sqlite) => Apart,
        (Alter(_), RowsRead) => Apart,
        (Alter(_), _) if is(Dialect::Sqlite) => {
            Doubt("SQLite copies the table and may lose what it cannot reflect")
        }
        (Alter(_), _) => Doubt("one changes the table as a whole"),

        // Columns.
        (ColumnAdd(_), ColumnAdd(_)) => BothAdd,
        (ColumnAdd(_), ColumnDrop(_)) => match dialect {
            Dialect::Sqlite | Dialect::MySql => {
                Doubt("the last column of a table cannot be removed, and may be the last or not")
            }
            _ => Apart,
        },
        (
            ColumnAdd(_),
            ColumnRename(_)
            | ColumnAlter { .. }
            | ColumnUse(_)
            | IndexCreate(_)
            | IndexDrop
            | ConstraintCreate { .. }
            | ConstraintDrop
            | Target(_),
        ) => Apart,
        (ColumnAdd(_), RowsRead | RowsWrite) => {
            Doubt("rows are read or written, and columns added")
        }
        (ColumnAdd(_), Attached | Viewed(_)) => {
            Doubt("a view or trigger may see the new column or not")
        }

        (ColumnDrop(_), ColumnDrop(_)) => match dialect {
            _ if strict => Doubt("both remove columns"),
            Dialect::Sqlite | Dialect::MySql => {
                Doubt("the last column of a table cannot be removed")
            }
            _ => Doubt("both remove columns, and with them what is on both"),
        },
        (ColumnDrop(one), ColumnAlter { name, .. }) if one == name => Undone,
        (
            ColumnDrop(_),
            ColumnAlter {
                property: Property::ServerDefault,
                ..
            },
        ) => Apart,
        (
            ColumnDrop(_),
            ColumnAlter {
                property: Property::Comment,
                ..
            },
        ) if !is(Dialect::MySql) => Apart,
        (ColumnDrop(_), ColumnAlter { .. }) => {
            Doubt("what is on the removed column may hold the other one")
        }
        (ColumnDrop(_), ColumnRename(_)) => match dialect {
            Dialect::Sqlite => Doubt("SQLite renames only where nothing in the schema is broken"),
            _ => Apart,
        },
        (
            ColumnDrop(one),
            IndexCreate(columns) | ConstraintCreate { columns, .. } | Target(columns),
        ) if columns.contains(one) => Undone,
        (
            ColumnDrop(_),
            ConstraintCreate {
                kind: Constrains::PrimaryKey,
                ..
            },
        ) => Doubt("the primary key may go with the removed column"),
        (ColumnDrop(_), Target(_)) => {
            Doubt("a key that the other points to may go with the removed column")
        }
        (ColumnDrop(_), IndexCreate(_) | ConstraintCreate { .. }) if strict => {
            Doubt("what goes with the removed column may have the same name")
        }
        (ColumnDrop(_), IndexCreate(_) | ConstraintCreate { .. } | ColumnUse(_)) => Apart,
        (ColumnDrop(_), IndexDrop | ConstraintDrop) => {
            Doubt("what the other removes may go with the removed column")
        }
        (ColumnDrop(_), RowsRead | RowsWrite) => {
            Doubt("rows are read or written, and a column removed")
        }
        (ColumnDrop(one), Viewed(columns)) if columns.contains(one) => Undone,
        (ColumnDrop(_), Attached | Viewed(_)) => {
            Doubt("a view or trigger may need the removed column")
        }

        (ColumnRename(one), ColumnAlter { name, .. }) if one == name && is(Dialect::MySql) => {
            // `CHANGE` says everything about the column anew.
            Overwrites(Property::Type)
        }
        (ColumnRename(_), ColumnRename(_) | ColumnAlter { .. } | ColumnUse(_) | IndexDrop) => Apart,
        (
            ColumnRename(_),
            IndexCreate(_) | ConstraintCreate { .. } | ConstraintDrop | Target(_),
        ) => {
            // The server may name what it makes by the columns.
            if is(Dialect::PostgreSql) {
                match that {
                    ConstraintCreate { named: false, .. } => {
                        Doubt("the server names what has no name by its columns")
                    }
                    _ => Apart,
                }
            } else {
                Apart
            }
        }
        (ColumnRename(_), RowsRead | RowsWrite) => {
            Doubt("rows are read or written, and a column renamed")
        }
        (ColumnRename(_), Attached | Viewed(_)) => {
            Doubt("a view or trigger may name the renamed column")
        }

        (
            ColumnAlter {
                name: one,
                property: this,
                computed: a,
            },
            ColumnAlter {
                name: other,
                property: that,
                computed: b,
            },
        ) => {
            if one != other {
                if is(Dialect::Sqlite) || (!*a && !*b) {
                    Apart
                } else {
                    Doubt("new values of one column may come from the other")
                }
            } else if is(Dialect::MySql) {
                // `MODIFY` says everything about the column anew.
                Overwrites(*that)
            } else if this == that {
                Overwrites(*this)
            } else {
                use Property::{Comment, Nullable, ServerDefault, Type};
                match (this, that) {
                    (Comment, _) | (_, Comment) => Apart,
                    (Nullable, ServerDefault) | (ServerDefault, Nullable) => Apart,
                    (Type, Nullable) if !*a => Apart,
                    (Nullable, Type) if !*b => Apart,
                    (Type, Nullable) | (Nullable, Type) => {
                        Doubt("the new type's expression may give NULL")
                    }
                    (Type, ServerDefault) | (ServerDefault, Type) => {
                        Doubt("a default is cast when the type changes")
                    }
                    _ => Doubt("both change one column"),
                }
            }
        }
        (
            ColumnAlter {
                property: Property::Comment,
                ..
            },
            ColumnUse(_)
            | IndexCreate(_)
            | IndexDrop
            | ConstraintCreate { .. }
            | ConstraintDrop
            | Target(_)
            | RowsRead
            | RowsWrite
            | Attached
            | Viewed(_),
        ) if !is(Dialect::MySql) => Apart,
        (
            ColumnAlter {
                name,
                property: Property::Type | Property::Other,
                ..
            },
            ColumnUse(used),
        ) if name == used => Doubt("one changes a column that the other uses"),
        (ColumnAlter { .. }, ColumnUse(_)) => Apart,
        (
            ColumnAlter {
                property: Property::Nullable | Property::ServerDefault,
                ..
            },
            IndexCreate(_) | IndexDrop | Target(_),
        ) if !is(Dialect::MySql) => Apart,
        (
            ColumnAlter { name, .. },
            IndexCreate(columns) | ConstraintCreate { columns, .. } | Target(columns),
        ) => {
            if columns.contains(name) || columns.is_empty() {
                Doubt("one changes a column that the other builds on")
            } else {
                Apart
            }
        }
        (
            ColumnAlter {
                property: Property::ServerDefault,
                ..
            },
            ConstraintDrop,
        ) => Apart,
        (ColumnAlter { .. }, IndexDrop | ConstraintDrop) => {
            Doubt("what one removes may hold the column that the other changes")
        }
        (
            ColumnAlter {
                property: Property::Nullable | Property::ServerDefault,
                ..
            },
            RowsRead,
        ) => Apart,
        (ColumnAlter { .. }, RowsRead | RowsWrite) => {
            Doubt("rows are read or written, and a column changed")
        }
        (ColumnAlter { .. }, Attached | Viewed(_)) => {
            Doubt("a view or trigger may need the column that changes")
        }

        // Indexes and constraints.
        (IndexCreate(_), IndexCreate(_) | RowsRead | Viewed(_) | ColumnUse(_) | Attached) => Apart,
        (IndexCreate(_), IndexDrop) if is(Dialect::MySql) => {
            Doubt("a foreign key may need the index that is removed")
        }
        (IndexCreate(_), IndexDrop) => Apart,
        (IndexCreate(_), Target(_)) => {
            if strict {
                Doubt("the new foreign key may need the new index")
            } else {
                Apart
            }
        }
        (
            IndexCreate(_),
            ConstraintCreate {
                kind: Constrains::ForeignKey,
                columns: two,
                ..
            },
        ) if is(Dialect::MySql) => {
            // MySQL makes an index for a foreign key that has none, and drops it when one comes.
            if two.is_empty() {
                Doubt("MySQL makes an index for a foreign key that has none")
            } else {
                Apart
            }
        }
        (IndexCreate(_), ConstraintCreate { .. } | ConstraintDrop) => Apart,
        (IndexCreate(_), RowsWrite) => Doubt("rows are written, and an index is made over them"),
        (IndexDrop, IndexDrop) if is(Dialect::MySql) => {
            Doubt("a foreign key may need one of the two indexes")
        }
        (IndexDrop, IndexDrop | RowsRead | Viewed(_) | ColumnUse(_)) => Apart,
        (IndexDrop, ConstraintCreate { .. } | ConstraintDrop | Target(_)) => {
            Doubt("a key may need the index that is removed")
        }
        (IndexDrop, RowsWrite) => Doubt("rows are written, and an index is removed"),
        (IndexDrop, Attached) => Apart,
        (
            ConstraintCreate {
                kind: one,
                columns: a,
                named: this,
            },
            ConstraintCreate {
                kind: other,
                columns: b,
                named: that,
            },
        ) => {
            let meet = a.intersection(b).next().is_some() || a.is_empty() || b.is_empty();
            if *one == Constrains::PrimaryKey && *other == Constrains::PrimaryKey {
                Doubt("a table has one primary key")
            } else if (*one == Constrains::PrimaryKey || *other == Constrains::PrimaryKey) && strict
            {
                Doubt("one makes the primary key")
            } else if *this || *that || is(Dialect::Sqlite) || one != other {
                Apart
            } else if (is(Dialect::MySql) && *one != Constrains::Unique)
                || *one == Constrains::Check
                || *one == Constrains::Other
            {
                Doubt("the server numbers what has no name in the order in which it comes")
            } else if meet {
                Doubt("the server gives both the same name, with a number")
            } else {
                Apart
            }
        }
        (
            ConstraintCreate {
                kind: Constrains::PrimaryKey | Constrains::Unique,
                ..
            },
            Target(_),
        ) => {
            if strict {
                Doubt("the new foreign key may need the new key")
            } else {
                Apart
            }
        }
        (ConstraintCreate { .. }, RowsRead | ColumnUse(_) | Target(_)) => Apart,
        (ConstraintCreate { .. }, RowsWrite) => {
            Doubt("rows are written, and a constraint checks them")
        }
        (ConstraintCreate { .. }, ConstraintDrop) => {
            Doubt("one makes a constraint and the other removes one")
        }
        (ConstraintCreate { .. }, Viewed(_)) => Doubt("a view may need the key"),
        (ConstraintCreate { .. }, Attached) => Apart,
        (ConstraintDrop, RowsRead | ColumnUse(_)) => Apart,
        (ConstraintDrop, _) => Doubt("one removes a constraint that the other may need or meet"),

        (Attached, RowsWrite) => Doubt("rows are written, and a trigger or policy changes"),
        (Attached, Attached) => Doubt("triggers run in an order of their own"),
        (Attached, Viewed(_) | RowsRead | ColumnUse(_) | Target(_)) => {
            Doubt("a trigger, policy or rule changes")
        }
        _ => return None,
    })
}
