//! Certificates of a person's records, for other systems and for paper.

pub mod issue;
pub mod jwks;

use crate::problem::Problem;
use hutong_model::EntryId;
use hutong_node::certificates::{CertificateFormat, CertificateWish, Issued};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Most records that are named in one wish.
const RECORDS_MAX: usize = 256;

/// Which certificates.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CertificatesWish {
    /// `eu-dcc`: an EU Digital COVID Certificate for each record; `shc`: one SMART Health Card;
    /// `hutong`: our own.
    #[schema(value_type = String, example = "eu-dcc")]
    format: CertificateFormat,
    /// Ids of the records; all that count where absent.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    records: Vec<EntryId>,
}

impl CertificatesWish {
    /// Reads it, for the node.
    pub(crate) fn read(self) -> Result<CertificateWish, Problem> {
        if self.records.len() > RECORDS_MAX {
            return Err(Problem::bad_request("at most 256 records"));
        }
        Ok(CertificateWish { format: self.format, records: self.records })
    }
}

/// What was issued, as documented.
#[derive(Serialize, ToSchema)]
#[schema(as = IssuedCertificates)]
#[serde(rename_all = "camelCase")]
pub struct IssuedSchema {
    /// The certificates.
    certificates: Vec<CertificateSchema>,
    /// Records that the format cannot state, each with the reason.
    #[schema(value_type = Vec<Object>)]
    left_out: Vec<String>,
}

/// A certificate, as documented.
#[derive(Serialize, ToSchema)]
#[schema(as = IssuedCertificate)]
#[serde(rename_all = "camelCase")]
pub struct CertificateSchema {
    /// `eu-dcc`, `shc`, `hutong`.
    #[schema(example = "eu-dcc")]
    format: String,
    /// The texts to be put into QR codes: one, or the parts of a card.
    #[schema(example = json!(["HC1:NCFOXN…"]))]
    codes: Vec<String>,
    /// Ids of the records that it states.
    records: Vec<String>,
    /// Until when it holds; absent where it has no end.
    expires_at: Option<String>,
}

/// Keeps the answer out of caches.
pub(crate) fn answer(issued: Issued) -> axum::response::Response {
    use axum::{Json, http::StatusCode, http::header, response::IntoResponse};
    let uncached = [(header::CACHE_CONTROL, "no-store")];
    (StatusCode::CREATED, uncached, Json(issued)).into_response()
}
