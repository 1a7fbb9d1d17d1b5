//! A resident's phone: signs in at a node, holds a key that never leaves it, and shows codes
//! without asking anybody.

use super::{child::Child, tree};
use crate::{client::Server, clock::SystemClock, failure::Failure};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hutong_code::{Algorithm, Sign, SigningKey};
use hutong_model::{Clock, Document, Timestamp};
use hutong_node::residents::device_proof;
use reqwest::Method;
use serde_json::{Value, json};

/// A phone whose resident is signed in.
pub struct Phone {
    server: Server,
    session: String,
    key: SigningKey,
    device: String,
}

/// A code that the phone holds.
pub struct Held {
    /// The signed assertion.
    pub assertion: Vec<u8>,
    /// Its level.
    pub level: Option<String>,
    /// The whole answer.
    pub answer: Value,
}

fn unusable(error: impl std::fmt::Display) -> Failure {
    Failure::setup(error.to_string(), "")
}

impl Phone {
    /// Signs a resident in: the one-time code is read from the node's console, as the resident
    /// would read it from a message. Then registers a new key.
    ///
    /// # Errors
    /// [`Failure`] where the node refuses.
    pub async fn sign_in(
        node: &mut tree::Member,
        document: &Document,
        algorithm: Algorithm,
    ) -> Result<Self, Failure> {
        let server = node.server.clone();
        let started = server.request(Method::POST, "/v1/sign-ins");
        let started = server.json(started.json(&json!({ "document": document }))).await?;
        let challenge = started["challenge"].as_str().unwrap_or_default();
        let code = one_time_code(&mut node.process, challenge).await?;
        let redeem = json!({ "challenge": challenge, "code": code });
        let session = server.request(Method::POST, "/v1/sessions").json(&redeem);
        let session = server.json(session).await?;
        let session = session["token"].as_str().unwrap_or_default().to_owned();
        let key = SigningKey::generate(algorithm).map_err(unusable)?;
        let mut phone = Self { server, session, key, device: String::new() };
        phone.device = phone.register().await?;
        Ok(phone)
    }

    async fn register(&self) -> Result<String, Failure> {
        let proof = self.key.sign(&device_proof(&self.session)).map_err(unusable)?;
        let body = json!({
            "key": URL_SAFE_NO_PAD.encode(self.key.public_key().cose_key().to_bytes()),
            "proof": URL_SAFE_NO_PAD.encode(proof),
        });
        let device = self.post("/v1/me/devices", &body).await?;
        Ok(device["id"].as_str().unwrap_or_default().to_owned())
    }

    /// The session token, for the command lines shown at the end.
    pub fn session(&self) -> &str {
        &self.session
    }

    /// `GET` as the resident.
    ///
    /// # Errors
    /// [`Failure`] where the node refuses.
    pub async fn get(&self, path: &str) -> Result<Value, Failure> {
        let request = self.server.request(Method::GET, path).bearer_auth(&self.session);
        self.server.json(request).await
    }

    /// `POST` as the resident.
    ///
    /// # Errors
    /// [`Failure`] where the node refuses.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        let request = self.server.request(Method::POST, path).bearer_auth(&self.session);
        self.server.json(request.json(body)).await
    }

    /// Fetches a code for this phone.
    ///
    /// # Errors
    /// [`Failure`] where the node refuses.
    pub async fn fetch_code(&self) -> Result<Held, Failure> {
        let answer = self.post("/v1/me/codes", &json!({ "device": self.device })).await?;
        let text = answer["assertion"].as_str().unwrap_or_default();
        let assertion = URL_SAFE_NO_PAD.decode(text).map_err(unusable)?;
        let level = answer["level"].as_str().map(str::to_owned);
        Ok(Held { assertion, level, answer })
    }

    /// Shows a code: signs it with the phone's own key at a time. No server is asked.
    ///
    /// # Errors
    /// [`Failure`] where the key fails.
    pub fn show_at(&self, assertion: &[u8], at: Timestamp) -> Result<String, Failure> {
        hutong_code::present(assertion, at, &self.key).map_err(unusable)
    }

    /// Shows a code now.
    ///
    /// # Errors
    /// As [`Phone::show_at`].
    pub fn show(&self, held: &Held) -> Result<String, Failure> {
        self.show_at(&held.assertion, SystemClock.now())
    }
}

/// The one-time code of a challenge, from the node's console.
///
/// # Errors
/// [`Failure`] where it does not come.
pub async fn one_time_code(node: &mut Child, challenge: &str) -> Result<String, Failure> {
    loop {
        let said = node.event("one-time-code").await?;
        let id = said["challenge"].as_str().unwrap_or_default();
        if !id.is_empty() && challenge.starts_with(id) {
            return Ok(said["code"].as_str().unwrap_or_default().to_owned());
        }
    }
}
