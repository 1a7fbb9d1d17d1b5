//! `POST /v1/persons/{id}/claims`.

use super::{ClaimSchema, PresentedBody, readable};
use crate::{
    access::{Caller, may},
    body::JsonBody,
    problem::Problem,
    schema::MemberErrors,
};
use axum::{Json, extract::Path, http::StatusCode};
use hutong_node::claims::ClaimShown;

/// Bring in a voucher at the counter.
///
/// A certificate whose signature is right and that is this person's becomes records at once, marked
/// with their issuer. What cannot be checked, and paper, waits for an answer. What is wrong is
/// refused with the reason, and not kept. The same certificate twice is one claim.
#[utoipa::path(
    post, path = "/v1/persons/{id}/claims", tag = "Claims",
    params(("id" = String, Path, description = "The person's id here")),
    request_body(content = PresentedBody),
    responses(
        (status = 201, description = "The claim", body = ClaimSchema),
        (status = 422, description = "Refused; every reason"),
        MemberErrors,
    ),
    security(("member" = []))
)]
pub(crate) async fn present(
    caller: Caller<may::HandleClaim>,
    Path(id): Path<String>,
    JsonBody(body): JsonBody<PresentedBody>,
) -> Result<(StatusCode, Json<ClaimShown>), Problem> {
    let person = readable(&caller, &id).await?;
    let presented = body.read(caller.member.id.clone(), caller.node().now())?;
    let claim = caller.node().present_claim(person, &caller.member, presented).await?;
    Ok((StatusCode::CREATED, Json(claim)))
}
