//! `POST` and `DELETE /v1/sessions`.

use crate::{
    access::{Public, Resident},
    body::JsonBody,
    problem::Problem,
    rate::Bucket,
    schema::ResidentErrors,
};
use axum::{Json, http::StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The answer to a challenge.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Redeem {
    /// The sign-in.
    challenge: String,
    /// The one-time code.
    #[schema(example = "482913")]
    code: String,
}

/// A session.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionCreated {
    /// The token, for the header `Authorization: Bearer …`.
    #[schema(example = "hts_0f8a7c1e…")]
    token: String,
    /// The person's id here.
    #[schema(example = "3f2a9c1be8d24f0b8f11aa02c4d5e6f7")]
    person: String,
    /// Until when.
    #[schema(example = "2026-11-22T22:00:00.000Z")]
    expires_at: String,
}

/// Finish signing in.
#[utoipa::path(
    post, path = "/v1/sessions", tag = "Residents",
    request_body(content = Redeem),
    responses(
        (status = 201, description = "Signed in", body = SessionCreated),
        (status = 403, description = "The code is wrong, used or too old"),
        (status = 429, description = "Too many tries; see Retry-After"),
    ),
    security(())
)]
pub(crate) async fn create_session(
    public: Public,
    JsonBody(redeem): JsonBody<Redeem>,
) -> Result<(StatusCode, Json<SessionCreated>), Problem> {
    public.count_address(Bucket::CodeAddress)?;
    let challenge = public
        .open_ticket(&redeem.challenge)
        .ok_or_else(|| Problem::forbidden("the one-time code is wrong, used, or too old"))?;
    let (token, session) = public.node().sign_in(challenge, &redeem.code).await?;
    public.discount_address(Bucket::CodeAddress);
    let created = SessionCreated {
        token,
        person: session.person.to_string(),
        expires_at: session.expires_at.to_string(),
    };
    Ok((StatusCode::CREATED, Json(created)))
}

/// Sign out.
#[utoipa::path(
    delete, path = "/v1/sessions", tag = "Residents",
    responses((status = 204, description = "Signed out"), ResidentErrors),
    security(("resident" = []))
)]
pub(crate) async fn end_session(resident: Resident) -> Result<StatusCode, Problem> {
    resident.node().sign_out(resident.token()).await?;
    Ok(StatusCode::NO_CONTENT)
}
