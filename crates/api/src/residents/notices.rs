//! `GET /v1/me/decisions` and `GET /v1/me/notices`: what was decided about the person, and being
//! told of it when it changes.

use crate::{access::Acting, problem::Problem, query::Query, schema::ResidentErrors};
use axum::{
    Json,
    response::sse::{Event, KeepAlive, Sse},
};
use futures::{Stream, StreamExt};
use hutong_model::limits::NOTICES_S_MAX;
use hutong_node::{
    NodeError,
    decisions::{Notice, Told, Watch},
};
use serde::Serialize;
use std::{
    convert::Infallible,
    time::{Duration, Instant},
};
use utoipa::ToSchema;

/// What a person was told in the events in force.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Decisions {
    /// The highest level first: `level`, `event`, `at`, `holdsUntil`, `decision` (whole), and where
    /// the public ledger says so: `ledger` with `origin`, `leaf` and `opening`.
    #[schema(value_type = Vec<Object>)]
    decisions: Vec<Told>,
}

/// What was decided about me and entered in the public ledger, with what opens each line of it.
///
/// What my level is now: `GET /v1/me/health-information`.
#[utoipa::path(
    get, path = "/v1/me/decisions", tag = "Residents",
    params(("for" = Option<String>, Query, description = "A person whose guardian I am")),
    responses(
        (status = 200, description = "The decisions in the events in force", body = Decisions),
        ResidentErrors,
    ),
    security(("resident" = []))
)]
pub(crate) async fn decisions(acting: Acting, query: Query) -> Result<Json<Decisions>, Problem> {
    query.only(&["for"])?;
    Ok(Json(Decisions { decisions: acting.node().told(acting.person).await? }))
}

/// Tells me when something is decided about me (server-sent events).
///
/// Each event is `level`; its data is one decision as in `GET /v1/me/decisions`. The stream begins
/// with what was decided last and ends within an hour: connect again.
#[utoipa::path(
    get, path = "/v1/me/notices", tag = "Residents",
    params(("for" = Option<String>, Query, description = "A person whose guardian I am")),
    responses(
        (status = 200, description = "A stream of events", content_type = "text/event-stream"),
        ResidentErrors,
    ),
    security(("resident" = []))
)]
pub(crate) async fn notices(
    acting: Acting,
    query: Query,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    query.only(&["for"])?;
    // Listening first: nothing is missed between what was told and what comes.
    let watch = acting.node().watch(acting.person);
    let watch = watch.ok_or(NodeError::Busy)?;
    let told = acting.node().told(acting.person).await?;
    let before = futures::stream::iter(told).map(|told| Ok(level(&told)));
    let until = Instant::now() + Duration::from_secs(NOTICES_S_MAX);
    let after = futures::stream::unfold(watch, move |watch| next(watch, until));
    Ok(Sse::new(before.chain(after)).keep_alive(KeepAlive::default()))
}

async fn next(mut watch: Watch, until: Instant) -> Option<(Result<Event, Infallible>, Watch)> {
    let left = until.saturating_duration_since(Instant::now());
    let Notice::Level(told) = tokio::time::timeout(left, watch.next()).await.ok()??;
    Some((Ok(level(&told)), watch))
}

fn level(told: &Told) -> Event {
    // INVARIANT: what was told is JSON; it was read from it.
    Event::default().event("level").json_data(told).unwrap_or_default()
}
