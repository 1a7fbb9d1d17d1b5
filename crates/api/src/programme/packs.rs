//! `GET /v1/programme-packs`.

use crate::access::Public;
use axum::Json;
use hutong_node::rulebook::programmes::FiledProgrammePack;
use serde::Serialize;
use utoipa::ToSchema;

/// Packs.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProgrammePacks {
    /// Each as it was filed.
    #[schema(value_type = Vec<ProgrammePackSchema>)]
    packs: Vec<FiledProgrammePack>,
}

/// A pack, as documented.
#[derive(Serialize, ToSchema)]
#[schema(as = ProgrammePack)]
#[serde(rename_all = "camelCase")]
pub struct ProgrammePackSchema {
    /// Its id: the region and the first day.
    #[schema(example = "310000/2027-09-01")]
    id: String,
    /// The first day of assessments that it is for.
    #[schema(example = "2027-09-01")]
    first_day: String,
    /// The last one.
    #[schema(example = "2030-08-31")]
    last_day: String,
    /// The region.
    #[schema(example = "310000")]
    region: String,
    /// By what law, and the act that says so.
    legal_basis: String,
    /// What the addition rests on.
    evidence: String,
    /// The text of the pack: TOML (docs/programme.md), exactly as it is read.
    source: String,
    /// The member that filed it.
    by: String,
    /// When.
    filed_at: String,
}

/// What regions add to the national immunization programme.
///
/// Filed with the root before it took effect, with a legal basis, evidence, a first and a last day,
/// and signed by it; what is not here does not exist. Of a region's packs, one that begins takes
/// the place of the one before.
#[utoipa::path(
    get, path = "/v1/programme-packs", tag = "Programme",
    responses((status = 200, description = "All that were ever filed", body = ProgrammePacks)),
    security(())
)]
pub(crate) async fn programme_packs(public: Public) -> Json<ProgrammePacks> {
    Json(ProgrammePacks { packs: public.node().programme_packs() })
}
