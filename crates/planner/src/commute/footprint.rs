//! What a migration touches on one database, arranged by object.

mod aspect;
mod chosen;
mod event;
mod marks;
mod reach;

use std::collections::{BTreeMap, BTreeSet};

use rechain_history::{
    Action, Certainty, ConstraintKind, Dialect, Effect, EffectKind, QualifiedName, SchemaObject,
};

use super::key::{Key, Space, fold, qualified};
use super::verdict::{MOST_DOUBTS, Site};
use aspect::aspects;
pub(super) use aspect::{Aspect, Constrains, Touch};
pub(super) use event::{Event, Step, has_no_definition};
pub(super) use marks::Marks;
use marks::mark;
pub(super) use reach::Reach;

/// What a table is called: schema and name.
pub(super) type TableKey = (String, String);

/// A migration, or a run of them, on one database.
#[derive(Debug)]
pub(super) struct Print<'e> {
    pub(super) dialect: Dialect,
    pub(super) keys: BTreeMap<Key, Vec<Event<'e>>>,
    pub(super) tables: BTreeMap<TableKey, Vec<Touch<'e>>>,
    /// Schemas in which a relation of some name is meant.
    pub(super) schemas: BTreeMap<String, BTreeSet<String>>,
    reach: BTreeMap<Reach, Site>,
    /// The same as bits.
    pub(super) reaches: u64,
    /// Marks of what it changes, and of all that it touches, in order: two prints without a mark of one
    /// among the changes of the other do not meet by name.
    pub(super) changed: Marks,
    pub(super) touched: Marks,
    /// What is not understood, and what depends on a condition.
    pub(super) dark: Vec<(String, Site)>,
    /// Tables for whose constraints or sequences the server chooses names.
    pub(super) naming: BTreeMap<String, Site>,
    /// Names that look like those that a server chooses.
    pub(super) chosen_alike: BTreeMap<String, Site>,
    /// Columns by which the server names an index.
    pub(super) by_column: BTreeMap<(TableKey, String), Site>,
    /// Tables for which the server numbers constraints.
    pub(super) numbered: BTreeMap<TableKey, Site>,
    fresh: BTreeSet<TableKey>,
    /// New tables that are made only where they do not exist.
    guarded: BTreeSet<TableKey>,
    /// New tables that have foreign keys.
    referencing: BTreeSet<TableKey>,
    /// Tables under a new name, and the name they had.
    was: BTreeMap<TableKey, TableKey>,
}

