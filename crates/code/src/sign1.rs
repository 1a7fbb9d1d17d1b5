//! `COSE_Sign1` (RFC 9052 section 4.2), in the one shape used here: `alg` and an 8-byte `kid` in
//! the protected header, nothing unprotected (it would not be signed), deterministic CBOR.

use crate::cbor::{CborError, Key, KeyOrder, Reader};
use crate::suite::{Algorithm, KeyId, SIGNATURE_BYTES, Sign, SuiteError};
use minicbor::Encoder;

const TAG_SIGN1: u64 = 18;
const HEADER_ALG: i64 = 1;
const HEADER_CRIT: i64 = 2;
const HEADER_KID: i64 = 4;
const PROTECTED_BYTES_MAX: usize = 64;
const CONTEXT: &str = "Signature1";

/// Why bytes are not such a structure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Sign1Error {
    /// Not the CBOR of it.
    #[error("COSE_Sign1: {0}")]
    Cbor(#[from] CborError),
    /// The protected header lacks `alg` or `kid`.
    #[error("COSE_Sign1: no algorithm or key id in the protected header")]
    Header,
    /// The header marks something as critical that is not known here.
    #[error("COSE_Sign1: critical header that is not known")]
    Critical,
    /// An algorithm that is not known here.
    #[error("COSE_Sign1: algorithm {0} is not known")]
    Algorithm(i64),
}

/// A structure, taken apart but not verified.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sign1<'b> {
    pub(crate) algorithm: Algorithm,
    pub(crate) key_id: KeyId,
    pub(crate) payload: &'b [u8],
    pub(crate) signature: &'b [u8],
    protected: &'b [u8],
}

impl<'b> Sign1<'b> {
    /// Takes the structure apart, tagged or not.
    pub(crate) fn parse(bytes: &'b [u8]) -> Result<Self, Sign1Error> {
        let mut reader = Reader::new(bytes);
        reader.tag_if(TAG_SIGN1 as u8);
        reader.array_of(4)?;
        let protected = reader.bytes(PROTECTED_BYTES_MAX)?;
        reader.map_of(0)?;
        let payload = reader.bytes(bytes.len())?;
        let signature = reader.bytes(SIGNATURE_BYTES)?;
        reader.finish()?;
        if signature.len() != SIGNATURE_BYTES {
            return Err(CborError::Kind.into());
        }
        let (algorithm, key_id) = read_protected(protected)?;
        Ok(Self { algorithm, key_id, payload, signature, protected })
    }

    /// What was signed: the `Sig_structure` of RFC 9052 section 4.4.
    pub(crate) fn message(&self, external_aad: &[u8]) -> Vec<u8> {
        sig_structure(self.protected, external_aad, self.payload)
    }
}

fn read_protected(bytes: &[u8]) -> Result<(Algorithm, KeyId), Sign1Error> {
    let mut reader = Reader::new(bytes);
    let (mut algorithm, mut key_id, mut order) = (None, None, KeyOrder::default());
    for _ in 0..reader.map(8)? {
        match reader.next_key(&mut order)? {
            Key::Int(HEADER_ALG) => algorithm = Some(reader.int()?),
            Key::Int(HEADER_KID) => key_id = Some(KeyId::from_bytes(reader.bytes_exact()?)),
            Key::Int(HEADER_CRIT) => return Err(Sign1Error::Critical),
            Key::Int(_) | Key::Text(_) => reader.skip()?,
        }
    }
    reader.finish()?;
    let (Some(id), Some(key_id)) = (algorithm, key_id) else { return Err(Sign1Error::Header) };
    let algorithm = Algorithm::from_cose_id(id).ok_or(Sign1Error::Algorithm(id))?;
    Ok((algorithm, key_id))
}

/// Makes the tagged structure around a payload.
pub(crate) fn sign(
    payload: &[u8],
    external_aad: &[u8],
    key: &dyn Sign,
) -> Result<Vec<u8>, SuiteError> {
    sign_as(key.key_id(), payload, external_aad, key)
}

/// The same, with a key that others know by another id.
pub(crate) fn sign_as(
    key_id: KeyId,
    payload: &[u8],
    external_aad: &[u8],
    key: &dyn Sign,
) -> Result<Vec<u8>, SuiteError> {
    let mut protected = Vec::with_capacity(16);
    let mut e = Encoder::new(&mut protected);
    // INVARIANT: writing to a vector cannot fail, here and below.
    let _ = e
        .map(2)
        .and_then(|e| e.i64(HEADER_ALG)?.i64(key.algorithm().cose_id())?.i64(HEADER_KID))
        .and_then(|e| e.bytes(key_id.as_bytes()));
    let signature = key.sign(&sig_structure(&protected, external_aad, payload))?;
    let mut out = Vec::with_capacity(payload.len() + protected.len() + SIGNATURE_BYTES + 16);
    let mut e = Encoder::new(&mut out);
    let _ = e
        .tag(minicbor::data::Tag::new(TAG_SIGN1))
        .and_then(|e| e.array(4)?.bytes(&protected)?.map(0)?.bytes(payload))
        .and_then(|e| e.bytes(&signature));
    Ok(out)
}

fn sig_structure(protected: &[u8], external_aad: &[u8], payload: &[u8]) -> Vec<u8> {
    let length = protected.len() + external_aad.len() + payload.len() + CONTEXT.len() + 16;
    let mut out = Vec::with_capacity(length);
    let mut e = Encoder::new(&mut out);
    // INVARIANT: writing to a vector cannot fail.
    let _ = e
        .array(4)
        .and_then(|e| e.str(CONTEXT)?.bytes(protected)?.bytes(external_aad)?.bytes(payload));
    out
}
