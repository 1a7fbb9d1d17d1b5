//! `/v1/rule-packs`: published for everybody; proposed by one organisation, approved by another.

use crate::{
    access::{Caller, Public, may},
    body::JsonBody,
    problem::Problem,
    schema::MemberErrors,
};
use axum::{Json, extract::Path, http::StatusCode};
use hutong_node::rulebook::packs::PackDocument;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Rule packs.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Packs {
    /// Each with its text and its approvals.
    #[schema(value_type = Vec<PackSchema>)]
    packs: Vec<PackDocument>,
}

/// A rule pack, as documented.
#[derive(Serialize, ToSchema)]
#[schema(as = RulePack)]
#[serde(rename_all = "camelCase")]
pub struct PackSchema {
    /// Its id.
    #[schema(example = "baseline")]
    id: String,
    /// Its version.
    #[schema(example = "3")]
    version: String,
    /// From when it is in force.
    valid_from: String,
    /// The text of the pack: JSON, exactly as it is evaluated.
    source: String,
    /// Who approved it: by, legalBasis, at. It is published with the second organisation.
    #[schema(value_type = Vec<Object>)]
    approvals: Vec<String>,
}

/// A pack that is proposed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProposedPack {
    /// The text of the pack: JSON (docs/rules.md).
    source: String,
}

/// Published rule packs.
///
/// The packs by which levels are decided, with who approved each. Where none of an event's kind was
/// published, the one that comes with this release decides.
#[utoipa::path(
    get, path = "/v1/rule-packs", tag = "Rules",
    responses((status = 200, description = "The packs", body = Packs)),
    security(())
)]
pub(crate) async fn rule_packs(public: Public) -> Json<Packs> {
    Json(Packs { packs: public.node().rule_packs() })
}

/// Rule packs that wait for a second organisation.
#[utoipa::path(
    get, path = "/v1/rule-packs/proposals", tag = "Rules",
    responses((status = 200, description = "The proposals", body = Packs), MemberErrors),
    security(("member" = []))
)]
pub(crate) async fn proposals(caller: Caller<may::PublishRules>) -> Result<Json<Packs>, Problem> {
    Ok(Json(Packs { packs: caller.node().pack_proposals().await? }))
}

/// Propose a rule pack.
///
/// At the root, by a department with a legal basis. It must compile, keep its own examples, and
/// begin in the future. It is published when another organisation approves it.
#[utoipa::path(
    post, path = "/v1/rule-packs", tag = "Rules",
    request_body(content = ProposedPack),
    responses(
        (status = 201, description = "It waits for another organisation", body = PackSchema),
        (status = 409, description = "This version was proposed before"),
        (status = 422, description = "What is wrong with it"),
        MemberErrors,
    ),
    security(("member" = []))
)]
pub(crate) async fn propose_pack(
    caller: Caller<may::PublishRules>,
    JsonBody(proposed): JsonBody<ProposedPack>,
) -> Result<(StatusCode, Json<PackDocument>), Problem> {
    let basis = caller.basis();
    let pack = caller.node().propose_pack(&caller.member, basis, &proposed.source).await?;
    Ok((StatusCode::CREATED, Json(pack)))
}

/// Approve a proposed rule pack.
///
/// With the second organisation it is signed, published, and goes down to every node.
#[utoipa::path(
    post, path = "/v1/rule-packs/{id}/{version}/approvals", tag = "Rules",
    params(
        ("id" = String, Path, description = "The pack"),
        ("version" = String, Path, description = "Its version"),
    ),
    responses(
        (status = 201, description = "The pack with its approvals", body = PackSchema),
        (status = 409, description = "Your organisation approved it before, or its time has come"),
        MemberErrors,
    ),
    security(("member" = []))
)]
pub(crate) async fn approve_pack(
    caller: Caller<may::PublishRules>,
    Path((id, version)): Path<(String, String)>,
) -> Result<(StatusCode, Json<PackDocument>), Problem> {
    let basis = caller.basis();
    let pack = caller.node().approve_pack(&caller.member, basis, &id, &version).await?;
    Ok((StatusCode::CREATED, Json(pack)))
}
