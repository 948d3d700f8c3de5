//! Databases that are upgraded as Alembic upgrades them.

use std::collections::{BTreeMap, BTreeSet};

/// The revision files of a commit: each id with its parents.
pub(super) type Files = BTreeMap<String, Vec<String>>;

/// `id` and everything below it.
pub(super) fn ancestors(files: &Files, id: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut open = vec![id.to_owned()];
    while let Some(id) = open.pop() {
        if found.insert(id.clone()) {
            open.extend(files.get(&id).into_iter().flatten().cloned());
        }
    }
    found
}

pub(super) fn heads(files: &Files) -> Vec<String> {
    let named: BTreeSet<&String> = files.values().flatten().collect();
    files
        .keys()
        .filter(|id| !named.contains(id))
        .cloned()
        .collect()
}

/// Whether every parent exists.
pub(super) fn is_whole(files: &Files) -> bool {
    files
        .values()
        .flatten()
        .all(|parent| files.contains_key(parent))
}

#[derive(Debug, Clone, Default)]
pub(super) struct Database {
    /// The ref it follows.
    pub(super) follows: String,
    /// `alembic_version`
    rows: BTreeSet<String>,
    /// How often each `upgrade()` ran.
    ran: BTreeMap<String, usize>,
}

impl Database {
    pub(super) fn following(reference: &str) -> Self {
        Self {
            follows: reference.to_owned(),
            ..Self::default()
        }
    }

    /// `alembic upgrade head`: what Alembic believes to be applied is what lies below the rows in the
    /// graph as it is now. `false` where Alembic refuses: several heads, a row it cannot locate, rows
    /// that overlap.
    pub(super) fn upgrade(&mut self, files: &Files) -> bool {
        let heads = heads(files);
        let [head] = heads.as_slice() else {
            return false;
        };
        if !is_whole(files) || !self.rows.iter().all(|row| files.contains_key(row)) {
            return false;
        }
        let below: Vec<BTreeSet<String>> =
            self.rows.iter().map(|row| ancestors(files, row)).collect();
        let overlaps = below.iter().zip(&self.rows).any(|(set, row)| {
            self.rows
                .iter()
                .any(|other| other != row && set.contains(other))
        });
        if overlaps {
            return false;
        }
        let believed: BTreeSet<String> = below.into_iter().flatten().collect();
        for id in ancestors(files, head).difference(&believed) {
            *self.ran.entry(id.clone()).or_default() += 1;
        }
        self.rows = [head.clone()].into();
        true
    }

    /// After an upgrade: the revisions below the rows that it never ran, and those it ran twice.
    pub(super) fn wrong(&self, files: &Files) -> (Vec<String>, Vec<String>) {
        let mut skipped = Vec::new();
        let mut doubled = Vec::new();
        for id in self.rows.iter().flat_map(|row| ancestors(files, row)) {
            match self.ran.get(&id) {
                None => skipped.push(id),
                Some(1) => {}
                Some(_) => doubled.push(id),
            }
        }
        (skipped, doubled)
    }
}
