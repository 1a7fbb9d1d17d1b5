//! FHIR R4 (HL7 FHIR R4, 4.0.1): records in, histories out.

pub(crate) mod bulk;
pub(crate) mod bundle;
pub(crate) mod create;
pub(crate) mod due;
pub(crate) mod everything;
pub(crate) mod forecast;
pub(crate) mod metadata;
pub(crate) mod patient;
pub(crate) mod read;
pub(crate) mod search;
mod sending;
pub(crate) mod update;
mod whose;

use crate::paging::parts;
use axum::{
    http::{Uri, header},
    response::{IntoResponse, Response},
};
use hutong_node::Node;

/// The media type of everything here.
pub(crate) const FHIR_JSON: &str = "application/fhir+json";

/// Base address of the FHIR interface.
fn base(node: &Node) -> String {
    format!("{}/fhir", node.settings().public_url.trim_end_matches('/'))
}

/// The address of the next page.
fn next_url(path: &str, uri: &Uri, cursor: &str) -> String {
    let rest = parts(uri, &["_cursor"]).collect::<Vec<_>>().join("&");
    let and = if rest.is_empty() { "" } else { "&" };
    format!("{path}?{rest}{and}_cursor={cursor}")
}

/// A resource as an answer. Health data is never kept by what lies between.
fn answer(body: Vec<u8>) -> Response {
    ([(header::CONTENT_TYPE, FHIR_JSON), (header::CACHE_CONTROL, "no-store")], body).into_response()
}
