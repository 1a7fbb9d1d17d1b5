//! The hashes of RFC 6962 section 2.1, with SHA-256.

use crate::LedgerError;
use aws_lc_rs::digest::{Context, SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::fmt;

/// A SHA-256 hash: of a leaf, of a node of the tree, or of its root.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Hash([u8; Hash::BYTES]);

/// The root of the tree without leaves: SHA-256 of nothing (RFC 6962 section 2.1).
pub const EMPTY_ROOT: Hash = Hash([
    0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24,
    0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
]);

impl Hash {
    /// Bytes of a hash.
    pub const BYTES: usize = 32;
    /// Characters of a hash in Base64: 43 and one of padding.
    const TEXT: usize = 44;

    /// Wraps 32 bytes.
    pub const fn from_bytes(bytes: [u8; Self::BYTES]) -> Self {
        Self(bytes)
    }
    /// The 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; Self::BYTES] {
        &self.0
    }
    /// SHA-256 of the parts, one after the other.
    pub(crate) fn of(parts: &[&[u8]]) -> Self {
        if let [whole] = parts {
            return Self::finished(digest(&SHA256, whole).as_ref());
        }
        let mut context = Context::new(&SHA256);
        parts.iter().for_each(|part| context.update(part));
        Self::finished(context.finish().as_ref())
    }
    fn finished(digest: &[u8]) -> Self {
        let mut bytes = [0; Self::BYTES];
        // INVARIANT: a digest of SHA-256 has 32 bytes.
        bytes.copy_from_slice(digest);
        Self(bytes)
    }
    /// Reads standard Base64 with padding, as checkpoints and proofs have it.
    ///
    /// # Errors
    /// [`LedgerError::Malformed`] for anything but 32 bytes in their one spelling.
    pub fn parse(text: &str) -> Result<Self, LedgerError> {
        let wrong = || LedgerError::Malformed { what: "hash", reason: "not Base64 of 32 bytes" };
        if text.len() != Self::TEXT {
            return Err(wrong());
        }
        let bytes = STANDARD.decode(text).map_err(|_| wrong())?;
        bytes.try_into().map(Self).map_err(|_| wrong())
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&STANDARD.encode(self.0))
    }
}
impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hash({self})")
    }
}
impl serde::Serialize for Hash {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}
impl<'de> serde::Deserialize<'de> for Hash {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(d)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

/// The hash of a leaf: SHA-256 of 0x00 and its bytes (RFC 6962 section 2.1).
pub fn leaf_hash(leaf: &[u8]) -> Hash {
    // Leaves of usual size are hashed in one call, which costs less than two.
    const USUAL: usize = 512;
    let mut whole = [0; USUAL];
    match whole.get_mut(1..=leaf.len()) {
        Some(place) => {
            place.copy_from_slice(leaf);
            Hash::of(&[&whole[..=leaf.len()]])
        }
        None => Hash::of(&[&[0], leaf]),
    }
}

/// The hash of a node: SHA-256 of 0x01, the left and the right hash (RFC 6962 section 2.1).
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    let mut whole = [1; 1 + 2 * Hash::BYTES];
    whole[1..=Hash::BYTES].copy_from_slice(&left.0);
    whole[1 + Hash::BYTES..].copy_from_slice(&right.0);
    Hash::of(&[&whole])
}

/// How many of two or more leaves lie in the left half: the largest power of two below their number
/// (RFC 6962 section 2.1).
pub(crate) fn left_half(leaves: u64) -> u64 {
    1 << leaves.saturating_sub(1).max(1).ilog2()
}

/// The root of a subtree from the hashes on one of its levels: all complete, the last ones fewer.
/// The same rule as for leaves: the left half is the largest power of two below the number.
pub(crate) fn fold(hashes: &[Hash]) -> Hash {
    match hashes {
        [] => EMPTY_ROOT,
        [one] => *one,
        [left, right] => node_hash(left, right),
        _ => {
            let (left, right) = hashes.split_at(hashes.len().next_power_of_two() / 2);
            node_hash(&fold(left), &fold(right))
        }
    }
}
