//! Search parameters, read strictly (HL7 FHIR R4 §3.1.1, search).
//!
//! An unknown parameter, modifier or prefix is an error, never an unfiltered answer. What can be
//! asked for is listed in [`PATIENT`], [`IMMUNIZATION`], [`OBSERVATION`], [`DUE`] and
//! [`EVERYTHING`]; the capability statement shows the same lists.

mod dates;
mod due;
mod matching;
mod parameters;
mod values;

pub use dates::{DateBound, Prefix};
pub use due::{DueSearch, due_search};
pub use parameters::{DUE, EVERYTHING, IMMUNIZATION, OBSERVATION, PATIENT, Parameter};
pub use values::{PatientQuery, Token};

use hutong_model::{
    Issue, IssueCode,
    limits::{HISTORY_PAGE_DEFAULT, HISTORY_PAGE_MAX, IDENTIFIER_BYTES_MAX, TEXT_BYTES_MAX},
};
use std::borrow::Cow;

/// What is searched for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordKind {
    /// `Immunization`.
    Immunization,
    /// `Observation`.
    Observation,
}

impl RecordKind {
    /// The FHIR resource type.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Immunization => "Immunization",
            Self::Observation => "Observation",
        }
    }

    const fn parameters(self) -> &'static [Parameter] {
        match self {
            Self::Immunization => IMMUNIZATION,
            Self::Observation => OBSERVATION,
        }
    }
}

/// Which page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Entries in it, 1 to the limit; 0 asks for the total only.
    pub count: usize,
    /// Where it begins, as an earlier answer said. Opaque here.
    pub cursor: Option<String>,
}

impl Default for Page {
    fn default() -> Self {
        Self { count: HISTORY_PAGE_DEFAULT, cursor: None }
    }
}

/// A search for records of one person.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordSearch {
    /// What is searched for.
    pub kind: RecordKind,
    /// Whose records.
    pub patient: PatientQuery,
    /// Bounds of the date; all must hold.
    pub dates: Vec<DateBound>,
    /// Codes; one of them must fit. Empty: any.
    pub codes: Vec<Token>,
    /// Statuses; one of them must fit. Empty: any.
    pub statuses: Vec<Box<str>>,
    /// Categories; one of them must fit. Empty: any.
    pub categories: Vec<Token>,
    /// Own ids; one of them must fit. Empty: any.
    pub identifiers: Vec<Token>,
    /// Which page.
    pub page: Page,
}

/// A search for a person.
#[derive(Debug, Clone, PartialEq)]
pub struct PatientSearch {
    /// The document.
    pub identifier: Token,
    /// Which page.
    pub page: Page,
}

/// What of a person's everything is asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct EverythingSearch {
    /// Bounds of the date; all must hold.
    pub dates: Vec<DateBound>,
    /// Resource types; empty: all.
    pub types: Vec<Box<str>>,
    /// Which page.
    pub page: Page,
}

/// Reads the decoded query parameters of a search for records.
///
/// # Errors
/// An [`Issue`] for HTTP 400, naming the parameter.
pub fn record_search<'p>(
    kind: RecordKind,
    pairs: impl IntoIterator<Item = (&'p str, &'p str)>,
) -> Result<RecordSearch, Issue> {
    let mut patient = None;
    let mut search = RecordSearch {
        kind,
        patient: PatientQuery::Id(Box::default()),
        dates: Vec::new(),
        codes: Vec::new(),
        statuses: Vec::new(),
        categories: Vec::new(),
        identifiers: Vec::new(),
        page: Page::default(),
    };
    let mut seen = Seen::default();
    for (name, value) in pairs {
        seen.check(name, value, kind.parameters(), &["date"])?;
        match name {
            "patient" | "subject" | "patient.identifier" => {
                if patient.is_some() {
                    return Err(wrong(name, "the person is named twice", "name the person once"));
                }
                patient = Some(match name {
                    "patient.identifier" => PatientQuery::Identifier(Token::full(name, value)?),
                    _ => PatientQuery::parse(name, value)?,
                });
            }
            "date" => search.dates.push(DateBound::parse(name, value)?),
            "vaccine-code" | "code" => search.codes = Token::list(name, value)?,
            "category" => search.categories = Token::list(name, value)?,
            "identifier" => search.identifiers = Token::list(name, value)?,
            "status" => search.statuses = statuses(kind, value)?,
            other => common(other, value, &mut search.page)?,
        }
    }
    search.patient = patient.ok_or_else(|| {
        Issue::error(
            IssueCode::Required,
            "patient",
            "records are searched for one person at a time",
            "add patient=ID, or patient.identifier=system|value",
        )
    })?;
    Ok(search)
}

/// Reads the decoded query parameters of a search for a person.
///
/// # Errors
/// An [`Issue`] for HTTP 400, naming the parameter.
pub fn patient_search<'p>(
    pairs: impl IntoIterator<Item = (&'p str, &'p str)>,
) -> Result<PatientSearch, Issue> {
    let mut identifier = None;
    let mut page = Page::default();
    let mut seen = Seen::default();
    for (name, value) in pairs {
        seen.check(name, value, PATIENT, &[])?;
        match name {
            "identifier" => identifier = Some(Token::full(name, value)?),
            other => common(other, value, &mut page)?,
        }
    }
    let identifier = identifier.ok_or_else(|| {
        Issue::error(
            IssueCode::Required,
            "identifier",
            "a person is searched for by a document only",
            "add identifier=system|value",
        )
    })?;
    Ok(PatientSearch { identifier, page })
}

