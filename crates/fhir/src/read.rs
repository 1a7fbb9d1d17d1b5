//! Bytes in, rows out: one [`Row`] for every resource, whatever is wrong with it.
//!
//! What is kept: `Patient` (who somebody is), `Immunization`, those `Observation`s and
//! `DiagnosticReport`s whose code the catalogue knows as a nucleic-acid, antigen or antibody test.
//! Everything else is reported as not kept, never dropped silently.

mod bundle;
mod coded;
mod documents;
mod elements;
mod findings;
mod immds;
mod immunization;
mod names;
mod observation;
mod outcome;
mod patient;
mod record;
mod report;
mod subject;
mod times;

pub use bundle::{BundleKind, BundleRead, EntryRequest, read_bundle};
pub use immds::{ForecastRequest, StatedDose, StatedState, read_forecast};

use crate::{json, urls};
use hutong_model::{
    Issue, IssueCode, MemberId, Submission, Timestamp,
    limits::{BODY_BYTES_MAX, LINE_BYTES_MAX},
};
use std::borrow::Cow;

/// Who sends, and when it arrives.
#[derive(Debug, Clone)]
pub struct ReadContext {
    member: MemberId,
    now: Timestamp,
    /// System of the member's own Patient ids.
    patient_system: String,
    /// System of its own record ids, as they are written out.
    record_system: String,
}

impl ReadContext {
    /// A context for what `member` sends at `now`.
    pub fn new(member: MemberId, now: Timestamp) -> Self {
        let patient_system = urls::member_patient(&member);
        let record_system = urls::member_record(&member);
        Self { member, now, patient_system, record_system }
    }
    /// Who sends.
    pub const fn member(&self) -> &MemberId {
        &self.member
    }
    /// When it arrives.
    pub const fn now(&self) -> Timestamp {
        self.now
    }
}

/// Where a resource stood in the input.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Locator {
    /// Its `resourceType`; empty where it could not be read.
    pub resource_type: Cow<'static, str>,
    /// Its `id`.
    pub id: Option<Box<str>>,
    /// Number of the Bundle entry, from 0.
    pub index: Option<usize>,
    /// Number of the entry of a Bundle within that entry, from 0.
    pub inner: Option<usize>,
    /// Number of the NDJSON line, from 1.
    pub line: Option<u64>,
    /// `fullUrl` of the Bundle entry.
    pub full_url: Option<Box<str>>,
}

impl std::fmt::Display for Locator {
    /// For people: `line 7, Immunization/abc`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}, ")?;
        }
        if let Some(index) = self.index {
            write!(f, "entry {index}, ")?;
        }
        if let Some(inner) = self.inner {
            write!(f, "entry {inner} within, ")?;
        }
        let kind = if self.resource_type.is_empty() { "resource" } else { &self.resource_type };
        match &self.id {
            Some(id) => write!(f, "{kind}/{id}"),
            None => f.write_str(kind),
        }
    }
}

/// What became of one resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Where it stood.
    pub locator: Locator,
    /// What the Bundle asks to be done with it, where it stood in one.
    pub request: Option<EntryRequest>,
    /// What became of it.
    pub result: RowResult,
}

/// What became of one resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowResult {
    /// To be admitted, with warnings.
    Submission(Box<Submission>, Vec<Issue>),
    /// Understood, but not something that Hutong keeps.
    NotKept(Issue),
    /// Wrong; every reason.
    Rejected(Vec<Issue>),
}

impl Row {
    /// The issues, whatever became of the resource.
    pub fn issues(&self) -> &[Issue] {
        match &self.result {
            RowResult::Submission(_, issues) | RowResult::Rejected(issues) => issues,
            RowResult::NotKept(issue) => std::slice::from_ref(issue),
        }
    }

    fn rejected(locator: Locator, issue: Issue) -> Self {
        Self { locator, request: None, result: RowResult::Rejected(vec![issue]) }
    }
}

/// A body that is either one resource or a Bundle.
#[derive(Debug)]
pub enum BodyRead {
    /// One resource.
    Single(Box<Row>),
    /// A Bundle.
    Bundle(BundleRead),
}

impl BodyRead {
    /// The rows in order.
    pub fn into_rows(self) -> Vec<Row> {
        match self {
            Self::Single(row) => vec![*row],
            Self::Bundle(bundle) => bundle.rows,
        }
    }
}

/// Reads one resource. A Bundle is rejected here: use [`read_body`] where it may come.
pub fn read_resource(bytes: &[u8], ctx: &ReadContext) -> Row {
    let text = match checked(bytes, BODY_BYTES_MAX) {
        Ok(text) => text,
        Err(issue) => return Row::rejected(Locator::default(), issue),
    };
    resource(text, ctx, None, Locator::default())
}

