//! Published revisions that somebody re-parented: what was slipped in below them would be skipped by
//! every database that has them.

use std::collections::BTreeSet;

use fixedbitset::FixedBitSet;
use rechain_history::{Divergence, Expectations, Graph, RevIndex, RevisionId, upgrade_order};

use super::{Deployed, Published, below, translated};

/// Leave to give a published revision the parents with which it was deployed. Only [`Restoration`]
/// hands it out, once all its conditions hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PutBack(RevIndex);

impl PutBack {
    pub(crate) fn index(self) -> RevIndex {
        self.0
    }
}

/// A published revision with something else below it than any database had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Displaced {
    /// Which.
    pub revision: RevisionId,
    /// What databases that have it would skip.
    pub gained: Vec<RevisionId>,
    /// What they ran before it and would run again.
    pub lost: Vec<RevisionId>,
    /// Why it is not put back.
    pub obstacle: Obstacle,
}

/// Why a displaced revision is left where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Obstacle {
    /// The tip of the base does not have it as it was deployed.
    NotSoOnBase,
    /// The tip of the base does not have it at all.
    NotOnBase,
    /// It was deployed in more than one way.
    SeveralWays,
    /// Putting it back changes what lies below another published revision.
    WouldChange(RevisionId),
    /// A parent it had is not here any more, or it differs in `depends_on`.
    CannotBeTold,
}

/// How what lies below a published revision differs from what any database had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Displacement {
    /// Which.
    pub revision: RevisionId,
    /// What databases that have it would skip.
    pub gained: Vec<RevisionId>,
    /// What they ran before it and would run again.
    pub lost: Vec<RevisionId>,
}

impl Published {
    /// The published revisions of `graph` that have something else below them than at any deployable
    /// commit, or than `base` has where databases have run it so. Of those that differ alike only the
    /// lowest are named: the others follow from them. Positions of `graph` are those of the graph this
    /// was built for.
    pub fn displaced(&self, graph: &Graph, base: Option<&Graph>) -> Vec<Displacement> {
        let mut found: Vec<(RevIndex, Displacement)> = Vec::new();
        for index in upgrade_order(graph) {
            let id = &graph[index].id;
            if !self.contains(id) || self.deployed(id).is_empty() {
                continue;
            }
            // One that was deployed in several ways may not change from one to another.
            let there = base.and_then(|base| {
                let set = translated(graph, base, base.index(id.as_str())?);
                self.deployed(id)
                    .iter()
                    .any(|it| it.below == set)
                    .then_some(set)
            });
            let there = there.filter(|there| *there != below(graph, index));
            if there.is_none() && self.was_deployed_as(graph, index) {
                continue;
            }
            let before = there.or_else(|| latest(self.deployed(id)).cloned());
            let (gained, lost) = differences(graph, index, before.as_ref());
            let displacement = Displacement {
                revision: id.clone(),
                gained,
                lost,
            };
            let follows = found.iter().any(|(lower, known)| {
                graph.is_ancestor(*lower, index)
                    && known.gained == displacement.gained
                    && known.lost == displacement.lost
            });
            if !follows {
                found.push((index, displacement));
            }
        }
        found.into_iter().map(|(_, it)| it).collect()
    }
}

/// How displaced revisions go back.
#[derive(Debug, Default)]
pub(crate) struct Restoration {
    /// New parents for published revisions.
    pub(crate) parents: Vec<(PutBack, Vec<RevIndex>)>,
    /// The revisions whose set of ancestors is again as it was deployed.
    pub(crate) restored: BTreeSet<RevisionId>,
    /// What stays wrong.
    pub(crate) left: Vec<Displaced>,
    /// Revisions that were deployed in several ways, this one among them.
    pub(crate) several: Vec<RevisionId>,
}

