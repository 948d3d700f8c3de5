//! Whether two migrations may swap places: a verdict with its evidence.
//!
//! The question is asked of effects alone, for each of the project's dialects; the strictest answer
//! counts. [`Verdict::Independent`] is a promise: where the premise holds, both orders succeed or fail
//! alike and leave the same schema. Whatever the effects do not show ends in [`Verdict::Unknown`].
//!
//! There are four places where two migrations can meet, and one file for each: names
//! ([`existence`]), the inside of one table ([`table`]), what reaches beyond the objects that are named
//! ([`beyond`]), and what is not understood at all.

mod beyond;
mod chosen;
mod existence;
mod footprint;
mod glance;
pub(crate) mod key;
mod table;
#[cfg(test)]
mod tests;
mod verdict;
#[cfg(test)]
pub(crate) use tests::effects as effects_of;

use rechain_history::{Dialects, Effect};

use footprint::Print;
use glance::Glance;
use verdict::Findings;
pub use verdict::{Doubt, Evidence, Note, PairSide, Site, Verdict};

/// What is known of the two migrations besides their effects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Premise {
    /// Nothing: they may need each other in ways that effects do not show.
    Nothing,
    /// Two sides of a fork: each was written without the other, so each runs where the other has not run.
    Fork,
    /// The first runs before the second today, and both succeed. A conflict then is an order.
    Chain,
}

/// What two migrations are compared for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Circumstances {
    /// The databases the project runs on.
    pub dialects: Dialects,
    /// What is known of the two.
    pub premise: Premise,
}

impl Circumstances {
    /// Two sides of a fork, on these databases.
    pub fn fork(dialects: Dialects) -> Self {
        Self {
            dialects,
            premise: Premise::Fork,
        }
    }

    /// One that runs before the other today, on these databases.
    pub fn chain(dialects: Dialects) -> Self {
        Self {
            dialects,
            premise: Premise::Chain,
        }
    }
}

/// Whether two migrations may swap places. Sites in the verdict have `member` 0.
pub fn commute(one: &[Effect], other: &[Effect], circumstances: &Circumstances) -> Verdict {
    let dialects = circumstances.dialects;
    Summary::of(one, dialects).against(&Summary::of(other, dialects), circumstances.premise)
}

/// Whether two blocks of migrations may swap places, each a run of migrations in their order. The
/// `member` of a site is the position within its block.
pub fn commute_blocks(
    one: &[&[Effect]],
    other: &[&[Effect]],
    circumstances: &Circumstances,
) -> Verdict {
    let dialects = circumstances.dialects;
    Summary::of_block(one, dialects)
        .against(&Summary::of_block(other, dialects), circumstances.premise)
}

/// What a migration does, arranged for comparison: made once, compared with many.
#[derive(Debug)]
pub struct Summary<'e> {
    /// One for each dialect; none where nothing is done.
    prints: Vec<Print<'e>>,
    glance: Glance,
}

impl<'e> Summary<'e> {
    /// Of one migration.
    pub fn of(effects: &'e [Effect], dialects: Dialects) -> Self {
        Self::of_block(&[effects], dialects)
    }

    /// Of migrations that run one after another.
    pub fn of_block(block: &[&'e [Effect]], dialects: Dialects) -> Self {
        let prints: Vec<_> = if block.iter().any(|effects| !effects.is_empty()) {
            let print = |dialect| Print::of(block, dialect);
            dialects.iter().map(print).collect()
        } else {
            Vec::new()
        };
        Self {
            glance: Glance::at(&prints),
            prints,
        }
    }

    /// Whether one may change what the other touches, by name. Where it does not, neither needs the other.
    pub fn meets(&self, other: &Self) -> bool {
        self.glance.may_meet(&other.glance)
            && self
                .prints
                .iter()
                .zip(&other.prints)
                .any(|(one, other)| one.meets(other))
    }

    /// Marks of what is changed: whoever does not touch one of them, and the other way round, is not met.
    pub(crate) fn changed(&self) -> impl Iterator<Item = u64> + '_ {
        self.glance.changed.iter()
    }

    /// Marks of all that is touched.
    pub(crate) fn touched(&self) -> impl Iterator<Item = u64> + '_ {
        self.glance.touched.iter()
    }

    /// Whether this one and `other`, made for the same dialects, may swap places.
    pub fn against(&self, other: &Self, premise: Premise) -> Verdict {
        let mut findings = Findings::default();
        if self.glance.may_matter(&other.glance) {
            for (one, other) in self.prints.iter().zip(&other.prints) {
                findings.dialect = one.dialect;
                compare(one, other, premise, &mut findings);
            }
        }
        findings.verdict(premise)
    }
}

fn compare(one: &Print<'_>, other: &Print<'_>, premise: Premise, findings: &mut Findings) {
    if one.is_empty() || other.is_empty() {
        return;
    }
    beyond::not_understood(one, other, findings);
    if one.meets(other) {
        existence::compare(one, other, premise, findings);
        table::compare(one, other, premise, findings);
    }
    beyond::compare(one, other, premise, findings);
}
