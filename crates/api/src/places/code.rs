//! `GET /v1/places/{id}/code`.

use super::PlaceCodeJson;
use crate::{
    access::{Caller, may},
    problem::Problem,
    schema::MemberErrors,
};
use axum::{Json, extract::Path};
use hutong_code::Qr;
use hutong_model::EntryId;
use hutong_node::places::PlaceCode;

/// The code of a place, to print.
///
/// Signed anew each time it is asked for, for a year; codes that hang already stay good until they
/// run out.
#[utoipa::path(
    get, path = "/v1/places/{id}/code", tag = "Places",
    params(("id" = String, Path, description = "The place")),
    responses((status = 200, description = "The code", body = PlaceCodeJson), MemberErrors),
    security(("member" = []))
)]
pub(crate) async fn place_code(
    caller: Caller<may::RegisterPlace>,
    Path(id): Path<String>,
) -> Result<Json<PlaceCodeJson>, Problem> {
    let id = EntryId::parse(&id)
        .map_err(|_| Problem::not_found("your organisation has no such place"))?;
    let place = caller.node().place_of(&caller.member, id).await?;
    Ok(Json(printed(&caller.node().place_code(&place)?)?))
}

/// The code with its symbol.
pub(super) fn printed(code: &PlaceCode) -> Result<PlaceCodeJson, Problem> {
    let symbol = Qr::encode(&code.text).map_err(|error| {
        tracing::error!(error = %error, "the code of a place does not fit");
        Problem::internal()
    })?;
    Ok(PlaceCodeJson {
        text: code.text.clone(),
        svg: symbol.svg(),
        expires_at: code.expires_at.to_string(),
    })
}
