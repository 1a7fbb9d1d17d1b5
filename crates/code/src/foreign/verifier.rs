//! The one way in.

use super::detect::detect;
use super::keys::ForeignKeys;
use super::reading::Reading;
use super::refusal::Refusal;
use super::{divoc, hcert, shc, shlink, vds_nc};
use crate::reason::ReasonCode;
use crate::revocation::Revocations;
use crate::verify::{Format, Step};
use hutong_model::Timestamp;
use hutong_model::limits::CODE_TEXT_BYTES_MAX;
use serde_json::Value;

/// When a check takes place, and what is known of revocations.
#[derive(Debug, Clone, Copy)]
pub struct ForeignContext<'a> {
    /// The time.
    pub now: Timestamp,
    /// What issuers have taken back.
    pub revocations: Option<&'a Revocations>,
}

impl<'a> ForeignContext<'a> {
    /// At a time, knowing of no revocations.
    pub const fn at(now: Timestamp) -> Self {
        Self { now, revocations: None }
    }
    /// The same, knowing of these.
    pub const fn knowing(self, revocations: &'a Revocations) -> Self {
        Self { revocations: Some(revocations), ..self }
    }
}

/// Checks certificates of other systems with trusted keys.
#[derive(Debug, Clone, Default)]
pub struct ForeignVerifier {
    keys: ForeignKeys,
}

impl ForeignVerifier {
    /// A verifier that trusts these keys.
    pub fn new(keys: ForeignKeys) -> Self {
        Self { keys }
    }
    /// The keys.
    pub fn keys(&self) -> &ForeignKeys {
        &self.keys
    }
    /// The keys, to be added to.
    pub fn keys_mut(&mut self) -> &mut ForeignKeys {
        &mut self.keys
    }

    /// Checks one text. Never panics, whatever the text.
    pub fn verify(&self, text: &str, context: &ForeignContext<'_>) -> Reading {
        if text.len() > CODE_TEXT_BYTES_MAX {
            let refusal = Refusal::invalid(Step::Prefix, ReasonCode::TOO_LARGE);
            return Reading::new(detect(text)).conclude(Err(refusal));
        }
        // Scanners append line ends; a space may belong to Base45.
        let text = text.trim_matches(['\r', '\n', '\t']);
        match detect(text) {
            Format::EuDcc => hcert::verify(text, &self.keys, context),
            Format::Shc if text.starts_with(shc::SHC) => {
                shc::verify_numeric(text, &self.keys, context)
            }
            Format::Shc => shc::verify(text, &self.keys, context),
            Format::Shlink => self.verify_link(text, context),
            Format::Divoc => divoc::verify_text(text, context.now),
            Format::Other if text.starts_with('{') => self.verify_json(text, context),
            Format::Other => {
                let refusal = Refusal::unverified(Step::Prefix, ReasonCode::FORMAT_NOT_SUPPORTED);
                Reading::new(Format::Other).conclude(Err(refusal))
            }
            other => {
                let refusal = Refusal::invalid(Step::Prefix, ReasonCode::NOT_A_CODE);
                Reading::new(other).conclude(Err(refusal))
            }
        }
    }

    /// A link alone, or with a file that it leads to after white space.
    fn verify_link(&self, text: &str, context: &ForeignContext<'_>) -> Reading {
        let mut reading = Reading::new(Format::Shlink);
        let (link, file) = text.split_once([' ', '\t']).unwrap_or((text, ""));
        let link = match shlink::read(link, &mut reading) {
            Ok(link) if file.is_empty() => {
                let answer = link.answer(context.now);
                return reading.conclude(answer);
            }
            Ok(link) => link,
            Err(refusal) => return reading.conclude(Err(refusal)),
        };
        let opened = link.open(file).and_then(|file| serde_json::from_slice(&file).ok());
        match opened {
            Some(file) => Reading { link: reading.link, ..self.verify_value(&file, context) },
            None => {
                let refusal = Refusal::invalid(Step::Key, ReasonCode::KEY_ENCRYPTION);
                reading.conclude(Err(refusal))
            }
        }
    }

    fn verify_json(&self, text: &str, context: &ForeignContext<'_>) -> Reading {
        match serde_json::from_str(text) {
            Ok(json) => self.verify_value(&json, context),
            Err(_) => Reading::new(Format::Unknown).conclude(Err(Refusal::malformed(Step::Cbor))),
        }
    }

    fn verify_value(&self, json: &Value, context: &ForeignContext<'_>) -> Reading {
        if json.get("verifiableCredential").is_some() {
            shc::verify_file(json, &self.keys, context)
        } else if vds_nc::is_seal(json) {
            vds_nc::verify(json, &self.keys, context)
        } else if divoc::is_credential(json) {
            divoc::verify_json(json, context.now)
        } else {
            let refusal = Refusal::invalid(Step::Prefix, ReasonCode::NOT_A_CODE);
            Reading::new(Format::Unknown).conclude(Err(refusal))
        }
    }
}
