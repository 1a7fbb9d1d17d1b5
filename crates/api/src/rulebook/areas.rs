//! `GET /v1/areas`.

use crate::access::Public;
use axum::Json;
use hutong_node::rulebook::areas::AreaDocument;
use serde::Serialize;
use utoipa::ToSchema;

/// Listed areas.
#[derive(Serialize, ToSchema)]
pub struct Areas {
    /// Each with its listings over time.
    #[schema(value_type = Vec<AreaSchema>)]
    areas: Vec<AreaDocument>,
}

/// An area, as documented.
#[derive(Serialize, ToSchema)]
#[schema(as = Area)]
pub struct AreaSchema {
    /// The event.
    #[schema(example = "measles-2027")]
    event: String,
    /// The division or grid.
    #[schema(example = "330106001")]
    area: String,
    /// Its listings: grade (`low`, `medium`, `high`), from, until, legalBasis, by; oldest first.
    #[schema(value_type = Vec<Object>)]
    listed: Vec<String>,
}

/// Areas listed in events that are not over.
#[utoipa::path(
    get, path = "/v1/areas", tag = "Rules",
    responses((status = 200, description = "The areas", body = Areas)),
    security(())
)]
pub(crate) async fn areas(public: Public) -> Json<Areas> {
    Json(Areas { areas: public.node().areas() })
}
