//! `GET /fhir/Immunization`, `GET /fhir/Observation`: one person's records.

use super::{answer, base, next_url, whose};
use crate::{
    access::{Caller, may},
    paging::{Results, pairs},
    problem::Problem,
    schema::FhirErrors,
};
use axum::{http::Uri, response::Response};
use hutong_fhir::{
    search::{RecordKind, record_search},
    write::{SearchsetPage, searchset},
};
use hutong_model::{Issue, IssueCode};

/// Room for an ordinary record as FHIR, in bytes.
pub(super) const RECORD_BYTES: usize = 2048;

/// A person's vaccinations.
///
/// All regions', merged and corrected, newest first. Needs the person's grant to the asking
/// member for the stated purpose, or a legal basis; recorded as an access that the person sees.
/// An unknown parameter is an error. Pages show what the first page saw.
#[utoipa::path(
    get, path = "/fhir/Immunization", tag = "FHIR",
    params(
        ("patient" = Option<String>, Query, description = "The person's id here, or the member's own Patient id"),
        ("patient.identifier" = Option<String>, Query, description = "The person by a document, system|value"),
        ("date" = Option<String>, Query, description = "When it was given, with eq ne gt ge lt le; may be repeated"),
        ("vaccine-code" = Option<String>, Query, description = "system|code or code; several with commas"),
        ("status" = Option<String>, Query, description = "completed, not-done, entered-in-error"),
        ("identifier" = Option<String>, Query, description = "The sender's own id"),
        ("_count" = Option<usize>, Query, description = "Entries in a page, at most 1000"),
        ("_cursor" = Option<String>, Query, description = "From a next link"),
        ("_sort" = Option<String>, Query, description = "Only -date, which is always the order"),
        ("Hutong-Purpose" = Option<String>, Header, description = "Why", example = "TREAT"),
    ),
    responses(
        (status = 200, description = "A Bundle of type searchset", content_type = "application/fhir+json"),
        (status = 410, description = "The search is no longer kept; start it again"),
        FhirErrors,
    ),
    security(("member" = []))
)]
pub(crate) async fn immunizations(
    caller: Caller<may::ReadHistory>,
    uri: Uri,
) -> Result<Response, Problem> {
    records(caller, &uri, RecordKind::Immunization).await
}

/// A person's test results.
///
/// As `GET /fhir/Immunization`.
#[utoipa::path(
    get, path = "/fhir/Observation", tag = "FHIR",
    params(
        ("patient" = Option<String>, Query, description = "The person's id here, or the member's own Patient id"),
        ("patient.identifier" = Option<String>, Query, description = "The person by a document, system|value"),
        ("date" = Option<String>, Query, description = "When the sample was taken, with eq ne gt ge lt le"),
        ("code" = Option<String>, Query, description = "system|code or code; several with commas"),
        ("category" = Option<String>, Query, description = "laboratory"),
        ("status" = Option<String>, Query, description = "registered, final, corrected, entered-in-error"),
        ("identifier" = Option<String>, Query, description = "The sender's own id"),
        ("_count" = Option<usize>, Query, description = "Entries in a page, at most 1000"),
        ("_cursor" = Option<String>, Query, description = "From a next link"),
        ("_sort" = Option<String>, Query, description = "Only -date, which is always the order"),
        ("Hutong-Purpose" = Option<String>, Header, description = "Why", example = "TREAT"),
    ),
    responses(
        (status = 200, description = "A Bundle of type searchset", content_type = "application/fhir+json"),
        (status = 410, description = "The search is no longer kept; start it again"),
        FhirErrors,
    ),
    security(("member" = []))
)]
pub(crate) async fn observations(
    caller: Caller<may::ReadHistory>,
    uri: Uri,
) -> Result<Response, Problem> {
    records(caller, &uri, RecordKind::Observation).await
}

async fn records(
    caller: Caller<may::ReadHistory>,
    uri: &Uri,
    kind: RecordKind,
) -> Result<Response, Problem> {
    let pairs = pairs(uri)?;
    let search = record_search(kind, pairs.iter().map(|(n, v)| (n.as_str(), v.as_str())))
        .map_err(refused)?;
    let node = caller.node();
    let Some(person) = whose::person(node, &caller.member, &search.patient).await? else {
        caller.missed().await?;
        return Err(no_such_person());
    };
    let right = caller.right_to(person).await?;
    let mut results = match &search.page.cursor {
        Some(cursor) => Results::kept(node, &caller.member, uri, cursor)?,
        None => {
            let mut history = node.history(person, caller.reader(right)).await?;
            history.records.retain(|record| search.matches(record));
            Results::fresh(history)
        }
    };
    let base = base(node);
    let path = format!("{base}/{}", kind.as_str());
    let cursor = results.next_cursor(node, &caller.member, uri, search.page.count);
    let next_url = cursor.map(|cursor| next_url(&path, uri, &cursor));
    let offset = results.offset();
    let history = results.history()?;
    let end = (offset + search.page.count).min(history.records.len());
    let issues = incomplete(history.complete);
    let page = SearchsetPage {
        base: &base,
        self_url: &format!("{path}?{}", uri.query().unwrap_or_default()),
        next_url: next_url.as_deref(),
        total: history.records.len() as u64,
        at: node.now(),
        issues: &issues,
    };
    let mut body = Vec::with_capacity(RECORD_BYTES * (end - offset + 1));
    searchset(&page, &history.records[offset..end], &mut body);
    Ok(answer(body))
}

/// A search parameter was refused.
pub(super) fn refused(issue: Issue) -> Problem {
    Problem::bad_request(issue.reason.clone()).with_issues(vec![issue])
}

/// The same words whether there is no such person or no right to read them.
pub(super) fn no_such_person() -> Problem {
    Problem::not_found("no such person, or no grant of theirs to you for this purpose")
}

/// What the reader must know where a node above was not reached.
pub(super) fn incomplete(complete: bool) -> Vec<Issue> {
    if complete {
        return Vec::new();
    }
    vec![Issue::warning(
        IssueCode::Transient,
        "",
        "the node above was not reached: records of other regions may be missing",
        "ask again in a while before you rely on what is not there",
    )]
}
