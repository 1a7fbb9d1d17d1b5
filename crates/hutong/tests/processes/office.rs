//! A member's own system: signs in, sends, reads.

use super::{Node, now, text};
use hutong_code::{Algorithm, Sign, SigningKey};
use hutong_model::{Entropy, Timestamp};
use hutong_node::parent::{Moment, client_assertion};
use serde_json::{Value, json};
use std::{collections::HashMap, sync::Mutex, time::Duration};

/// FHIR resources, one a line.
pub const NDJSON: &str = "application/fhir+ndjson";
/// How long a request may take.
const ANSWER: Duration = Duration::from_secs(60);

/// The system's randomness.
pub struct Chance;

impl Entropy for Chance {
    fn fill(&self, bytes: &mut [u8]) {
        aws_lc_rs::rand::fill(bytes).expect("randomness");
    }
}

/// A member with its key.
pub struct Office {
    /// Its id.
    pub id: String,
    key: SigningKey,
    audience: String,
    http: reqwest::Client,
    token: Mutex<Option<String>>,
}

/// An answer, read.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub body: Value,
}

impl Reply {
    /// Holds the answer to a status.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.body);
        self
    }
}

/// A row's receipt.
#[derive(Debug, Clone)]
pub struct Receipt {
    pub outcome: String,
    pub own_id: String,
    pub entry: String,
}

/// An answer of the bulk admission, as far as it came.
#[derive(Debug, Default)]
pub struct Answered {
    pub rows: Vec<Value>,
    /// The last line; null where the answer broke off.
    pub last: Value,
}

impl Office {
    /// Has a node admit a member of its region.
    pub fn admit(node: &Node, name: &str, kind: &str) -> Self {
        let key = SigningKey::generate(Algorithm::EdDsa).expect("a key");
        let id = format!("{}.{name}", node.region);
        let file = node.folder.join(format!("{name}.jwks.json"));
        let set = json!({ "keys": [key.public_key().to_jwk()] });
        std::fs::write(&file, set.to_string()).expect("written");
        let path = file.to_str().expect("UTF-8");
        node.does(["member", "admit", &id, "--kind", kind, "--name", name, "--jwks", path]);
        Self { id, key, audience: node.audience.clone(), http: http(), token: Mutex::default() }
    }

    /// A client assertion made at some time.
    pub fn assertion(&self, at: Timestamp) -> String {
        let moment = Moment { now: at, entropy: &Chance };
        let audience = format!("{}/oauth/token", self.audience);
        client_assertion(&self.key, &self.id, &audience, &moment).expect("signed")
    }

    /// Asks for a token with an assertion.
    pub async fn ask_token(&self, url: &str, assertion: &str) -> reqwest::Result<Reply> {
        // Every value is of letters, digits and - _ . : which a form may hold as they are.
        let form = format!(
            "grant_type=client_credentials&client_assertion={assertion}&client_assertion_type=\
             urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
        );
        let request = self
            .http
            .post(format!("{url}/oauth/token"))
            .header("content-type", "application/x-www-form-urlencoded");
        reply(request.timeout(ANSWER).body(form)).await
    }

    /// An access token.
    pub async fn token(&self, url: &str) -> reqwest::Result<String> {
        if let Some(token) = self.token.lock().expect("unharmed").clone() {
            return Ok(token);
        }
        let answer = self.ask_token(url, &self.assertion(now())).await?;
        let token = text(&answer.expect(200).body["access_token"]);
        *self.token.lock().expect("unharmed") = Some(token.clone());
        Ok(token)
    }

    /// Forgets the token: it ended.
    pub fn forget_token(&self) {
        *self.token.lock().expect("unharmed") = None;
    }

    /// A request with a token.
    pub async fn request(
        &self,
        url: &str,
        method: &str,
        path: &str,
    ) -> reqwest::Result<reqwest::RequestBuilder> {
        let token = self.token(url).await?;
        let method = reqwest::Method::from_bytes(method.as_bytes()).expect("a method");
        Ok(self.http.request(method, format!("{url}{path}")).timeout(ANSWER).bearer_auth(token))
    }

