//! Whether two migrations may matter to each other at all: most pairs of a large plan do not, and this is how they cost
//! next to nothing.

use super::footprint::{Marks, Print};
use super::{beyond, chosen};

/// What all dialects' prints of a migration have in common to be seen at once: never less than what one of them has.
#[derive(Debug, Default)]
pub(super) struct Glance {
    pub(super) changed: Marks,
    pub(super) touched: Marks,
    reaches: u64,
    /// What another migration must reach for, for one of the rules of [`beyond`] to be met.
    partners: u64,
    /// It is compared by more than marks and rules: something is not understood, or the server chooses names.
    is_special: bool,
}

impl Glance {
    pub(super) fn at(prints: &[Print<'_>]) -> Self {
        let mut glance = Self::default();
        for print in prints {
            glance.changed.extend(&print.changed);
            glance.touched.extend(&print.touched);
            glance.reaches |= print.reaches;
            glance.is_special |= !print.dark.is_empty() || chosen::plays_a_part(print);
        }
        glance.changed.close();
        glance.touched.close();
        glance.partners = beyond::partners(glance.reaches);
        glance
    }

    /// Whether one may change what the other touches, by name.
    pub(super) fn may_meet(&self, other: &Self) -> bool {
        self.changed.meet(&other.touched) || self.touched.meet(&other.changed)
    }

    /// Whether a comparison may find anything.
    pub(super) fn may_matter(&self, other: &Self) -> bool {
        self.is_special
            || other.is_special
            || self.partners & other.reaches != 0
            || self.may_meet(other)
    }
}
