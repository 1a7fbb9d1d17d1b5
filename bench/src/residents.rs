//! Residents who fetch codes and show them.

use crate::{doses, server::Server, system::SystemClock};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hutong_code::{Algorithm, Sign, SigningKey, present};
use hutong_model::Clock;
use hutong_node::residents::device_proof;
use parking_lot::Mutex;
use serde_json::{Value, json};
use std::net::SocketAddr;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpSocket,
};

/// Sign-ins from one address, which a node takes at once.
const TRIES_OF_AN_ADDRESS: u64 = 50;

/// A resident who is signed in on a phone.
pub struct Resident {
    session: String,
    device: String,
    key: SigningKey,
    /// The assertion that the phone holds.
    held: Mutex<Option<Vec<u8>>>,
}

impl Resident {
    /// Signs the person of a number in: the one-time code is read from the console.
    pub fn sign_in(node: &mut Server, number: u64) -> Self {
        let document = json!({ "kind": "resident-id", "number": doses::resident_id(number) });
        let address = node.address;
        let started = post(number, address, "/v1/sign-ins", None, &json!({ "document": document }));
        let challenge = started["challenge"].as_str().expect("a challenge").to_owned();
        let said = node.says();
        assert!(challenge.starts_with(said["challenge"].as_str().expect("a challenge")), "{said}");
        let redeem = json!({ "challenge": challenge, "code": said["code"] });
        let session = post(number, address, "/v1/sessions", None, &redeem);
        let session = session["token"].as_str().expect("a session").to_owned();
        let key = SigningKey::generate(Algorithm::Es256).expect("key");
        let proof = key.sign(&device_proof(&session)).expect("signature");
        let device = json!({
            "key": URL_SAFE_NO_PAD.encode(key.public_key().cose_key().to_bytes()),
            "proof": URL_SAFE_NO_PAD.encode(proof),
        });
        let device = post(number, address, "/v1/me/devices", Some(&session), &device);
        let device = device["id"].as_str().expect("a phone").to_owned();
        Self { session, device, key, held: Mutex::new(None) }
    }

    /// The request for a new code.
    pub fn wants_code(&self, address: SocketAddr) -> String {
        let body = json!({ "device": self.device }).to_string();
        request(address, "/v1/me/codes", Some(&self.session), &body)
    }

    /// The request for what is said to the person.
    pub fn wants_notices(&self, address: SocketAddr) -> String {
        let session = &self.session;
        format!(
            "GET /v1/me/notices HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {session}\r\n\r\n"
        )
    }

    /// Keeps the code of an answer; whether there was one.
    pub fn keep(&self, answer: &str) -> bool {
        let text = answer.split("\"assertion\":\"").nth(1).and_then(|rest| rest.split('"').next());
        let Some(assertion) = text.and_then(|text| URL_SAFE_NO_PAD.decode(text).ok()) else {
            return false;
        };
        *self.held.lock() = Some(assertion);
        true
    }

    /// The code as the phone shows it now, where it holds one.
    pub fn shows(&self) -> Option<String> {
        let held = self.held.lock();
        present(held.as_deref()?, SystemClock.now(), &self.key).ok()
    }
}

/// A request with a JSON body.
pub fn request(address: SocketAddr, path: &str, token: Option<&str>, body: &str) -> String {
    let token = token.map(|token| format!("authorization: Bearer {token}\r\n"));
    format!(
        "POST {path} HTTP/1.1\r\nhost: {address}\r\n{}content-type: application/json\r\n\
         content-length: {}\r\n\r\n{body}",
        token.unwrap_or_default(),
        body.len()
    )
}

/// One request on a connection of its own, from one of the addresses of this machine: a node lets
/// an address try only so often.
fn post(from: u64, address: SocketAddr, path: &str, token: Option<&str>, body: &Value) -> Value {
    let text = request(address, path, token, &body.to_string());
    let text = text.replacen("\r\n\r\n", "\r\nconnection: close\r\n\r\n", 1);
    let own = SocketAddr::from(([127, 0, 1, (from / TRIES_OF_AN_ADDRESS) as u8 + 1], 0));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let answer = runtime.expect("runtime").block_on(async {
        let socket = TcpSocket::new_v4()?;
        socket.bind(own)?;
        let mut wire = socket.connect(address).await?;
        wire.write_all(text.as_bytes()).await?;
        let mut answer = String::new();
        wire.read_to_string(&mut answer).await?;
        Ok::<_, std::io::Error>(answer)
    });
    let answer = answer.expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 20"), "{path}: {answer}");
    let body = answer.split("\r\n\r\n").nth(1).expect("a body");
    serde_json::from_str(body).expect("JSON")
}
