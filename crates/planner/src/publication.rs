//! Which revisions a database may already stand on.

use std::collections::BTreeSet;

use rechain_history::{Graph, RevIndex, RevisionId};

/// What is known of databases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Publication {
    /// Nothing is known: no git, no base ref and nobody said anything. Not the same as "nothing is
    /// published".
    Unknown,
    /// Somebody vouches that no database has any of it (`--applied none`).
    Nothing,
    /// Some revisions may be in a database.
    Known(Published),
}

/// The published revisions: every deployable head and its ancestors, through parents and dependencies.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Published {
    revisions: BTreeSet<RevisionId>,
}

impl Published {
    /// Everything at or below `heads`, the revisions that databases may stand on.
    pub fn at(graph: &Graph, heads: impl IntoIterator<Item = RevIndex>) -> Self {
        let below = graph.ancestors_with(heads);
        Self {
            revisions: graph
                .members(&below)
                .map(|index| graph[index].id.clone())
                .collect(),
        }
    }

    /// Whether a database may have this revision.
    pub fn contains(&self, id: &RevisionId) -> bool {
        self.revisions.contains(id)
    }

    /// How many revisions are published.
    pub fn len(&self) -> usize {
        self.revisions.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.revisions.is_empty()
    }
}

/// Leave to give a revision other parents: it exists only for revisions that no database has, so a
/// plan that re-parents a published revision cannot be built.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Movable(RevIndex);

impl Movable {
    pub(crate) fn index(self) -> RevIndex {
        self.0
    }
}

impl Publication {
    /// Leave to move `index`, unless it is published.
    pub(crate) fn movable(&self, graph: &Graph, index: RevIndex) -> Option<Movable> {
        (!self.is_published(graph, index)).then_some(Movable(index))
    }

    /// Whether a database is known to be able to have it.
    pub fn is_published(&self, graph: &Graph, index: RevIndex) -> bool {
        match self {
            Self::Unknown | Self::Nothing => false,
            Self::Known(published) => published.contains(&graph[index].id),
        }
    }
}