/// Reads a body that is one resource or a Bundle.
pub fn read_body(bytes: &[u8], ctx: &ReadContext) -> BodyRead {
    let text = match checked(bytes, BODY_BYTES_MAX) {
        Ok(text) => text,
        Err(issue) => {
            return BodyRead::Single(Box::new(Row::rejected(Locator::default(), issue)));
        }
    };
    if is_bundle(text) {
        BodyRead::Bundle(bundle::read(text, ctx, &Locator::default()))
    } else {
        BodyRead::Single(Box::new(resource(text, ctx, None, Locator::default())))
    }
}

/// Reads one NDJSON line, `number` from 1. A blank line has no rows, a line that is a Bundle has
/// one per entry, any other line one.
pub fn read_line(line: &[u8], number: u64, ctx: &ReadContext) -> Vec<Row> {
    let locator = Locator { line: Some(number), ..Locator::default() };
    if line.iter().all(u8::is_ascii_whitespace) {
        return Vec::new();
    }
    let text = match checked(line, LINE_BYTES_MAX) {
        // With the end of the line, one that is cut off would be one with a line break within it.
        Ok(text) => text.trim_ascii_end(),
        Err(issue) => return vec![Row::rejected(locator, issue)],
    };
    if is_bundle(text) {
        bundle::read(text, ctx, &locator).rows
    } else {
        vec![resource(text, ctx, None, locator)]
    }
}

fn checked(bytes: &[u8], max: usize) -> Result<&str, Issue> {
    if bytes.len() > max {
        return Err(Issue::error(
            IssueCode::TooLong,
            "",
            format!("longer than {} MiB", max / (1024 * 1024)),
            "send it in smaller parts",
        ));
    }
    json::check(bytes)
}

fn is_bundle(text: &str) -> bool {
    json::resource_type(text).is_ok_and(|kind| &*kind == "Bundle")
}

/// Reads one checked resource, with the patients of its Bundle.
fn resource(
    text: &str,
    ctx: &ReadContext,
    patients: Option<&subject::Patients>,
    mut locator: Locator,
) -> Row {
    let kind = match json::resource_type(text) {
        Ok(kind) => kind,
        Err(issue) => return Row::rejected(locator, issue),
    };
    let kept = ["Immunization", "Patient", "Observation", "DiagnosticReport"].contains(&&*kind);
    if let (true, Err(issue)) = (kept, json::check_parts(text)) {
        locator.resource_type = kind.to_string().into();
        return Row::rejected(locator, issue);
    }
    let scene = subject::Scene { ctx, patients, full_url: locator.full_url.as_deref() };
    let (resource_type, (id, result)) = match &*kind {
        "Immunization" => ("Immunization", immunization::read(text, &scene)),
        "Patient" => ("Patient", patient::read(text, &scene)),
        "Observation" => ("Observation", observation::read(text, &scene)),
        "DiagnosticReport" => ("DiagnosticReport", report::read(text, &scene)),
        other => {
            let (resource_type, id, result) = others(text, other);
            locator.resource_type = resource_type;
            locator.id = id;
            return Row { locator, request: None, result };
        }
    };
    locator.resource_type = Cow::Borrowed(resource_type);
    locator.id = id;
    Row { locator, request: None, result }
}

/// A resource of a kind that Hutong does not keep.
fn others(text: &str, kind: &str) -> (Cow<'static, str>, Option<Box<str>>, RowResult) {
    let known = names::RESOURCES.binary_search(&kind).ok().map(|at| names::RESOURCES[at]);
    let head = json::parse::<elements::AnyResource<'_>>(text, kind);
    let id = head.as_ref().ok().and_then(|head| head.id.as_deref()).and_then(short);
    let result = match (known, head) {
        (_, Err(issue)) => RowResult::Rejected(vec![issue]),
        (None, _) => RowResult::Rejected(vec![Issue::error(
            IssueCode::Structure,
            "resourceType",
            "there is no such resource in FHIR R4",
            "give the name of an R4 resource, such as Immunization, with its capital letters",
        )]),
        (Some("Bundle"), Ok(_)) => RowResult::Rejected(vec![Issue::error(
            IssueCode::Structure,
            "resourceType",
            "a Bundle where one resource is expected",
            "send the Bundle to the base address, or its entries one by one",
        )]),
        (Some(name), Ok(_)) => RowResult::NotKept(Issue::information(
            IssueCode::NotSupported,
            name,
            format!("{name} resources are not kept: only persons, vaccinations and tests are"),
        )),
    };
    (known.map_or(Cow::Borrowed(""), Cow::Borrowed), id, result)
}

/// An id for the locator, where it is short enough to be one.
fn short(id: &str) -> Option<Box<str>> {
    (!id.is_empty() && id.len() <= hutong_model::limits::IDENTIFIER_BYTES_MAX).then(|| id.into())
}
