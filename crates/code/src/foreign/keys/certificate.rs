//! X.509 certificates (RFC 5280) of signers and of the authorities above them.

use super::{KeyAlgorithm, KeysError, PublicKey};
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA384_ASN1, ECDSA_P384_SHA256_ASN1, ECDSA_P384_SHA384_ASN1,
    ECDSA_P521_SHA256_ASN1, ECDSA_P521_SHA384_ASN1, ECDSA_P521_SHA512_ASN1,
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512,
    RSA_PSS_2048_8192_SHA256, VerificationAlgorithm,
};
use hutong_model::Timestamp;
use hutong_model::limits::CERTIFICATE_BYTES_MAX;
use std::fmt;
use std::ops::Range;
use x509_parser::prelude::{FromDer, GeneralName, ParsedExtension, X509Certificate};

/// For which kinds of health certificates a key may be used: extended key usages of its
/// certificate (Electronic Health Certificates, section 5, and Annex IV of Decision 2021/1073).
/// One that names none may be used for all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct Usages(u8);

impl Usages {
    /// Tests.
    pub const TEST: Self = Self(1);
    /// Vaccinations.
    pub const VACCINATION: Self = Self(2);
    /// Recoveries.
    pub const RECOVERY: Self = Self(4);

    /// Both together.
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
    /// Whether it permits a kind of content.
    pub const fn permits(self, content: Self) -> bool {
        self.0 == 0 || self.0 & content.0 == content.0
    }

    /// The usage with this object identifier: of the specification, or of its first edition.
    fn of_oid(oid: &str) -> Option<Self> {
        let arc = oid
            .strip_prefix("1.3.6.1.4.1.1847.2021.1.")
            .or_else(|| oid.strip_prefix("1.3.6.1.4.1.0.1847.2021.1."))?;
        match arc {
            "1" => Some(Self::TEST),
            "2" => Some(Self::VACCINATION),
            "3" => Some(Self::RECOVERY),
            _ => None,
        }
    }
}

/// A certificate, taken apart. Reading it does not make it trusted.
#[derive(Clone)]
pub struct Certificate {
    der: Box<[u8]>,
    hash: [u8; 32],
    public: PublicKey,
    country: Option<Box<str>>,
    usages: Usages,
    not_before: Timestamp,
    not_after: Timestamp,
    authority: bool,
    subject: Box<[u8]>,
    issuer: Box<[u8]>,
    alternative_names: Vec<Box<str>>,
    serial: Box<[u8]>,
    seals: bool,
    signed: Range<usize>,
    signature_oid: Box<str>,
    signature: Box<[u8]>,
}

impl Certificate {
    /// Reads a certificate in DER, and nothing after it.
    ///
    /// # Errors
    /// [`KeysError`] when it is malformed, too large, or its key of a kind that is not used.
    pub fn from_der(der: &[u8]) -> Result<Self, KeysError> {
        if der.len() > CERTIFICATE_BYTES_MAX {
            return Err(KeysError::Large);
        }
        let (rest, read) = X509Certificate::from_der(der).map_err(|_| KeysError::Certificate)?;
        if !rest.is_empty() {
            return Err(KeysError::Certificate);
        }
        let tbs = &read.tbs_certificate;
        let country = tbs.subject.iter_country().next().and_then(|c| c.as_str().ok());
        let start = tbs.as_ref().as_ptr() as usize - der.as_ptr() as usize;
        Ok(Self {
            der: der.into(),
            hash: sha256(der),
            public: PublicKey::of_spki(&tbs.subject_pki)?,
            country: country.map(|c| c.to_uppercase().into()),
            usages: usages(&read),
            not_before: Timestamp::from_unix_s(tbs.validity.not_before.timestamp()),
            not_after: Timestamp::from_unix_s(tbs.validity.not_after.timestamp()),
            authority: read.is_ca(),
            subject: tbs.subject.as_raw().into(),
            issuer: tbs.issuer.as_raw().into(),
            alternative_names: alternative_names(&read),
            serial: tbs.raw_serial().into(),
            seals: may_sign_seals(&read),
            signed: start..start + tbs.as_ref().len(),
            signature_oid: read.signature_algorithm.algorithm.to_id_string().into(),
            signature: read.signature_value.data.as_ref().into(),
        })
    }

