//! The verdict on each pair that a plan puts in an order it did not have.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use fixedbitset::FixedBitSet;
use rechain_history::{Dialects, Graph, RevIndex};

use crate::Effects;
use crate::commute::{Doubt, PairSide, Premise, Summary, Verdict};
use crate::conflict::no_order;
use crate::constraint::{Constraint, is_made_below, makers, ordered};
use crate::new_pairs::NewPairs;
use crate::plan::{Conflict, Unproven};

/// Revisions arranged for comparison with each other.
pub(crate) struct Comparison<'e> {
    /// By position in the graph.
    summaries: Vec<Option<(RevIndex, Summary<'e>)>>,
}

impl<'e> Comparison<'e> {
    pub(crate) fn of(
        effects: &'e Effects,
        revisions: impl IntoIterator<Item = RevIndex>,
        dialects: Dialects,
    ) -> Self {
        let mut summaries = Vec::new();
        for index in revisions {
            let own = effects.get(&index).map(Vec::as_slice).unwrap_or_default();
            if summaries.len() <= index.index() {
                summaries.resize_with(index.index() + 1, || None);
            }
            summaries[index.index()] = Some((index, Summary::of(own, dialects)));
        }
        Self { summaries }
    }

    fn summary(&self, of: RevIndex) -> Option<&Summary<'e>> {
        let (_, summary) = self.summaries.get(of.index())?.as_ref()?;
        Some(summary)
    }

    /// The pairs of which either may need the other, the lower position first, in order. The cost is that of what
    /// there is in common, not that of all pairs.
    pub(crate) fn meetings(&self) -> impl Iterator<Item = (RevIndex, RevIndex)> + '_ {
        let mut who_changes: HashMap<u64, Vec<RevIndex>> = HashMap::new();
        let mut who_touches: HashMap<u64, Vec<RevIndex>> = HashMap::new();
        for (index, summary) in self.iter() {
            for mark in summary.changed() {
                who_changes.entry(mark).or_default().push(index);
            }
            for mark in summary.touched() {
                who_touches.entry(mark).or_default().push(index);
            }
        }
        self.iter().flat_map(move |(one, summary)| {
            let touching = summary.changed().filter_map(|mark| who_touches.get(&mark));
            let changing = summary.touched().filter_map(|mark| who_changes.get(&mark));
            let met = touching.chain(changing).flatten().copied();
            let later: BTreeSet<RevIndex> = met.filter(|&other| other > one).collect();
            let is_met = move |other: &RevIndex| {
                self.summary(*other).is_some_and(|that| summary.meets(that))
            };
            later
                .into_iter()
                .filter(is_met)
                .map(move |other| (one, other))
        })
    }

    fn iter(&self) -> impl Iterator<Item = (RevIndex, &Summary<'e>)> {
        let known = self.summaries.iter().flatten();
        known.map(|(index, summary)| (*index, summary))
    }

    pub(crate) fn verdict(&self, one: RevIndex, other: RevIndex, premise: Premise) -> Verdict {
        match (self.summary(one), self.summary(other)) {
            (Some(this), Some(that)) => this.against(that, premise),
            _ => Verdict::Independent { notes: Vec::new() },
        }
    }
}

/// The conflicts among revisions that `graph` leaves without an order.
pub(crate) fn conflicts(
    graph: &Graph,
    effects: &Effects,
    revisions: &BTreeSet<RevIndex>,
    dialects: Dialects,
) -> Vec<Conflict> {
    let comparison = Comparison::of(effects, revisions.iter().copied(), dialects);
    let below = Below::of(graph);
    let mut found = Vec::new();
    for (one, other) in comparison.meetings() {
        if below.has(one, other) || below.has(other, one) {
            continue;
        }
        if let Verdict::Conflict {
            kind,
            one: at_one,
            other: at_other,
            dialects,
        } = comparison.verdict(one, other, Premise::Fork)
        {
            found.push(Conflict {
                one,
                other,
                kind: *kind,
                one_range: Some(at_one.range),
                other_range: Some(at_other.range),
                dialects,
            });
        }
    }
    found
}

/// What lies below revisions of a graph, looked up when it is asked for the first time.
pub(crate) struct Below<'g> {
    graph: &'g Graph,
    known: RefCell<BTreeMap<RevIndex, FixedBitSet>>,
}

impl<'g> Below<'g> {
    pub(crate) fn of(graph: &'g Graph) -> Self {
        Self {
            graph,
            known: RefCell::default(),
        }
    }

    /// Whether `upper` has `lower` below it.
    pub(crate) fn has(&self, upper: RevIndex, lower: RevIndex) -> bool {
        let look = || self.graph.ancestors_with([upper]);
        let mut known = self.known.borrow_mut();
        upper != lower
            && known
                .entry(upper)
                .or_insert_with(look)
                .contains(lower.index())
    }
}

/// What the new order of a plan rests on.
#[derive(Debug, Default)]
pub(crate) struct Proof {
    /// Pairs of which either order gives the same schema.
    pub(crate) independent: usize,
    /// Pairs that need the order they get.
    pub(crate) ordered: Vec<Constraint>,
    /// Pairs that no order makes right, or not the one they get.
    pub(crate) conflicts: Vec<Conflict>,
    /// Pairs of which nothing is promised.
    pub(crate) unproven: Vec<Unproven>,
}

impl Proof {
    /// Compares the pairs that a change of `old` newly orders, or orders the other way round.
    pub(crate) fn of(old: &Graph, pairs: &NewPairs, effects: &Effects, dialects: Dialects) -> Self {
        let comparison = Comparison::of(effects, pairs.involved().iter().copied(), dialects);
        let makers = makers(effects, pairs.involved());
        let mut proof = Self::default();
        let was_below = Below::of(old);
        for pair in pairs.iter() {
            let (one, other) = pair.sorted();
            let (before, after) = (pair.lower, pair.upper);
            // What the old chain had the other way round ran so.
            let (one, other, premise) = if pair.is_turned {
                (after, before, Premise::Chain)
            } else {
                (one, other, Premise::Fork)
            };
            match comparison.verdict(one, other, premise) {
                Verdict::Independent { .. } => proof.independent += 1,
                Verdict::Ordered {
                    first, evidence, ..
                } => {
                    let constraint = ordered(one, other, first, &evidence[0]);
                    if constraint.before == before
                        || is_made_below(&was_below, &makers, &constraint)
                    {
                        proof.ordered.push(constraint);
                    } else {
                        proof.conflicts.push(no_order(&constraint));
                    }
                }
                Verdict::Conflict {
                    kind,
                    one: at_one,
                    other: at_other,
                    dialects,
                } => proof.conflicts.push(Conflict {
                    one,
                    other,
                    kind: *kind,
                    one_range: Some(at_one.range),
                    other_range: Some(at_other.range),
                    dialects,
                }),
                Verdict::Unknown { doubts } => {
                    let doubts = if one == before {
                        doubts
                    } else {
                        doubts.into_iter().map(swapped).collect()
                    };
                    proof.unproven.push(Unproven {
                        before,
                        after,
                        doubts,
                    });
                }
            }
        }
        proof
    }
}

fn swapped(doubt: Doubt) -> Doubt {
    Doubt {
        about: doubt.about.map(|side| match side {
            PairSide::One => PairSide::Other,
            PairSide::Other => PairSide::One,
        }),
        one: doubt.other,
        other: doubt.one,
        ..doubt
    }
}
