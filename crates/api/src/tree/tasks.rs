//! `POST /v1/node/tasks`.

use crate::{access::ChildNode, body::JsonBody, problem::Problem, schema::MemberErrors};
use axum::Json;
use hutong_node::tasks::TaskReport;
use serde_json::{Value, json};

/// Report tasks.
///
/// How many there are at the node below, and those that nobody there handled in time.
#[utoipa::path(
    post, path = "/v1/node/tasks", tag = "Between nodes",
    request_body(content = serde_json::Value, example = json!({"at": "2027-03-01T10:00:00Z", "counts": []})),
    responses((status = 200, description = "Taken in", content_type = "application/json"), MemberErrors),
    security(("member" = []))
)]
pub(crate) async fn node_tasks(
    child: ChildNode,
    JsonBody(report): JsonBody<TaskReport>,
) -> Result<Json<Value>, Problem> {
    child.node().receive_tasks(child.member(), report).await?;
    Ok(Json(json!({})))
}
