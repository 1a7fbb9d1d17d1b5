//! Sealing at rest: AES-256-GCM, bound to table, row and column.
//!
//! A sealed value is key id (4 bytes, big-endian), nonce (12), body, tag (16). What it is bound to
//! is authenticated with it, so that a value moved to another row, column or table does not open.
//! Not covered: putting an older value back into its own place.
//!
//! Each table has 256 keys below each master key, chosen by the first byte of the row's id and
//! derived by HKDF-SHA256 (RFC 5869), so that no AES key comes near the number of messages that
//! random nonces allow (2^32, NIST SP 800-38D §8.3).

mod keys;
mod places;

pub use keys::{BlindKey, KeyError, KeyRing};
pub(crate) use places::{
    SEAL_CHECK, access_place, document_place, document_row, feed_place, setting_place,
    standing_place, standing_row,
};

use crate::StoreError;
use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    hkdf::{HKDF_SHA256, Prk, Salt},
};
use hutong_model::Entropy;
use parking_lot::Mutex;
use std::sync::{Arc, OnceLock};

/// Bytes before the body: key id and nonce.
pub(crate) const HEAD_BYTES: usize = 16;
const TAG_BYTES: usize = 16;
const NONCE_BYTES: usize = 12;
/// Random bytes fetched at once for nonces.
const NONCE_BUFFER_BYTES: usize = NONCE_BYTES * 512;

/// Tables that hold sealed values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Table {
    Entry,
    Access,
    Feed,
    Document,
    Setting,
    Meta,
    Standing,
}

impl Table {
    const COUNT: usize = 7;

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Entry => "entry",
            Self::Access => "access",
            Self::Feed => "feed",
            Self::Document => "document",
            Self::Setting => "setting",
            Self::Meta => "meta",
            Self::Standing => "standing",
        }
    }
}

/// The place that a sealed value belongs to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) table: Table,
    pub(crate) row: &'a [u8],
    pub(crate) column: &'static str,
}

impl Place<'_> {
    /// What is authenticated: each part preceded by its length, so that no two places are alike.
    fn bound(&self) -> Vec<u8> {
        let table = self.table.name().as_bytes();
        let mut bound = Vec::with_capacity(table.len() + self.row.len() + self.column.len() + 12);
        for part in [table, self.row, self.column.as_bytes()] {
            bound.extend_from_slice(&(part.len() as u32).to_be_bytes());
            bound.extend_from_slice(part);
        }
        bound
    }

    fn failed(&self) -> StoreError {
        StoreError::Sealed { table: self.table.name() }
    }
}

/// One master key with the keys derived from it so far.
struct Derived {
    id: u32,
    root: Prk,
    keys: Box<[OnceLock<LessSafeKey>]>,
}

/// Seals and opens values.
pub(crate) struct Sealer {
    ring: Vec<Derived>,
    entropy: Arc<dyn Entropy>,
    nonces: Mutex<Nonces>,
}

struct Nonces {
    bytes: Box<[u8; NONCE_BUFFER_BYTES]>,
    used: usize,
}

impl Sealer {
    pub(crate) fn new(ring: &KeyRing, entropy: Arc<dyn Entropy>) -> Self {
        let salt = Salt::new(HKDF_SHA256, b"hutong store sealing 1");
        let ring = ring
            .keys()
            .iter()
            .map(|key| Derived {
                id: key.id,
                root: salt.extract(&*key.bytes),
                keys: (0..Table::COUNT * 256).map(|_| OnceLock::new()).collect(),
            })
            .collect();
        let nonces = Nonces { bytes: Box::new([0; NONCE_BUFFER_BYTES]), used: NONCE_BUFFER_BYTES };
        Self { ring, entropy, nonces: Mutex::new(nonces) }
    }

    /// A buffer to write the plain value into, ready for [`Sealer::seal`].
    pub(crate) fn buffer(capacity: usize) -> Vec<u8> {
        let mut buffer = Vec::with_capacity(HEAD_BYTES + capacity + TAG_BYTES);
        buffer.resize(HEAD_BYTES, 0);
        buffer
    }

