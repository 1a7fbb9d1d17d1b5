//! `/v1/me/devices`.

use crate::{
    access::Acting, body::JsonBody, problem::Problem, query::Query, schema::ResidentErrors,
};
use axum::{Json, extract::Path, http::StatusCode};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hutong_store::Device;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A phone's key, and the proof that the phone holds it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDevice {
    /// The public key: base64url of a `COSE_Key` (RFC 9052 §7), P-256 or Ed25519.
    key: String,
    /// The key's signature over the bytes `hutong-device` and the session token: base64url.
    proof: String,
}

/// A registered phone.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeviceShown {
    /// Its id.
    #[schema(example = "5e1f0c4ab0d24a8f")]
    id: String,
    /// When it was registered.
    registered_at: String,
    /// When it was withdrawn.
    #[serde(skip_serializing_if = "Option::is_none")]
    revoked_at: Option<String>,
}

impl From<Device> for DeviceShown {
    fn from(device: Device) -> Self {
        Self {
            id: device.id,
            registered_at: device.registered_at.to_string(),
            revoked_at: device.revoked_at.map(|at| at.to_string()),
        }
    }
}

/// Phones.
#[derive(Serialize, ToSchema)]
pub struct Devices {
    /// The phones, withdrawn ones too.
    devices: Vec<DeviceShown>,
}

/// Register a phone.
#[utoipa::path(
    post, path = "/v1/me/devices", tag = "Residents",
    params(("for" = Option<String>, Query, description = "A person whose guardian I am")),
    request_body(content = NewDevice),
    responses((status = 201, description = "Registered", body = DeviceShown), ResidentErrors),
    security(("resident" = []))
)]
pub(crate) async fn register_device(
    acting: Acting,
    query: Query,
    JsonBody(new): JsonBody<NewDevice>,
) -> Result<(StatusCode, Json<DeviceShown>), Problem> {
    query.only(&["for"])?;
    let decode = |text: &str, what: &'static str| {
        let plain = text.trim_end_matches('=');
        URL_SAFE_NO_PAD
            .decode(plain)
            .map_err(|_| Problem::bad_request(format!("`{what}` is not base64url")))
    };
    let (key, proof) = (decode(&new.key, "key")?, decode(&new.proof, "proof")?);
    let token = acting.resident.token();
    let device = acting.node().register_device(acting.person, token, &key, &proof).await?;
    Ok((StatusCode::CREATED, Json(device.into())))
}

/// My phones.
#[utoipa::path(
    get, path = "/v1/me/devices", tag = "Residents",
    params(("for" = Option<String>, Query, description = "A person whose guardian I am")),
    responses((status = 200, description = "The phones", body = Devices), ResidentErrors),
    security(("resident" = []))
)]
pub(crate) async fn devices(acting: Acting, query: Query) -> Result<Json<Devices>, Problem> {
    query.only(&["for"])?;
    let devices = acting.node().store().devices_of(acting.person).await?;
    Ok(Json(Devices { devices: devices.into_iter().map(Into::into).collect() }))
}

/// Withdraw a phone.
///
/// No more codes are made for it; those it has run out within a day.
#[utoipa::path(
    delete, path = "/v1/me/devices/{id}", tag = "Residents",
    params(
        ("id" = String, Path, description = "The phone"),
        ("for" = Option<String>, Query, description = "A person whose guardian I am"),
    ),
    responses((status = 204, description = "Withdrawn"), ResidentErrors),
    security(("resident" = []))
)]
pub(crate) async fn revoke_device(
    acting: Acting,
    Path(id): Path<String>,
    query: Query,
) -> Result<StatusCode, Problem> {
    query.only(&["for"])?;
    let node = acting.node();
    match node.store().revoke_device(acting.person, &id, node.now()).await? {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(Problem::not_found("no such device of yours")),
    }
}
