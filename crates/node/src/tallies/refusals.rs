//! Refused rows, by reason.

use super::cells::short;
use crate::Node;
use hutong_model::{Issue, Member, Severity};
use hutong_store::{Cell, Facet};
use std::collections::HashMap;

/// How many rows of an upload were refused, and why: by code and field of the first error.
#[derive(Debug, Default)]
pub struct Refusals(HashMap<Box<str>, i64>);

impl Refusals {
    /// Counts a refused row.
    pub fn count(&mut self, issues: &[Issue]) {
        let error = issues.iter().find(|issue| issue.severity == Severity::Error);
        let reason = match error.or(issues.first()) {
            None => "not-stated".into(),
            // Places in lists say nothing about the reason.
            Some(issue) => {
                let field: String = issue
                    .field
                    .chars()
                    .filter(|c| !c.is_ascii_digit() && !matches!(c, '[' | ']'))
                    .collect();
                short(&format!("{} {field}", issue.code.as_str()))
            }
        };
        *self.0.entry(reason.trim_end().into()).or_insert(0) += 1;
    }
}

impl Node {
    /// Adds an upload's refusals to the counters. Where that fails it is logged: the sender has
    /// been told of each row anyway.
    pub async fn count_refusals(&self, member: &Member, refusals: Refusals) {
        if refusals.0.is_empty() {
            return;
        }
        let cell = |what: Box<str>| Cell {
            facet: Facet::Rejections,
            day: self.now().utc_date(),
            region: "".into(),
            member: member.id.as_str().into(),
            what,
            dose: 0,
            age: 0,
            sex: 0,
        };
        let changes = refusals.0.into_iter().map(|(reason, rows)| (cell(reason), rows)).collect();
        if let Err(error) = self.store.tally_rejections(changes).await {
            tracing::warn!(error = %error, "refused rows were not counted");
        }
    }
}
