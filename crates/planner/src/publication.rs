//! Which revisions a database may already stand on.

mod deployable;
mod interest;
mod mended;
mod restore;
mod snapshot;

use std::collections::{BTreeMap, BTreeSet, HashSet};

use fixedbitset::FixedBitSet;
use rechain_history::{Divergence, Graph, RevIndex, RevisionId};

pub use deployable::{Upgrade, deployable_heads};
pub use interest::interest;
pub use mended::Bearing;
pub(crate) use restore::Restoration;
pub use restore::{Displaced, Displacement, Obstacle};
pub use snapshot::{Moment, Seen, Snapshot};

/// What is known of databases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Publication {
    /// Nothing is known: no git, no base ref and nobody said anything. Not the same as "nothing is
    /// published".
    Unknown,
    /// Somebody vouches that no database has any of it (`--applied none`).
    Nothing,
    /// Some revisions may be in a database.
    Known(Published),
}

/// The published revisions: every deployable head and its ancestors, through parents and dependencies.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Published {
    revisions: HashSet<RevisionId>,
    /// What lay below each at deployable commits.
    deployed: BTreeMap<RevisionId, Vec<Deployed>>,
    heads: Vec<DeployableHead>,
    /// Published revisions that the work tree does not have.
    gone: BTreeSet<RevisionId>,
}

/// What lay below a revision when a database could have run it: positions of the work tree's graph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Deployed {
    pub(crate) below: FixedBitSet,
    pub(crate) latest: Moment,
    /// Whether a database that follows the base could have.
    is_on_base: bool,
}

/// The snapshot before: for each revision of interest, which of its sets it had there.
struct Last<'s> {
    graph: &'s Graph,
    places: BTreeMap<RevIndex, usize>,
}

/// Of so few revisions what lies below them is looked up anew at every commit.
const FEW: usize = 16;

/// A revision that a database following a ref could have been upgraded to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeployableHead {
    /// Which.
    pub revision: RevisionId,
    /// When it first was.
    pub since: Moment,
    /// When it last was.
    pub until: Moment,
    /// What shows it.
    pub shown_by: ShownBy,
}

/// What shows that a revision was a deployable head.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ShownBy {
    /// `head` or a `LABEL@head` named it alone.
    OneHead,
    /// The team deploys with `upgrade heads`, and it was one of them.
    OneOfHeads,
    /// Earlier history is not seen, so it counts.
    Boundary,
    /// The history at that commit could not be read, so all of it counts.
    Unreadable,
}

impl Published {
    /// Everything at or below `heads`, the revisions that databases may stand on.
    pub fn at(graph: &Graph, heads: impl IntoIterator<Item = RevIndex>) -> Self {
        let below = graph.ancestors_with(heads);
        Self {
            revisions: graph
                .members(&below)
                .map(|index| graph[index].id.clone())
                .collect(),
            ..Self::default()
        }
    }

    /// What snapshots of the published refs show.
    ///
    /// Of what lay below a revision, what the work tree's `graph` does not have any more is left out.
    /// Sets are remembered for the revisions in `of_interest`; for the others it is enough that they
    /// are published.
    pub fn from_snapshots(
        graph: &Graph,
        snapshots: &[Snapshot],
        upgrade: Upgrade,
        of_interest: &BTreeSet<RevisionId>,
    ) -> Self {
        let mut published = Self::default();
        let mut last = None;
        for snapshot in snapshots {
            published.add(graph, snapshot, upgrade, (of_interest, &mut last));
        }
        published.heads.sort_by(|one, other| {
            let key = |it: &DeployableHead| (it.since.rank, it.since.order, it.revision.clone());
            key(one).cmp(&key(other))
        });
        published
    }