/// Reads the decoded query parameters of `$everything`.
///
/// # Errors
/// An [`Issue`] for HTTP 400, naming the parameter.
pub fn everything_search<'p>(
    pairs: impl IntoIterator<Item = (&'p str, &'p str)>,
) -> Result<EverythingSearch, Issue> {
    let mut search =
        EverythingSearch { dates: Vec::new(), types: Vec::new(), page: Page::default() };
    let mut seen = Seen::default();
    for (name, value) in pairs {
        seen.check(name, value, EVERYTHING, &[])?;
        match name {
            "start" => search.dates.push(DateBound::plain(name, Prefix::Ge, value)?),
            "end" => search.dates.push(DateBound::plain(name, Prefix::Le, value)?),
            "_type" => {
                search.types = words(name, value, &["Patient", "Immunization", "Observation"])?
            }
            other => common(other, value, &mut search.page)?,
        }
    }
    Ok(search)
}

/// Parameters already seen, so that none comes twice.
#[derive(Default)]
struct Seen(Vec<String>);

impl Seen {
    fn check(
        &mut self,
        name: &str,
        value: &str,
        known: &[Parameter],
        repeatable: &[&str],
    ) -> Result<(), Issue> {
        if !known.iter().any(|parameter| parameter.name == name) {
            return Err(unknown(name, known));
        }
        if value.is_empty() {
            return Err(wrong(name, "the parameter has no value", "give a value or leave it out"));
        }
        if value.len() > 4 * TEXT_BYTES_MAX {
            return Err(wrong(name, "the value is too long", "ask for less at once"));
        }
        if !repeatable.contains(&name) && self.0.iter().any(|seen| seen == name) {
            let remedy = "put alternatives into one parameter, with commas";
            return Err(wrong(name, "the parameter comes twice", remedy));
        }
        self.0.push(name.to_owned());
        Ok(())
    }
}

fn unknown(name: &str, known: &[Parameter]) -> Issue {
    let base = name.split_once(':').map_or(name, |(base, _)| base);
    let modifier = base != name && known.iter().any(|parameter| parameter.name == base);
    let reason =
        if modifier { "the modifier is not supported" } else { "the parameter is not known" };
    let names: Vec<&str> = known.iter().map(|parameter| parameter.name).collect();
    Issue::error(
        IssueCode::NotSupported,
        shown(name),
        reason,
        format!("use only: {}", names.join(", ")),
    )
}

/// The name of a parameter, as far as it is fit to be repeated in an answer.
fn shown(name: &str) -> Cow<'static, str> {
    let plain = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ':' | '$');
    Cow::Owned(name.chars().filter(plain).take(64).collect())
}

fn wrong(name: &str, reason: &'static str, remedy: &'static str) -> Issue {
    Issue::error(IssueCode::Value, shown(name), reason, remedy)
}

fn common(name: &str, value: &str, page: &mut Page) -> Result<(), Issue> {
    match name {
        "_count" => {
            let count: usize = value
                .parse()
                .map_err(|_| wrong(name, "this is not a whole number", "give a number from 0"))?;
            page.count = count.min(HISTORY_PAGE_MAX);
        }
        "_cursor" => {
            if value.len() > 4 * IDENTIFIER_BYTES_MAX {
                return Err(wrong(
                    name,
                    "this is no cursor",
                    "take it from a next link, unchanged",
                ));
            }
            page.cursor = Some(value.to_owned());
        }
        "_sort" if value == "-date" => {}
        "_sort" => {
            return Err(wrong(name, "this order is not offered", "use -date or leave it out"));
        }
        "_format" => {
            let known =
                ["json", "application/json", "application/fhir+json", "application/fhir json"];
            if !known.contains(&value) {
                return Err(wrong(name, "this format is not offered", "use json"));
            }
        }
        // INVARIANT: `Seen::check` has refused every other name.
        _ => return Err(wrong(name, "the parameter is not known", "leave it out")),
    }
    Ok(())
}

fn statuses(kind: RecordKind, value: &str) -> Result<Vec<Box<str>>, Issue> {
    let known: &[&str] = match kind {
        RecordKind::Immunization => &["completed", "not-done", "entered-in-error"],
        RecordKind::Observation => &["registered", "final", "corrected", "entered-in-error"],
    };
    words("status", value, known)
}

fn words(name: &str, value: &str, known: &[&str]) -> Result<Vec<Box<str>>, Issue> {
    let list: Vec<Box<str>> = value.split(',').map(Into::into).collect();
    if list.iter().all(|word| known.contains(&&**word)) {
        return Ok(list);
    }
    Err(Issue::error(
        IssueCode::CodeInvalid,
        shown(name),
        "the value is not one of those that are known",
        format!("use {}", known.join(", ")),
    ))
}
