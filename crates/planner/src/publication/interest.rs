//! Which revisions' past matters.

use std::collections::BTreeSet;

use rechain_history::{Divergence, Graph, RevIndex, RevisionId, lineages};

/// The revisions whose past decides what may move: what some heads of a branched lineage have and
/// others have not, here or at the tip of the base (what one of several heads there was ever its one
/// head is not seen from the tip), and what that tip does not have at all or not above the same
/// revisions. History in which none of them exists needs no reading.
pub fn interest(graph: &Graph, base: Option<&Graph>) -> BTreeSet<RevisionId> {
    let mut found = not_in_all_heads(graph);
    found.extend(base.into_iter().flat_map(not_in_all_heads));
    let differences = base.map(|base| (base, Divergence::between(graph, base)));
    for index in graph.indices() {
        // What is below it there and nowhere here is no difference.
        let is_known = differences.as_ref().is_some_and(|(base, differences)| {
            differences.of(index).is_some_and(|it| {
                let is_gone = |lower: &RevIndex| graph.index(base[*lower].id.as_str()).is_none();
                it.here.is_empty() && it.there.iter().all(is_gone)
            })
        });
        if !is_known {
            found.insert(graph[index].id.clone());
        }
    }
    found
}

/// What some heads of a branched lineage have and others have not.
fn not_in_all_heads(graph: &Graph) -> BTreeSet<RevisionId> {
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
    found
}
