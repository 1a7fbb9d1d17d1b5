//! `POST /v1/alarms/{id}/closures`.

use super::{AlarmJson, AlarmSchema};
use crate::{
    access::{Caller, may},
    body::JsonBody,
    problem::Problem,
    schema::MemberErrors,
};
use axum::{Json, extract::Path, http::StatusCode};
use hutong_model::EntryId;
use serde::Deserialize;
use utoipa::ToSchema;

/// What came of an alarm.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Closure {
    /// What was found and done, in 1 to 512 bytes.
    #[schema(example = "a trainee typed numbers from an old list; instructed")]
    finding: String,
}

/// Close an alarm.
///
/// Not by the organisation that it is about.
#[utoipa::path(
    post, path = "/v1/alarms/{id}/closures", tag = "Alarms",
    params(("id" = String, Path, description = "The alarm")),
    request_body(content = Closure),
    responses(
        (status = 201, description = "Closed", body = AlarmSchema),
        (status = 409, description = "It is about your own organisation"),
        MemberErrors,
    ),
    security(("member" = []))
)]
pub(crate) async fn close_alarm(
    caller: Caller<may::HandleAlarm>,
    Path(id): Path<String>,
    JsonBody(body): JsonBody<Closure>,
) -> Result<(StatusCode, Json<AlarmJson>), Problem> {
    let id = EntryId::parse(&id).map_err(|_| Problem::not_found("no such alarm is open"))?;
    let alarm = caller.node().close_alarm(&caller.member, id, &body.finding).await?;
    Ok((StatusCode::CREATED, Json(AlarmJson(alarm))))
}
