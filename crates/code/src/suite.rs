//! Signatures: who signs, who verifies, by which algorithm. The rest of the crate names no
//! algorithm of its own: a further suite is one more [`Algorithm`], one more arm in
//! [`SigningKey`] and in [`crate::cose_key::CoseKey`].
//!
//! Both algorithms have signatures of 64 bytes; ECDSA signatures are in the fixed form of
//! RFC 9053 section 2.1.

use crate::cose_key::CoseKey;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, ParsedPublicKey,
};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use minicbor::{Decode, Decoder, Encode, Encoder};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;
use zeroize::Zeroizing;

/// Bytes of a signature, for every algorithm that is known.
pub const SIGNATURE_BYTES: usize = 64;

/// Why a key or a signature was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SuiteError {
    /// The algorithm is none of those that are known.
    #[error("unknown signature algorithm")]
    Algorithm,
    /// The bytes are not a key of a known kind, or not a point of its curve.
    #[error("malformed key")]
    Key,
    /// The signature does not belong to the message and key.
    #[error("wrong signature")]
    Signature,
    /// The library could not make a key or signature.
    #[error("the cryptographic library failed")]
    Library,
}

/// A signature algorithm, by its COSE number (RFC 9053).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Algorithm {
    /// `EdDSA` over Ed25519, COSE -8.
    #[serde(rename = "EdDSA")]
    EdDsa,
    /// ECDSA over P-256 with SHA-256, COSE -7. What the secure elements of phones have.
    #[serde(rename = "ES256")]
    Es256,
}

impl Algorithm {
    /// All algorithms.
    pub const ALL: [Algorithm; 2] = [Self::EdDsa, Self::Es256];

    /// The COSE number.
    pub const fn cose_id(self) -> i64 {
        match self {
            Self::EdDsa => -8,
            Self::Es256 => -7,
        }
    }
    /// The algorithm with this COSE number.
    pub fn from_cose_id(id: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.cose_id() == id)
    }
    /// The JOSE name (RFC 7518, RFC 8037): `EdDSA`, `ES256`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EdDsa => "EdDSA",
            Self::Es256 => "ES256",
        }
    }
    /// Reads a JOSE name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.as_str() == text)
    }
}

impl<C> Encode<C> for Algorithm {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.i64(self.cose_id())?;
        Ok(())
    }
}
impl<'b, C> Decode<'b, C> for Algorithm {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        Self::from_cose_id(d.i64()?)
            .ok_or_else(|| minicbor::decode::Error::message("unknown signature algorithm"))
    }
}

/// The name of a key: the first 8 bytes of SHA-256 of its canonical `COSE_Key`. Short on purpose,
/// so two keys may share one; look-ups try each.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct KeyId([u8; 8]);

impl KeyId {
    /// Wraps 8 bytes.
    pub const fn from_bytes(bytes: [u8; 8]) -> Self {
        Self(bytes)
    }
    /// The 8 bytes.
    pub const fn as_bytes(&self) -> &[u8; 8] {
        &self.0
    }
    /// Reads 16 hexadecimal digits.
    ///
    /// # Errors
    /// [`SuiteError::Key`] for anything else.
    pub fn parse(text: &str) -> Result<Self, SuiteError> {
        let mut bytes = [0; 8];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| SuiteError::Key)?;
        Ok(Self(bytes))
    }
}
impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}
impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyId({self})")
    }
}
impl TryFrom<String> for KeyId {
    type Error = SuiteError;
    fn try_from(text: String) -> Result<Self, SuiteError> {
        Self::parse(&text)
    }
}
impl From<KeyId> for String {
    fn from(id: KeyId) -> String {
        id.to_string()
    }
}
impl<C> Encode<C> for KeyId {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.bytes(&self.0)?;
        Ok(())
    }
}
impl<'b, C> Decode<'b, C> for KeyId {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        let bytes = d.bytes()?.try_into();
        bytes.map(Self).map_err(|_| minicbor::decode::Error::message("a key id has 8 bytes"))
    }
}

