//! `GET /.well-known/jwks.json` (SMART Health Cards Framework, "Determining keys associated with an
//! issuer").

use crate::{access::Public, problem::Problem};
use axum::{
    Json,
    http::header,
    response::{IntoResponse, Response},
};

/// The public keys by which this node's SMART Health Cards verify.
#[utoipa::path(
    get, path = "/.well-known/jwks.json", tag = "Certificates",
    responses((status = 200, description = "A key set (RFC 7517)", content_type = "application/json")),
    security(())
)]
pub(crate) async fn jwks(public: Public) -> Result<Response, Problem> {
    let keys = public.node().signer_jwks()?;
    // Cards are verified in browsers, from any origin (framework, same section).
    let headers = [
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (header::CACHE_CONTROL, "public, max-age=600"),
    ];
    Ok((headers, Json(keys)).into_response())
}
