//! EU Digital COVID Certificates: the content by JSON schema 1.3.3 of the eHealth Network, in the
//! envelope of its "Electronic Health Certificate Specification" 1.0.5: CWT, `COSE_Sign1` (ES256,
//! `alg` and `kid` in the protected header, tag 18), zlib, Base45, `HC1:`.
//!
//! The CBOR is deterministic (RFC 8949 section 4.2.1), texts are normalised (NFC; section 3.3.6 of
//! the specification). The QR is to be alphanumeric, of error correction level Q (section 4.2.2).

mod content;

use super::uvci::Uvci;
use super::{IssueError, LatinName, deflate};
use crate::base45;
use crate::foreign::value_sets::country;
use crate::foreign::{PersonShown, Record};
use crate::sign1;
use crate::suite::{Algorithm, KeyId, Sign};
use hutong_model::Timestamp;
use hutong_model::limits::CODE_TEXT_BYTES_MAX;
use minicbor::Encoder;
use std::convert::Infallible;

const PREFIX: &str = "HC1:";
const ISS: i64 = 1;
const EXP: i64 = 4;
const IAT: i64 = 6;
/// Section 3.3.7 of the specification; registered with IANA as `hcert`.
const HCERT: i64 = -260;
const EU_DCC: i64 = 1;
/// Version of the schema that is stated.
const VERSION: &str = "1.3.3";
/// Most characters of a text (`maxLength` in the schema).
const TEXT_CHARACTERS_MAX: usize = 80;

type Encoded = Result<(), minicbor::encode::Error<Infallible>>;

/// What a certificate states. Times are in whole seconds.
#[derive(Debug, Clone)]
pub struct DccClaims<'a> {
    /// The issuing country (ISO 3166-1 alpha-2; `iss`).
    pub issuer: &'a str,
    /// When it is issued (`iat`); not before the signer's certificate is in force.
    pub issued_at: Timestamp,
    /// When it runs out (`exp`); not after the signer's certificate.
    pub expires_at: Timestamp,
    /// The first 8 bytes of SHA-256 of the signer's certificate (`kid`), as
    /// [`crate::foreign::keys::Certificate::key_id`] gives them.
    pub key_id: [u8; 8],
    /// The id of the certificate (`ci`). The record's own is not looked at.
    pub uvci: &'a Uvci,
    /// Whom it is about: the name, and the date of birth as exact as it is known.
    pub person: &'a PersonShown,
    /// The one record.
    ///
    /// - A dose states its codes, or at least its place in our catalogue, from which
    ///   [`super::vaccine_codes()`] leads to them; its dose, doses and full date.
    /// - A test states its kind by code or word, nucleic acid or antigen; the instant of the
    ///   sample, of which fractions of seconds are dropped; a result that is detected or not.
    /// - A recovery states three full dates.
    ///
    /// All state their country and the authority that issues.
    pub record: &'a Record,
}

/// Issues a certificate, as the text of its QR.
///
/// # Errors
/// [`IssueError`] naming what is missing, malformed or cannot be stated, by the name that the
/// schema has for it; [`IssueError::Algorithm`] where the key is not of ES256.
pub fn issue(claims: &DccClaims<'_>, key: &dyn Sign) -> Result<String, IssueError> {
    if key.algorithm() != Algorithm::Es256 {
        return Err(IssueError::Algorithm);
    }
    let payload = payload(claims)?;
    let signed = sign1::sign_as(KeyId::from_bytes(claims.key_id), &payload, &[], key)?;
    let mut text = PREFIX.to_owned();
    base45::encode_into(&deflate(&signed, true)?, &mut text);
    if text.len() > CODE_TEXT_BYTES_MAX { Err(IssueError::Large) } else { Ok(text) }
}

/// The claims of the CWT.
fn payload(claims: &DccClaims<'_>) -> Result<Vec<u8>, IssueError> {
    if country(claims.issuer).is_none_or(|known| known.alpha2 != claims.issuer) {
        return Err(IssueError::Malformed("iss"));
    }
    let (issued_s, expires_s) = (claims.issued_at.unix_s(), claims.expires_at.unix_s());
    if issued_s < 0 || expires_s <= issued_s {
        return Err(IssueError::Life);
    }
    let person = Person::of(claims.person)?;
    let (group, entry) = content::entry(claims.record, claims.uvci)?;
    let mut out = Vec::with_capacity(512);
    let mut e = Encoder::new(&mut out);
    // INVARIANT: writing to a vector cannot fail.
    let _ = e
        .map(4)
        .and_then(|e| e.i64(ISS)?.str(claims.issuer)?.i64(EXP)?.i64(expires_s))
        .and_then(|e| e.i64(IAT)?.i64(issued_s)?.i64(HCERT)?.map(1)?.i64(EU_DCC)?.map(4))
        .map(drop)
        // Keys in the order of their bytes: the shortest first.
        .and_then(|()| e.str(group)?.array(1).map(drop))
        .and_then(|()| content::write(&entry, &mut e))
        .and_then(|()| person.write(&mut e))
        .and_then(|()| e.str("ver")?.str(VERSION).map(drop));
    Ok(out)
}

/// The members `dob` and `nam`.
struct Person {
    name: LatinName,
    birth_date: Box<str>,
}

impl Person {
    fn of(person: &PersonShown) -> Result<Self, IssueError> {
        let name = LatinName::of(&person.name)?;
        let parts = [
            ("fn", &name.family),
            ("gn", &name.given),
            ("fnt", &name.family_latin),
            ("gnt", &name.given_latin),
        ];
        for (field, text) in parts {
            if text.as_ref().is_some_and(|text| text.chars().count() > TEXT_CHARACTERS_MAX) {
                return Err(IssueError::Malformed(field));
            }
        }
        let birth_date = person.birth_date.clone().unwrap_or_default();
        if !birth_date.is_empty() && !content::is_birth_date(&birth_date) {
            return Err(IssueError::Malformed("dob"));
        }
        Ok(Self { name, birth_date })
    }

    fn write(&self, e: &mut Encoder<&mut Vec<u8>>) -> Encoded {
        e.str("dob")?.str(&self.birth_date)?;
        e.str("nam")?;
        let parts = [
            ("fn", &self.name.family),
            ("gn", &self.name.given),
            ("fnt", &self.name.family_latin),
            ("gnt", &self.name.given_latin),
        ];
        let stated = parts.iter().filter_map(|(field, text)| Some((*field, text.as_deref()?)));
        e.map(stated.clone().count() as u64)?;
        for (field, text) in stated {
            e.str(field)?.str(text)?;
        }
        Ok(())
    }
}
