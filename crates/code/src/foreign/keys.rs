//! Whose signatures on foreign certificates count.
//!
//! Keys come from certificates, from key sets and from trust lists of other systems (see
//! [`trust_file`]). They are found by key id; several may share one. Trusting a key is the
//! caller's decision: whoever adds a file trusts what stands in it.

mod certificate;
mod chain;
mod examine;
mod jwk;
mod public_key;
pub mod trust_file;

pub use certificate::{Certificate, Usages};
pub use chain::RevocationList;
pub use examine::{Check, Examined, Found, Named};
pub use public_key::{KeyAlgorithm, PublicKey};
pub use trust_file::Added;

pub(crate) use chain::{TraceError, trace};
pub(crate) use jwk::p256_thumbprint;

use hutong_model::Timestamp;
use hutong_model::limits::FOREIGN_KEYS_MAX;
use std::collections::HashMap;

/// Why a key or a file of keys was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeysError {
    /// Not an X.509 certificate (RFC 5280).
    #[error("not an X.509 certificate")]
    Certificate,
    /// A key of a kind, curve or size that is not used.
    #[error("a key of a kind, curve or size that is not supported")]
    Kind,
    /// A key that is malformed, or no point of its curve.
    #[error("malformed key")]
    Malformed,
    /// None of the forms of a trust file.
    #[error("not a trust file of any known form")]
    File,
    /// More keys than permitted, or a larger file.
    #[error("more keys than permitted")]
    Large,
}

/// A key that may sign certificates.
#[derive(Debug, Clone)]
pub struct ForeignKey {
    /// As certificates name it: bytes in COSE, text in JOSE.
    pub id: Box<[u8]>,
    /// Whose it is: a country (ISO 3166-1 alpha-2 or alpha-3) or an issuer's address.
    pub issuer: Option<Box<str>>,
    /// The key.
    pub public: PublicKey,
    /// For which kinds of certificates; all where it says nothing.
    pub usages: Usages,
    /// From when it may sign.
    pub not_before: Option<Timestamp>,
    /// Until when it may sign.
    pub not_after: Option<Timestamp>,
    /// The certificate that it came in, if it did.
    pub certificate: Option<Certificate>,
}

impl ForeignKey {
    /// The key of a certificate, under the id that the EU DCC derives from it: the first 8 bytes
    /// of its SHA-256 (Electronic Health Certificates, section 3.3.1).
    pub fn of_certificate(certificate: &Certificate) -> Self {
        Self {
            id: certificate.key_id().as_slice().into(),
            issuer: certificate.country().map(Into::into),
            public: certificate.public().clone(),
            usages: certificate.usages(),
            not_before: Some(certificate.not_before()),
            not_after: Some(certificate.not_after()),
            certificate: Some(certificate.clone()),
        }
    }

    /// Whether it was in force at a time.
    pub fn in_window(&self, at: Timestamp) -> bool {
        self.not_before.is_none_or(|from| at >= from) && self.not_after.is_none_or(|to| at <= to)
    }
}

/// All keys that are trusted, and authorities whose certificates vouch for others.
#[derive(Debug, Clone, Default)]
pub struct ForeignKeys {
    by_id: HashMap<Box<[u8]>, Vec<ForeignKey>>,
    authorities: Vec<Certificate>,
    revoked: Vec<RevocationList>,
    count: usize,
}

impl ForeignKeys {
    /// Trusts a key.
    ///
    /// # Errors
    /// [`KeysError::Large`] when there are too many.
    pub fn add(&mut self, key: ForeignKey) -> Result<(), KeysError> {
        if self.count >= FOREIGN_KEYS_MAX {
            return Err(KeysError::Large);
        }
        self.count += 1;
        self.by_id.entry(key.id.clone()).or_default().push(key);
        Ok(())
    }

    /// Trusts a certificate: as signer under its key id, and as authority when it is one.
    ///
    /// # Errors
    /// [`KeysError::Large`] when there are too many.
    pub fn add_certificate(&mut self, certificate: Certificate) -> Result<(), KeysError> {
        self.add(ForeignKey::of_certificate(&certificate))?;
        self.add_authority(certificate)
    }

    /// Trusts a certificate as authority alone.
    ///
    /// # Errors
    /// [`KeysError::Large`] when there are too many.
    pub fn add_authority(&mut self, certificate: Certificate) -> Result<(), KeysError> {
        if self.authorities.len() >= FOREIGN_KEYS_MAX {
            return Err(KeysError::Large);
        }
        self.authorities.push(certificate);
        Ok(())
    }

    /// Heeds a list of revoked certificates, where an authority that is trusted signed it.
    ///
    /// # Errors
    /// [`KeysError::Large`] when there are too many.
    pub fn add_revocation_list(&mut self, list: RevocationList) -> Result<(), KeysError> {
        if self.revoked.len() >= FOREIGN_KEYS_MAX {
            return Err(KeysError::Large);
        }
        self.revoked.push(list);
        Ok(())
    }

    /// The keys with this id.
    pub fn with_id(&self, id: &[u8]) -> &[ForeignKey] {
        self.by_id.get(id).map(Vec::as_slice).unwrap_or_default()
    }

    /// The certificates that may vouch for others.
    pub fn authorities(&self) -> &[Certificate] {
        &self.authorities
    }

    /// How many keys there are.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }
}
