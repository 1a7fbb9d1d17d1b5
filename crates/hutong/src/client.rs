//! A member's client of a node: signs in with the member's key (SMART Backend Services, RFC 7523)
//! and asks for one purpose.

use crate::{
    clock::{OsEntropy, SystemClock},
    failure::{Exit, Failure},
};
use hutong_code::SigningKey;
use hutong_model::{Clock, MemberId, Purpose, Timestamp};
use hutong_node::parent::{Moment, client_assertion};
use reqwest::{Method, RequestBuilder, Response, StatusCode, header::HeaderValue};
use serde_json::Value;
use std::{future::ready, path::Path, sync::Arc, time::Duration};
use tokio::sync::Mutex;

/// How long a question may take.
const ANSWER: Duration = Duration::from_secs(30);
/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(5);
/// Connections kept for later. A node that was started again has closed each of them, and a client
/// may meet one after the other before it opens a new one.
const KEPT: usize = 4;
/// How often a request is sent that may be sent twice, where the connection breaks.
pub const SENDINGS: usize = KEPT + 1;

/// A node as somebody on the network sees it.
#[derive(Debug, Clone)]
pub struct Server {
    http: reqwest::Client,
    url: String,
}

/// A member at a node.
#[derive(Clone)]
pub struct Client {
    server: Server,
    id: MemberId,
    key: Arc<SigningKey>,
    purpose: Purpose,
    token: Arc<Mutex<Option<(String, Timestamp)>>>,
}

impl Server {
    /// The node at a URL. `ca` is a PEM file that its certificate must chain to, where the
    /// system's own certificates do not do.
    ///
    /// # Errors
    /// [`Failure`] where the URL or the file cannot be used.
    pub fn new(url: &str, ca: Option<&Path>) -> Result<Self, Failure> {
        let url = url.trim_end_matches('/').to_owned();
        if !(url.starts_with("http://") || url.starts_with("https://")) {
            return Err(Failure::usage(
                format!("{url}: not the address of a node"),
                "write it as https://node.example",
            ));
        }
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let mut builder = reqwest::Client::builder()
            .connect_timeout(CONNECT)
            .pool_max_idle_per_host(KEPT)
            .tcp_nodelay(true)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy();
        if let Some(path) = ca {
            let pem = std::fs::read(path).map_err(|error| Failure::file(path, &error))?;
            let certificates = reqwest::Certificate::from_pem_bundle(&pem).map_err(|error| {
                Failure::setup(format!("{}: {error}", path.display()), "give certificates in PEM")
            })?;
            builder = builder.tls_certs_merge(certificates);
        }
        let http = builder
            .build()
            .map_err(|error| Failure::setup(format!("cannot set up HTTP: {error}"), ""))?;
        Ok(Self { http, url })
    }

