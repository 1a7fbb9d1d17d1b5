//! `POST /v1/me/certificates`.

use crate::{
    access::Acting,
    body::JsonBody,
    certificates::{CertificatesWish, IssuedSchema, answer},
    problem::Problem,
    query::Query,
    schema::ResidentErrors,
};
use axum::response::Response;

/// Get certificates of my records.
///
/// EU Digital COVID Certificates, a SMART Health Card, or our own, of the records of all regions:
/// each verifies without a network. What a format cannot state is left out and said.
#[utoipa::path(
    post, path = "/v1/me/certificates", tag = "Residents",
    params(("for" = Option<String>, Query, description = "A person whose guardian I am")),
    request_body(content = CertificatesWish),
    responses(
        (status = 201, description = "The certificates", body = IssuedSchema),
        ResidentErrors,
    ),
    security(("resident" = []))
)]
pub(crate) async fn own_certificates(
    acting: Acting,
    query: Query,
    JsonBody(wish): JsonBody<CertificatesWish>,
) -> Result<Response, Problem> {
    query.only(&["for"])?;
    let node = acting.node();
    let wish = wish.read()?;
    Ok(answer(node.issue_certificates(acting.person, acting.reader(), &wish).await?))
}
