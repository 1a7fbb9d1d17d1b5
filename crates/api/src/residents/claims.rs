//! `POST` and `GET /v1/me/claims`.

use crate::{
    access::Acting,
    body::JsonBody,
    claims::{ClaimSchema, Claims, PresentedBody},
    problem::Problem,
    query::Query,
    schema::ResidentErrors,
};
use axum::{Json, http::StatusCode};
use hutong_node::claims::ClaimShown;

/// Bring in a voucher.
///
/// A certificate of another country or system whose signature is right, and that is mine, becomes
/// records at once, marked with their issuer. What cannot be checked, and paper, waits until a
/// clinic has seen it. What is wrong is refused with the reason.
#[utoipa::path(
    post, path = "/v1/me/claims", tag = "Residents",
    params(("for" = Option<String>, Query, description = "A person whose guardian I am")),
    request_body(content = PresentedBody),
    responses(
        (status = 201, description = "The claim", body = ClaimSchema),
        (status = 422, description = "Refused; every reason"),
        ResidentErrors,
    ),
    security(("resident" = []))
)]
pub(crate) async fn present_own(
    acting: Acting,
    query: Query,
    JsonBody(body): JsonBody<PresentedBody>,
) -> Result<(StatusCode, Json<ClaimShown>), Problem> {
    query.only(&["for"])?;
    let node = acting.node();
    let own = node.as_member();
    let presented = body.read(own.id.clone(), node.now())?;
    let claim = node.present_claim(acting.person, &own, presented).await?;
    Ok((StatusCode::CREATED, Json(claim)))
}

/// My claims, and what became of them.
#[utoipa::path(
    get, path = "/v1/me/claims", tag = "Residents",
    params(("for" = Option<String>, Query, description = "A person whose guardian I am")),
    responses((status = 200, description = "The claims", body = Claims), ResidentErrors),
    security(("resident" = []))
)]
pub(crate) async fn own_claims(acting: Acting, query: Query) -> Result<Json<Claims>, Problem> {
    query.only(&["for"])?;
    Ok(Json(Claims { claims: acting.node().claims(acting.person).await? }))
}
