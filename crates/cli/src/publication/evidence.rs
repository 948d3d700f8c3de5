//! What shows that revisions are published, in words.

use std::collections::BTreeSet;

use rechain_history::{Graph, RevIndex, lineages};
use rechain_planner::{DeployableHead, Publication, ShownBy};

/// A line for each revision that is published and has nothing published above it, with what never was
/// a deployable head beside it.
pub(crate) fn lines(graph: &Graph, publication: &Publication) -> Vec<String> {
    let Publication::Known(published) = publication else {
        return Vec::new();
    };
    let located: Vec<(RevIndex, &DeployableHead)> = published
        .heads()
        .iter()
        .filter_map(|head| Some((graph.index(head.revision.as_str())?, head)))
        .collect();
    let heads: Vec<RevIndex> = located.iter().map(|(index, _)| *index).collect();
    let mut said = BTreeSet::new();
    let mut lines = Vec::new();
    for (index, head) in &located {
        let is_topmost = !heads.iter().any(|&other| graph.is_ancestor(*index, other));
        if !is_topmost || !said.insert(*index) {
            continue;
        }
        let never = never_beside(graph, publication, *index);
        let never = match never.len() {
            0 => String::new(),
            1 => format!("; {} never was", never[0]),
            _ => format!("; {} never were", never.join(", ")),
        };
        lines.push(format!("{}{never}", line(head)));
    }
    lines
}

/// The first deployable head that has `index` below it, or is it.
pub(crate) fn above<'p>(
    published: &'p rechain_planner::Published,
    graph: &Graph,
    index: RevIndex,
) -> Option<&'p DeployableHead> {
    published.heads().iter().find(|head| {
        graph
            .index(head.revision.as_str())
            .is_some_and(|head| head == index || graph.is_ancestor(index, head))
    })
}

/// `1412ec1e5a7b was main's one head from 8c1f2d (2026-06-02) on`.
pub(crate) fn line(head: &DeployableHead) -> String {
    let (id, since) = (&head.revision, &head.since);
    let (reference, commit, date) = (&since.reference, &since.commit, &since.date);
    match head.shown_by {
        ShownBy::OneHead => {
            format!("{id} was {reference}'s one head from {commit} ({date}) on")
        }
        ShownBy::OneOfHeads => {
            format!("{id} was a head of {reference} from {commit} ({date}) on")
        }
        ShownBy::Boundary => format!(
            "{id} was a head of {reference} at {commit} ({date}), before which history is not seen"
        ),
        ShownBy::Unreadable => format!(
            "{id} was on {reference} at {commit} ({date}), where not all migrations can be read"
        ),
    }
}

/// The unpublished heads of the lineage that a published revision is in.
fn never_beside(graph: &Graph, publication: &Publication, index: RevIndex) -> Vec<String> {
    let above = graph.chain_descendants_with([index]);
    lineages(graph)
        .iter()
        .filter(|lineage| !lineage.is_linear())
        .filter(|lineage| {
            let below = graph.chain_ancestors_with(lineage.heads.iter().copied());
            below.contains(index.index())
        })
        .flat_map(|lineage| &lineage.heads)
        .filter(|&&head| !publication.is_published(graph, head) && !above.contains(head.index()))
        .map(|&head| graph[head].id.to_string())
        .collect()
}
