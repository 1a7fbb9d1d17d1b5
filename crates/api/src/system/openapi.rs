//! `GET /openapi.json`.

use crate::access::Public;
use axum::{
    http::header,
    response::{IntoResponse, Response},
};

/// This interface as an OpenAPI document.
#[utoipa::path(
    get, path = "/openapi.json", tag = "System",
    responses((status = 200, description = "The document", content_type = "application/json")),
    security(())
)]
pub(crate) async fn openapi_json(public: Public) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], public.openapi().to_string()).into_response()
}
