//! `POST` and `GET /v1/me/check-ins`.

use crate::{
    access::Acting, body::JsonBody, problem::Problem, query::Query, schema::ResidentErrors,
};
use axum::{Json, http::StatusCode};
use hutong_model::Timestamp;
use hutong_node::check_ins::{CheckIn, NewCheckIn};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The code of a place that I scanned.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckInBody {
    /// The text of the code: it begins with `HTP1:`.
    code: String,
    /// When I scanned it; now where absent. Within the last 48 hours.
    #[serde(default)]
    #[schema(example = "2027-03-01T10:00:00Z")]
    at: Option<String>,
    /// When I left; by the rules of the event where absent.
    #[serde(default)]
    until: Option<String>,
}

/// A check-in, as documented.
#[derive(Serialize, ToSchema)]
#[schema(as = CheckIn)]
#[serde(rename_all = "camelCase")]
pub struct CheckInSchema {
    /// The entry.
    entry: String,
    /// What the place is called.
    #[schema(example = "文三路菜市场")]
    name: String,
    /// The division or grid that it lies in.
    #[schema(example = "330106001005")]
    division: String,
    /// From when.
    at: String,
    /// Until when, as far as it is known or the rules take it to last.
    until: String,
    /// Until when it is kept.
    keep_until: String,
}

/// My check-ins.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CheckIns {
    /// The newest first.
    #[schema(value_type = Vec<CheckInSchema>)]
    check_ins: Vec<CheckIn>,
}

/// Check in at a place.
///
/// The node keeps that I was there, sealed, for as long as the rules of the event say, and nobody
/// else reads it; where the place's area is or was listed at the time, the rules say what follows.
/// Without an event that asks for check-ins nothing is kept.
#[utoipa::path(
    post, path = "/v1/me/check-ins", tag = "Residents",
    params(("for" = Option<String>, Query, description = "A person whose guardian I am")),
    request_body(content = CheckInBody),
    responses(
        (status = 201, description = "Kept, and until when", body = CheckInSchema),
        (status = 409, description = "No event asks for check-ins: nothing was kept"),
        (status = 422, description = "Not an authentic code, or a time that cannot be"),
        ResidentErrors,
    ),
    security(("resident" = []))
)]
pub(crate) async fn check_in(
    acting: Acting,
    query: Query,
    JsonBody(body): JsonBody<CheckInBody>,
) -> Result<(StatusCode, Json<CheckIn>), Problem> {
    query.only(&["for"])?;
    let node = acting.node();
    let at = time("at", body.at.as_deref())?.unwrap_or_else(|| node.now());
    let until = time("until", body.until.as_deref())?;
    let new = NewCheckIn { code: body.code, at, until };
    Ok((StatusCode::CREATED, Json(node.check_in(acting.person, new).await?)))
}

/// My check-ins that are still kept.
#[utoipa::path(
    get, path = "/v1/me/check-ins", tag = "Residents",
    params(("for" = Option<String>, Query, description = "A person whose guardian I am")),
    responses((status = 200, description = "The check-ins", body = CheckIns), ResidentErrors),
    security(("resident" = []))
)]
pub(crate) async fn check_ins(acting: Acting, query: Query) -> Result<Json<CheckIns>, Problem> {
    query.only(&["for"])?;
    Ok(Json(CheckIns { check_ins: acting.node().check_ins(acting.person).await? }))
}

fn time(field: &str, text: Option<&str>) -> Result<Option<Timestamp>, Problem> {
    let read = text.map(Timestamp::parse).transpose();
    read.map_err(|_| Problem::bad_request(format!("{field} is a time as RFC 3339 writes it")))
}
