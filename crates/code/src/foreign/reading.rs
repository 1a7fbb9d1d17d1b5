//! What the check of a foreign certificate answers.

use super::record::{PersonShown, Record};
use super::refusal::Refusal;
use crate::reason::{ReasonCode, ReasonText};
use crate::verify::{Format, Step};
use hutong_model::{Timestamp, Verdict};
use serde::{Deserialize, Serialize};

/// The answer to one text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// What kind of certificate it is.
    pub format: Format,
    /// The answer, of the closed set.
    #[serde(rename = "result")]
    pub verdict: Verdict,
    /// Where it ended otherwise than well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<Step>,
    /// Which part of the content that is about: names of fields, never their values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Box<str>>,
    /// Why, and warnings after it.
    pub reasons: Vec<ReasonText>,
    /// Whose it is: a country or an address; only claimed, unless the signature was right.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer: Option<Box<str>>,
    /// The key that it names: hexadecimal in COSE, as it stands in JOSE.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_id: Option<Box<str>>,
    /// When it was issued.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issued_at: Option<Timestamp>,
    /// When it runs out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// Whether its signature was found right with a trusted key.
    pub authentic: bool,
    /// Whom it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonShown>,
    /// Where it leads to, of a link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<LinkShown>,
    /// What it states.
    pub records: Vec<Record>,
}

/// A SMART Health Link, without its key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LinkShown {
    /// The address.
    pub url: Box<str>,
    /// What its holder calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<Box<str>>,
    /// Whether a passcode is asked for (flag `P`).
    pub asks_passcode: bool,
    /// Whether its content may change (flag `L`).
    pub long_term: bool,
    /// Whether the address is the file itself (flag `U`).
    pub direct: bool,
}

/// By what a certificate can be found among those that were revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revocable<'c> {
    /// What kind of certificate it is.
    pub format: Format,
    /// Its issuer: the country of the key or the `iss` of the text.
    pub issuer: &'c str,
    /// The id of the key that signed it: the bytes of COSE, the text of JOSE.
    pub key_id: &'c [u8],
    /// Its signature.
    pub signature: &'c [u8],
    /// Whether that is the two numbers of an ECDSA signature.
    pub ecdsa: bool,
    /// Ids of its records (`ci` of a DCC).
    pub certificates: &'c [&'c str],
    /// Its revocation id (`rid` of a SMART Health Card).
    pub rid: Option<&'c str>,
    /// When it was issued.
    pub issued_at: Option<Timestamp>,
}

impl Reading {
    /// An answer that says nothing yet.
    pub(crate) fn new(format: Format) -> Self {
        Self {
            format,
            verdict: Verdict::Unverified,
            step: None,
            at: None,
            reasons: Vec::new(),
            issuer: None,
            key_id: None,
            issued_at: None,
            expires_at: None,
            authentic: false,
            person: None,
            link: None,
            records: Vec::new(),
        }
    }

    /// Ends well or with a refusal. What was proved wrong is not repeated.
    pub(crate) fn conclude(mut self, outcome: Result<(), Refusal>) -> Self {
        match outcome {
            Ok(()) => {
                self.verdict = Verdict::Valid;
                self.reasons.insert(0, ReasonCode::IN_FORCE.text());
            }
            Err(refusal) => {
                self.verdict = refusal.verdict;
                self.step = Some(refusal.step);
                self.at = refusal.at;
                self.reasons.insert(0, refusal.reason.text());
            }
        }
        if self.verdict == Verdict::Invalid {
            self.person = None;
            self.records = Vec::new();
        }
        self
    }
}
