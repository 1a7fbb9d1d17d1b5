//! `GET /v1/ledger`, and its public files under `/ledger` (C2SP tlog-tiles).

use crate::{access::Public, problem::Problem};
use axum::{
    Json,
    extract::Path,
    http::header,
    response::{IntoResponse, Response},
};
use hutong_node::ledger::LedgerInfo;
use serde::Serialize;
use utoipa::ToSchema;

/// A ledger, as documented.
#[derive(Serialize, ToSchema)]
#[schema(as = Ledger)]
pub struct LedgerSchema {
    /// Its name.
    #[schema(example = "000000.hutong/ledger")]
    origin: String,
    /// Its verifier key: name+id+base64.
    key: String,
    /// Leaves under the newest checkpoint.
    #[schema(example = 17)]
    size: u64,
}

/// The public ledger of this node.
///
/// Its files lie under `/ledger/checkpoint` and `/ledger/tile/…`, as C2SP tlog-tiles names them:
/// static, to be kept by anyone. `hutong ledger audit` checks a copy of them.
#[utoipa::path(
    get, path = "/v1/ledger", tag = "Rules",
    responses(
        (status = 200, description = "Name, key and size", body = LedgerSchema),
        (status = 404, description = "This node has none"),
    ),
    security(())
)]
pub(crate) async fn ledger(public: Public) -> Result<Json<LedgerInfo>, Problem> {
    let info = public.node().ledger();
    info.map(Json).ok_or_else(|| Problem::not_found("this node has no ledger"))
}

/// One public file. Full tiles never change; partial ones and the checkpoint do.
pub(crate) async fn file(public: Public, Path(path): Path<String>) -> Result<Response, Problem> {
    let bytes = public.node().ledger_file(&path)?;
    let bytes = bytes.ok_or_else(|| Problem::not_found("the ledger has no such file"))?;
    let (kind, caching) = match &*path {
        "checkpoint" => ("text/plain; charset=utf-8", "no-cache"),
        _ if path.contains(".p/") => ("application/octet-stream", "max-age=86400"),
        _ => ("application/octet-stream", "public, max-age=31536000, immutable"),
    };
    let headers = [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, caching)];
    Ok((headers, bytes).into_response())
}
