//! Public keys as data: `COSE_Key` (RFC 9052 section 7, RFC 9053 section 7) and JWK.
//!
//! The canonical form holds the key type, curve and coordinates and nothing else, in
//! deterministic CBOR; the y of a P-256 key is its sign bit (RFC 9053 section 7.1.1), 33 bytes
//! less than the coordinate. Both forms of y are read: finding y from its sign takes a third of
//! the time of verifying a signature, so where the QR has room an assertion states it whole.

use crate::cbor::{Key, Reader};
use crate::suite::{Algorithm, KeyId, SuiteError};
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ED25519, ParsedPublicKey, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use minicbor::Encoder;
use minicbor::encode::Write;
use serde_json::{Value, json};

const KTY: i64 = 1;
const CRV: i64 = -1;
const X: i64 = -2;
const Y: i64 = -3;
const KTY_OKP: i64 = 1;
const KTY_EC2: i64 = 2;
const CRV_P256: i64 = 1;
const CRV_ED25519: i64 = 6;
/// Labels in a `COSE_Key` at most, those that are ignored included.
const LABELS_MAX: usize = 12;

/// A public key as plain data, read but not yet checked to be a point of its curve;
/// [`crate::suite::VerifyingKey`] is the checked form.
#[derive(Debug, Clone)]
pub struct CoseKey {
    algorithm: Algorithm,
    x: [u8; 32],
    odd: bool,
    y: Option<[u8; 32]>,
}

/// Two forms of the same point are the same key.
impl PartialEq for CoseKey {
    fn eq(&self, other: &Self) -> bool {
        (self.algorithm, self.x, self.odd) == (other.algorithm, other.x, other.odd)
    }
}
impl Eq for CoseKey {}

impl CoseKey {
    /// Reads a `COSE_Key` and nothing after it. Labels other than type, curve and coordinates
    /// are ignored, so a key that states its `alg` or `key_ops` is read too.
    ///
    /// # Errors
    /// [`SuiteError::Key`] when it is malformed or of an unknown kind.
    pub fn parse(bytes: &[u8]) -> Result<Self, SuiteError> {
        let mut reader = Reader::new(bytes);
        let key = Self::read(&mut reader)?;
        reader.finish().map_err(|_| SuiteError::Key)?;
        Ok(key)
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, SuiteError> {
        let mut parts = Parts::default();
        parts.read(reader).map_err(|_| SuiteError::Key)?;
        let x = parts.x.ok_or(SuiteError::Key)?;
        match (parts.kty, parts.crv, parts.y) {
            (Some(KTY_OKP), Some(CRV_ED25519), None) => {
                Ok(Self { algorithm: Algorithm::EdDsa, x, odd: false, y: None })
            }
            (Some(KTY_EC2), Some(CRV_P256), Some(PartY::Sign(odd))) => {
                Ok(Self { algorithm: Algorithm::Es256, x, odd, y: None })
            }
            (Some(KTY_EC2), Some(CRV_P256), Some(PartY::Full(y))) => Ok(Self::p256(x, y)),
            _ => Err(SuiteError::Key),
        }
    }

    fn p256(x: [u8; 32], y: [u8; 32]) -> Self {
        Self { algorithm: Algorithm::Es256, x, odd: y[31] & 1 == 1, y: Some(y) }
    }

    pub(crate) fn from_ed25519(x: &[u8]) -> Result<Self, SuiteError> {
        let x = x.try_into().map_err(|_| SuiteError::Key)?;
        Ok(Self { algorithm: Algorithm::EdDsa, x, odd: false, y: None })
    }

    /// From an uncompressed point (SEC 1 section 2.3.3).
    pub(crate) fn from_sec1(point: &[u8]) -> Result<Self, SuiteError> {
        let [4, coordinates @ ..] = point else { return Err(SuiteError::Key) };
        let (x, y) = coordinates.split_at_checked(32).ok_or(SuiteError::Key)?;
        let x = x.try_into().map_err(|_| SuiteError::Key)?;
        Ok(Self::p256(x, y.try_into().map_err(|_| SuiteError::Key)?))
    }

    /// Reads a JWK of type `OKP`/`Ed25519` or `EC`/`P-256`.
    ///
    /// # Errors
    /// [`SuiteError::Key`] for anything else, and for a private key: it has no business here.
    pub fn from_jwk(jwk: &Value) -> Result<Self, SuiteError> {
        let text = |name: &str| jwk.get(name).and_then(Value::as_str);
        let coordinate = |name: &str| -> Option<[u8; 32]> {
            let mut bytes = [0; 32];
            let length = URL_SAFE_NO_PAD.decode_slice(text(name)?, &mut bytes).ok()?;
            (length == 32).then_some(bytes)
        };
        if jwk.get("d").is_some() {
            return Err(SuiteError::Key);
        }
        let x = coordinate("x").ok_or(SuiteError::Key)?;
        let key = match (text("kty"), text("crv")) {
            (Some("OKP"), Some("Ed25519")) => {
                Self { algorithm: Algorithm::EdDsa, x, odd: false, y: None }
            }
            (Some("EC"), Some("P-256")) => Self::p256(x, coordinate("y").ok_or(SuiteError::Key)?),
            _ => return Err(SuiteError::Key),
        };
        match text("alg") {
            Some(alg) if alg != key.algorithm.as_str() => Err(SuiteError::Key),
            _ => Ok(key),
        }
    }

    /// The algorithm, by the key's type.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The canonical bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(48);
        // INVARIANT: writing to a vector cannot fail.
        let _ = self.write(&mut Encoder::new(&mut bytes), false);
        bytes
    }

