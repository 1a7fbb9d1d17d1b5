//! `GET /v1/persons/{id}/programme`.

use super::{PARAMETERS, answer::DueSchema, answered, wish};
use crate::{
    access::{Caller, may},
    problem::Problem,
    query::Query,
    schema::MemberErrors,
};
use axum::{extract::Path, response::Response};
use hutong_model::PersonId;

/// What is due for a person, and what their doses are worth.
///
/// Before the next dose is given: from the records of all regions, by the edition of the day and of
/// the person's region, or of the one that is named. Needs the person's grant or a legal basis, and
/// is recorded as an access to their history.
#[utoipa::path(
    get, path = "/v1/persons/{id}/programme", tag = "Programme",
    params(
        ("id" = String, Path, description = "The person's id here"),
        ("on" = Option<String>, Query, description = "Day of the assessment; today where absent"),
        ("region" = Option<String>, Query, description = "Region whose programme counts"),
        ("Hutong-Purpose" = Option<String>, Header, description = "Why", example = "TREAT"),
    ),
    responses(
        (status = 200, description = "What is due", body = DueSchema),
        (status = 409, description = "The person cannot be assessed, and why"),
        MemberErrors,
    ),
    security(("member" = []))
)]
pub(crate) async fn person_programme(
    caller: Caller<may::ReadHistory>,
    Path(id): Path<String>,
    query: Query,
) -> Result<Response, Problem> {
    query.only(PARAMETERS)?;
    let wish = wish(&query)?;
    let person = PersonId::parse(&id).map_err(|_| {
        Problem::not_found("no such person, or no grant of theirs to you for this purpose")
    })?;
    let right = caller.right_to(person).await?;
    Ok(answered(&caller.node().doses_due(person, caller.reader(right), wish).await?))
}