    /// Its URL, without a slash at the end.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A request to a path of it.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.url)).timeout(ANSWER)
    }

    /// Sends a request; the answer, whatever its status.
    ///
    /// # Errors
    /// [`Failure`] where no answer came.
    pub async fn send(&self, request: RequestBuilder) -> Result<Response, Failure> {
        request.send().await.map_err(|error| self.no_answer(&error))
    }

    /// Sends a request that may be sent twice (RFC 9110 §9.2.2), and again where the connection
    /// breaks before an answer: it may be one from before the node was started again.
    ///
    /// # Errors
    /// [`Failure`] of `request`, or where no answer came.
    pub async fn send_again<Built>(&self, request: impl Fn() -> Built) -> Result<Response, Failure>
    where
        Built: Future<Output = Result<RequestBuilder, Failure>>,
    {
        let mut sendings = 1;
        loop {
            match request().await?.send().await {
                Ok(answer) => return Ok(answer),
                Err(error) if is_broken(&error) && sendings < SENDINGS => sendings += 1,
                Err(error) => return Err(self.no_answer(&error)),
            }
        }
    }

    /// What it means that no answer came.
    pub fn no_answer(&self, error: &reqwest::Error) -> Failure {
        let why = if error.is_timeout() {
            "no answer in time".to_owned()
        } else {
            let mut cause: &dyn std::error::Error = error;
            while let Some(source) = cause.source() {
                cause = source;
            }
            cause.to_string()
        };
        Failure::setup(
            format!("{}: {why}", self.url),
            "check the address and that the node runs (hutong doctor on its machine)",
        )
    }

    /// Sends a request; the JSON of its answer.
    ///
    /// # Errors
    /// [`Failure`] where no answer came, or it was refused: then with what the node said.
    pub async fn json(&self, request: RequestBuilder) -> Result<Value, Failure> {
        self.accepted(self.answer(request).await?)
    }

    fn accepted(&self, (status, body): (StatusCode, Value)) -> Result<Value, Failure> {
        if status.is_success() { Ok(body) } else { Err(self.refused(status, &body)) }
    }

    /// Sends a request; status and JSON of its answer (null where it is none).
    ///
    /// # Errors
    /// [`Failure`] where no answer came.
    pub async fn answer(&self, request: RequestBuilder) -> Result<(StatusCode, Value), Failure> {
        self.read(self.send(request).await?).await
    }

    async fn read(&self, answer: Response) -> Result<(StatusCode, Value), Failure> {
        let status = answer.status();
        let bytes = answer.bytes().await.map_err(|_| {
            Failure::setup(format!("{}: the connection broke", self.url), "try again")
        })?;
        Ok((status, serde_json::from_slice(&bytes).unwrap_or(Value::Null)))
    }

    /// What a node said when it refused (RFC 9457 problem, OAuth error, `OperationOutcome`).
    pub fn refused(&self, status: StatusCode, body: &Value) -> Failure {
        let text = |pointer: &str| body.pointer(pointer).and_then(Value::as_str).unwrap_or("");
        let parts = [
            text("/title"),
            text("/detail"),
            text("/error"),
            text("/error_description"),
            text("/issue/0/details/text"),
        ];
        let said: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        let remedy = match status.as_u16() {
            400 if text("/error") == "invalid_client" => {
                "the member must be admitted there with this key: hutong member admit"
            }
            401 => "the member must be admitted there with this key: hutong member admit",
            403 => "the member is not admitted for this purpose",
            429 | 503 => "the node is busy: try again later",
            _ => "",
        };
        // The node read what was sent and found something wrong with it (RFC 9110 §15.5.21).
        let exit =
            if status == StatusCode::UNPROCESSABLE_ENTITY { Exit::Wrong } else { Exit::Setup };
        let what = format!("{}: {status} {}", self.url, said.join(": "));
        Failure { exit, what, remedy: remedy.into() }
    }
}

impl Client {
    /// A member that signs in with a key.
    pub fn new(server: Server, id: MemberId, key: Arc<SigningKey>, purpose: Purpose) -> Self {
        Self { server, id, key, purpose, token: Arc::default() }
    }

    /// The node.
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// The same member with another purpose.
    pub fn for_purpose(&self, purpose: Purpose) -> Self {
        Self { purpose, ..self.clone() }
    }

    /// An access token with at least a minute to live, and when it expires.
    ///
    /// # Errors
    /// [`Failure`] where the node refuses or does not answer.
    pub async fn token(&self) -> Result<(String, Timestamp), Failure> {
        let now = SystemClock.now();
        let mut held = self.token.lock().await;
        if let Some((token, expires_at)) = held.as_ref().filter(|(_, end)| end.since_s(now) > 60) {
            return Ok((token.clone(), *expires_at));
        }
        let answer = self.server.send_again(|| ready(self.sign_in())).await?;
        let answer = self.server.accepted(self.server.read(answer).await?)?;
        let token = answer["access_token"].as_str().unwrap_or_default().to_owned();
        let expires_at = now.plus_s(answer["expires_in"].as_i64().unwrap_or(0));
        *held = Some((token.clone(), expires_at));
        Ok((token, expires_at))
    }

