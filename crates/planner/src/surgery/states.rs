//! Which databases go on as they are.

use rechain_history::{Divergence, Graph, RevisionId};

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
    let differences = Divergence::between(old, new);
    for index in old.indices() {
        let id = &old[index].id;
        if differences.is_same(index) {
            states.survive.push(id.clone());
        } else {
            states.lost.push(id.clone());
        }
    }
    states
}
