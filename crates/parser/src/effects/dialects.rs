//! A migration that does different things on different databases: one run for each, put together.

use rechain_history::{Certainty, Dialect, Dialects, Effect};
use similar::{Algorithm, DiffOp, capture_diff_slices};

/// Longest lists that are compared effect by effect.
const LONGEST: usize = 2000;

/// The effects of `run` on each dialect, by the name that SQLAlchemy gives it.
pub(super) fn run_each(text: &str, run: impl Fn(&'static str) -> Vec<Effect>) -> Vec<Effect> {
    let mut merged: Option<Vec<Effect>> = None;
    for dialect in Dialect::ALL {
        let mut effects = run(dialect.name());
        // Databases that count as this one, but have a name of their own.
        let other = match dialect {
            Dialect::MySql => Some("mariadb"),
            Dialect::PostgreSql if text.contains("cockroach") => Some("cockroachdb"),
            _ => None,
        };
        if let Some(other) = other {
            effects = either(effects, run(other));
        }
        for effect in &mut effects {
            effect.dialects = effect.dialects.and(Dialects::of([dialect]));
        }
        effects.retain(|effect| !effect.dialects.is_empty());
        merged = Some(match merged {
            None => effects,
            Some(merged) => together(merged, effects),
        });
    }
    merged.unwrap_or_default()
}

/// What happens where either list may be what happens.
fn either(one: Vec<Effect>, other: Vec<Effect>) -> Vec<Effect> {
    let unsure = |mut effect: Effect| {
        if matches!(effect.certainty, Certainty::Always | Certainty::IfNeeded) {
            effect.certainty = Certainty::Conditional;
        }
        effect
    };
    combine(one, other, |one, _| one, unsure)
}

/// Both lists, each on its own dialects.
pub(crate) fn together(one: Vec<Effect>, other: Vec<Effect>) -> Vec<Effect> {
    let both = |mut one: Effect, other: Effect| {
        one.dialects = one.dialects.or(other.dialects);
        one
    };
    combine(one, other, both, |effect| effect)
}

/// The effects of both lists in an order that is that of each.
fn combine(
    one: Vec<Effect>,
    other: Vec<Effect>,
    both: impl Fn(Effect, Effect) -> Effect,
    alone: impl Fn(Effect) -> Effect,
) -> Vec<Effect> {
    let key = |effect: &Effect| Effect {
        dialects: Dialects::ALL,
        ..effect.clone()
    };
    let operations = if one.len() > LONGEST || other.len() > LONGEST {
        let is_same = one.len() == other.len()
            && one
                .iter()
                .zip(&other)
                .all(|(one, other)| key(one) == key(other));
        let (old_len, new_len) = (one.len(), other.len());
        vec![if is_same {
            DiffOp::Equal {
                old_index: 0,
                new_index: 0,
                len: old_len,
            }
        } else {
            DiffOp::Replace {
                old_index: 0,
                old_len,
                new_index: 0,
                new_len,
            }
        }]
    } else {
        let keys = |effects: &[Effect]| effects.iter().map(key).collect::<Vec<_>>();
        capture_diff_slices(Algorithm::Myers, &keys(&one), &keys(&other))
    };
    let (mut one, mut other) = (one.into_iter(), other.into_iter());
    let mut combined = Vec::new();
    for operation in operations {
        if let DiffOp::Equal { len, .. } = operation {
            let pairs = one.by_ref().take(len).zip(other.by_ref().take(len));
            combined.extend(pairs.map(|(one, other)| both(one, other)));
        } else {
            let (old, new) = (operation.old_range().len(), operation.new_range().len());
            combined.extend(one.by_ref().take(old).map(&alone));
            combined.extend(other.by_ref().take(new).map(&alone));
        }
    }
    combined
}
