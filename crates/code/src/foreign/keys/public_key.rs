//! Public keys of the kinds that foreign certificates are signed with.

use super::KeysError;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ECDSA_P521_SHA512_FIXED, ED25519,
    ParsedPublicKey, RSA_PSS_2048_8192_SHA256, UnparsedPublicKey, VerificationAlgorithm,
};
use std::fmt;
use std::sync::Arc;
use x509_parser::oid_registry::{
    OID_EC_P256, OID_KEY_TYPE_EC_PUBLIC_KEY, OID_NIST_EC_P384, OID_NIST_EC_P521,
    OID_PKCS1_RSAENCRYPTION, OID_PKCS1_RSASSAPSS, OID_SIG_ED25519,
};
use x509_parser::prelude::FromDer;
use x509_parser::public_key::RSAPublicKey;
use x509_parser::x509::SubjectPublicKeyInfo;

/// An algorithm of signatures, by the kind of key that makes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyAlgorithm {
    /// ECDSA on P-256 with SHA-256 (RFC 9053 section 2.1, RFC 7518 section 3.4).
    Es256,
    /// ECDSA on P-384 with SHA-384.
    Es384,
    /// ECDSA on P-521 with SHA-512.
    Es512,
    /// RSASSA-PSS with SHA-256 (RFC 8230 section 2), keys of 2048 bits and more.
    Ps256,
    /// `EdDSA` on Curve25519 (RFC 9053 section 2.2).
    EdDsa,
}

impl KeyAlgorithm {
    /// Those that Electronic Health Certificates may be signed with (section 3.3.1 there).
    pub(crate) fn from_cose_id(id: i128) -> Option<Self> {
        match id {
            -7 => Some(Self::Es256),
            -37 => Some(Self::Ps256),
            _ => None,
        }
    }

    /// Those of visible digital seals (ICAO TR VDS-NC, section on the signature zone).
    pub(crate) fn of_vds_nc(name: &str) -> Option<Self> {
        match name {
            "ES256" => Some(Self::Es256),
            "ES384" => Some(Self::Es384),
            "ES512" => Some(Self::Es512),
            _ => None,
        }
    }

    /// Whether its signatures are the two numbers of ECDSA.
    pub fn is_ecdsa(self) -> bool {
        matches!(self, Self::Es256 | Self::Es384 | Self::Es512)
    }

    fn verification(self) -> &'static dyn VerificationAlgorithm {
        match self {
            Self::Es256 => &ECDSA_P256_SHA256_FIXED,
            Self::Es384 => &ECDSA_P384_SHA384_FIXED,
            Self::Es512 => &ECDSA_P521_SHA512_FIXED,
            Self::Ps256 => &RSA_PSS_2048_8192_SHA256,
            Self::EdDsa => &ED25519,
        }
    }
}

/// A public key, parsed once. It verifies one algorithm and no other, whatever a message claims.
#[derive(Clone)]
pub struct PublicKey {
    algorithm: KeyAlgorithm,
    /// A point (SEC 1 section 2.3.3), an `RSAPublicKey` (RFC 8017 appendix A.1.1), or 32 bytes.
    bytes: Box<[u8]>,
    parsed: Arc<ParsedPublicKey>,
    weak: bool,
}

/// The prime of P-256 (SP 800-186 section 3.2.1.3): 2^256 - 2^224 + 2^192 + 2^96 - 1.
const P256_PRIME: [u8; 32] = {
    let mut prime = [0; 32];
    let mut i = 0;
    while i < 32 {
        prime[i] = if i < 4 || i >= 20 { 0xff } else { 0 };
        i += 1;
    }
    prime[7] = 1;
    prime
};

/// Fewest bits of an RSA modulus that a signature is relied on with.
const RSA_BITS_MIN: usize = 2048;

