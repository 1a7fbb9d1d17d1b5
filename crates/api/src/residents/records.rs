//! `GET /v1/me/records`.

use crate::{
    access::Acting,
    paging::Results,
    persons::{history::page, records::RecordPage},
    problem::Problem,
    query::Query,
    schema::ResidentErrors,
};
use axum::{http::Uri, response::Response};
use hutong_model::limits::{HISTORY_PAGE_DEFAULT, HISTORY_PAGE_MAX};

/// My records, from every region.
///
/// Merged and corrected, newest first; recorded as an access, like any other.
#[utoipa::path(
    get, path = "/v1/me/records", tag = "Residents",
    params(
        ("for" = Option<String>, Query, description = "A person whose guardian I am"),
        ("count" = Option<usize>, Query, description = "Records in a page, 1 to 1000; 100 where absent"),
        ("cursor" = Option<String>, Query, description = "`next` of the page before"),
    ),
    responses(
        (status = 200, description = "A page", body = RecordPage<'static>),
        (status = 410, description = "The search is no longer kept; start it again"),
        ResidentErrors,
    ),
    security(("resident" = []))
)]
pub(crate) async fn records(acting: Acting, query: Query, uri: Uri) -> Result<Response, Problem> {
    query.only(&["for", "count", "cursor"])?;
    let count = query.number("count", HISTORY_PAGE_DEFAULT, HISTORY_PAGE_MAX)?;
    let node = acting.node();
    let own = node.as_member();
    let mut results = match query.get("cursor") {
        Some(cursor) => Results::kept(node, &own, &uri, cursor)?,
        None => Results::fresh(node.history(acting.person, acting.reader()).await?),
    };
    if results.history()?.person != acting.person {
        return Err(Problem::bad_request("take the cursor from the page before, unchanged"));
    }
    let next = results.next_cursor(node, &own, &uri, count);
    page(&results, count, next)
}
