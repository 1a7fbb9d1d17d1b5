//! `GET /v1/events`.

use crate::access::Public;
use axum::Json;
use hutong_node::rulebook::events::DeclaredEvent;
use serde::Serialize;
use utoipa::ToSchema;

/// Events.
#[derive(Serialize, ToSchema)]
pub struct Events {
    /// Each with its acts: declared, renewed, ended.
    #[schema(value_type = Vec<EventSchema>)]
    events: Vec<DeclaredEvent>,
}

/// A declared event, as documented.
#[derive(Serialize, ToSchema)]
#[schema(as = Event)]
pub struct EventSchema {
    /// Its id.
    #[schema(example = "measles-2027")]
    id: String,
    /// What people call it: zh, en.
    #[schema(value_type = Object)]
    title: String,
    /// Its kind, which rule packs fit.
    #[schema(example = "epidemic")]
    kind: String,
    /// Disease agent.
    #[schema(example = "measles")]
    agent: String,
    /// The regions that it is declared for; everywhere where absent.
    regions: Option<Vec<String>>,
    /// From when.
    start: String,
    /// Until when; its levels end then, whatever else happens.
    sunset: String,
    /// What was done about it: act, at, legalBasis, sunset; oldest first.
    #[schema(value_type = Vec<Object>)]
    acts: Vec<String>,
}

/// Declared public-health events.
///
/// Levels exist only inside an event that is in force. With none, a code states who somebody is and
/// what their records are.
#[utoipa::path(
    get, path = "/v1/events", tag = "Rules",
    responses((status = 200, description = "All that were ever declared", body = Events)),
    security(())
)]
pub(crate) async fn events(public: Public) -> Json<Events> {
    Json(Events { events: public.node().events() })
}
