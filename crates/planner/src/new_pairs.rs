//! Which pairs of revisions a change newly orders.

use std::collections::BTreeSet;

use rechain_history::{Divergence, Graph, RevIndex};

/// The pairs that lie above each other in the new graph and did not in the old one.
pub(crate) struct NewPairs {
    involved: BTreeSet<RevIndex>,
    /// In the order of the earlier position in the graph, then the later one.
    pairs: Vec<NewPair>,
}

/// Two revisions that a change newly orders.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NewPair {
    pub(crate) lower: RevIndex,
    pub(crate) upper: RevIndex,
    /// Whether they lay above each other the other way round.
    pub(crate) is_turned: bool,
}

impl NewPair {
    /// The two by their positions in the graph.
    pub(crate) fn sorted(&self) -> (RevIndex, RevIndex) {
        (self.lower.min(self.upper), self.lower.max(self.upper))
    }
}

impl NewPairs {
    pub(crate) fn between(old: &Graph, new: &Graph, changed: &[RevIndex]) -> Self {
        // Only what lies at or above a changed revision can have got something new below it.
        let above = new.descendants_with(changed.iter().copied());
        let differences = Divergence::between(new, old);
        let of = |index: RevIndex| differences.of(index).expect("the graphs have the same ids");
        let mut pairs: Vec<NewPair> = Vec::new();
        let mut involved = BTreeSet::new();
        for upper in new.members(&above) {
            let gained = &of(upper).here;
            if !gained.is_empty() {
                involved.insert(upper);
            }
            pairs.extend(gained.iter().map(|&lower| NewPair {
                lower,
                upper,
                is_turned: of(lower).there.binary_search(&upper).is_ok(),
            }));
        }
        involved.extend(pairs.iter().map(|pair| pair.lower));
        pairs.sort_by_key(NewPair::sorted);
        // In a circle each lies above the other.
        pairs.dedup_by_key(|pair| pair.sorted());
        Self { involved, pairs }
    }

    /// Everything that is in some pair.
    pub(crate) fn involved(&self) -> &BTreeSet<RevIndex> {
        &self.involved
    }

    pub(crate) fn holds(&self, one: RevIndex, other: RevIndex) -> bool {
        let pair = (one.min(other), one.max(other));
        self.pairs
            .binary_search_by_key(&pair, NewPair::sorted)
            .is_ok()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = NewPair> + '_ {
        self.pairs.iter().copied()
    }
}
