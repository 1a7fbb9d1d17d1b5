//! A real server on a free port, over a real store in a folder of its own, with a clock that the
//! test moves and phones that the test holds.
#![allow(dead_code, reason = "each test file uses a part of it")]

pub mod child;
pub mod people;
pub mod phone;

use hutong_api::ApiOptions;
use hutong_code::{Algorithm, Sign, SigningKey};
use hutong_model::{Clock, Entropy, Member, MemberId, MemberKind, Purpose, RegionCode, Timestamp};
use hutong_node::{
    Node, NodeSettings, Parts,
    keys::{self, KeyUse, Keys},
    members::NewMember,
    parent::{Moment, client_assertion},
    rulebook::events::NewEvent,
};
use hutong_rules::Text;
use hutong_store::{BlindKey, EmbeddedStore, KeyRing};
use parking_lot::Mutex;
use serde_json::Value;
use std::{
    collections::BTreeSet,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

/// What departments name.
pub const LAW: &str = "Law on infectious diseases, article 42";

/// 2026-11-22T10:00:00Z.
pub const START_MS: i64 = 1_795_341_600_000;

/// A clock that the test moves.
pub struct TestClock(AtomicI64);

impl TestClock {
    pub fn advance_s(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1000, Ordering::SeqCst);
    }
}
impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_ms(self.0.load(Ordering::SeqCst))
    }
}

/// The system's randomness.
pub struct TestEntropy;
impl Entropy for TestEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        aws_lc_rs::rand::fill(bytes).expect("randomness");
    }
}

/// A one-time code as it was "sent": challenge, masked document, code.
pub type Sent = Arc<Mutex<Vec<(String, String, String)>>>;

/// A running node and what the test needs to speak to it.
pub struct Town {
    pub url: String,
    pub node: Arc<Node>,
    pub clock: Arc<TestClock>,
    pub http: reqwest::Client,
    pub sent: Sent,
    server: tokio::task::JoinHandle<()>,
    folder: tempfile::TempDir,
}

impl Drop for Town {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// A member with its key.
pub struct Office {
    pub member: Arc<Member>,
    pub key: SigningKey,
}

/// Where a node behind a gateway says that it is reached.
pub const PUBLIC_URL: &str = "https://node.example";

/// Starts the root's node, with an event in force.
pub async fn town() -> Town {
    town_with(|options| options).await
}

/// Starts the root's node with other options.
pub async fn town_with(change: impl FnOnce(ApiOptions) -> ApiOptions) -> Town {
    start(None, change).await
}

/// Starts the root's node behind a gateway that ends TLS, at [`PUBLIC_URL`].
pub async fn town_behind_a_gateway() -> Town {
    start(Some(PUBLIC_URL), |options| options).await
}

async fn start(public_url: Option<&str>, change: impl FnOnce(ApiOptions) -> ApiOptions) -> Town {
    let folder = tempfile::tempdir().expect("a folder");
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let clock = Arc::new(TestClock(AtomicI64::new(START_MS)));
    let entropy: Arc<dyn Entropy> = Arc::new(TestEntropy);
    let path = folder.path().join("node.db");
    let store = EmbeddedStore::open(
        &path,
        KeyRing::generate(&*entropy),
        BlindKey::generate(&*entropy),
        entropy.clone(),
    )
    .expect("a store");
    let key_folder = folder.path().join("keys");
    for key_use in KeyUse::ALL {
        keys::create(&key_folder, key_use, Algorithm::EdDsa).expect("a key");
    }
    let sent: Sent = Sent::default();
    let sink = sent.clone();
    let region = RegionCode::NATION;
    let node = Node::new(Parts {
        settings: NodeSettings {
            region,
            name: "Test nation".into(),
            public_url: public_url.unwrap_or(&url).into(),
            country: "CN".into(),
            font_file: None,
            parent: None,
            demonstration_identity: true,
            persons_per_operator_day: hutong_model::limits::PERSONS_PER_OPERATOR_DAY,
            also_serves: Vec::new(),
        },
        store: Arc::new(store),
        clock: clock.clone(),
        entropy: entropy.clone(),
        keys: Keys::load(&key_folder).expect("keys"),
        ledger: Some(folder.path().join("ledger")),
        codes: Arc::new(move |challenge, document, code| {
            sink.lock().push((challenge.into(), document.into(), code.into()));
        }),
    })
    .await
    .expect("a node");
    node.declare_event(NewEvent {
        id: "test-2026".into(),
        title: Text { zh: "测试事件".into(), en: "Test event".into() },
        kind: "epidemic".into(),
        agent: "sars-cov-2".into(),
        legal_basis: "test".into(),
        regions: Vec::new(),
        start: Some(clock.now().plus_s(-30 * 86_400)),
        sunset: clock.now().plus_s(300 * 86_400),
    })
    .await
    .expect("declared");
    let options = change(ApiOptions::new(&*entropy).expect("policies"));
    let app = hutong_api::router(node.clone(), options);
    let server = tokio::spawn(async move {
        let service = app.into_make_service_with_connect_info::<SocketAddr>();
        axum::serve(listener, service).await.expect("serving");
    });
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    Town { url, node, clock, http, sent, server, folder }
}

impl Town {
    /// Admits a member of a kind with the purposes usual for it.
    pub async fn admit(&self, name: &str, kind: MemberKind) -> Office {
        self.admit_for(name, kind, None).await
    }

