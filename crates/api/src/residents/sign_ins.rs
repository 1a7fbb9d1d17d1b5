//! `POST /v1/sign-ins`.

use crate::{
    access::Public, body::JsonBody, problem::Problem, rate::Bucket, schema::DocumentSchema,
};
use axum::{Json, http::StatusCode};
use hutong_model::Document;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Who wants to sign in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    /// A document of theirs.
    #[schema(value_type = DocumentSchema)]
    document: Document,
}

/// A sign-in that waits for the one-time code.
#[derive(Serialize, ToSchema)]
pub struct Challenge {
    /// Its id, for `POST /v1/sessions`; good for five minutes.
    #[schema(example = "8f14e45fceea167a5a36dedd4bea2543.6c8349cc7260ae62e3b1396831a8398f")]
    challenge: String,
}

/// Start to sign in.
///
/// A one-time code goes to the person. The answer is the same whether or not the document is
/// known.
#[utoipa::path(
    post, path = "/v1/sign-ins", tag = "Residents",
    request_body(content = SignIn),
    responses(
        (status = 202, description = "The code is on its way", body = Challenge),
        (status = 400, description = "Not a document"),
        (status = 403, description = "This node has no identity provider"),
        (status = 429, description = "Too many tries; see Retry-After"),
    ),
    security(())
)]
pub(crate) async fn sign_in(
    public: Public,
    JsonBody(sign_in): JsonBody<SignIn>,
) -> Result<(StatusCode, Json<Challenge>), Problem> {
    public.count_address(Bucket::SignInAddress)?;
    public.count(Bucket::SignInDocument, &sign_in.document.key())?;
    let id = public.node().challenge(sign_in.document).await?;
    Ok((StatusCode::ACCEPTED, Json(Challenge { challenge: public.ticket(&id) })))
}
