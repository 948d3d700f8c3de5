//! Which databases go on as they are.

use rechain_history::{Graph, RevisionId};

/// What becomes of a database with one row, by the revision in that row.
///
/// Such a database goes on as it is exactly where the set of revisions at or below its row stays the same:
/// Alembic takes that set for applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct States {
    /// Rows with which a database goes on as it is.
    pub survive: Vec<RevisionId>,
    /// Rows with which it would skip or repeat something, or stand on nothing.
    pub lost: Vec<RevisionId>,
}

pub(super) fn compare(old: &Graph, new: &Graph) -> States {
    let mut states = States {
        survive: Vec::new(),
        lost: Vec::new(),
    };
    let below = |graph: &Graph, id: &RevisionId| {
        let index = graph.index(id.as_str())?;
        let set = graph.ancestors_with([index]);
        let ids = graph.members(&set).map(|it| graph[it].id.clone());
        let mut ids: Vec<RevisionId> = ids.collect();
        ids.sort();
        Some(ids)
    };
    for revision in old.revisions() {
        let id = &revision.id;
        let same = below(new, id).is_some_and(|now| below(old, id) == Some(now));
        if same {
            states.survive.push(id.clone());
        } else {
            states.lost.push(id.clone());
        }
    }
    states
}