    /// Admits a member with these purposes.
    pub async fn admit_for(
        &self,
        name: &str,
        kind: MemberKind,
        purposes: Option<&[Purpose]>,
    ) -> Office {
        let key = SigningKey::generate(Algorithm::Es256).expect("a key");
        let region = self.node.settings().region;
        let (id, region) = match kind {
            MemberKind::Node => {
                let region = RegionCode::parse(name).expect("a region");
                (MemberId::of_node(region), region)
            }
            _ => (MemberId::parse(&format!("{region}.{name}")).expect("an id"), region),
        };
        let new = NewMember {
            id,
            kind,
            name: name.into(),
            region,
            purposes: purposes.map(|list| list.iter().copied().collect::<BTreeSet<_>>()),
            jwks: serde_json::json!({ "keys": [key.public_key().to_jwk()] }),
        };
        Office { member: self.node.admit_member(new).await.expect("admitted"), key }
    }

    /// What whoever runs the machine has: the node's own signing keys.
    pub fn keys(&self) -> Keys {
        Keys::load(&self.folder.path().join("keys")).expect("keys")
    }

    /// The public part of its ledger.
    pub fn ledger(&self) -> std::path::PathBuf {
        self.folder.path().join("ledger/public")
    }

    /// A request by law, of a department.
    pub async fn by_law(&self, token: &str, method: &str, path: &str, body: &Value) -> Reply {
        let request = self.ask(method, path, token).header("content-type", "application/json");
        let request = request.header("hutong-purpose", "PUBHLTH").header("hutong-legal-basis", LAW);
        reply(request.body(body.to_string())).await
    }

    /// A client assertion of a member.
    pub fn assertion(&self, office: &Office) -> String {
        let moment = Moment { now: self.clock.now(), entropy: &TestEntropy };
        let audience = format!("{}/oauth/token", self.node.settings().public_url);
        let signed = client_assertion(&office.key, office.member.id.as_str(), &audience, &moment);
        Signed::into_text(signed)
    }

    /// Asks for a token with an assertion.
    pub async fn ask_token(&self, assertion: &str) -> (u16, Value) {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
            ("client_assertion", assertion),
        ];
        self.ask_form(&form).await
    }

    /// Posts a form to the token endpoint.
    pub async fn ask_form(&self, form: &[(&str, &str)]) -> (u16, Value) {
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~');
        let encode = |text: &str| -> String {
            text.bytes()
                .map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") })
                .collect()
        };
        let body: Vec<String> =
            form.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
        let answer = self
            .http
            .post(format!("{}/oauth/token", self.url))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body.join("&"))
            .send()
            .await
            .expect("an answer");
        (answer.status().as_u16(), answer.json().await.unwrap_or(Value::Null))
    }

    /// Signs a member in: its access token.
    pub async fn token(&self, office: &Office) -> String {
        let (status, answer) = self.ask_token(&self.assertion(office)).await;
        assert_eq!(status, 200, "{answer}");
        answer["access_token"].as_str().expect("a token").to_owned()
    }

    /// A request with a bearer token.
    pub fn ask(&self, method: &str, path: &str, token: &str) -> reqwest::RequestBuilder {
        let method = reqwest::Method::from_bytes(method.as_bytes()).expect("a method");
        self.http.request(method, format!("{}{path}", self.url)).bearer_auth(token)
    }

    /// Sends a FHIR resource.
    pub async fn send_fhir(&self, token: &str, path: &str, resource: &Value) -> Reply {
        let method = if path.matches('/').count() > 2 { "PUT" } else { "POST" };
        reply(
            self.ask(method, path, token)
                .header("content-type", "application/fhir+json")
                .body(resource.to_string()),
        )
        .await
    }

    /// Gets with a purpose.
    pub async fn get(&self, token: &str, purpose: &str, path: &str) -> Reply {
        reply(self.ask("GET", path, token).header("hutong-purpose", purpose)).await
    }

    /// Posts JSON with a purpose.
    pub async fn post(&self, token: &str, purpose: &str, path: &str, body: &Value) -> Reply {
        let request = self.ask("POST", path, token).header("content-type", "application/json");
        reply(request.header("hutong-purpose", purpose).body(body.to_string())).await
    }

    /// Streams a body to the bulk admission; the lines of the answer.
    pub async fn admit_stream(
        &self,
        token: &str,
        kind: &str,
        query: &str,
        body: impl Into<reqwest::Body>,
    ) -> Vec<Value> {
        let path = format!("/v1/admissions{query}");
        let request = self.ask("POST", &path, token).header("content-type", kind).body(body);
        let answer = request.send().await.expect("an answer");
        let status = answer.status().as_u16();
        let text = answer.text().await.expect("a body");
        assert_eq!(status, 200, "{text}");
        text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
    }
}

/// An answer, read.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub body: Value,
}

impl Reply {
    /// A header as text; empty where absent.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
    /// Holds the answer to a refusal, whichever.
    #[track_caller]
    pub fn expect_refusal(self) {
        assert!((400..500).contains(&self.status), "{} {}", self.status, self.body);
    }
    /// Holds the answer to a status.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.body);
        self
    }
}

/// Sends a request and reads the answer.
pub async fn reply(request: reqwest::RequestBuilder) -> Reply {
    let answer = request.send().await.expect("an answer");
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    let bytes = answer.bytes().await.expect("a body");
    let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
    Reply { status, headers, body }
}

/// Whatever form the signing of assertions has, its text.
pub trait Signed {
    fn into_text(self) -> String;
}
impl Signed for String {
    fn into_text(self) -> String {
        self
    }
}
impl<E: std::fmt::Debug> Signed for Result<String, E> {
    fn into_text(self) -> String {
        self.expect("signed")
    }
}
