//! Which revisions a database could have been upgraded to.

use rechain_history::{BranchLabel, Graph, RevIndex, resolve};

/// How a team deploys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Upgrade {
    /// `alembic upgrade head` or `LABEL@head`, which refuse several heads.
    #[default]
    Head,
    /// `alembic upgrade heads`.
    Heads,
}

/// The revisions that an upgrade of `graph` could have ended at.
///
/// With [`Upgrade::Head`] those that `head` or some `LABEL@head` names alone (Alembic's own resolution:
/// only declared labels are names); with [`Upgrade::Heads`] every head.
pub fn deployable_heads(graph: &Graph, upgrade: Upgrade) -> Vec<RevIndex> {
    let mut found = Vec::new();
    match upgrade {
        Upgrade::Heads => found.extend(resolve(graph, "heads").unwrap_or_default()),
        Upgrade::Head => {
            found.extend(resolve(graph, "head").unwrap_or_default());
            let labels = graph
                .revisions()
                .iter()
                .flat_map(|revision| &revision.branch_labels)
                .filter_map(BranchLabel::name);
            for label in labels {
                found.extend(resolve(graph, &format!("{label}@head")).unwrap_or_default());
            }
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}
