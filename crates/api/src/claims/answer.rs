//! `POST /v1/persons/{id}/claims/{claim}/answers`.

use super::{ClaimSchema, readable};
use crate::{
    access::{Caller, may},
    body::JsonBody,
    problem::Problem,
    schema::MemberErrors,
};
use axum::{Json, extract::Path, http::StatusCode};
use hutong_model::{EntryId, limits::TEXT_BYTES_MAX};
use hutong_node::claims::ClaimShown;
use serde::Deserialize;
use utoipa::ToSchema;

/// What a member makes of a claim that waits.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClaimDecision {
    /// Whether its records enter the history.
    accept: bool,
    /// Why, in words for the person; 1 to 512 bytes.
    #[schema(example = "seen: the booklet with stamp and signature, and the passport")]
    reason: String,
}

/// Confirm or refuse a claim that waits.
///
/// Whoever has seen the paper confirms it: its records enter the history, marked with the claim and
/// the member that confirmed it. Either answer is kept, with its reason, and shown to the person.
#[utoipa::path(
    post, path = "/v1/persons/{id}/claims/{claim}/answers", tag = "Claims",
    params(
        ("id" = String, Path, description = "The person's id here"),
        ("claim" = String, Path, description = "The claim"),
    ),
    request_body(content = ClaimDecision),
    responses(
        (status = 201, description = "The claim, answered", body = ClaimSchema),
        (status = 409, description = "It was answered before"),
        MemberErrors,
    ),
    security(("member" = []))
)]
pub(crate) async fn answer(
    caller: Caller<may::HandleClaim>,
    Path((id, claim)): Path<(String, String)>,
    JsonBody(decision): JsonBody<ClaimDecision>,
) -> Result<(StatusCode, Json<ClaimShown>), Problem> {
    let person = readable(&caller, &id).await?;
    let claim =
        EntryId::parse(&claim).map_err(|_| Problem::not_found("the person has no such claim"))?;
    let reason = decision.reason.trim();
    if reason.is_empty() || reason.len() > TEXT_BYTES_MAX {
        return Err(Problem::bad_request("say why, in 1 to 512 bytes"));
    }
    let member = &caller.member;
    let node = caller.node();
    let claim = node.answer_claim(person, member, claim, decision.accept, reason).await?;
    Ok((StatusCode::CREATED, Json(claim)))
}
