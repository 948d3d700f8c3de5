//! A history as it was at commits that may have been the tip of a published ref.

use std::sync::Arc;

use rechain_history::{Graph, RevisionId};

/// What the revision files were, at one commit or at several in a row.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// The revisions.
    pub seen: Seen,
    /// The earliest of the commits.
    pub earliest: Moment,
    /// The latest.
    pub latest: Moment,
    /// Whether history is not seen below them (a shallow clone, the first commit), so that every head
    /// here may have been deployed before.
    pub is_boundary: bool,
}

/// What could be read of the revision files of a commit.
#[derive(Debug, Clone)]
pub enum Seen {
    /// All of them.
    Graph(Arc<Graph>),
    /// Not all, or they make no graph: the revisions that were there as far as is known.
    Unreadable(Vec<RevisionId>),
}

/// A commit of a ref.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    /// The ref: `main`.
    pub reference: String,
    /// Which of the refs: the base is the first.
    pub rank: usize,
    /// The beginning of the commit's id.
    pub commit: String,
    /// Its day.
    pub date: String,
    /// Its place in the ref's history: an earlier commit has a smaller one.
    pub order: usize,
}

impl Moment {
    pub(crate) fn is_older_than(&self, other: &Self) -> bool {
        self.order < other.order
    }
}
