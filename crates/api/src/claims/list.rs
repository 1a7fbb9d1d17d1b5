//! `GET /v1/persons/{id}/claims`.

use super::{Claims, readable};
use crate::{
    access::{Caller, may},
    problem::Problem,
    schema::MemberErrors,
};
use axum::{Json, extract::Path};

/// A person's claims.
///
/// From all regions, newest first; needs the person's grant or a legal basis.
#[utoipa::path(
    get, path = "/v1/persons/{id}/claims", tag = "Claims",
    params(("id" = String, Path, description = "The person's id here")),
    responses((status = 200, description = "The claims", body = Claims), MemberErrors),
    security(("member" = []))
)]
pub(crate) async fn list(
    caller: Caller<may::HandleClaim>,
    Path(id): Path<String>,
) -> Result<Json<Claims>, Problem> {
    let person = readable(&caller, &id).await?;
    Ok(Json(Claims { claims: caller.node().claims(person).await? }))
}
