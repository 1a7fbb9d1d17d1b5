//! Restrictions and releases that people order: two organisations, or nothing.

use crate::{
    access::{Caller, may},
    body::JsonBody,
    problem::Problem,
    schema::MemberErrors,
};
use axum::{Json, extract::Path, http::StatusCode};
use hutong_model::{EntryId, Level, PersonId, Timestamp, evidence::Effect};
use hutong_node::measures::{NewOrder, Order};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What is ordered.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OrderBody {
    /// `restrict` or `release`.
    #[schema(example = "restrict")]
    effect: String,
    /// To restrict: `yellow` or `red`.
    #[schema(example = "yellow")]
    level: Option<String>,
    /// To release: the record whose reasons end.
    record: Option<String>,
    /// Within which event.
    #[schema(example = "measles-2027")]
    event: String,
    /// Why, in words for the person; 1 to 512 bytes.
    reason: String,
    /// When it ends by itself; within thirty days.
    #[schema(example = "2027-03-12T00:00:00Z")]
    until: String,
}

/// An order, as documented.
#[derive(Serialize, ToSchema)]
#[schema(as = MeasureOrder)]
#[serde(rename_all = "camelCase")]
pub struct OrderSchema {
    /// Its id.
    id: String,
    /// About whom.
    person: String,
    /// `restrict` or `release`.
    effect: String,
    /// The level of a restriction.
    level: Option<String>,
    /// The record of a release; of an agreed order, the record that it became.
    record: Option<String>,
    /// The event.
    event: String,
    /// Why.
    reason: String,
    /// Until when.
    until: String,
    /// By what law.
    legal_basis: String,
    /// Who ordered.
    ordered_by: String,
    /// When.
    ordered_at: String,
    /// Of an agreed one: what opens its leaf in the ledger.
    opening: Option<String>,
    /// `waits`, `agreed`, `refused`.
    state: String,
    /// Which organisation answered.
    by: Option<String>,
    /// When.
    at: Option<String>,
}

/// Orders.
#[derive(Serialize, ToSchema)]
pub struct Orders {
    /// The newest first.
    #[schema(value_type = Vec<OrderSchema>)]
    orders: Vec<Order>,
}

/// An answer to an order.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrderAnswer {
    /// Whether the organisation agrees.
    agree: bool,
}

impl OrderBody {
    fn read(self, person: PersonId) -> Result<NewOrder, Problem> {
        let effect = match (&*self.effect, self.level, self.record) {
            ("restrict", Some(level), None) => {
                let level = Level::parse(&level)
                    .ok_or_else(|| Problem::bad_request("level is yellow or red"))?;
                Effect::Restrict { level }
            }
            ("release", None, Some(record)) => {
                let record = EntryId::parse(&record)
                    .map_err(|_| Problem::bad_request("record is the id of a record"))?;
                Effect::Release { record }
            }
            _ => {
                return Err(Problem::bad_request(
                    "effect is restrict, with a level, or release, with a record",
                ));
            }
        };
        let until = Timestamp::parse(&self.until)
            .map_err(|_| Problem::bad_request("until is a time as RFC 3339 writes it"))?;
        Ok(NewOrder { person, effect, event: self.event.into(), reason: self.reason.into(), until })
    }
}

/// Order a restriction or a release.
///
/// It has no effect until another organisation agrees; then it is a record of the person's, shown
/// to them with both organisations, the reason, the legal basis and its end.
#[utoipa::path(
    post, path = "/v1/persons/{id}/measures", tag = "Measures",
    params(("id" = String, Path, description = "The person's id here")),
    request_body(content = OrderBody),
    responses(
        (status = 201, description = "It waits for another organisation", body = OrderSchema),
        (status = 422, description = "What is missing"),
        MemberErrors,
    ),
    security(("member" = []))
)]
pub(crate) async fn order(
    caller: Caller<may::OrderMeasure>,
    Path(id): Path<String>,
    JsonBody(body): JsonBody<OrderBody>,
) -> Result<(StatusCode, Json<Order>), Problem> {
    let person = PersonId::parse(&id).map_err(|_| Problem::not_found("no such person here"))?;
    let new = body.read(person)?;
    let basis = caller.basis();
    let order = caller.node().order_measure(&caller.member, basis, new).await?;
    Ok((StatusCode::CREATED, Json(order)))
}

/// Orders of this node.
#[utoipa::path(
    get, path = "/v1/measures", tag = "Measures",
    responses((status = 200, description = "The orders", body = Orders), MemberErrors),
    security(("member" = []))
)]
pub(crate) async fn orders(caller: Caller<may::OrderMeasure>) -> Result<Json<Orders>, Problem> {
    Ok(Json(Orders { orders: caller.node().measure_orders().await? }))
}

/// Agree to another organisation's order, or refuse it.
#[utoipa::path(
    post, path = "/v1/measures/{id}/answers", tag = "Measures",
    params(("id" = String, Path, description = "The order")),
    request_body(content = OrderAnswer),
    responses(
        (status = 201, description = "The order, answered", body = OrderSchema),
        (status = 409, description = "It is your own organisation's, or waited for too long"),
        MemberErrors,
    ),
    security(("member" = []))
)]
pub(crate) async fn answer_order(
    caller: Caller<may::OrderMeasure>,
    Path(id): Path<String>,
    JsonBody(answer): JsonBody<OrderAnswer>,
) -> Result<(StatusCode, Json<Order>), Problem> {
    let id = EntryId::parse(&id).map_err(|_| Problem::not_found("no such order waits"))?;
    let order = caller.node().answer_order(&caller.member, id, answer.agree).await?;
    Ok((StatusCode::CREATED, Json(order)))
}
