//! The chain for programs.

use std::collections::BTreeMap;

use rechain_history::RevIndex;
use serde_json::{Value, json};

use crate::chain::Chain;
use crate::diagnostic::first_line;

/// One environment of `log --format json`.
pub(crate) fn environment(chain: &Chain<'_>) -> Value {
    let graph = chain.graph();
    let id = |index: RevIndex| graph[index].id.to_string();
    json!({
        "name": chain.history.environment.name,
        "revisions": chain.entries.iter().map(|entry| json!({
            "revision": id(entry.index),
            "down_revision": graph[entry.index].down_revisions().iter().map(ToString::to_string).collect::<Vec<_>>(),
            "depends_on": graph[entry.index].dependencies.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "branch_labels": graph[entry.index].branch_labels.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "description": first_line(&graph[entry.index].title),
            "file": chain.history.file_of(entry.index).name,
            "creates": entry.created,
            "changes": entry.changed,
            "drops": entry.dropped,
            "needs": entry.needs.iter().map(|(table, maker)| json!({
                "table": table,
                "revision": maker.map(id),
            })).collect::<Vec<_>>(),
            "indexes": entry.indexes,
            "foreign_keys": entry.foreign_keys,
            "not_understood": entry.opaque,
        })).collect::<Vec<_>>(),
        "repairs": chain.repairs.iter().map(|repair| json!({
            "revision": id(repair.index),
            "from": repair.from.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "to": graph[repair.index].down_revisions().iter().map(ToString::to_string).collect::<Vec<_>>(),
            "command": repair.command,
            "reason": repair.reason,
        })).collect::<Vec<_>>(),
        "totals": chain.totals().into_iter().map(|(name, count)| (name.replace(' ', "_"), count)).collect::<BTreeMap<_, _>>(),
    })
}
