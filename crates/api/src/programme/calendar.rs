//! `GET /v1/me/programme/calendar`.

use super::{PARAMETERS, wish};
use crate::{access::Acting, problem::Problem, query::Query, schema::ResidentErrors};
use axum::{
    http::header,
    response::{IntoResponse, Response},
};

/// The due dates as a calendar.
///
/// iCalendar (RFC 5545): the next dose of each vaccine group with a reminder a week before, and
/// those after it, tentative, as they would follow. It names nobody.
#[utoipa::path(
    get, path = "/v1/me/programme/calendar", tag = "Programme",
    params(
        ("for" = Option<String>, Query, description = "A person whose guardian I am"),
        ("on" = Option<String>, Query, description = "First day of the plan; today where absent"),
        ("region" = Option<String>, Query, description = "Region whose programme counts"),
    ),
    responses(
        (status = 200, description = "A calendar", content_type = "text/calendar"),
        (status = 409, description = "The person cannot be assessed, and why"),
        ResidentErrors,
    ),
    security(("resident" = []))
)]
pub(crate) async fn own_calendar(acting: Acting, query: Query) -> Result<Response, Problem> {
    query.only(&[&["for"], PARAMETERS].concat())?;
    let wish = wish(&query)?;
    let calendar = acting.node().due_calendar(acting.person, acting.reader(), wish).await?;
    let headers = [
        (header::CONTENT_TYPE, "text/calendar; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"vaccinations.ics\""),
    ];
    Ok((headers, calendar).into_response())
}
