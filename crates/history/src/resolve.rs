//! What a revision argument names: Alembic's `RevisionMap._resolve_revision_number`, for the forms
//! that do not depend on a database.

use thiserror::Error;

use crate::graph::{Graph, RevIndex};

/// Why an argument names no revision.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ResolveError {
    /// Nothing has this id or label, nor starts with it.
    #[error("no revision is identified by '{0}'")]
    Unknown(String),
    /// Several ids or labels start with it.
    #[error("'{argument}' is the beginning of several identifiers: {}", .candidates.join(", "))]
    Ambiguous {
        /// The argument.
        argument: String,
        /// What starts with it.
        candidates: Vec<String>,
    },
    /// `head` or `LABEL@head` where there are several.
    #[error("'{argument}' names several heads: {}", .heads.join(", "))]
    MultipleHeads {
        /// The argument.
        argument: String,
        /// The heads.
        heads: Vec<String>,
    },
    /// `X@Y` where Y does not share a lineage with X.
    #[error("revision {revision} is not in the lineage of '{branch}'")]
    NotInLineage {
        /// What stands before the `@`.
        branch: String,
        /// What stands behind it.
        revision: String,
    },
}

/// The revisions that `argument` names: none for `base`, several only for `heads`.
///
/// Accepted are a full id or a declared label, a unique beginning of one (of those longer than three
/// characters), `head`, `heads`, `base`, and any of these behind `LABEL@`.
pub fn resolve(graph: &Graph, argument: &str) -> Result<Vec<RevIndex>, ResolveError> {
    let Some((branch, symbol)) = argument.split_once('@') else {
        return match argument {
            "base" => Ok(Vec::new()),
            "heads" => Ok(graph
                .indices()
                .filter(|&index| graph.is_real_head(index))
                .collect()),
            "head" => single_head(graph, argument, graph.heads().collect()),
            _ => identifier(graph, argument, |_| true).map(|index| vec![index]),
        };
    };
    let of = identifier(graph, branch, |_| true)?;
    let shares_lineage = {
        let mut line = graph.chain_ancestors_with([of]);
        line.union_with(&graph.chain_descendants_with([of]));
        move |index: &RevIndex| line.contains(index.index())
    };
    match symbol {
        "base" => Ok(Vec::new()),
        "head" => single_head(
            graph,
            argument,
            graph.heads().filter(shares_lineage).collect(),
        ),
        "heads" => Ok(graph.heads().filter(shares_lineage).collect()),
        _ => {
            let index = identifier(graph, symbol, &shares_lineage)?;
            if shares_lineage(&index) {
                Ok(vec![index])
            } else {
                Err(ResolveError::NotInLineage {
                    branch: branch.to_owned(),
                    revision: graph[index].id.to_string(),
                })
            }
        }
    }
}

fn single_head(
    graph: &Graph,
    argument: &str,
    heads: Vec<RevIndex>,
) -> Result<Vec<RevIndex>, ResolveError> {
    match heads.as_slice() {
        [] => Err(ResolveError::Unknown(argument.to_owned())),
        [_] => Ok(heads),
        _ => Err(ResolveError::MultipleHeads {
            argument: argument.to_owned(),
            heads: heads
                .iter()
                .map(|&index| graph[index].id.to_string())
                .collect(),
        }),
    }
}

/// A full id, a declared label, or a beginning of either that is unique among those that `may_complete` it.
fn identifier(
    graph: &Graph,
    argument: &str,
    may_complete: impl Fn(&RevIndex) -> bool,
) -> Result<RevIndex, ResolveError> {
    if let Some(index) = graph.index(argument) {
        return Ok(index);
    }
    let keys = || {
        graph.indices().flat_map(|index| {
            let revision = &graph[index];
            let labels = revision
                .branch_labels
                .iter()
                .filter_map(|label| label.name());
            std::iter::once(revision.id.as_str())
                .chain(labels)
                .map(move |key| (key, index))
        })
    };
    if let Some((_, index)) = keys().find(|&(key, _)| key == argument) {
        return Ok(index);
    }
    // Alembic compares beginnings only with keys longer than three characters (since 1.2).
    let matches: Vec<(&str, RevIndex)> = keys()
        .filter(|(key, _)| key.chars().count() > 3 && key.starts_with(argument))
        .filter(|(_, index)| may_complete(index))
        .collect();
    match matches.as_slice() {
        [] => Err(ResolveError::Unknown(argument.to_owned())),
        [(_, index)] => Ok(*index),
        _ => Err(ResolveError::Ambiguous {
            argument: argument.to_owned(),
            candidates: matches.iter().map(|&(key, _)| key.to_owned()).collect(),
        }),
    }
}
