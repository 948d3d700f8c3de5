//! Changes of the chain that a person asks for: revisions put elsewhere, taken out, or a whole history
//! made linear.
//!
//! What may be moved is decided as for every plan: only through leave that exists for unpublished
//! revisions. What is newly ordered is compared as for every plan, too.

mod flatten;
mod removal;
mod states;
mod transplant;
mod uses;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rechain_history::{
    Dialects, Expectations, Graph, Problem, RevIndex, RevisionId, upgrade_order,
};
use thiserror::Error;

use crate::Effects;
use crate::commute::{PairSide, Premise, Verdict};
use crate::conflict::no_order;
use crate::constraint::Constraint;
use crate::draft::Draft;
use crate::ground::Ground;
use crate::new_pairs::NewPairs;
use crate::pair::Comparison;
use crate::plan::{Conflict, Decision, Outcome};
use crate::situation::{Situation, Wishes};

pub use self::flatten::{Flattening, Order};
pub(crate) use self::removal::remove;
pub use self::states::States;
pub use self::transplant::Destination;

/// Why the chain cannot be changed as asked for.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    /// A database may have the revision.
    #[error("revision {0} is published: databases may have it where it is, so it stays there")]
    Published(RevisionId),
    /// Something would be slipped in below a published revision.
    #[error(
        "{slipped} would lie below {published}, which is published: databases that have it would skip it silently"
    )]
    BelowPublished {
        /// The published one.
        published: RevisionId,
        /// What would be below it.
        slipped: RevisionId,
    },
    /// The part that is to be made linear is published, in part at least.
    #[error("{} published revision(s) would get other parents, the first of them {}", .0.len(), .0[0])]
    PublishedPart(Vec<RevisionId>),
    /// A published revision is not where it was deployed.
    #[error("revision {0} is published and not where databases have it")]
    Displaced(RevisionId),
    /// The place named is among what moves.
    #[error("revision {0} is among the revisions that move, so they cannot go beside it")]
    BesideItself(RevisionId),
    /// A merge revision would lie below what it joins.
    #[error("merge revision {merge} moves too, and joins {joined}, which would have to follow it")]
    JoinsFollower {
        /// The merge revision.
        merge: RevisionId,
        /// What it joins.
        joined: RevisionId,
    },
    /// What moves ends in several heads, so nothing can follow it.
    #[error(
        "what moves has several heads ({}), and {follower} can follow one only",
        join(heads)
    )]
    SeveralHeads {
        /// Those heads.
        heads: Vec<RevisionId>,
        /// What would have to follow all of them.
        follower: RevisionId,
    },
    /// Another revision depends on what is taken out.
    #[error("revision {by} names {revision} in depends_on")]
    DependedOn {
        /// What is taken out.
        revision: RevisionId,
        /// Who depends on it.
        by: RevisionId,
    },
    /// Several histories would start from nothing.
    #[error("{} would all start from nothing", join(.0))]
    SeveralRoots(Vec<RevisionId>),
    /// Lineages share revisions in a way that no lines can show.
    #[error("several lineages share {0} in a way that separate lines cannot show")]
    Entangled(RevisionId),
}

fn join(ids: &[RevisionId]) -> String {
    let ids: Vec<&str> = ids.iter().map(RevisionId::as_str).collect();
    ids.join(", ")
}

/// Two revisions that a change newly orders, and whether they may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compared {
    /// What now runs first.
    pub first: RevIndex,
    /// What now runs later.
    pub then: RevIndex,
    /// Whether they run the other way round today.
    pub is_turned: bool,
    /// What comparing them comes to: `first` is the first side, or `then` where they are turned.
    pub verdict: Verdict,
}

impl Compared {
    /// The conflict, where this order is not right.
    fn conflict(&self) -> Option<Conflict> {
        let (one, other) = if self.is_turned {
            (self.then, self.first)
        } else {
            (self.first, self.then)
        };
        match &self.verdict {
            Verdict::Conflict {
                kind,
                one: here,
                other: there,
                dialects,
            } => Some(Conflict {
                dialects: *dialects,
                one,
                other,
                kind: (**kind).clone(),
                one_range: Some(here.range),
                other_range: Some(there.range),
            }),
            Verdict::Ordered {
                first, evidence, ..
            } => {
                let must_be_first = if *first == PairSide::One { one } else { other };
                let evidence = evidence.first().filter(|_| must_be_first != self.first)?;
                // The one that needs is cited first.
                let constraint = Constraint {
                    before: must_be_first,
                    after: self.first,
                    cause: evidence.cause.clone(),
                    before_range: Some(if must_be_first == one {
                        evidence.one.range
                    } else {
                        evidence.other.range
                    }),
                    after_range: Some(if must_be_first == one {
                        evidence.other.range
                    } else {
                        evidence.one.range
                    }),
                };
                Some(no_order(&constraint))
            }
            Verdict::Independent { .. } | Verdict::Unknown { .. } => None,
        }
    }
}

/// A change of the chain, ready to be compared with what the revisions do.
pub struct Surgery<'g> {
    situation: Situation<'g>,
    expectations: &'g Expectations,
    draft: Draft<'g>,
    pairs: NewPairs,
    /// Orders that the effects ask for and that the change must keep.
    constraints: Vec<Constraint>,
}

impl<'g> Surgery<'g> {
    /// A change of which nothing is drawn up yet, where every published revision is where it was deployed.
    fn start(
        ground: &'g Ground<'g>,
        expectations: &'g Expectations,
    ) -> Result<(Situation<'g>, Draft<'g>), Refusal> {
        let restoration = &ground.restoration;
        let displaced = restoration.left.first().map(|it| it.revision.clone());
        let displaced = displaced.or_else(|| restoration.restored.first().cloned());
        if let Some(revision) = displaced {
            return Err(Refusal::Displaced(revision));
        }
        let draft = Draft::new(&ground.graph, &ground.publication);
        Ok((Situation::on(ground, expectations), draft))
    }

