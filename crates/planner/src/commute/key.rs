//! When two names mean one object, on each database.

use rechain_history::{ConstraintKind, Dialect, QualifiedName, SchemaObject};

/// An object, or a place in a namespace, as one database tells them apart.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Key {
    pub(crate) space: Space,
    pub(crate) schema: String,
    /// The table or type it is in, where that matters.
    pub(crate) within: String,
    pub(crate) name: String,
}

/// The kinds of names that are compared with each other only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Space {
    /// Tables and views: a statement does not say which it names.
    Relation,
    Column,
    Index,
    Constraint,
    Type,
    EnumValue,
    Sequence,
    Function,
    Schema,
    Extension,
    Other(&'static str),
    /// A namespace that several kinds of objects share.
    Shared(&'static str),
}

impl Key {
    fn new(space: Space, schema: String, within: String, name: String) -> Self {
        Self {
            space,
            schema,
            within,
            name,
        }
    }

    pub(crate) fn relation(table: &QualifiedName, dialect: Dialect) -> Self {
        let (schema, name) = qualified(table, dialect);
        Self::new(Space::Relation, schema, String::new(), name)
    }

    pub(crate) fn schema(name: &str, dialect: Dialect) -> Self {
        let name = fold(name, dialect);
        Self::new(Space::Schema, String::new(), String::new(), name)
    }

    pub(crate) fn type_(name: &QualifiedName, dialect: Dialect) -> Self {
        let (schema, name) = qualified(name, dialect);
        Self::new(Space::Type, schema, String::new(), name)
    }

    pub(crate) fn column(table: &QualifiedName, name: &str, dialect: Dialect) -> Self {
        let (schema, table) = qualified(table, dialect);
        Self::new(Space::Column, schema, table, fold(name, dialect))
    }

    /// The object itself; absent where it has no name.
    pub(crate) fn of(object: &SchemaObject, dialect: Dialect) -> Option<Self> {
        let flat = |space, name: &QualifiedName| {
            let (schema, name) = qualified(name, dialect);
            Self::new(space, schema, String::new(), name)
        };
        let per_table = matches!(dialect, Dialect::MySql | Dialect::MsSql);
        Some(match object {
            SchemaObject::Table(name) | SchemaObject::View(name) => Self::relation(name, dialect),
            SchemaObject::Column { table, name } => Self::column(table, name, dialect),
            SchemaObject::Index { name: None, .. }
            | SchemaObject::Constraint { name: None, .. } => {
                return None;
            }
            SchemaObject::Index {
                table,
                name: Some(name),
            } => {
                let (schema, table) = table
                    .as_ref()
                    .map(|table| qualified(table, dialect))
                    .unwrap_or_default();
                let within = if per_table { table } else { String::new() };
                Self::new(Space::Index, schema, within, fold(name, dialect))
            }
            SchemaObject::Constraint {
                table,
                name: Some(name),
                ..
            } => {
                let (schema, table) = qualified(table, dialect);
                // A unique constraint of MySQL is an index, and may be dropped as one.
                let space = if dialect == Dialect::MySql {
                    Space::Index
                } else {
                    Space::Constraint
                };
                Self::new(space, schema, table, fold(name, dialect))
            }
            SchemaObject::Type(name) => flat(Space::Type, name),
            SchemaObject::EnumValue { of, value } => {
                let (schema, of) = qualified(of, dialect);
                Self::new(Space::EnumValue, schema, of, value.clone())
            }
            SchemaObject::Sequence(name) => flat(Space::Sequence, name),
            SchemaObject::Function(name) => flat(Space::Function, name),
            SchemaObject::Schema(name) => Self::schema(name, dialect),
            SchemaObject::Extension(name) => {
                let name = fold(name, dialect);
                Self::new(Space::Extension, String::new(), String::new(), name)
            }
            SchemaObject::Other { kind, table, name } => match table {
                Some(table) => {
                    let (schema, table) = qualified(table, dialect);
                    let within = if named_within_table(kind, dialect) {
                        table
                    } else {
                        String::new()
                    };
                    let name = fold(&name.name, dialect);
                    Self::new(Space::Other(kind), schema, within, name)
                }
                None => flat(Space::Other(kind), name),
            },
        })
    }

    /// The places that an object takes in namespaces which it shares with others.
    pub(crate) fn shared(object: &SchemaObject, dialect: Dialect) -> Vec<Self> {
        let mut keys = Vec::new();
        let mut take = |space: &'static str, schema: String, name: String| {
            keys.push(Self::new(Space::Shared(space), schema, String::new(), name));
        };
        let within = |table: Option<&QualifiedName>| {
            table
                .map(|table| qualified(table, dialect).0)
                .unwrap_or_default()
        };
        match (dialect, object) {
            (_, SchemaObject::Table(name) | SchemaObject::View(name)) => {
                let (schema, name) = qualified(name, dialect);
                if dialect == Dialect::PostgreSql {
                    take("type", schema.clone(), name.clone());
                }
                take("relation", schema, name);
            }
            (
                Dialect::PostgreSql | Dialect::Oracle | Dialect::MsSql | Dialect::MySql,
                SchemaObject::Sequence(name),
            ) => {
                let (schema, name) = qualified(name, dialect);
                take("relation", schema, name);
            }
            (Dialect::PostgreSql, SchemaObject::Type(name)) => {
                let (schema, name) = qualified(name, dialect);
                take("type", schema, name);
            }
            (
                Dialect::PostgreSql | Dialect::Sqlite,
                SchemaObject::Index {
                    table,
                    name: Some(name),
                },
            ) => {
                take("relation", within(table.as_ref()), fold(name, dialect));
            }
            (
                Dialect::PostgreSql,
                SchemaObject::Constraint {
                    table,
                    name: Some(name),
                    kind:
                        ConstraintKind::Unique
                        | ConstraintKind::PrimaryKey
                        | ConstraintKind::Exclude
                        | ConstraintKind::Unknown,
                },
            )
            | (
                Dialect::MsSql,
                SchemaObject::Constraint {
                    table,
                    name: Some(name),
                    ..
                },
            ) => take("relation", within(Some(table)), fold(name, dialect)),
            (
                Dialect::MySql | Dialect::Oracle,
                SchemaObject::Constraint {
                    table,
                    name: Some(name),
                    kind,
                },
            ) => {
                let (schema, name) = (within(Some(table)), fold(name, dialect));
                match kind {
                    _ if dialect == Dialect::Oracle => take("constraint", schema, name),
                    ConstraintKind::ForeignKey { .. } => take("foreign key", schema, name),
                    ConstraintKind::Check => take("check", schema, name),
                    ConstraintKind::Unknown => {
                        take("foreign key", schema.clone(), name.clone());
                        take("check", schema, name);
                    }
                    _ => {}
                }
            }
            (
                Dialect::Oracle,
                SchemaObject::Index {
                    table,
                    name: Some(name),
                },
            ) => take("index", within(table.as_ref()), fold(name, dialect)),
            _ => {}
        }
        keys
    }
}

