//! Files that say whom to trust and what was taken back, told apart by their content.

use super::Scanner;
use crate::foreign::keys::{Added, KeysError};
use crate::revocation::{Batch, CardRevocations, RevocationError};
use crate::suite::VerifyingKey;
use crate::trust::{TrustError, TrustList};
use crate::verify::Verifier;
use serde::Deserialize;
use serde::de::IgnoredAny;

/// Why a file was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TrustFileError {
    /// A trust list of ours, and nobody was named who may have signed it.
    #[error("a trust list of Hutong, and no anchor that may have signed it")]
    NoAnchor,
    /// A trust list of ours that cannot be used.
    #[error(transparent)]
    Own(#[from] TrustError),
    /// Keys or certificates that cannot be used.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// A revocation list that cannot be used.
    #[error(transparent)]
    Revocation(#[from] RevocationError),
}

/// The members by which JSON files of revocations are known.
#[derive(Deserialize)]
struct Sniffed<'f> {
    #[serde(rename = "hashType")]
    hash_type: Option<IgnoredAny>,
    rids: Option<IgnoredAny>,
    #[serde(borrow)]
    country: Option<std::borrow::Cow<'f, str>>,
    #[serde(borrow)]
    kid: Option<std::borrow::Cow<'f, str>>,
}

impl Scanner {
    /// Trusts what stands in a file, or heeds what it revokes. Known are, by content: trust lists
    /// of ours, signed by one of the anchors (of several the newest counts); all forms of
    /// [`crate::foreign::keys::trust_file`]; hash-list batches of the EU DCC gateway, whose
    /// signature whoever fetched them has checked; and card revocation lists of SMART Health
    /// Cards.
    ///
    /// # Errors
    /// [`TrustFileError`] where the file has none of these forms, or cannot be used.
    pub fn add_file(
        &mut self,
        bytes: &[u8],
        anchors: &[VerifyingKey],
    ) -> Result<Added, TrustFileError> {
        if is_own_list(bytes) {
            if anchors.is_empty() {
                return Err(TrustFileError::NoAnchor);
            }
            return Ok(self.add_own(TrustList::open(bytes, anchors)?));
        }
        match self.add_revocations(bytes)? {
            Some(added) => Ok(added),
            None => Ok(self.foreign.keys_mut().add_file(bytes)?),
        }
    }

    fn add_own(&mut self, list: TrustList) -> Added {
        let added = Added { keys: list.body().keys.len(), passed_over: 0 };
        if self.own().is_none_or(|held| held.generation() < list.generation()) {
            self.own = Some(Verifier::new(list));
        }
        added
    }

    /// None where the file is no list of revocations.
    fn add_revocations(&mut self, bytes: &[u8]) -> Result<Option<Added>, TrustFileError> {
        let Ok(text) = std::str::from_utf8(bytes) else { return Ok(None) };
        if !text.trim_start().starts_with('{') {
            return Ok(None);
        }
        let Ok(sniffed) = serde_json::from_str::<Sniffed<'_>>(text) else { return Ok(None) };
        match sniffed {
            Sniffed { hash_type: Some(_), country: Some(country), .. } => {
                let batch = Batch::parse(text, &country)?;
                let (kind, ends) = (batch.kind().as_str(), batch.expires());
                // A file has no name of its own: another of the same is another batch.
                let id = format!("{kind} {ends} {:?}", batch.hashes().first());
                self.revocations.add_batch(&id, batch);
            }
            Sniffed { rids: Some(_), kid: Some(kid), .. } => {
                self.revocations.put_cards(&kid, CardRevocations::parse(text)?)?;
            }
            _ => return Ok(None),
        }
        Ok(Some(Added { keys: 1, passed_over: 0 }))
    }
}

/// Whether bytes are a `COSE_Sign1`, as it is or in base64url: no certificate, key file or JSON
/// begins so.
fn is_own_list(bytes: &[u8]) -> bool {
    // Tag 18; an array of four; a tag of two bytes.
    matches!(bytes.first(), Some(0xd2 | 0x84 | 0xd8))
        || [&b"0o"[..], b"hE"].iter().any(|start| bytes.trim_ascii_start().starts_with(start))
}
