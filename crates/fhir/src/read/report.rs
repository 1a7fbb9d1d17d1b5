//! `DiagnosticReport` (HL7 FHIR R4 §10.3). What is kept of a report are its results: the one test
//! that it contains, or its own conclusion. Results that it only refers to are kept as the
//! Observations they are.

use super::elements::{Observation, Report};
use super::subject::Scene;
use super::{RowResult, observation, short};
use crate::json;
use hutong_model::{Issue, IssueCode};

/// Reads a `DiagnosticReport`.
pub(super) fn read(text: &str, scene: &Scene<'_>) -> (Option<Box<str>>, RowResult) {
    let report = match json::parse::<Report<'_>>(text, "DiagnosticReport") {
        Ok(report) => report,
        Err(issue) => return (None, RowResult::Rejected(vec![issue])),
    };
    let id = report.id.as_deref().and_then(short);
    (id, judge(scene, report))
}

fn judge(scene: &Scene<'_>, report: Report<'_>) -> RowResult {
    let mut tests = contained_tests(&report);
    if tests.len() > 1 {
        return RowResult::Rejected(vec![Issue::error(
            IssueCode::NotSupported,
            "DiagnosticReport.contained",
            "the report contains several test results, and each is a record of its own",
            "send each result as an Observation with its own identifier",
        )]);
    }
    let result = match tests.pop() {
        Some(observation) => {
            observation::judge(scene, &filled(observation, report), "DiagnosticReport")
        }
        None => {
            if observation::known_test(report.code.as_ref()).is_none() {
                return observation::not_a_test("DiagnosticReport.code");
            }
            let concluded = !report.conclusion_code.is_empty() || report.conclusion.is_some();
            if !concluded && !report.result.is_empty() {
                return RowResult::NotKept(Issue::information(
                    IssueCode::NotSupported,
                    "DiagnosticReport.result",
                    "the results that it refers to are kept as Observations",
                ));
            }
            observation::judge(scene, &filled(Observation::default(), report), "DiagnosticReport")
        }
    };
    as_report(result)
}

/// The contained Observations that are tests of the catalogue.
fn contained_tests<'a>(report: &Report<'a>) -> Vec<Observation<'a>> {
    let observations = report
        .contained
        .iter()
        .filter(|raw| json::resource_type(raw.text()).is_ok_and(|kind| &*kind == "Observation"));
    observations
        .filter_map(|raw| json::parse::<Observation<'a>>(raw.text(), "").ok())
        .filter(|found| observation::known_test(found.code.as_ref()).is_some())
        .collect()
}

/// The one result, with what the report says where the result itself says nothing. The record is
/// known by the report's own id: a contained resource has none outside it.
fn filled<'a>(mut o: Observation<'a>, report: Report<'a>) -> Observation<'a> {
    if o.code.is_none() {
        o.code = report.code;
        o.interpretation = report.conclusion_code;
        if o.interpretation.is_empty() {
            o.value_string = report.conclusion;
        }
    }
    o.id = report.id;
    o.identifier = report.identifier;
    o.contained = report.contained;
    o.extension.extend(report.extension);
    o.status = match report.status.as_deref() {
        Some("entered-in-error" | "cancelled" | "amended" | "corrected" | "appended") => {
            report.status
        }
        _ => o.status.or(report.status),
    };
    o.subject = report.subject.or(o.subject);
    if o.effective_date_time.is_none() && o.effective_period.is_none() {
        o.effective_date_time = report.effective_date_time;
        o.effective_period = report.effective_period;
    }
    o.issued = o.issued.or(report.issued);
    if o.performer.is_empty() {
        o.performer = report.performer;
    }
    if o.specimen.is_none() {
        o.specimen = report.specimen.into_iter().next();
    }
    o
}

/// Names the report's own fields in issues that speak of the Observation's.
fn as_report(mut result: RowResult) -> RowResult {
    let rename = |issue: &mut Issue| {
        if let Some(rest) = issue.field.strip_prefix("Observation.") {
            issue.field = format!("DiagnosticReport.{rest}").into();
        }
    };
    match &mut result {
        RowResult::Submission(_, issues) | RowResult::Rejected(issues) => {
            issues.iter_mut().for_each(rename);
        }
        RowResult::NotKept(issue) => rename(issue),
    }
    result
}
