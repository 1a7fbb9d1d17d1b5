//! Vectors of `shc:/`: SMART Health Cards.

use crate::{
    KitError, Vector,
    issuers::{CARDS_AT, Issuers},
    people, right, wrong,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use flate2::{Compression, write::DeflateEncoder};
use hutong_code::{
    Sign, SigningKey,
    issue::{
        jwks,
        shc::{self, CardClaims, HealthCard},
    },
    verify::{Format, Step},
};
use hutong_model::{Timestamp, Verdict};
use serde_json::{Value, json};
use std::io::Write;

const FRAMEWORK: &str = "SMART Health Cards Framework 1.4";
const DAY_S: i64 = 86_400;
const TAKEN_BACK: &str = "TAKENBACK";

pub(crate) fn vectors(issuers: &Issuers, at: Timestamp) -> Result<Vec<Vector>, KitError> {
    let card = card("shc-dose", issuers, at, at.plus_s(-DAY_S), None)?;
    let later = card_of("shc-early", issuers, at.plus_s(DAY_S), None, None)?;
    let over = at.plus_s(-DAY_S);
    let expired = card_of("shc-expired", issuers, at.plus_s(-9 * DAY_S), Some(over), None)?;
    let revoked = card_of("shc-revoked", issuers, at.plus_s(-DAY_S), None, Some(TAKEN_BACK))?;
    let mut vectors = whole(&card);
    vectors.extend(digits(&card));
    vectors.extend(headers(issuers, &card)?);
    let times = [
        ("shc-early", later, Verdict::Invalid, Step::Validity, "it counts from tomorrow"),
        ("shc-expired", expired, Verdict::Expired, Step::Validity, "it ran out a day ago"),
        ("shc-revoked", revoked, Verdict::Revoked, Step::Revocation, "its `rid` is on the list"),
    ];
    for (id, card, result, step, about) in times {
        vectors.push(wrong(id, (Format::Shc, line(&card)), (result, step), about, FRAMEWORK));
    }
    Ok(vectors)
}

/// The list of cards that were taken back.
pub(crate) fn revoked(issuers: &Issuers) -> Result<Vec<u8>, KitError> {
    let kid =
        jwks::key_id(issuers.cards.public_key()).map_err(|e| KitError::of("shc-revoked")(&e))?;
    let list = json!({ "kid": kid, "method": "rid", "ctr": 1, "rids": [TAKEN_BACK] });
    Ok(list.to_string().into_bytes())
}

fn card(
    id: &'static str,
    issuers: &Issuers,
    now: Timestamp,
    from: Timestamp,
    until: Option<Timestamp>,
) -> Result<HealthCard, KitError> {
    let now = now.to_string();
    let records = [people::dose(), people::result("nucleic-acid", &now)];
    let claims = CardClaims {
        issuer: CARDS_AT,
        not_before: from,
        expires_at: until,
        revocation_id: None,
        person: &people::person(),
        records: &records,
        dose_numbers: false,
    };
    shc::issue(&claims, &issuers.cards).map_err(|e| KitError::of(id)(&e))
}

fn card_of(
    id: &'static str,
    issuers: &Issuers,
    from: Timestamp,
    until: Option<Timestamp>,
    rid: Option<&str>,
) -> Result<HealthCard, KitError> {
    let claims = CardClaims {
        issuer: CARDS_AT,
        not_before: from,
        expires_at: until,
        revocation_id: rid,
        person: &people::person(),
        records: &[people::dose()],
        dose_numbers: false,
    };
    shc::issue(&claims, &issuers.cards).map_err(|e| KitError::of(id)(&e))
}

/// The codes of a card on one line.
fn line(card: &HealthCard) -> String {
    card.codes().join(" ")
}

/// The numeric form (framework, "Encoding chunks as QR codes").
fn numeric(jws: &str) -> String {
    let digits: String = jws.bytes().map(|byte| format!("{:02}", byte - 45)).collect();
    format!("shc:/{digits}")
}

/// The same in two codes.
fn in_two(jws: &str) -> [String; 2] {
    let (first, second) = jws.split_at(jws.len() / 2);
    let part =
        |number: u8, text: &str| numeric(text).replacen("shc:/", &format!("shc:/{number}/2/"), 1);
    [part(1, first), part(2, second)]
}

fn whole(card: &HealthCard) -> Vec<Vector> {
    let [first, second] = in_two(card.jws());
    let backwards = format!("{second} {first}");
    vec![
        right("shc-dose", Format::Shc, line(card), "a dose and a result", FRAMEWORK),
        right("shc-jws", Format::Shc, card.jws().into(), "the JWS itself", FRAMEWORK),
        right("shc-chunks", Format::Shc, format!("{first} {second}"), "in two codes", FRAMEWORK),
        right("shc-backwards", Format::Shc, backwards, "the second code first", FRAMEWORK),
        wrong(
            "shc-half",
            (Format::Shc, first),
            (Verdict::Unverified, Step::Prefix),
            "the second code is missing",
            FRAMEWORK,
        ),
    ]
}

fn digits(card: &HealthCard) -> Vec<Vector> {
    let text = numeric(card.jws());
    let invalid = |id, text, about| {
        let answer = (Verdict::Invalid, Step::Prefix);
        wrong(id, (Format::Shc, text), answer, about, "framework: pairs of digits, 00 to 77")
    };
    let (odd, _) = text.split_at(text.len() - 1);
    vec![
        invalid("shc-odd", odd.into(), "an odd number of digits"),
        invalid("shc-beyond", text.replacen("shc:/", "shc:/99", 1), "a pair beyond 77"),
        invalid("shc-letter", text.replacen("shc:/", "shc:/a0", 1), "a letter among the digits"),
    ]
}

/// Wrong headers, payloads and signatures.
fn headers(issuers: &Issuers, card: &HealthCard) -> Result<Vec<Vector>, KitError> {
    let failed = KitError::of("shc-headers");
    let kid = jwks::key_id(issuers.cards.public_key()).map_err(|e| failed(&e))?;
    let strange = jwks::key_id(issuers.unknown_cards.public_key()).map_err(|e| failed(&e))?;
    let payload = payload_of(card).ok_or_else(|| failed(&"its payload cannot be read"))?;
    let header = |alg: &str, kid: &str| json!({ "zip": "DEF", "alg": alg, "kid": kid });
    let es256 = header("ES256", &kid);
    let packed = deflated(&payload);
    let by = |header: &Value, payload: &[u8], key: &SigningKey| jws(header, payload, key);
    let own = &issuers.cards;
    let mut unpacked = es256.clone();
    unpacked["zip"] = Value::Null;
    let mut elsewhere = payload.clone();
    elsewhere["iss"] = json!("https://other.example");
    let mut no_type = payload.clone();
    no_type["vc"]["type"] = json!([]);
    let mut no_start = payload.clone();
    no_start["nbf"] = Value::Null;
    let flipped = flipped(card.jws());
    let cut = packed.get(..packed.len() / 2).unwrap_or_default();
    let invalid = Verdict::Invalid;
    let cases: [(&str, String, Verdict, Step, &str); 11] = [
        ("shc-flipped", flipped, invalid, Step::Signature, "one bit of the signature"),
        (
            "shc-stolen",
            by(&es256, &packed, &issuers.unknown_cards),
            invalid,
            Step::Signature,
            "another's key, this key's id",
        ),
        ("shc-alg-none", by(&header("none", &kid), &packed, own), invalid, Step::Cose, "`none`"),
        ("shc-hs256", by(&header("HS256", &kid), &packed, own), invalid, Step::Cose, "HS256"),
        (
            "shc-not-deflated",
            by(&unpacked, payload.to_string().as_bytes(), own),
            invalid,
            Step::Cose,
            "no `zip`",
        ),
        ("shc-cut", by(&es256, cut, own), invalid, Step::Zlib, "half of the payload"),
        (
            "shc-bomb",
            by(&es256, &deflated_bytes(&vec![b' '; 1 << 20]), own),
            invalid,
            Step::Zlib,
            "1 MiB of spaces",
        ),
        (
            "shc-unknown",
            by(&header("ES256", &strange), &packed, &issuers.unknown_cards),
            Verdict::Unverified,
            Step::Key,
            "nobody knows the key",
        ),
        (
            "shc-elsewhere",
            by(&es256, &deflated(&elsewhere), own),
            Verdict::Unverified,
            Step::Key,
            "another issuer's address",
        ),
        ("shc-type", by(&es256, &deflated(&no_type), own), invalid, Step::Schema, "no type"),
        ("shc-start", by(&es256, &deflated(&no_start), own), invalid, Step::Schema, "no `nbf`"),
    ];
    let vector = |(id, text, result, step, about): (&str, String, Verdict, Step, &str)| {
        wrong(id, (Format::Shc, numeric(&text)), (result, step), about, FRAMEWORK)
    };
    Ok(cases.into_iter().map(vector).collect())
}

fn payload_of(card: &HealthCard) -> Option<Value> {
    let part = card.jws().split('.').nth(1)?;
    let packed = URL_SAFE_NO_PAD.decode(part).ok()?;
    serde_json::from_reader(flate2::read::DeflateDecoder::new(packed.as_slice())).ok()
}

fn deflated(payload: &Value) -> Vec<u8> {
    deflated_bytes(payload.to_string().as_bytes())
}

fn deflated_bytes(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    // INVARIANT: writing to a vector cannot fail.
    let _ = encoder.write_all(bytes);
    encoder.finish().unwrap_or_default()
}

fn jws(header: &Value, payload: &[u8], key: &SigningKey) -> String {
    let mut jws = URL_SAFE_NO_PAD.encode(header.to_string());
    jws.push('.');
    jws.push_str(&URL_SAFE_NO_PAD.encode(payload));
    let signature = key.sign(jws.as_bytes()).unwrap_or([0; hutong_code::suite::SIGNATURE_BYTES]);
    jws.push('.');
    jws.push_str(&URL_SAFE_NO_PAD.encode(signature));
    jws
}

fn flipped(jws: &str) -> String {
    let Some((message, signature)) = jws.rsplit_once('.') else { return jws.into() };
    let mut signature = URL_SAFE_NO_PAD.decode(signature).unwrap_or_default();
    if let Some(first) = signature.first_mut() {
        *first ^= 1;
    }
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
}
