//! Vectors of `HT1:`: our own certificates of records.

use crate::{
    KitError, Vector,
    issuers::{Issuers, own_region},
    people, right, wrong,
};
use hutong_code::{
    Masked, SigningKey, base45,
    issue::own::{self, CertificateClaims},
    verify::{Format, Step},
};
use hutong_model::{PersonId, Timestamp, Verdict};

const FORMAT: &str = "docs/codes.md, certificates of records";
const DAY_S: i64 = 86_400;

pub(crate) fn vectors(issuers: &Issuers, at: Timestamp) -> Result<Vec<Vector>, KitError> {
    let key = &issuers.own;
    let whole = certificate("ht1-dose", key, at.plus_s(-DAY_S), at.plus_s(30 * DAY_S))?;
    let over = certificate("ht1-expired", key, at.plus_s(-9 * DAY_S), at.plus_s(-DAY_S))?;
    let strange = &issuers.unknown_cards;
    let strange = certificate("ht1-unknown", strange, at.plus_s(-DAY_S), at.plus_s(DAY_S))?;
    let invalid = |id, text, step, about| {
        wrong(id, (Format::Ht1, text), (Verdict::Invalid, step), about, FORMAT)
    };
    Ok(vec![
        invalid("ht1-flipped", flipped(&whole), Step::Signature, "one bit of the signature"),
        invalid("ht1-character", format!("{whole}a"), Step::Base45, "a small letter"),
        right("ht1-dose", Format::Ht1, whole, "a dose and a result on paper", FORMAT),
        wrong(
            "ht1-expired",
            (Format::Ht1, over),
            (Verdict::Expired, Step::Validity),
            "it ran out a day ago",
            FORMAT,
        ),
        wrong(
            "ht1-unknown",
            (Format::Ht1, strange),
            (Verdict::Unverified, Step::Key),
            "nobody knows the key",
            FORMAT,
        ),
    ])
}

fn certificate(
    id: &'static str,
    key: &SigningKey,
    issued_at: Timestamp,
    expires_at: Timestamp,
) -> Result<String, KitError> {
    let failed = KitError::of(id);
    let sampled = issued_at.to_string();
    let claims = CertificateClaims {
        issuer: own_region()?,
        subject: PersonId::from_bytes([7; 16]),
        issued_at,
        expires_at,
        cti: [9; 16],
        holder: Masked::parse("林**", "3301**********2410").map_err(|e| failed(&e))?,
        records: vec![people::dose(), people::result("antigen", &sampled)],
    };
    own::issue(&claims, key).map_err(|e| failed(&e))
}

/// The last bit, which is the signature's.
fn flipped(text: &str) -> String {
    let body = text.strip_prefix("HT1:").unwrap_or(text);
    let mut bytes = base45::decode(body.as_bytes()).unwrap_or_default();
    if let Some(last) = bytes.last_mut() {
        *last ^= 1;
    }
    format!("HT1:{}", base45::encode(&bytes))
}
