//! `GET /metrics`.

use crate::{access::Public, problem::Problem};
use axum::{
    http::header,
    response::{IntoResponse, Response},
};

/// Measurements, in the Prometheus text format.
#[utoipa::path(
    get, path = "/metrics", tag = "System",
    responses((status = 200, description = "The measurements", content_type = "text/plain")),
    security(())
)]
pub(crate) async fn metrics(public: Public) -> Result<Response, Problem> {
    let text = public.metrics().ok_or_else(|| Problem::not_found("metrics are off"))?;
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response())
}
