//! Commands of Alembic, as data.

use std::fmt;

use rechain_history::RevisionId;

/// One command of Alembic on a database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Writes a row without running anything.
    Stamp {
        /// Whether the rows that are there go first.
        purge: bool,
        /// The row; `None` is `base`: no row.
        to: Option<RevisionId>,
    },
    /// Runs what lies at or below the target and is not applied.
    Upgrade(Target),
    /// Takes back what lies above the target.
    Downgrade {
        /// Only on the branch that this revision is on (`along@to`).
        along: Option<RevisionId>,
        /// The target; `None` is `base`.
        to: Option<RevisionId>,
    },
}

/// Where an upgrade ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// At the one head.
    Head,
    /// At all heads.
    Heads,
    /// At this revision.
    Revision(RevisionId),
}

/// As behind `alembic` or `flask db`.
impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name =
            |to: &Option<RevisionId>| to.as_ref().map_or("base", RevisionId::as_str).to_owned();
        match self {
            Self::Stamp { purge: true, to } => write!(f, "stamp --purge {}", name(to)),
            Self::Stamp { purge: false, to } => write!(f, "stamp {}", name(to)),
            Self::Upgrade(Target::Head) => f.write_str("upgrade head"),
            Self::Upgrade(Target::Heads) => f.write_str("upgrade heads"),
            Self::Upgrade(Target::Revision(id)) => write!(f, "upgrade {id}"),
            Self::Downgrade { along: None, to } => write!(f, "downgrade {}", name(to)),
            Self::Downgrade {
                along: Some(along),
                to,
            } => write!(f, "downgrade {along}@{}", name(to)),
        }
    }
}