impl PublicKey {
    /// Prepares a key.
    ///
    /// # Errors
    /// [`KeysError::Malformed`] when it is none of that kind.
    pub fn new(algorithm: KeyAlgorithm, bytes: &[u8]) -> Result<Self, KeysError> {
        let parsed = ParsedPublicKey::new(algorithm.verification(), bytes);
        let parsed = parsed.map_err(|_| KeysError::Malformed)?;
        let weak = algorithm == KeyAlgorithm::Ps256 && rsa_bits(bytes) < RSA_BITS_MIN;
        Ok(Self { algorithm, bytes: bytes.into(), parsed: Arc::new(parsed), weak })
    }

    /// Reads a `SubjectPublicKeyInfo` (RFC 5280 section 4.1.2.7).
    pub(super) fn of_spki(spki: &SubjectPublicKeyInfo<'_>) -> Result<Self, KeysError> {
        let (oid, bytes) = (&spki.algorithm.algorithm, &*spki.subject_public_key.data);
        let algorithm = if *oid == OID_PKCS1_RSAENCRYPTION || *oid == OID_PKCS1_RSASSAPSS {
            KeyAlgorithm::Ps256
        } else if *oid == OID_SIG_ED25519 {
            KeyAlgorithm::EdDsa
        } else if *oid == OID_KEY_TYPE_EC_PUBLIC_KEY {
            let parameters = spki.algorithm.parameters.as_ref().ok_or(KeysError::Kind)?;
            let Ok(curve) = parameters.as_oid() else {
                return Self::of_explicit_curve(parameters.data, bytes);
            };
            match () {
                () if curve == OID_EC_P256 => KeyAlgorithm::Es256,
                () if curve == OID_NIST_EC_P384 => KeyAlgorithm::Es384,
                () if curve == OID_NIST_EC_P521 => KeyAlgorithm::Es512,
                () => return Err(KeysError::Kind),
            }
        } else {
            return Err(KeysError::Kind);
        };
        Self::new(algorithm, bytes)
    }

    /// A key whose certificate spells its curve out (RFC 5480 section 2.1.1 forbids it, but some
    /// authorities of passports do). Only the prime is looked at, to tell which named curve is
    /// meant: it is always that one that verifies.
    fn of_explicit_curve(parameters: &[u8], point: &[u8]) -> Result<Self, KeysError> {
        let holds = |prime: &[u8]| parameters.windows(prime.len()).any(|window| window == prime);
        if holds(&P256_PRIME) {
            Self::new(KeyAlgorithm::Es256, point)
        } else {
            Err(KeysError::Kind)
        }
    }

    /// The algorithm that it verifies.
    pub fn algorithm(&self) -> KeyAlgorithm {
        self.algorithm
    }

    /// Its bytes: a point, an `RSAPublicKey`, or the 32 bytes of Ed25519.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether it is shorter than can be relied on; then it verifies nothing.
    pub fn is_weak(&self) -> bool {
        self.weak
    }

    /// Whether it made this signature, by this algorithm.
    pub fn verifies(&self, algorithm: KeyAlgorithm, message: &[u8], signature: &[u8]) -> bool {
        algorithm == self.algorithm && self.parsed.verify_sig(message, signature).is_ok()
    }

    /// Whether it made a signature in the form of another algorithm of the library.
    pub(super) fn verifies_as(
        &self,
        algorithm: &'static dyn VerificationAlgorithm,
        message: &[u8],
        signature: &[u8],
    ) -> bool {
        let key = UnparsedPublicKey::new(algorithm, &self.bytes);
        key.verify(message, signature).is_ok()
    }
}

/// Bits of the modulus of an `RSAPublicKey`.
fn rsa_bits(der: &[u8]) -> usize {
    match RSAPublicKey::from_der(der) {
        Ok((_, key)) => key.key_size(),
        Err(_) => 0,
    }
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        (self.algorithm, &self.bytes) == (other.algorithm, &other.bytes)
    }
}
impl Eq for PublicKey {}
impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({:?})", self.algorithm)
    }
}
