//! `POST /v1/grants`.

use super::created;
use crate::{
    access::{Caller, may},
    body::JsonBody,
    problem::Problem,
    schema::{GrantSchema, MemberErrors},
};
use axum::response::Response;
use serde::Deserialize;
use utoipa::ToSchema;

/// A code that a person shows.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Shown {
    /// The text of the code, as scanned from the person's phone.
    #[schema(example = "HT1:NCFOXN…")]
    presentation: String,
}

/// Get a grant by the code that a person shows.
///
/// Showing their code to a clinic lets the clinic read the person's records for a quarter of an
/// hour, for the purpose stated. The code must be fresh and not used before; one on paper does
/// not grant anything.
#[utoipa::path(
    post, path = "/v1/grants", tag = "Grants",
    request_body(content = Shown),
    params(("Hutong-Purpose" = String, Header, description = "For what", example = "TREAT")),
    responses((status = 201, description = "The grant", body = GrantSchema), MemberErrors),
    security(("member" = []))
)]
pub(crate) async fn grant_by_presentation(
    caller: Caller<may::ReceiveGrant>,
    JsonBody(shown): JsonBody<Shown>,
) -> Result<Response, Problem> {
    let (member, purpose) = (&caller.member, caller.purpose);
    let grant = caller.node().grant_by_presentation(member, purpose, &shown.presentation).await?;
    Ok(created(grant))
}
