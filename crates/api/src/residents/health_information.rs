//! `GET /v1/me/health-information` (GB/T 38963 §6.4).

use crate::{access::Acting, problem::Problem, query::Query, schema::ResidentErrors};
use axum::Json;
use hutong_node::evaluate::HealthInformation;
use serde::Serialize;
use utoipa::ToSchema;

/// What a person's code says, and why.
#[derive(Serialize, ToSchema)]
#[schema(as = HealthInformation)]
#[serde(rename_all = "camelCase")]
pub struct HealthInformationSchema {
    /// The decision: level, event, rule pack and version, reasons with evidence, what clears
    /// them, until when. Absent where no event is in force.
    #[schema(value_type = Option<Object>)]
    decision: Option<()>,
    /// Samples that were taken and have no result yet: `entry`, `collected`, `text`.
    #[schema(value_type = Vec<Object>)]
    awaited: Vec<()>,
    /// Facts shown beside the level: vaccination complete, last test.
    #[schema(value_type = Object)]
    badges: (),
    /// Whether every node above was reached.
    complete: bool,
    /// When it was evaluated.
    #[schema(example = "2026-11-22T10:00:00.000Z")]
    as_of: String,
}

/// What my code says, why, until when, and what would clear it.
#[utoipa::path(
    get, path = "/v1/me/health-information", tag = "Residents",
    params(("for" = Option<String>, Query, description = "A person whose guardian I am")),
    responses(
        (status = 200, description = "The information", body = HealthInformationSchema),
        ResidentErrors,
    ),
    security(("resident" = []))
)]
pub(crate) async fn health_information(
    acting: Acting,
    query: Query,
) -> Result<Json<HealthInformation>, Problem> {
    query.only(&["for"])?;
    Ok(Json(acting.node().health_information(acting.person).await?))
}
