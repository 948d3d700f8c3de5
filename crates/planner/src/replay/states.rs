//! What is known of each object at one moment of a replay.

use std::collections::{BTreeSet, HashMap};

use rechain_history::{RevIndex, TextRange};

use crate::commute::key::{Key, Space};

/// A table: schema and name.
type Table = (String, String);

/// What is known of one object.
#[derive(Debug, Clone)]
pub(super) struct State {
    pub(super) there: bool,
    /// What made it so.
    pub(super) by: (RevIndex, TextRange),
    /// The table that it is, or is in.
    pub(super) table: Option<Table>,
    pub(super) name: String,
}

/// The states of objects, found by name and by table.
#[derive(Debug, Default)]
pub(super) struct States {
    by_key: HashMap<Key, State>,
    by_table: HashMap<Option<Table>, BTreeSet<Key>>,
    /// The schemas in which something of a name is known.
    schemas: HashMap<(Space, String, String), BTreeSet<String>>,
}

impl States {
    pub(super) fn get(&self, key: &Key) -> Option<&State> {
        self.by_key.get(key)
    }

    /// In the order of keys.
    pub(super) fn into_each(self) -> impl Iterator<Item = State> {
        let mut each: Vec<(Key, State)> = self.by_key.into_iter().collect();
        each.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        each.into_iter().map(|(_, state)| state)
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    pub(super) fn insert(&mut self, key: Key, state: State) {
        self.remove(&key);
        let same_table = self.by_table.entry(state.table.clone()).or_default();
        same_table.insert(key.clone());
        let same_name = self.schemas.entry(nameless(&key)).or_default();
        same_name.insert(key.schema.clone());
        self.by_key.insert(key, state);
    }

    pub(super) fn remove(&mut self, key: &Key) -> Option<State> {
        let state = self.by_key.remove(key)?;
        if let Some(keys) = self.by_table.get_mut(&state.table) {
            keys.remove(key);
            if keys.is_empty() {
                self.by_table.remove(&state.table);
            }
        }
        let nameless = nameless(key);
        if let Some(schemas) = self.schemas.get_mut(&nameless) {
            schemas.remove(&key.schema);
            if schemas.is_empty() {
                self.schemas.remove(&nameless);
            }
        }
        Some(state)
    }

    /// Whether something of this name is known in another schema.
    pub(super) fn is_in_another_schema(&self, key: &Key) -> bool {
        let schemas = self.schemas.get(&nameless(key));
        schemas.is_some_and(|it| it.iter().any(|schema| *schema != key.schema))
    }

    /// Forgets what is in a table, as far as it `goes`.
    pub(super) fn remove_of(&mut self, table: Option<&Table>, goes: impl Fn(&Key) -> bool) {
        for key in self.keys_of(table) {
            if goes(&key) {
                self.remove(&key);
            }
        }
    }

    /// Forgets what is in a schema.
    pub(super) fn remove_schema(&mut self, schema: &str) {
        let keys = self.by_key.keys().filter(|key| key.schema == schema);
        for key in keys.cloned().collect::<Vec<_>>() {
            self.remove(&key);
        }
    }

    /// What is in a table is in another one from now on. Where both have something of a name, what comes later in the
    /// order of names is kept.
    pub(super) fn rename_table(&mut self, old: &Table, new: &Table) {
        let keys = self.keys_of(Some(old)).into_iter();
        let inside: Vec<Key> = keys
            .filter(|key| !matches!(key.space, Space::Relation))
            .collect();
        let moved: Vec<(Key, State)> = inside
            .into_iter()
            .filter_map(|key| {
                let state = self.remove(&key)?;
                Some((key, state))
            })
            .collect();
        let mut arrived = BTreeSet::new();
        for (key, mut state) in moved {
            state.table = Some(new.clone());
            let mut there = key.clone();
            if key.within == old.1 && key.schema == old.0 {
                there.schema.clone_from(&new.0);
                there.within.clone_from(&new.1);
            }
            let is_taken = self.by_key.contains_key(&there) && !arrived.contains(&there);
            if !is_taken || there < key {
                arrived.insert(there.clone());
                self.insert(there, state);
            }
        }
    }

    fn keys_of(&self, table: Option<&Table>) -> Vec<Key> {
        let keys = self.by_table.get(&table.cloned());
        keys.into_iter().flatten().cloned().collect()
    }
}

/// A key without its schema.
fn nameless(key: &Key) -> (Space, String, String) {
    (key.space, key.within.clone(), key.name.clone())
}
