//! `POST /v1/tasks/{id}/completions`.

use super::{ChangedTask, TaskLine, id_of};
use crate::{
    access::{Caller, may},
    body::JsonBody,
    problem::Problem,
    query::Query,
    schema::MemberErrors,
};
use axum::{
    Json,
    extract::Path,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use utoipa::ToSchema;

/// How a task was done.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Completion {
    /// What was found or done: 1 to 512 bytes, without names.
    #[schema(example = "visited, sample taken")]
    outcome: String,
}

/// Say that a task is done.
///
/// By the member that took it on. A task to collect again is done by itself when a later result of
/// the person's own tube is admitted.
#[utoipa::path(
    post, path = "/v1/tasks/{id}/completions", tag = "Tasks",
    params(("id" = String, Path, description = "The task")),
    request_body(content = Completion),
    responses(
        (status = 201, description = "Done", body = ChangedTask),
        (status = 409, description = "It is done already, or was not taken on by you"),
        MemberErrors,
    ),
    security(("member" = []))
)]
pub(crate) async fn complete_task(
    caller: Caller<may::HandleTask>,
    Path(id): Path<String>,
    query: Query,
    JsonBody(body): JsonBody<Completion>,
) -> Result<Response, Problem> {
    query.only(&[])?;
    let node = caller.node();
    let task = node.complete_task(&caller.member, id_of(&id)?, &body.outcome).await?;
    let watermark = caller.watermark(query.request_id());
    let headers = watermark.headers();
    let body = ChangedTask { task: TaskLine::of(node, &task), watermark };
    Ok((StatusCode::CREATED, headers, Json(body)).into_response())
}
