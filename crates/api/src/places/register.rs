//! `POST /v1/places`.

use super::{PlaceCodeJson, PlaceSchema, code::printed};
use crate::{
    access::{Caller, may},
    body::JsonBody,
    problem::Problem,
    schema::MemberErrors,
};
use axum::{Json, http::StatusCode};
use hutong_code::PlaceKind;
use hutong_model::RegionCode;
use hutong_node::places::{NewPlace, Place};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A place to register.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlaceBody {
    /// What it is called: 1 to 96 bytes.
    #[schema(example = "文三路菜市场")]
    name: String,
    /// The division or grid that it lies in; within your organisation's region.
    #[schema(example = "330106001005")]
    division: String,
    /// `shop`, `restaurant`, `workplace`, `school`, `medical`, `transport`, `lodging`, `public`,
    /// `residential`, `other`.
    #[schema(example = "shop")]
    kind: String,
}

/// A registered place with its code.
#[derive(Serialize, ToSchema)]
pub struct RegisteredPlace {
    /// The place.
    #[schema(value_type = PlaceSchema)]
    place: Place,
    /// Its code, to print.
    code: PlaceCodeJson,
}

/// Register a place.
///
/// The answer holds its code (场所码), to print and hang at the door. Registering the same name in
/// the same division again gives the same place. Who scans it is kept by each person's own node,
/// and only while an event's rules ask for it; the place never learns it.
#[utoipa::path(
    post, path = "/v1/places", tag = "Places",
    request_body(content = PlaceBody),
    responses(
        (status = 201, description = "Registered", body = RegisteredPlace),
        (status = 422, description = "What is wrong with it"),
        MemberErrors,
    ),
    security(("member" = []))
)]
pub(crate) async fn register_place(
    caller: Caller<may::RegisterPlace>,
    JsonBody(body): JsonBody<PlaceBody>,
) -> Result<(StatusCode, Json<RegisteredPlace>), Problem> {
    let division = RegionCode::parse(&body.division)
        .map_err(|error| Problem::bad_request(format!("division: {error}")))?;
    let kind = PlaceKind::parse(&body.kind).ok_or_else(|| {
        let words: Vec<&str> = PlaceKind::ALL.iter().map(|kind| kind.as_str()).collect();
        Problem::bad_request(format!("kind is one of {}", words.join(", ")))
    })?;
    let new = NewPlace { name: body.name.into(), division, kind };
    let place = caller.node().register_place(&caller.member, new).await?;
    let code = printed(&caller.node().place_code(&place)?)?;
    Ok((StatusCode::CREATED, Json(RegisteredPlace { place, code })))
}
