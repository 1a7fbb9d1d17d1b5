//! The trust list: whose keys count for what, which region is served by whom, which foreign code
//! systems there are, and which refusals have been filed. Made and signed by the root, read by
//! every verifier; with it a verification needs no network.
//!
//! A file is a tagged `COSE_Sign1` over the deterministic CBOR of [`TrustListBody`], with the
//! external data `HT1-trust-list` so that no other signature can be taken for it; as bytes or as
//! base64url text. It holds no secret: how to call a foreign system back is kept elsewhere.

mod body;
mod matrix;

pub use body::{
    Adapter, Charset, ExceptionScope, KeyPurpose, KeyStatus, RecognitionException, RegionService,
    Text, TrustListBody, TrustedKey,
};
pub use matrix::{Cell, Matrix, Origin, Recognised, Refusal};

use crate::cose_key::CoseKey;
use crate::sign1::{self, Sign1, Sign1Error};
use crate::suite::{KeyId, Sign, SuiteError, VerifyingKey};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hutong_model::limits::{CLOCK_SKEW_S_MAX, TRUST_FRESH_S, TRUST_GRACE_S, TRUST_LIST_BYTES_MAX};
use hutong_model::{RegionCode, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

const EXTERNAL_AAD: &[u8] = b"HT1-trust-list";

/// Why a trust list was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TrustError {
    /// Larger than permitted, or too many entries of a kind.
    #[error("the trust list is larger than permitted")]
    Large,
    /// Neither CBOR nor base64url of it.
    #[error(transparent)]
    Sign1(#[from] Sign1Error),
    /// The content is not that of a trust list.
    #[error("the content is not that of a trust list")]
    Body,
    /// None of the anchors signed it.
    #[error("the trust list is signed by key {0}, which is none of the anchors")]
    Anchor(KeyId),
    /// An anchor's key id, but not its signature.
    #[error("the signature of key {0} on the trust list is wrong")]
    Signature(KeyId),
    /// A key in it is malformed.
    #[error("key {0} in the trust list is malformed")]
    Key(KeyId),
    /// An adapter in it is malformed.
    #[error("adapter {0} in the trust list is malformed: {1}")]
    Adapter(String, &'static str),
    /// An exception in it is malformed.
    #[error("exception {0} in the trust list is malformed: {1}")]
    Exception(String, &'static str),
    /// Older than the list that is held.
    #[error("generation {offered} is older than generation {held}, which is held")]
    Older {
        /// The generation that was offered.
        offered: u64,
        /// The generation that is held.
        held: u64,
    },
    /// The signing key failed.
    #[error(transparent)]
    Suite(#[from] SuiteError),
}

/// How far a trust list may be relied on at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Freshness {
    /// As it should be.
    Fresh,
    /// Older than it should be; answers carry a warning.
    Grace,
    /// Too old (or from the future); nothing is answered from it.
    Expired,
}

impl Freshness {
    /// How far something may be relied on that was made then, is fresh for so long, and may be used
    /// for so long after that.
    pub fn of(made_at: Timestamp, fresh_s: i64, grace_s: i64, now: Timestamp) -> Self {
        let age_s = now.since_s(made_at);
        if -age_s > CLOCK_SKEW_S_MAX || age_s > fresh_s.saturating_add(grace_s) {
            Self::Expired
        } else if age_s > fresh_s {
            Self::Grace
        } else {
            Self::Fresh
        }
    }
}

/// A key of the list, prepared.
#[derive(Debug, Clone)]
pub(crate) struct PreparedKey {
    pub(crate) entry: TrustedKey,
    pub(crate) key: VerifyingKey,
}

/// A trust list whose signature and content were checked.
#[derive(Debug, Clone)]
pub struct TrustList {
    body: TrustListBody,
    keys: HashMap<KeyId, Vec<PreparedKey>>,
}

impl TrustList {
    /// Signs a list; the file's bytes.
    ///
    /// # Errors
    /// [`TrustError`] when the content would be refused on opening, or the key fails.
    pub fn sign(body: &TrustListBody, key: &dyn Sign) -> Result<Vec<u8>, TrustError> {
        body.check()?;
        let payload = minicbor::to_vec(body).map_err(|_| TrustError::Body)?;
        if payload.len() > TRUST_LIST_BYTES_MAX {
            return Err(TrustError::Large);
        }
        Ok(sign1::sign(&payload, EXTERNAL_AAD, key)?)
    }

    /// Opens a list, bytes or base64url text, that one of the anchors signed.
    ///
    /// # Errors
    /// [`TrustError`] naming the first thing that is wrong. One bad entry refuses the whole list:
    /// it was signed, so something is wrong with its maker.
    pub fn open(bytes: &[u8], anchors: &[VerifyingKey]) -> Result<Self, TrustError> {
        if bytes.len() > TRUST_LIST_BYTES_MAX / 3 * 4 + 1024 {
            return Err(TrustError::Large);
        }
        let decoded;
        let bytes = match bytes.first() {
            // Text begins with a letter or digit; the structure with a tag or an array.
            Some(first) if first.is_ascii() => {
                let text = bytes.trim_ascii();
                decoded = URL_SAFE_NO_PAD.decode(text).map_err(|_| TrustError::Body)?;
                decoded.as_slice()
            }
            _ => bytes,
        };
        let sign1 = Sign1::parse(bytes)?;
        if sign1.payload.len() > TRUST_LIST_BYTES_MAX {
            return Err(TrustError::Large);
        }
        check_signature(&sign1, anchors)?;
        Self::of_body(minicbor::decode(sign1.payload).map_err(|_| TrustError::Body)?)
    }

    /// Opens a list that follows this one: signed by one of this list's own trust-list keys, and
    /// of the same or a later generation. This is how a root's key is changed.
    ///
    /// # Errors
    /// As [`TrustList::open`], and [`TrustError::Older`].
    pub fn open_next(&self, bytes: &[u8], now: Timestamp) -> Result<Self, TrustError> {
        let next = Self::open(bytes, &self.anchors(now))?;
        match (next.generation(), self.generation()) {
            (offered, held) if offered < held => Err(TrustError::Older { offered, held }),
            _ => Ok(next),
        }
    }

    /// The keys of this list that may sign the next one.
    pub fn anchors(&self, now: Timestamp) -> Vec<VerifyingKey> {
        let root = self.body.issuer;
        let may = |prepared: &&PreparedKey| {
            let entry = &prepared.entry;
            entry.issuer == root
                && entry.status == KeyStatus::Active
                && entry.is_for(KeyPurpose::TrustList)
                && entry.in_window(now)
        };
        self.keys.values().flatten().filter(may).map(|prepared| prepared.key.clone()).collect()
    }

    /// A list from its content, for tests of verifiers and for a root that verifies with the list
    /// that it is about to sign.
    ///
    /// # Errors
    /// [`TrustError`] when the content is refused.
    pub fn of_body(body: TrustListBody) -> Result<Self, TrustError> {
        body.check()?;
        let mut keys: HashMap<KeyId, Vec<PreparedKey>> = HashMap::with_capacity(body.keys.len());
        for entry in &body.keys {
            let key = VerifyingKey::from_cose_key(&entry.key.0)
                .map_err(|_| TrustError::Key(entry.key_id))?;
            if key.algorithm() != entry.algorithm {
                return Err(TrustError::Key(entry.key_id));
            }
            keys.entry(entry.key_id).or_default().push(PreparedKey { entry: entry.clone(), key });
        }
        Ok(Self { body, keys })
    }

    /// A list with nobody on it, for verifiers that were given none.
    pub fn empty(now: Timestamp) -> Self {
        let body = TrustListBody {
            generation: 0,
            made_at: now,
            issuer: RegionCode::NATION,
            fresh_s: TRUST_FRESH_S,
            grace_s: TRUST_GRACE_S,
            keys: Vec::new(),
            regions: Vec::new(),
            adapters: Vec::new(),
            exceptions: Vec::new(),
        };
        Self { body, keys: HashMap::new() }
    }

    /// Counts up by one with every change.
    pub fn generation(&self) -> u64 {
        self.body.generation
    }
    /// When it was made.
    pub fn made_at(&self) -> Timestamp {
        self.body.made_at
    }
    /// The root that made it.
    pub fn issuer(&self) -> RegionCode {
        self.body.issuer
    }
    /// All that it says; serialises to JSON for people to read.
    pub fn body(&self) -> &TrustListBody {
        &self.body
    }

    /// How far it may be relied on. Its own limits hold where they are stricter than
    /// [`TRUST_FRESH_S`] and [`TRUST_GRACE_S`].
    pub fn freshness(&self, now: Timestamp) -> Freshness {
        let fresh_s = self.body.fresh_s.clamp(0, TRUST_FRESH_S);
        let grace_s = self.body.grace_s.clamp(0, TRUST_GRACE_S);
        Freshness::of(self.body.made_at, fresh_s, grace_s, now)
    }

    /// Whether it was made later than `now`, beyond the difference that is forgiven.
    pub fn is_from_future(&self, now: Timestamp) -> bool {
        self.body.made_at.since_s(now) > CLOCK_SKEW_S_MAX
    }

    /// The issuer's keys with this id; several may share one.
    pub fn keys_of(
        &self,
        key_id: KeyId,
        issuer: RegionCode,
    ) -> impl Iterator<Item = (&TrustedKey, &VerifyingKey)> {
        self.prepared(key_id, issuer).map(|prepared| (&prepared.entry, &prepared.key))
    }

    pub(crate) fn prepared(
        &self,
        key_id: KeyId,
        issuer: RegionCode,
    ) -> impl Iterator<Item = &PreparedKey> {
        let sharing = self.keys.get(&key_id).map(Vec::as_slice).unwrap_or_default();
        sharing.iter().filter(move |prepared| prepared.entry.issuer == issuer)
    }

    /// Whether an issuer has a public ledger.
    pub(crate) fn has_ledger(&self, issuer: RegionCode) -> bool {
        let of_ledger = |key: &&TrustedKey| {
            key.issuer == issuer
                && key.status == KeyStatus::Active
                && key.is_for(KeyPurpose::Ledger)
        };
        self.body.keys.iter().any(|key| of_ledger(&key))
    }

    /// Which issuer's codes serve the people of a region: the nearest entry that contains it, else
    /// the root.
    pub fn issuer_for(&self, region: RegionCode) -> RegionCode {
        let serving = self.body.regions.iter().filter(|service| service.region.contains(&region));
        // The smallest division is the one that lies within all the others.
        let nearest = serving.reduce(|nearest, service| {
            if nearest.region.contains(&service.region) { service } else { nearest }
        });
        nearest.map_or(self.body.issuer, |service| service.issuer)
    }

    /// The foreign code system that a text belongs to: the longest prefix wins.
    pub fn adapter_for(&self, text: &str) -> Option<&Adapter> {
        let matching = self.body.adapters.iter().filter(|a| text.starts_with(a.prefix.as_ref()));
        matching.max_by_key(|adapter| adapter.prefix.len())
    }

    /// The filed exception, in force now, by which the region where the verifier stands refuses
    /// a code of this issuer, for a person who lives in `residence`, of this kind.
    pub fn exception_for(
        &self,
        now: Timestamp,
        here: RegionCode,
        issuer: RegionCode,
        residence: Option<RegionCode>,
        kind: ExceptionScope,
    ) -> Option<&RecognitionException> {
        self.body.exceptions.iter().find(|exception| {
            exception.region.contains(&here)
                && exception.in_force(now)
                && exception.covers(kind)
                && exception.refuses(issuer, residence)
        })
    }
}

fn check_signature(sign1: &Sign1<'_>, anchors: &[VerifyingKey]) -> Result<(), TrustError> {
    let message = sign1.message(EXTERNAL_AAD);
    let mut sharing = anchors
        .iter()
        .filter(|key| key.key_id() == sign1.key_id && key.algorithm() == sign1.algorithm)
        .peekable();
    if sharing.peek().is_none() {
        return Err(TrustError::Anchor(sign1.key_id));
    }
    if sharing.any(|key| key.verify(&message, sign1.signature).is_ok()) {
        Ok(())
    } else {
        Err(TrustError::Signature(sign1.key_id))
    }
}

impl TrustedKey {
    /// An entry for a key: active from `not_before`, without end.
    pub fn new(
        issuer: RegionCode,
        key: &CoseKey,
        purposes: &[KeyPurpose],
        not_before: Timestamp,
    ) -> Self {
        Self {
            issuer,
            key_id: key.key_id(),
            algorithm: key.algorithm(),
            key: body::KeyBytes(key.to_bytes()),
            purposes: purposes.to_vec(),
            not_before,
            not_after: None,
            status: KeyStatus::Active,
        }
    }
    /// Whether it is admitted for a purpose.
    pub fn is_for(&self, purpose: KeyPurpose) -> bool {
        self.purposes.contains(&purpose)
    }
    /// Whether a time lies between its two dates.
    pub fn in_window(&self, at: Timestamp) -> bool {
        at >= self.not_before && self.not_after.is_none_or(|end| at < end)
    }
}
