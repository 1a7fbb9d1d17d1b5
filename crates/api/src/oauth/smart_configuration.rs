//! `GET /.well-known/smart-configuration`.

use super::{ALGORITHMS, assertion::audience_of};
use crate::access::Public;
use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;

/// How to sign in (SMART App Launch 2.2 §"Conformance").
#[derive(Serialize, ToSchema)]
pub struct SmartConfiguration {
    /// Where tokens are given.
    #[schema(example = "https://node.example/oauth/token")]
    token_endpoint: String,
    /// `private_key_jwt`.
    token_endpoint_auth_methods_supported: [&'static str; 1],
    /// Signature algorithms of client assertions.
    token_endpoint_auth_signing_alg_values_supported: Vec<&'static str>,
    /// `client_credentials`.
    grant_types_supported: [&'static str; 1],
    /// Scopes.
    scopes_supported: Vec<&'static str>,
    /// SMART capabilities.
    capabilities: [&'static str; 3],
}

/// How to sign in.
#[utoipa::path(
    get, path = "/.well-known/smart-configuration", tag = "Signing in",
    responses((status = 200, description = "The configuration", body = SmartConfiguration)),
    security(())
)]
pub(crate) async fn smart_configuration(public: Public) -> Json<SmartConfiguration> {
    Json(SmartConfiguration {
        token_endpoint: audience_of(public.node()),
        token_endpoint_auth_methods_supported: ["private_key_jwt"],
        token_endpoint_auth_signing_alg_values_supported: ALGORITHMS
            .iter()
            .map(|(name, _)| *name)
            .collect(),
        grant_types_supported: ["client_credentials"],
        scopes_supported: vec!["system/*.cruds", "system/*.rs", "system/*.c"],
        capabilities: ["client-confidential-asymmetric", "permission-v1", "permission-v2"],
    })
}
