//! `GET /v1/tubes/{id}`.

use crate::{
    access::{Caller, may},
    problem::Problem,
    query::Query,
    schema::MemberErrors,
};
use axum::{Json, extract::Path};
use hutong_model::{Date, limits::IDENTIFIER_BYTES_MAX};
use hutong_node::tubes::Tube;
use serde::Serialize;
use utoipa::ToSchema;

/// A tube, as documented.
#[derive(Serialize, ToSchema)]
#[schema(as = Tube)]
#[serde(rename_all = "camelCase")]
pub struct TubeSchema {
    /// Its code.
    #[schema(example = "T20270301-0042")]
    tube: String,
    /// How many people's samples it holds by your records.
    #[schema(example = 10)]
    people: usize,
    /// How many it is made for, as stated: 10, 20.
    pool_size: Option<u16>,
    /// How many people by outcome: `pending`, `negative`, `positive`, `inconclusive`, `invalid`.
    #[schema(value_type = Object, example = json!({"pending": 10}))]
    outcomes: String,
    /// Your own records of it: `entry`, `ownId`, `outcome`, `times`. No names.
    #[schema(value_type = Vec<Object>)]
    records: Vec<String>,
}

/// A tube that your organisation filled.
///
/// Counts, and your own records by your own ids. A pooled result that is positive or inconclusive
/// (grey zone, one target only) makes a task to collect again from each person alone: `/v1/tasks`.
#[utoipa::path(
    get, path = "/v1/tubes/{id}", tag = "Tubes",
    params(
        ("id" = String, Path, description = "The code of the tube"),
        ("day" = Option<String>, Query, description = "The day (UTC) on which it was filled; without it the last three days are looked through"),
    ),
    responses((status = 200, description = "The tube", body = TubeSchema), MemberErrors),
    security(("member" = []))
)]
pub(crate) async fn tube(
    caller: Caller<may::ReadTube>,
    Path(code): Path<String>,
    query: Query,
) -> Result<Json<Tube>, Problem> {
    query.only(&["day"])?;
    if code.len() > IDENTIFIER_BYTES_MAX {
        return Err(Problem::bad_request("the code of a tube has at most 128 bytes"));
    }
    let day = query.get("day").map(Date::parse).transpose();
    let day = day.map_err(|_| Problem::bad_request("day is a date: 2027-03-01"))?;
    Ok(Json(caller.node().tube(&caller.member, &code, day).await?))
}
