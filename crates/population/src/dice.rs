//! Chance, the same on every machine and in every version of the libraries used: one named
//! algorithm (xoshiro256++), and our own way from its numbers to choices.

use rand::{Rng, SeedableRng, rngs::Xoshiro256PlusPlus};

pub(crate) struct Dice(Xoshiro256PlusPlus);

impl Dice {
    /// The dice of one person for one purpose, independent of all others.
    pub(crate) fn new(seed: u64, person: u64, purpose: u64) -> Self {
        let mixed = mix(mix(seed ^ mix(purpose)).wrapping_add(person));
        Self(Xoshiro256PlusPlus::seed_from_u64(mixed))
    }

    /// A number below `n` (0 where `n` is 0).
    pub(crate) fn below(&mut self, n: u64) -> u64 {
        let product = u128::from(self.0.next_u64()) * u128::from(n);
        u64::try_from(product >> 64).unwrap_or(0)
    }

    /// A number from `low` to `high`, both included.
    pub(crate) fn between(&mut self, low: i32, high: i32) -> i32 {
        let span = u64::from(high.abs_diff(low)) + 1;
        low + i32::try_from(self.below(span)).unwrap_or(0)
    }

    /// True in this share of cases.
    pub(crate) fn chance(&mut self, share: f64) -> bool {
        // 53 bits: as many as a float holds exactly.
        let unit = (self.0.next_u64() >> 11) as f64 / (1_u64 << 53) as f64;
        unit < share
    }

    /// One of a list that is not empty.
    pub(crate) fn pick<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        let place = usize::try_from(self.below(list.len() as u64)).unwrap_or(0);
        &list[place]
    }

    /// The place in a list of weights, as often as its weight says.
    pub(crate) fn weighted(&mut self, weights: impl Iterator<Item = u32> + Clone) -> usize {
        let mut left = self.below(weights.clone().map(u64::from).sum());
        for (place, weight) in weights.enumerate() {
            match left.checked_sub(u64::from(weight)) {
                Some(rest) => left = rest,
                None => return place,
            }
        }
        0
    }
}

/// The finalizer of splitmix64.
fn mix(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}
