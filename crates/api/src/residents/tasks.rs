//! `GET /v1/me/tasks`.

use crate::{
    access::Acting, problem::Problem, query::Query, schema::ResidentErrors, tasks::TaskLine,
};
use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;

/// A task about me.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MyTask {
    task: TaskLine,
    /// By what law.
    legal_basis: String,
    /// Why: the code of a reason of my decision, or words of an authority.
    #[schema(example = "test-inconclusive")]
    reason: String,
    /// The member that filed it; absent where a reason made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    filed_by: Option<String>,
    /// The member that took it on.
    #[serde(skip_serializing_if = "Option::is_none")]
    acknowledged_by: Option<String>,
}

/// Tasks about me.
#[derive(Serialize, ToSchema)]
pub struct MyTasks {
    /// By due time.
    tasks: Vec<MyTask>,
}

/// What others are to do about me, by what law, and who took it on.
///
/// Those that this node sees to. Who opened one stands among the accesses.
#[utoipa::path(
    get, path = "/v1/me/tasks", tag = "Residents",
    params(("for" = Option<String>, Query, description = "A person whose guardian I am")),
    responses((status = 200, description = "The tasks", body = MyTasks), ResidentErrors),
    security(("resident" = []))
)]
pub(crate) async fn own_tasks(acting: Acting, query: Query) -> Result<Json<MyTasks>, Problem> {
    query.only(&["for"])?;
    let node = acting.node();
    let tasks = node.tasks_about(acting.person).await?;
    let shown = tasks.iter().map(|task| MyTask {
        task: TaskLine::of(node, task),
        legal_basis: task.legal_basis.to_string(),
        reason: task.reason.to_string(),
        filed_by: task.filed_by.as_ref().map(ToString::to_string),
        acknowledged_by: task.acknowledged.as_ref().map(|held| held.by.to_string()),
    });
    Ok(Json(MyTasks { tasks: shown.collect() }))
}
