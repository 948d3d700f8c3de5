//! What a migration touches on one database, arranged by object.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher as _};

use rechain_history::{
    Action, Certainty, ConstraintKind, Dialect, Effect, EffectKind, Property, QualifiedName,
    SchemaObject,
};

use super::key::{Key, Space, fold, qualified};
use super::verdict::Site;

/// Something that happens to the existence of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Create,
    Drop,
    Use,
}

/// One step in the life of an object.
#[derive(Debug, Clone)]
pub(super) struct Event<'e> {
    pub(super) step: Step,
    /// It does no harm where it is so already.
    pub(super) soft: bool,
    /// It may not happen at all.
    pub(super) maybe: bool,
    /// The object is changed, and nothing says within which table.
    pub(super) alters: bool,
    pub(super) object: Cow<'e, SchemaObject>,
    pub(super) site: Site,
}

impl Event<'_> {
    /// Whether it does more than look.
    pub(super) fn changes(&self) -> bool {
        self.step != Step::Use || self.alters
    }
}

/// What is done within a table that was there before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Aspect {
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
pub(super) enum Constrains {
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
pub(super) struct Touch<'e> {
    pub(super) aspect: Aspect,
    pub(super) object: &'e SchemaObject,
    pub(super) site: Site,
}

/// What a table is called: schema and name.
pub(super) type TableKey = (String, String);

/// What reaches beyond the objects that are named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reach {
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
    RemovesIndex,
    /// An index whose table is not said.
    TouchesLooseIndex,
    Renames,
    /// A type changes, or something that is not told.
    Retypes,
    /// Something with a name of its own in a namespace is made.
    TakesNames,
    MakesView,
    MakesTrigger,
    ChangesFunction,
    MakesExtension,
    RemovesExtension,
    MakesEnumValue,
    ChangesType,
    MakesSequence,
    ChangesSequence,
    RemovesSchema,
    /// Literals or expressions are stored or evaluated: defaults, constraints, indexes.
    Evaluates,
    /// Anything is changed at all.
    Changes,
}

impl Reach {
    pub(super) fn bit(self) -> u64 {
        1 << self as u32
    }
}

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
    changed: Marks,
    touched: Marks,
    /// What is not understood, and what depends on a condition.
    pub(super) dark: Vec<(String, Site)>,
    /// Tables for whose constraints or sequences the server chooses names.
    pub(super) naming: BTreeMap<String, Site>,
    /// Names that look like those that a server chooses.
    pub(super) chosen_alike: BTreeMap<String, Site>,
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
            if events.iter().any(Event::changes) {
                self.changed.push(mark);
            }
        }
        for ((_, name), touches) in &self.tables {
            let mark = mark(&name);
            self.touched.push(mark);
            let changes = touches.iter().any(|touch| {
                !matches!(
                    touch.aspect,
                    Aspect::ColumnUse(_) | Aspect::Target(_) | Aspect::Viewed(_) | Aspect::RowsRead
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
                    self.dark.push((condition(action, object), site));
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
        self.note_names(action, object, site);
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
            Aspect::ColumnUse(_) | Aspect::Target(_) | Aspect::Viewed(_) => {}
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

    /// Steps in the lives of the object and of what it cannot exist without.
    fn existence(
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

    fn note_reach(&mut self, action: &Action, object: &SchemaObject, site: Site) {
        if matches!(action, Action::Require | Action::ReadRows) {
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
            }
            Action::RenameTo(_) => self.reach(Reach::Renames, site),
            Action::Alter(Property::Type | Property::Other) => self.reach(Reach::Retypes, site),
            _ => {}
        }
    }

    /// Names that the server chooses, and names that it might choose.
    fn note_names(&mut self, action: &Action, object: &SchemaObject, site: Site) {
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
        _ => "what it does depends on a condition".to_owned(),
    }
}

fn mark(named: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    named.hash(&mut hasher);
    hasher.finish()
}

/// A set of marks that is quickly told from another.
#[derive(Debug, Default)]
struct Marks {
    sorted: Vec<u64>,
    /// A bit for each: sets without a bit in common have nothing in common.
    bits: [u64; 8],
}

impl Marks {
    fn push(&mut self, mark: u64) {
        self.sorted.push(mark);
        let word = usize::try_from((mark >> 6) % 8).unwrap_or_default();
        self.bits[word] |= 1 << (mark % 64);
    }

    fn close(&mut self) {
        self.sorted.sort_unstable();
        self.sorted.dedup();
    }

    fn meet(&self, other: &Self) -> bool {
        let may = self
            .bits
            .iter()
            .zip(&other.bits)
            .any(|(one, other)| one & other != 0);
        may && have_one_in_common(&self.sorted, &other.sorted)
    }
}

/// Of two lists in order.
fn have_one_in_common(one: &[u64], other: &[u64]) -> bool {
    let (mut at, mut there) = (0, 0);
    while at < one.len() && there < other.len() {
        match one[at].cmp(&other[there]) {
            Ordering::Less => at += 1,
            Ordering::Greater => there += 1,
            Ordering::Equal => return true,
        }
    }
    false
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

/// What an effect means for the inside of its table.
#[expect(clippy::match_same_arms, reason = "a table, one line for each effect")]
fn aspects(
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
        // A look that is not understood: it may be at everything.
        (Action::Require, _) if certainty == Certainty::Unknown => one(Aspect::RowsRead),
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

/// Whether two keys are of objects that have no definition of their own.
pub(super) fn has_no_definition(key: &Key) -> bool {
    matches!(key.space, Space::Schema | Space::Extension)
}
