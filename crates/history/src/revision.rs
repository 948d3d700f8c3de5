//! One migration file, as far as the graph is concerned.

use crate::name::{BranchLabel, RevisionId};
use crate::text::Place;

/// What a module says of its parents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Parents {
    /// The ids in `down_revision`, as written, repetitions included; empty for a base. Normalised as
    /// Alembic does: `None`, `()` and `(None,)` are all empty.
    Known(Vec<RevisionId>),
    /// The value is computed when the module runs, so nothing is known of them.
    Computed,
}

/// One revision: a migration file and its identifiers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revision {
    /// The identifier.
    pub id: RevisionId,
    /// The parents in the chain.
    pub parents: Parents,
    /// `depends_on` as written: full ids or declared branch labels.
    pub dependencies: Vec<String>,
    /// Whether `depends_on` holds more than can be read.
    pub has_computed_dependencies: bool,
    /// The labels this module declares itself.
    pub branch_labels: Vec<BranchLabel>,
    /// The first paragraph of the docstring: what `alembic history` prints behind the id.
    pub title: String,
    /// Where the identifier is written.
    pub place: Place,
    /// Where `down_revision` is written.
    pub down_revision_place: Place,
}

impl Revision {
    /// The ids in `down_revision`; empty for a base, and where the value is computed.
    pub fn down_revisions(&self) -> &[RevisionId] {
        match &self.parents {
            Parents::Known(ids) => ids,
            Parents::Computed => &[],
        }
    }

    /// The same without anything below it.
    #[must_use]
    pub fn alone(&self) -> Self {
        Self {
            dependencies: Vec::new(),
            ..self.with_parents(Vec::new())
        }
    }

    /// The same with these parents.
    #[must_use]
    pub fn with_parents(&self, parents: Vec<RevisionId>) -> Self {
        Self {
            parents: Parents::Known(parents),
            ..self.clone()
        }
    }
}