    /// Like the canonical bytes, but with the whole y where it is known: 33 bytes more, and read
    /// ten times as fast. The form to keep a device's key in.
    pub fn to_bytes_whole(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(80);
        // INVARIANT: writing to a vector cannot fail.
        let _ = self.write(&mut Encoder::new(&mut bytes), true);
        bytes
    }

    /// Whether there is a y to write whole.
    pub(crate) fn has_y(&self) -> bool {
        self.y.is_some()
    }

    pub(crate) fn write<W: Write>(
        &self,
        e: &mut Encoder<W>,
        whole: bool,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        match self.algorithm {
            Algorithm::EdDsa => {
                e.map(3)?.i64(KTY)?.i64(KTY_OKP)?.i64(CRV)?.i64(CRV_ED25519)?;
                e.i64(X)?.bytes(&self.x)?;
            }
            Algorithm::Es256 => {
                e.map(4)?.i64(KTY)?.i64(KTY_EC2)?.i64(CRV)?.i64(CRV_P256)?;
                e.i64(X)?.bytes(&self.x)?.i64(Y)?;
                match self.y.filter(|_| whole) {
                    Some(y) => e.bytes(&y)?,
                    None => e.bool(self.odd)?,
                };
            }
        }
        Ok(())
    }

    /// The name of the key: the first 8 bytes of SHA-256 of the canonical bytes.
    pub fn key_id(&self) -> KeyId {
        let hash = digest(&SHA256, &self.to_bytes());
        let mut id = [0; 8];
        id.copy_from_slice(&hash.as_ref()[..8]);
        KeyId::from_bytes(id)
    }

    /// The key as the library holds it.
    pub(crate) fn prepare(&self) -> Result<ParsedPublicKey, SuiteError> {
        let (point, length) = self.sec1();
        let parsed = match self.algorithm {
            Algorithm::EdDsa => ParsedPublicKey::new(&ED25519, self.x),
            Algorithm::Es256 => ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &point[..length]),
        };
        parsed.map_err(|_| SuiteError::Key)
    }

    /// The same key with its whole y, from the checked point.
    pub(crate) fn completed(self, parsed: &ParsedPublicKey) -> Result<Self, SuiteError> {
        if self.algorithm != Algorithm::Es256 || self.y.is_some() {
            return Ok(self);
        }
        // The point ends the SubjectPublicKeyInfo (RFC 5480 section 2).
        let der = parsed.as_der().map_err(|_| SuiteError::Library)?;
        let point = der.as_ref().last_chunk::<65>().ok_or(SuiteError::Library)?;
        let whole = Self::from_sec1(point)?;
        if whole == self { Ok(whole) } else { Err(SuiteError::Library) }
    }

    /// Verifies one signature, without preparing the key for more.
    ///
    /// # Errors
    /// [`SuiteError::Signature`] when it is not this key's over this message, or when the key is
    /// no point of its curve.
    pub fn verify_once(&self, message: &[u8], signature: &[u8]) -> Result<(), SuiteError> {
        let (point, length) = self.sec1();
        let verified = match self.algorithm {
            Algorithm::EdDsa => UnparsedPublicKey::new(&ED25519, self.x).verify(message, signature),
            Algorithm::Es256 => UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &point[..length])
                .verify(message, signature),
        };
        verified.map_err(|_| SuiteError::Signature)
    }

    /// The point by SEC 1 section 2.3.3: whole when y is known, else compressed.
    fn sec1(&self) -> ([u8; 65], usize) {
        let mut point = [0; 65];
        point[1..33].copy_from_slice(&self.x);
        match self.y {
            Some(y) => {
                point[0] = 4;
                point[33..].copy_from_slice(&y);
                (point, 65)
            }
            None => {
                point[0] = 2 + u8::from(self.odd);
                (point, 33)
            }
        }
    }

    pub(crate) fn to_jwk(&self, id: KeyId) -> Value {
        let x = URL_SAFE_NO_PAD.encode(self.x);
        match self.algorithm {
            Algorithm::EdDsa => json!({
                "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "kid": id.to_string(), "x": x,
            }),
            Algorithm::Es256 => {
                let y = self.y.map(|y| URL_SAFE_NO_PAD.encode(y));
                json!({
                    "kty": "EC", "crv": "P-256", "alg": "ES256", "kid": id.to_string(), "x": x,
                    "y": y,
                })
            }
        }
    }
}

enum PartY {
    Sign(bool),
    Full([u8; 32]),
}

#[derive(Default)]
struct Parts {
    kty: Option<i64>,
    crv: Option<i64>,
    x: Option<[u8; 32]>,
    y: Option<PartY>,
}

impl Parts {
    /// Labels may come in any order: phones' libraries differ. None may come twice.
    fn read(&mut self, reader: &mut Reader<'_>) -> Result<(), crate::cbor::CborError> {
        use crate::cbor::CborError;
        let mut seen = Vec::with_capacity(4);
        for _ in 0..reader.map(LABELS_MAX)? {
            let label = match reader.key()? {
                Key::Int(label) => label,
                Key::Text(_) => return Err(CborError::Kind),
            };
            if seen.contains(&label) {
                return Err(CborError::KeyOrder);
            }
            seen.push(label);
            match label {
                KTY => self.kty = Some(reader.int()?),
                CRV => self.crv = Some(reader.int()?),
                X => self.x = Some(reader.bytes_exact()?),
                Y if reader.is_bool() => self.y = Some(PartY::Sign(reader.bool()?)),
                Y => self.y = Some(PartY::Full(reader.bytes_exact()?)),
                // A private key, handed over by mistake.
                -4 => return Err(CborError::Kind),
                _ => reader.skip()?,
            }
        }
        Ok(())
    }
}
