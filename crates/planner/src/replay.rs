//! A history run over nothing, as far as its effects tell: what is there after each revision, and the
//! steps that cannot work.
//!
//! Of each object it is known that it is there, known that it is not, or not known. A step is reported only
//! with two places to show for it: what it needs was made later, was removed before, or was made before. What no
//! revision ever makes is somebody else's. What is not understood makes everything unknown from there on.

mod states;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;

use rayon::prelude::*;
use rechain_history::{
    Action, Certainty, ConstraintKind, Dialect, Dialects, Effect, EffectKind, RevIndex,
    SchemaObject, TextRange,
};

use self::states::{State, States};
use crate::commute::key::{Key, Space, fold, qualified};

/// A step that cannot work.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Broken {
    /// The revision whose step it is.
    pub revision: RevIndex,
    /// Where, in its text.
    pub range: TextRange,
    /// What the step is about.
    pub object: SchemaObject,
    /// What is wrong.
    pub kind: BrokenKind,
    /// What shows it: the revision and the place in its text.
    pub shown_by: (RevIndex, TextRange),
}

/// What is wrong with a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum BrokenKind {
    /// It makes what another revision below made already.
    CreatedTwice,
    /// It uses what only a later revision makes.
    UsedBeforeCreated,
    /// Its foreign key points to what only a later revision makes.
    ForeignKeyToLater,
    /// It uses what a revision below removed or renamed.
    UsedAfterRemoved,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let object = &self.object;
        match self.kind {
            BrokenKind::CreatedTwice => write!(f, "{object} is created a second time"),
            BrokenKind::UsedBeforeCreated => write!(f, "{object} is used before it is created"),
            BrokenKind::ForeignKeyToLater => {
                write!(
                    f,
                    "a foreign key points to {object}, which is created later"
                )
            }
            BrokenKind::UsedAfterRemoved => write!(f, "{object} is used after it is removed"),
        }
    }
}

/// What a history leaves behind, and what in it cannot work.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Replay {
    /// Steps that cannot work on any of the dialects, in the order in which they run.
    pub broken: Vec<Broken>,
    /// What is known afterwards, by dialect.
    pub schemas: BTreeMap<Dialect, Schema>,
}

/// What is known to be there, and known not to be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Schema {
    present: BTreeMap<String, bool>,
    /// Something was not understood.
    pub is_partial: bool,
}

impl Schema {
    /// Objects of which one of the two says that they are there, and the other that they are not; or,
    /// where both know everything, that one of them has alone.
    pub fn differences(&self, other: &Self) -> Vec<String> {
        let is_there = |schema: &Self, name: &str| match schema.present.get(name) {
            Some(there) => Some(*there),
            None if schema.is_partial => None,
            None => Some(false),
        };
        let mut names: Vec<&String> = self.present.keys().chain(other.present.keys()).collect();
        names.sort();
        names.dedup();
        names
            .into_iter()
            .filter(|name| {
                matches!(
                    (is_there(self, name), is_there(other, name)),
                    (Some(one), Some(other)) if one != other
                )
            })
            .cloned()
            .collect()
    }

    /// How many objects are known to be there.
    pub fn len(&self) -> usize {
        self.present.values().filter(|there| **there).count()
    }

