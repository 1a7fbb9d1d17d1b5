//! `GET /v1/tasks/{id}`.

use super::{TaskLine, id_of};
use crate::{
    access::{Caller, may},
    problem::Problem,
    query::Query,
    schema::MemberErrors,
    watermark::Watermark,
};
use axum::{
    Json,
    extract::Path,
    response::{IntoResponse, Response},
};
use hutong_node::tasks::WhoIsMeant;
use serde::Serialize;
use utoipa::ToSchema;

/// A task that was opened.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TaskOpened {
    task: TaskLine,
    /// By what law.
    legal_basis: String,
    /// Why: the code of a reason, or the words of whoever filed it.
    #[schema(example = "test-inconclusive")]
    reason: String,
    /// The member that filed it; absent where a reason of a decision made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    filed_by: Option<String>,
    /// The member that took it on.
    #[serde(skip_serializing_if = "Option::is_none")]
    acknowledged_by: Option<String>,
    /// What was found or done.
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<String>,
    /// Who is meant: `person`, `name`, `document` (masked), `phone`, `address`, `residence`.
    /// Absent where it concerns an area.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Object)]
    who: Option<WhoIsMeant>,
    watermark: Watermark,
}

/// Open a task: who is meant.
///
/// Counts as an access to the person: recorded before the answer, with purpose and law, and shown
/// to them; and counts towards the quota of the operator.
#[utoipa::path(
    get, path = "/v1/tasks/{id}", tag = "Tasks",
    params(
        ("id" = String, Path, description = "The task"),
        ("Hutong-Operator" = Option<String>, Header, description = "Who of your organisation asks: a number, never a name", example = "0427"),
    ),
    responses(
        (status = 200, description = "The task", body = TaskOpened),
        (status = 429, description = "The operator has read as many persons as one may in a day"),
        MemberErrors,
    ),
    security(("member" = []))
)]
pub(crate) async fn open_task(
    caller: Caller<may::ReadTasks>,
    Path(id): Path<String>,
    query: Query,
) -> Result<Response, Problem> {
    query.only(&[])?;
    let (node, id) = (caller.node(), id_of(&id)?);
    if let Some(person) = node.task_person(&caller.member, id).await? {
        node.count_read(&caller.operator(), person).await?;
    }
    let opened = node.open_task(&caller.member, caller.purpose, id).await?;
    let watermark = caller.watermark(query.request_id());
    let headers = watermark.headers();
    let task = opened.task;
    let body = TaskOpened {
        legal_basis: task.legal_basis.to_string(),
        reason: task.reason.to_string(),
        filed_by: task.filed_by.as_ref().map(ToString::to_string),
        acknowledged_by: task.acknowledged.as_ref().map(|held| held.by.to_string()),
        outcome: task.done.as_ref().map(|done| done.outcome.to_string()),
        task: TaskLine::of(node, &task),
        who: opened.who,
        watermark,
    };
    Ok((headers, Json(body)).into_response())
}
