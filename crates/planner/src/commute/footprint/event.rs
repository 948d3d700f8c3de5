//! Steps in the lives of objects: what is made, removed and used, under which names.

use std::borrow::Cow;

use rechain_history::{Action, Certainty, ConstraintKind, QualifiedName, SchemaObject};

use super::{Print, qualified};
use crate::commute::key::{Key, Space};
use crate::commute::verdict::Site;

/// Something that happens to the existence of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::commute) enum Step {
    Create,
    Drop,
    Use,
}

/// One step in the life of an object.
#[derive(Debug, Clone)]
pub(in crate::commute) struct Event<'e> {
    pub(in crate::commute) step: Step,
    /// It does no harm where it is so already.
    pub(in crate::commute) soft: bool,
    /// It may not happen at all.
    pub(in crate::commute) maybe: bool,
    /// The object is changed, and nothing says within which table.
    pub(in crate::commute) alters: bool,
    pub(in crate::commute) object: Cow<'e, SchemaObject>,
    pub(in crate::commute) site: Site,
}

impl Event<'_> {
    /// Whether it does more than look.
    pub(in crate::commute) fn changes(&self) -> bool {
        self.step != Step::Use || self.alters
    }
}

impl<'e> Print<'e> {
    /// Steps in the lives of the object and of what it cannot exist without.
    pub(super) fn existence(
        &mut self,
        action: &Action,
        object: &'e SchemaObject,
        certainty: Certainty,
        site: Site,
    ) {
        let dialect = self.dialect;
        let soft = certainty != Certainty::Always;
        let maybe = matches!(certainty, Certainty::Conditional | Certainty::Unknown);
        let alters = matches!(action, Action::Alter(_)) && object.table().is_none();
        let event = |step| Event {
            step,
            soft,
            maybe,
            alters,
            object: Cow::Borrowed(object),
            site,
        };
        let mut keys: Vec<Key> = Key::of(object, dialect).into_iter().collect();
        // Steps on a table under its new name are steps on the table that was there before.
        if let Some(table) = object.table()
            && !matches!(object, SchemaObject::Table(_))
        {
            let origin = self.origin(table);
            if let Some(key) = keys.first().filter(|key| !key.within.is_empty()) {
                let (schema, within) = origin;
                if (&schema, &within) != (&key.schema, &key.within) {
                    let key = Key {
                        schema,
                        within,
                        ..key.clone()
                    };
                    keys.push(key);
                }
            }
        }
        // A constraint whose kind is not said may or may not be in a shared namespace.
        let unsure = matches!(
            object,
            SchemaObject::Constraint {
                kind: ConstraintKind::Unknown,
                ..
            }
        );
        let shared = |step: Step| Event {
            soft: soft || unsure,
            ..event(step)
        };
        match action {
            Action::Create | Action::Drop => {
                let step = if *action == Action::Create {
                    Step::Create
                } else {
                    Step::Drop
                };
                for key in keys {
                    self.keys.entry(key).or_default().push(event(step));
                }
                for key in Key::shared(object, dialect) {
                    self.keys.entry(key).or_default().push(shared(step));
                }
            }
            Action::RenameTo(new) => {
                let renamed = renamed(object, new);
                let under_new_name = |event: Event<'e>| Event {
                    object: Cow::Owned(renamed.clone()),
                    ..event
                };
                let new_keys = Key::of(&renamed, dialect)
                    .into_iter()
                    .map(|key| (key, under_new_name(event(Step::Create))))
                    .chain(
                        Key::shared(&renamed, dialect)
                            .into_iter()
                            .map(|key| (key, under_new_name(shared(Step::Create)))),
                    );
                let old_keys = keys.into_iter().map(|key| (key, event(Step::Drop))).chain(
                    Key::shared(object, dialect)
                        .into_iter()
                        .map(|key| (key, shared(Step::Drop))),
                );
                let steps: Vec<_> = old_keys.chain(new_keys).collect();
                for (key, event) in steps {
                    self.keys.entry(key).or_default().push(event);
                }
            }
            _ => {
                for key in keys {
                    self.keys.entry(key).or_default().push(event(Step::Use));
                }
            }
        }
        let mut holders = Vec::new();
        match object {
            SchemaObject::Table(_) | SchemaObject::View(_) => {}
            SchemaObject::EnumValue { of, .. } => holders.push(Key::type_(of, dialect)),
            _ => holders.extend(object.table().map(|table| Key::relation(table, dialect))),
        }
        if let Some(schema) = schema_of(object)
            && !matches!(schema, "public" | "main" | "dbo")
        {
            holders.push(Key::schema(schema, dialect));
        }
        for key in holders {
            let events = self.keys.entry(key).or_default();
            // Many uses in a row are as good as one.
            if !events.last().is_some_and(|last| {
                last.step == Step::Use && last.maybe == maybe && last.site.member == site.member
            }) {
                events.push(Event {
                    alters: false,
                    ..event(Step::Use)
                });
            }
        }
        if let Some(table) = object.table().or(match object {
            SchemaObject::View(name) => Some(name),
            _ => None,
        }) {
            let (schema, name) = qualified(table, dialect);
            self.schemas.entry(name).or_default().insert(schema);
        }
    }
}

fn schema_of(object: &SchemaObject) -> Option<&str> {
    let name = match object {
        SchemaObject::Table(name)
        | SchemaObject::Type(name)
        | SchemaObject::Sequence(name)
        | SchemaObject::View(name)
        | SchemaObject::Function(name)
        | SchemaObject::EnumValue { of: name, .. }
        | SchemaObject::Other {
            table: None, name, ..
        } => name,
        _ => object.table()?,
    };
    name.schema.as_deref()
}

/// The object under another name.
fn renamed(object: &SchemaObject, new: &str) -> SchemaObject {
    let qualified = |name: &QualifiedName| QualifiedName::new(name.schema.clone(), new);
    match object.clone() {
        SchemaObject::Table(name) => SchemaObject::Table(qualified(&name)),
        SchemaObject::View(name) => SchemaObject::View(qualified(&name)),
        SchemaObject::Type(name) => SchemaObject::Type(qualified(&name)),
        SchemaObject::Sequence(name) => SchemaObject::Sequence(qualified(&name)),
        SchemaObject::Function(name) => SchemaObject::Function(qualified(&name)),
        SchemaObject::Schema(_) => SchemaObject::Schema(new.to_owned()),
        SchemaObject::Extension(_) => SchemaObject::Extension(new.to_owned()),
        SchemaObject::Column { table, .. } => SchemaObject::Column {
            table,
            name: new.to_owned(),
        },
        SchemaObject::Index { table, .. } => SchemaObject::Index {
            table,
            name: Some(new.to_owned()),
        },
        SchemaObject::Constraint { table, kind, .. } => SchemaObject::Constraint {
            table,
            name: Some(new.to_owned()),
            kind,
        },
        SchemaObject::EnumValue { of, .. } => SchemaObject::EnumValue {
            of,
            value: new.to_owned(),
        },
        SchemaObject::Other { kind, table, name } => SchemaObject::Other {
            kind,
            table,
            name: qualified(&name),
        },
    }
}

/// Whether two keys are of objects that have no definition of their own.
pub(in crate::commute) fn has_no_definition(key: &Key) -> bool {
    matches!(key.space, Space::Schema | Space::Extension)
}
