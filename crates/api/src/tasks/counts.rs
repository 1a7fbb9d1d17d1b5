//! `GET /v1/tasks/counts`.

use crate::{
    access::{Caller, may},
    problem::Problem,
    query::Query,
    schema::MemberErrors,
};
use axum::Json;
use hutong_node::tasks::TaskCount;
use serde::Serialize;
use utoipa::ToSchema;

/// How many tasks there are.
#[derive(Serialize, ToSchema)]
pub struct TaskCounts {
    /// By area, kind and state: `area`, `kind`, `state`, `count`, and of these `late`.
    #[schema(value_type = Vec<Object>, example = json!([
        {"area": "330106001005", "kind": "re-collect", "state": "waits", "count": 10, "late": 0}
    ]))]
    counts: Vec<TaskCount>,
}

/// How many tasks there are in your region.
///
/// Here and at the nodes below: numbers, for those who need not act themselves.
#[utoipa::path(
    get, path = "/v1/tasks/counts", tag = "Tasks",
    responses((status = 200, description = "The counts", body = TaskCounts), MemberErrors),
    security(("member" = []))
)]
pub(crate) async fn task_counts(
    caller: Caller<may::ReadTasks>,
    query: Query,
) -> Result<Json<TaskCounts>, Problem> {
    query.only(&[])?;
    Ok(Json(TaskCounts { counts: caller.node().task_counts(caller.region()).await? }))
}
