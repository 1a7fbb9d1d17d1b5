//! SMART Health Cards (SMART Health Cards Framework 1.4): one person's doses and results in a
//! compact JWS (ES256, DEFLATE) and its numeric QR codes. The bundle follows the profile of
//! minimal data ("Vaccination & Testing" implementation guide): no ids, no `meta`, no texts, no
//! displays of codes, references `resource:N`.

mod bundle;

use super::{IssueError, deflate, jwks};
use crate::foreign::{PersonShown, Record};
use crate::suite::{Algorithm, Sign};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hutong_model::Timestamp;
use hutong_model::limits::{CARD_CHUNKS_MAX, CODE_TEXT_BYTES_MAX, FOREIGN_BYTES_MAX};
use serde_json::{Value, json};

/// Longest JWS of one code: what a QR of version 22 holds (framework, "Chunking").
pub const JWS_CHARACTERS_MAX: usize = 1195;
/// Longest part of a JWS that is spread over several codes: their prefix takes the rest.
pub const CHUNK_CHARACTERS_MAX: usize = 1191;
/// Longest revocation id, in characters (framework, "Revocation").
const RID_CHARACTERS_MAX: usize = 24;
const FHIR_VERSION: &str = "4.0.1";
const TYPES: &str = "https://smarthealth.cards#";

/// What a card states. Times are in whole seconds.
#[derive(Debug, Clone)]
pub struct CardClaims<'a> {
    /// The issuer's address, `https://` without a slash at its end (`iss`). Its key set lies below
    /// it, at `.well-known/jwks.json` ([`super::jwks::key_set`]).
    pub issuer: &'a str,
    /// From when it counts (`nbf`).
    pub not_before: Timestamp,
    /// When it runs out (`exp`), if ever: a dose does not.
    pub expires_at: Option<Timestamp>,
    /// The id by which it can be revoked (`rid`): at most 24 characters of base64url.
    pub revocation_id: Option<&'a str>,
    /// Whom it is about: the name and the date of birth. Documents and sex are not stated.
    pub person: &'a PersonShown,
    /// Doses and results, at least one. What the profile has no place for is left out: country,
    /// authority and id of a record, names of codes, a maker without a code, a test's device, and
    /// the target, which the codes of vaccine and test imply. A recovery is refused: it is stated
    /// by its positive result.
    pub records: &'a [Record],
    /// Whether doses have their number (`protocolApplied`). That is beyond minimal data, so that
    /// validators remark on it.
    pub dose_numbers: bool,
}

/// A card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HealthCard {
    jws: String,
}

impl HealthCard {
    /// The compact JWS.
    pub fn jws(&self) -> &str {
        &self.jws
    }

    /// The texts of its QR codes: one, or several where it is longer than a QR of version 22. Each
    /// is `shc:/` (as bytes) and digits (as numerals).
    pub fn codes(&self) -> Vec<String> {
        let numeric = |part: &[u8]| {
            // INVARIANT: base64url and the dot lie between '-' (45) and 'z' (122).
            part.iter().map(|byte| format!("{:02}", byte.saturating_sub(45))).collect::<String>()
        };
        let jws = self.jws.as_bytes();
        if jws.len() <= JWS_CHARACTERS_MAX {
            return vec![format!("shc:/{}", numeric(jws))];
        }
        let count = jws.len().div_ceil(CHUNK_CHARACTERS_MAX);
        // Parts of about one size, as the framework asks.
        let parts = jws.chunks(jws.len().div_ceil(count));
        let code = |(place, part)| format!("shc:/{}/{count}/{}", place + 1, numeric(part));
        parts.enumerate().map(code).collect()
    }

    /// The content of a file `.smart-health-card`.
    pub fn file(&self) -> Value {
        json!({ "verifiableCredential": [self.jws] })
    }
}

/// Issues a card.
///
/// # Errors
/// [`IssueError`] naming what is missing, malformed or cannot be stated, by the name that the
/// framework or FHIR has for it; [`IssueError::Algorithm`] where the key is not of ES256;
/// [`IssueError::Large`] where its codes together are longer than readers take.
pub fn issue(claims: &CardClaims<'_>, key: &dyn Sign) -> Result<HealthCard, IssueError> {
    if key.algorithm() != Algorithm::Es256 {
        return Err(IssueError::Algorithm);
    }
    let payload = payload(claims)?.to_string();
    let header = json!({"zip": "DEF", "alg": "ES256", "kid": jwks::key_id(key.public_key())?});
    let mut jws = URL_SAFE_NO_PAD.encode(header.to_string());
    jws.push('.');
    jws.push_str(&URL_SAFE_NO_PAD.encode(deflate(payload.as_bytes(), false)?));
    let signature = key.sign(jws.as_bytes())?;
    jws.push('.');
    jws.push_str(&URL_SAFE_NO_PAD.encode(signature));
    let card = HealthCard { jws };
    let codes = card.codes();
    let together: usize = codes.iter().map(|code| code.len() + 1).sum();
    let fits = codes.len() <= CARD_CHUNKS_MAX && together <= CODE_TEXT_BYTES_MAX;
    if fits && payload.len() <= FOREIGN_BYTES_MAX { Ok(card) } else { Err(IssueError::Large) }
}

fn payload(claims: &CardClaims<'_>) -> Result<Value, IssueError> {
    let wrong = IssueError::Malformed("iss");
    let host = claims.issuer.strip_prefix("https://").ok_or(wrong)?;
    let plain = |byte: u8| byte.is_ascii_graphic() && !b"\"<>\\^`{|}?#".contains(&byte);
    if host.is_empty() || host.ends_with('/') || !host.bytes().all(plain) {
        return Err(wrong);
    }
    let from_s = claims.not_before.unix_s();
    if from_s < 0 || claims.expires_at.is_some_and(|at| at.unix_s() <= from_s) {
        return Err(IssueError::Life);
    }
    let base64url = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    let is_rid =
        |rid: &str| (1..=RID_CHARACTERS_MAX).contains(&rid.len()) && rid.bytes().all(base64url);
    if claims.revocation_id.is_some_and(|rid| !is_rid(rid)) {
        return Err(IssueError::Malformed("rid"));
    }
    let bundle = bundle::write(claims.person, claims.records, claims.dose_numbers)?;
    let mut credential = json!({
        "type": types(claims.records),
        "credentialSubject": {"fhirVersion": FHIR_VERSION, "fhirBundle": bundle},
    });
    if let Some(rid) = claims.revocation_id {
        credential["rid"] = json!(rid);
    }
    let mut payload = json!({"iss": claims.issuer, "nbf": from_s, "vc": credential});
    if let Some(at) = claims.expires_at {
        payload["exp"] = json!(at.unix_s());
    }
    Ok(payload)
}

/// The types of the credential (framework, "Health Cards are small": finer types).
fn types(records: &[Record]) -> Vec<String> {
    let mut types = vec![format!("{TYPES}health-card")];
    let any = |is: fn(&Record) -> bool| records.iter().any(is);
    if any(|record| matches!(record, Record::Vaccination(_))) {
        types.push(format!("{TYPES}immunization"));
    }
    if any(|record| matches!(record, Record::Test(_))) {
        types.push(format!("{TYPES}laboratory"));
    }
    if any(bundle::is_covid_19) {
        types.push(format!("{TYPES}covid19"));
    }
    types
}
