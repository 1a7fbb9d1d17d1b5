//! ICAO visible digital seals for non-constrained environments (ICAO Technical Report VDS-NC 1.4):
//! JSON with a data zone and a signature zone, signed over the canonical form of the data
//! (RFC 8785), by a signer whose certificate leads to its country's signing authority.

use super::json::{list, number, owned, text};
use super::keys::{Certificate, ForeignKeys, KeyAlgorithm, KeysError, TraceError, trace};
use super::reading::Reading;
use super::record::{Coded, Name, PersonDocument, PersonShown, Provenance, Record};
use super::record::{TestResult, Vaccination};
use super::refusal::Refusal;
use super::revoked::{self, Signed};
use super::value_sets::{Set, same_country};
use super::verifier::ForeignContext;
use crate::reason::ReasonCode;
use crate::verify::{Format, Step};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hutong_model::Verdict;
use hutong_model::limits::FOREIGN_RECORDS_MAX;
use serde_json::Value;

/// Whether a JSON object is a seal.
pub(crate) fn is_seal(json: &Value) -> bool {
    json.get("data").is_some() && json.get("sig").is_some()
}

/// Checks a seal.
pub(crate) fn verify(seal: &Value, keys: &ForeignKeys, context: &ForeignContext<'_>) -> Reading {
    let mut reading = Reading::new(Format::IcaoVdsNc);
    let outcome = check(seal, keys, context, &mut reading);
    reading.conclude(outcome)
}

fn check(
    seal: &Value,
    keys: &ForeignKeys,
    context: &ForeignContext<'_>,
    reading: &mut Reading,
) -> Result<(), Refusal> {
    let (data, sig) = (&seal["data"], &seal["sig"]);
    let country = data.get("hdr").and_then(|header| text(header, "is"));
    reading.issuer = country.map(Into::into);
    let algorithm = match text(sig, "alg") {
        None | Some("none") => return Err(Refusal::invalid(Step::Cose, ReasonCode::UNSIGNED)),
        Some(name) => KeyAlgorithm::of_vds_nc(name)
            .ok_or(Refusal::invalid(Step::Cose, ReasonCode::ALGORITHM_UNKNOWN))?,
    };
    let signature = bytes(sig, "sigvl").ok_or(Refusal::malformed(Step::Cose).at("sig/sigvl"))?;
    let Some(der) = bytes(sig, "cer") else {
        return Err(Refusal::unverified(Step::Key, ReasonCode::KEY_ID_MISSING).at("sig/cer"));
    };
    let signer = Certificate::from_der(&der).map_err(certificate_refused)?;
    reading.key_id = Some(hex::encode(signer.key_id()).into());
    let message = serde_json_canonicalizer::to_vec(data)
        .map_err(|_| Refusal::malformed(Step::Cbor).at("data"))?;
    if signer.public().algorithm() != algorithm {
        return Err(Refusal::invalid(Step::Key, ReasonCode::KEY_KIND));
    }
    if !signer.public().verifies(algorithm, &message, &signature) {
        return Err(Refusal::invalid(Step::Signature, ReasonCode::SIGNATURE_WRONG));
    }
    let content = content(data, reading);
    check_signer(&signer, country, keys, context)?;
    reading.authentic = true;
    content?;
    let signed = Signed {
        issuer: country.unwrap_or_default(),
        key_id: &signer.key_id(),
        signature: &signature,
        ecdsa: true,
        rid: None,
        issued_at: None,
    };
    revoked::check(context.revocations, &signed, &reading.records)
}

fn certificate_refused(error: KeysError) -> Refusal {
    match error {
        KeysError::Kind => Refusal::unverified(Step::Key, ReasonCode::ALGORITHM_UNKNOWN),
        _ => Refusal::malformed(Step::Key).at("sig/cer"),
    }
}

/// Whether the signer is trusted itself, or by its country's authority, and of that country.
fn check_signer(
    signer: &Certificate,
    country: Option<&str>,
    keys: &ForeignKeys,
    context: &ForeignContext<'_>,
) -> Result<(), Refusal> {
    if !signer.may_sign_seals() {
        return Err(Refusal::invalid(Step::Key, ReasonCode::KEY_PURPOSE));
    }
    trace(std::slice::from_ref(signer), keys, context.now).map_err(|error| match error {
        TraceError::Unknown => Refusal::unverified(Step::Key, ReasonCode::CHAIN_UNKNOWN),
        TraceError::Broken => Refusal::invalid(Step::Key, ReasonCode::CHAIN_BROKEN),
        TraceError::Window => Refusal::unverified(Step::Key, ReasonCode::KEY_NOT_IN_FORCE),
        TraceError::Revoked => {
            Refusal::new(Verdict::Revoked, Step::Revocation, ReasonCode::SIGNER_REVOKED)
        }
    })?;
    match (country, signer.country()) {
        (Some(named), Some(owner)) if same_country(named, owner) => Ok(()),
        _ => Err(Refusal::unverified(Step::Key, ReasonCode::KEY_COUNTRY)),
    }
}

