//! FHIR `OperationOutcome` (HL7 FHIR R4 §2.36) as an answer.

use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use hutong_model::Issue;

/// Its bytes.
pub fn to_bytes(issues: &[Issue]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(256);
    hutong_fhir::write::operation_outcome(issues, &mut bytes);
    bytes
}

/// It as an answer.
pub fn answer(status: StatusCode, issues: &[Issue]) -> Response {
    (status, [(header::CONTENT_TYPE, "application/fhir+json")], to_bytes(issues)).into_response()
}
