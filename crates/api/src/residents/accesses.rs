//! `GET /v1/me/accesses`.

use crate::{
    access::Acting,
    problem::Problem,
    query::Query,
    schema::{AccessSchema, ResidentErrors},
};
use axum::Json;
use hutong_model::limits::{HISTORY_PAGE_DEFAULT, HISTORY_PAGE_MAX};
use hutong_store::Access;
use serde::Serialize;
use utoipa::ToSchema;

/// Who looked.
#[derive(Serialize, ToSchema)]
pub struct Accesses {
    /// The accesses, newest first.
    #[schema(value_type = Vec<AccessSchema>)]
    accesses: Vec<Access>,
    /// Whether every node above was reached; if not, accesses there may be missing.
    complete: bool,
}

/// Who looked at my records, here and in other regions.
#[utoipa::path(
    get, path = "/v1/me/accesses", tag = "Residents",
    params(
        ("for" = Option<String>, Query, description = "A person whose guardian I am"),
        ("count" = Option<usize>, Query, description = "At most so many, 1 to 1000; 100 where absent"),
    ),
    responses((status = 200, description = "The accesses", body = Accesses), ResidentErrors),
    security(("resident" = []))
)]
pub(crate) async fn accesses(acting: Acting, query: Query) -> Result<Json<Accesses>, Problem> {
    query.only(&["for", "count"])?;
    let count = query.number("count", HISTORY_PAGE_DEFAULT, HISTORY_PAGE_MAX)?;
    let (accesses, complete) = acting.node().who_looked(acting.person, count).await?;
    Ok(Json(Accesses { accesses, complete }))
}
