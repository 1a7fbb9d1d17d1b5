//! The mark on what is shown of persons to those who must act: who asked, when, why, by which
//! request. It stands in the header `Hutong-Watermark` and in the body, and is to be shown with it.

use axum::http::{HeaderName, HeaderValue, header};
use hutong_model::{Purpose, Timestamp};
use hutong_node::watch::Operator;
use serde::Serialize;
use utoipa::ToSchema;

const HEADER: HeaderName = HeaderName::from_static("hutong-watermark");

/// Who was shown this, when, why, by which request.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Watermark {
    /// The member, and who of it where it says so.
    #[schema(example = "330106.cdc/0427")]
    who: String,
    /// When.
    #[schema(example = "2027-03-01T10:00:00.000Z")]
    at: String,
    /// Why.
    #[schema(example = "PUBHLTH")]
    purpose: &'static str,
    /// Id of the request, as in the header `X-Request-Id`.
    #[schema(example = "8f14e45fceea167a5a36dedd4bea2543")]
    request: String,
}

impl Watermark {
    pub(crate) fn new(who: &Operator, at: Timestamp, purpose: Purpose, request: &str) -> Self {
        let (who, at) = (who.to_string(), at.to_string());
        Self { who, at, purpose: purpose.as_str(), request: request.to_owned() }
    }

    /// The headers of an answer that carries it; such an answer is kept nowhere.
    pub(crate) fn headers(&self) -> [(HeaderName, HeaderValue); 2] {
        let Self { who, at, purpose, request } = self;
        let text = format!("who={who}; at={at}; purpose={purpose}; request={request}");
        // INVARIANT: ids, times and words are visible ASCII.
        let value = HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static("invalid"));
        [(HEADER, value), (header::CACHE_CONTROL, HeaderValue::from_static("no-store"))]
    }
}