    fn finished(
        situation: Situation<'g>,
        expectations: &'g Expectations,
        draft: Draft<'g>,
        constraints: Vec<Constraint>,
    ) -> Self {
        let new = draft.to_graph(expectations);
        let changed: Vec<RevIndex> = draft.changed().map(|(index, ..)| index).collect();
        let pairs = NewPairs::between(draft.graph, &new, &changed);
        Self {
            situation,
            expectations,
            draft,
            pairs,
            constraints,
        }
    }

    /// Puts `revisions` (and with `with_descendants` everything that follows them) beside another one.
    ///
    /// What followed them follows what they followed; what follows the new place follows them.
    pub fn moving(
        ground: &'g Ground<'g>,
        expectations: &'g Expectations,
        revisions: &[RevIndex],
        with_descendants: bool,
        destination: Destination,
    ) -> Result<Self, Refusal> {
        let (situation, mut draft) = Self::start(ground, expectations)?;
        transplant::transplant(&mut draft, revisions, with_descendants, destination)?;
        Ok(Self::finished(situation, expectations, draft, Vec::new()))
    }

    /// Takes `revisions` out of the chain.
    pub fn removing(
        ground: &'g Ground<'g>,
        expectations: &'g Expectations,
        revisions: &[RevIndex],
    ) -> Result<Self, Refusal> {
        let (situation, mut draft) = Self::start(ground, expectations)?;
        removal::remove(&mut draft, expectations, revisions)?;
        Ok(Self::finished(situation, expectations, draft, Vec::new()))
    }

    /// The revisions whose effects the change depends on.
    pub fn needs(&self) -> BTreeSet<RevIndex> {
        let mut needs = self.pairs.involved().clone();
        let removed = self.draft.removed();
        let above = self.draft.graph.descendants_with(removed.iter().copied());
        if !removed.is_empty() {
            needs.extend(self.draft.graph.members(&above));
        }
        needs
    }

    /// Every pair that the change newly orders, compared; in the order in which the new chain runs them.
    pub fn compared(&self, effects: &Effects, dialects: Dialects) -> Vec<Compared> {
        let new = self.draft.to_graph(self.expectations);
        let order: BTreeMap<RevIndex, usize> = upgrade_order(&new)
            .into_iter()
            .enumerate()
            .map(|(at, index)| (index, at))
            .collect();
        // What lies on a circle is in no order.
        let place = |index: RevIndex| order.get(&index).copied().unwrap_or(usize::MAX);
        let involved = self.pairs.involved().iter().copied();
        let comparison = Comparison::of(effects, involved, dialects);
        let old = self.draft.graph;
        let mut compared: Vec<Compared> = self
            .pairs
            .iter()
            .map(|pair| {
                let (first, then) = if place(pair.lower) <= place(pair.upper) {
                    (pair.lower, pair.upper)
                } else {
                    (pair.upper, pair.lower)
                };
                // In a circle the order says nothing of what lies below what.
                let is_as_told = first == pair.lower;
                let is_turned = if is_as_told {
                    pair.is_turned
                } else {
                    old.is_ancestor(then, first)
                };
                let was_so = !is_as_told && old.is_ancestor(first, then);
                let premise = if is_turned || was_so {
                    Premise::Chain
                } else {
                    Premise::Fork
                };
                // A chain is compared as it runs today.
                let (one, other) = if is_turned {
                    (then, first)
                } else {
                    (first, then)
                };
                let verdict = comparison.verdict(one, other, premise);
                Compared {
                    first,
                    then,
                    is_turned,
                    verdict,
                }
            })
            .collect();
        compared.sort_by_key(|it| (place(it.first), place(it.then)));
        compared
    }

    /// The plan, or what must be decided first. `effects` holds at least those of [`Self::needs`].
    pub fn plan(&self, effects: &Effects, wishes: &Wishes, dialects: Dialects) -> Outcome {
        if self.draft.is_unchanged() {
            return Outcome::Sound;
        }
        let broken = removal::needed(self.draft.graph, self.draft.removed(), effects);
        let reversed = transplant::reversed(&self.pairs, effects, dialects);
        let mut conflicts: Vec<Conflict> = broken.iter().chain(&reversed).map(no_order).collect();
        if conflicts.is_empty() {
            let compared = self.compared(effects, dialects);
            conflicts.extend(compared.iter().filter_map(Compared::conflict));
        }
        if !conflicts.is_empty() {
            return Outcome::Open(conflicts.into_iter().map(Decision::Conflict).collect());
        }
        self.situation
            .finish(&self.draft, &self.constraints, Vec::new(), effects, wishes)
    }

    /// The graph as it would be, what is taken out left out; and what would newly be wrong with it.
    pub fn result(&self) -> (Graph, Vec<Problem>) {
        let removed = self.draft.removed();
        let whole = self.draft.to_graph(self.expectations);
        let revisions = whole
            .indices()
            .filter(|index| !removed.contains(index))
            .map(|index| Arc::clone(&whole.revisions()[index.index()]))
            .collect();
        let graph = Graph::of(revisions, self.expectations);
        let old = self.draft.graph.problems();
        let problems = graph.problems().iter();
        let new = problems.filter(|it| !old.contains(it)).cloned().collect();
        (graph, new)
    }

    /// Which database states the change leaves as they are.
    pub fn states(&self) -> States {
        states::compare(self.draft.graph, &self.result().0)
    }
}
