//! Issues as `OperationOutcome` (HL7 FHIR R4 §2.36).

use super::json::Json;
use hutong_model::{Issue, Severity};

/// Appends an `OperationOutcome`. Without issues it says that all went well. `details.text` is
/// the reason, `diagnostics` the remedy, `expression` the field.
pub fn operation_outcome(issues: &[Issue], out: &mut Vec<u8>) {
    write(&mut Json::new(out), issues);
}

pub(super) fn write(j: &mut Json<'_>, issues: &[Issue]) {
    j.object(|j| {
        j.string("resourceType", "OperationOutcome");
        j.list("issue", |j| {
            if issues.is_empty() {
                j.object(|j| {
                    j.string("severity", "information");
                    j.string("code", "informational");
                    j.member("details", |j| j.string("text", "all in order"));
                });
            }
            issues.iter().for_each(|issue| j.object(|j| fill(j, issue)));
        });
    });
}

fn fill(j: &mut Json<'_>, issue: &Issue) {
    let severity = match issue.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Information => "information",
    };
    j.string("severity", severity);
    j.string("code", issue.code.as_str());
    if !issue.reason.is_empty() {
        j.member("details", |j| j.string("text", &issue.reason));
    }
    if !issue.remedy.is_empty() {
        j.string("diagnostics", &issue.remedy);
    }
    if !issue.field.is_empty() {
        j.list("expression", |j| j.text(&issue.field));
    }
}
