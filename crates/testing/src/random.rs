//! Pseudo-random numbers for generated cases.

/// A generator whose numbers are the same everywhere (`SplitMix64`), so that every run makes the same cases.
#[derive(Debug, Clone)]
pub struct Random(pub u64);

impl Random {
    /// The next number, any of them equally likely.
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `limit`.
    pub fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.number() % limit as u64).expect("less than a usize")
    }
}