    /// Sends a resource or a Bundle.
    pub async fn send(&self, url: &str, path: &str, resource: &Value) -> Reply {
        let request = self.request(url, "POST", path).await.expect("signed in");
        let request = request.header("content-type", "application/fhir+json");
        reply(request.body(resource.to_string())).await.expect("an answer")
    }

    /// Reads on the legal basis that a department has.
    pub async fn read(&self, url: &str, path: &str) -> Reply {
        let request = self.request(url, "GET", path).await.expect("signed in");
        let request = request.header("hutong-purpose", "PUBHLTH");
        let request = request.header("hutong-legal-basis", "Vaccine Administration Law art. 47");
        reply(request).await.expect("an answer")
    }

    /// The records of whoever has this resident ID: own id → how often it is shown, with the
    /// reports of the same event by others.
    pub async fn history(&self, url: &str, number: &str) -> HashMap<String, u32> {
        let system = super::people::RESIDENT_ID;
        let path = format!("/fhir/Patient?identifier={system}%7C{number}");
        let found = self.read(url, &path).await.expect(200).body;
        assert_eq!(found["total"], 1, "{found}");
        let person = text(&found["entry"][0]["resource"]["id"]);
        let path = format!("/v1/persons/{person}/history?count=1000");
        let page = self.read(url, &path).await.expect(200).body;
        assert_eq!(page["complete"], true, "{page}");
        let mut shown = HashMap::new();
        for record in page["records"].as_array().expect("records") {
            let also = record["alsoReportedBy"].as_array().expect("a list");
            for one in std::iter::once(record).chain(also) {
                *shown.entry(text(&one["ownId"])).or_default() += 1;
            }
        }
        shown
    }

    /// Sends rows in bulk and asks for every receipt. The status, and what came of the answer; an
    /// error where none came.
    pub async fn admit_rows(
        &self,
        url: &str,
        kind: &str,
        body: impl Into<reqwest::Body>,
    ) -> reqwest::Result<(u16, Answered)> {
        let request = self.request(url, "POST", "/v1/admissions?receipts=all").await?;
        let request = request.timeout(10 * ANSWER).header("content-type", kind);
        let mut answer = request.body(body).send().await?;
        let status = answer.status().as_u16();
        let mut held = Vec::new();
        // What came before the connection broke counts: those rows are acknowledged.
        while let Ok(Some(piece)) = answer.chunk().await {
            held.extend_from_slice(&piece);
        }
        let mut answered = Answered::default();
        for line in held.split_inclusive(|byte| *byte == b'\n') {
            let Ok(value) = serde_json::from_slice::<Value>(line) else { break };
            if value.get("outcome").is_some() {
                answered.rows.push(value);
            } else {
                answered.last = value;
            }
        }
        Ok((status, answered))
    }
}

impl Answered {
    /// The summary of an answer that came whole.
    #[track_caller]
    pub fn summary(&self) -> &Value {
        let summary = &self.last["summary"];
        assert!(summary.is_object(), "the answer broke off: {}", self.last);
        summary
    }

    /// How many rows became this.
    #[track_caller]
    pub fn count(&self, outcome: &str) -> u64 {
        self.summary()[outcome].as_u64().expect("a number")
    }

    /// The receipts of the rows that are on disk.
    pub fn receipts(&self) -> impl Iterator<Item = Receipt> + '_ {
        let on_disk = |row: &&Value| row["outcome"] == "admitted" || row["outcome"] == "duplicate";
        self.rows.iter().filter(on_disk).map(|row| Receipt {
            outcome: text(&row["outcome"]),
            own_id: text(&row["ownId"]),
            entry: text(&row["entry"]),
        })
    }
}

/// A client with connections of its own.
pub fn http() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().expect("a client")
}

/// Sends a request and reads the answer.
pub async fn reply(request: reqwest::RequestBuilder) -> reqwest::Result<Reply> {
    let answer = request.send().await?;
    let status = answer.status().as_u16();
    let bytes = answer.bytes().await?;
    Ok(Reply { status, body: serde_json::from_slice(&bytes).unwrap_or(Value::Null) })
}
