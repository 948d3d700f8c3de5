//! Which revisions belong beside each other, though neither needs the other.

use std::collections::{BTreeMap, BTreeSet};

use rechain_history::{Action, Effect, RevIndex, SchemaObject};

use crate::Effects;

/// The tables of migrations, arranged to find those that are related: they have a table in common, or one whose
/// name in the singular is a word of the other's (`documents`, `document_shares`).
pub(crate) struct Relations<'e> {
    tables: BTreeMap<RevIndex, BTreeSet<&'e str>>,
    by_name: Holders<&'e str>,
    by_word: Holders<&'e str>,
    by_singular: Holders<String>,
}

type Holders<K> = BTreeMap<K, Vec<RevIndex>>;

impl<'e> Relations<'e> {
    pub(crate) fn of(effects: &'e Effects) -> Self {
        let tables = effects.iter().map(|(&index, own)| (index, own_tables(own)));
        Self::among(tables.collect())
    }

    fn among(tables: BTreeMap<RevIndex, BTreeSet<&'e str>>) -> Self {
        let mut by_name = Holders::new();
        let mut by_word = Holders::new();
        let mut by_singular = Holders::new();
        for (&index, own) in &tables {
            for &table in own {
                by_name.entry(table).or_insert_with(Vec::new).push(index);
                by_singular
                    .entry(singular(table))
                    .or_insert_with(Vec::new)
                    .push(index);
                for word in table.split('_') {
                    by_word.entry(word).or_insert_with(Vec::new).push(index);
                }
            }
        }
        Self {
            tables,
            by_name,
            by_word,
            by_singular,
        }
    }

    /// Every migration that is related to `index`; itself, too, where it has tables.
    pub(crate) fn with(&self, index: RevIndex) -> BTreeSet<RevIndex> {
        let mut found = BTreeSet::new();
        for &table in self.tables.get(&index).into_iter().flatten() {
            let holders = [
                self.by_name.get(table),
                self.by_word.get(singular(table).as_str()),
            ];
            let of_words = table.split('_').map(|word| self.by_singular.get(word));
            for holders in holders.into_iter().chain(of_words).flatten() {
                found.extend(holders);
            }
        }
        found
    }

    /// What relates two migrations, a table of the first and one of the second: the same one, if there is one.
    pub(crate) fn between(&self, one: RevIndex, other: RevIndex) -> Option<(&'e str, &'e str)> {
        let (ours, theirs) = (self.tables.get(&one)?, self.tables.get(&other)?);
        let pairs = || {
            ours.iter()
                .flat_map(|our| theirs.iter().map(move |their| (*our, *their)))
        };
        pairs()
            .find(|(our, their)| our == their)
            .or_else(|| pairs().find(|(our, their)| names(our, their) || names(their, our)))
    }
}

/// The tables a migration creates, alters or writes, by name. What its foreign keys point to does
/// not count: everything points at `users`.
fn own_tables(effects: &[Effect]) -> BTreeSet<&str> {
    effects
        .iter()
        .filter_map(Effect::known)
        .filter(|(action, _)| !matches!(action, Action::Require | Action::ReadRows))
        .filter_map(|(_, object)| match object {
            SchemaObject::Table(_)
            | SchemaObject::Column { .. }
            | SchemaObject::Constraint { .. }
            | SchemaObject::Index { .. } => object.table(),
            _ => None,
        })
        .map(|table| table.name.as_str())
        .collect()
}

/// Whether `table` in the singular is a `_`-word of `other`.
fn names(table: &str, other: &str) -> bool {
    let singular = singular(table);
    other.split('_').any(|word| word == singular)
}

/// English plurals as table names have them.
fn singular(word: &str) -> String {
    if let Some(stem) = word.strip_suffix("ies")
        && stem.len() > 1
    {
        return format!("{stem}y");
    }
    for ending in ["sses", "shes", "ches", "xes", "zes"] {
        if word.ends_with(ending) {
            return word[..word.len() - 2].to_owned();
        }
    }
    match word.strip_suffix('s') {
        Some(stem) if !stem.is_empty() && !stem.ends_with(['s', 'u', 'i']) => stem.to_owned(),
        _ => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::graph;

    fn check(ours: &[&'static str], theirs: &[&'static str], expected: bool) {
        let graph = graph([("a", Vec::new()), ("b", Vec::new())]);
        let indices: Vec<RevIndex> = graph.indices().collect();
        let (one, other) = (indices[0], indices[1]);
        let set = |tables: &[&'static str]| tables.iter().copied().collect();
        let relations = Relations::among([(one, set(ours)), (other, set(theirs))].into());
        assert_eq!(relations.between(one, other).is_some(), expected);
        assert_eq!(relations.between(other, one).is_some(), expected);
        assert_eq!(relations.with(one).contains(&other), expected);
        assert_eq!(relations.with(other).contains(&one), expected);
    }

    #[test]
    fn tables_relate_by_name() {
        check(&["documents"], &["document_shares", "file_documents"], true);
        check(&["policies"], &["policy_claims"], true);
        check(&["users"], &["users"], true);
        check(&["boxes"], &["box_lids"], true);
        check(&["status"], &["order_status"], true);
        check(&["customers"], &["document_categories"], false);
        check(&["marketing_campaigns"], &["campaign_sends"], false);
        check(&["ss"], &["s"], false);
        check(&[], &["a"], false);
    }
}