    /// Whether nothing is known to be there.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Runs the revisions in this order over nothing.
pub fn replay(order: &[(RevIndex, &[Effect])], dialects: Dialects) -> Replay {
    let mut result = Replay::default();
    // By step: on how many dialects it is broken.
    let mut found: BTreeMap<(usize, Broken), Dialects> = BTreeMap::new();
    let each: Vec<Dialect> = dialects.iter().collect();
    let each = each.into_par_iter().map(|dialect| {
        let (broken, schema) = replay_on(dialect, order);
        (dialect, broken, schema)
    });
    for (dialect, broken, schema) in each.collect::<Vec<_>>() {
        for broken in broken {
            let on = found.entry(broken).or_insert(Dialects::NONE);
            *on = on.or(Dialects::of([dialect]));
        }
        result.schemas.insert(dialect, schema);
    }
    let steps: Vec<&Effect> = order
        .iter()
        .flat_map(|(_, effects)| effects.iter())
        .collect();
    let runs_on = |at: usize| steps[at - 1].dialects.and(dialects);
    let bodies: BTreeMap<RevIndex, &[Effect]> = order.iter().copied().collect();
    // A published history runs somewhere: what works on one of its databases is no mistake.
    result.broken = found
        .into_iter()
        .filter(|((at, _), on)| *on == runs_on(*at))
        .map(|((_, broken), _)| as_foreign_key(broken, &bodies))
        .collect();
    result
}

/// The steps that cannot work on one database, by their number, and what is known in the end.
fn replay_on(dialect: Dialect, order: &[(RevIndex, &[Effect])]) -> (Vec<(usize, Broken)>, Schema) {
    let later = Later::of(order, dialect);
    let mut run = Run {
        dialect,
        later: &later,
        states: States::default(),
        is_partial: false,
        broken: Vec::new(),
        told: BTreeSet::new(),
    };
    let mut at = 0;
    for (revision, effects) in order {
        for effect in *effects {
            at += 1;
            if effect.dialects.contains(dialect) {
                run.step(at, *revision, effect);
            }
        }
    }
    let states = run.states.into_each();
    let schema = Schema {
        present: states.map(|state| (state.name, state.there)).collect(),
        is_partial: run.is_partial,
    };
    (run.broken, schema)
}

/// A use that is no more than a foreign key says so.
fn as_foreign_key(broken: Broken, bodies: &BTreeMap<RevIndex, &[Effect]>) -> Broken {
    let SchemaObject::Table(missing) = &broken.object else {
        return broken;
    };
    let is_key = bodies[&broken.revision]
        .iter()
        .filter(|effect| effect.range == broken.range)
        .any(|effect| {
            matches!(
                effect.known(),
                Some((
                    Action::Create,
                    SchemaObject::Constraint {
                        kind: ConstraintKind::ForeignKey { target, .. },
                        ..
                    }
                )) if target == missing
            )
        });
    let kind = match broken.kind {
        BrokenKind::UsedBeforeCreated if is_key => BrokenKind::ForeignKeyToLater,
        kind => kind,
    };
    Broken { kind, ..broken }
}

/// Where each object is made for the first time, and what happens to it first.
struct Later {
    first: HashMap<Key, (usize, FirstStep)>,
}

enum FirstStep {
    Makes(RevIndex, TextRange),
    Other,
}

impl Later {
    fn of(order: &[(RevIndex, &[Effect])], dialect: Dialect) -> Self {
        let mut first = HashMap::new();
        let mut at = 0;
        for (revision, effects) in order {
            for effect in *effects {
                at += 1;
                let Some((action, object)) = effect.known() else {
                    continue;
                };
                if !effect.dialects.contains(dialect)
                    || matches!(
                        action,
                        Action::Require | Action::ReadRows | Action::WriteRows | Action::Alter(_)
                    ) && effect.certainty != Certainty::Unknown
                {
                    continue;
                }
                let makes = *action == Action::Create && effect.certainty == Certainty::Always;
                let step = if makes {
                    FirstStep::Makes(*revision, effect.range)
                } else {
                    FirstStep::Other
                };
                if let Some(key) = Key::of(object, dialect) {
                    first.entry(key).or_insert((at, step));
                }
                if let (Action::RenameTo(new), SchemaObject::Table(table)) = (action, object) {
                    let new = rechain_history::QualifiedName::new(table.schema.clone(), new);
                    first
                        .entry(Key::relation(&new, dialect))
                        .or_insert((at, FirstStep::Other));
                }
                if let (Action::RenameTo(new), SchemaObject::Column { table, .. }) =
                    (action, object)
                {
                    first
                        .entry(Key::column(table, new, dialect))
                        .or_insert((at, FirstStep::Other));
                }
            }
        }
        Self { first }
    }

    /// Who makes `key` after step `at`, where nothing else happens to it before.
    fn maker(&self, key: &Key, at: usize) -> Option<(RevIndex, TextRange)> {
        match self.first.get(key)? {
            (when, FirstStep::Makes(revision, range)) if *when > at => Some((*revision, *range)),
            _ => None,
        }
    }
}

struct Run<'l> {
    dialect: Dialect,
    later: &'l Later,
    states: States,
    is_partial: bool,
    broken: Vec<(usize, Broken)>,
    /// What is broken already, and in what way.
    told: BTreeSet<(SchemaObject, BrokenKind)>,
}

