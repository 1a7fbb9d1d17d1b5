//! SMART Health Cards (SMART Health Cards Framework 1.4): `shc:/` and digits, in one code or
//! several, a compact JWS, or a file of such; ES256 over a DEFLATE-compressed FHIR bundle.

use super::fhir_bundle;
use super::inflate::deflate;
use super::json::text;
use super::jws::Jws;
use super::keys::{ForeignKey, ForeignKeys, KeyAlgorithm, p256_thumbprint};
use super::reading::Reading;
use super::refusal::Refusal;
use super::revoked::{self, Signed};
use super::times::Times;
use super::verifier::ForeignContext;
use crate::reason::ReasonCode;
use crate::verify::{Format, Step};
use hutong_model::Verdict;
use hutong_model::limits::{CARD_CHUNKS_MAX, FOREIGN_BYTES_MAX};
use serde_json::Value;

pub(crate) const SHC: &str = "shc:/";
const TYPE: &str = "https://smarthealth.cards#health-card";

/// Checks the numeric form; chunks of one card are separated by white space.
pub(crate) fn verify_numeric(
    text: &str,
    keys: &ForeignKeys,
    context: &ForeignContext<'_>,
) -> Reading {
    match join(text) {
        Ok(jws) => verify(&jws, keys, context),
        Err(refusal) => Reading::new(Format::Shc).conclude(Err(refusal)),
    }
}

/// Checks a compact JWS.
pub(crate) fn verify(jws: &str, keys: &ForeignKeys, context: &ForeignContext<'_>) -> Reading {
    let mut reading = Reading::new(Format::Shc);
    let outcome = check(jws, keys, context, &mut reading);
    reading.conclude(outcome)
}

/// Checks a file (`.smart-health-card`): every card in it. The answer is that of the first which
/// is not valid; where all are, their records together.
pub(crate) fn verify_file(
    file: &Value,
    keys: &ForeignKeys,
    context: &ForeignContext<'_>,
) -> Reading {
    let cards = file.get("verifiableCredential").and_then(Value::as_array);
    let cards: Option<Vec<&str>> =
        cards.map(|cards| cards.iter().filter_map(Value::as_str).collect());
    let mut whole: Option<Reading> = None;
    for card in cards.unwrap_or_default().into_iter().take(CARD_CHUNKS_MAX) {
        let mut reading = verify(card, keys, context);
        if reading.verdict != Verdict::Valid {
            return reading;
        }
        match &mut whole {
            Some(whole) => whole.records.append(&mut reading.records),
            None => whole = Some(reading),
        }
    }
    whole.unwrap_or_else(|| Reading::new(Format::Shc).conclude(Err(Refusal::malformed(Step::Cose))))
}

fn check(
    text: &str,
    keys: &ForeignKeys,
    context: &ForeignContext<'_>,
    reading: &mut Reading,
) -> Result<(), Refusal> {
    let jws = Jws::parse(text)?;
    jws.check_es256()?;
    if jws.header("zip") != Some("DEF") {
        return Err(Refusal::malformed(Step::Cose).at("zip"));
    }
    let id = jws.header("kid").ok_or(Refusal::unverified(Step::Key, ReasonCode::KEY_ID_MISSING))?;
    reading.key_id = Some(id.into());
    let payload = deflate(&jws.payload, FOREIGN_BYTES_MAX).ok_or(Refusal::malformed(Step::Zlib));
    let payload = payload.and_then(|bytes| {
        serde_json::from_slice::<Value>(&bytes).map_err(|_| Refusal::malformed(Step::Cbor))
    })?;
    let issuer = payload.get("iss").and_then(Value::as_str);
    reading.issuer = issuer.map(Into::into);
    let signer = find_signer(&jws, id, issuer, keys);
    reading.authentic = signer.is_ok();
    if let Err(wrong) = &signer
        && wrong.verdict == Verdict::Invalid
    {
        return Err(wrong.clone());
    }
    let content = content(&payload, reading);
    let _ = signer?;
    let times = content?;
    times.check(context.now)?;
    let rid = payload.pointer("/vc/rid").and_then(Value::as_str);
    let signed = Signed {
        issuer: issuer.unwrap_or_default(),
        key_id: id.as_bytes(),
        signature: &jws.signature,
        ecdsa: true,
        rid,
        issued_at: reading.issued_at,
    };
    revoked::check(context.revocations, &signed, &[])
}

