//! `POST /v1/node/recognise`, `POST /v1/node/keys`, `POST /v1/node/trust-file`.

use crate::{access::ChildNode, body::JsonBody, problem::Problem, schema::MemberErrors};
use axum::Json;
use hutong_code::Answer;
use hutong_node::{
    trust::AnnouncedKey,
    trust_files::{AskTrustFile, TrustFileContent},
    verify::AskRecognise,
};
use serde::Serialize;
use utoipa::ToSchema;

/// Recognise a code for a child node.
#[utoipa::path(
    post, path = "/v1/node/recognise", tag = "Between nodes",
    request_body(content = serde_json::Value, example = json!({"text": "GX1:…", "region": "330000"})),
    responses(
        (status = 200, description = "The answer, with its level", content_type = "application/json"),
        MemberErrors,
    ),
    security(("member" = []))
)]
pub(crate) async fn node_recognise(
    child: ChildNode,
    JsonBody(ask): JsonBody<AskRecognise>,
) -> Result<Json<Answer>, Problem> {
    Ok(Json(child.node().answer_recognise(ask).await))
}

/// How many keys were taken.
#[derive(Serialize, ToSchema)]
pub struct Taken {
    /// Keys.
    #[schema(example = 1)]
    taken: usize,
}

/// Announce the keys that sign the child's codes, for the trust list.
#[utoipa::path(
    post, path = "/v1/node/keys", tag = "Between nodes",
    request_body(content = serde_json::Value, example = json!([{"issuer": "330000", "key": "pAEBAycgBiFYIA…"}])),
    responses((status = 200, description = "Taken", body = Taken), MemberErrors),
    security(("member" = []))
)]
pub(crate) async fn node_keys(
    child: ChildNode,
    JsonBody(keys): JsonBody<Vec<AnnouncedKey>>,
) -> Result<Json<Taken>, Problem> {
    let taken = keys.len();
    child.node().take_keys(child.member(), keys).await?;
    Ok(Json(Taken { taken }))
}

/// A file of other systems' signers or revocations, as it is now.
#[utoipa::path(
    post, path = "/v1/node/trust-file", tag = "Between nodes",
    request_body(content = serde_json::Value, example = json!({"region": "000000", "name": "eu.json"})),
    responses(
        (status = 200, description = "{\"at\": …, \"content\": base64 or null}", content_type = "application/json"),
        MemberErrors,
    ),
    security(("member" = []))
)]
pub(crate) async fn node_trust_file(
    child: ChildNode,
    JsonBody(ask): JsonBody<AskTrustFile>,
) -> Result<Json<TrustFileContent>, Problem> {
    Ok(Json(child.node().answer_trust_file(child.member(), &ask).await?))
}
