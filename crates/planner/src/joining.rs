//! Joining heads with a merge revision: the order of its parents in which Alembic gets through.

use std::collections::BTreeSet;
use std::sync::Arc;

use rechain_history::{
    Dialects, Expectations, Graph, RevIndex, Revision, RevisionId, upgrade_order,
};

use crate::Effects;
use crate::conflict::no_order;
use crate::constraint::constraints;
use crate::pair::conflicts;
use crate::plan::Conflict;

/// As many parents are tried in every order.
const MANY: usize = 5;

/// Heads that are to be joined.
#[derive(Debug)]
pub struct Joining<'g> {
    graph: &'g Graph,
    heads: Vec<RevIndex>,
    /// What lies below one of the heads but not below all.
    arms: BTreeSet<RevIndex>,
}

impl<'g> Joining<'g> {
    /// The graph is not damaged.
    pub fn new(graph: &'g Graph, heads: impl IntoIterator<Item = RevIndex>) -> Self {
        let mut heads: Vec<RevIndex> = heads.into_iter().collect();
        heads.sort_by(|&one, &other| graph[one].id.cmp(&graph[other].id));
        heads.dedup();
        let all = graph.ancestors_with(heads.iter().copied());
        let arms = graph
            .members(&all)
            .filter(|&index| {
                !heads
                    .iter()
                    .all(|&head| graph.ancestors_with([head]).contains(index.index()))
            })
            .collect();
        Self { graph, heads, arms }
    }

    /// The heads, by id.
    pub fn heads(&self) -> &[RevIndex] {
        &self.heads
    }

    /// Two of three or more heads, the second of which depends on the first: Alembic's row keeping fails at
    /// a revision that joins them all, while it gets through one that joins these two.
    pub fn stumbles(&self) -> Option<(RevIndex, RevIndex)> {
        if self.heads.len() < 3 {
            return None;
        }
        let mut pairs = self.heads.iter().flat_map(|&lower| {
            let uppers = self.heads.iter().map(move |&upper| (lower, upper));
            uppers.filter(|&(lower, upper)| self.graph.is_ancestor(lower, upper))
        });
        pairs.next()
    }

    /// The revisions whose effects matter.
    pub fn needs(&self) -> &BTreeSet<RevIndex> {
        &self.arms
    }

    /// The parents of `revision`, as ids, in the first order (by id) in which a new database gets through. An
    /// error where there is none: why not, for the first of them.
    pub fn parents(
        &self,
        revision: &Revision,
        effects: &Effects,
        expectations: &Expectations,
        dialects: Dialects,
    ) -> Result<Vec<RevisionId>, Vec<Conflict>> {
        let graph = self.graph;
        let clashes = conflicts(graph, effects, &self.arms, dialects);
        if !clashes.is_empty() {
            return Err(clashes);
        }
        let constraints = constraints(graph, graph, effects, &self.arms, dialects);
        let mut first = None;
        for order in orders(&self.heads) {
            let parents: Vec<RevisionId> = order.iter().map(|&it| graph[it].id.clone()).collect();
            let mut revisions = graph.revisions().to_vec();
            revisions.push(Arc::new(revision.with_parents(parents.clone())));
            let joined = Graph::of(revisions, expectations);
            let order = upgrade_order(&joined);
            let place = |index: RevIndex| order.iter().position(|&it| it == index);
            let broken: Vec<Conflict> = constraints
                .iter()
                .filter(|it| place(it.before) > place(it.after))
                .map(no_order)
                .collect();
            if broken.is_empty() {
                return Ok(parents);
            }
            first.get_or_insert(broken);
        }
        Err(first.unwrap_or_default())
    }
}

/// Every order of a few, the given one first; of many only that one.
fn orders(all: &[RevIndex]) -> Vec<Vec<RevIndex>> {
    if all.len() > MANY {
        return vec![all.to_vec()];
    }
    match all {
        [] => vec![Vec::new()],
        _ => (0..all.len())
            .flat_map(|at| {
                let mut rest = all.to_vec();
                let first = rest.remove(at);
                orders(&rest).into_iter().map(move |mut order| {
                    order.insert(0, first);
                    order
                })
            })
            .collect(),
    }
}
