//! `POST /v1/filings`, and between nodes `POST /v1/node/filings`.

use crate::{
    access::{Caller, ChildNode, may},
    body::JsonBody,
    problem::Problem,
    schema::MemberErrors,
};
use axum::{Json, http::StatusCode};
use hutong_node::rulebook::filings::{Filing, FilingAnswer, PassedFiling};
use serde_json::Value;

/// File something with the root.
///
/// `area`: how a division or grid of the member's region is listed in an event (`low`, `medium`,
/// `high`; null ends the listing). `variation`: other values for what a national rule pack lets
/// regions vary. `programme-pack`: what a province adds to the national immunization programme,
/// with legal basis and evidence, from a day to come on (docs/programme.md). The root publishes it,
/// and it is in force where it has come down again: what was not filed does not exist. Takes a
/// department and a legal basis.
#[utoipa::path(
    post, path = "/v1/filings", tag = "Rules",
    request_body(content = serde_json::Value, examples(
        ("area" = (value = json!({"kind": "area", "filing": {
            "event": "measles-2027", "area": "330106001", "grade": "high",
            "legalBasis": "联防联控通告 2027-3"
        }}))),
        ("variation" = (value = json!({"kind": "variation", "filing": {
            "region": "330000", "pack": "baseline", "packVersion": "2", "values": {"area-days": 10},
            "reason": {"zh": "潜伏期较长", "en": "a longer incubation"},
            "legalBasis": "省人民政府令", "effectiveFrom": "2027-03-02T00:00:00Z",
            "expiresAt": "2027-04-01T00:00:00Z"
        }}))),
        ("programme-pack" = (value = json!({"kind": "programme-pack", "filing": {
            "region": "310000", "legalBasis": "《疫苗管理法》第四十一条；市人民政府令",
            "evidence": "水痘发病率与成本效果分析，2026年", "source": "[edition]\nid = …"
        }})))
    )),
    responses(
        (status = 201, description = "As it was published", content_type = "application/json"),
        (status = 422, description = "Why it cannot be published"),
        MemberErrors,
    ),
    security(("member" = []))
)]
pub(crate) async fn file(
    caller: Caller<may::FileWithRoot>,
    JsonBody(filing): JsonBody<Filing>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let published = caller.node().file(&caller.member, filing).await?;
    Ok((StatusCode::CREATED, Json(published)))
}

/// Pass a filing up.
#[utoipa::path(
    post, path = "/v1/node/filings", tag = "Between nodes",
    request_body(content = serde_json::Value),
    responses(
        (status = 200, description = "{\"published\": …} or {\"refused\": {\"field\", \"reason\"}}", content_type = "application/json"),
        MemberErrors,
    ),
    security(("member" = []))
)]
pub(crate) async fn node_filing(
    child: ChildNode,
    JsonBody(passed): JsonBody<PassedFiling>,
) -> Result<Json<FilingAnswer>, Problem> {
    Ok(Json(child.node().take_filing(child.member(), passed).await?))
}
