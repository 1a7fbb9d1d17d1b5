//! Electronic Health Certificates (eHealth Network, "HCERT", version 1.0.5): the prefix `HC1:`,
//! Base45, zlib, `COSE_Sign1`, CWT, and in its claim -260 one of several certificates by number:
//! 1 is the EU Digital COVID Certificate.

use super::cbor::Value;
use super::cose::Cose;
use super::cwt::Claims;
use super::dcc::{Dcc, Group};
use super::detect::HC1;
use super::inflate::zlib;
use super::json;
use super::keys::{ForeignKey, ForeignKeys, Usages};
use super::reading::Reading;
use super::refusal::Refusal;
use super::revoked::{self, Signed};
use super::shlink::{self, ShLink};
use super::value_sets::{country, same_country};
use super::verifier::ForeignContext;
use super::who::{self, Who};
use crate::base45;
use crate::reason::ReasonCode;
use crate::verify::{Format, Step};
use hutong_model::limits::FOREIGN_BYTES_MAX;

/// The EU Digital COVID Certificate within claim -260 (`eu_dgc_v1`).
const EU_DCC: i128 = 1;
/// DDCC core data sets, of vaccination status and of a test result (WHO SMART Trust, HCERT).
const DDCC: [i128; 2] = [3, 4];
/// A Verifiable Health Link.
const LINK: i128 = 5;
/// A Digital Vaccination Certificate.
const DVC: i128 = -6;

/// Checks a text. The order: envelope, key, signature, content, times, revocation.
pub(crate) fn verify(text: &str, keys: &ForeignKeys, context: &ForeignContext<'_>) -> Reading {
    let mut reading = Reading::new(Format::EuDcc);
    let outcome = check(text, keys, context, &mut reading);
    reading.conclude(outcome)
}

fn check(
    text: &str,
    keys: &ForeignKeys,
    context: &ForeignContext<'_>,
    reading: &mut Reading,
) -> Result<(), Refusal> {
    let bytes = unpack(text)?;
    let cose = Cose::parse(&bytes)?;
    reading.key_id = cose.key_id.as_ref().map(|id| hex::encode(id).into());
    let payload = Value::parse(&cose.payload).ok_or(Refusal::malformed(Step::Cbor))?;
    let claims = Claims::read(&payload);
    let times = claims.as_ref().map(|claims| claims.times).unwrap_or_default();
    let issuer = claims.as_ref().ok().and_then(|claims| claims.issuer);
    reading.issuer = issuer.map(Into::into);
    (reading.issued_at, reading.expires_at) = (times.issued_at, times.expires_at);
    let signer = find_signer(&cose, keys, issuer);
    reading.authentic = signer.is_ok();
    let usage = match &claims {
        Ok(claims) => content(claims, reading),
        Err(refusal) => first_edition(&payload, reading).ok_or_else(|| refusal.clone()),
    };
    let key = signer?;
    let usage = usage?;
    if !key.usages.permits(usage) {
        return Err(Refusal::invalid(Step::Key, ReasonCode::KEY_PURPOSE));
    }
    if reading.issuer.is_none() {
        reading.issuer.clone_from(&key.issuer);
    }
    times.check(context.now)?;
    if !key.in_window(context.now) {
        return Err(Refusal::unverified(Step::Key, ReasonCode::KEY_NOT_IN_FORCE));
    }
    let signed = Signed {
        issuer: reading.issuer.as_deref().unwrap_or_default(),
        key_id: cose.key_id.as_deref().unwrap_or_default(),
        signature: &cose.signature,
        ecdsa: cose.algorithm.is_ecdsa(),
        rid: None,
        issued_at: reading.issued_at,
    };
    revoked::check(context.revocations, &signed, &reading.records)?;
    match reading.format {
        Format::Shlink => Err(Refusal::unverified(Step::Callback, ReasonCode::LINK)),
        _ => Ok(()),
    }
}

/// The content of an EU Digital COVID Certificate as JSON, as it stands in it, for acceptance
/// rules. Nothing is verified here: ask for it after a valid [`Reading`].
pub fn dcc_payload(text: &str) -> Option<serde_json::Value> {
    let bytes = unpack(text.trim_matches(['\r', '\n', '\t'])).ok()?;
    let cose = Cose::parse(&bytes).ok()?;
    let payload = Value::parse(&cose.payload)?;
    Some(json::of_cbor(Claims::read(&payload).ok()?.hcert.int(EU_DCC)?))
}

