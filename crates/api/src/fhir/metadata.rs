//! `GET /fhir/metadata`, and the sign-in configuration below the FHIR base.

use super::{answer, base};
use crate::{access::Public, oauth::smart_configuration as smart};
use axum::{Json, response::Response};
use hutong_fhir::write::{CapabilityInfo, capability_statement};

/// What this FHIR interface offers.
#[utoipa::path(
    get, path = "/fhir/metadata", tag = "FHIR",
    responses((status = 200, description = "A CapabilityStatement", content_type = "application/fhir+json")),
    security(())
)]
pub(crate) async fn metadata(public: Public) -> Response {
    let node = public.node();
    let mut body = Vec::with_capacity(16 * 1024);
    let info = CapabilityInfo {
        base: &base(node),
        name: &node.settings().name,
        version: env!("CARGO_PKG_VERSION"),
        at: node.now(),
    };
    capability_statement(&info, &mut body);
    answer(body)
}

/// How to sign in, where SMART clients look for it.
#[utoipa::path(
    get, path = "/fhir/.well-known/smart-configuration", tag = "Signing in",
    responses((status = 200, description = "The configuration", body = smart::SmartConfiguration)),
    security(())
)]
pub(crate) async fn fhir_smart_configuration(public: Public) -> Json<smart::SmartConfiguration> {
    smart::smart_configuration(public).await
}