/// Something that signs: a key held here, or a key service that holds it elsewhere.
pub trait Sign: Send + Sync {
    /// The public half.
    fn public_key(&self) -> &VerifyingKey;

    /// Signs a message.
    ///
    /// # Errors
    /// [`SuiteError::Library`] when the signature could not be made.
    fn sign(&self, message: &[u8]) -> Result<[u8; SIGNATURE_BYTES], SuiteError>;

    /// The algorithm, by the key's type.
    fn algorithm(&self) -> Algorithm {
        self.public_key().algorithm()
    }
    /// The name of the key.
    fn key_id(&self) -> KeyId {
        self.public_key().key_id()
    }
}

/// A private key held in memory.
pub struct SigningKey {
    pair: Pair,
    public: VerifyingKey,
}

enum Pair {
    Ed25519(Ed25519KeyPair),
    P256(EcdsaKeyPair),
}

impl SigningKey {
    /// Draws a new key from the system's random numbers.
    ///
    /// # Errors
    /// [`SuiteError::Library`] when the system has none.
    pub fn generate(algorithm: Algorithm) -> Result<Self, SuiteError> {
        let pair = match algorithm {
            Algorithm::EdDsa => Ed25519KeyPair::generate().map(Pair::Ed25519),
            Algorithm::Es256 => {
                EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map(Pair::P256)
            }
        };
        Self::of_pair(pair.map_err(|_| SuiteError::Library)?)
    }

    /// The Ed25519 key with this secret seed. For keys derived from one secret and for tests;
    /// whoever knows the seed has the key.
    ///
    /// # Errors
    /// [`SuiteError::Key`] if the library refuses the seed.
    pub fn ed25519_from_seed(seed: &[u8; 32]) -> Result<Self, SuiteError> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| SuiteError::Key)?;
        Self::of_pair(Pair::Ed25519(pair))
    }

    /// Reads a key in PKCS#8 (DER). The algorithm is the key's own.
    ///
    /// # Errors
    /// [`SuiteError::Key`] for anything but an Ed25519 or P-256 key.
    pub fn from_pkcs8(der: &[u8]) -> Result<Self, SuiteError> {
        let pair = Ed25519KeyPair::from_pkcs8(der).map(Pair::Ed25519).or_else(|_| {
            EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der).map(Pair::P256)
        });
        Self::of_pair(pair.map_err(|_| SuiteError::Key)?)
    }

    /// The key in PKCS#8 (DER, version 1, as other tools read it).
    ///
    /// # Errors
    /// [`SuiteError::Library`] when the library cannot write it.
    pub fn to_pkcs8(&self) -> Result<Zeroizing<Vec<u8>>, SuiteError> {
        let document = match &self.pair {
            Pair::Ed25519(pair) => pair.to_pkcs8v1(),
            Pair::P256(pair) => pair.to_pkcs8v1(),
        };
        Ok(Zeroizing::new(document.map_err(|_| SuiteError::Library)?.as_ref().to_vec()))
    }

    /// Reads a PEM file with one `PRIVATE KEY` (RFC 7468).
    ///
    /// # Errors
    /// [`SuiteError::Key`] for anything else.
    pub fn from_pem(text: &str) -> Result<Self, SuiteError> {
        let body = text.trim().strip_prefix(PEM_BEGIN).and_then(|t| t.strip_suffix(PEM_END));
        let body: Zeroizing<String> = Zeroizing::new(
            body.ok_or(SuiteError::Key)?.chars().filter(|c| !c.is_ascii_whitespace()).collect(),
        );
        let der = STANDARD.decode(body.as_bytes()).map_err(|_| SuiteError::Key)?;
        Self::from_pkcs8(&Zeroizing::new(der))
    }

    /// The key as a PEM file (RFC 7468).
    ///
    /// # Errors
    /// [`SuiteError::Library`] when the library cannot write it.
    pub fn to_pem(&self) -> Result<Zeroizing<String>, SuiteError> {
        let body = Zeroizing::new(STANDARD.encode(self.to_pkcs8()?.as_slice()));
        let mut pem = Zeroizing::new(format!("{PEM_BEGIN}\n"));
        for line in body.as_bytes().chunks(64) {
            pem.extend(line.iter().map(|byte| char::from(*byte)));
            pem.push('\n');
        }
        pem.push_str(PEM_END);
        pem.push('\n');
        Ok(pem)
    }

    fn of_pair(pair: Pair) -> Result<Self, SuiteError> {
        let public = match &pair {
            Pair::Ed25519(pair) => CoseKey::from_ed25519(pair.public_key().as_ref()),
            Pair::P256(pair) => CoseKey::from_sec1(pair.public_key().as_ref()),
        };
        Ok(Self { public: VerifyingKey::new(public?)?, pair })
    }
}

