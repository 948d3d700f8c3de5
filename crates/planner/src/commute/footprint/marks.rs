//! Which names a migration touches, as numbers: most pairs have none in common, which is seen at once.

use std::cmp::Ordering;
use std::hash::{DefaultHasher, Hash, Hasher as _};

pub(super) fn mark(named: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    named.hash(&mut hasher);
    hasher.finish()
}

/// A set of marks that is quickly told from another.
#[derive(Debug, Default)]
pub(in crate::commute) struct Marks {
    sorted: Vec<u64>,
    /// A bit for each: sets without a bit in common have nothing in common.
    bits: [u64; 8],
}

impl Marks {
    pub(super) fn push(&mut self, mark: u64) {
        self.sorted.push(mark);
        let word = usize::try_from((mark >> 6) % 8).unwrap_or_default();
        self.bits[word] |= 1 << (mark % 64);
    }

    pub(in crate::commute) fn extend(&mut self, other: &Self) {
        self.sorted.extend(&other.sorted);
        for (word, more) in self.bits.iter_mut().zip(other.bits) {
            *word |= more;
        }
    }

    /// After the last mark.
    pub(in crate::commute) fn close(&mut self) {
        self.sorted.sort_unstable();
        self.sorted.dedup();
    }

    pub(in crate::commute) fn iter(&self) -> impl Iterator<Item = u64> + '_ {
        self.sorted.iter().copied()
    }

    pub(in crate::commute) fn meet(&self, other: &Self) -> bool {
        let may = self
            .bits
            .iter()
            .zip(&other.bits)
            .any(|(one, other)| one & other != 0);
        may && have_one_in_common(&self.sorted, &other.sorted)
    }
}

/// Of two lists in order.
fn have_one_in_common(one: &[u64], other: &[u64]) -> bool {
    let (mut at, mut there) = (0, 0);
    while at < one.len() && there < other.len() {
        match one[at].cmp(&other[there]) {
            Ordering::Less => at += 1,
            Ordering::Greater => there += 1,
            Ordering::Equal => return true,
        }
    }
    false
}
