//! Pairs of revisions that no order makes right.

use std::collections::{BTreeMap, BTreeSet};

use rechain_history::{Action, Certainty, RevIndex};

use crate::Effects;
use crate::constraint::{Constraint, Key, Use, uses};
use crate::plan::{Conflict, ConflictKind};

/// The first conflict of each pair of `revisions` for which `is_newly_ordered` holds.
pub(crate) fn conflicts(
    effects: &Effects,
    revisions: &BTreeSet<RevIndex>,
    is_newly_ordered: &dyn Fn(RevIndex, RevIndex) -> bool,
) -> Vec<Conflict> {
    let mut found: BTreeMap<(RevIndex, RevIndex), Conflict> = BTreeMap::new();
    for uses in uses(effects, revisions).values() {
        for (at, one) in uses.iter().enumerate() {
            for other in &uses[at + 1..] {
                let pair = (one.revision, other.revision);
                if one.revision == other.revision || found.contains_key(&pair) {
                    continue;
                }
                if let Some(kind) = clash(uses, one, other)
                    && is_newly_ordered(one.revision, other.revision)
                {
                    let conflict = Conflict {
                        one: one.revision,
                        other: other.revision,
                        kind,
                        one_range: Some(one.range),
                        other_range: Some(other.range),
                    };
                    found.insert(pair, conflict);
                }
            }
        }
    }
    found.into_values().collect()
}

fn clash(uses: &[Use<'_>], one: &Use<'_>, other: &Use<'_>) -> Option<ConflictKind> {
    // What happens only under a condition (`IF NOT EXISTS`) may well be made for this case.
    if one.certainty != Certainty::Always || other.certainty != Certainty::Always {
        return None;
    }
    let object = || one.object.clone();
    match (one.action, other.action) {
        (Action::Create, Action::Create) => {
            // Dropped and created anew within one migration: it does not matter who comes first.
            let replaces = |user: &Use<'_>| {
                uses.iter()
                    .any(|use_| use_.revision == user.revision && use_.removes())
            };
            (!replaces(one) && !replaces(other)).then(|| ConflictKind::BothCreate(object()))
        }
        (Action::Drop | Action::RenameTo(_), Action::Drop | Action::RenameTo(_)) => {
            let makes = |user: &Use<'_>| {
                uses.iter()
                    .any(|use_| use_.revision == user.revision && use_.creates())
            };
            (!makes(one) && !makes(other)).then(|| ConflictKind::BothRemove(object()))
        }
        (Action::Alter(property), Action::Alter(theirs)) if property == theirs => {
            Some(ConflictKind::BothAlter(object(), *property))
        }
        _ => None,
    }
}

/// Pairs of constraints that contradict each other.
pub(crate) fn contradictions(constraints: &[Constraint]) -> Vec<Conflict> {
    let pairs: BTreeMap<(RevIndex, RevIndex), &Constraint> = constraints
        .iter()
        .map(|found| ((found.before, found.after), found))
        .collect();
    pairs
        .iter()
        .filter(|((before, after), _)| before < after && pairs.contains_key(&(*after, *before)))
        .map(|(_, constraint)| no_order(constraint))
        .collect()
}

/// A conflict that says that `constraint` cannot be met.
pub(crate) fn no_order(constraint: &Constraint) -> Conflict {
    Conflict {
        one: constraint.after,
        other: constraint.before,
        kind: ConflictKind::NoOrder(constraint.cause.clone()),
        one_range: constraint.after_range,
        other_range: constraint.before_range,
    }
}

/// Whether two revisions use an object in common, other than by requiring it both.
pub(crate) fn interacting(uses: &BTreeMap<Key, Vec<Use<'_>>>) -> BTreeSet<(RevIndex, RevIndex)> {
    let mut pairs = BTreeSet::new();
    for uses in uses.values() {
        let changers = uses
            .iter()
            .filter(|user| !matches!(user.action, Action::Require | Action::ReadRows));
        for changer in changers {
            for other in uses
                .iter()
                .filter(|other| other.revision != changer.revision)
            {
                let (one, two) = (changer.revision, other.revision);
                pairs.insert((one.min(two), one.max(two)));
            }
        }
    }
    pairs
}
