//! What must come before what, because of what migrations do.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use rechain_history::{
    Action, Certainty, Effect, Graph, RevIndex, SchemaObject, TableName, TextRange,
};

use crate::Effects;
use crate::plan::ConflictKind;

/// `before` must run before `after`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Constraint {
    /// What runs first.
    pub before: RevIndex,
    /// What runs later.
    pub after: RevIndex,
    /// Why.
    pub cause: Cause,
    /// What shows it in `before`, in its text; absent for `depends_on`.
    pub before_range: Option<TextRange>,
    /// What shows it in `after`.
    pub after_range: Option<TextRange>,
}

/// Why one migration must run before another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// The later one names the earlier in `depends_on`.
    DependsOn,
    /// The later one needs what the earlier creates.
    Needs(SchemaObject),
    /// The later one removes what the earlier uses.
    Removes(SchemaObject),
    /// The later one creates anew what the earlier removes.
    Replaces(SchemaObject),
    /// The order they have works, and no other would.
    Conflicts(Box<ConflictKind>),
    /// A person wants it so.
    Decided,
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DependsOn => f.write_str("names it in depends_on"),
            Self::Needs(object) => write!(f, "needs {object}"),
            Self::Removes(object) => write!(f, "removes {object}"),
            Self::Replaces(object) => write!(f, "creates {object} anew"),
            Self::Conflicts(kind) => write!(f, "cannot go first: {kind}"),
            Self::Decided => f.write_str("comes later because you said so"),
        }
    }
}

/// An object under the name by which two migrations mean the same one: the default schema and
/// `public` are not told apart, and neither are kinds of constraints.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Key {
    Table(String, String),
    Column(String, String, String),
    Index(String, String),
    Constraint(String, String, String),
    Other(&'static str, String, String),
}

impl Key {
    pub(crate) fn of(object: &SchemaObject) -> Option<Self> {
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

    /// The table an object cannot exist without.
    fn holder(&self) -> Option<Self> {
        match self {
            Self::Column(schema, table, _) | Self::Constraint(schema, table, _) => {
                Some(Self::Table(schema.clone(), table.clone()))
            }
            _ => None,
        }
    }
}

/// One use of an object by a migration.
#[derive(Debug, Clone)]
pub(crate) struct Use<'e> {
    pub(crate) revision: RevIndex,
    pub(crate) action: &'e Action,
    pub(crate) object: &'e SchemaObject,
    pub(crate) certainty: Certainty,
    pub(crate) range: TextRange,
}

impl Use<'_> {
    /// It makes the object exist.
    pub(crate) fn creates(&self) -> bool {
        *self.action == Action::Create
    }

    /// It makes the object not exist under its name any more.
    pub(crate) fn removes(&self) -> bool {
        matches!(self.action, Action::Drop | Action::RenameTo(_))
    }
}

/// Every use of every object, by object.
pub(crate) fn uses<'e>(
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
                certainty: effect.certainty,
                range: effect.range,
            };
            uses.entry(key).or_default().push(found);
        }
    }
    uses
}

/// The constraints between `revisions` that do not already lie above each other.
pub(crate) fn constraints(
    graph: &Graph,
    effects: &Effects,
    revisions: &BTreeSet<RevIndex>,
) -> Vec<Constraint> {
    let uses = uses(effects, revisions);
    let mut found: BTreeMap<(RevIndex, RevIndex), Constraint> = BTreeMap::new();
    let mut add = |constraint: Constraint| {
        if constraint.before != constraint.after {
            found
                .entry((constraint.before, constraint.after))
                .or_insert(constraint);
        }
    };
    for &after in revisions {
        for &before in graph.dependencies(after) {
            if revisions.contains(&before) {
                let cause = Cause::DependsOn;
                add(Constraint {
                    before,
                    after,
                    cause,
                    before_range: None,
                    after_range: None,
                });
            }
        }
    }
    for (key, here) in &uses {
        // A column or constraint is used where its table is created or removed, too.
        let holder = key
            .holder()
            .and_then(|table| uses.get(&table))
            .map(Vec::as_slice);
        let all = || here.iter().chain(holder.unwrap_or_default());
        for user in here {
            for maker in all().filter(|other| other.revision != user.revision) {
                let between = |before: &Use<'_>, after: &Use<'_>, cause: Cause| Constraint {
                    before: before.revision,
                    after: after.revision,
                    cause,
                    before_range: Some(before.range),
                    after_range: Some(after.range),
                };
                let object = user.object.clone();
                let own_creation = here.iter().any(|other| {
                    other.revision == user.revision
                        && other.creates()
                        && other.range.start() <= user.range.start()
                });
                match (maker.creates(), maker.removes()) {
                    (true, _) if !user.creates() && !own_creation => {
                        add(between(maker, user, Cause::Needs(object)));
                    }
                    (_, true) if user.creates() && *maker.object == *user.object => {
                        add(between(maker, user, Cause::Replaces(object)));
                    }
                    (_, true) if !user.removes() && !own_creation => {
                        add(between(user, maker, Cause::Removes(maker.object.clone())));
                    }
                    _ => {}
                }
            }
        }
    }
    let below: BTreeMap<RevIndex, _> = revisions
        .iter()
        .map(|&index| (index, graph.ancestors_with([index])))
        .collect();
    found
        .into_values()
        .filter(|constraint| {
            let above = below[&constraint.after].contains(constraint.before.index())
                || below[&constraint.before].contains(constraint.after.index());
            !above && !is_made_below(graph, &uses, constraint)
        })
        .collect()
}

/// Whether something below the later revision already makes what it needs, so that the other maker
/// is a rival and not a condition.
fn is_made_below(
    graph: &Graph,
    uses: &BTreeMap<Key, Vec<Use<'_>>>,
    constraint: &Constraint,
) -> bool {
    let Cause::Needs(object) = &constraint.cause else {
        return false;
    };
    let Some(key) = Key::of(object) else {
        return false;
    };
    let below = graph.ancestors_with([constraint.after]);
    uses.get(&key).is_some_and(|uses| {
        uses.iter().any(|other| {
            other.creates()
                && other.revision != constraint.after
                && below.contains(other.revision.index())
        })
    })
}

/// Whether anything a migration does is not understood.
pub(crate) fn is_opaque(effects: Option<&Vec<Effect>>) -> bool {
    effects.is_some_and(|effects| effects.iter().any(Effect::is_opaque))
}