const PEM_BEGIN: &str = "-----BEGIN PRIVATE KEY-----";
const PEM_END: &str = "-----END PRIVATE KEY-----";

impl Sign for SigningKey {
    fn public_key(&self) -> &VerifyingKey {
        &self.public
    }
    fn sign(&self, message: &[u8]) -> Result<[u8; SIGNATURE_BYTES], SuiteError> {
        let signature = match &self.pair {
            Pair::Ed25519(pair) => pair.try_sign(message),
            Pair::P256(pair) => pair.sign(&SystemRandom::new(), message),
        };
        let signature = signature.map_err(|_| SuiteError::Library)?;
        signature.as_ref().try_into().map_err(|_| SuiteError::Library)
    }
}

/// Names the key, never shows it.
impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({} {})", self.algorithm().as_str(), self.key_id())
    }
}

/// A public key, parsed once and ready for many verifications.
#[derive(Clone)]
pub struct VerifyingKey {
    cose: CoseKey,
    parsed: Arc<ParsedPublicKey>,
    id: KeyId,
}

impl VerifyingKey {
    /// Prepares a key.
    ///
    /// # Errors
    /// [`SuiteError::Key`] when it is no point of its curve.
    pub fn new(cose: CoseKey) -> Result<Self, SuiteError> {
        let parsed = cose.prepare()?;
        let cose = cose.completed(&parsed)?;
        Ok(Self { id: cose.key_id(), cose, parsed: Arc::new(parsed) })
    }
    /// Reads a `COSE_Key` (RFC 9052 section 7).
    ///
    /// # Errors
    /// [`SuiteError::Key`] when it is malformed or of an unknown kind.
    pub fn from_cose_key(bytes: &[u8]) -> Result<Self, SuiteError> {
        Self::new(CoseKey::parse(bytes)?)
    }
    /// Reads a JWK (RFC 7517, RFC 8037).
    ///
    /// # Errors
    /// [`SuiteError::Key`] when it is malformed or of an unknown kind.
    pub fn from_jwk(jwk: &serde_json::Value) -> Result<Self, SuiteError> {
        Self::new(CoseKey::from_jwk(jwk)?)
    }
    /// The algorithm, by the key's type.
    pub fn algorithm(&self) -> Algorithm {
        self.cose.algorithm()
    }
    /// The name of the key.
    pub fn key_id(&self) -> KeyId {
        self.id
    }
    /// The key as plain data.
    pub fn cose_key(&self) -> &CoseKey {
        &self.cose
    }
    /// The key as a JWK (RFC 7517, RFC 8037), with `alg` and `kid`.
    pub fn to_jwk(&self) -> serde_json::Value {
        self.cose.to_jwk(self.id)
    }
    /// Verifies a signature.
    ///
    /// # Errors
    /// [`SuiteError::Signature`] when it is not this key's over this message.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), SuiteError> {
        self.parsed.verify_sig(message, signature).map_err(|_| SuiteError::Signature)
    }
}

impl PartialEq for VerifyingKey {
    fn eq(&self, other: &Self) -> bool {
        self.cose == other.cose
    }
}
impl Eq for VerifyingKey {}
impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifyingKey({} {})", self.algorithm().as_str(), self.id)
    }
}
