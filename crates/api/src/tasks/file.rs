//! `POST /v1/tasks`.

use crate::{
    access::{Caller, may},
    body::JsonBody,
    problem::Problem,
    schema::MemberErrors,
};
use axum::{Json, http::StatusCode};
use hutong_model::{PersonId, RegionCode, Timestamp, task::TaskKind};
use hutong_node::tasks::NewTask;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A task to file.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TaskBody {
    /// `re-collect`, `visit`, `verify-area`.
    #[schema(example = "visit")]
    kind: String,
    /// Within which event.
    #[schema(example = "measles-2027")]
    event: String,
    /// What is to be done and why, for those who must act: 1 to 512 bytes.
    reason: String,
    /// About whom: their id here. Not for `verify-area`.
    #[serde(default)]
    person: Option<String>,
    /// The division or grid that must act; where the person lives, if absent.
    #[serde(default)]
    #[schema(example = "330106001005")]
    area: Option<String>,
    /// By when.
    #[schema(example = "2027-03-02T10:00:00Z")]
    due: String,
    /// When it is gone; within thirty days.
    #[schema(example = "2027-03-05T10:00:00Z")]
    expires: String,
}

/// A filed task.
#[derive(Serialize, ToSchema)]
pub struct TaskFiled {
    /// Its id.
    id: String,
}

/// File a task.
///
/// It goes to the node and the division that must see to it, and to nobody else. Needs a legal
/// basis, within your organisation's region and an event in force.
#[utoipa::path(
    post, path = "/v1/tasks", tag = "Tasks",
    request_body(content = TaskBody),
    responses(
        (status = 201, description = "Filed", body = TaskFiled),
        (status = 422, description = "What is wrong with it"),
        MemberErrors,
    ),
    security(("member" = []))
)]
pub(crate) async fn file_task(
    caller: Caller<may::FileTask>,
    JsonBody(body): JsonBody<TaskBody>,
) -> Result<(StatusCode, Json<TaskFiled>), Problem> {
    let wrong = |text: &'static str| move || Problem::bad_request(text);
    let kind = TaskKind::parse(&body.kind)
        .ok_or_else(wrong("kind is re-collect, visit or verify-area"))?;
    let person = body.person.as_deref().map(PersonId::parse).transpose();
    let person = person.ok().ok_or_else(wrong("person is the id of a person here"))?;
    let area = body.area.as_deref().map(RegionCode::parse).transpose();
    let area = area.ok().ok_or_else(wrong("area is a division code of 6, 9 or 12 digits"))?;
    let time = |text: &str| Timestamp::parse(text).ok();
    let rfc = "due and expires are times as RFC 3339 writes them";
    let due = time(&body.due).ok_or_else(wrong(rfc))?;
    let expires = time(&body.expires).ok_or_else(wrong(rfc))?;
    let (event, reason) = (body.event.into(), body.reason.into());
    let new = NewTask { kind, event, reason, person, area, due, expires };
    let basis = caller.basis();
    let id = caller.node().file_task(&caller.member, basis, new).await?;
    Ok((StatusCode::CREATED, Json(TaskFiled { id: id.to_string() })))
}