impl Restoration {
    /// Compares each published revision with what was deployed.
    pub(crate) fn of(graph: &Graph, published: &Published, base: Option<&Graph>) -> Self {
        let mut result = Self::default();
        let mut displaced = Vec::new();
        for index in graph.indices() {
            let id = &graph[index].id;
            if !published.contains(id) {
                continue;
            }
            let sets = published.deployed(id);
            if sets.is_empty() {
                continue;
            }
            if !published.was_deployed_as(graph, index) {
                displaced.push(index);
            } else if sets.len() > 1 {
                result.several.push(id.clone());
            }
        }
        if displaced.is_empty() {
            return result;
        }
        let mut changes = Vec::new();
        for &index in &displaced {
            match before(graph, published, base, index) {
                Ok(Some(parents)) => changes.push((PutBack(index), parents)),
                Ok(None) => {}
                Err(obstacle) => result
                    .left
                    .push(describe(graph, published, index, obstacle)),
            }
        }
        if !result.left.is_empty() {
            return result;
        }
        let restored = with_parents(graph, &changes);
        let differences = Divergence::between(graph, &restored);
        for index in graph.indices() {
            let id = &graph[index].id;
            if !published.contains(id) {
                continue;
            }
            let is_displaced = displaced.contains(&index);
            let is_right = if is_displaced {
                published.was_deployed_as(&restored, index)
            } else {
                differences.is_same(index)
            };
            if !is_right {
                let obstacle = if is_displaced {
                    Obstacle::CannotBeTold
                } else {
                    Obstacle::WouldChange(id.clone())
                };
                let first = if is_displaced { index } else { displaced[0] };
                result
                    .left
                    .push(describe(graph, published, first, obstacle));
            }
        }
        if result.left.is_empty() {
            result.restored = displaced
                .iter()
                .map(|&index| graph[index].id.clone())
                .collect();
            result.parents = changes;
        }
        result
    }
}

/// The parents a displaced revision had, where they differ.
fn before(
    graph: &Graph,
    published: &Published,
    base: Option<&Graph>,
    index: RevIndex,
) -> Result<Option<Vec<RevIndex>>, Obstacle> {
    let revision = &graph[index];
    let [deployed] = published.deployed(&revision.id) else {
        return Err(Obstacle::SeveralWays);
    };
    let there = base.and_then(|base| Some((base, base.index(revision.id.as_str())?)));
    let (base, there) = there.ok_or(if base.is_some() {
        Obstacle::NotOnBase
    } else {
        Obstacle::NotSoOnBase
    })?;
    if translated(graph, base, there) != deployed.below {
        return Err(Obstacle::NotSoOnBase);
    }
    if base[there].dependencies != revision.dependencies {
        return Err(Obstacle::CannotBeTold);
    }
    if base[there].parents == revision.parents {
        return Ok(None);
    }
    let parents = base[there].down_revisions().iter();
    let parents: Option<Vec<RevIndex>> = parents.map(|id| graph.index(id.as_str())).collect();
    parents.map(Some).ok_or(Obstacle::CannotBeTold)
}

fn with_parents(graph: &Graph, changes: &[(PutBack, Vec<RevIndex>)]) -> Graph {
    let changed = changes.iter().map(|(leave, parents)| {
        let ids = parents.iter().map(|&parent| graph[parent].id.clone());
        let index = leave.index();
        (index, graph[index].with_parents(ids.collect()))
    });
    graph.with(changed, &Expectations::default())
}

fn describe(
    graph: &Graph,
    published: &Published,
    index: RevIndex,
    obstacle: Obstacle,
) -> Displaced {
    let id = graph[index].id.clone();
    let before = latest(published.deployed(&id));
    let (gained, lost) = differences(graph, index, before);
    Displaced {
        revision: id,
        gained,
        lost,
        obstacle,
    }
}

/// What lay below a revision when it was last deployed.
fn latest(deployed: &[Deployed]) -> Option<&FixedBitSet> {
    let latest = deployed.iter().max_by_key(|it| it.latest.order);
    latest.map(|it| &it.below)
}

/// What lies below a revision and did not before, and the other way round.
fn differences(
    graph: &Graph,
    index: RevIndex,
    before: Option<&FixedBitSet>,
) -> (Vec<RevisionId>, Vec<RevisionId>) {
    let now = below(graph, index);
    let before = before.unwrap_or(&now);
    let ids = |one: &FixedBitSet, without: &FixedBitSet| {
        let mut set = one.clone();
        set.difference_with(without);
        graph
            .members(&set)
            .map(|member| graph[member].id.clone())
            .collect()
    };
    (ids(&now, before), ids(before, &now))
}
