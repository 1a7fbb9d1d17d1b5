//! `POST /v1/me/vouchers`.

use crate::{
    access::Acting,
    body::JsonBody,
    certificates::{VoucherBody, printed},
    problem::Problem,
    query::Query,
    schema::ResidentErrors,
};
use axum::response::Response;

/// Print a voucher of my records.
///
/// A paper in Chinese and English that verifies: what it says in words, the certificates in its QR
/// codes prove.
#[utoipa::path(
    post, path = "/v1/me/vouchers", tag = "Residents",
    params(("for" = Option<String>, Query, description = "A person whose guardian I am")),
    request_body(content = VoucherBody),
    responses(
        (status = 201, description = "The voucher", content_type = "application/pdf"),
        (status = 409, description = "Nothing to print, or more than fits"),
        ResidentErrors,
    ),
    security(("resident" = []))
)]
pub(crate) async fn own_voucher(
    acting: Acting,
    query: Query,
    JsonBody(wish): JsonBody<VoucherBody>,
) -> Result<Response, Problem> {
    query.only(&["for"])?;
    let wish = wish.read()?;
    Ok(printed(acting.node().print_voucher(acting.person, acting.reader(), &wish).await?))
}
