//! Checks by name of keys that are to be trusted, before they are: a report for whoever decides.
//! What it finds wrong is also refused when a certificate is verified, whatever was decided.

use super::{ForeignKey, ForeignKeys, KeyAlgorithm, TraceError, Usages, trace};
use hutong_model::Timestamp;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// What is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Named {
    /// Whether certificates of some kind may be signed by it.
    Algorithm,
    /// Whether it is long enough (RSA: 2048 bits; Electronic Health Certificates, section 3.3.2).
    Size,
    /// Whether its certificate permits to sign health certificates.
    Usage,
    /// Whether it is in force.
    Validity,
    /// Whether an authority that is trusted, here or in the same file, vouches for it.
    Chain,
    /// Whether it says whose it is, and its certificate says the same.
    Country,
    /// Whether it, or another of the same id, is there already.
    Duplicates,
}

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Found {
    /// As it should be.
    Passed,
    /// Worth a look; it counts nevertheless.
    Warned,
    /// It will not verify anything, or not what it was meant for.
    Failed,
}

/// One check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// Which.
    pub name: Named,
    /// What was found.
    pub found: Found,
    /// More about it, in English.
    pub detail: Cow<'static, str>,
}

/// One key, and every check of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Examined {
    /// Its id: text where it is text of letters and digits, else hexadecimal.
    pub key_id: String,
    /// Whose it is.
    pub issuer: Option<Box<str>>,
    /// Until when it may sign.
    pub not_after: Option<Timestamp>,
    /// The checks.
    pub checks: Vec<Check>,
}

impl Examined {
    /// The worst that was found.
    pub fn worst(&self) -> Found {
        let found = |wanted| self.checks.iter().any(|check| check.found == wanted);
        match (found(Found::Failed), found(Found::Warned)) {
            (true, _) => Found::Failed,
            (_, true) => Found::Warned,
            _ => Found::Passed,
        }
    }
}

impl ForeignKeys {
    /// Examines every key here, which is not trusted yet, beside those that are. Ordered by whose
    /// they are and their ids.
    pub fn examine(&self, held: &ForeignKeys, now: Timestamp) -> Vec<Examined> {
        // An authority in the same file vouches for its signers as one that is held does.
        let mut known = held.clone();
        known.authorities.extend(self.authorities.iter().cloned());
        known.revoked.extend(self.revoked.iter().cloned());
        let keys = self.by_id.values().flatten();
        let mut examined: Vec<_> = keys
            .map(|key| Examined {
                key_id: readable(&key.id),
                issuer: key.issuer.clone(),
                not_after: key.not_after,
                checks: vec![
                    algorithm(key),
                    size(key),
                    usage(key),
                    validity(key, now),
                    chain(key, &known, now),
                    country(key),
                    duplicates(key, self, held),
                ],
            })
            .collect();
        examined.sort_by(|a, b| (&a.issuer, &a.key_id).cmp(&(&b.issuer, &b.key_id)));
        examined
    }
}

const fn check(name: Named, found: Found, detail: &'static str) -> Check {
    Check { name, found, detail: Cow::Borrowed(detail) }
}

fn algorithm(key: &ForeignKey) -> Check {
    let detail = match key.public.algorithm() {
        KeyAlgorithm::Es256 => "ES256",
        KeyAlgorithm::Es384 => "ES384",
        KeyAlgorithm::Es512 => "ES512",
        KeyAlgorithm::Ps256 => "PS256",
        KeyAlgorithm::EdDsa => {
            return check(Named::Algorithm, Found::Failed, "EdDSA: no certificate is signed so");
        }
    };
    check(Named::Algorithm, Found::Passed, detail)
}

fn size(key: &ForeignKey) -> Check {
    if key.public.is_weak() {
        return check(Named::Size, Found::Failed, "shorter than can be relied on");
    }
    check(Named::Size, Found::Passed, "long enough")
}

fn usage(key: &ForeignKey) -> Check {
    let Some(certificate) = &key.certificate else {
        return check(Named::Usage, Found::Passed, "no certificate restricts it");
    };
    if certificate.is_authority() {
        return check(Named::Usage, Found::Warned, "an authority, trusted as a signer as well");
    }
    let health = [Usages::TEST, Usages::VACCINATION, Usages::RECOVERY];
    if key.usages == Usages::default() {
        return check(Named::Usage, Found::Passed, "certificates of every kind");
    }
    match health.iter().filter(|usage| key.usages.permits(**usage)).count() {
        3 => check(Named::Usage, Found::Passed, "tests, vaccinations and recoveries"),
        _ => check(Named::Usage, Found::Passed, "some kinds of certificates only"),
    }
}

fn validity(key: &ForeignKey, now: Timestamp) -> Check {
    match (key.not_before, key.not_after) {
        (Some(from), _) if from > now => check(Named::Validity, Found::Warned, "not in force yet"),
        (_, Some(until)) if until < now => {
            check(Named::Validity, Found::Failed, "no longer in force")
        }
        (None, None) => check(Named::Validity, Found::Warned, "has no end"),
        _ => check(Named::Validity, Found::Passed, "in force"),
    }
}

fn chain(key: &ForeignKey, known: &ForeignKeys, now: Timestamp) -> Check {
    let Some(certificate) = &key.certificate else {
        return check(Named::Chain, Found::Warned, "no certificate: nobody vouches for it");
    };
    match trace(std::slice::from_ref(certificate), known, now) {
        Ok(()) => check(Named::Chain, Found::Passed, "leads to an authority"),
        Err(TraceError::Revoked) => {
            check(Named::Chain, Found::Failed, "its authority has revoked it")
        }
        Err(TraceError::Window) => {
            check(Named::Chain, Found::Warned, "it or its authority is not in force")
        }
        Err(TraceError::Unknown | TraceError::Broken) => {
            check(Named::Chain, Found::Warned, "leads to no authority that is trusted")
        }
    }
}

fn country(key: &ForeignKey) -> Check {
    let certified = key.certificate.as_ref().and_then(|certificate| certificate.country());
    match (key.issuer.as_deref(), certified) {
        (None, _) => check(Named::Country, Found::Warned, "does not say whose it is"),
        // Lists may name a country by three letters, certificates do by two (ISO 3166-1).
        (Some(listed), Some(certified)) if listed.len() == 2 && listed != certified => {
            check(Named::Country, Found::Failed, "its certificate names another country")
        }
        (Some(issuer), _) if issuer.starts_with("http:") => {
            check(Named::Country, Found::Failed, "an address without TLS")
        }
        _ => check(Named::Country, Found::Passed, "says whose it is"),
    }
}

fn duplicates(key: &ForeignKey, new: &ForeignKeys, held: &ForeignKeys) -> Check {
    let same = |other: &&ForeignKey| other.public == key.public && other.issuer == key.issuer;
    if new.with_id(&key.id).iter().filter(same).count() > 1 {
        return check(Named::Duplicates, Found::Warned, "twice in this file");
    }
    if held.with_id(&key.id).iter().any(|other| same(&other)) {
        return check(Named::Duplicates, Found::Warned, "held already");
    }
    // Several keys may share an id: each is tried, and its owner must be the issuer.
    if new.with_id(&key.id).len() > 1 || !held.with_id(&key.id).is_empty() {
        return check(Named::Duplicates, Found::Warned, "another key has the same id");
    }
    check(Named::Duplicates, Found::Passed, "new")
}

fn readable(id: &[u8]) -> String {
    match std::str::from_utf8(id) {
        Ok(text) if text.bytes().all(|b| b.is_ascii_graphic()) && text.len() > 8 => text.to_owned(),
        _ => hex::encode(id),
    }
}