impl<'e> Print<'e> {
    pub(super) fn of(block: &[&'e [Effect]], dialect: Dialect) -> Self {
        let mut print = Self {
            dialect,
            keys: BTreeMap::new(),
            tables: BTreeMap::new(),
            schemas: BTreeMap::new(),
            reach: BTreeMap::new(),
            reaches: 0,
            changed: Marks::default(),
            touched: Marks::default(),
            dark: Vec::new(),
            naming: BTreeMap::new(),
            chosen_alike: BTreeMap::new(),
            by_column: BTreeMap::new(),
            numbered: BTreeMap::new(),
            fresh: BTreeSet::new(),
            guarded: BTreeSet::new(),
            referencing: BTreeSet::new(),
            was: BTreeMap::new(),
        };
        for (member, effects) in block.iter().enumerate() {
            print.read(member, effects);
        }
        print.mark();
        print
    }

    fn mark(&mut self) {
        for reach in self.reach.keys() {
            self.reaches |= reach.bit();
        }
        for (key, events) in &self.keys {
            // Without the schema: the default one may have a name.
            let mark = mark(&(key.space, &key.within, &key.name));
            self.touched.push(mark);
            // The values of a type have an order.
            if key.space == Space::EnumValue && events.iter().any(Event::changes) {
                let mark = self::mark(&(key.space, &key.within));
                self.touched.push(mark);
                self.changed.push(mark);
            }
            // Whoever names a sequence may take a value from it.
            if key.space == Space::Sequence || events.iter().any(Event::changes) {
                self.changed.push(mark);
            }
        }
        for ((_, name), touches) in &self.tables {
            let mark = mark(&name);
            self.touched.push(mark);
            let changes = touches.iter().any(|touch| {
                !matches!(
                    touch.aspect,
                    Aspect::ColumnUse(_)
                        | Aspect::ConstraintUse
                        | Aspect::Target(_)
                        | Aspect::Viewed(_)
                        | Aspect::RowsRead
                )
            });
            if changes {
                self.changed.push(mark);
            }
        }
        // A table with a schema may be one without: whoever names it so is looked at again.
        for (name, schemas) in &self.schemas {
            let mark = mark(&(name, "schema"));
            self.touched.push(mark);
            if schemas.iter().any(|schema| !schema.is_empty()) {
                self.changed.push(mark);
            }
        }
        self.changed.close();
        self.touched.close();
    }

    /// Whether one may change what the other touches, by name.
    pub(super) fn meets(&self, other: &Self) -> bool {
        self.changed.meet(&other.touched) || self.touched.meet(&other.changed)
    }

    /// Whether nothing happens on this database.
    pub(super) fn is_empty(&self) -> bool {
        self.keys.is_empty() && self.dark.is_empty() && self.reach.is_empty()
    }

    pub(super) fn site(&self, reach: Reach) -> Option<Site> {
        self.reach.get(&reach).copied()
    }

    fn reach(&mut self, reach: Reach, site: Site) {
        self.reach.entry(reach).or_insert(site);
    }

    fn read(&mut self, member: usize, effects: &'e [Effect]) {
        let dialect = self.dialect;
        // What one call names: the columns of an index, of a constraint, of a foreign key's target.
        let mut named: BTreeMap<(usize, usize), BTreeMap<TableKey, BTreeSet<String>>> =
            BTreeMap::new();
        let here = |effect: &&Effect| effect.dialects.contains(dialect);
        for effect in effects.iter().filter(here) {
            let Some((Action::Require | Action::Create, object)) = effect.known() else {
                continue;
            };
            let tables = named
                .entry((effect.range.start(), effect.range.end()))
                .or_default();
            match object {
                SchemaObject::Column { table, name } => {
                    let columns = tables.entry(qualified(table, dialect)).or_default();
                    columns.insert(fold(name, dialect));
                }
                SchemaObject::Table(table) => {
                    tables.entry(qualified(table, dialect)).or_default();
                }
                _ => {}
            }
        }
        for effect in effects.iter().filter(here) {
            let site = Site {
                member,
                range: effect.range,
            };
            match &effect.kind {
                EffectKind::Opaque { reason } => {
                    self.reach(Reach::Changes, site);
                    self.dark.push((format!("not understood: {reason}"), site));
                }
                EffectKind::Known { action, object } => {
                    let columns = named.get(&(effect.range.start(), effect.range.end()));
                    self.known(action, object, effect.certainty, site, columns);
                }
            }
        }
    }

    fn known(
        &mut self,
        action: &'e Action,
        object: &'e SchemaObject,
        certainty: Certainty,
        site: Site,
        named: Option<&BTreeMap<TableKey, BTreeSet<String>>>,
    ) {
        if !exists_on(object, self.dialect) {
            return;
        }
        let looks = matches!(action, Action::Require | Action::ReadRows);
        let mut certainty = certainty;
        match certainty {
            Certainty::Unknown if !looks => {
                self.reach(Reach::Changes, site);
                let what = format!("something happens to {object}, not known what");
                self.dark.push((what, site));
                return;
            }
            Certainty::Conditional if !looks => {
                // What comes with a table that is made where it is missing is made with it.
                let with_table = object
                    .table()
                    .is_some_and(|table| self.guarded.contains(&qualified(table, self.dialect)))
                    && *action == Action::Create;
                if with_table {
                    certainty = Certainty::IfNeeded;
                } else {
                    self.reach(Reach::Changes, site);
                    // One for each call will do.
                    let is_said = self.dark.last().is_some_and(|(_, last)| *last == site);
                    if !is_said && self.dark.len() < MOST_DOUBTS {
                        self.dark.push((condition(action, object), site));
                    }
                }
            }
            _ => {}
        }
        self.existence(action, object, certainty, site);
        let table = object.table().map(|table| self.origin(table));
        let dialect = self.dialect;
        let columns = |table: &QualifiedName| {
            named
                .and_then(|named| named.get(&qualified(table, dialect)))
                .cloned()
                .unwrap_or_default()
        };
        if let SchemaObject::Constraint {
            table,
            kind:
                ConstraintKind::ForeignKey {
                    target,
                    columns: to,
                },
            ..
        } = object
            && *action == Action::Create
        {
            let to = to.iter().map(|name| fold(name, self.dialect)).collect();
            let from = qualified(table, self.dialect);
            let target = self.origin(target);
            if target != from {
                self.touch(target, Aspect::Target(to), object, site);
                self.referencing.insert(from);
            }
        }
        let aspects = aspects(action, object, certainty, &columns, dialect);
        if let Some(table) = table {
            for aspect in aspects {
                self.touch(table.clone(), aspect, object, site);
            }
        } else if matches!(action, Action::Create)
            && let SchemaObject::View(_) = object
            && let Some(named) = named
        {
            // The tables a view is made of are those that the statement names.
            for (table, columns) in named {
                self.touch(table.clone(), Aspect::Viewed(columns.clone()), object, site);
            }
        }
        self.note_reach(action, object, site);
        let is_soft = *action == Action::Create && certainty != Certainty::Always;
        if is_soft && !Key::shared(object, dialect).is_empty() {
            self.reach(Reach::TakesFreeNames, site);
        }
        self.note_names(action, object, site);
        if *action == Action::Create {
            self.note_unnamed(object, &columns, site);
        }
        if let (Action::Create, SchemaObject::Table(table)) = (action, object) {
            let key = qualified(table, self.dialect);
            if certainty == Certainty::Always {
                self.fresh.insert(key);
            } else {
                self.guarded.insert(key);
            }
        }
        if let (Action::RenameTo(new), SchemaObject::Table(table)) = (action, object) {
            let origin = self.origin(table);
            let (schema, _) = qualified(table, self.dialect);
            self.was.insert((schema, fold(new, self.dialect)), origin);
        }
    }

    /// The name a table had before this migration.
    fn origin(&self, table: &QualifiedName) -> TableKey {
        let key = qualified(table, self.dialect);
        self.was.get(&key).cloned().unwrap_or(key)
    }

    fn touch(&mut self, table: TableKey, aspect: Aspect, object: &'e SchemaObject, site: Site) {
        if self.fresh.contains(&table) {
            match aspect {
                Aspect::RowsWrite if self.referencing.contains(&table) => {
                    self.reach(Reach::WritesReferencingRows, site);
                }
                _ => {}
            }
            return;
        }
        match aspect {
            Aspect::RowsWrite => self.reach(Reach::WritesRows, site),
            Aspect::RowsRead => self.reach(Reach::ReadsRows, site),
            Aspect::ColumnUse(_)
            | Aspect::ConstraintUse
            | Aspect::Target(_)
            | Aspect::Viewed(_) => {}
            Aspect::ColumnAdd(_)
            | Aspect::ColumnAlter { .. }
            | Aspect::IndexCreate(_)
            | Aspect::ConstraintCreate { .. } => {
                self.reach(Reach::ChangesTables, site);
                self.reach(Reach::Evaluates, site);
            }
            _ => self.reach(Reach::ChangesTables, site),
        }
        self.tables.entry(table).or_default().push(Touch {
            aspect,
            object,
            site,
        });
    }
}

/// Why it is not certain that `action` happens to `object`.
fn condition(action: &Action, object: &SchemaObject) -> String {
    match (action, object) {
        (
            Action::Drop,
            SchemaObject::Constraint {
                table, name: None, ..
            },
        ) => format!("it removes a constraint of {table} whose name only the database tells"),
        (
            Action::Drop,
            SchemaObject::Index {
                table: Some(table),
                name: None,
            },
        ) => format!("it removes an index of {table} whose name only the database tells"),
        _ => {
            let what = match (action, object.table()) {
                (Action::Create, _) => format!("creates {object}"),
                (Action::Drop, _) => format!("removes {object}"),
                (Action::RenameTo(new), _) => format!("renames {object} to {new}"),
                (Action::WriteRows, Some(table)) => format!("writes rows of {table}"),
                _ => format!("changes {object}"),
            };
            format!("whether it {what} depends on a condition")
        }
    }
}

/// Whether the database has such objects at all.
fn exists_on(object: &SchemaObject, dialect: Dialect) -> bool {
    match object {
        SchemaObject::Type(_) | SchemaObject::EnumValue { .. } | SchemaObject::Extension(_) => {
            !matches!(dialect, Dialect::Sqlite | Dialect::MySql)
        }
        SchemaObject::Sequence(_) => !matches!(dialect, Dialect::Sqlite),
        _ => true,
    }
}
