//! `POST /v1/node/history`, `/accesses`, `/standing`: questions about a person.

use crate::{access::ChildNode, body::JsonBody, problem::Problem, schema::MemberErrors};
use axum::{
    Json,
    http::header,
    response::{IntoResponse, Response},
};
use hutong_node::wire::{AskAccesses, AskHistory, AskStanding, Standing, pack};
use hutong_store::Access;

/// A person's entries, for one of the child's members.
///
/// Recorded as an access. The answer is CBOR, zstd-compressed.
#[utoipa::path(
    post, path = "/v1/node/history", tag = "Between nodes",
    request_body(content = serde_json::Value),
    responses(
        (status = 200, description = "The entries", content_type = "application/cbor"),
        MemberErrors,
    ),
    security(("member" = []))
)]
pub(crate) async fn node_history(
    child: ChildNode,
    JsonBody(ask): JsonBody<AskHistory>,
) -> Result<Response, Problem> {
    let entries = child.node().answer_history(child.member(), ask).await?;
    let bytes = pack(&entries)?;
    Ok(([(header::CONTENT_TYPE, "application/cbor")], bytes).into_response())
}

/// Who looked at a person, here and above.
#[utoipa::path(
    post, path = "/v1/node/accesses", tag = "Between nodes",
    request_body(content = serde_json::Value),
    responses(
        (status = 200, description = "A list of accesses", content_type = "application/json"),
        MemberErrors,
    ),
    security(("member" = []))
)]
pub(crate) async fn node_accesses(
    child: ChildNode,
    JsonBody(ask): JsonBody<AskAccesses>,
) -> Result<Json<Vec<Access>>, Problem> {
    Ok(Json(child.node().answer_accesses(child.member(), ask).await?))
}

/// Whether an assertion still says what is so.
#[utoipa::path(
    post, path = "/v1/node/standing", tag = "Between nodes",
    request_body(content = serde_json::Value),
    responses(
        (status = 200, description = "The level now, as this node knows it", content_type = "application/json"),
        MemberErrors,
    ),
    security(("member" = []))
)]
pub(crate) async fn node_standing(
    child: ChildNode,
    JsonBody(ask): JsonBody<AskStanding>,
) -> Result<Json<Standing>, Problem> {
    Ok(Json(child.node().answer_standing(ask).await?))
}
