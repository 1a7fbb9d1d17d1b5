//! `POST /v1/me/correction-requests` (GB/T 38963 §6.8).

use crate::{
    access::Acting, body::JsonBody, problem::Problem, query::Query, schema::ResidentErrors,
};
use axum::{Json, http::StatusCode};
use hutong_model::{EntryId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What is wrong with a record.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Dispute {
    /// Id of the record.
    #[schema(value_type = String, example = "0f8a7c1e5b9d4e3f8a7b6c5d4e3f2a1b")]
    record: EntryId,
    /// What is wrong, in 1 to 512 bytes.
    #[schema(example = "I was given this dose a year later")]
    statement: String,
}

/// A request that was filed.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Filed {
    /// Its id.
    #[schema(example = "a1b2c3d4e5f60718293a4b5c6d7e8f90")]
    request: String,
    /// The record restricts the person, so this is an appeal: by when it must be answered. Where
    /// nobody does, what rests on the record lapses.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "2026-11-23T10:00:00.000Z")]
    appeal_until: Option<Timestamp>,
}

/// Ask for a wrong record to be corrected.
///
/// Goes to the member that stated the record, in whatever region; their answer appears beside
/// the record. Where the record restricts the person now, it is an appeal, with a clock: an issuer
/// that is silent past it ends the restriction.
#[utoipa::path(
    post, path = "/v1/me/correction-requests", tag = "Residents",
    params(("for" = Option<String>, Query, description = "A person whose guardian I am")),
    request_body(content = Dispute),
    responses((status = 201, description = "Filed", body = Filed), ResidentErrors),
    security(("resident" = []))
)]
pub(crate) async fn request_correction(
    acting: Acting,
    query: Query,
    JsonBody(dispute): JsonBody<Dispute>,
) -> Result<(StatusCode, Json<Filed>), Problem> {
    query.only(&["for"])?;
    let Dispute { record, statement } = dispute;
    let filed = acting.node().request_correction(acting.person, record, &statement).await?;
    let (request, appeal_until) = (filed.request.to_string(), filed.appeal_until);
    Ok((StatusCode::CREATED, Json(Filed { request, appeal_until })))
}
