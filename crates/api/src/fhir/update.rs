//! `PUT /fhir/{Patient|Immunization|Observation|DiagnosticReport}/{id}`: a correction.

use super::create::send_one;
use crate::{
    access::{Caller, may},
    body::FhirBody,
    problem::Problem,
    schema::FhirErrors,
};
use axum::{extract::Path, response::Response};

macro_rules! update_endpoint {
    ($(#[$doc:meta])* $name:ident, $path:literal, $kind:literal) => {
        $(#[$doc])*
        ///
        /// The id is the one that this node gave the record, or the sender's own. Nothing is
        /// overwritten: the correction is a new record, and the history shows both. An id of the
        /// sender's own that is not here yet is created.
        #[utoipa::path(
            put, path = $path, tag = "FHIR",
            params(("id" = String, Path, description = "The record's id here, or the sender's own")),
            request_body(content = serde_json::Value, content_type = "application/fhir+json"),
            responses(
                (status = 201, description = "Admitted as a correction, or as new"),
                (status = 200, description = "Nothing differs from what is here"),
                (status = 422, description = "Refused; every reason", content_type = "application/fhir+json"),
                FhirErrors,
            ),
            security(("member" = []))
        )]
        pub(crate) async fn $name(
            caller: Caller<may::Correct>,
            Path(id): Path<String>,
            body: FhirBody,
        ) -> Result<Response, Problem> {
            send_one(caller, body, $kind, Some(&id)).await
        }
    };
}

update_endpoint!(
    /// State anew who somebody is.
    update_patient, "/fhir/Patient/{id}", "Patient"
);
update_endpoint!(
    /// Correct a vaccination.
    update_immunization, "/fhir/Immunization/{id}", "Immunization"
);
update_endpoint!(
    /// Correct a test result.
    update_observation, "/fhir/Observation/{id}", "Observation"
);
update_endpoint!(
    /// Correct a test report.
    update_report, "/fhir/DiagnosticReport/{id}", "DiagnosticReport"
);
