//! Public keys as JWK (RFC 7517, RFC 7518 section 6, RFC 8037).

use super::{Certificate, KeyAlgorithm, KeysError, PublicKey};
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hutong_model::limits::CERTIFICATE_CHAIN_MAX;
use serde_json::Value;

/// Reads the key of a JWK. Its `kid`, `use` and `alg` are the caller's to judge.
pub(super) fn public_key(jwk: &Value) -> Result<PublicKey, KeysError> {
    let (algorithm, point) = match (text(jwk, "kty"), text(jwk, "crv")) {
        ("EC", "P-256") => (KeyAlgorithm::Es256, 32),
        ("EC", "P-384") => (KeyAlgorithm::Es384, 48),
        ("EC", "P-521") => (KeyAlgorithm::Es512, 66),
        ("OKP", "Ed25519") => {
            let x = bytes(jwk, "x")?;
            return PublicKey::new(KeyAlgorithm::EdDsa, &x);
        }
        ("RSA", _) => return rsa(&bytes(jwk, "n")?, &bytes(jwk, "e")?),
        _ => return Err(KeysError::Kind),
    };
    let (x, y) = (bytes(jwk, "x")?, bytes(jwk, "y")?);
    if x.len() != point || y.len() != point {
        return Err(KeysError::Malformed);
    }
    PublicKey::new(algorithm, &[&[4], &*x, &*y].concat())
}

/// The thumbprint of a key on P-256 (RFC 7638), by which SMART Health Cards name it.
pub(crate) fn p256_thumbprint(key: &PublicKey) -> Option<String> {
    if key.algorithm() != KeyAlgorithm::Es256 {
        return None;
    }
    let (x, y) = key.bytes().strip_prefix(&[4])?.split_at_checked(32)?;
    let (x, y) = (URL_SAFE_NO_PAD.encode(x), URL_SAFE_NO_PAD.encode(y));
    let canonical = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
    Some(URL_SAFE_NO_PAD.encode(digest(&SHA256, canonical.as_bytes())))
}

/// The certificates of `x5c` (RFC 7517 section 4.7), the key's own first.
pub(super) fn chain(jwk: &Value) -> Result<Vec<Certificate>, KeysError> {
    let Some(list) = jwk.get("x5c") else { return Ok(Vec::new()) };
    let list = list.as_array().ok_or(KeysError::Malformed)?;
    if list.len() > CERTIFICATE_CHAIN_MAX {
        return Err(KeysError::Large);
    }
    let read = |item: &Value| {
        let text = item.as_str().ok_or(KeysError::Malformed)?;
        Certificate::from_der(&STANDARD.decode(text).map_err(|_| KeysError::Malformed)?)
    };
    list.iter().map(read).collect()
}

/// An `RSAPublicKey` (RFC 8017 appendix A.1.1) of its two numbers.
fn rsa(n: &[u8], e: &[u8]) -> Result<PublicKey, KeysError> {
    let body = [der(2, &positive(n)), der(2, &positive(e))].concat();
    PublicKey::new(KeyAlgorithm::Ps256, &der(0x30, &body))
}

/// A number without leading zeros, save the one that keeps it positive.
fn positive(bytes: &[u8]) -> Vec<u8> {
    let from = bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len());
    let rest = bytes.get(from..).unwrap_or_default();
    let sign: &[u8] = if rest.first().is_none_or(|first| *first >= 0x80) { &[0] } else { &[] };
    [sign, rest].concat()
}

/// A tag, a length and a content (X.690 section 8.1).
fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let from = length.iter().position(|byte| *byte != 0).unwrap_or(length.len() - 1);
    let length = length.get(from..).unwrap_or_default();
    let mut out = vec![tag];
    if content.len() >= 0x80 {
        out.push(0x80 | u8::try_from(length.len()).unwrap_or(8));
    }
    out.extend_from_slice(length);
    out.extend_from_slice(content);
    out
}

fn text<'j>(jwk: &'j Value, name: &str) -> &'j str {
    jwk.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn bytes(jwk: &Value, name: &str) -> Result<Vec<u8>, KeysError> {
    match URL_SAFE_NO_PAD.decode(text(jwk, name)) {
        Ok(bytes) if (1..=1024).contains(&bytes.len()) => Ok(bytes),
        _ => Err(KeysError::Malformed),
    }
}