/// Whether two tables may each have one of that name.
fn named_within_table(kind: &str, dialect: Dialect) -> bool {
    match kind {
        "statistics" => false,
        "trigger" => dialect == Dialect::PostgreSql,
        _ => true,
    }
}

/// Schema and name; the default schema has no name, whatever the database calls it.
pub(crate) fn qualified(name: &QualifiedName, dialect: Dialect) -> (String, String) {
    let schema = match name.schema.as_deref() {
        None | Some("public" | "main" | "dbo") => String::new(),
        Some(schema) => fold(schema, dialect),
    };
    (schema, fold(&name.name, dialect))
}

/// A name as the database compares it.
pub(crate) fn fold(name: &str, dialect: Dialect) -> String {
    match dialect {
        Dialect::Sqlite | Dialect::MySql | Dialect::MsSql => name.to_lowercase(),
        Dialect::Oracle => name.to_owned(),
        Dialect::PostgreSql => stem(name).to_owned(),
    }
}

/// As much of a name as surely stays. What is longer than 63 bytes is cut: by the server, with no more than a notice,
/// or by SQLAlchemy, which keeps 55 of them and puts four digits of a hash at the end. Which of the two is not seen
/// here, so that names which may be one count as one.
fn stem(name: &str) -> &str {
    const LONGEST: usize = 63;
    const KEPT: usize = LONGEST - 8;
    let is_cut = name.len() == KEPT + 5
        && name
            .get(KEPT..)
            .and_then(|end| end.strip_prefix('_'))
            .is_some_and(|hash| hash.bytes().all(|it| it.is_ascii_hexdigit()));
    if name.len() < LONGEST && !is_cut {
        return name;
    }
    let mut end = KEPT;
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    &name[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_of_postgresql() {
        let fold = |name: &str| fold(name, Dialect::PostgreSql);
        let long = "fk_communities_archivedinvitations_community_id_communities_metadata";
        assert_eq!(fold(long), fold(&long[..63]));
        // What SQLAlchemy makes of it.
        let cut = "fk_communities_archivedinvitations_community_id_communi_f209";
        assert_eq!(fold(long), fold(cut));
        let short = &long[..62];
        assert_eq!(fold(short), short);
        assert_ne!(
            fold(long),
            fold("fk_communities_archivedinvitations_user_id_users")
        );
        assert_eq!(fold(&"é".repeat(40)), "é".repeat(27));
    }
}
