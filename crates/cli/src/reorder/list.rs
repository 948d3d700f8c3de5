//! What both doors show of a revision.

use std::collections::BTreeMap;

use rechain_history::RevIndex;
use rechain_planner::Arrangement;

use crate::chain::Entry;
use crate::desk::Desk;
use crate::diagnostic::first_line;

/// The revisions that can be ordered, and the one they stand on.
pub(super) struct Listed {
    pub(super) items: BTreeMap<RevIndex, Item>,
    /// What stays below them.
    pub(super) base: Option<Item>,
}

/// A revision in a line.
pub(super) struct Item {
    pub(super) id: String,
    pub(super) title: String,
    /// `+users ~orders -old ?`: what it creates, changes and drops, and whether more may happen.
    pub(super) tables: String,
}

impl Listed {
    pub(super) fn of(desk: &Desk<'_>, arrangement: &Arrangement) -> Self {
        let item = |index: RevIndex| {
            let revision = &desk.history.graph[index];
            Item {
                id: revision.id.to_string(),
                title: first_line(&revision.title),
                tables: tables(desk, index),
            }
        };
        Self {
            items: arrangement
                .members
                .iter()
                .map(|&it| (it, item(it)))
                .collect(),
            base: arrangement.base.map(item),
        }
    }
}

fn tables(desk: &Desk<'_>, index: RevIndex) -> String {
    let Some(effects) = desk.effects().get(&index) else {
        return String::new();
    };
    let entry = Entry::of(index, effects, &BTreeMap::new());
    let mut words: Vec<String> = Vec::new();
    for (sign, tables) in [
        ('+', entry.created),
        ('~', entry.changed),
        ('-', entry.dropped),
    ] {
        words.extend(tables.iter().map(|table| format!("{sign}{table}")));
    }
    if entry.opaque > 0 {
        words.push("?".to_owned());
    }
    words.join(" ")
}