    fn add<'s>(
        &mut self,
        graph: &Graph,
        snapshot: &'s Snapshot,
        upgrade: Upgrade,
        (of_interest, last): (&BTreeSet<RevisionId>, &mut Option<Last<'s>>),
    ) {
        let then = match &snapshot.seen {
            Seen::Graph(then) => then,
            Seen::Unreadable(ids) => {
                for id in ids {
                    self.remember(graph, id);
                    if of_interest.contains(id) {
                        self.add_head(id, snapshot, ShownBy::Unreadable);
                    }
                }
                return;
            }
        };
        let alone = deployable_heads(then, Upgrade::Head);
        let heads: Vec<RevIndex> = if snapshot.is_boundary || upgrade == Upgrade::Heads {
            then.indices()
                .filter(|&index| then.is_head(index) || then.is_real_head(index))
                .collect()
        } else {
            alone.clone()
        };
        for &head in &heads {
            let shown_by = if alone.contains(&head) {
                ShownBy::OneHead
            } else if upgrade == Upgrade::Heads {
                ShownBy::OneOfHeads
            } else {
                ShownBy::Boundary
            };
            self.add_head(&then[head].id, snapshot, shown_by);
        }
        let below = then.ancestors_with(heads);
        let mut now = Last {
            graph: then,
            places: BTreeMap::new(),
        };
        let differences = last
            .as_ref()
            .filter(|_| of_interest.len() > FEW)
            .map(|last| Divergence::between(then, last.graph));
        for member in then.members(&below) {
            let id = &then[member].id;
            self.remember(graph, id);
            if of_interest.contains(id) {
                // What lies below it is mostly what lay there at the neighbouring commit.
                let same = differences.as_ref().filter(|it| it.is_same(member));
                let same = same.and_then(|_| {
                    let last = last.as_ref()?;
                    last.places.get(&last.graph.index(id.as_str())?)
                });
                let is_on_base = snapshot.latest.rank == 0;
                let sets = self.deployed.entry(id.clone()).or_default();
                let known = same.copied().or_else(|| {
                    let set = translated(graph, then, member);
                    let known = sets.iter().position(|it| it.below == set);
                    known.or_else(|| {
                        sets.push(Deployed {
                            below: set,
                            latest: snapshot.latest.clone(),
                            is_on_base,
                        });
                        None
                    })
                });
                let place = known.unwrap_or(sets.len() - 1);
                let known = &mut sets[place];
                known.is_on_base |= is_on_base;
                if known.latest.is_older_than(&snapshot.latest) {
                    known.latest = snapshot.latest.clone();
                }
                now.places.insert(member, place);
            }
        }
        *last = Some(now);
    }

    fn remember(&mut self, graph: &Graph, id: &RevisionId) {
        if graph.index(id.as_str()).is_some() {
            self.revisions.insert(id.clone());
        } else {
            self.gone.insert(id.clone());
        }
    }

    fn add_head(&mut self, id: &RevisionId, snapshot: &Snapshot, shown_by: ShownBy) {
        let known = self
            .heads
            .iter_mut()
            .find(|it| it.revision == *id && it.since.reference == snapshot.earliest.reference);
        let Some(known) = known else {
            self.heads.push(DeployableHead {
                revision: id.clone(),
                since: snapshot.earliest.clone(),
                until: snapshot.latest.clone(),
                shown_by,
            });
            return;
        };
        if snapshot.earliest.is_older_than(&known.since) {
            known.since = snapshot.earliest.clone();
        }
        if known.until.is_older_than(&snapshot.latest) {
            known.until = snapshot.latest.clone();
        }
        known.shown_by = known.shown_by.min(shown_by);
    }

    /// The same, with everything at or below `revisions` of the work tree's graph besides.
    #[must_use]
    pub fn and_at(mut self, graph: &Graph, revisions: impl IntoIterator<Item = RevIndex>) -> Self {
        let below = graph.ancestors_with(revisions);
        let ids = graph.members(&below).map(|index| &graph[index].id);
        self.revisions.extend(ids.cloned());
        self
    }

