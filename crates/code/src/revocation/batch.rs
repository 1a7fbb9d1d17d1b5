//! Hash-list batches of the EU DCC gateway.

use super::{HashKind, PartialHash, RevocationError};
use base64::{Engine, engine::general_purpose::STANDARD};
use hutong_model::{
    Timestamp,
    limits::{REVOCATION_BATCH_ENTRIES_MAX, REVOCATION_LIST_BYTES_MAX},
};
use serde::Deserialize;
use std::borrow::Cow;

/// What a batch says in place of a key id when it is for all keys of its country.
const ANY_KEY: &str = "UNKNOWN_KID";

/// Certificates that a country takes back, by their hashes (EU DCC Gateway, revocation batch:
/// `country`, `expires`, `kid`, `hashType`, `entries` with a base64 `hash` each).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    pub(super) country: Box<str>,
    pub(super) expires: Timestamp,
    pub(super) key_id: Option<Box<[u8]>>,
    pub(super) kind: HashKind,
    pub(super) hashes: Vec<PartialHash>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document<'d> {
    #[serde(borrow)]
    country: Cow<'d, str>,
    expires: Timestamp,
    #[serde(borrow)]
    kid: Cow<'d, str>,
    #[serde(borrow)]
    hash_type: Cow<'d, str>,
    #[serde(borrow)]
    entries: Vec<Entry<'d>>,
}

#[derive(Deserialize)]
struct Entry<'d> {
    #[serde(borrow)]
    hash: Cow<'d, str>,
}

impl Batch {
    /// Reads a batch that was signed by a country; it must name that country.
    ///
    /// # Errors
    /// [`RevocationError`] naming what is wrong.
    pub fn parse(json: &str, signer: &str) -> Result<Self, RevocationError> {
        if json.len() > REVOCATION_LIST_BYTES_MAX {
            return Err(RevocationError::Large);
        }
        let document: Document<'_> =
            serde_json::from_str(json).map_err(|_| RevocationError::Form("not a batch"))?;
        if document.country != signer {
            let (named, from) = ((&*document.country).into(), signer.into());
            return Err(RevocationError::Owner { named, from });
        }
        if document.entries.len() > REVOCATION_BATCH_ENTRIES_MAX {
            return Err(RevocationError::Large);
        }
        let kind = HashKind::parse(&document.hash_type).filter(|kind| *kind != HashKind::Token);
        let key_id = match &*document.kid {
            ANY_KEY => None,
            kid => Some(STANDARD.decode(kid).map_err(|_| RevocationError::Form("kid"))?.into()),
        };
        let hash = |entry: &Entry<'_>| {
            let bytes = STANDARD.decode(&*entry.hash).ok();
            let whole = bytes.as_deref().filter(|bytes| matches!(bytes.len(), 16 | 32));
            whole.and_then(PartialHash::of_hash).ok_or(RevocationError::Form("hash"))
        };
        Ok(Self {
            country: (&*document.country).into(),
            expires: document.expires,
            key_id,
            kind: kind.ok_or(RevocationError::Form("hashType"))?,
            hashes: document.entries.iter().map(hash).collect::<Result<_, _>>()?,
        })
    }

    /// Whose certificates it is about.
    pub fn country(&self) -> &str {
        &self.country
    }
    /// When the last of its certificates has run out by itself.
    pub fn expires(&self) -> Timestamp {
        self.expires
    }
    /// The key that signed its certificates; None for any.
    pub fn key_id(&self) -> Option<&[u8]> {
        self.key_id.as_deref()
    }
    /// What was hashed.
    pub fn kind(&self) -> HashKind {
        self.kind
    }
    /// The hashes.
    pub fn hashes(&self) -> &[PartialHash] {
        &self.hashes
    }
}
