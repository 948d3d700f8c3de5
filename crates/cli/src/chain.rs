//! The chain of an environment in order, with what each revision does to tables.

use std::collections::{BTreeMap, BTreeSet};

use rechain_history::{
    Action, ConstraintKind, Effect, Graph, Lineage, RevIndex, SchemaObject, lineages, upgrade_order,
};
use rechain_planner::Effects;

use crate::history::History;
use crate::repairs::Repair;

/// The revisions of one environment in the order in which Alembic upgrades an empty database.
pub(crate) struct Chain<'h> {
    pub(crate) history: &'h History,
    pub(crate) entries: Vec<Entry>,
    /// What each revision does, one thing after the other.
    pub(crate) effects: Effects,
    /// What this program did to it, as far as its journal remembers.
    pub(crate) repairs: Vec<Repair>,
    depth: usize,
    open_forks: usize,
}

/// One revision of the chain.
pub(crate) struct Entry {
    pub(crate) index: RevIndex,
    pub(crate) created: BTreeSet<String>,
    pub(crate) changed: BTreeSet<String>,
    pub(crate) dropped: BTreeSet<String>,
    /// Tables that foreign keys and changes need, and the revisions that create them.
    pub(crate) needs: BTreeMap<String, Option<RevIndex>>,
    pub(crate) indexes: usize,
    pub(crate) foreign_keys: usize,
    pub(crate) opaque: usize,
}

impl<'h> Chain<'h> {
    /// Reads what the revisions of an undamaged history do.
    pub(crate) fn of(history: &'h History) -> Self {
        let graph = &history.graph;
        let order = upgrade_order(graph);
        let effects = history.effects(order.iter().copied());
        let mut makers: BTreeMap<String, RevIndex> = BTreeMap::new();
        let mut depth_of: BTreeMap<RevIndex, usize> = BTreeMap::new();
        let mut entries = Vec::with_capacity(order.len());
        for index in order {
            let below = graph
                .parents(index)
                .iter()
                .filter_map(|parent| depth_of.get(parent));
            let depth = below.max().copied().unwrap_or(0) + 1;
            depth_of.insert(index, depth);
            let entry = Entry::of(index, &effects[&index], &makers);
            makers.extend(entry.created.iter().map(|table| (table.clone(), index)));
            entries.push(entry);
        }
        let open_forks = lineages(graph)
            .iter()
            .map(|lineage: &Lineage| lineage.heads.len() - 1)
            .sum();
        let depth = depth_of.into_values().max().unwrap_or(0);
        Self {
            history,
            entries,
            effects,
            repairs: Vec::new(),
            depth,
            open_forks,
        }
    }

    pub(crate) fn graph(&self) -> &Graph {
        &self.history.graph
    }

    /// Numbers on the whole chain.
    pub(crate) fn totals(&self) -> Vec<(&'static str, usize)> {
        let sum = |of: &dyn Fn(&Entry) -> usize| self.entries.iter().map(of).sum::<usize>();
        vec![
            ("revisions", self.entries.len()),
            ("tables", sum(&|entry| entry.created.len())),
            ("indexes", sum(&|entry| entry.indexes)),
            ("foreign keys", sum(&|entry| entry.foreign_keys)),
            ("depth", self.depth),
            ("conflicts", self.open_forks),
        ]
    }

    /// What a revision rests on: other revisions, by the tables it takes from them.
    pub(crate) fn dependencies(&self, entry: &Entry) -> Vec<String> {
        let mut by_revision: BTreeMap<Option<RevIndex>, Vec<&str>> = BTreeMap::new();
        for (table, maker) in &entry.needs {
            by_revision.entry(*maker).or_default().push(table);
        }
        by_revision
            .into_iter()
            .map(|(maker, tables)| match maker {
                Some(maker) => format!("{} ({})", tables.join(", "), self.graph()[maker].id),
                None => tables.join(", "),
            })
            .collect()
    }

    /// Labels, and Alembic's words for heads, branch points and merge points.
    pub(crate) fn marks(&self, index: RevIndex) -> String {
        let graph = self.graph();
        let mut marks = String::new();
        let labels: Vec<String> = graph[index]
            .branch_labels
            .iter()
            .map(ToString::to_string)
            .collect();
        if !labels.is_empty() {
            marks = format!(" ({})", labels.join(", "));
        }
        for (holds, mark) in [
            (graph.is_head(index), " (head)"),
            (graph.is_branch_point(index), " (branchpoint)"),
            (graph.is_merge_point(index), " (mergepoint)"),
        ] {
            if holds {
                marks.push_str(mark);
            }
        }
        marks
    }
}

impl Entry {
    pub(crate) fn of(
        index: RevIndex,
        effects: &[Effect],
        makers: &BTreeMap<String, RevIndex>,
    ) -> Self {
        let mut entry = Self {
            index,
            created: BTreeSet::new(),
            changed: BTreeSet::new(),
            dropped: BTreeSet::new(),
            needs: BTreeMap::new(),
            indexes: 0,
            foreign_keys: 0,
            opaque: effects.iter().filter(|effect| effect.is_opaque()).count(),
        };
        for (action, object) in effects.iter().filter_map(Effect::known) {
            match (action, object) {
                (Action::Create, SchemaObject::Table(table)) => {
                    entry.created.insert(table.to_string());
                }
                (Action::Drop | Action::RenameTo(_), SchemaObject::Table(table)) => {
                    entry.dropped.insert(table.to_string());
                }
                (Action::Create, SchemaObject::Index { .. }) => entry.indexes += 1,
                (
                    Action::Create,
                    SchemaObject::Constraint {
                        kind: ConstraintKind::ForeignKey { .. },
                        ..
                    },
                ) => entry.foreign_keys += 1,
                _ => {}
            }
        }
        for (action, object) in effects.iter().filter_map(Effect::known) {
            let Some(table) = object.table().map(ToString::to_string) else {
                continue;
            };
            if entry.created.contains(&table) || entry.dropped.contains(&table) {
                continue;
            }
            if !matches!(action, Action::Require | Action::ReadRows) {
                entry.changed.insert(table.clone());
            }
            entry
                .needs
                .insert(table.clone(), makers.get(&table).copied());
        }
        entry
    }
}
