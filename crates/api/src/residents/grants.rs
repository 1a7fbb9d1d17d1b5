//! `/v1/me/grants`.

use crate::{
    access::Acting,
    problem::Problem,
    query::Query,
    schema::{GrantSchema, ResidentErrors},
};
use axum::{Json, extract::Path, http::StatusCode};
use hutong_store::Grant;
use serde::Serialize;
use utoipa::ToSchema;

/// Grants.
#[derive(Serialize, ToSchema)]
pub struct GrantList {
    /// Those in force.
    #[schema(value_type = Vec<GrantSchema>)]
    grants: Vec<Grant>,
}

/// Who may read my records now.
#[utoipa::path(
    get, path = "/v1/me/grants", tag = "Residents",
    params(("for" = Option<String>, Query, description = "A person whose guardian I am")),
    responses((status = 200, description = "The grants", body = GrantList), ResidentErrors),
    security(("resident" = []))
)]
pub(crate) async fn grants(acting: Acting, query: Query) -> Result<Json<GrantList>, Problem> {
    query.only(&["for"])?;
    let node = acting.node();
    let cluster = node.store().cluster(acting.person).await?;
    let grants = node.store().grants_of(&cluster, node.now()).await?;
    Ok(Json(GrantList { grants }))
}

/// End a grant.
#[utoipa::path(
    delete, path = "/v1/me/grants/{id}", tag = "Residents",
    params(
        ("id" = String, Path, description = "The grant"),
        ("for" = Option<String>, Query, description = "A person whose guardian I am"),
    ),
    responses((status = 204, description = "Ended"), ResidentErrors),
    security(("resident" = []))
)]
pub(crate) async fn revoke_grant(
    acting: Acting,
    Path(id): Path<String>,
    query: Query,
) -> Result<StatusCode, Problem> {
    query.only(&["for"])?;
    let store = acting.node().store();
    for person in store.cluster(acting.person).await? {
        if store.revoke_grant(person, &id).await? {
            return Ok(StatusCode::NO_CONTENT);
        }
    }
    Err(Problem::not_found("no such grant of yours"))
}
