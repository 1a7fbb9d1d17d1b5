//! `POST /v1/persons/{id}/certificates`.

use super::{CertificatesWish, IssuedSchema, answer};
use crate::{
    access::{Caller, may},
    body::JsonBody,
    problem::Problem,
    schema::MemberErrors,
};
use axum::{extract::Path, response::Response};
use hutong_model::PersonId;

/// Issue certificates of a person's records.
///
/// For other countries and systems, and for paper: each verifies without a network by the keys of
/// this node. What a format cannot state is left out and said. Needs the person's grant or a legal
/// basis, and is recorded as an access to their history.
#[utoipa::path(
    post, path = "/v1/persons/{id}/certificates", tag = "Certificates",
    params(("id" = String, Path, description = "The person's id here")),
    request_body(content = CertificatesWish),
    responses(
        (status = 201, description = "The certificates", body = IssuedSchema),
        MemberErrors,
    ),
    security(("member" = []))
)]
pub(crate) async fn issue(
    caller: Caller<may::ReadHistory>,
    Path(id): Path<String>,
    JsonBody(wish): JsonBody<CertificatesWish>,
) -> Result<Response, Problem> {
    let person = PersonId::parse(&id).map_err(|_| {
        Problem::not_found("no such person, or no grant of theirs to you for this purpose")
    })?;
    let right = caller.right_to(person).await?;
    let reader = caller.reader(right);
    Ok(answer(caller.node().issue_certificates(person, reader, &wish.read()?).await?))
}
