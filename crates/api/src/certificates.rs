//! Certificates of a person's records, for other systems and for paper.

pub mod issue;
pub mod jwks;
pub mod voucher;

use crate::problem::Problem;
use hutong_model::EntryId;
use hutong_node::{
    certificates::{CertificateFormat, CertificateWish, Issued},
    vouchers::VoucherWish,
};
use hutong_voucher::{Lang, Size};
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

/// What a voucher is printed on.
#[derive(Deserialize, Default, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum Paper {
    #[default]
    A4,
    Wallet,
}

/// In which languages.
#[derive(Deserialize, Default, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum Language {
    Zh,
    En,
    #[default]
    Both,
}

/// How a voucher is to be printed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VoucherBody {
    /// `a4`, or `wallet`: cards of 85.60 × 53.98 mm.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "a4")]
    size: Paper,
    /// `zh`, `en` or `both`.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "both")]
    lang: Language,
    /// Which certificates are on it: `eu-dcc`, `shc`, `hutong`; our own where absent.
    #[serde(default = "own_format")]
    #[schema(value_type = Vec<String>, example = json!(["hutong", "eu-dcc"]))]
    formats: Vec<CertificateFormat>,
    /// Ids of the records; all that count where absent.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    records: Vec<EntryId>,
}

fn own_format() -> Vec<CertificateFormat> {
    vec![CertificateFormat::Hutong]
}

impl VoucherBody {
    /// Reads it, for the node.
    pub(crate) fn read(self) -> Result<VoucherWish, Problem> {
        let mut formats = self.formats;
        formats.dedup();
        if formats.is_empty() || formats.len() > 3 || self.records.len() > RECORDS_MAX {
            return Err(Problem::bad_request("name 1 to 3 formats, and at most 256 records"));
        }
        let size = match self.size {
            Paper::A4 => Size::A4,
            Paper::Wallet => Size::Wallet,
        };
        let lang = match self.lang {
            Language::Zh => Lang::Zh,
            Language::En => Lang::En,
            Language::Both => Lang::Both,
        };
        Ok(VoucherWish { records: self.records, formats, size, lang })
    }
}

/// A voucher as an answer.
pub(crate) fn printed(pdf: Vec<u8>) -> axum::response::Response {
    use axum::{http::StatusCode, http::header, response::IntoResponse};
    let headers = [
        (header::CONTENT_TYPE, "application/pdf"),
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"voucher.pdf\""),
    ];
    (StatusCode::CREATED, headers, pdf).into_response()
}
