//! Hashes shortened to as many bits as the rate of wrong answers asks for, sorted, and written as
//! the gaps between them: smaller than a Bloom filter of the same rate, and, unlike one, possible
//! to add to and take from.

use super::{PartialHash, RevocationError};
use hutong_model::limits::REVOCATION_ENTRIES_MAX;

const BITS_MIN: u8 = 8;
const BITS_MAX: u8 = 64;
const COUNT_BYTES: usize = 4;
const TRUNCATED: RevocationError = RevocationError::Form("fewer hashes than it says");

/// The first bits of hashes, from 8 to 64, sorted, each once. One in 2 to the power of the bits,
/// divided by how many they are, of other hashes is wrongly found.
///
/// Its form: how many (4 bytes, big-endian), then for each the gap to the one before, less one, in
/// Rice code (the quotient by 2 to the power of k in ones, a zero, then k bits), most significant
/// bit first. k follows from bits and count ([`rice`]).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shortened {
    bits: u8,
    values: Vec<u64>,
}

impl Shortened {
    /// Of these hashes, shortened to so many bits.
    pub(super) fn of(hashes: impl IntoIterator<Item = PartialHash>, bits: u8) -> Self {
        let bits = bits.clamp(BITS_MIN, BITS_MAX);
        let mut values: Vec<u64> = hashes.into_iter().map(|hash| first(&hash, bits)).collect();
        values.sort_unstable();
        values.dedup();
        Self { bits, values }
    }

    /// The fewest bits at which no more than one in `one_in` other hashes is wrongly found.
    pub(super) fn bits_for(count: usize, one_in: u64) -> u8 {
        let bits = (count.max(1) as f64).log2() + (one_in.max(1) as f64).log2();
        bits.ceil().clamp(f64::from(BITS_MIN), f64::from(BITS_MAX)) as u8
    }

    /// A number of bits that is permitted.
    pub(super) fn known_bits(bits: u64) -> Option<u8> {
        u8::try_from(bits).ok().filter(|bits| (BITS_MIN..=BITS_MAX).contains(bits))
    }

    /// Whether a hash that begins like this one is there.
    pub(super) fn may_contain(&self, hash: &PartialHash) -> bool {
        self.values.binary_search(&first(hash, self.bits)).is_ok()
    }

    pub(super) fn len(&self) -> usize {
        self.values.len()
    }
    pub(super) fn is_empty(&self) -> bool {
        self.values.is_empty()
    }
    pub(super) fn values(&self) -> &[u64] {
        &self.values
    }

    /// What this list has and the other has not.
    pub(super) fn without(&self, other: &Self) -> Self {
        let mut others = other.values.iter().peekable();
        let missing = |own: &&u64| {
            while others.next_if(|next| next < own).is_some() {}
            others.peek() != Some(own)
        };
        Self { bits: self.bits, values: self.values.iter().filter(missing).copied().collect() }
    }

    /// All of both.
    pub(super) fn with(&self, other: &Self) -> Self {
        let mut values = [&*self.values, &other.values].concat();
        values.sort_unstable();
        values.dedup();
        Self { bits: self.bits, values }
    }

    /// Its bytes.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        // INVARIANT: limits keep the count below 2 to the power of 32.
        let count = u32::try_from(self.len()).unwrap_or(u32::MAX);
        let mut out = Writer { bytes: count.to_be_bytes().to_vec(), free: 0 };
        let k = rice(self.bits, self.len());
        let mut next = 0;
        for value in &self.values {
            let gap = value - next;
            (0..gap >> k).for_each(|_| out.put(true));
            out.put(false);
            (0..k).rev().for_each(|bit| out.put(gap >> bit & 1 == 1));
            next = value.wrapping_add(1);
        }
        out.bytes
    }

    /// Reads them.
    pub(super) fn from_bytes(bytes: &[u8], bits: u8) -> Result<Self, RevocationError> {
        let (count, rest) = bytes.split_first_chunk::<COUNT_BYTES>().ok_or(TRUNCATED)?;
        let count = u32::from_be_bytes(*count) as usize;
        if count > REVOCATION_ENTRIES_MAX {
            return Err(RevocationError::Large);
        }
        let k = rice(bits, count);
        // Each takes a bit at least, and k more.
        if count.saturating_mul(1 + k as usize) > rest.len().saturating_mul(8) {
            return Err(TRUNCATED);
        }
        let (mut input, mut values) = (Reader { bytes: rest, at: 0 }, Vec::with_capacity(count));
        let mut next = 0_u128;
        for _ in 0..count {
            let value = next + input.gap(k)?;
            let value = u64::try_from(value).ok().filter(|value| value >> (bits - 1) <= 1);
            let value = value.ok_or(RevocationError::Form("a hash of more bits than it says"))?;
            values.push(value);
            next = u128::from(value) + 1;
        }
        if !input.is_at_end() {
            return Err(RevocationError::Form("more hashes than it says"));
        }
        Ok(Self { bits, values })
    }
}

fn first(hash: &PartialHash, bits: u8) -> u64 {
    let [first, ..] = hash.as_bytes().as_chunks::<8>().0 else { return 0 };
    u64::from_be_bytes(*first) >> (BITS_MAX - bits)
}

/// The parameter with which gaps are shortest, the hashes being spread evenly.
fn rice(bits: u8, count: usize) -> u32 {
    let mean = (1_u128 << bits) / (count.max(1) as u128);
    // The mean by the natural logarithm of two.
    (mean * 69 / 100).max(1).ilog2()
}

struct Writer {
    bytes: Vec<u8>,
    /// Bits of the last byte that are not written yet.
    free: u32,
}

impl Writer {
    fn put(&mut self, bit: bool) {
        if self.free == 0 {
            self.bytes.push(0);
            self.free = 8;
        }
        self.free -= 1;
        if let Some(last) = self.bytes.last_mut() {
            *last |= u8::from(bit) << self.free;
        }
    }
}

struct Reader<'b> {
    bytes: &'b [u8],
    at: usize,
}

impl Reader<'_> {
    fn bit(&mut self) -> Result<bool, RevocationError> {
        let byte = self.bytes.get(self.at / 8).ok_or(TRUNCATED)?;
        let bit = byte << (self.at % 8) & 0x80 != 0;
        self.at += 1;
        Ok(bit)
    }

    fn gap(&mut self, k: u32) -> Result<u128, RevocationError> {
        let mut quotient = 0_u128;
        while self.bit()? {
            quotient += 1;
        }
        // INVARIANT: the quotient is less than the bits of the input, and k at most 64.
        let mut gap = quotient;
        for _ in 0..k {
            gap = gap << 1 | u128::from(self.bit()?);
        }
        Ok(gap)
    }

    /// Whether nothing but zeros is left of the last byte.
    fn is_at_end(&self) -> bool {
        let rest = self.bytes.get(self.at / 8).map_or(0, |byte| byte << (self.at % 8));
        self.at.div_ceil(8) == self.bytes.len() && (self.at.is_multiple_of(8) || rest == 0)
    }
}
