//! What is found wrong or noteworthy while one resource is read.

use super::RowResult;
use hutong_model::{
    Issue, IssueCode, OriginId, Submission,
    limits::{CODE_BYTES_MAX, ISSUES_PER_RESOURCE_MAX, TEXT_BYTES_MAX, URI_BYTES_MAX},
};
use std::borrow::Cow;

/// Issues of one resource, the first of them. Names of fields and sentences only, never a value
/// that was sent.
#[derive(Debug, Default)]
pub(super) struct Findings {
    errors: Vec<Issue>,
    warnings: Vec<Issue>,
}

impl Findings {
    /// Something that rejects the resource.
    pub(super) fn error(
        &mut self,
        code: IssueCode,
        field: impl Into<Cow<'static, str>>,
        reason: impl Into<Cow<'static, str>>,
        remedy: impl Into<Cow<'static, str>>,
    ) {
        if self.errors.len() < ISSUES_PER_RESOURCE_MAX {
            self.errors.push(Issue::error(code, field, reason, remedy));
        }
    }

    /// Something that does not.
    pub(super) fn warning(
        &mut self,
        code: IssueCode,
        field: impl Into<Cow<'static, str>>,
        reason: impl Into<Cow<'static, str>>,
        remedy: impl Into<Cow<'static, str>>,
    ) {
        if self.warnings.len() < ISSUES_PER_RESOURCE_MAX {
            self.warnings.push(Issue::warning(code, field, reason, remedy));
        }
    }

    /// A required element is missing.
    pub(super) fn missing(&mut self, field: &'static str, remedy: &'static str) {
        self.error(IssueCode::Required, field, "a required element is missing", remedy);
    }

    /// An issue that was found elsewhere.
    pub(super) fn add(&mut self, issue: Issue) {
        if self.errors.len() < ISSUES_PER_RESOURCE_MAX {
            self.errors.push(issue);
        }
    }

    /// Everything that rejects what was read.
    pub(super) fn into_errors(self) -> Vec<Issue> {
        self.errors
    }

    /// How much rejects the resource so far.
    pub(super) fn errors(&self) -> usize {
        self.errors.len()
    }

    /// The outcome: the submission with its warnings, or the reasons against it.
    pub(super) fn finish(self, submission: Option<Submission>) -> RowResult {
        match submission {
            Some(submission) if self.errors.is_empty() => {
                RowResult::Submission(Box::new(submission), self.warnings)
            }
            _ => RowResult::Rejected(self.errors),
        }
    }

    /// A text that must be whole: refused where it is too long.
    pub(super) fn text(
        &mut self,
        field: impl Into<Cow<'static, str>>,
        text: Option<&str>,
    ) -> Option<Box<str>> {
        self.bounded(field, text, TEXT_BYTES_MAX)
    }

    /// A code.
    pub(super) fn code(&mut self, field: &'static str, text: Option<&str>) -> Option<Box<str>> {
        self.bounded(field, text, CODE_BYTES_MAX)
    }

    /// The URI of a code system.
    pub(super) fn uri(&mut self, field: &'static str, text: Option<&str>) -> Option<Box<str>> {
        self.bounded(field, text, URI_BYTES_MAX)
    }

    fn bounded(
        &mut self,
        field: impl Into<Cow<'static, str>>,
        text: Option<&str>,
        max: usize,
    ) -> Option<Box<str>> {
        let text = text?.trim();
        if text.is_empty() {
            return None;
        }
        if text.len() > max {
            let reason = format!("longer than {max} bytes");
            self.error(IssueCode::TooLong, field, reason, "shorten it");
            return None;
        }
        if !is_plain(text) {
            let remedy = "remove the characters that cannot be seen";
            self.error(IssueCode::Value, field, "it contains control characters", remedy);
            return None;
        }
        Some(text.into())
    }

    /// Words for people (remarks, display names): cut where too long, with a warning, because
    /// a long remark is no reason to refuse a dose.
    pub(super) fn words(&mut self, field: &'static str, text: Option<&str>) -> Option<Box<str>> {
        let text = text?.trim();
        let cleaned;
        let text = if is_plain(text) {
            text
        } else {
            cleaned = text.chars().filter(|c| may_stand(*c)).collect::<String>();
            cleaned.trim()
        };
        if text.is_empty() {
            return None;
        }
        if text.len() <= TEXT_BYTES_MAX {
            return Some(text.into());
        }
        let mut end = TEXT_BYTES_MAX;
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let reason = format!("longer than {TEXT_BYTES_MAX} bytes; only the beginning is kept");
        self.warning(IssueCode::TooLong, field, reason, "shorten it if the rest matters");
        Some(text[..end].trim_end().into())
    }

    /// A sender's own record id.
    pub(super) fn origin_id(
        &mut self,
        field: impl Into<Cow<'static, str>>,
        text: &str,
    ) -> Option<OriginId> {
        match OriginId::parse(text) {
            Ok(id) => Some(id),
            Err(error) => {
                let remedy = "use a shorter identifier, the same each time the record is sent";
                self.error(IssueCode::TooLong, field, error.to_string(), remedy);
                None
            }
        }
    }
}

/// Whether a character may stand in a text that is kept.
fn may_stand(c: char) -> bool {
    !c.is_control() || matches!(c, '\n' | '\t')
}

/// Whether a text has no control characters.
fn is_plain(text: &str) -> bool {
    // Control characters are below 0x20, 0x7f, or two bytes that begin with 0xc2. Looking for
    // these bytes, without an early end, is done many at a time.
    let suspect = |b: &u8| *b < 0x20 || matches!(b, 0x7f | 0xc2);
    !text.as_bytes().iter().fold(false, |found, b| found | suspect(b))
        || text.chars().all(may_stand)
}
