//! What can be wrong with a revision graph, each with its evidence.

use crate::name::{BranchLabel, RevisionId};
use crate::text::Place;

/// A structural problem. Alembic meets most of them with a traceback or a refusal; the variant says
/// which of its errors it corresponds to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// There is no revision at all.
    EmptyHistory,
    /// A `down_revision` names a revision that no file declares (Alembic: warning, then `KeyError`).
    MissingParent {
        /// The revision that names it.
        revision: RevisionId,
        /// The id it names.
        missing: RevisionId,
        /// Where it is named.
        place: Place,
    },
    /// A `depends_on` names neither a revision nor a declared branch label (Alembic: `KeyError`).
    MissingDependency {
        /// The revision that names it.
        revision: RevisionId,
        /// The id or label it names.
        missing: String,
        /// Where the revision is declared.
        place: Place,
    },
    /// Several files declare one id (Alembic: a warning; the last file wins and the others stay as
    /// phantom heads).
    DuplicateRevision {
        /// The id.
        revision: RevisionId,
        /// Where it is declared, in load order.
        places: Vec<Place>,
    },
    /// A revision names itself as parent or dependency (Alembic: `LoopDetected`).
    SelfLoop {
        /// The revision.
        revision: RevisionId,
        /// Where it names itself.
        place: Place,
    },
    /// Revisions that follow each other in a circle (Alembic: `CycleDetected`, though its test
    /// misses cycles that have both an entry from a head and an exit to a base).
    Cycle {
        /// The revisions, each followed by the one that names it as parent or dependency; the last
        /// is followed by the first.
        revisions: Vec<(RevisionId, Place)>,
    },
    /// A branch label is declared twice, or equals a revision id (Alembic: `RevisionError`).
    DuplicateLabel {
        /// The label.
        label: BranchLabel,
        /// Who declares it (or has it as id), in load order.
        revisions: Vec<(RevisionId, Place)>,
    },
    /// A character that Alembic refuses in ids.
    ForbiddenCharacter {
        /// The revision.
        revision: RevisionId,
        /// The character.
        character: char,
        /// Where the id is declared.
        place: Place,
    },
    /// One lineage has several heads, so `alembic upgrade head` refuses to run (Alembic:
    /// `MultipleHeads`).
    MultipleHeads {
        /// The labels the lineage has, if any.
        labels: Vec<BranchLabel>,
        /// Its heads, in load order.
        heads: Vec<(RevisionId, Place)>,
    },
    /// A second unlabelled root with a head of its own.
    SecondRoot {
        /// The unlabelled roots that lead to separate heads, in load order.
        roots: Vec<(RevisionId, Place)>,
    },
    /// A revision with three or more parents and dependencies, one of them an ancestor of another: an
    /// upgrade that reaches it with two of them applied ends in a `KeyError`.
    RedundantParent {
        /// The revision.
        revision: RevisionId,
        /// The parent or dependency that another one already implies.
        redundant: RevisionId,
        /// Where `down_revision` is written.
        place: Place,
    },
}

impl Problem {
    /// Whether revisions follow each other in a circle, so that none of them has an order.
    pub fn is_cycle(&self) -> bool {
        matches!(self, Self::Cycle { .. } | Self::SelfLoop { .. })
    }

    /// Whether the graph cannot be trusted: what is linked to what is wrong or unknown, so that no
    /// order may be planned on it. Several heads are not damage; they are what `fix` is for.
    pub fn is_damage(&self) -> bool {
        match self {
            Self::MultipleHeads { .. }
            | Self::SecondRoot { .. }
            | Self::RedundantParent { .. }
            | Self::EmptyHistory
            | Self::ForbiddenCharacter { .. } => false,
            Self::MissingParent { .. }
            | Self::MissingDependency { .. }
            | Self::DuplicateRevision { .. }
            | Self::SelfLoop { .. }
            | Self::Cycle { .. }
            | Self::DuplicateLabel { .. } => true,
        }
    }
}
