//! `POST /v1/me/codes` (GB/T 38963 §6.6).

use crate::{
    access::Acting, body::JsonBody, problem::Problem, query::Query, schema::ResidentErrors,
};
use axum::{
    Json,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hutong_node::evaluate::HealthInformation;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Where the code is to be shown: on one of the person's phones, or on paper.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MakeCode {
    /// Id of the phone.
    #[serde(default)]
    #[schema(example = "5e1f0c4ab0d24a8f")]
    device: Option<String>,
    /// On paper.
    #[serde(default)]
    paper: bool,
}

/// A code.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Code {
    /// The signed assertion, base64url. A phone adds its own fresh signature each time it shows
    /// the code, without asking anybody.
    assertion: String,
    /// Id of the phone.
    #[serde(skip_serializing_if = "Option::is_none")]
    device: Option<String>,
    /// The text to print as a QR, of a paper code.
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    /// Until when it holds.
    expires_at: String,
    /// `green`, `yellow`, `red`; absent outside any event.
    #[serde(skip_serializing_if = "Option::is_none")]
    level: Option<&'static str>,
    /// Why, until when, and what would clear it.
    #[schema(value_type = super::health_information::HealthInformationSchema)]
    information: HealthInformation,
}

/// Make a code.
///
/// The level comes from the rule pack of the event in force over the evidence of all regions;
/// there is no other way to a level.
#[utoipa::path(
    post, path = "/v1/me/codes", tag = "Residents",
    params(("for" = Option<String>, Query, description = "A person whose guardian I am")),
    request_body(content = MakeCode),
    responses(
        (status = 201, description = "The code", body = Code),
        (status = 409, description = "A paper code, and name or document are not known"),
        ResidentErrors,
    ),
    security(("resident" = []))
)]
pub(crate) async fn make_code(
    acting: Acting,
    query: Query,
    JsonBody(wish): JsonBody<MakeCode>,
) -> Result<Response, Problem> {
    query.only(&["for"])?;
    let device = match (&wish.device, wish.paper) {
        (Some(device), false) => Some(device.as_str()),
        (None, true) => None,
        _ => return Err(Problem::bad_request("state one of `device` and `paper`: true")),
    };
    let made = acting.node().make_code(acting.person, device).await?;
    let text = match wish.paper {
        true => Some(hutong_code::print(&made.assertion).map_err(|error| {
            tracing::error!(error = %error, "a paper code does not fit");
            Problem::internal()
        })?),
        false => None,
    };
    let code = Code {
        assertion: URL_SAFE_NO_PAD.encode(&made.assertion),
        device: made.device,
        text,
        expires_at: made.expires_at.to_string(),
        level: made.level.map(|level| level.as_str()),
        information: made.information,
    };
    let uncached = [(header::CACHE_CONTROL, "no-store")];
    Ok((StatusCode::CREATED, uncached, Json(code)).into_response())
}
