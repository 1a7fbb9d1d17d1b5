//! `GET /healthz`, `GET /readyz`.

use crate::{access::Public, problem::Problem};
use axum::Json;
use hutong_node::Node;
use serde::Serialize;
use std::time::Duration;
use utoipa::ToSchema;

/// How long a store may take to show that it can be read: whoever asks decides by the answer
/// whether to send anything here.
const PATIENCE: Duration = Duration::from_secs(2);

/// The process answers.
#[derive(Serialize, ToSchema)]
pub struct Health {
    /// `ok`.
    #[schema(example = "ok")]
    status: &'static str,
    /// Version of the software.
    #[schema(example = "0.1.0")]
    version: &'static str,
}

/// Whether the process is alive.
#[utoipa::path(
    get, path = "/healthz", tag = "System",
    responses((status = 200, description = "Alive", body = Health)),
    security(())
)]
pub(crate) async fn healthz(_: Public) -> Json<Health> {
    Json(Health { status: "ok", version: env!("CARGO_PKG_VERSION") })
}

/// The node can work.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Ready {
    /// `ready`.
    #[schema(example = "ready")]
    status: &'static str,
    /// The region it serves.
    #[schema(example = "330000")]
    region: String,
    /// Last place in the journal.
    #[schema(example = 10482)]
    journal: u64,
    /// Entries that the node above has not acknowledged yet.
    #[schema(example = 0)]
    outbox_lag: u64,
    /// Number of the last item of the feed that was applied.
    feed_position: u64,
    /// Generation of the trust list that is held.
    #[serde(skip_serializing_if = "Option::is_none")]
    trust_list: Option<u64>,
}

/// Whether the node can work: its store can be read.
#[utoipa::path(
    get, path = "/readyz", tag = "System",
    responses(
        (status = 200, description = "Ready", body = Ready),
        (status = 500, description = "The store cannot be read"),
        (status = 503, description = "Shutting down, or the store does not answer"),
    ),
    security(())
)]
pub(crate) async fn readyz(public: Public) -> Result<Json<Ready>, Problem> {
    let answer = tokio::time::timeout(PATIENCE, ready(public.node())).await;
    answer.map_err(|_| Problem::unavailable("the store does not answer"))?
}

async fn ready(node: &Node) -> Result<Json<Ready>, Problem> {
    Ok(Json(Ready {
        status: "ready",
        region: node.settings().region.to_string(),
        journal: node.store().head().await?,
        outbox_lag: node.outbox_lag().await?,
        feed_position: node.feed_position().await?,
        trust_list: node.trust_list().map(|state| state.list().generation()),
    }))
}
