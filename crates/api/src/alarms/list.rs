//! `GET /v1/alarms`.

use super::{AlarmJson, AlarmSchema};
use crate::{
    access::{Caller, may},
    problem::Problem,
    query::Query,
    schema::MemberErrors,
};
use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;

/// Alarms.
#[derive(Serialize, ToSchema)]
pub struct Alarms {
    /// The newest first.
    #[schema(value_type = Vec<AlarmSchema>)]
    alarms: Vec<AlarmJson>,
}

/// Alarms of this node.
///
/// What looks like something else than work. They name organisations, operators and numbers, never
/// the persons who were read.
#[utoipa::path(
    get, path = "/v1/alarms", tag = "Alarms",
    params(("state" = Option<String>, Query, description = "`open` (where absent) or `all`")),
    responses((status = 200, description = "The alarms", body = Alarms), MemberErrors),
    security(("member" = []))
)]
pub(crate) async fn alarms(
    caller: Caller<may::HandleAlarm>,
    query: Query,
) -> Result<Json<Alarms>, Problem> {
    query.only(&["state"])?;
    let all = match query.get("state") {
        None | Some("open") => false,
        Some("all") => true,
        Some(_) => return Err(Problem::bad_request("state is open or all")),
    };
    let alarms = caller.node().alarms().await?.into_iter();
    let shown = alarms.filter(|alarm| all || alarm.closed.is_none()).map(AlarmJson);
    Ok(Json(Alarms { alarms: shown.collect() }))
}
