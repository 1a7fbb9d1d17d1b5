//! `POST /v1/node/entries`, `POST /v1/node/position`.

use crate::{
    access::ChildNode,
    body::{Raw, media_type},
    problem::Problem,
    schema::MemberErrors,
};
use axum::{Json, http::HeaderMap};
use hutong_node::{
    outbox::Acknowledged,
    wire::{UpBatch, unpack},
};

/// Pass up a run of the journal.
///
/// The body is the CBOR of a batch, zstd-compressed. What is acknowledged is on disk; sending again
/// is harmless.
#[utoipa::path(
    post, path = "/v1/node/entries", tag = "Between nodes",
    request_body(content = Vec<u8>, content_type = "application/cbor"),
    responses(
        (status = 200, description = "Up to where everything has arrived: {\"seq\": N}", content_type = "application/json"),
        MemberErrors,
    ),
    security(("member" = []))
)]
pub(crate) async fn node_entries(
    child: ChildNode,
    headers: HeaderMap,
    Raw(bytes): Raw,
) -> Result<Json<Acknowledged>, Problem> {
    if media_type(&headers) != "application/cbor" {
        return Err(Problem::media_type("send application/cbor"));
    }
    let batch: UpBatch = tokio::task::spawn_blocking(move || unpack(&bytes))
        .await
        .map_err(|_| Problem::internal())??;
    Ok(Json(child.node().receive(child.member(), batch).await?))
}

/// Up to where the child's journal has arrived.
#[utoipa::path(
    post, path = "/v1/node/position", tag = "Between nodes",
    responses(
        (status = 200, description = "{\"seq\": N}", content_type = "application/json"),
        MemberErrors,
    ),
    security(("member" = []))
)]
pub(crate) async fn node_position(child: ChildNode) -> Result<Json<Acknowledged>, Problem> {
    Ok(Json(child.node().inbox_position(child.member()).await?))
}
