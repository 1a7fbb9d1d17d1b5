//! `GET /v1/variations`.

use crate::access::Public;
use axum::Json;
use hutong_node::rulebook::variations::FiledVariation;
use serde::Serialize;
use utoipa::ToSchema;

/// Variations.
#[derive(Serialize, ToSchema)]
pub struct Variations {
    /// Each as it was filed.
    #[schema(value_type = Vec<VariationSchema>)]
    variations: Vec<FiledVariation>,
}

/// A variation, as documented.
#[derive(Serialize, ToSchema)]
#[schema(as = Variation)]
#[serde(rename_all = "camelCase")]
pub struct VariationSchema {
    /// Its id, which decisions name.
    id: String,
    /// The region.
    #[schema(example = "330000")]
    region: String,
    /// The pack that it varies.
    #[schema(example = "baseline")]
    pack: String,
    /// Version of the pack.
    #[schema(example = "2")]
    pack_version: String,
    /// Values by the names of the pack's variables.
    #[schema(value_type = Object, example = json!({"area-days": 10}))]
    values: String,
    /// Why: zh, en.
    #[schema(value_type = Object)]
    reason: String,
    /// By what law.
    legal_basis: String,
    /// From when.
    effective_from: String,
    /// Until when.
    expires_at: String,
    /// The member that filed it.
    by: String,
    /// When.
    filed_at: String,
}

/// What regions decide otherwise than the national packs.
///
/// Filed before it took effect, with a reason, a basis and an end; what is not here does not exist.
#[utoipa::path(
    get, path = "/v1/variations", tag = "Rules",
    responses((status = 200, description = "All that were ever filed", body = Variations)),
    security(())
)]
pub(crate) async fn variations(public: Public) -> Json<Variations> {
    Json(Variations { variations: public.node().variations() })
}
