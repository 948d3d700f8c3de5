//! Pairs of revisions that no order makes right.

use std::collections::BTreeMap;

use rechain_history::{Dialects, RevIndex};

use crate::constraint::Constraint;
use crate::plan::{Conflict, ConflictKind};

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
        dialects: Dialects::ALL,
    }
}
