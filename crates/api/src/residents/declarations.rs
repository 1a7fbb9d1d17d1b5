//! `POST /v1/me/health-declarations`, `POST /v1/me/trip-declarations` (GB/T 38963 §6.2, §6.3).

use crate::{
    access::Acting, body::JsonBody, persons::documents::Written, problem::Problem, query::Query,
    schema::ResidentErrors,
};
use axum::{Json, http::StatusCode};
use hutong_model::{
    Date, RegionCode,
    entry::{HealthDeclaration, TripDeclaration},
};
use serde::Deserialize;
use utoipa::ToSchema;

/// How I feel.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Health {
    /// Body temperature in tenths of a degree Celsius.
    #[serde(default)]
    #[schema(example = 368)]
    temperature_decicelsius: Option<u16>,
    /// Symptoms, as codes or words, at most 20.
    #[serde(default)]
    #[schema(example = json!(["cough"]))]
    symptoms: Vec<String>,
    /// Contact with a case.
    #[serde(default)]
    contact_with_case: bool,
    /// Remarks.
    #[serde(default)]
    note: Option<String>,
}

/// Where I travel.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Trip {
    /// From which division.
    #[schema(value_type = String, example = "330100")]
    from: RegionCode,
    /// To which division.
    #[schema(value_type = String, example = "440100")]
    to: RegionCode,
    /// Day of departure.
    #[schema(value_type = String, example = "2026-11-22")]
    departs: Date,
    /// Day of arrival.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "2026-11-22")]
    arrives: Option<Date>,
    /// Train, flight, plate.
    #[serde(default)]
    #[schema(example = "G1 12345")]
    transport: Option<String>,
}

/// Declare my health.
#[utoipa::path(
    post, path = "/v1/me/health-declarations", tag = "Residents",
    params(("for" = Option<String>, Query, description = "A person whose guardian I am")),
    request_body(content = Health),
    responses((status = 201, description = "Kept", body = Written), ResidentErrors),
    security(("resident" = []))
)]
pub(crate) async fn declare_health(
    acting: Acting,
    query: Query,
    JsonBody(health): JsonBody<Health>,
) -> Result<(StatusCode, Json<Written>), Problem> {
    query.only(&["for"])?;
    let declaration = HealthDeclaration {
        temperature_decicelsius: health.temperature_decicelsius,
        symptoms: health.symptoms.into_iter().map(Into::into).collect(),
        contact_with_case: health.contact_with_case,
        note: health.note.map(Into::into),
    };
    let entry = acting.node().declare_health(acting.person, declaration).await?;
    Ok((StatusCode::CREATED, Json(Written { entry: entry.to_string() })))
}

/// Declare a trip.
#[utoipa::path(
    post, path = "/v1/me/trip-declarations", tag = "Residents",
    params(("for" = Option<String>, Query, description = "A person whose guardian I am")),
    request_body(content = Trip),
    responses((status = 201, description = "Kept", body = Written), ResidentErrors),
    security(("resident" = []))
)]
pub(crate) async fn declare_trip(
    acting: Acting,
    query: Query,
    JsonBody(trip): JsonBody<Trip>,
) -> Result<(StatusCode, Json<Written>), Problem> {
    query.only(&["for"])?;
    let Trip { from, to, departs, arrives, transport } = trip;
    let trip = TripDeclaration { from, to, departs, arrives, transport: transport.map(Into::into) };
    let entry = acting.node().declare_trip(acting.person, trip).await?;
    Ok((StatusCode::CREATED, Json(Written { entry: entry.to_string() })))
}
