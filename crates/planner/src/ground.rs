//! What planning starts from: the work tree's graph with every published revision where it was deployed.

use std::borrow::Cow;

use rechain_history::{Expectations, Graph};

use crate::arrival::Arrivals;
use crate::publication::{Publication, Restoration};

/// A graph and what git says of it.
#[derive(Debug)]
pub struct Ground<'g> {
    /// As the work tree has it.
    pub(crate) original: &'g Graph,
    /// With the published revisions put back that somebody re-parented. Positions are the same.
    pub(crate) graph: Cow<'g, Graph>,
    pub(crate) publication: Cow<'g, Publication>,
    pub(crate) restoration: Restoration,
    pub(crate) arrivals: Arrivals,
}

impl<'g> Ground<'g> {
    /// `base` is the graph at the tip of the base, which says where published revisions belong.
    pub fn new(
        graph: &'g Graph,
        publication: &'g Publication,
        base: Option<&Graph>,
        arrivals: Arrivals,
        expectations: &Expectations,
    ) -> Self {
        let Some(published) = publication.published() else {
            return Self {
                original: graph,
                graph: Cow::Borrowed(graph),
                publication: Cow::Borrowed(publication),
                restoration: Restoration::default(),
                arrivals,
            };
        };
        let restoration = Restoration::of(graph, published, base);
        let working = if restoration.parents.is_empty() {
            Cow::Borrowed(graph)
        } else {
            let put_back = restoration.parents.iter().map(|(leave, parents)| {
                let ids = parents.iter().map(|&parent| graph[parent].id.clone());
                let index = leave.index();
                (index, graph[index].with_parents(ids.collect()))
            });
            Cow::Owned(graph.with(put_back, expectations))
        };
        let publication = Publication::Known(published.closed_in(&working));
        Self {
            original: graph,
            graph: working,
            publication: Cow::Owned(publication),
            restoration,
            arrivals,
        }
    }

    /// Published revisions that were deployed in several ways, among them the one in which they are
    /// here.
    pub fn deployed_in_several_ways(&self) -> &[rechain_history::RevisionId] {
        &self.restoration.several
    }
}
