//! `POST /fhir/$immds-forecast` (HL7 FHIR Immunization Decision Support Forecast).

use super::answer;
use crate::{
    access::{Caller, may},
    body::FhirBody,
    problem::Problem,
    schema::FhirErrors,
};
use axum::response::Response;
use hutong_node::programme::immds::forecast_for_region;

/// Forecast what is due by the doses that are sent.
///
/// Parameters in (`assessmentDate`, `patient`, `immunization`, `condition`, `observation`),
/// Parameters out: `evaluation`s, one `recommendation`, the edition (`programme`) and what people
/// should look at (`note`). By the national edition of the day with what the member's region adds.
/// Nothing is read from records and nothing is kept.
#[utoipa::path(
    post, path = "/fhir/$immds-forecast", tag = "FHIR",
    request_body(content = serde_json::Value, content_type = "application/fhir+json"),
    responses(
        (status = 200, description = "Parameters", content_type = "application/fhir+json"),
        (status = 422, description = "Refused; every reason", content_type = "application/fhir+json"),
        FhirErrors,
    ),
    security(("member" = []))
)]
pub(crate) async fn immds_forecast(
    caller: Caller<may::Forecast>,
    FhirBody(bytes): FhirBody,
) -> Result<Response, Problem> {
    let editions = caller.node().programme_editions(caller.region())?;
    // Hundreds of doses take milliseconds: not on a thread that serves others.
    let made = tokio::task::spawn_blocking(move || forecast_for_region(&bytes, &editions));
    match made.await.map_err(|_| Problem::internal())? {
        Ok(body) => Ok(answer(body)),
        Err(issues) => {
            Err(Problem::unprocessable("the request cannot be answered").with_issues(issues))
        }
    }
}
