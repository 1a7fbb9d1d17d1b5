//! What is wrong with a piece of input: where, what, and how to mend it. Becomes one
//! `OperationOutcome.issue` (HL7 FHIR R4 §2.36), one row of a CLI table, one line of a rejects
//! file.

use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// How much an issue matters (FHIR `issue-severity`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The row was rejected.
    Error,
    /// The row was admitted; something about it deserves attention.
    Warning,
    /// Nothing is wrong; something was noted (such as a resource that is not kept).
    Information,
}

/// The kind of an issue: the codes of FHIR `issue-type` that are used here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IssueCode {
    /// The text is not well-formed JSON, CSV or FHIR.
    Structure,
    /// A required value is missing.
    Required,
    /// A value has the wrong form.
    Value,
    /// A code is not in its code system or catalogue.
    CodeInvalid,
    /// Values contradict each other or the rules of the field.
    BusinessRule,
    /// Something referred to does not exist.
    NotFound,
    /// The same id came with different content.
    Conflict,
    /// Already there, unchanged.
    Duplicate,
    /// Understood but not kept here.
    NotSupported,
    /// Too long, too large, too deep.
    TooLong,
    /// The sender may not do this.
    Forbidden,
    /// Too much at once: send again later.
    Throttled,
    /// Something failed on our side; send again.
    Transient,
    /// Noted.
    Informational,
}

impl IssueCode {
    /// The FHIR code.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Structure => "structure",
            Self::Required => "required",
            Self::Value => "value",
            Self::CodeInvalid => "code-invalid",
            Self::BusinessRule => "business-rule",
            Self::NotFound => "not-found",
            Self::Conflict => "conflict",
            Self::Duplicate => "duplicate",
            Self::NotSupported => "not-supported",
            Self::TooLong => "too-long",
            Self::Forbidden => "forbidden",
            Self::Throttled => "throttled",
            Self::Transient => "transient",
            Self::Informational => "informational",
        }
    }
}

/// One issue. `field` is a `FHIRPath` (`Immunization.occurrenceDateTime`) or a column heading;
/// `reason` and `remedy` are sentences for the person who must mend it and carry no person data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issue {
    /// How much it matters.
    pub severity: Severity,
    /// What kind it is.
    pub code: IssueCode,
    /// Where.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub field: Cow<'static, str>,
    /// What was wrong.
    pub reason: Cow<'static, str>,
    /// What to do.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub remedy: Cow<'static, str>,
}

impl Issue {
    /// An issue that rejects its row.
    pub fn error(
        code: IssueCode,
        field: impl Into<Cow<'static, str>>,
        reason: impl Into<Cow<'static, str>>,
        remedy: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::new(Severity::Error, code, field, reason, remedy)
    }

    /// An issue that does not reject its row.
    pub fn warning(
        code: IssueCode,
        field: impl Into<Cow<'static, str>>,
        reason: impl Into<Cow<'static, str>>,
        remedy: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::new(Severity::Warning, code, field, reason, remedy)
    }

    /// Something noted about a row.
    pub fn information(
        code: IssueCode,
        field: impl Into<Cow<'static, str>>,
        reason: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::new(Severity::Information, code, field, reason, "")
    }

    fn new(
        severity: Severity,
        code: IssueCode,
        field: impl Into<Cow<'static, str>>,
        reason: impl Into<Cow<'static, str>>,
        remedy: impl Into<Cow<'static, str>>,
    ) -> Self {
        let (field, reason, remedy) = (field.into(), reason.into(), remedy.into());
        Self { severity, code, field, reason, remedy }
    }
}
