//! Which revisions' past matters.

use std::collections::BTreeSet;

use rechain_history::{Graph, RevisionId, lineages};

use super::{below, translated};

/// The revisions whose past decides what may move: what some heads of a branched lineage have and
/// others have not, and what the tip of the base does not have at all or not above the same revisions.
/// History in which none of them exists needs no reading.
pub fn interest(graph: &Graph, base: Option<&Graph>) -> BTreeSet<RevisionId> {
    let mut found = BTreeSet::new();
    for lineage in lineages(graph).iter().filter(|it| !it.is_linear()) {
        let sets: Vec<_> = lineage
            .heads
            .iter()
            .map(|&head| graph.chain_ancestors_with([head]))
            .collect();
        let mut common = sets[0].clone();
        let mut all = sets[0].clone();
        for set in &sets[1..] {
            common.intersect_with(set);
            all.union_with(set);
        }
        all.difference_with(&common);
        found.extend(graph.members(&all).map(|index| graph[index].id.clone()));
    }
    for index in graph.indices() {
        let id = &graph[index].id;
        let same = base.and_then(|base| Some((base, base.index(id.as_str())?)));
        let is_known =
            same.is_some_and(|(base, there)| translated(graph, base, there) == below(graph, index));
        if !is_known {
            found.insert(id.clone());
        }
    }
    found
}
