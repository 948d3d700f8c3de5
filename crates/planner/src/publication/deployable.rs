//! Which revisions a database could have been upgraded to.

use rechain_history::{BranchLabel, Graph, Problem, RevIndex, lineages, resolve};

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
/// only declared labels are names), and where several lineages are meant to stand beside each other, the one
/// head of each: none of them has a `head` then, and one without a label is reached by `heads` (or
/// `ROOT@head`) alone. With [`Upgrade::Heads`] every head.
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
            found.extend(heads_beside_each_other(graph));
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// The heads of several healthy lineages; none where there is one, or where a root is there by mistake.
fn heads_beside_each_other(graph: &Graph) -> Vec<RevIndex> {
    let is_second_root = |problem: &Problem| matches!(problem, Problem::SecondRoot { .. });
    if graph.heads().nth(1).is_none() || graph.problems().iter().any(is_second_root) {
        return Vec::new();
    }
    let lineages = lineages(graph);
    if lineages.len() < 2 {
        return Vec::new();
    }
    let whole = lineages.iter().filter(|it| it.is_linear());
    whole.flat_map(|it| it.heads.iter().copied()).collect()
}
