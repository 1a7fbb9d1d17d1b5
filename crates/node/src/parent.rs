//! The node above: signing in (SMART Backend Services, RFC 7523) and asking.

use crate::{NodeError, settings::ParentSettings};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::Bytes;
use hutong_code::{Sign, SigningKey};
use hutong_model::{Entropy, MemberId, Purpose, RegionCode, Timestamp, limits};
use serde::{Serialize, de::DeserializeOwned};
use std::sync::Arc;
use std::time::Duration;

/// A client of the node above.
pub struct Parent {
    http: reqwest::Client,
    url: String,
    client_id: MemberId,
    key: Arc<SigningKey>,
    token: tokio::sync::Mutex<Option<Token>>,
}

struct Token {
    text: String,
    expires_at: Timestamp,
}

/// An HTTP client with our TLS and time limits.
///
/// # Errors
/// [`NodeError::Setup`] where TLS cannot be set up.
pub fn http_client(timeout: Duration) -> Result<reqwest::Client, NodeError> {
    reqwest::Client::builder()
        .timeout(timeout)
        .connect_timeout(Duration::from_millis(limits::PARENT_MS_MAX))
        .tcp_nodelay(true)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
        .map_err(|error| NodeError::Setup(format!("cannot set up an HTTP client: {error}")))
}

/// What is needed to sign a request.
pub struct Moment<'a> {
    /// The present instant.
    pub now: Timestamp,
    /// Randomness for token ids.
    pub entropy: &'a dyn Entropy,
}

impl Parent {
    /// A client for the configured parent.
    ///
    /// # Errors
    /// [`NodeError::Setup`] where the certificate file cannot be read.
    pub fn new(
        settings: &ParentSettings,
        region: RegionCode,
        key: Arc<SigningKey>,
    ) -> Result<Self, NodeError> {
        let setup = |error: String| NodeError::Setup(format!("parent: {error}"));
        let mut builder = reqwest::Client::builder()
            .connect_timeout(Duration::from_millis(limits::PARENT_MS_MAX))
            .tcp_nodelay(true)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy();
        if let Some(file) = &settings.ca_file {
            let pem = std::fs::read(file).map_err(|e| setup(format!("{file}: {e}")))?;
            let certificates = reqwest::Certificate::from_pem_bundle(&pem)
                .map_err(|e| setup(format!("{file}: {e}")))?;
            builder = builder.tls_certs_merge(certificates);
        }
        let http = builder.build().map_err(|e| setup(e.to_string()))?;
        Ok(Self {
            http,
            url: settings.url.trim_end_matches('/').to_owned(),
            client_id: MemberId::of_node(region),
            key,
            token: tokio::sync::Mutex::new(None),
        })
    }

    /// Where the parent is.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Sends JSON, expects JSON.
    ///
    /// # Errors
    /// [`NodeError::Parent`] where it does not answer in time or refuses.
    pub async fn post_json<Q: Serialize, A: DeserializeOwned>(
        &self,
        path: &str,
        question: &Q,
        moment: Moment<'_>,
    ) -> Result<A, NodeError> {
        let body = serde_json::to_vec(question).map_err(|e| NodeError::Parent(e.to_string()))?;
        let bytes =
            self.post(path, "application/json", body, limits::PARENT_MS_MAX, moment).await?;
        serde_json::from_slice(&bytes).map_err(|e| NodeError::Parent(format!("{path}: {e}")))
    }

    /// Sends bytes, expects bytes. Signs in first where needed, and once more where the token was
    /// refused.
    ///
    /// # Errors
    /// [`NodeError::Parent`] where it does not answer in time or refuses.
    pub async fn post(
        &self,
        path: &str,
        content_type: &'static str,
        body: impl Into<Bytes>,
        timeout_ms: u64,
        moment: Moment<'_>,
    ) -> Result<Bytes, NodeError> {
        let body: Bytes = body.into();
        for attempt in 0..2 {
            let token = self.token(&moment, attempt > 0).await?;
            let answer = self
                .http
                .post(format!("{}{path}", self.url))
                .timeout(Duration::from_millis(timeout_ms))
                .header("content-type", content_type)
                .header("hutong-purpose", Purpose::NodeExchange.as_str())
                .bearer_auth(token)
                .body(body.clone())
                .send()
                .await
                .map_err(|e| unreachable(path, &e))?;
            if answer.status() == reqwest::StatusCode::UNAUTHORIZED && attempt == 0 {
                continue;
            }
            return read(path, answer).await;
        }
        Err(NodeError::Parent(format!("{path}: refused our sign-in")))
    }

