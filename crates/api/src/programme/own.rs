//! `GET /v1/me/programme`.

use super::{PARAMETERS, answer::DueSchema, answered, wish};
use crate::{access::Acting, problem::Problem, query::Query, schema::ResidentErrors};
use axum::response::Response;

/// What is due for me, and what my doses are worth.
///
/// From the records of all regions, by the edition of the day and of the region where I live, or of
/// the one that is named (a destination). Recorded as an access, like any other.
#[utoipa::path(
    get, path = "/v1/me/programme", tag = "Programme",
    params(
        ("for" = Option<String>, Query, description = "A person whose guardian I am"),
        ("on" = Option<String>, Query, description = "Day of the assessment; today where absent"),
        ("region" = Option<String>, Query, description = "Region whose programme counts"),
    ),
    responses(
        (status = 200, description = "What is due", body = DueSchema),
        (status = 409, description = "The person cannot be assessed, and why"),
        ResidentErrors,
    ),
    security(("resident" = []))
)]
pub(crate) async fn own_programme(acting: Acting, query: Query) -> Result<Response, Problem> {
    query.only(&[&["for"], PARAMETERS].concat())?;
    let wish = wish(&query)?;
    let due = acting.node().doses_due(acting.person, acting.reader(), wish).await?;
    Ok(answered(&due))
}
