//! `POST /v1/persons/{id}/vouchers`.

use super::{VoucherBody, printed};
use crate::{
    access::{Caller, may},
    body::JsonBody,
    problem::Problem,
    schema::MemberErrors,
};
use axum::{extract::Path, response::Response};
use hutong_model::PersonId;

/// Print a voucher of a person's records.
///
/// A paper in Chinese and English that verifies: what it says in words, the certificates in its QR
/// codes prove. Needs the person's grant or a legal basis, and is recorded as an access to their
/// history.
#[utoipa::path(
    post, path = "/v1/persons/{id}/vouchers", tag = "Certificates",
    params(("id" = String, Path, description = "The person's id here")),
    request_body(content = VoucherBody),
    responses(
        (status = 201, description = "The voucher", content_type = "application/pdf"),
        (status = 409, description = "Nothing to print, or more than fits"),
        MemberErrors,
    ),
    security(("member" = []))
)]
pub(crate) async fn print_voucher(
    caller: Caller<may::ReadHistory>,
    Path(id): Path<String>,
    JsonBody(wish): JsonBody<VoucherBody>,
) -> Result<Response, Problem> {
    let person = PersonId::parse(&id).map_err(|_| {
        Problem::not_found("no such person, or no grant of theirs to you for this purpose")
    })?;
    let right = caller.right_to(person).await?;
    let reader = caller.reader(right);
    Ok(printed(caller.node().print_voucher(person, reader, &wish.read()?).await?))
}
