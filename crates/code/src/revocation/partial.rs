//! The EU's variable hash list: sorted beginnings of hashes.

use super::{PartialHash, RevocationError};
use hutong_model::limits::REVOCATION_FILTER_BYTES_MAX;

const WIDTH_MAX: usize = 16;

/// The first bytes of hashes, sorted: one in 256 to the power of the width, divided by how many
/// they are, of other hashes is wrongly found.
///
/// Its form: the width (1 byte), then that many bytes for each (EU DCC variable hash list).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartialHashes {
    width: u8,
    /// Sorted, each once.
    packed: Vec<u8>,
}

impl PartialHashes {
    /// Of these hashes, with this width in bytes, from 1 to 16.
    pub fn of(hashes: impl IntoIterator<Item = PartialHash>, width: u8) -> Self {
        let width = width.clamp(1, WIDTH_MAX as u8);
        let mut hashes: Vec<PartialHash> = hashes.into_iter().collect();
        hashes.sort_unstable();
        let mut packed = Vec::with_capacity(hashes.len() * usize::from(width));
        let mut last: Option<&[u8]> = None;
        for hash in &hashes {
            let first = &hash.as_bytes()[..usize::from(width)];
            if last != Some(first) {
                packed.extend_from_slice(first);
            }
            last = Some(first);
        }
        Self { width, packed }
    }

    /// The least width at which no more than one in `one_in` other hashes is wrongly found.
    pub fn width_for(count: usize, one_in: u64) -> u8 {
        let bits = (count.max(1) as f64).log2() + (one_in.max(1) as f64).log2();
        (bits / 8.0).ceil().clamp(1.0, WIDTH_MAX as f64) as u8
    }

    /// Reads a list. It need not be sorted: published ones are in the order of signed numbers.
    ///
    /// # Errors
    /// [`RevocationError`] naming what is wrong.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, RevocationError> {
        if bytes.len() > REVOCATION_FILTER_BYTES_MAX {
            return Err(RevocationError::Large);
        }
        let (&width, packed) =
            bytes.split_first().ok_or(RevocationError::Form("an empty hash list"))?;
        let known = (1..=WIDTH_MAX).contains(&usize::from(width));
        if !known || packed.len() % usize::from(width) != 0 {
            return Err(RevocationError::Form("hashes of another width than it says"));
        }
        let mut list: Vec<&[u8]> = packed.chunks_exact(usize::from(width)).collect();
        if !list.is_sorted_by(|a, b| a < b) {
            list.sort_unstable();
            list.dedup();
            return Ok(Self { width, packed: list.concat() });
        }
        Ok(Self { width, packed: packed.to_vec() })
    }

    /// Its bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        [&[self.width], &*self.packed].concat()
    }

    /// Whether a hash that begins like this one is there.
    pub fn may_contain(&self, hash: &PartialHash) -> bool {
        let width = usize::from(self.width);
        let wanted = &hash.as_bytes()[..width];
        let (mut from, mut to) = (0, self.len());
        while from < to {
            let middle = usize::midpoint(from, to);
            match self.packed[middle * width..][..width].cmp(wanted) {
                std::cmp::Ordering::Less => from = middle + 1,
                std::cmp::Ordering::Greater => to = middle,
                std::cmp::Ordering::Equal => return true,
            }
        }
        false
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.packed.len() / usize::from(self.width)
    }
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.packed.is_empty()
    }
    /// How many bytes of each hash are kept.
    pub fn width(&self) -> u8 {
        self.width
    }
    /// The beginnings, sorted.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        self.packed.chunks_exact(usize::from(self.width))
    }
}
