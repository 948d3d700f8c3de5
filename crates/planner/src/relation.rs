//! Which revisions belong beside each other, though neither needs the other.

use std::collections::BTreeSet;

use rechain_history::{Action, Effect, SchemaObject};

/// The tables a migration creates, alters or writes, by name. What its foreign keys point to does
/// not count: everything points at `users`.
pub(crate) fn own_tables(effects: &[Effect]) -> BTreeSet<&str> {
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

/// A pair of tables that relates two migrations: one table, or one whose name in the singular is a
/// word of the other's (`documents`, `document_shares`).
pub(crate) fn relation<'a>(
    ours: &BTreeSet<&'a str>,
    theirs: &BTreeSet<&'a str>,
) -> Option<(&'a str, &'a str)> {
    let pairs = || {
        ours.iter()
            .flat_map(|our| theirs.iter().map(move |their| (*our, *their)))
    };
    pairs()
        .find(|(our, their)| our == their)
        .or_else(|| pairs().find(|(our, their)| names(our, their) || names(their, our)))
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

    fn check(ours: &[&'static str], theirs: &[&'static str], expected: bool) {
        let (ours, theirs) = (
            ours.iter().copied().collect(),
            theirs.iter().copied().collect(),
        );
        assert_eq!(relation(&ours, &theirs).is_some(), expected);
        assert_eq!(relation(&theirs, &ours).is_some(), expected);
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
