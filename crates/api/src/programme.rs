//! The immunization programme: what is due, by which edition, and what regions add.

pub mod answer;
pub(crate) mod calendar;
pub mod entry;
pub(crate) mod own;
pub(crate) mod packs;
pub(crate) mod person;

use crate::{problem::Problem, query::Query};
use axum::{
    Json,
    http::header,
    response::{IntoResponse, Response},
};
use hutong_model::{Date, RegionCode};
use hutong_node::programme::{Due, DueWish};

/// The parameters of a question about what is due.
pub(crate) const PARAMETERS: &[&str] = &["on", "region"];

/// Reads them.
pub(crate) fn wish(query: &Query) -> Result<DueWish, Problem> {
    let on = query.get("on").map(|text| {
        Date::parse(text).map_err(|_| Problem::bad_request("on is a day like 2027-01-31"))
    });
    let region = query.get("region").map(|text| {
        RegionCode::parse(text)
            .map_err(|_| Problem::bad_request("region is a division code (GB/T 2260)"))
    });
    Ok(DueWish { on: on.transpose()?, region: region.transpose()? })
}

/// What is due, as an answer. Health data is never kept by what lies between.
pub(crate) fn answered(due: &Due) -> Response {
    ([(header::CACHE_CONTROL, "no-store")], Json(due)).into_response()
}
