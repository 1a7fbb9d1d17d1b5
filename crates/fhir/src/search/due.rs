//! Searches for what is due: the recommendation of one person, and the evaluations it rests on.

use super::{DUE, Page, PatientQuery, Seen, Token, common, wrong};
use hutong_model::{Date, Issue, IssueCode};

/// A search for a person's recommendation or evaluations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueSearch {
    /// Whose.
    pub patient: PatientQuery,
    /// Day of the assessment; today where absent.
    pub on: Option<Date>,
}

/// Reads the decoded query parameters of a search for what is due.
///
/// # Errors
/// An [`Issue`] for HTTP 400, naming the parameter.
pub fn due_search<'p>(
    pairs: impl IntoIterator<Item = (&'p str, &'p str)>,
) -> Result<DueSearch, Issue> {
    let (mut patient, mut on) = (None, None);
    let mut seen = Seen::default();
    for (name, value) in pairs {
        seen.check(name, value, DUE, &[])?;
        match name {
            "patient" | "patient.identifier" if patient.is_some() => {
                return Err(wrong(name, "the person is named twice", "name the person once"));
            }
            "patient" => patient = Some(PatientQuery::parse(name, value)?),
            "patient.identifier" => {
                patient = Some(PatientQuery::Identifier(Token::full(name, value)?));
            }
            "date" => {
                let day = Date::parse(value);
                on = Some(day.map_err(|_| wrong(name, "this is not a day", "write YYYY-MM-DD"))?);
            }
            other => common(other, value, &mut Page::default())?,
        }
    }
    let patient = patient.ok_or_else(|| {
        Issue::error(
            IssueCode::Required,
            "patient",
            "what is due is made for one person at a time",
            "add patient=ID, or patient.identifier=system|value",
        )
    })?;
    Ok(DueSearch { patient, on })
}
