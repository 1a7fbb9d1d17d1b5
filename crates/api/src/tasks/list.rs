//! `GET /v1/tasks`.

use super::TaskLine;
use crate::{
    access::{Caller, may},
    problem::Problem,
    query::Query,
    schema::MemberErrors,
    watermark::Watermark,
};
use axum::{
    Json,
    response::{IntoResponse, Response},
};
use hutong_model::{
    EntryId, Timestamp,
    limits::{TASK_PAGE_DEFAULT, TASK_PAGE_MAX},
    task::TaskKind,
};
use hutong_node::tasks::{Task, TaskState};
use serde::Serialize;
use utoipa::ToSchema;

/// Tasks of your area.
#[derive(Serialize, ToSchema)]
pub struct Tasks {
    /// By due time. Nothing here leads to a person.
    tasks: Vec<TaskLine>,
    /// Where the next page begins; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
    watermark: Watermark,
}

/// The tasks of your area.
///
/// Those of your own division or grid, and those of what lies in it that nobody handled in time. A
/// page has ids, kinds, areas and times; who is meant is learnt by opening one.
#[utoipa::path(
    get, path = "/v1/tasks", tag = "Tasks",
    params(
        ("kind" = Option<String>, Query, description = "`re-collect`, `visit` or `verify-area`"),
        ("state" = Option<String>, Query, description = "`waits`, `acknowledged` or `done`; without it what is not done"),
        ("count" = Option<usize>, Query, description = "Tasks in a page, 1 to 200; 50 where absent"),
        ("cursor" = Option<String>, Query, description = "`next` of the page before"),
        ("Hutong-Operator" = Option<String>, Header, description = "Who of your organisation asks: a number, never a name", example = "0427"),
    ),
    responses((status = 200, description = "A page", body = Tasks), MemberErrors),
    security(("member" = []))
)]
pub(crate) async fn tasks(
    caller: Caller<may::ReadTasks>,
    query: Query,
) -> Result<Response, Problem> {
    query.only(&["kind", "state", "count", "cursor"])?;
    let count = query.number("count", TASK_PAGE_DEFAULT, TASK_PAGE_MAX)?;
    let kind = query.get("kind").map(|text| {
        TaskKind::parse(text)
            .ok_or_else(|| Problem::bad_request("kind is re-collect, visit or verify-area"))
    });
    let state = query.get("state").map(|text| {
        TaskState::parse(text)
            .ok_or_else(|| Problem::bad_request("state is waits, acknowledged or done"))
    });
    let (kind, state) = (kind.transpose()?, state.transpose()?);
    let after = query.get("cursor").map(cursor).transpose()?;
    let node = caller.node();
    let mut tasks = node.tasks_for(&caller.member).await?;
    tasks.retain(|task| {
        let stands = task.state();
        kind.is_none_or(|kind| task.kind == kind)
            && state.map_or(stands != TaskState::Done, |state| stands == state)
            && after.is_none_or(|after| after < (task.due, task.id))
    });
    let next = (tasks.len() > count).then(|| place(&tasks[count - 1]));
    tasks.truncate(count);
    let watermark = caller.watermark(query.request_id());
    let headers = watermark.headers();
    let lines = tasks.iter().map(|task| TaskLine::of(node, task)).collect();
    Ok((headers, Json(Tasks { tasks: lines, next, watermark })).into_response())
}

fn place(task: &Task) -> String {
    format!("{}.{}", task.due.unix_ms(), task.id)
}

fn cursor(text: &str) -> Result<(Timestamp, EntryId), Problem> {
    let read = text.split_once('.').and_then(|(due, id)| {
        Some((Timestamp::from_unix_ms(due.parse().ok()?), EntryId::parse(id).ok()?))
    });
    read.ok_or_else(|| Problem::bad_request("take the cursor from the page before, unchanged"))
}