/// Base64url, with padding or without.
fn bytes(sig: &Value, name: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text(sig, name)?.trim_end_matches('=')).ok()
}

fn content(data: &Value, reading: &mut Reading) -> Result<(), Refusal> {
    let header = data.get("hdr").ok_or(Refusal::schema("data/hdr"))?;
    if number(header, "v") != Some(1) {
        return Err(Refusal::schema("data/hdr/v"));
    }
    let issuer = text(header, "is").ok_or(Refusal::schema("data/hdr/is"))?;
    let message = data.get("msg").ok_or(Refusal::schema("data/msg"))?;
    let holder = message.get("pid").ok_or(Refusal::schema("data/msg/pid"))?;
    reading.records = match text(header, "t") {
        Some("icao.vacc") => doses(message, issuer)?,
        Some("icao.test") => vec![test(message)?],
        _ => return Err(Refusal::schema("data/hdr/t")),
    };
    reading.person = Some(person(holder)?);
    Ok(())
}

fn person(holder: &Value) -> Result<PersonShown, Refusal> {
    let name = text(holder, "n").ok_or(Refusal::schema("data/msg/pid/n"))?;
    let document = |number: &str, kind: Option<&str>| PersonDocument {
        kind: kind.map(Into::into),
        number: number.into(),
    };
    let numbers = [("i", None), ("dn", text(holder, "dt")), ("ai", None)];
    let documents =
        numbers.iter().filter_map(|(member, kind)| Some(document(text(holder, member)?, *kind)));
    let sex = text(holder, "sex").map(|sex| match sex {
        "M" => "male",
        "F" => "female",
        other => other,
    });
    Ok(PersonShown {
        name: Name { text: Some(name.into()), ..Name::default() },
        birth_date: owned(holder, "dob"),
        sex: sex.map(Into::into),
        nationality: None,
        documents: documents.collect(),
    })
}

/// Every dose of every vaccine.
fn doses(message: &Value, issuer: &str) -> Result<Vec<Record>, Refusal> {
    let id = text(message, "uvci").ok_or(Refusal::schema("data/msg/uvci"))?;
    let mut records = Vec::new();
    for vaccine in list(message, "ve") {
        for dose in list(vaccine, "vd") {
            let mut vaccination = Vaccination {
                target: text(vaccine, "dis").map(|code| Coded::of(Set::Agents, code)),
                vaccine: text(vaccine, "des").map(|code| Coded::of(Set::Prophylaxes, code)),
                product: text(vaccine, "nam").map(Coded::named),
                dose: number(dose, "seq"),
                date: owned(dose, "dvc"),
                lot: owned(dose, "lot"),
                provenance: Provenance {
                    country: owned(dose, "ctr"),
                    authority: Some(issuer.into()),
                    certificate: Some(id.into()),
                    performer: owned(dose, "adm"),
                },
                ..Vaccination::default()
            };
            vaccination.find_in_catalogue();
            records.push(Record::Vaccination(Box::new(vaccination)));
            if records.len() > FOREIGN_RECORDS_MAX {
                return Err(Refusal::schema("data/msg/ve"));
            }
        }
    }
    if records.is_empty() { Err(Refusal::schema("data/msg/ve")) } else { Ok(records) }
}

fn test(message: &Value) -> Result<Record, Refusal> {
    let id = text(message, "ucti").ok_or(Refusal::schema("data/msg/ucti"))?;
    let result = message.get("tr").ok_or(Refusal::schema("data/msg/tr"))?;
    let (times, place) = (&message["dat"], &message["sp"]);
    let kind = text(result, "tc").unwrap_or_default();
    let outcome = text(result, "r").unwrap_or_default();
    Ok(Record::Test(Box::new(TestResult {
        test: Some(Coded::named(kind)),
        kind: match kind {
            kind if kind.starts_with("molecular") => Some("nucleic-acid".into()),
            "antigen" => Some("antigen".into()),
            _ => None,
        },
        sampled_at: owned(times, "sc"),
        reported_at: owned(times, "ri"),
        result: Some(Coded::named(outcome)),
        outcome: match outcome {
            "positive" => Some("positive".into()),
            "negative" => Some("negative".into()),
            _ => None,
        },
        provenance: Provenance {
            country: owned(place, "ctr"),
            authority: None,
            certificate: Some(id.into()),
            performer: owned(place, "spn"),
        },
        ..TestResult::default()
    })))
}
