//! The Bloom filter of the EU DCC revocation lists for devices.

use super::RevocationError;
use aws_lc_rs::digest::{SHA256, digest};
use hutong_model::limits::REVOCATION_FILTER_BYTES_MAX;

const VERSION: u16 = 1;
const SHA256_HASHES: u8 = 0;
const WORD_BITS: u64 = 32;

/// A Bloom filter: says of everything that was put in that it may be there, and of little else.
///
/// Bit i of k for an element is SHA-256 of the element and the byte i, as a signed big-endian
/// number, modulo the number of bits. Its form (version 1), all big-endian: version (2 bytes), k
/// (1), hash function (1: 0 is SHA-256), false-positive rate (4, IEEE 754), elements planned (4)
/// and put in (4), words (4), then words of 32 bits of which the most significant is the first.
#[derive(Debug, Clone, PartialEq)]
pub struct BloomFilter {
    hashes: u8,
    rate: f32,
    planned: u32,
    added: u32,
    bits: u64,
    bytes: Vec<u8>,
}

impl BloomFilter {
    /// An empty filter of so many bits, k of which are set for an element. None of none.
    pub fn with_bits(bits: u64, hashes: u8) -> Option<Self> {
        let bytes = usize::try_from(bits.div_ceil(8)).ok()?;
        let fits = bits > 0 && hashes > 0 && bytes <= REVOCATION_FILTER_BYTES_MAX;
        fits.then(|| Self { hashes, rate: 1.0, planned: 0, added: 0, bits, bytes: vec![0; bytes] })
    }

    /// An empty filter for so many elements, of which one in `1 / rate` others is wrongly found.
    /// None where it would be larger than permitted, or `rate` is none.
    pub fn for_elements(elements: u32, rate: f32) -> Option<Self> {
        if !(rate > 0.0 && rate <= 1.0) || elements == 0 {
            return None;
        }
        let ln2 = std::f64::consts::LN_2;
        let bits = (-f64::from(elements) * f64::from(rate).ln() / (ln2 * ln2)).ceil() as u64;
        let bits = bits.max(1).next_multiple_of(WORD_BITS);
        let hashes = (bits as f64 / f64::from(elements) * ln2).round().clamp(1.0, 127.0) as u8;
        Some(Self { rate, planned: elements, ..Self::with_bits(bits, hashes)? })
    }

    /// Reads a filter.
    ///
    /// # Errors
    /// [`RevocationError`] naming what is wrong.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, RevocationError> {
        let mut rest = bytes;
        let mut take = || {
            let (word, after) = rest.split_first_chunk::<4>().ok_or(TRUNCATED)?;
            rest = after;
            Ok::<[u8; 4], RevocationError>(*word)
        };
        let [high, low, hashes, function] = take()?;
        if u16::from_be_bytes([high, low]) != VERSION || function != SHA256_HASHES {
            return Err(RevocationError::Form("a filter of another version or hash function"));
        }
        let rate = f32::from_be_bytes(take()?);
        let (planned, added) = (u32::from_be_bytes(take()?), u32::from_be_bytes(take()?));
        let words = u32::from_be_bytes(take()?) as usize;
        if words.saturating_mul(4) > REVOCATION_FILTER_BYTES_MAX {
            return Err(RevocationError::Large);
        }
        if rest.len() != words * 4 {
            return Err(TRUNCATED);
        }
        let filter = Self::with_bits(words as u64 * WORD_BITS, hashes);
        let filter = filter.ok_or(RevocationError::Form("a filter without bits or hashes"))?;
        Ok(Self { rate, planned, added, bytes: rest.to_vec(), ..filter })
    }

    /// Its bytes; None where its bits are no whole words.
    pub fn to_bytes(&self) -> Option<Vec<u8>> {
        let words = u32::try_from(self.bytes.len() / 4).ok()?;
        let whole = self.bits.is_multiple_of(WORD_BITS);
        whole.then(|| {
            let [high, low] = VERSION.to_be_bytes();
            let mut out = vec![high, low, self.hashes, SHA256_HASHES];
            out.extend(self.rate.to_be_bytes());
            for number in [self.planned, self.added, words] {
                out.extend(number.to_be_bytes());
            }
            out.extend(&self.bytes);
            out
        })
    }

    /// Puts an element in.
    pub fn add(&mut self, element: &[u8]) {
        for at in 0..self.hashes {
            let bit = self.bit(element, at);
            // INVARIANT: a bit lies below their number.
            self.bytes[(bit / 8) as usize] |= 0x80 >> (bit % 8);
        }
        self.added = self.added.saturating_add(1);
    }

    /// Whether an element may be there.
    pub fn may_contain(&self, element: &[u8]) -> bool {
        (0..self.hashes).all(|at| self.is_set(self.bit(element, at)))
    }

    /// Whether a bit is set.
    pub fn is_set(&self, bit: u64) -> bool {
        let byte = usize::try_from(bit / 8).ok().and_then(|at| self.bytes.get(at));
        byte.is_some_and(|byte| byte & (0x80 >> (bit % 8)) != 0)
    }

    /// How many bits it has.
    pub fn bits(&self) -> u64 {
        self.bits
    }
    /// How many bits are set for an element.
    pub fn hashes(&self) -> u8 {
        self.hashes
    }

    fn bit(&self, element: &[u8], at: u8) -> u64 {
        let mut input = Vec::with_capacity(element.len() + 1);
        input.extend_from_slice(element);
        input.push(at);
        let digest = digest(&SHA256, &input);
        remainder(digest.as_ref(), self.bits)
    }
}

const TRUNCATED: RevocationError = RevocationError::Form("a filter of another length than it says");

/// A signed big-endian number modulo a positive one, never negative.
fn remainder(number: &[u8], modulus: u64) -> u64 {
    let modulus = u128::from(modulus);
    let step = |rest: u128, byte: &u8| ((rest << 8) | u128::from(*byte)) % modulus;
    let rest = number.iter().fold(0, step);
    let negative = number.first().is_some_and(|first| first & 0x80 != 0);
    // Two's complement stands for the number less 2 to the power of its bits.
    let excess =
        if negative { number.iter().fold(1 % modulus, |r, _| (r << 8) % modulus) } else { 0 };
    ((rest + modulus - excess) % modulus) as u64
}
