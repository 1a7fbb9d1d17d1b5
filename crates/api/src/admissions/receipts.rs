//! Receipts out: a line of JSON for each row that the sender wants to hear of, and a summary.

use super::batches::{Before, Place};
use crate::problem::Problem;
use bytes::Bytes;
use hutong_model::Issue;
use hutong_node::{
    admit::{Outcome, Receipt},
    tallies::Refusals,
};
use serde::Serialize;

/// Which rows the sender wants to hear of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// Every row.
    All,
    /// Rows that were refused, not kept, or deserve attention.
    Rejects,
}

/// One line about one row.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RowReceipt<'a> {
    /// Number of the line or spreadsheet row, from 1.
    #[schema(example = 7)]
    line: u64,
    /// Number of the Bundle entry in the line, from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    entry_index: Option<usize>,
    /// `Immunization/ID`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "Immunization/im-1")]
    resource: Option<String>,
    /// `admitted`, `duplicate`, `rejected`, `notKept`.
    #[schema(example = "rejected")]
    outcome: &'static str,
    /// Id of the entry.
    #[serde(skip_serializing_if = "Option::is_none")]
    entry: Option<String>,
    /// The person.
    #[serde(skip_serializing_if = "Option::is_none")]
    person: Option<String>,
    /// The sender's own id.
    #[serde(skip_serializing_if = "Option::is_none")]
    own_id: Option<&'a str>,
    /// What is wrong or worth attention.
    #[serde(skip_serializing_if = "<[Issue]>::is_empty")]
    #[schema(value_type = Vec<crate::schema::IssueSchema>)]
    issues: &'a [Issue],
}

/// How many rows, and what became of them. `rows` is the sum of the others.
#[derive(Debug, Clone, Copy, Default, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// Rows read.
    #[schema(example = 10000)]
    rows: u64,
    /// Written.
    #[schema(example = 9990)]
    admitted: u64,
    /// There already.
    #[schema(example = 7)]
    duplicate: u64,
    /// Refused.
    #[schema(example = 2)]
    rejected: u64,
    /// Of a kind that is not kept.
    #[schema(example = 1)]
    not_kept: u64,
}

impl Summary {
    fn count(&mut self, outcome: &'static str) {
        self.rows += 1;
        match outcome {
            "admitted" => self.admitted += 1,
            "duplicate" => self.duplicate += 1,
            "notKept" => self.not_kept += 1,
            _ => self.rejected += 1,
        }
    }

    /// The last line: the summary, and the problem where the body could not be read to its end.
    pub(super) fn line(&self, problem: Option<&Problem>, request_id: &str) -> Bytes {
        #[derive(Serialize)]
        struct Last<'a> {
            #[serde(skip_serializing_if = "Option::is_none")]
            problem: Option<crate::problem::ProblemBody>,
            summary: &'a Summary,
        }
        let problem = problem.map(|problem| problem.body(request_id));
        let mut line = serde_json::to_vec(&Last { problem, summary: self }).unwrap_or_default();
        line.push(b'\n');
        line.into()
    }

    pub(super) fn publish(&self) {
        let counts = [
            ("admitted", self.admitted),
            ("duplicate", self.duplicate),
            ("rejected", self.rejected),
            ("not_kept", self.not_kept),
        ];
        for (outcome, count) in counts {
            metrics::counter!("hutong_rows_total", "outcome" => outcome).increment(count);
        }
    }
}

/// Writes the lines of a batch and counts its rows. `receipts` belong to the submitted rows, in
/// order.
pub(super) fn write(
    rows: Vec<(Place, Before)>,
    receipts: Vec<Receipt>,
    wanted: Wanted,
    summary: &mut Summary,
    refusals: &mut Refusals,
) -> Vec<u8> {
    let mut out = Vec::new();
    let mut receipts = receipts.into_iter();
    for (place, before) in rows {
        let (outcome, receipt, issues) = match before {
            Before::NotKept(issue) => ("notKept", None, vec![issue]),
            Before::Rejected(issues) => ("rejected", None, issues),
            Before::Submitted(mut warnings) => {
                let Some(mut receipt) = receipts.next() else { continue };
                warnings.append(&mut receipt.issues);
                let outcome = match receipt.outcome {
                    Outcome::Admitted => "admitted",
                    Outcome::Duplicate => "duplicate",
                    Outcome::Rejected => "rejected",
                };
                (outcome, Some(receipt), warnings)
            }
        };
        summary.count(outcome);
        if outcome == "rejected" {
            refusals.count(&issues);
        }
        let quiet = matches!(outcome, "admitted" | "duplicate") && issues.is_empty();
        if wanted == Wanted::Rejects && quiet {
            continue;
        }
        let line = RowReceipt {
            line: place.line,
            entry_index: place.entry,
            resource: resource(&place),
            outcome,
            entry: receipt.as_ref().and_then(|r| r.entry).map(|id| id.to_string()),
            person: receipt.as_ref().and_then(|r| r.person).map(|id| id.to_string()),
            own_id: receipt.as_ref().and_then(|r| r.own_id.as_ref()).map(|id| id.as_str()),
            issues: &issues,
        };
        // INVARIANT: writing plain values into memory cannot fail.
        let _ = serde_json::to_writer(&mut out, &line);
        out.push(b'\n');
    }
    out
}

fn resource(place: &Place) -> Option<String> {
    match (&*place.kind, &place.id) {
        ("", _) => None,
        (kind, Some(id)) => Some(format!("{kind}/{id}")),
        (kind, None) => Some(kind.to_owned()),
    }
}