impl Run<'_> {
    fn step(&mut self, at: usize, revision: RevIndex, effect: &Effect) {
        let EffectKind::Known { action, object } = &effect.kind else {
            self.states.clear();
            self.is_partial = true;
            return;
        };
        let Some(key) = Key::of(object, self.dialect) else {
            return;
        };
        let site = (revision, effect.range);
        let table = object.table().map(|table| qualified(table, self.dialect));
        match effect.certainty {
            Certainty::Unknown | Certainty::Conditional => {
                let looks = matches!(action, Action::Require | Action::ReadRows);
                if effect.certainty == Certainty::Unknown || !looks {
                    self.forget(&key, table.as_ref(), object);
                    if let Action::RenameTo(new) = action {
                        self.forget(&renamed(&key, new, self.dialect), table.as_ref(), object);
                    }
                    self.is_partial = true;
                }
                return;
            }
            Certainty::IfNeeded | Certainty::Always => {}
        }
        let is_certain = effect.certainty == Certainty::Always;
        match action {
            Action::Create => {
                let clash = self
                    .states
                    .get(&key)
                    .filter(|state| state.there && is_certain && state.table == table)
                    .map(|state| state.by);
                if let Some(by) = clash {
                    self.report(at, site, object, BrokenKind::CreatedTwice, by);
                }
                if is_certain {
                    self.needs_holder(at, site, object);
                }
                if let SchemaObject::Table(_) = object
                    && is_certain
                {
                    self.forget_within(table.as_ref());
                }
                self.set(key, true, site, object);
            }
            Action::Drop => {
                if is_certain {
                    self.needs(at, site, &key, object);
                }
                self.leave(&key, table.as_ref(), object);
                self.set(key, false, site, object);
            }
            Action::RenameTo(new) => {
                self.needs(at, site, &key, object);
                let new_key = renamed(&key, new, self.dialect);
                if let SchemaObject::Table(name) = object {
                    let old = qualified(name, self.dialect);
                    let new = (old.0.clone(), fold(new, self.dialect));
                    self.rename_within(&old, &new);
                }
                self.set(key, false, site, object);
                self.states.remove(&new_key);
            }
            Action::Require | Action::ReadRows | Action::WriteRows | Action::Alter(_) => {
                self.needs(at, site, &key, object);
            }
        }
    }

    /// What is within a table that is made or used must have its table.
    fn needs_holder(&mut self, at: usize, site: (RevIndex, TextRange), object: &SchemaObject) {
        if let Some(table) = object.table()
            && !matches!(object, SchemaObject::Table(_))
        {
            let holder = SchemaObject::Table(table.clone());
            let key = Key::relation(table, self.dialect);
            self.needs(at, site, &key, &holder);
        }
    }

    /// Whether the table of an object is not known to be missing.
    fn holder_is_there(&self, object: &SchemaObject) -> bool {
        let table = object
            .table()
            .filter(|_| !matches!(object, SchemaObject::Table(_)));
        table.is_none_or(|table| {
            let key = Key::relation(table, self.dialect);
            self.states.get(&key).is_some_and(|state| state.there)
        })
    }

    fn missing(&self, key: &Key, at: usize) -> Option<(RevIndex, TextRange)> {
        if self.states.get(key).is_some() || self.is_partial || self.is_elsewhere(key) {
            return None;
        }
        self.later.maker(key, at)
    }

    /// Whether a table of this name is known under another schema, which may be the default one.
    fn is_elsewhere(&self, key: &Key) -> bool {
        self.states.is_in_another_schema(key)
    }

    fn needs(&mut self, at: usize, site: (RevIndex, TextRange), key: &Key, object: &SchemaObject) {
        match self.states.get(key) {
            Some(state) if state.there => {}
            Some(state) => {
                let by = state.by;
                if !self.is_elsewhere(key) {
                    self.report(at, site, object, BrokenKind::UsedAfterRemoved, by);
                }
            }
            None => {
                let before = self.broken.len();
                self.needs_holder(at, site, object);
                let is_told = matches!(key.space, Space::Relation | Space::Column);
                if is_told
                    && self.broken.len() == before
                    && self.holder_is_there(object)
                    && let Some(maker) = self.missing(key, at)
                {
                    self.report(at, site, object, BrokenKind::UsedBeforeCreated, maker);
                }
            }
        }
    }

    fn report(
        &mut self,
        at: usize,
        (revision, range): (RevIndex, TextRange),
        object: &SchemaObject,
        kind: BrokenKind,
        shown_by: (RevIndex, TextRange),
    ) {
        let broken = Broken {
            revision,
            range,
            object: object.clone(),
            kind,
            shown_by,
        };
        // Types are made once a process, and the names of indexes and constraints follow rules that are not seen.
        if !matches!(
            broken.object,
            SchemaObject::Table(_) | SchemaObject::View(_) | SchemaObject::Column { .. }
        ) {
            return;
        }
        // Once for each object and kind.
        if self.told.insert((broken.object.clone(), kind)) {
            self.broken.push((at, broken));
        }
    }

    fn set(&mut self, key: Key, there: bool, by: (RevIndex, TextRange), object: &SchemaObject) {
        let table = object.table().map(|table| qualified(table, self.dialect));
        let state = State {
            there,
            by,
            table,
            name: object.to_string(),
        };
        self.states.insert(key, state);
    }

    /// Nothing is known any more of an object and what is in it.
    fn forget(&mut self, key: &Key, table: Option<&(String, String)>, object: &SchemaObject) {
        self.states.remove(key);
        if let SchemaObject::Table(_) | SchemaObject::View(_) = object {
            self.forget_within(table);
        } else if let SchemaObject::Column { .. } = object {
            self.forget_what_is_on(table);
        }
    }

    /// What goes with an object that is removed.
    fn leave(&mut self, key: &Key, table: Option<&(String, String)>, object: &SchemaObject) {
        match object {
            SchemaObject::Table(_) => self.forget_within(table),
            SchemaObject::Column { .. } => self.forget_what_is_on(table),
            SchemaObject::Schema(_) => {
                self.states.remove_schema(&key.name);
            }
            _ => {}
        }
    }

    fn forget_within(&mut self, table: Option<&(String, String)>) {
        self.states
            .remove_of(table, |key| !matches!(key.space, Space::Relation));
    }

    /// Indexes, constraints and the like on a column that may go with it.
    fn forget_what_is_on(&mut self, table: Option<&(String, String)>) {
        let stays = |key: &Key| matches!(key.space, Space::Relation | Space::Column);
        self.states.remove_of(table, |key| !stays(key));
    }

    fn rename_within(&mut self, old: &(String, String), new: &(String, String)) {
        self.states.rename_table(old, new);
        self.states.remove(&Key {
            space: Space::Relation,
            schema: new.0.clone(),
            within: String::new(),
            name: new.1.clone(),
        });
    }
}

