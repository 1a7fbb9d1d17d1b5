//! Permission to read a person: by the code they show, or by their approval of an application.

pub(crate) mod applications;
pub(crate) mod presentations;

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use hutong_store::Grant;

fn created(grant: Grant) -> Response {
    (StatusCode::CREATED, Json(grant)).into_response()
}
