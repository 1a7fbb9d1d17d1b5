//! Compact JWS (RFC 7515) and JWE (RFC 7516), as far as health certificates use them.

use super::refusal::Refusal;
use crate::reason::ReasonCode;
use crate::verify::Step;
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

/// A JWS, taken apart but not verified.
pub(crate) struct Jws<'t> {
    pub(crate) header: Value,
    pub(crate) payload: Vec<u8>,
    pub(crate) signature: Vec<u8>,
    /// What was signed: header and payload as they stand.
    pub(crate) message: &'t [u8],
}

impl<'t> Jws<'t> {
    pub(crate) fn parse(text: &'t str) -> Result<Self, Refusal> {
        let malformed = || Refusal::malformed(Step::Cose);
        let (message, signature) = text.rsplit_once('.').ok_or_else(malformed)?;
        let (header, payload) = message.split_once('.').ok_or_else(malformed)?;
        let part = |text: &str| URL_SAFE_NO_PAD.decode(text).map_err(|_| malformed());
        let header = serde_json::from_slice(&part(header)?).map_err(|_| malformed())?;
        Ok(Self {
            header,
            payload: part(payload)?,
            signature: part(signature)?,
            message: message.as_bytes(),
        })
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.header.get(name).and_then(Value::as_str)
    }

    /// Checks that the header states ES256 and marks nothing as critical.
    pub(crate) fn check_es256(&self) -> Result<(), Refusal> {
        match self.header("alg") {
            Some("ES256") => {}
            None | Some("none") => {
                return Err(Refusal::invalid(Step::Cose, ReasonCode::UNSIGNED));
            }
            Some(_) => return Err(Refusal::invalid(Step::Cose, ReasonCode::ALGORITHM_UNKNOWN)),
        }
        match self.header.get("crit") {
            Some(_) => Err(Refusal::malformed(Step::Cose)),
            None => Ok(()),
        }
    }
}

/// Whether a text has as many parts as a compact JWS (3) or JWE (5), all base64url.
pub(crate) fn has_parts(text: &str, parts: usize) -> bool {
    let base64url = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    text.split('.').count() == parts
        && text.starts_with("eyJ")
        && text.split('.').all(|part| part.bytes().all(base64url))
}

/// Opens a JWE encrypted directly (`dir`) by AES-256-GCM (RFC 7518 sections 4.5 and 5.3).
/// None for anything else, or another key. `zip` is left to the caller.
pub(crate) fn decrypt(text: &str, key: &[u8; 32]) -> Option<(Value, Vec<u8>)> {
    let parts: Vec<&str> = text.split('.').collect();
    let [header_text, "", nonce, sealed, tag] = parts.as_slice() else { return None };
    let part = |text: &str| URL_SAFE_NO_PAD.decode(text).ok();
    let header: Value = serde_json::from_slice(&part(header_text)?).ok()?;
    let is = |name: &str, value: &str| header.get(name).and_then(Value::as_str) == Some(value);
    if !is("alg", "dir") || !is("enc", "A256GCM") || header.get("crit").is_some() {
        return None;
    }
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).ok()?);
    let nonce = Nonce::try_assume_unique_for_key(&part(nonce)?).ok()?;
    let mut sealed = part(sealed)?;
    let tag = part(tag)?;
    if tag.len() != AES_256_GCM.tag_len() {
        return None;
    }
    sealed.extend_from_slice(&tag);
    let aad = Aad::from(header_text.as_bytes());
    let length = key.open_in_place(nonce, aad, &mut sealed).ok()?.len();
    sealed.truncate(length);
    Some((header, sealed))
}