    /// Seals, in place, what was appended to a buffer made by [`Sealer::buffer`].
    pub(crate) fn seal(
        &self,
        place: Place<'_>,
        mut buffer: Vec<u8>,
    ) -> Result<Vec<u8>, StoreError> {
        let newest = self.ring.first().ok_or_else(|| place.failed())?;
        let nonce = self.nonce();
        buffer[..4].copy_from_slice(&newest.id.to_be_bytes());
        buffer[4..HEAD_BYTES].copy_from_slice(&nonce);
        let tag = newest
            .key(place)?
            .seal_in_place_separate_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(place.bound()),
                &mut buffer[HEAD_BYTES..],
            )
            .map_err(|_| place.failed())?;
        buffer.extend_from_slice(tag.as_ref());
        Ok(buffer)
    }

    /// Seals a value.
    pub(crate) fn seal_slice(&self, place: Place<'_>, plain: &[u8]) -> Result<Vec<u8>, StoreError> {
        let mut buffer = Self::buffer(plain.len());
        buffer.extend_from_slice(plain);
        self.seal(place, buffer)
    }

    /// Opens a sealed value.
    pub(crate) fn open(&self, place: Place<'_>, sealed: &[u8]) -> Result<Vec<u8>, StoreError> {
        let mut plain = Vec::new();
        self.open_behind(place, sealed, &mut plain, 0)?;
        Ok(plain)
    }

    /// Opens a sealed value into a buffer that is used again and again, behind so many bytes that
    /// are the caller's.
    pub(crate) fn open_behind(
        &self,
        place: Place<'_>,
        sealed: &[u8],
        plain: &mut Vec<u8>,
        room: usize,
    ) -> Result<(), StoreError> {
        let head = sealed.get(..HEAD_BYTES).ok_or_else(|| place.failed())?;
        let body_end = sealed.len().checked_sub(TAG_BYTES).filter(|end| *end >= HEAD_BYTES);
        let body_end = body_end.ok_or_else(|| place.failed())?;
        let id = key_id(sealed).ok_or_else(|| place.failed())?;
        let key = self.ring.iter().find(|key| key.id == id).ok_or_else(|| place.failed())?;
        let mut nonce = [0; NONCE_BYTES];
        nonce.copy_from_slice(&head[4..]);
        plain.resize(room + body_end - HEAD_BYTES, 0);
        key.key(place)?
            .open_separate_gather(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(place.bound()),
                &sealed[HEAD_BYTES..body_end],
                &sealed[body_end..],
                &mut plain[room..],
            )
            .map_err(|_| place.failed())
    }

    /// Whether a value was sealed by the newest key.
    pub(crate) fn is_newest(&self, sealed: &[u8]) -> bool {
        key_id(sealed).is_some_and(|id| self.ring.first().is_some_and(|key| key.id == id))
    }

    fn nonce(&self) -> [u8; NONCE_BYTES] {
        let mut nonces = self.nonces.lock();
        if nonces.used == NONCE_BUFFER_BYTES {
            self.entropy.fill(&mut *nonces.bytes);
            nonces.used = 0;
        }
        let mut nonce = [0; NONCE_BYTES];
        let from = nonces.used;
        nonce.copy_from_slice(&nonces.bytes[from..from + NONCE_BYTES]);
        nonces.used += NONCE_BYTES;
        nonce
    }
}

impl Derived {
    fn key(&self, place: Place<'_>) -> Result<&LessSafeKey, StoreError> {
        let first = place.row.first().copied().unwrap_or(0);
        let slot = &self.keys[place.table as usize * 256 + usize::from(first)];
        if let Some(key) = slot.get() {
            return Ok(key);
        }
        let info: [&[u8]; 2] = [place.table.name().as_bytes(), &[first]];
        let key = self
            .root
            .expand(&info, &AES_256_GCM)
            .map(|okm| LessSafeKey::new(UnboundKey::from(okm)))
            .map_err(|_| place.failed())?;
        Ok(slot.get_or_init(|| key))
    }
}

fn key_id(sealed: &[u8]) -> Option<u32> {
    sealed.get(..4)?.try_into().ok().map(u32::from_be_bytes)
}