    /// The request for an access token, with an assertion of its own.
    fn sign_in(&self) -> Result<RequestBuilder, Failure> {
        let audience = format!("{}/oauth/token", self.server.url);
        let moment = Moment { now: SystemClock.now(), entropy: &OsEntropy };
        let assertion = client_assertion(&self.key, self.id.as_str(), &audience, &moment)?;
        let form = [
            ("grant_type", "client_credentials"),
            ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
            ("client_assertion", assertion.as_str()),
            ("scope", "system/*.cruds"),
        ];
        // Every value is of letters, digits and - _ . : / *, which a form may hold as they are.
        let body: Vec<String> =
            form.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = self.server.request(Method::POST, "/oauth/token");
        let kind = "application/x-www-form-urlencoded";
        Ok(request.header("content-type", kind).body(body.join("&")))
    }

    /// A request with token and purpose.
    ///
    /// # Errors
    /// [`Failure`] where the node refuses the sign-in or does not answer.
    pub async fn request(&self, method: Method, path: &str) -> Result<RequestBuilder, Failure> {
        let (token, _) = self.token().await?;
        Ok(self
            .server
            .request(method, path)
            .bearer_auth(token)
            .header("hutong-purpose", self.purpose.as_str()))
    }

    /// `POST` of JSON to a path, with a legal basis.
    ///
    /// # Errors
    /// As [`Server::json`]; [`Failure`] where the legal basis cannot be sent.
    pub async fn post_by_law(
        &self,
        path: &str,
        legal_basis: &str,
        body: &impl serde::Serialize,
    ) -> Result<Value, Failure> {
        // A header is bytes; the node reads them as UTF-8.
        let basis = HeaderValue::from_bytes(legal_basis.as_bytes())
            .map_err(|_| Failure::usage("--legal-basis has characters that cannot be sent", ""))?;
        let request = self.request(Method::POST, path).await?;
        self.server.json(request.header("hutong-legal-basis", basis).json(body)).await
    }

    /// Forgets the access token: the node no longer takes it, because it was started again.
    pub async fn forget_token(&self) {
        *self.token.lock().await = None;
    }

    /// Sends a request, once more with a new token where the token was not taken; status and JSON
    /// of the answer.
    ///
    /// # Errors
    /// [`Failure`] where no answer came.
    pub async fn answer(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<(StatusCode, Value), Failure> {
        let request = || async {
            let request = self.request(method.clone(), path).await?;
            Ok(match body {
                Some(body) => request.json(body),
                None => request,
            })
        };
        let once = || async {
            let answer = if method.is_safe() {
                self.server.send_again(request).await?
            } else {
                self.server.send(request().await?).await?
            };
            self.server.read(answer).await
        };
        let (status, said) = once().await?;
        if status != StatusCode::UNAUTHORIZED {
            return Ok((status, said));
        }
        self.forget_token().await;
        once().await
    }

    async fn ask(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Value, Failure> {
        let (status, said) = self.answer(method, path, body).await?;
        self.server.accepted((status, said))
    }

    /// `GET` of a path.
    ///
    /// # Errors
    /// As [`Server::json`].
    pub async fn get(&self, path: &str) -> Result<Value, Failure> {
        self.ask(Method::GET, path, None).await
    }

    /// `POST` of JSON to a path.
    ///
    /// # Errors
    /// As [`Server::json`].
    pub async fn post(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        self.ask(Method::POST, path, Some(body)).await
    }
}

/// Whether a connection broke that had been made.
pub fn is_broken(error: &reqwest::Error) -> bool {
    !error.is_connect() && !error.is_timeout() && !error.is_builder()
}

/// Reads a member's private key: PKCS#8 in PEM or DER, readable by its owner only.
///
/// # Errors
/// [`Failure`] where it cannot be read, is open to others, or is no key.
pub fn read_key(path: &Path) -> Result<SigningKey, Failure> {
    let bytes = hutong_node::keys::read_secret(path)?;
    let key = match std::str::from_utf8(&bytes) {
        Ok(text) if text.trim_start().starts_with("-----BEGIN") => SigningKey::from_pem(text),
        _ => SigningKey::from_pkcs8(&bytes),
    };
    key.map_err(|error| {
        Failure::setup(
            format!("{}: {error}", path.display()),
            "give an Ed25519 or P-256 private key (PKCS#8); make one with: hutong key",
        )
    })
}