/// The key that made the signature: by its id, which must be its thumbprint, and of the issuer
/// that the card names where the key's owner is known.
fn find_signer<'k>(
    jws: &Jws<'_>,
    id: &str,
    issuer: Option<&str>,
    keys: &'k ForeignKeys,
) -> Result<&'k ForeignKey, Refusal> {
    let sharing = keys.with_id(id.as_bytes());
    if sharing.is_empty() {
        return Err(Refusal::unverified(Step::Key, ReasonCode::KEY_UNKNOWN));
    }
    let mut refusal = Refusal::invalid(Step::Key, ReasonCode::KEY_KIND);
    for key in sharing {
        if p256_thumbprint(&key.public).as_deref() != Some(id) {
            continue;
        }
        if !key.public.verifies(KeyAlgorithm::Es256, jws.message, &jws.signature) {
            refusal = Refusal::invalid(Step::Signature, ReasonCode::SIGNATURE_WRONG);
        } else if key.issuer.as_deref().is_some_and(|owner| Some(owner) != issuer) {
            refusal = Refusal::unverified(Step::Key, ReasonCode::KEY_COUNTRY);
        } else {
            return Ok(key);
        }
    }
    Err(refusal)
}

/// Checks the claims and reads the bundle.
fn content(payload: &Value, reading: &mut Reading) -> Result<Times, Refusal> {
    let issuer = text(payload, "iss").ok_or(Refusal::schema("iss"))?;
    if !issuer.starts_with("https://") || issuer.ends_with('/') {
        return Err(Refusal::schema("iss"));
    }
    let times = Times::of_json(payload)?;
    if times.not_before.is_none() {
        return Err(Refusal::schema("nbf"));
    }
    (reading.issued_at, reading.expires_at) = (times.not_before, times.expires_at);
    let credential = payload.get("vc").ok_or(Refusal::schema("vc"))?;
    let types = credential.get("type").and_then(Value::as_array);
    if !types.is_some_and(|types| types.iter().any(|name| name == TYPE)) {
        return Err(Refusal::schema("vc/type"));
    }
    if credential.get("rid").is_some_and(|rid| !rid.as_str().is_some_and(is_rid)) {
        return Err(Refusal::schema("vc/rid"));
    }
    let subject = credential.get("credentialSubject");
    let subject = subject.ok_or(Refusal::schema("vc/credentialSubject"))?;
    if !text(subject, "fhirVersion").is_some_and(|version| version.starts_with("4.")) {
        return Err(Refusal::schema("vc/credentialSubject/fhirVersion"));
    }
    let bundle = subject.get("fhirBundle").ok_or(Refusal::schema("fhirBundle"))?;
    let (person, records) = fhir_bundle::read(bundle)?;
    (reading.person, reading.records) = (person, records);
    Ok(times)
}

/// Whether a revocation id has its form: base64url, 24 characters at most.
fn is_rid(text: &str) -> bool {
    let base64url = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    (1..=24).contains(&text.len()) && text.bytes().all(base64url)
}

/// The JWS behind one code, or behind all codes of a card in any order.
fn join(text: &str) -> Result<String, Refusal> {
    let malformed = || Refusal::malformed(Step::Prefix);
    let mut chunks: Vec<Option<String>> = Vec::new();
    for (place, code) in text.split_ascii_whitespace().enumerate() {
        let body = code.strip_prefix(SHC).ok_or_else(malformed)?;
        let (index, count, digits) = match body.split('/').collect::<Vec<_>>().as_slice() {
            [digits] => (1, 1, *digits),
            [index, count, digits] => (chunk_number(index)?, chunk_number(count)?, *digits),
            _ => return Err(malformed()),
        };
        if place == 0 {
            chunks.resize(count, None);
        }
        if count != chunks.len() || index > count {
            return Err(malformed());
        }
        // The same chunk twice would be one too many.
        let decoded = decode_digits(digits).ok_or_else(malformed)?;
        if chunks.get_mut(index - 1).ok_or_else(malformed)?.replace(decoded).is_some() {
            return Err(malformed());
        }
    }
    let joined: Option<String> = chunks.into_iter().collect();
    joined.ok_or(Refusal::unverified(Step::Prefix, ReasonCode::CHUNK_MISSING))
}

fn chunk_number(text: &str) -> Result<usize, Refusal> {
    match text.parse() {
        Ok(number @ 1..=CARD_CHUNKS_MAX) => Ok(number),
        _ => Err(Refusal::malformed(Step::Prefix)),
    }
}

/// Pairs of digits, each a character less 45.
fn decode_digits(digits: &str) -> Option<String> {
    let (pairs, rest) = digits.as_bytes().as_chunks::<2>();
    if !rest.is_empty() || pairs.is_empty() {
        return None;
    }
    let character = |[tens, ones]: &[u8; 2]| {
        let digit = |b: &u8| b.is_ascii_digit().then(|| b - b'0');
        let value = digit(tens)? * 10 + digit(ones)?;
        // Base64url and the dot lie between '-' (45) and 'z' (122).
        (value <= b'z' - 45).then(|| value + 45)
    };
    let characters = pairs.iter().map(character).collect::<Option<Vec<u8>>>()?;
    String::from_utf8(characters).ok()
}
