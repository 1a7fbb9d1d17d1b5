//! `POST /v1/tasks/{id}/acknowledgements`.

use super::{ChangedTask, TaskLine, id_of};
use crate::{
    access::{Caller, may},
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

/// Take a task on.
///
/// It no longer rises for as long as it was given in the first place. A member above may take on
/// what has risen to it and is still not done.
#[utoipa::path(
    post, path = "/v1/tasks/{id}/acknowledgements", tag = "Tasks",
    params(("id" = String, Path, description = "The task")),
    responses(
        (status = 201, description = "Taken on", body = ChangedTask),
        (status = 409, description = "It is done, or another organisation's"),
        MemberErrors,
    ),
    security(("member" = []))
)]
pub(crate) async fn acknowledge_task(
    caller: Caller<may::HandleTask>,
    Path(id): Path<String>,
    query: Query,
) -> Result<Response, Problem> {
    query.only(&[])?;
    let node = caller.node();
    let task = node.acknowledge_task(&caller.member, id_of(&id)?).await?;
    let watermark = caller.watermark(query.request_id());
    let headers = watermark.headers();
    let body = ChangedTask { task: TaskLine::of(node, &task), watermark };
    Ok((StatusCode::CREATED, headers, Json(body)).into_response())
}
