//! `POST /oauth/token`.

use super::assertion::{self, Refusal};
use crate::{
    access::{Public, Scopes},
    rate::Bucket,
};
use axum::{
    Form, Json,
    extract::rejection::FormRejection,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use hutong_model::limits::ACCESS_TOKEN_S;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

const GRANT_TYPE: &str = "client_credentials";
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// What is sent to get an access token.
#[derive(Deserialize, ToSchema)]
pub struct TokenForm {
    /// `client_credentials`.
    #[serde(default)]
    #[schema(example = "client_credentials")]
    grant_type: String,
    /// What is asked for; everything where absent.
    #[serde(default)]
    #[schema(example = "system/*.cruds")]
    scope: String,
    /// `urn:ietf:params:oauth:client-assertion-type:jwt-bearer`.
    #[serde(default)]
    #[schema(example = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")]
    client_assertion_type: String,
    /// A JWT signed by a key of the member: `iss` and `sub` the member id, `aud` this address,
    /// `exp` at most five minutes ahead, `jti` never used before.
    #[serde(default)]
    client_assertion: String,
}

/// An access token (RFC 6749 §5.1).
#[derive(Serialize, ToSchema)]
pub struct Token {
    /// The token, for the header `Authorization: Bearer …`.
    #[schema(example = "hta_AQMAAAGTxY…")]
    access_token: String,
    /// `bearer`.
    #[schema(example = "bearer")]
    token_type: &'static str,
    /// Seconds until it expires.
    #[schema(example = 300)]
    expires_in: i64,
    /// What it may be used for.
    #[schema(example = "system/*.cruds")]
    scope: String,
}

/// An OAuth error (RFC 6749 §5.2).
#[derive(Serialize, ToSchema)]
pub struct OAuthError {
    /// `invalid_request`, `invalid_client`, `unsupported_grant_type`, `invalid_scope`.
    #[schema(example = "invalid_client")]
    error: &'static str,
    /// What was wrong.
    #[schema(example = "the client assertion has expired (exp)")]
    error_description: String,
}

fn refuse(error: &'static str, why: impl Into<String>) -> Response {
    metrics::counter!("hutong_token_refused_total", "error" => error).increment(1);
    let status = match error {
        "invalid_client" => StatusCode::UNAUTHORIZED,
        _ => StatusCode::BAD_REQUEST,
    };
    (status, uncached(), Json(OAuthError { error, error_description: why.into() })).into_response()
}

fn uncached() -> [(header::HeaderName, HeaderValue); 2] {
    [
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::PRAGMA, HeaderValue::from_static("no-cache")),
    ]
}

/// Get an access token.
///
/// OAuth 2.0 client credentials with a signed JWT (RFC 7523; SMART Backend Services). Tokens live
/// five minutes; a suspended member's tokens end at once.
#[utoipa::path(
    post, path = "/oauth/token", tag = "Signing in",
    request_body(content = TokenForm, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "The token", body = Token),
        (status = 400, description = "The request is wrong", body = OAuthError),
        (status = 401, description = "The client did not prove who it is", body = OAuthError),
        (status = 429, description = "Too many tries; see Retry-After"),
    ),
    security(())
)]
pub(crate) async fn token(
    public: Public,
    form: Result<Form<TokenForm>, FormRejection>,
) -> Response {
    if let Err(problem) = public.count_address(Bucket::TokenAddress) {
        return problem.into_response();
    }
    let Ok(Form(form)) = form else {
        return refuse("invalid_request", "send a form: application/x-www-form-urlencoded");
    };
    if form.grant_type != GRANT_TYPE {
        return refuse("unsupported_grant_type", format!("grant_type must be {GRANT_TYPE}"));
    }
    if form.client_assertion_type != ASSERTION_TYPE {
        return refuse(
            "invalid_request",
            format!("client_assertion_type must be {ASSERTION_TYPE}"),
        );
    }
    let scopes = match Scopes::parse(&form.scope) {
        Ok(scopes) => scopes,
        Err(error) => return refuse("invalid_scope", error.to_string()),
    };
    let member = match assertion::verify(public.node(), form.client_assertion.trim()).await {
        Ok(member) => member,
        Err(Refusal::Client(why)) => return refuse("invalid_client", why),
        Err(Refusal::Failed(problem)) => return problem.into_response(),
    };
    let expires_at = public.node().now().plus_s(ACCESS_TOKEN_S);
    tracing::debug!(member = %member.id, "signed in");
    let scope = if form.scope.trim().is_empty() { Scopes::DEFAULT.into() } else { form.scope };
    let token = Token {
        access_token: public.issue_token(&member.id, scopes, expires_at),
        token_type: "bearer",
        expires_in: ACCESS_TOKEN_S,
        scope,
    };
    (uncached(), Json(token)).into_response()
}
