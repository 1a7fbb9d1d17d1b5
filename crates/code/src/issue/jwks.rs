//! Key sets and thumbprints, as issuers of SMART Health Cards publish them.

use super::IssueError;
use crate::suite::{Algorithm, VerifyingKey};
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

/// The thumbprint of a public key (RFC 7638): base64url of SHA-256 of its required members, in the
/// order of their names. None where the JWK is of no known kind or lacks one.
pub fn thumbprint(jwk: &Value) -> Option<String> {
    let names: &[&str] = match jwk.get("kty")?.as_str()? {
        "EC" => &["crv", "kty", "x", "y"],
        "RSA" => &["e", "kty", "n"],
        "OKP" => &["crv", "kty", "x"],
        _ => return None,
    };
    let member = |name: &&str| {
        let value = jwk.get(*name)?.as_str()?;
        Some(format!("{}:{}", json!(name), json!(value)))
    };
    let members = names.iter().map(member).collect::<Option<Vec<_>>>()?;
    let canonical = format!("{{{}}}", members.join(","));
    Some(URL_SAFE_NO_PAD.encode(digest(&SHA256, canonical.as_bytes())))
}

/// The name of a key in SMART Health Cards: its thumbprint.
///
/// # Errors
/// [`IssueError::Algorithm`] unless it is a key of ES256.
pub fn key_id(key: &VerifyingKey) -> Result<String, IssueError> {
    if key.algorithm() != Algorithm::Es256 {
        return Err(IssueError::Algorithm);
    }
    thumbprint(&key.to_jwk()).ok_or(IssueError::Algorithm)
}

/// The key set (RFC 7517 section 5) of an issuer's keys, for `.well-known/jwks.json` under its
/// address (SMART Health Cards Framework, "Determining keys associated with an issuer").
///
/// # Errors
/// [`IssueError::Algorithm`] unless all are keys of ES256.
pub fn key_set(keys: &[VerifyingKey]) -> Result<Value, IssueError> {
    let entry = |key: &VerifyingKey| {
        let jwk = key.to_jwk();
        Ok(json!({
            "kty": "EC", "kid": key_id(key)?, "use": "sig", "alg": "ES256", "crv": "P-256",
            "x": jwk["x"], "y": jwk["y"],
        }))
    };
    let keys = keys.iter().map(entry).collect::<Result<Vec<_>, IssueError>>()?;
    Ok(json!({ "keys": keys }))
}
