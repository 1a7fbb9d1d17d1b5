//! `GET /v1/persons/{id}/history`.

use super::records::{RecordJson, RecordPage};
use crate::{
    access::{Caller, may},
    paging::Results,
    problem::Problem,
    query::Query,
    schema::MemberErrors,
};
use axum::{
    Json,
    extract::Path,
    http::Uri,
    response::{IntoResponse, Response},
};
use hutong_model::{
    PersonId,
    limits::{HISTORY_PAGE_DEFAULT, HISTORY_PAGE_MAX},
};

/// A person's history.
///
/// All records of all regions, merged and corrected, newest first. Needs the person's grant to the
/// asking member for the stated purpose, or a legal basis; recorded as an access that the person
/// sees. Pages show what the first page saw, whatever is written meanwhile.
#[utoipa::path(
    get, path = "/v1/persons/{id}/history", tag = "Histories",
    params(
        ("id" = String, Path, description = "The person's id here"),
        ("count" = Option<usize>, Query, description = "Records in a page, 1 to 1000; 100 where absent"),
        ("cursor" = Option<String>, Query, description = "`next` of the page before"),
        ("Hutong-Purpose" = Option<String>, Header, description = "Why", example = "TREAT"),
        ("Hutong-Legal-Basis" = Option<String>, Header, description = "Law and article, for PUBHLTH"),
    ),
    responses(
        (status = 200, description = "A page", body = RecordPage<'static>),
        (status = 410, description = "The search is no longer kept; start it again"),
        MemberErrors,
    ),
    security(("member" = []))
)]
pub(crate) async fn history(
    caller: Caller<may::ReadHistory>,
    Path(id): Path<String>,
    query: Query,
    uri: Uri,
) -> Result<Response, Problem> {
    query.only(&["count", "cursor"])?;
    let count = query.number("count", HISTORY_PAGE_DEFAULT, HISTORY_PAGE_MAX)?;
    let person = PersonId::parse(&id).map_err(|_| {
        Problem::not_found("no such person, or no grant of theirs to you for this purpose")
    })?;
    let right = caller.right_to(person).await?;
    let node = caller.node();
    let mut results = match query.get("cursor") {
        Some(cursor) => Results::kept(node, &caller.member, &uri, cursor)?,
        None => Results::fresh(node.history(person, caller.reader(right)).await?),
    };
    let next = results.next_cursor(node, &caller.member, &uri, count);
    page(&results, count, next)
}

/// A page as an answer.
pub(crate) fn page(
    results: &Results,
    count: usize,
    next: Option<String>,
) -> Result<Response, Problem> {
    let (history, offset) = (results.history()?, results.offset());
    let end = offset.saturating_add(count).min(history.records.len());
    let page = RecordPage {
        person: history.person.to_string(),
        total: history.records.len(),
        complete: history.complete,
        records: history.records[offset..end].iter().map(RecordJson).collect(),
        next,
    };
    let uncached = [(axum::http::header::CACHE_CONTROL, "no-store")];
    Ok((uncached, Json(page)).into_response())
}
