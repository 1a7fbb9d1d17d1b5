//! `GET /v1/correction-requests` (GB/T 38963 §6.8).

use crate::{
    access::{Caller, may},
    problem::Problem,
    query::Query,
    schema::MemberErrors,
};
use axum::Json;
use hutong_node::corrections::OpenRequest;
use serde::Serialize;
use utoipa::ToSchema;

/// Requests.
#[derive(Serialize, ToSchema)]
pub struct Requests {
    /// The requests, in no order that matters.
    #[schema(value_type = Vec<RequestSchema>)]
    requests: Vec<OpenRequest>,
}

/// A request for correction of one of the caller's records.
#[derive(Serialize, ToSchema)]
#[schema(as = CorrectionRequest)]
#[serde(rename_all = "camelCase")]
pub struct RequestSchema {
    /// Id of the request.
    request: String,
    /// The record that is said to be wrong.
    record: String,
    /// The caller's own id of the record.
    own_id: Option<String>,
    /// What is wrong, in the person's words.
    #[schema(example = "the lot number is another one")]
    statement: String,
    /// When the person asked.
    asked_at: String,
    /// Through which region.
    #[schema(example = "440000")]
    asked_in: String,
    /// Whether it has been answered.
    answered: bool,
    /// It is an appeal against a restriction: answer by then, or it lapses.
    appeal_until: Option<String>,
}

/// Requests for correction of the caller's records.
///
/// Filed by the persons themselves, in any region.
#[utoipa::path(
    get, path = "/v1/correction-requests", tag = "Corrections",
    params(("open" = Option<bool>, Query, description = "true (default): only those not answered yet")),
    responses((status = 200, description = "The requests", body = Requests), MemberErrors),
    security(("member" = []))
)]
pub(crate) async fn correction_requests(
    caller: Caller<may::AnswerCorrection>,
    query: Query,
) -> Result<Json<Requests>, Problem> {
    query.only(&["open"])?;
    let open = match query.get("open") {
        None | Some("true" | "") => true,
        Some("false") => false,
        Some(_) => return Err(Problem::bad_request("open is true or false")),
    };
    let requests = caller.node().correction_requests(&caller.member, open).await?;
    Ok(Json(Requests { requests }))
}