    /// The first 8 bytes of its SHA-256: the key id that the EU DCC gives it.
    pub fn key_id(&self) -> [u8; 8] {
        let mut id = [0; 8];
        id.copy_from_slice(&self.hash[..8]);
        id
    }
    /// SHA-256 of the whole.
    pub fn hash(&self) -> &[u8; 32] {
        &self.hash
    }
    /// As it was read.
    pub fn der(&self) -> &[u8] {
        &self.der
    }
    /// Its key.
    pub fn public(&self) -> &PublicKey {
        &self.public
    }
    /// The country of its subject.
    pub fn country(&self) -> Option<&str> {
        self.country.as_deref()
    }
    /// What its key may be used for.
    pub fn usages(&self) -> Usages {
        self.usages
    }
    /// From when it is in force.
    pub fn not_before(&self) -> Timestamp {
        self.not_before
    }
    /// Until when it is in force.
    pub fn not_after(&self) -> Timestamp {
        self.not_after
    }
    /// Whether it may vouch for others (basic constraints).
    pub fn is_authority(&self) -> bool {
        self.authority
    }
    /// The addresses and names that it is for (subject alternative names).
    pub fn alternative_names(&self) -> &[Box<str>] {
        &self.alternative_names
    }
    /// Whether it may sign visible digital seals: where it names usages, that one is among them.
    pub fn may_sign_seals(&self) -> bool {
        self.seals
    }
    /// Its serial number, as it is written.
    pub fn serial(&self) -> &[u8] {
        &self.serial
    }
    /// Its issuer's name, as it is written.
    pub(super) fn issuer(&self) -> &[u8] {
        &self.issuer
    }
    /// Its subject's name, as it is written.
    pub(super) fn subject(&self) -> &[u8] {
        &self.subject
    }
    /// Whether a time lies between its two dates.
    pub fn in_window(&self, at: Timestamp) -> bool {
        at >= self.not_before && at <= self.not_after
    }

    /// Whether an authority issued and signed it (RFC 5280 section 6.1.3 a).
    pub fn is_issued_by(&self, authority: &Certificate) -> bool {
        if !authority.authority || self.issuer != authority.subject {
            return false;
        }
        let signed = self.der.get(self.signed.clone()).unwrap_or_default();
        authority.signed(&self.signature_oid, signed, &self.signature)
    }

    /// Whether its key made a signature by an algorithm with this object identifier.
    pub(super) fn signed(&self, oid: &str, message: &[u8], signature: &[u8]) -> bool {
        signature_algorithm(oid, self.public.algorithm())
            .is_some_and(|algorithm| self.public.verifies_as(algorithm, message, signature))
    }
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(digest(&SHA256, bytes).as_ref());
    out
}

fn usages(certificate: &X509Certificate<'_>) -> Usages {
    let Ok(Some(extension)) = certificate.extended_key_usage() else { return Usages::default() };
    let named = extension.value.other.iter().filter_map(|oid| Usages::of_oid(&oid.to_id_string()));
    named.fold(Usages::default(), Usages::and)
}

/// Extended key usage of signers of seals of health (ICAO TR VDS-NC, annex on certificates).
const SEALS: &str = "2.23.136.1.1.14.2";

fn may_sign_seals(certificate: &X509Certificate<'_>) -> bool {
    match certificate.extended_key_usage() {
        Ok(Some(usage)) => usage.value.other.iter().any(|oid| oid.to_id_string() == SEALS),
        Ok(None) => true,
        Err(_) => false,
    }
}

fn alternative_names(certificate: &X509Certificate<'_>) -> Vec<Box<str>> {
    let named = certificate.extensions().iter().filter_map(|extension| {
        match extension.parsed_extension() {
            ParsedExtension::SubjectAlternativeName(names) => Some(&names.general_names),
            _ => None,
        }
    });
    let text = |name: &GeneralName<'_>| match name {
        GeneralName::URI(text) | GeneralName::DNSName(text) => Some(Box::from(*text)),
        _ => None,
    };
    named.flatten().filter_map(text).collect()
}

/// How a signature of this object identifier by a key of this kind is verified.
fn signature_algorithm(oid: &str, key: KeyAlgorithm) -> Option<&'static dyn VerificationAlgorithm> {
    use KeyAlgorithm::{Es256, Es384, Es512, Ps256};
    Some(match (oid, key) {
        ("1.2.840.10045.4.3.2", Es256) => &ECDSA_P256_SHA256_ASN1,
        ("1.2.840.10045.4.3.3", Es256) => &ECDSA_P256_SHA384_ASN1,
        ("1.2.840.10045.4.3.2", Es384) => &ECDSA_P384_SHA256_ASN1,
        ("1.2.840.10045.4.3.3", Es384) => &ECDSA_P384_SHA384_ASN1,
        ("1.2.840.10045.4.3.2", Es512) => &ECDSA_P521_SHA256_ASN1,
        ("1.2.840.10045.4.3.3", Es512) => &ECDSA_P521_SHA384_ASN1,
        ("1.2.840.10045.4.3.4", Es512) => &ECDSA_P521_SHA512_ASN1,
        ("1.2.840.113549.1.1.11", Ps256) => &RSA_PKCS1_2048_8192_SHA256,
        ("1.2.840.113549.1.1.12", Ps256) => &RSA_PKCS1_2048_8192_SHA384,
        ("1.2.840.113549.1.1.13", Ps256) => &RSA_PKCS1_2048_8192_SHA512,
        // RSASSA-PSS with SHA-256, as national authorities use it; other parameters are refused
        // by the verification itself.
        ("1.2.840.113549.1.1.10", Ps256) => &RSA_PSS_2048_8192_SHA256,
        _ => return None,
    })
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.hash == other.hash
    }
}
impl Eq for Certificate {}
impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({})", hex::encode(self.key_id()))
    }
}
