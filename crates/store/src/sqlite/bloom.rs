//! A filter that says "certainly not here" for keys that are already uniformly distributed (ids and
//! keyed hashes). Blocks of one cache line, so that a look-up costs one memory access.

use super::run_index::Key;

const WORDS: usize = 8;
/// Bits for each key: about one false answer in a hundred.
const BITS_PER_KEY: u64 = 10;
const PROBES: u32 = 6;

/// A blocked Bloom filter.
#[derive(Debug, Clone)]
pub(super) struct Bloom {
    blocks: Vec<[u64; WORDS]>,
}

impl Bloom {
    pub(super) fn for_keys(keys: u64) -> Self {
        let bits = keys.saturating_mul(BITS_PER_KEY).max(512);
        let blocks = bits.div_ceil(512);
        Self { blocks: vec![[0; WORDS]; usize::try_from(blocks).unwrap_or(usize::MAX)] }
    }

    fn probes(&self, key: &Key) -> (usize, u64) {
        let (high, low) = key.split_at(8);
        let number = |bytes: &[u8]| u64::from_le_bytes(bytes.try_into().unwrap_or([0; 8]));
        let block = (u128::from(number(high)) * self.blocks.len() as u128) >> 64;
        (block as usize, number(low))
    }

    pub(super) fn insert(&mut self, key: &Key) {
        let (block, mut bits) = self.probes(key);
        for _ in 0..PROBES {
            let bit = (bits & 511) as usize;
            self.blocks[block][bit / 64] |= 1 << (bit % 64);
            bits >>= 9;
        }
    }

    pub(super) fn may_hold(&self, key: &Key) -> bool {
        let (block, mut bits) = self.probes(key);
        (0..PROBES).all(|_| {
            let bit = (bits & 511) as usize;
            bits >>= 9;
            self.blocks[block][bit / 64] & (1 << (bit % 64)) != 0
        })
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        self.blocks.iter().flatten().flat_map(|word| word.to_le_bytes()).collect()
    }

    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        if bytes.is_empty() || !bytes.len().is_multiple_of(WORDS * 8) {
            return None;
        }
        let word = |chunk: &[u8]| u64::from_le_bytes(chunk.try_into().unwrap_or([0; 8]));
        let blocks = bytes
            .chunks_exact(WORDS * 8)
            .map(|block| {
                let mut words = [0; WORDS];
                for (at, chunk) in block.chunks_exact(8).enumerate() {
                    words[at] = word(chunk);
                }
                words
            })
            .collect();
        Some(Self { blocks })
    }
}