/// From the text to the `COSE_Sign1`.
fn unpack(text: &str) -> Result<Vec<u8>, Refusal> {
    let body = text.strip_prefix(HC1).ok_or(Refusal::malformed(Step::Prefix))?;
    let packed = base45::decode(body.as_bytes()).map_err(|_| Refusal::malformed(Step::Base45))?;
    zlib(&packed, FOREIGN_BYTES_MAX).ok_or(Refusal::malformed(Step::Zlib))
}

/// Finds the key that made the signature. Several may share its id: each is tried, and one of the
/// issuer's own country counts before another's.
fn find_signer<'k>(
    cose: &Cose<'_>,
    keys: &'k ForeignKeys,
    issuer: Option<&str>,
) -> Result<&'k ForeignKey, Refusal> {
    let Some(id) = &cose.key_id else {
        return Err(Refusal::unverified(Step::Key, ReasonCode::KEY_ID_MISSING));
    };
    let sharing = keys.with_id(id);
    if sharing.is_empty() {
        return Err(Refusal::unverified(Step::Key, ReasonCode::KEY_UNKNOWN));
    }
    let message = cose.message();
    let mut refusal = match sharing.iter().any(|key| key.public.algorithm() == cose.algorithm) {
        true => Refusal::invalid(Step::Signature, ReasonCode::SIGNATURE_WRONG),
        false => Refusal::invalid(Step::Key, ReasonCode::KEY_KIND),
    };
    if sharing.iter().all(|key| key.public.is_weak()) {
        refusal = Refusal::unverified(Step::Key, ReasonCode::KEY_WEAK);
    }
    for key in sharing {
        if !key.public.verifies(cose.algorithm, &message, &cose.signature) {
            continue;
        }
        if owns(key, issuer) {
            return Ok(key);
        }
        refusal = Refusal::unverified(Step::Key, ReasonCode::KEY_COUNTRY);
    }
    Err(refusal)
}

/// Whether the country that the text names is the key's own. A text need not name one.
fn owns(key: &ForeignKey, issuer: Option<&str>) -> bool {
    match (issuer, &key.issuer) {
        (Some(issuer), Some(owner)) if country(issuer).is_some() && country(owner).is_some() => {
            same_country(issuer, owner)
        }
        _ => true,
    }
}

/// Reads the certificate within; what kind of content its key must be admitted for.
fn content(claims: &Claims<'_>, reading: &mut Reading) -> Result<Usages, Refusal> {
    if let Some(dcc) = claims.hcert.int(EU_DCC) {
        let dcc = Dcc::read(dcc)?;
        reading.person = Some(dcc.person);
        reading.records = vec![dcc.record];
        return Ok(match dcc.group {
            Group::Vaccination => Usages::VACCINATION,
            Group::Test => Usages::TEST,
            Group::Recovery => Usages::RECOVERY,
        });
    }
    if let Some(dvc) = claims.hcert.int(DVC) {
        return Ok(take(who::read_dvc(&json::of_cbor(dvc))?, reading));
    }
    if let Some(set) = DDCC.into_iter().find_map(|key| claims.hcert.int(key)) {
        return Ok(take(who::read_ddcc(&json::of_cbor(set))?, reading));
    }
    match claims.hcert.int(LINK) {
        Some(link) => read_link(&json::of_cbor(link), reading),
        None => Err(Refusal::schema("cwt/hcert")),
    }
}

/// A payload of the WHO's first edition, which has no claims.
fn first_edition(payload: &Value<'_>, reading: &mut Reading) -> Option<Usages> {
    let payload = json::of_cbor(payload);
    let read = who::is_first_edition(&payload).then(|| who::read_ddcc(&payload))?;
    Some(take(read.ok()?, reading))
}

/// Takes what was read of a certificate of the WHO. Their keys are not divided by content.
fn take(read: Who, reading: &mut Reading) -> Usages {
    reading.format = match read.vaccination_certificate {
        true if who::is_icvp(&read.records) => Format::Icvp,
        true => Format::WhoDvc,
        false => Format::WhoDdcc,
    };
    reading.person = Some(read.person);
    reading.records = read.records;
    Usages::default()
}

/// A link within the envelope: a text, or its payload as a map.
fn read_link(content: &serde_json::Value, reading: &mut Reading) -> Result<Usages, Refusal> {
    match who::link(content) {
        Some(text) => {
            shlink::read(&text, reading)?;
        }
        None => {
            reading.format = Format::Shlink;
            reading.link = Some(ShLink::of_payload(content)?.shown().clone());
        }
    }
    Ok(Usages::default())
}
