//! What flows through the pipeline: rows of one run, read, with what cannot be admitted already
//! decided.

use hutong_fhir::{Row, RowResult};
use hutong_model::{Issue, Submission};

/// Where a row stood.
#[derive(Debug, Clone)]
pub(super) struct Place {
    /// Number of the line, or of the row as the spreadsheet program shows it; from 1.
    pub(super) line: u64,
    /// Number of the entry, where the line is a Bundle.
    pub(super) entry: Option<usize>,
    /// `Immunization`; empty for a row of a spreadsheet.
    pub(super) kind: std::borrow::Cow<'static, str>,
    /// The resource's id.
    pub(super) id: Option<Box<str>>,
}

/// What is known of a row before admission.
#[derive(Debug)]
pub(super) enum Before {
    /// To be admitted, with warnings.
    Submitted(Vec<Issue>),
    /// Not kept.
    NotKept(Issue),
    /// Refused.
    Rejected(Vec<Issue>),
}

/// A run of rows: what is to be admitted, and every row's place, in order.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub(super) submissions: Vec<Box<Submission>>,
    pub(super) rows: Vec<(Place, Before)>,
}

impl Batch {
    pub(super) fn with_capacity(rows: usize) -> Self {
        Self { submissions: Vec::with_capacity(rows), rows: Vec::with_capacity(rows) }
    }

    /// Adds a FHIR row of a line.
    pub(super) fn push_row(&mut self, line: u64, row: Row) {
        let locator = row.locator;
        let place =
            Place { line, entry: locator.index, kind: locator.resource_type, id: locator.id };
        match row.result {
            RowResult::Submission(submission, warnings) => {
                self.submit(place, submission, warnings);
            }
            RowResult::NotKept(issue) => self.rows.push((place, Before::NotKept(issue))),
            RowResult::Rejected(issues) => self.rows.push((place, Before::Rejected(issues))),
        }
    }

    /// Adds a row to be admitted.
    pub(super) fn submit(
        &mut self,
        place: Place,
        submission: Box<Submission>,
        warnings: Vec<Issue>,
    ) {
        self.submissions.push(submission);
        self.rows.push((place, Before::Submitted(warnings)));
    }

    /// Adds a refused row.
    pub(super) fn reject(&mut self, place: Place, issues: Vec<Issue>) {
        self.rows.push((place, Before::Rejected(issues)));
    }
}

impl Place {
    /// A line of which nothing else is known.
    pub(super) fn line(line: u64) -> Self {
        Self { line, entry: None, kind: "".into(), id: None }
    }
}
