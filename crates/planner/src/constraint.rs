//! What must come before what, because of what migrations do.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use rechain_history::{
    Action, Certainty, Dialects, Effect, Graph, RevIndex, SchemaObject, TextRange,
};

use crate::Effects;
use crate::commute::{Evidence, PairSide, Premise, Verdict};
use crate::pair::{Below, Comparison};
use crate::plan::ConflictKind;

/// `before` must run before `after`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Constraint {
    /// What runs first.
    pub before: RevIndex,
    /// What runs later.
    pub after: RevIndex,
    /// Why.
    pub cause: Cause,
    /// What shows it in `before`, in its text; absent for `depends_on`.
    pub before_range: Option<TextRange>,
    /// What shows it in `after`.
    pub after_range: Option<TextRange>,
}

/// Why one migration must run before another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// The later one names the earlier in `depends_on`.
    DependsOn,
    /// The later one needs what the earlier creates.
    Needs(SchemaObject),
    /// The later one removes what the earlier uses.
    Removes(SchemaObject),
    /// The later one creates anew what the earlier removes.
    Replaces(SchemaObject),
    /// The order they have works, and no other would.
    Conflicts(Box<ConflictKind>),
    /// A person wants it so.
    Decided,
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DependsOn => f.write_str("names it in depends_on"),
            Self::Needs(object) => write!(f, "needs {object}"),
            Self::Removes(object) => write!(f, "removes {object}"),
            Self::Replaces(object) => write!(f, "creates {object} anew"),
            Self::Conflicts(kind) => write!(f, "cannot go first: {kind}"),
            Self::Decided => f.write_str("comes later because you said so"),
        }
    }
}

impl Cause {
    /// The same in a sentence about the two.
    pub fn of(&self, later: &dyn fmt::Display, earlier: &dyn fmt::Display) -> String {
        match self {
            Self::DependsOn => format!("{later} names {earlier} in depends_on"),
            Self::Conflicts(kind) => format!("{later} cannot go before {earlier}: {kind}"),
            Self::Decided => format!("{later} comes after {earlier} because you said so"),
            Self::Needs(_) | Self::Removes(_) | Self::Replaces(_) => {
                format!("{later} {self} of {earlier}")
            }
        }
    }
}

/// The constraints between `revisions` that do not lie above each other in `graph`.
///
/// Where `chain` has an order for two of them, that order is known to work.
pub(crate) fn constraints(
    graph: &Graph,
    chain: &Graph,
    effects: &Effects,
    revisions: &BTreeSet<RevIndex>,
    dialects: Dialects,
) -> Vec<Constraint> {
    let mut found = Vec::new();
    let below = Below::of(graph);
    let below_in_chain = Below::of(chain);
    for &after in revisions {
        for &before in graph.dependencies(after) {
            if revisions.contains(&before) && !is_ordered(&below, before, after) {
                found.push(Constraint {
                    before,
                    after,
                    cause: Cause::DependsOn,
                    before_range: None,
                    after_range: None,
                });
            }
        }
    }
    let comparison = Comparison::of(effects, revisions.iter().copied(), dialects);
    let makers = makers(effects, revisions);
    for (one, other) in comparison.meetings() {
        if is_ordered(&below, one, other) {
            continue;
        }
        let (one, other, premise) = match () {
            () if below_in_chain.has(other, one) => (one, other, Premise::Chain),
            () if below_in_chain.has(one, other) => (other, one, Premise::Chain),
            () => (one, other, Premise::Fork),
        };
        match comparison.verdict(one, other, premise) {
            Verdict::Ordered {
                first, evidence, ..
            } => {
                let constraint = ordered(one, other, first, &evidence[0]);
                if !is_made_below(&below_in_chain, &makers, &constraint) {
                    found.push(constraint);
                }
            }
            // Each must run before the other.
            Verdict::Conflict {
                kind,
                one: at_one,
                other: at_other,
                ..
            } => {
                if let ConflictKind::NoOrder(cause) = *kind {
                    for (before, after, before_range, after_range) in [
                        (one, other, at_one.range, at_other.range),
                        (other, one, at_other.range, at_one.range),
                    ] {
                        found.push(Constraint {
                            before,
                            after,
                            cause: cause.clone(),
                            before_range: Some(before_range),
                            after_range: Some(after_range),
                        });
                    }
                }
            }
            Verdict::Independent { .. } | Verdict::Unknown { .. } => {}
        }
    }
    found.sort_by_key(|constraint| (constraint.before, constraint.after));
    found
}

fn is_ordered(below: &Below<'_>, one: RevIndex, other: RevIndex) -> bool {
    below.has(one, other) || below.has(other, one)
}

/// What an order of `one` and `other` comes to as a constraint.
pub(crate) fn ordered(
    one: RevIndex,
    other: RevIndex,
    first: PairSide,
    evidence: &Evidence,
) -> Constraint {
    let (at_one, at_other) = (evidence.one.range, evidence.other.range);
    let (before, after, before_range, after_range) = match first {
        PairSide::One => (one, other, at_one, at_other),
        PairSide::Other => (other, one, at_other, at_one),
    };
    Constraint {
        before,
        after,
        cause: evidence.cause.clone(),
        before_range: Some(before_range),
        after_range: Some(after_range),
    }
}

/// Who makes each object.
pub(crate) fn makers(
    effects: &Effects,
    revisions: &BTreeSet<RevIndex>,
) -> BTreeMap<SchemaObject, BTreeSet<RevIndex>> {
    let mut makers: BTreeMap<SchemaObject, BTreeSet<RevIndex>> = BTreeMap::new();
    for &revision in revisions {
        let own = effects.get(&revision).into_iter().flatten();
        for (action, object) in own.filter_map(Effect::known) {
            if *action == Action::Create {
                makers.entry(object.clone()).or_default().insert(revision);
            }
        }
    }
    makers
}

/// Whether something below the later revision already makes what it needs, so that the other maker
/// is a rival and not a condition.
pub(crate) fn is_made_below(
    below: &Below<'_>,
    makers: &BTreeMap<SchemaObject, BTreeSet<RevIndex>>,
    constraint: &Constraint,
) -> bool {
    let Cause::Needs(object) = &constraint.cause else {
        return false;
    };
    makers.get(object).is_some_and(|makers| {
        makers
            .iter()
            .any(|&other| other != constraint.before && below.has(constraint.after, other))
    })
}

/// Whether anything a migration does is not understood: statements that only name their tables, and names that only
/// the database tells, too.
pub(crate) fn is_opaque(effects: Option<&Vec<Effect>>) -> bool {
    let is_unclear = |effect: &Effect| match effect.known() {
        None => true,
        Some((Action::Require | Action::ReadRows, _)) => false,
        Some((
            Action::Create | Action::Drop,
            SchemaObject::Constraint { name: None, .. } | SchemaObject::Index { name: None, .. },
        )) if effect.certainty == Certainty::Conditional => true,
        Some(_) => effect.certainty == Certainty::Unknown,
    };
    effects.is_some_and(|effects| effects.iter().any(is_unclear))
}
