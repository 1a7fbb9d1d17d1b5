//! The keys of a store: master keys that seal, and the key of the blind index.

use aws_lc_rs::hmac;
use hutong_model::{Document, Entropy, RegionCode, limits::STORE_KEYS_MAX};
use zeroize::{Zeroize, Zeroizing};

/// Why a text holds no keys. Carries no part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// A line is not `ID:HEX` with a number and 64 hexadecimal digits.
    #[error("line {0} is not ID:HEX, a number and 64 hexadecimal digits")]
    Line(usize),
    /// Two keys have the same id.
    #[error("the key id {0} is there twice")]
    Repeated(u32),
    /// No key at all.
    #[error("there is no key")]
    Empty,
    /// More keys than `limits::STORE_KEYS_MAX`.
    #[error("there are too many keys")]
    TooMany,
    /// Not 64 hexadecimal digits.
    #[error("expected 64 hexadecimal digits")]
    Hex,
}

/// One master key.
pub(super) struct MasterKey {
    pub(super) id: u32,
    pub(super) bytes: Zeroizing<[u8; 32]>,
}

/// Master keys, the newest first. The newest seals, all open.
pub struct KeyRing {
    keys: Vec<MasterKey>,
}

impl KeyRing {
    /// A ring of one new key, with id 1.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        Self { keys: vec![MasterKey { id: 1, bytes: random_key(entropy) }] }
    }

    /// Reads a key file: one `ID:HEX` on each line, the newest first. Empty lines and lines that
    /// begin with `#` are passed over.
    ///
    /// # Errors
    /// [`KeyError`], which names the line and never what is on it.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let mut keys: Vec<MasterKey> = Vec::new();
        for (number, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (id, key) = line.split_once(':').ok_or(KeyError::Line(number + 1))?;
            let id: u32 = id.parse().map_err(|_| KeyError::Line(number + 1))?;
            let bytes = parse_key(key).map_err(|_| KeyError::Line(number + 1))?;
            if keys.iter().any(|key| key.id == id) {
                return Err(KeyError::Repeated(id));
            }
            keys.push(MasterKey { id, bytes });
        }
        match keys.len() {
            0 => Err(KeyError::Empty),
            n if n > STORE_KEYS_MAX => Err(KeyError::TooMany),
            _ => Ok(Self { keys }),
        }
    }

    /// The key file that [`KeyRing::parse`] reads.
    pub fn format(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(self.keys.len() * 80));
        for key in &self.keys {
            let hex = Zeroizing::new(hex::encode(*key.bytes));
            text.push_str(&format!("{}:", key.id));
            text.push_str(&hex);
            text.push('\n');
        }
        text
    }

    /// Adds a new key in front: from now on it seals, and the former ones still open. Returns its
    /// id.
    ///
    /// # Errors
    /// [`KeyError::TooMany`] where the ring is full: first re-seal what is old and drop old keys.
    pub fn rotate(&mut self, entropy: &dyn Entropy) -> Result<u32, KeyError> {
        if self.keys.len() >= STORE_KEYS_MAX {
            return Err(KeyError::TooMany);
        }
        let newest = self.keys.iter().map(|key| key.id).max().unwrap_or(0);
        let id = newest.checked_add(1).ok_or(KeyError::TooMany)?;
        self.keys.insert(0, MasterKey { id, bytes: random_key(entropy) });
        Ok(id)
    }

    /// Drops every key but the newest. Do so only when everything has been re-sealed.
    pub fn retain_newest(&mut self) {
        self.keys.truncate(1);
    }

    /// The ids, the newest first.
    pub fn ids(&self) -> Vec<u32> {
        self.keys.iter().map(|key| key.id).collect()
    }

    pub(super) fn keys(&self) -> &[MasterKey] {
        &self.keys
    }
}

/// The key of the blind index: documents are found by a keyed hash of them, never by themselves.
/// It cannot be rotated without rebuilding the index.
pub struct BlindKey {
    bytes: Zeroizing<[u8; 32]>,
    key: hmac::Key,
}

impl BlindKey {
    /// A new key.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        Self::from_bytes(random_key(entropy))
    }

    /// Reads 64 hexadecimal digits.
    ///
    /// # Errors
    /// [`KeyError::Hex`] for anything else.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        parse_key(text.trim()).map(Self::from_bytes)
    }

    /// The text that [`BlindKey::parse`] reads.
    pub fn format(&self) -> Zeroizing<String> {
        Zeroizing::new(hex::encode(*self.bytes))
    }

    fn from_bytes(bytes: Zeroizing<[u8; 32]>) -> Self {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &*bytes);
        Self { bytes, key }
    }

    /// The first 16 bytes of HMAC-SHA256 over [`Document::key`].
    pub fn blind(&self, document: &Document) -> [u8; 16] {
        let mut text = document.key();
        let blind = self.mac(text.as_bytes());
        text.zeroize();
        blind
    }

    /// The first 16 bytes of HMAC-SHA256 over the code of a region.
    pub(crate) fn blind_place(&self, region: &RegionCode) -> [u8; 16] {
        self.mac(format!("hutong place {region}").as_bytes())
    }

    /// A value by which a store knows whether it is opened with the key it was made with.
    pub(crate) fn check(&self) -> [u8; 16] {
        self.mac(b"hutong blind index check")
    }

    fn mac(&self, text: &[u8]) -> [u8; 16] {
        let tag = hmac::sign(&self.key, text);
        let mut blind = [0; 16];
        blind.copy_from_slice(&tag.as_ref()[..16]);
        blind
    }
}

impl std::fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "KeyRing({:?})", self.ids())
    }
}
impl std::fmt::Debug for BlindKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("BlindKey")
    }
}

fn random_key(entropy: &dyn Entropy) -> Zeroizing<[u8; 32]> {
    let mut bytes = Zeroizing::new([0; 32]);
    entropy.fill(&mut *bytes);
    bytes
}

fn parse_key(text: &str) -> Result<Zeroizing<[u8; 32]>, KeyError> {
    let mut bytes = Zeroizing::new([0; 32]);
    hex::decode_to_slice(text.trim(), &mut *bytes).map_err(|_| KeyError::Hex)?;
    Ok(bytes)
}
