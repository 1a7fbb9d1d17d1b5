//! `POST /fhir/{Patient|Immunization|Observation|DiagnosticReport}`: one resource.

use super::{
    base,
    sending::{self, Became},
};
use crate::{
    access::{Caller, Permission, may},
    body::FhirBody,
    outcome,
    problem::Problem,
    schema::FhirErrors,
};
use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use hutong_fhir::{EntryRequest, RowResult, read_resource};
use hutong_model::{Issue, IssueCode};

macro_rules! create_endpoint {
    ($(#[$doc:meta])* $name:ident, $path:literal, $kind:literal) => {
        $(#[$doc])*
        ///
        /// Admission is idempotent by the sender's own id: the same again is 200, other content
        /// under the same id is 409. What is answered with 201 is on disk.
        #[utoipa::path(
            post, path = $path, tag = "FHIR",
            request_body(content = serde_json::Value, content_type = "application/fhir+json"),
            responses(
                (status = 201, description = "Admitted; an OperationOutcome where something deserves attention"),
                (status = 200, description = "It was there already, unchanged"),
                (status = 409, description = "Another record has this id", content_type = "application/fhir+json"),
                (status = 422, description = "Refused; every reason", content_type = "application/fhir+json"),
                FhirErrors,
            ),
            security(("member" = []))
        )]
        pub(crate) async fn $name(
            caller: Caller<may::Admit>,
            body: FhirBody,
        ) -> Result<Response, Problem> {
            send_one(caller, body, $kind, None).await
        }
    };
}

create_endpoint!(
    /// State who somebody is.
    create_patient, "/fhir/Patient", "Patient"
);
create_endpoint!(
    /// Record a vaccination.
    create_immunization, "/fhir/Immunization", "Immunization"
);
create_endpoint!(
    /// Record a test result.
    create_observation, "/fhir/Observation", "Observation"
);
create_endpoint!(
    /// Record a test report with the result in it.
    create_report, "/fhir/DiagnosticReport", "DiagnosticReport"
);

/// Reads and admits one resource; `put` is the id in the address where it replaces another.
pub(super) async fn send_one<A: Permission>(
    caller: Caller<A>,
    FhirBody(bytes): FhirBody,
    kind: &'static str,
    put: Option<&str>,
) -> Result<Response, Problem> {
    let context = sending::context(&caller);
    let length = bytes.len();
    let mut row = sending::reading(length, move || read_resource(&bytes, &context)).await?;
    let readable = !matches!(row.result, RowResult::Rejected(_));
    if readable && row.locator.resource_type != kind {
        row.result = RowResult::Rejected(vec![Issue::error(
            IssueCode::Structure,
            "resourceType",
            format!("the address takes {kind} resources"),
            "send the resource to the address of its type",
        )]);
    }
    if let Some(id) = put {
        let url = format!("{kind}/{id}").into();
        row.request = Some(EntryRequest { method: "PUT".into(), url });
    }
    let ready = sending::ready(caller.node(), &caller.member, row).await?;
    let became = sending::admit(&caller, vec![ready], false).await?;
    let became = became.first().ok_or_else(Problem::internal)?;
    Ok(one_answer(&base(caller.node()), kind, became))
}

fn one_answer(base: &str, kind: &str, became: &Became) -> Response {
    let (status, issues) = (sending::status(became), sending::issues(became));
    let mut response = match issues.is_empty() {
        true => status.into_response(),
        false => outcome::answer(status, issues),
    };
    if let Became::Decided(receipt) = became
        && matches!(status, StatusCode::CREATED | StatusCode::OK)
        && let Some(location) = sending::location(kind, receipt)
        && let Ok(value) = HeaderValue::from_str(&format!("{base}/{location}"))
    {
        response.headers_mut().insert(header::LOCATION, value);
    }
    response
}
