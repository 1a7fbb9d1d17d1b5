//! What a root publishes besides its trust list: declared events, rule packs, filed variations,
//! listed areas. Each is a small document of its own, signed by the root's trust-list key, so that
//! a node in between can neither make nor change one.
//!
//! A tagged `COSE_Sign1` with the external data `HT1-published` over a CBOR array: kind, key,
//! number, time in milliseconds since 1970, and the content as JSON text.

use crate::sign1::{self, Sign1, Sign1Error};
use crate::suite::{KeyId, Sign, SuiteError, VerifyingKey};
use hutong_model::{Timestamp, limits::PUBLISHED_BYTES_MAX};
use minicbor::{Decode, Encode};

const EXTERNAL_AAD: &[u8] = b"HT1-published";

/// Why a document was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PublishedError {
    /// Larger than permitted.
    #[error("the document is larger than permitted")]
    Large,
    /// Not a `COSE_Sign1`.
    #[error(transparent)]
    Sign1(#[from] Sign1Error),
    /// The content is not that of a document.
    #[error("the content is not that of a published document")]
    Body,
    /// None of the anchors signed it.
    #[error("the document is signed by key {0}, which is none of the anchors")]
    Anchor(KeyId),
    /// An anchor's key id, but not its signature.
    #[error("the signature of key {0} on the document is wrong")]
    Signature(KeyId),
    /// The signing key failed.
    #[error(transparent)]
    Suite(#[from] SuiteError),
}

/// A document of the root.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Published {
    /// What it is: `event`, `rule-pack`, `variation`, `area`, `programme-pack`.
    #[n(0)]
    pub kind: Box<str>,
    /// Which one of its kind. A later document takes the place of an earlier one of its key.
    #[n(1)]
    pub key: Box<str>,
    /// Rises with every document of the root.
    #[n(2)]
    pub number: u64,
    /// When it was published.
    #[n(3)]
    pub at: Timestamp,
    /// The content: JSON.
    #[n(4)]
    pub body: Box<str>,
}

impl Published {
    /// Signs it.
    ///
    /// # Errors
    /// [`PublishedError`] where it is too large, or the key fails.
    pub fn sign(&self, key: &dyn Sign) -> Result<Vec<u8>, PublishedError> {
        let payload = minicbor::to_vec(self).map_err(|_| PublishedError::Body)?;
        if payload.len() > PUBLISHED_BYTES_MAX {
            return Err(PublishedError::Large);
        }
        Ok(sign1::sign(&payload, EXTERNAL_AAD, key)?)
    }

    /// Opens one that an anchor signed.
    ///
    /// # Errors
    /// [`PublishedError`] naming the first thing that is wrong.
    pub fn open(bytes: &[u8], anchors: &[VerifyingKey]) -> Result<Self, PublishedError> {
        if bytes.len() > PUBLISHED_BYTES_MAX + 1024 {
            return Err(PublishedError::Large);
        }
        let sign1 = Sign1::parse(bytes)?;
        let mut known = anchors.iter().filter(|anchor| anchor.key_id() == sign1.key_id).peekable();
        if known.peek().is_none() {
            return Err(PublishedError::Anchor(sign1.key_id));
        }
        let message = sign1.message(EXTERNAL_AAD);
        let right = |anchor: &VerifyingKey| {
            anchor.algorithm() == sign1.algorithm
                && anchor.verify(&message, sign1.signature).is_ok()
        };
        if !known.any(right) {
            return Err(PublishedError::Signature(sign1.key_id));
        }
        let mut decoder = minicbor::Decoder::new(sign1.payload);
        let document = decoder.decode().map_err(|_| PublishedError::Body)?;
        if decoder.position() != sign1.payload.len() {
            return Err(PublishedError::Body);
        }
        Ok(document)
    }
}
