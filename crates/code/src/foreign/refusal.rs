//! Why a certificate was not taken for valid: the answer, the step, and the reason.

use crate::reason::ReasonCode;
use crate::verify::Step;
use hutong_model::Verdict;

/// Where and why the check of a certificate ended otherwise than well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) verdict: Verdict,
    pub(crate) step: Step,
    pub(crate) reason: ReasonCode,
    /// Which part of the content it is about: a path of field names, never their values.
    pub(crate) at: Option<Box<str>>,
}

impl Refusal {
    pub(crate) const fn new(verdict: Verdict, step: Step, reason: ReasonCode) -> Self {
        Self { verdict, step, reason, at: None }
    }
    /// Not authentic, or not a certificate at all.
    pub(crate) const fn invalid(step: Step, reason: ReasonCode) -> Self {
        Self::new(Verdict::Invalid, step, reason)
    }
    /// Damaged or of the wrong form.
    pub(crate) const fn malformed(step: Step) -> Self {
        Self::invalid(step, ReasonCode::MALFORMED)
    }
    /// Could not be checked.
    pub(crate) const fn unverified(step: Step, reason: ReasonCode) -> Self {
        Self::new(Verdict::Unverified, step, reason)
    }
    /// The content does not follow its schema, in this field.
    pub(crate) fn schema(path: impl Into<Box<str>>) -> Self {
        Self::invalid(Step::Schema, ReasonCode::SCHEMA).at(path)
    }
    /// The same, saying which part it is about.
    pub(crate) fn at(mut self, path: impl Into<Box<str>>) -> Self {
        self.at = Some(path.into());
        self
    }
}
