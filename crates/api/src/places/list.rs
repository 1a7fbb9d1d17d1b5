//! `GET /v1/places`.

use super::PlaceSchema;
use crate::{
    access::{Caller, may},
    problem::Problem,
    schema::MemberErrors,
};
use axum::Json;
use hutong_node::places::Place;
use serde::Serialize;
use utoipa::ToSchema;

/// Places.
#[derive(Serialize, ToSchema)]
pub struct Places {
    /// By name.
    #[schema(value_type = Vec<PlaceSchema>)]
    places: Vec<Place>,
}

/// Your organisation's places.
#[utoipa::path(
    get, path = "/v1/places", tag = "Places",
    responses((status = 200, description = "The places", body = Places), MemberErrors),
    security(("member" = []))
)]
pub(crate) async fn places(caller: Caller<may::RegisterPlace>) -> Result<Json<Places>, Problem> {
    Ok(Json(Places { places: caller.node().places_of(&caller.member).await? }))
}
