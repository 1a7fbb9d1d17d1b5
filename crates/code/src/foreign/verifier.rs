//! The one way in.

use super::detect::detect;
use super::hcert;
use super::keys::ForeignKeys;
use super::reading::{Reading, Revocable};
use super::refusal::Refusal;
use crate::reason::ReasonCode;
use crate::verify::{Format, Step};
use hutong_model::limits::CODE_TEXT_BYTES_MAX;
use hutong_model::{Timestamp, Verdict};
use std::fmt;

/// When a check takes place, and what is known of revocations.
#[derive(Clone, Copy)]
pub struct ForeignContext<'a> {
    /// The time.
    pub now: Timestamp,
    /// Whether a certificate was revoked; asked last, of authentic certificates in force.
    pub is_revoked: Option<&'a (dyn Fn(&Revocable<'_>) -> bool + Sync)>,
}

impl<'a> ForeignContext<'a> {
    /// At a time, knowing of no revocations.
    pub const fn at(now: Timestamp) -> Self {
        Self { now, is_revoked: None }
    }
    /// The same, asking this whether a certificate was revoked.
    pub const fn asking(self, is_revoked: &'a (dyn Fn(&Revocable<'_>) -> bool + Sync)) -> Self {
        Self { is_revoked: Some(is_revoked), ..self }
    }

    pub(crate) fn check_revocation(&self, certificate: &Revocable<'_>) -> Result<(), Refusal> {
        match self.is_revoked {
            Some(is_revoked) if is_revoked(certificate) => {
                let (step, reason) = (Step::Revocation, ReasonCode::STATUS_REVOKED);
                Err(Refusal::new(Verdict::Revoked, step, reason))
            }
            _ => Ok(()),
        }
    }
}

impl fmt::Debug for ForeignContext<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ForeignContext(at {})", self.now)
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
            other => {
                let refusal = Refusal::invalid(Step::Prefix, ReasonCode::NOT_A_CODE);
                Reading::new(other).conclude(Err(refusal))
            }
        }
    }
}
