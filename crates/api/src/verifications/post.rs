//! `POST /v1/verifications` (GB/T 38963 §6.7).

use crate::{
    access::{Caller, may},
    body::JsonBody,
    problem::Problem,
    schema::MemberErrors,
};
use axum::Json;
use futures::{StreamExt, stream};
use hutong_code::foreign::Reading;
use hutong_model::limits::VERIFICATIONS_MAX;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Codes asked about at once.
const AT_ONCE: usize = 32;

/// Codes to be verified.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Codes {
    /// The texts of the codes, 1 to 1000.
    #[schema(example = json!(["HT1:NCFOXN…"]))]
    codes: Vec<String>,
}

/// The answers, in the order of the codes.
#[derive(Serialize, ToSchema)]
pub struct Answers {
    /// One for each code.
    #[schema(value_type = Vec<AnswerSchema>)]
    answers: Vec<Reading>,
}

/// The answer to one code.
#[derive(Serialize, ToSchema)]
#[schema(as = Answer)]
pub struct AnswerSchema {
    /// `ht1`, `opaque`, `eu-dcc`, `who-ddcc`, `who-dvc`, `icvp`, `shc`, `shlink`, `divoc`,
    /// `icao-vds-nc`, `other`, `unknown`.
    #[schema(example = "ht1")]
    format: String,
    /// `green`, `yellow`, `red`, `valid`, `expired`, `revoked`, `not_found`, `invalid`,
    /// `unverified`, `not_recognised`. Unknown is never red.
    #[schema(example = "green")]
    result: String,
    /// The step at which it ended otherwise than well.
    step: Option<String>,
    /// Which part of the content that is about: names of fields, never their values.
    at: Option<String>,
    /// Why, first what decided the answer: code, zh, en.
    #[schema(value_type = Vec<Object>)]
    reasons: Vec<String>,
    /// What would clear them.
    #[schema(value_type = Vec<Object>)]
    clears: Option<Vec<String>>,
    /// Whose code it is: a region, a country or an address.
    #[schema(example = "330000")]
    issuer: Option<String>,
    /// The key that it names.
    key_id: Option<String>,
    /// When it was issued.
    issued_at: Option<String>,
    /// When it runs out.
    expires_at: Option<String>,
    /// Whether its signature was found right with a trusted key.
    authentic: bool,
    /// Whom a certificate is about.
    #[schema(value_type = Object)]
    person: Option<String>,
    /// What only a code of ours says: level, event, paper, the trust list that was used, the filed
    /// exception by which it is not recognised.
    #[schema(value_type = Object)]
    code: Option<String>,
    /// What a certificate states: vaccinations, tests, recoveries.
    #[schema(value_type = Vec<Object>)]
    records: Vec<String>,
}

/// Verify codes.
///
/// Of this region, of any other, of systems that are not Hutong; certificates of other countries,
/// by the trust files that the nodes hold. One answer of a closed set for each, with reasons and
/// what would clear them. Never fails for a single code: what cannot be
/// checked is `unverified`.
#[utoipa::path(
    post, path = "/v1/verifications", tag = "Codes",
    request_body(content = Codes),
    responses((status = 200, description = "The answers", body = Answers), MemberErrors),
    security(("member" = []))
)]
pub(crate) async fn verify(
    caller: Caller<may::Verify>,
    JsonBody(Codes { codes }): JsonBody<Codes>,
) -> Result<Json<Answers>, Problem> {
    if codes.is_empty() || codes.len() > VERIFICATIONS_MAX {
        return Err(Problem::bad_request(format!("send 1 to {VERIFICATIONS_MAX} codes")));
    }
    let node = caller.node();
    let asked = stream::iter(codes).map(|code| async move { node.verify(&code).await });
    Ok(Json(Answers { answers: asked.buffered(AT_ONCE).collect().await }))
}
