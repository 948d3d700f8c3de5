//! Revisions taken out of the chain.

use std::collections::{BTreeMap, BTreeSet};

use rechain_history::{Expectations, Graph, Problem, RevIndex};

use super::Refusal;
use crate::Effects;
use crate::constraint::{Cause, Constraint};
use crate::draft::Draft;
use crate::plan::Reason;
use crate::surgery::transplant::take_out;
use crate::surgery::uses::uses;

/// Takes `revisions` out: what followed them follows what they followed.
pub(crate) fn remove(
    draft: &mut Draft<'_>,
    expectations: &Expectations,
    revisions: &[RevIndex],
) -> Result<(), Refusal> {
    let graph = draft.graph;
    let gone: BTreeSet<RevIndex> = revisions.iter().copied().collect();
    for &index in &gone {
        let Some(leave) = draft.movable(index) else {
            return Err(Refusal::Published(graph[index].id.clone()));
        };
        let by = graph
            .all_children(index)
            .find(|by| graph.dependencies(*by).contains(&index) && !gone.contains(by));
        if let Some(by) = by {
            return Err(Refusal::DependedOn {
                revision: graph[index].id.clone(),
                by: graph[by].id.clone(),
            });
        }
        draft.remove(leave);
    }
    take_out(draft, &gone, |revision| Reason::ClosesGap { revision })?;
    let new = draft.to_graph(expectations);
    let bases = |graph: &Graph| -> Vec<RevIndex> {
        graph.bases().filter(|base| !gone.contains(base)).collect()
    };
    let is_second_root = |problem: &Problem| matches!(problem, Problem::SecondRoot { .. });
    let (before, after) = (bases(graph), bases(&new));
    if after.len() > before.len() + 1 || (after.len() > 1 && before.len() < after.len()) {
        let had = graph.problems().iter().any(is_second_root);
        if !had {
            let ids = after.iter().map(|&base| new[base].id.clone()).collect();
            return Err(Refusal::SeveralRoots(ids));
        }
    }
    Ok(())
}

/// What revisions above the removed ones need of them and nothing else makes.
pub(super) fn needed(
    graph: &Graph,
    removed: &BTreeSet<RevIndex>,
    effects: &Effects,
) -> Vec<Constraint> {
    if removed.is_empty() {
        return Vec::new();
    }
    let above = graph.descendants_with(removed.iter().copied());
    let concerned: BTreeSet<RevIndex> = graph.members(&above).collect();
    let mut found: BTreeMap<(RevIndex, RevIndex), Constraint> = BTreeMap::new();
    for uses in uses(effects, &concerned).into_values() {
        let makers = || uses.iter().filter(|maker| maker.creates());
        for maker in makers().filter(|maker| removed.contains(&maker.revision)) {
            for user in uses.iter().filter(|user| !removed.contains(&user.revision)) {
                let below = graph.ancestors_with([user.revision]);
                let is_below = |revision: RevIndex| below.contains(revision.index());
                let made_otherwise = makers().any(|other| {
                    !removed.contains(&other.revision)
                        && is_below(other.revision)
                        && (other.revision != user.revision
                            || other.range.start() <= user.range.start())
                });
                if user.creates() || made_otherwise || !is_below(maker.revision) {
                    continue;
                }
                found
                    .entry((maker.revision, user.revision))
                    .or_insert_with(|| Constraint {
                        before: maker.revision,
                        after: user.revision,
                        cause: Cause::Needs(user.object.clone()),
                        before_range: Some(maker.range),
                        after_range: Some(user.range),
                    });
            }
        }
    }
    found.into_values().collect()
}
