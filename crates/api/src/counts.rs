//! `GET /v1/counts`.

use crate::{
    access::{Caller, may},
    problem::Problem,
    query::Query,
    schema::MemberErrors,
};
use axum::Json;
use hutong_model::{Date, Purpose, RegionCode};
use hutong_node::tallies::{AskCounts, By};
use hutong_store::Facet;
use serde::Serialize;
use utoipa::ToSchema;

/// Days that are counted where none are named.
const DAYS: i32 = 30;

/// Counters, and how fresh they are.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Counts {
    /// Each group with its number.
    #[schema(value_type = Vec<Object>, example = json!([{"what": "covid-19", "count": 12034}]))]
    groups: Vec<hutong_node::tallies::Group>,
    /// Entries that have been admitted and not counted yet.
    #[schema(example = 0)]
    uncounted: u64,
}

/// Count doses, results, uploads, delays and refused rows.
///
/// Counters follow admission at a short distance; `uncounted` says how short. A department sees its
/// region (purpose PUBHLTH); whoever reports sees its own uploads, delays and refused rows (purpose
/// REPORT). Doses and results that several reported are counted once, corrections in their
/// corrected form, withdrawn records not at all.
#[utoipa::path(
    get, path = "/v1/counts", tag = "Counters",
    params(
        ("facet" = String, Query, description = "`doses`, `results`, `uploads`, `delays`, `rejections`"),
        ("from" = Option<String>, Query, description = "First day; 30 days ago where absent"),
        ("to" = Option<String>, Query, description = "Last day; today where absent"),
        ("region" = Option<String>, Query, description = "A division within the caller's region; all of it where absent"),
        ("by" = Option<String>, Query, description = "What to tell apart, by commas: `day`, `region`, `province`, `member`, `what`, `dose`, `age`, `sex`"),
    ),
    responses((status = 200, description = "The counters", body = Counts), MemberErrors),
    security(("member" = []))
)]
pub(crate) async fn counts(
    caller: Caller<may::ReadCounts>,
    query: Query,
) -> Result<Json<Counts>, Problem> {
    query.only(&["facet", "from", "to", "region", "by"])?;
    let ask = ask(&caller, &query)?;
    let groups = caller.node().counts(&ask).await?;
    let uncounted = caller.node().uncounted().await?;
    Ok(Json(Counts { groups, uncounted }))
}

fn ask(caller: &Caller<may::ReadCounts>, query: &Query) -> Result<AskCounts, Problem> {
    let own = caller.purpose != Purpose::PublicHealth;
    let facet = query.get("facet").and_then(facet).ok_or_else(|| {
        Problem::bad_request("facet is doses, results, uploads, delays or rejections")
    })?;
    if own && matches!(facet, Facet::Doses | Facet::Results) {
        return Err(Problem::forbidden(
            "for reporting there are uploads, delays and rejections; doses and results are for \
             departments, with the purpose PUBHLTH",
        ));
    }
    let today = caller.node().now().utc_date();
    let day = |name: &str, usual: Date| match query.get(name) {
        None => Ok(usual),
        Some(text) => Date::parse(text)
            .map_err(|_| Problem::bad_request(format!("{name} is a day like 2026-01-31"))),
    };
    let (from, to) = (day("from", today.plus_days(-DAYS))?, day("to", today)?);
    let region = match query.get("region") {
        None => caller.member.region,
        Some(text) => RegionCode::parse(text)
            .map_err(|_| Problem::bad_request("region is a division code (GB/T 2260)"))?,
    };
    if !caller.member.region.contains(&region) {
        return Err(Problem::forbidden("the region is not within yours"));
    }
    let by = query.get("by").unwrap_or("what").split(',').filter(|word| !word.is_empty());
    let by = by.map(By::parse).collect::<Option<Vec<By>>>().ok_or_else(|| {
        let known: Vec<&str> = By::ALL.into_iter().map(By::as_str).collect();
        Problem::bad_request(format!("by is a list of: {}", known.join(", ")))
    })?;
    let member = own.then(|| caller.member.id.clone());
    Ok(AskCounts { facet, from, to, region, member, by })
}

fn facet(word: &str) -> Option<Facet> {
    serde_json::from_value(word.into()).ok()
}
