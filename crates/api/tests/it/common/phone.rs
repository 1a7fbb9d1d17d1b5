//! A resident with a phone.

use super::{Reply, Town, people::Someone, reply};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hutong_code::{Algorithm, Sign, SigningKey};
use hutong_node::residents::device_proof;
use serde_json::{Value, json};

/// A signed-in resident and their phone.
pub struct Phone {
    pub token: String,
    pub person: String,
    pub key: SigningKey,
    pub device: String,
}

impl Town {
    /// The last one-time code that was sent.
    pub fn last_code(&self) -> String {
        self.sent.lock().last().expect("a code was sent").2.clone()
    }

    /// Posts JSON without a token.
    pub async fn post_open(&self, path: &str, body: &Value) -> Reply {
        let request = self.http.post(format!("{}{path}", self.url));
        reply(request.header("content-type", "application/json").body(body.to_string())).await
    }

    /// Signs somebody in: session token and person.
    pub async fn sign_in(&self, who: &Someone) -> (String, String) {
        let started = json!({ "document": who.document() });
        let started = self.post_open("/v1/sign-ins", &started).await.expect(202);
        let redeem = json!({ "challenge": started.body["challenge"], "code": self.last_code() });
        let session = self.post_open("/v1/sessions", &redeem).await.expect(201).body;
        let text = |name: &str| session[name].as_str().expect("text").to_owned();
        (text("token"), text("person"))
    }

    /// Signs somebody in and registers a phone of theirs.
    pub async fn phone(&self, who: &Someone) -> Phone {
        let (token, person) = self.sign_in(who).await;
        let key = SigningKey::generate(Algorithm::Es256).expect("a key");
        let proof = key.sign(&device_proof(&token)).expect("signed");
        let body = json!({
            "key": URL_SAFE_NO_PAD.encode(key.public_key().cose_key().to_bytes()),
            "proof": URL_SAFE_NO_PAD.encode(proof),
        });
        let request = self.ask("POST", "/v1/me/devices", &token);
        let request = request.header("content-type", "application/json").body(body.to_string());
        let device = reply(request).await.expect(201).body;
        Phone { token, person, key, device: device["id"].as_str().expect("an id").to_owned() }
    }

    /// The phone gets its code and shows it.
    pub async fn show(&self, phone: &Phone) -> String {
        let body = json!({ "device": phone.device }).to_string();
        let request = self.ask("POST", "/v1/me/codes", &phone.token);
        let request = request.header("content-type", "application/json").body(body);
        let code = reply(request).await.expect(201).body;
        let assertion = code["assertion"].as_str().expect("an assertion");
        let assertion = URL_SAFE_NO_PAD.decode(assertion).expect("base64url");
        hutong_code::present(&assertion, self.node.now(), &phone.key).expect("shown")
    }

    /// The phone asks for something of its own.
    pub async fn mine(
        &self,
        phone: &Phone,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> Reply {
        let mut request = self.ask(method, path, &phone.token);
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        reply(request).await
    }
}
