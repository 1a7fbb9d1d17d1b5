//! `POST /v1/node/feed`.

use crate::{access::ChildNode, body::JsonBody, problem::Problem, schema::MemberErrors};
use axum::Json;
use hutong_node::feed::{AskFeed, FeedPage};

/// Follow the feed.
///
/// Items after a number, in order; waits for the next one where there is none yet.
#[utoipa::path(
    post, path = "/v1/node/feed", tag = "Between nodes",
    request_body(content = serde_json::Value, example = json!({"after": 41, "waitMs": 55000})),
    responses(
        (status = 200, description = "{\"items\": […]}", content_type = "application/json"),
        MemberErrors,
    ),
    security(("member" = []))
)]
pub(crate) async fn node_feed(
    child: ChildNode,
    JsonBody(ask): JsonBody<AskFeed>,
) -> Result<Json<FeedPage>, Problem> {
    Ok(Json(child.node().answer_feed(child.member(), ask).await?))
}
