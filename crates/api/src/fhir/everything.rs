//! `GET /fhir/Patient/{id}/$everything`.

use super::{
    answer, base, next_url,
    patient::{disclosure, shown},
    search::{incomplete, no_such_person, refused},
};
use crate::{
    access::{Caller, may},
    paging::{Results, pairs},
    problem::Problem,
    schema::FhirErrors,
};
use axum::{extract::Path, http::Uri, response::Response};
use hutong_fhir::{
    search::everything_search,
    write::{self, EverythingPage, SearchsetPage},
};
use hutong_model::PersonId;

/// Everything of a person.
///
/// The person and all records of all regions, newest first. Needs the person's grant or a legal
/// basis; recorded as an access.
#[utoipa::path(
    get, path = "/fhir/Patient/{id}/$everything", tag = "FHIR",
    params(
        ("id" = String, Path, description = "The person's id here"),
        ("start" = Option<String>, Query, description = "The first day"),
        ("end" = Option<String>, Query, description = "The last day"),
        ("_type" = Option<String>, Query, description = "Patient, Immunization, Observation; several with commas"),
        ("_count" = Option<usize>, Query, description = "Records in a page, at most 1000"),
        ("_cursor" = Option<String>, Query, description = "From a next link"),
        ("Hutong-Purpose" = Option<String>, Header, description = "Why", example = "TREAT"),
    ),
    responses(
        (status = 200, description = "A Bundle of type searchset", content_type = "application/fhir+json"),
        (status = 410, description = "The search is no longer kept; start it again"),
        FhirErrors,
    ),
    security(("member" = []))
)]
pub(crate) async fn everything(
    caller: Caller<may::ReadHistory>,
    Path(id): Path<String>,
    uri: Uri,
) -> Result<Response, Problem> {
    let pairs = pairs(&uri)?;
    let search =
        everything_search(pairs.iter().map(|(n, v)| (n.as_str(), v.as_str()))).map_err(refused)?;
    let person = PersonId::parse(&id).map_err(|_| no_such_person())?;
    let right = caller.right_to(person).await?;
    let node = caller.node();
    let mut results = match &search.page.cursor {
        Some(cursor) => Results::kept(node, &caller.member, &uri, cursor)?,
        None => {
            let mut history = node.history(person, caller.reader(right)).await?;
            history.records.retain(|record| search.matches(record));
            Results::fresh(history)
        }
    };
    let base = base(node);
    let path = format!("{base}/Patient/{person}/$everything");
    let cursor = results.next_cursor(node, &caller.member, &uri, search.page.count);
    let next_url = cursor.map(|cursor| next_url(&path, &uri, &cursor));
    let offset = results.offset();
    let history = results.history()?;
    let end = (offset + search.page.count).min(history.records.len());
    let wants_patient = search.wants_patient();
    let patient = match wants_patient && offset == 0 {
        true => Some(shown(node, history).await?),
        false => None,
    };
    let issues = incomplete(history.complete);
    let page = SearchsetPage {
        base: &base,
        self_url: &format!("{path}?{}", uri.query().unwrap_or_default()),
        next_url: next_url.as_deref(),
        total: history.records.len() as u64 + u64::from(wants_patient),
        at: node.now(),
        issues: &issues,
    };
    let all = EverythingPage {
        page,
        patient: patient.as_ref(),
        disclosure: disclosure(caller.purpose),
        records: &history.records[offset..end],
    };
    let mut body = Vec::with_capacity(super::search::RECORD_BYTES * (end - offset + 2));
    write::everything(&all, &mut body);
    Ok(answer(body))
}
