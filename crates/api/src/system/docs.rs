//! `GET /docs`: the interface to browse and try, from this node alone.

use crate::access::Public;
use axum::{
    http::header,
    response::{IntoResponse, Response},
};

/// Nothing from other hosts, nothing inline, nothing framed.
const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
                   img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

fn file(kind: &'static str, text: &'static str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_SECURITY_POLICY, CSP),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "max-age=300"),
    ];
    (headers, text).into_response()
}

/// This interface, to browse and try.
#[utoipa::path(
    get, path = "/docs", tag = "System",
    responses((status = 200, description = "A page", content_type = "text/html")),
    security(())
)]
pub(crate) async fn docs(_: Public) -> Response {
    file("text/html; charset=utf-8", include_str!("docs/index.html"))
}

/// The program of the page.
#[utoipa::path(
    get, path = "/docs/app.js", tag = "System",
    responses((status = 200, description = "A script", content_type = "text/javascript")),
    security(())
)]
pub(crate) async fn docs_script(_: Public) -> Response {
    file("text/javascript; charset=utf-8", include_str!("docs/app.js"))
}

/// The looks of the page.
#[utoipa::path(
    get, path = "/docs/style.css", tag = "System",
    responses((status = 200, description = "A style sheet", content_type = "text/css")),
    security(())
)]
pub(crate) async fn docs_style(_: Public) -> Response {
    file("text/css; charset=utf-8", include_str!("docs/style.css"))
}
