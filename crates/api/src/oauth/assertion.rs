//! Client assertions (RFC 7523 §3): who signs in, proved by a signature of one of its keys.

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hutong_model::{
    Member, MemberId, MemberStatus, Timestamp,
    limits::{CLIENT_ASSERTION_S_MAX, CLOCK_SKEW_S_MAX},
};
use hutong_node::Node;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, jwk::Jwk};
use serde::Deserialize;
use std::{collections::HashSet, sync::Arc};

/// Algorithms that are accepted, by their JOSE names.
pub(crate) const ALGORITHMS: [(&str, Algorithm); 7] = [
    ("ES384", Algorithm::ES384),
    ("RS384", Algorithm::RS384),
    ("ES256", Algorithm::ES256),
    ("EdDSA", Algorithm::EdDSA),
    ("PS384", Algorithm::PS384),
    ("PS256", Algorithm::PS256),
    ("PS512", Algorithm::PS512),
];
/// Longest assertion, in bytes.
const ASSERTION_BYTES_MAX: usize = 8 * 1024;
/// Longest `jti`, in bytes.
const JTI_BYTES_MAX: usize = 256;
/// Keys of a member that are tried where the assertion names none.
const KEYS_TRIED_MAX: usize = 8;
/// Keeps used ids of assertions apart from other things used once.
const SCOPE: &str = "client-assertion";

/// Why an assertion is refused.
#[derive(Debug)]
pub(super) enum Refusal {
    /// The client did not prove who it is.
    Client(String),
    /// Something failed here.
    Failed(crate::problem::Problem),
}

impl Refusal {
    fn because(reason: impl Into<String>) -> Self {
        Self::Client(reason.into())
    }
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    #[serde(default)]
    kid: Option<String>,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    exp: f64,
    #[serde(default)]
    iat: Option<f64>,
    #[serde(default)]
    nbf: Option<f64>,
    jti: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

/// The member that an assertion proves, used up by this.
pub(super) async fn verify(node: &Node, text: &str) -> Result<Arc<Member>, Refusal> {
    if text.len() > ASSERTION_BYTES_MAX {
        return Err(Refusal::because("the client assertion is too long"));
    }
    let mut parts = text.split('.');
    let (Some(header), Some(claims), Some(_), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(Refusal::because("the client assertion is not a signed JWT"));
    };
    let header: Header = part(header)
        .ok_or_else(|| Refusal::because("the header of the client assertion cannot be read"))?;
    let algorithm = algorithm(&header.alg)?;
    let claims: Claims = part(claims).ok_or_else(|| {
        Refusal::because(
            "the client assertion lacks one of the claims iss, sub, aud, exp, jti, or one has \
             the wrong type",
        )
    })?;
    let now = node.now();
    let expires_at = check_claims(&claims, &audience_of(node), now)?;
    let member = signer(node, &claims.iss, text, algorithm, header.kid.as_deref())?;
    if member.status != MemberStatus::Active {
        return Err(Refusal::because("the client is suspended"));
    }
    let id = hex::encode(digest(&SHA256, format!("{}\n{}", claims.iss, claims.jti).as_bytes()));
    let keep = expires_at.plus_s(CLOCK_SKEW_S_MAX);
    match node.store().use_once(SCOPE, &id, keep, now).await {
        Ok(true) => Ok(member),
        Ok(false) => Err(Refusal::because("the client assertion was used before (jti)")),
        Err(error) => Err(Refusal::Failed(error.into())),
    }
}

/// The audience of assertions for this node.
pub(super) fn audience_of(node: &Node) -> String {
    format!("{}/oauth/token", node.settings().public_url.trim_end_matches('/'))
}

fn part<T: for<'de> Deserialize<'de>>(text: &str) -> Option<T> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()
}

fn algorithm(name: &str) -> Result<Algorithm, Refusal> {
    let found = ALGORITHMS.iter().find(|(known, _)| *known == name);
    found.map(|(_, algorithm)| *algorithm).ok_or_else(|| {
        let names: Vec<_> = ALGORITHMS.iter().map(|(name, _)| *name).collect();
        Refusal::because(format!("sign the client assertion with one of {}", names.join(", ")))
    })
}

/// Everything that can be said without knowing whether there is such a client.
fn check_claims(claims: &Claims, audience: &str, now: Timestamp) -> Result<Timestamp, Refusal> {
    if claims.iss != claims.sub {
        return Err(Refusal::because("iss and sub must both be the client id"));
    }
    let meant = match &claims.aud {
        Audience::One(one) => one == audience,
        Audience::Several(several) => several.iter().any(|one| one == audience),
    };
    if !meant {
        return Err(Refusal::because(format!("aud must be {audience}")));
    }
    if claims.jti.is_empty() || claims.jti.len() > JTI_BYTES_MAX {
        return Err(Refusal::because("jti must be 1 to 256 bytes"));
    }
    let seconds = |at: f64| at as i64; // saturates
    let (now, skew) = (now.unix_s(), CLOCK_SKEW_S_MAX);
    let expires = seconds(claims.exp);
    if expires <= now.saturating_sub(skew) {
        return Err(Refusal::because("the client assertion has expired (exp)"));
    }
    if expires > now + CLIENT_ASSERTION_S_MAX + skew {
        return Err(Refusal::because(format!(
            "exp must lie no more than {CLIENT_ASSERTION_S_MAX} seconds ahead"
        )));
    }
    let later = |at: Option<f64>| at.is_some_and(|at| seconds(at) > now + skew);
    if later(claims.nbf) || later(claims.iat) {
        return Err(Refusal::because("the client assertion is not valid yet (iat, nbf)"));
    }
    Ok(Timestamp::from_unix_s(expires))
}

/// The member, where one of its keys signed. The answer is the same for an unknown client and a
/// wrong signature: who is a member is told to nobody who is not that member.
fn signer(
    node: &Node,
    id: &str,
    text: &str,
    algorithm: Algorithm,
    kid: Option<&str>,
) -> Result<Arc<Member>, Refusal> {
    let unproved = || {
        Refusal::because("the client is not known here, or none of its keys signed the assertion")
    };
    let member = MemberId::parse(id).ok().and_then(|id| node.member(&id)).ok_or_else(unproved)?;
    let mut validation = Validation::new(algorithm);
    validation.validate_exp = false; // by our own clock, above
    validation.validate_aud = false;
    validation.required_spec_claims = HashSet::new();
    let keys = member.jwks.get("keys").and_then(|keys| keys.as_array()).ok_or_else(unproved)?;
    let named = |jwk: &Jwk| match (kid, &jwk.common.key_id) {
        (Some(wanted), Some(own)) => wanted == own,
        _ => true,
    };
    let proved = keys
        .iter()
        .filter_map(|key| serde_json::from_value::<Jwk>(key.clone()).ok())
        .filter(named)
        .take(KEYS_TRIED_MAX)
        .filter_map(|jwk| DecodingKey::from_jwk(&jwk).ok())
        .any(|key| {
            key.family() == algorithm.family()
                && jsonwebtoken::decode::<serde::de::IgnoredAny>(text, &key, &validation).is_ok()
        });
    if proved { Ok(member) } else { Err(unproved()) }
}
