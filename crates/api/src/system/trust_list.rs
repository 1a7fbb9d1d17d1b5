//! `GET /v1/trust-list`.

use crate::{access::Public, problem::Problem};
use axum::{
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};

/// Whose codes count: the root's signed trust list.
///
/// A COSE_Sign1 of CBOR, for verifiers that work offline. Signed, so that it may come from
/// anywhere.
#[utoipa::path(
    get, path = "/v1/trust-list", tag = "Codes",
    params(("If-None-Match" = Option<String>, Header, description = "ETag of the list already held")),
    responses(
        (status = 200, description = "The list", content_type = "application/cose"),
        (status = 304, description = "The list already held is the newest"),
        (status = 404, description = "This node holds none yet"),
    ),
    security(())
)]
pub(crate) async fn trust_list(public: Public, headers: HeaderMap) -> Result<Response, Problem> {
    let state = public
        .node()
        .trust_list()
        .ok_or_else(|| Problem::not_found("this node holds no trust list yet"))?;
    let etag = format!("\"{}\"", state.list().generation());
    let held = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let fresh = |held: &str| held.split(',').any(|tag| tag.trim() == etag || tag.trim() == "*");
    let caching = [(header::ETAG, etag.clone()), (header::CACHE_CONTROL, "max-age=60".to_owned())];
    if held.is_some_and(fresh) {
        return Ok((StatusCode::NOT_MODIFIED, caching).into_response());
    }
    let kind = [(header::CONTENT_TYPE, "application/cose")];
    Ok((caching, kind, state.bytes.clone()).into_response())
}
