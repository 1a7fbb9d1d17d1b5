//! `COSE_Sign1` (RFC 9052 section 4.2) as others write it: tagged or not, in a CWT tag or not.

use super::cbor::{Map, Value};
use super::keys::KeyAlgorithm;
use super::refusal::Refusal;
use crate::reason::ReasonCode;
use crate::verify::Step;
use minicbor::Encoder;
use std::borrow::Cow;

/// RFC 8392 section 6.
const TAG_CWT: u64 = 61;
/// RFC 9052 section 2.
const TAG_SIGN1: u64 = 18;
/// RFC 8949 section 3.4.6.
const TAG_SELF_DESCRIBED: u64 = 55_799;
const HEADER_ALG: i128 = 1;
const HEADER_CRIT: i128 = 2;
const HEADER_KID: i128 = 4;
/// Longest key id that is looked up, in bytes.
const KEY_ID_BYTES_MAX: usize = 64;

/// A structure, taken apart but not verified.
#[derive(Debug, Clone)]
pub(crate) struct Cose<'b> {
    pub(crate) algorithm: KeyAlgorithm,
    /// The key id of the protected header, else of the unprotected one (RFC 9052 section 3.1).
    pub(crate) key_id: Option<Box<[u8]>>,
    pub(crate) payload: Cow<'b, [u8]>,
    pub(crate) signature: Cow<'b, [u8]>,
    protected: Cow<'b, [u8]>,
}

impl<'b> Cose<'b> {
    /// Takes a structure apart.
    pub(crate) fn parse(bytes: &'b [u8]) -> Result<Self, Refusal> {
        let value = Value::parse(bytes).ok_or(Refusal::malformed(Step::Cbor))?;
        let (protected, unprotected, payload, signature) =
            parts(untagged(value)).ok_or(Refusal::malformed(Step::Cose))?;
        let header = protected_header(&protected).ok_or(Refusal::malformed(Step::Cose))?;
        let algorithm = algorithm(&header)?;
        if !critical_known(&header) || unprotected.int(HEADER_CRIT).is_some() {
            return Err(Refusal::malformed(Step::Cose));
        }
        let key_id = key_id(&header, &unprotected)?;
        drop(header);
        Ok(Self { algorithm, key_id, payload, signature, protected })
    }

    /// What was signed: the `Sig_structure` of RFC 9052 section 4.4.
    pub(crate) fn message(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.payload.len() + self.protected.len() + 32);
        let mut e = Encoder::new(&mut out);
        let written = e
            .array(4)
            .and_then(|e| e.str("Signature1")?.bytes(&self.protected)?.bytes(b""))
            .and_then(|e| e.bytes(&self.payload).map(|_| ()));
        // INVARIANT: writing to a Vec cannot fail.
        debug_assert!(written.is_ok());
        out
    }
}

/// Steps into the tags that may stand around the structure, each once and in their order.
fn untagged(mut value: Value<'_>) -> Value<'_> {
    for tag in [TAG_SELF_DESCRIBED, TAG_CWT, TAG_SIGN1] {
        value = match value {
            Value::Tag(found, inner) if found == tag => *inner,
            other => other,
        };
    }
    value
}

type Parts<'b> = (Cow<'b, [u8]>, Map<'b>, Cow<'b, [u8]>, Cow<'b, [u8]>);

fn parts(value: Value<'_>) -> Option<Parts<'_>> {
    let Value::List(list) = value else { return None };
    let [protected, unprotected, payload, signature] = <[Value<'_>; 4]>::try_from(list).ok()?;
    match (protected, unprotected, payload, signature) {
        (
            Value::Bytes(protected),
            Value::Map(unprotected),
            Value::Bytes(payload),
            Value::Bytes(signature),
        ) => Some((protected, unprotected, payload, signature)),
        _ => None,
    }
}

fn protected_header<'h>(bytes: &'h [u8]) -> Option<Map<'h>> {
    if bytes.is_empty() {
        return Some(Map::default());
    }
    match Value::parse(bytes)? {
        Value::Map(map) => Some(map),
        _ => None,
    }
}

/// The algorithm, which counts only where it is signed itself (RFC 9052 section 3.1).
fn algorithm(header: &Map<'_>) -> Result<KeyAlgorithm, Refusal> {
    let Some(value) = header.int(HEADER_ALG) else {
        return Err(Refusal::invalid(Step::Cose, ReasonCode::UNSIGNED));
    };
    value
        .as_int()
        .and_then(KeyAlgorithm::from_cose_id)
        .ok_or(Refusal::invalid(Step::Cose, ReasonCode::ALGORITHM_UNKNOWN))
}

/// Whether all that is marked critical is among what is understood here.
fn critical_known(header: &Map<'_>) -> bool {
    let known = |label: &Value<'_>| matches!(label, Value::Int(HEADER_ALG | HEADER_KID));
    match header.int(HEADER_CRIT) {
        None => true,
        Some(labels) => labels.as_list().is_some_and(|l| !l.is_empty() && l.iter().all(known)),
    }
}

fn key_id(header: &Map<'_>, unprotected: &Map<'_>) -> Result<Option<Box<[u8]>>, Refusal> {
    let Some(value) = header.int(HEADER_KID).or_else(|| unprotected.int(HEADER_KID)) else {
        return Ok(None);
    };
    match value.as_bytes() {
        Some(bytes) if bytes.len() <= KEY_ID_BYTES_MAX => Ok(Some(bytes.into())),
        _ => Err(Refusal::malformed(Step::Cose)),
    }
}
