//! What the check of a foreign certificate answers.

use super::own::OwnCode;
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
    pub reasons: Vec<Why>,
    /// What would clear them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clears: Vec<ReasonText>,
    /// Whose it is: a country or an address; only claimed, unless the signature was right.
    #[serde(default)]
    pub issuer: Option<Box<str>>,
    /// The key that it names: hexadecimal in COSE, as it stands in JOSE.
    #[serde(default)]
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
    /// What only a code of ours says, of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<Box<OwnCode>>,
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

/// Why: a reason of the closed table, and at which step where it ended there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Why {
    /// The step that ended it; none of a reason that is only a remark.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<Step>,
    /// The reason.
    #[serde(flatten)]
    pub reason: ReasonText,
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
            clears: Vec::new(),
            issuer: None,
            key_id: None,
            issued_at: None,
            expires_at: None,
            authentic: false,
            person: None,
            link: None,
            code: None,
            records: Vec::new(),
        }
    }

    /// The answer to what is no text that could be read.
    pub(crate) fn no_text(reason: ReasonCode) -> Self {
        Self::new(Format::Unknown).conclude(Err(Refusal::invalid(Step::Prefix, reason)))
    }

    /// Ends well or with a refusal. What was proved wrong is not repeated.
    pub(crate) fn conclude(mut self, outcome: Result<(), Refusal>) -> Self {
        let reason = match outcome {
            Ok(()) => {
                self.verdict = Verdict::Valid;
                ReasonCode::IN_FORCE
            }
            Err(refusal) => {
                self.verdict = refusal.verdict;
                self.step = Some(refusal.step);
                self.at = refusal.at;
                refusal.reason
            }
        };
        self.reasons.insert(0, Why { step: self.step, reason: reason.text() });
        self.clears.extend(reason.clears());
        if self.verdict == Verdict::Invalid {
            self.person = None;
            self.records = Vec::new();
        }
        self
    }
}
