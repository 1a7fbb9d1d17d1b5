//! From a signer's certificate to an authority, and what authorities have revoked (RFC 5280).

use super::{Certificate, ForeignKeys, KeysError};
use hutong_model::Timestamp;
use hutong_model::limits::{CERTIFICATE_CHAIN_MAX, FOREIGN_KEYS_MAX};
use std::collections::HashSet;
use x509_parser::prelude::{CertificateRevocationList, FromDer};

/// A list of revoked certificates (RFC 5280 section 5). Who signed it is checked when a
/// certificate is found on it.
#[derive(Debug, Clone)]
pub struct RevocationList {
    issuer: Box<[u8]>,
    serials: HashSet<Box<[u8]>>,
    signed: Box<[u8]>,
    signature_oid: Box<str>,
    signature: Box<[u8]>,
}

impl RevocationList {
    /// Reads a list in DER, and nothing after it.
    ///
    /// # Errors
    /// [`KeysError`] when it is malformed or too large.
    pub fn from_der(der: &[u8]) -> Result<Self, KeysError> {
        let (rest, list) =
            CertificateRevocationList::from_der(der).map_err(|_| KeysError::Certificate)?;
        if !rest.is_empty() {
            return Err(KeysError::Certificate);
        }
        let serials = list.iter_revoked_certificates().take(FOREIGN_KEYS_MAX);
        Ok(Self {
            issuer: list.issuer().as_raw().into(),
            serials: serials.map(|revoked| revoked.raw_serial().into()).collect(),
            signed: list.tbs_cert_list.as_ref().into(),
            signature_oid: list.signature_algorithm.algorithm.to_id_string().into(),
            signature: list.signature_value.data.as_ref().into(),
        })
    }

    /// Whether it revokes a certificate, and is of the authority above that.
    fn revokes(&self, certificate: &Certificate, authority: &Certificate) -> bool {
        *self.issuer == *certificate.issuer()
            && *self.issuer == *authority.subject()
            && self.serials.contains(certificate.serial())
            && authority.signed(&self.signature_oid, &self.signed, &self.signature)
    }
}

/// Whether a chain of certificates, the signer first, leads to one of the authorities, all in
/// force at a time and none revoked (RFC 5280 section 6.1, without policies and name constraints).
pub(crate) fn trace(
    chain: &[Certificate],
    keys: &ForeignKeys,
    at: Timestamp,
) -> Result<(), TraceError> {
    if chain.is_empty() || chain.len() > CERTIFICATE_CHAIN_MAX {
        return Err(TraceError::Broken);
    }
    if chain.windows(2).any(|pair| !pair[0].is_issued_by(&pair[1])) {
        return Err(TraceError::Broken);
    }
    let last = chain.last().ok_or(TraceError::Broken)?;
    let known =
        |authority: &&Certificate| authority.hash() == last.hash() || last.is_issued_by(authority);
    let authority = keys.authorities().iter().find(known).ok_or(TraceError::Unknown)?;
    let all = || chain.iter().chain([authority]);
    if all().any(|certificate| !certificate.in_window(at)) {
        return Err(TraceError::Window);
    }
    let above = all().skip(1).chain([authority]);
    let mut pairs = all().zip(above);
    if pairs.any(|(one, above)| keys.revoked.iter().any(|list| list.revokes(one, above))) {
        return Err(TraceError::Revoked);
    }
    Ok(())
}

/// Why a chain does not lead to an authority.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TraceError {
    /// One certificate did not sign the one before it, or there are too many.
    Broken,
    /// It leads to nobody known.
    Unknown,
    /// One of them is not in force.
    Window,
    /// One of them was revoked.
    Revoked,
}
