//! In which order unpublished revisions came, and who else carries them.

use std::collections::{BTreeMap, BTreeSet};

use rechain_history::{Graph, RevIndex, RevisionId};

/// What is known of an unpublished revision's way here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival {
    /// Where it is besides this branch.
    pub carried: Carried,
    /// When the commit that added it was authored; `None` for one that is in no commit.
    pub authored: Option<i64>,
}

/// Where a revision is besides the branch that is checked out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Carried {
    /// On the base, where it arrived as the nth.
    ByBase(usize),
    /// On other branches that do not have what is checked out.
    ByBranches(Vec<String>),
    /// Nowhere.
    Nowhere,
}

/// The arrivals of all unpublished revisions; empty where git was not asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Arrivals {
    by_id: BTreeMap<RevisionId, Arrival>,
}

/// Where a block stands among blocks: the smaller one is placed first.
pub(crate) type Rank = (usize, usize, i64);

impl Arrivals {
    /// From what is known of each.
    pub fn new(arrivals: impl IntoIterator<Item = (RevisionId, Arrival)>) -> Self {
        Self {
            by_id: arrivals.into_iter().collect(),
        }
    }

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    /// The branches that carry a revision besides this one and the base.
    pub fn carriers(&self, id: &RevisionId) -> &[String] {
        match self.by_id.get(id).map(|it| &it.carried) {
            Some(Carried::ByBranches(names)) => names,
            _ => &[],
        }
    }

    /// The revisions that other branches carry.
    pub(crate) fn carried(&self) -> BTreeSet<RevisionId> {
        let carried = self
            .by_id
            .iter()
            .filter(|(_, it)| matches!(it.carried, Carried::ByBranches(_)));
        carried.map(|(id, _)| id.clone()).collect()
    }

    fn is_on_base(&self, id: &RevisionId) -> bool {
        self.by_id
            .get(id)
            .is_some_and(|it| matches!(it.carried, Carried::ByBase(_)))
    }

    /// The heads of `heads` with the places at which a block is cut: where what is on the base ends
    /// below what is not.
    pub(crate) fn cut(&self, graph: &Graph, heads: &[RevIndex]) -> Vec<RevIndex> {
        let below = graph.chain_ancestors_with(heads.iter().copied());
        let is_on_base = |index: RevIndex| self.is_on_base(&graph[index].id);
        let ends = graph.members(&below).filter(|&index| {
            is_on_base(index)
                && !graph.children(index).is_empty()
                && !graph.children(index).iter().any(|&child| is_on_base(child))
        });
        let mut all: Vec<RevIndex> = ends.collect();
        all.extend(heads);
        all
    }

    /// The rank of a block: what is on the base in the order in which it came, then what other branches
    /// carry, then what is nowhere else, by the date of the lowest revision.
    pub(crate) fn rank(&self, graph: &Graph, members: &[RevIndex]) -> Rank {
        let Some(arrival) = members
            .first()
            .and_then(|&lowest| self.by_id.get(&graph[lowest].id))
        else {
            return (3, 0, i64::MAX);
        };
        let authored = arrival.authored.unwrap_or(i64::MAX);
        match arrival.carried {
            Carried::ByBase(order) => (0, order, authored),
            Carried::ByBranches(_) => (1, 0, authored),
            Carried::Nowhere => (2, 0, authored),
        }
    }
}
