//! `POST /v1/node/digests`, `POST /v1/node/day`.

use crate::{access::ChildNode, body::JsonBody, problem::Problem, schema::MemberErrors};
use axum::Json;
use hutong_node::{
    reconcile::Span,
    wire::{AskDay, Day, EntryIds},
};

/// Counts and digests per member and day, of the child's own region.
#[utoipa::path(
    post, path = "/v1/node/digests", tag = "Between nodes",
    request_body(content = serde_json::Value, example = json!({"from": "2026-11-01", "to": "2026-11-22"})),
    responses(
        (status = 200, description = "A list of days", content_type = "application/json"),
        MemberErrors,
    ),
    security(("member" = []))
)]
pub(crate) async fn node_digests(
    child: ChildNode,
    JsonBody(Span { from, to }): JsonBody<Span>,
) -> Result<Json<Vec<Day>>, Problem> {
    Ok(Json(child.node().answer_digests(child.member(), from, to).await?))
}

/// The entries of one of the child's members on one day.
#[utoipa::path(
    post, path = "/v1/node/day", tag = "Between nodes",
    request_body(content = serde_json::Value, example = json!({"member": "330100.clinic-3", "day": "2026-11-22"})),
    responses(
        (status = 200, description = "{\"ids\": […]}", content_type = "application/json"),
        MemberErrors,
    ),
    security(("member" = []))
)]
pub(crate) async fn node_day(
    child: ChildNode,
    JsonBody(ask): JsonBody<AskDay>,
) -> Result<Json<EntryIds>, Problem> {
    Ok(Json(child.node().answer_day(child.member(), ask).await?))
}
