//! DIVOC (Digital Infrastructure for Vaccination Open Credentialing): a W3C credential as
//! `certificate.json` in a ZIP archive. Its signature is over RDF (`Ed25519Signature2018`,
//! `RsaSignature2018`), which needs the contexts of each issuer and their canonical form
//! (URDNA2015): it is not checked here, and the answer says so.

use super::json::{list, number, owned, text};
use super::reading::Reading;
use super::record::{Coded, Name, PersonDocument, PersonShown, Provenance, Record, Vaccination};
use super::refusal::Refusal;
use super::times::Times;
use super::value_sets::Set;
use crate::reason::ReasonCode;
use crate::verify::{Format, Step};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hutong_model::Timestamp;
use hutong_model::limits::{FOREIGN_BYTES_MAX, FOREIGN_RECORDS_MAX};
use serde_json::Value;
use std::io::{Cursor, Read};

/// Before the base64 of an archive, where a code is carried as text.
pub(crate) const B64: &str = "B64:";
/// The base64 of the first bytes of every ZIP archive.
pub(crate) const ZIP_BASE64: &str = "UEsDB";

/// Checks an archive as base64.
pub(crate) fn verify_text(text: &str, now: Timestamp) -> Reading {
    let mut reading = Reading::new(Format::Divoc);
    let text = text.strip_prefix(B64).unwrap_or(text);
    let outcome = STANDARD
        .decode(text)
        .map_err(|_| Refusal::malformed(Step::Prefix))
        .and_then(|archive| unpack(&archive).ok_or(Refusal::malformed(Step::Zlib)))
        .and_then(|json| serde_json::from_slice(&json).map_err(|_| Refusal::malformed(Step::Cbor)))
        .and_then(|credential| check(&credential, now, &mut reading));
    reading.conclude(outcome)
}

/// Checks a credential that is not packed.
pub(crate) fn verify_json(credential: &Value, now: Timestamp) -> Reading {
    let mut reading = Reading::new(Format::Divoc);
    let outcome = check(credential, now, &mut reading);
    reading.conclude(outcome)
}

fn unpack(archive: &[u8]) -> Option<Vec<u8>> {
    let mut zip = zip::ZipArchive::new(Cursor::new(archive)).ok()?;
    let file = zip.by_name("certificate.json").ok()?;
    let mut json = Vec::new();
    file.take(FOREIGN_BYTES_MAX as u64 + 1).read_to_end(&mut json).ok()?;
    (json.len() <= FOREIGN_BYTES_MAX).then_some(json)
}

/// Whether a JSON object is a credential of this kind.
pub(crate) fn is_credential(json: &Value) -> bool {
    list(json, "type").iter().any(|kind| kind == "ProofOfVaccinationCredential")
}

fn check(credential: &Value, now: Timestamp, reading: &mut Reading) -> Result<(), Refusal> {
    if !is_credential(credential) {
        return Err(Refusal::schema("type"));
    }
    reading.issuer = owned(credential, "issuer");
    let proof =
        credential.get("proof").ok_or(Refusal::invalid(Step::Cose, ReasonCode::UNSIGNED))?;
    reading.key_id = owned(proof, "verificationMethod");
    let time = |name: &str| text(credential, name).and_then(|at| Timestamp::parse(at).ok());
    let times = Times {
        issued_at: time("issuanceDate"),
        not_before: None,
        expires_at: time("expirationDate"),
    };
    (reading.issued_at, reading.expires_at) = (times.issued_at, times.expires_at);
    let subject =
        credential.get("credentialSubject").ok_or(Refusal::schema("credentialSubject"))?;
    reading.person = Some(person(subject)?);
    let evidence = list(credential, "evidence");
    if evidence.is_empty() || evidence.len() > FOREIGN_RECORDS_MAX {
        return Err(Refusal::schema("evidence"));
    }
    reading.records = evidence.iter().map(dose).collect();
    // What says of itself that it has run out is believed that much.
    times.check(now)?;
    Err(Refusal::unverified(Step::Signature, ReasonCode::SUITE_NOT_SUPPORTED))
}

fn person(subject: &Value) -> Result<PersonShown, Refusal> {
    let name = text(subject, "name").ok_or(Refusal::schema("credentialSubject/name"))?;
    let id = text(subject, "id").map(|id| PersonDocument { kind: None, number: id.into() });
    let known = |text: &&str| !matches!(*text, "-" | "");
    Ok(PersonShown {
        name: Name { text: Some(name.into()), ..Name::default() },
        birth_date: owned(subject, "dob"),
        sex: text(subject, "gender").filter(known).map(|sex| sex.to_lowercase().into()),
        nationality: owned(subject, "nationality"),
        documents: id.into_iter().collect(),
    })
}

fn dose(evidence: &Value) -> Record {
    let known = |name: &str| text(evidence, name).filter(|text| *text != "-");
    let facility = evidence.get("facility").unwrap_or(&Value::Null);
    let address = facility.get("address").unwrap_or(&Value::Null);
    let mut vaccination = Vaccination {
        vaccine: known("icd11Code").map(|code| Coded::of(Set::Prophylaxes, code)),
        product: known("vaccine").map(Coded::named),
        maker: known("manufacturer").map(Coded::named),
        dose: number(evidence, "dose"),
        doses: number(evidence, "totalDoses"),
        date: owned(evidence, "date"),
        lot: known("batch").map(Into::into),
        valid_from: owned(evidence, "effectiveStart"),
        valid_until: owned(evidence, "effectiveUntil"),
        provenance: Provenance {
            country: text(address, "addressCountry").filter(|c| *c != "-").map(Into::into),
            authority: None,
            certificate: owned(evidence, "certificateId"),
            performer: text(facility, "name").filter(|n| *n != "-").map(Into::into),
        },
        ..Vaccination::default()
    };
    vaccination.find_in_catalogue();
    Record::Vaccination(Box::new(vaccination))
}