    /// The same, without `revisions`.
    #[must_use]
    pub fn without(mut self, revisions: &BTreeSet<RevisionId>) -> Self {
        let is_left = |id: &RevisionId| !revisions.contains(id);
        self.revisions.retain(is_left);
        self.deployed.retain(|id, _| is_left(id));
        self.heads.retain(|head| is_left(&head.revision));
        self
    }

    /// The same, with everything that lies below a published revision in `graph`: whatever it is, it
    /// cannot go elsewhere.
    pub(crate) fn closed_in(&self, graph: &Graph) -> Self {
        let members: Vec<RevIndex> = self
            .revisions
            .iter()
            .filter_map(|id| graph.index(id.as_str()))
            .collect();
        self.clone().and_at(graph, members)
    }

    /// The same, with `revisions` held where they are as if they were published.
    pub(crate) fn holding(&self, revisions: impl IntoIterator<Item = RevisionId>) -> Self {
        let mut held = self.clone();
        held.revisions.extend(revisions);
        held
    }

    /// Whether a database may have this revision.
    pub fn contains(&self, id: &RevisionId) -> bool {
        self.revisions.contains(id)
    }

    /// How many revisions are published.
    pub fn len(&self) -> usize {
        self.revisions.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.revisions.is_empty()
    }

    /// The deployable heads that git shows, the base's first.
    pub fn heads(&self) -> &[DeployableHead] {
        &self.heads
    }

    /// Published revisions that the work tree does not have.
    pub fn gone(&self) -> impl Iterator<Item = &RevisionId> {
        self.gone.iter()
    }

    pub(crate) fn deployed(&self, id: &RevisionId) -> &[Deployed] {
        self.deployed.get(id).map_or(&[], Vec::as_slice)
    }

    /// Whether a database that follows the base could have run `id`. Known only of revisions of interest.
    pub fn was_deployed_on_base(&self, id: &RevisionId) -> bool {
        self.deployed(id).iter().any(|it| it.is_on_base)
    }

    /// Whether a database could have run `id` with exactly what `graph` has below it. Positions of
    /// `graph` are those of the work tree's.
    pub fn was_deployed_as(&self, graph: &Graph, index: RevIndex) -> bool {
        let below = below(graph, index);
        self.deployed(&graph[index].id)
            .iter()
            .any(|it| it.below == below)
    }
}

/// Everything strictly below, through parents and dependencies.
fn below(graph: &Graph, index: RevIndex) -> FixedBitSet {
    let mut set = graph.ancestors_with([index]);
    set.set(index.index(), false);
    set
}

/// What lies below a revision of another graph, as positions of this one.
fn translated(graph: &Graph, other: &Graph, index: RevIndex) -> FixedBitSet {
    let mut set = FixedBitSet::with_capacity(graph.len());
    for member in other.members(&below(other, index)) {
        if let Some(here) = graph.index(other[member].id.as_str()) {
            set.insert(here.index());
        }
    }
    set
}

/// Leave to give a revision other parents: it exists only for revisions that no database has, so a
/// plan that re-parents a published revision cannot be built.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Movable(RevIndex);

impl Movable {
    pub(crate) fn index(self) -> RevIndex {
        self.0
    }
}

impl Publication {
    /// Leave to move `index`, unless it is published.
    pub(crate) fn movable(&self, graph: &Graph, index: RevIndex) -> Option<Movable> {
        (!self.is_published(graph, index)).then_some(Movable(index))
    }

    /// Whether a database is known to be able to have it.
    pub fn is_published(&self, graph: &Graph, index: RevIndex) -> bool {
        match self {
            Self::Unknown | Self::Nothing => false,
            Self::Known(published) => published.contains(&graph[index].id),
        }
    }

    pub(crate) fn published(&self) -> Option<&Published> {
        match self {
            Self::Known(published) => Some(published),
            Self::Unknown | Self::Nothing => None,
        }
    }
}