fn renamed(key: &Key, new: &str, dialect: Dialect) -> Key {
    Key {
        name: fold(new, dialect),
        ..key.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commute::effects_of;
    use crate::testing::graph;

    /// One line for each broken step of revisions that are separated by `;`.
    fn broken(text: &str) -> Vec<String> {
        let bodies: Vec<Vec<Effect>> = text.split(';').map(effects_of).collect();
        let graph = graph((0..bodies.len()).map(|at| (format!("r{at}"), Vec::new())));
        let order: Vec<(RevIndex, &[Effect])> = graph
            .indices()
            .zip(&bodies)
            .map(|(index, body)| (index, body.as_slice()))
            .collect();
        let replay = replay(&order, Dialects::default());
        replay.broken.iter().map(ToString::to_string).collect()
    }

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        assert_eq!(broken(text), expected, "{text}");
    }

    #[test]
    fn steps_that_cannot_work() {
        check("+t; +t", &["table t is created a second time"]);
        check("t +t.c; +t", &["table t is used before it is created"]);
        check(
            "+u u&fk(t_id)>t.id; +t +t.id",
            &["a foreign key points to table t, which is created later"],
        );
        check("+t; -t; t +t.c", &["table t is used after it is removed"]);
        check(
            "+t +t.c; t>u; t#ix(c)",
            &["table t is used after it is removed"],
        );
        check(
            "+t +t.c; -t.c; t#ix(c)",
            &["column t.c is used after it is removed"],
        );
        check("+t +t.c; t +t.c", &["column t.c is created a second time"]);
    }

    #[test]
    fn steps_that_may_work() {
        check("t +t.c; u", &[]);
        check("+t; -t; +t +t.c", &[]);
        check("+t +t.c t#ix(c); -t; +t +t.c t#ix(c)", &[]);
        check("+t +t.c; t>u; +t; u +u.d", &[]);
        check("+t; ...; +t", &[]);
        check("+t; ?-t; +t", &[]);
        check("+t; ~+t", &[]);
        check("t; -t; +t", &[]);
        check("+t +t.c t#ix(c); -t.c; +t.c t#ix(c)", &[]);
        check("t +t.c; ~+t", &[]);
        check("+s/t; t +t.c; +t", &[]);
    }
}