    /// The access token, a new one where it is about to expire or `renew` is set.
    async fn token(&self, moment: &Moment<'_>, renew: bool) -> Result<String, NodeError> {
        let mut held = self.token.lock().await;
        if let Some(token) =
            held.as_ref().filter(|t| !renew && t.expires_at > moment.now.plus_s(20))
        {
            return Ok(token.text.clone());
        }
        let path = "/oauth/token";
        let audience = format!("{}{path}", self.url);
        let assertion = client_assertion(&self.key, self.client_id.as_str(), &audience, moment)?;
        let form = [
            ("grant_type", "client_credentials"),
            ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
            ("client_assertion", assertion.as_str()),
            ("scope", "system/*.cruds"),
        ];
        let body = form
            .iter()
            .map(|(name, value)| format!("{name}={}", percent(value)))
            .collect::<Vec<_>>()
            .join("&");
        let answer = self
            .http
            .post(&audience)
            .timeout(Duration::from_millis(limits::PARENT_MS_MAX))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body)
            .send()
            .await
            .map_err(|e| unreachable(path, &e))?;
        #[derive(serde::Deserialize)]
        struct Answer {
            access_token: String,
            expires_in: i64,
        }
        let answer: Answer = serde_json::from_slice(&read(path, answer).await?)
            .map_err(|e| NodeError::Parent(format!("{path}: {e}")))?;
        let token =
            Token { text: answer.access_token, expires_at: moment.now.plus_s(answer.expires_in) };
        let text = token.text.clone();
        *held = Some(token);
        Ok(text)
    }
}

/// A client assertion: a JWT signed by the client's key (RFC 7523 §3; SMART App Launch 2.2,
/// "asymmetric client authentication").
pub fn client_assertion(
    key: &SigningKey,
    client_id: &str,
    audience: &str,
    moment: &Moment<'_>,
) -> Result<String, NodeError> {
    let header = serde_json::json!({
        "alg": key.algorithm().as_str(),
        "typ": "JWT",
        "kid": key.key_id().to_string(),
    });
    let now = moment.now.unix_s();
    let claims = serde_json::json!({
        "iss": client_id,
        "sub": client_id,
        "aud": audience,
        "iat": now,
        "exp": now + limits::CLIENT_ASSERTION_S_MAX - limits::CLOCK_SKEW_S_MAX,
        "jti": hex::encode(moment.entropy.bytes16()),
    });
    let part = |value: serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(header), part(claims));
    let signature = key
        .sign(signed.as_bytes())
        .map_err(|error| NodeError::Setup(format!("cannot sign in: {error}")))?;
    Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
}

/// Percent-encodes a form value.
pub(crate) fn percent(value: &str) -> String {
    value
        .bytes()
        .map(|b| match b {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                char::from(b).to_string()
            }
            b => format!("%{b:02X}"),
        })
        .collect()
}

async fn read(path: &str, answer: reqwest::Response) -> Result<Bytes, NodeError> {
    let status = answer.status();
    let bytes = answer.bytes().await.map_err(|e| unreachable(path, &e))?;
    if status.is_success() {
        return Ok(bytes);
    }
    #[derive(serde::Deserialize, Default)]
    #[serde(default)]
    struct Problem {
        title: String,
        detail: String,
    }
    let problem: Problem = serde_json::from_slice(&bytes).unwrap_or_default();
    Err(NodeError::Parent(format!("{path}: {status} {} {}", problem.title, problem.detail)))
}

fn unreachable(path: &str, error: &reqwest::Error) -> NodeError {
    let why = if error.is_timeout() {
        "no answer in time"
    } else if error.is_connect() {
        "cannot be reached"
    } else {
        "the connection broke"
    };
    NodeError::Parent(format!("{path}: {why}"))
}
