//! The outermost layer: request ids, one span and one measurement per request, and the form of
//! every error: problem details, or an `OperationOutcome` below `/fhir`.

use crate::{access::App, outcome, problem::Problem};
use axum::{
    body::Body,
    extract::{MatchedPath, Request, State},
    http::{HeaderName, HeaderValue, StatusCode, Version, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use std::{sync::Arc, time::Instant};
use tracing::Instrument;

/// The header that carries the id of a request, both ways.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Longest request id that is taken over from a client.
const REQUEST_ID_MAX: usize = 64;

/// The id of a request, for those who speak of it in their answer.
#[derive(Clone)]
pub(crate) struct RequestId(pub(crate) Arc<str>);

/// Wraps every request. Paths are logged as their templates: they may hold ids of persons.
pub(crate) async fn finish(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let id = request_id(&request).unwrap_or_else(|| app.random_id());
    request.extensions_mut().insert(RequestId(id.as_str().into()));
    let fhir = is_fhir(request.uri().path());
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let route = route.unwrap_or_else(|| "none".to_owned());
    let (method, version) = (request.method().clone(), request.version());
    let span = tracing::info_span!("request", %method, route, id);
    let response = next.run(request).instrument(span.clone()).await;
    let mut response = render(response, fhir, &id);
    let status = response.status();
    let seconds = started.elapsed().as_secs_f64();
    let labels = [("method", method.to_string()), ("route", route)];
    metrics::histogram!("hutong_http_request_seconds", &labels).record(seconds);
    metrics::counter!("hutong_http_requests_total", "method" => labels[0].1.clone(),
        "route" => labels[1].1.clone(), "status" => status.as_str().to_owned())
    .increment(1);
    let milliseconds = seconds * 1000.0;
    tracing::debug!(parent: &span, status = status.as_u16(), milliseconds, "answered");
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    if status == StatusCode::PAYLOAD_TOO_LARGE && version < Version::HTTP_2 {
        // The rest of the body is not read, so the connection ends: the client must not use it
        // for its next request (RFC 9112 §9.3).
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// The client's own id for the request, where it is harmless.
fn request_id(request: &Request) -> Option<String> {
    let id = request.headers().get(REQUEST_ID)?.to_str().ok()?;
    let harmless = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    let fits = (1..=REQUEST_ID_MAX).contains(&id.len()) && id.bytes().all(harmless);
    fits.then(|| id.to_owned())
}

fn is_fhir(path: &str) -> bool {
    path == "/fhir" || path.starts_with("/fhir/")
}

/// Gives an error answer its body. Answers that have a body of their own stay as they are.
fn render(response: Response, fhir: bool, id: &str) -> Response {
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return response;
    }
    let problem = match response.extensions().get::<Arc<Problem>>() {
        Some(problem) => problem.clone(),
        None if finished(&response) => return response,
        None => Arc::new(Problem::of_status(status)),
    };
    let (body, content_type) = if fhir {
        let mut issues = problem.issues().to_vec();
        if issues.is_empty() {
            issues.push(problem.as_issue());
        }
        (outcome::to_bytes(&issues), "application/fhir+json")
    } else {
        let body = serde_json::to_vec(&problem.body(id)).unwrap_or_default();
        (body, "application/problem+json")
    };
    let (mut head, _) = response.into_parts();
    head.headers.remove(header::CONTENT_LENGTH);
    head.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    Response::from_parts(head, Body::from(body)).into_response()
}

/// Whether an error answer has its form already (an OAuth error, an `OperationOutcome`).
fn finished(response: &Response) -> bool {
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    kind.is_some_and(|kind| kind.contains("json"))
}
