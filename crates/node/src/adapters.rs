//! Adapters for existing code systems that are not Hutong: how their codes look, whom to ask, and
//! what the answers mean. The other system changes nothing.

use crate::{Node, NodeError};
use hutong_code::ReasonCode;
use hutong_model::{Issue, IssueCode, Level, MemberId, Verdict, limits};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

const COLLECTION: &str = "adapter";

/// How a code system is asked. What is asked and where the answer lies is data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Adapter {
    /// The member that the code system is; also the adapter's id.
    pub member: MemberId,
    /// How its codes look: what every verifier may know, published in the trust list.
    pub codes: hutong_code::trust::Adapter,
    /// How to ask. Never leaves this node.
    pub callback: Callback,
    /// What its words mean.
    pub answers: Answers,
}

/// The request to the code system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Callback {
    /// URL; `{code}` is replaced by the percent-encoded code.
    pub url: String,
    /// A JSON body to POST, `{code}` replaced; a GET where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<serde_json::Value>,
    /// Headers to send, such as the key that the code system gave us. Never leaves this node.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// How long to wait, in milliseconds.
    #[serde(default = "timeout_ms")]
    pub timeout_ms: u64,
}

fn timeout_ms() -> u64 {
    limits::CALLBACK_MS_MAX
}

/// Where things lie in the answer (JSON Pointers, RFC 6901) and what they mean.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Answers {
    /// Where its error code lies, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_pointer: Option<String>,
    /// What its error codes mean; `"0": "ok"`, then `not_found`, `expired`, `revoked`,
    /// `unverified`.
    #[serde(default)]
    pub errors: BTreeMap<String, String>,
    /// Where the level lies.
    pub level_pointer: String,
    /// Its words for the levels.
    pub levels: BTreeMap<String, Level>,
}

/// What a code system said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Said {
    /// The answer, in our closed set.
    pub verdict: Verdict,
    /// Why.
    pub reason: ReasonCode,
}

impl Adapter {
    fn check(&self) -> Result<(), NodeError> {
        let wrong = |field: &'static str, reason: &'static str| {
            Err(NodeError::input(Issue::error(IssueCode::Value, field, reason, "")))
        };
        if self.codes.id.as_ref() != self.member.as_str() {
            return wrong("codes.id", "the id of an adapter is the id of its member");
        }
        if self.codes.prefix.len() < 2 || self.codes.prefix.starts_with("HT") {
            return wrong("codes.prefix", "at least two characters, and not beginning with HT");
        }
        let url = reqwest::Url::parse(&self.callback.url.replace("{code}", "x"));
        if !url.is_ok_and(|url| matches!(url.scheme(), "http" | "https")) {
            return wrong("callback.url", "an http or https URL, with {code} where the code goes");
        }
        let says_code = self.callback.url.contains("{code}")
            || self.callback.body.as_ref().is_some_and(|body| body.to_string().contains("{code}"));
        if !says_code {
            return wrong("callback", "neither the URL nor the body says {code}");
        }
        if self.answers.levels.is_empty() {
            return wrong("answers.levels", "at least one word for a level");
        }
        Ok(())
    }

    /// What an answer means.
    fn read(&self, answer: &serde_json::Value) -> Said {
        let unverified = Said { verdict: Verdict::Unverified, reason: ReasonCode::CALLBACK_FAILED };
        if let Some(pointer) = &self.answers.error_pointer {
            let word = answer.pointer(pointer).map(plain).unwrap_or_default();
            match self.answers.errors.get(&word).map(String::as_str) {
                Some("ok") => {}
                Some("not_found") => {
                    return Said { verdict: Verdict::NotFound, reason: ReasonCode::NOT_KNOWN };
                }
                Some("expired") => {
                    return Said { verdict: Verdict::Expired, reason: ReasonCode::EXPIRED };
                }
                Some("revoked") => {
                    return Said { verdict: Verdict::Revoked, reason: ReasonCode::STATUS_REVOKED };
                }
                _ => return unverified,
            }
        }
        let word = answer.pointer(&self.answers.level_pointer).map(plain).unwrap_or_default();
        match self.answers.levels.get(&word) {
            Some(level) => {
                Said { verdict: (*level).into(), reason: ReasonCode::CALLBACK_CONFIRMED }
            }
            None => unverified,
        }
    }
}

/// A JSON scalar as plain text.
fn plain(value: &serde_json::Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Puts the code where `{code}` stands in a JSON body.
fn fill(body: &serde_json::Value, code: &str) -> serde_json::Value {
    use serde_json::Value;
    match body {
        Value::String(text) => Value::String(text.replace("{code}", code)),
        Value::Array(list) => Value::Array(list.iter().map(|value| fill(value, code)).collect()),
        Value::Object(map) => {
            map.iter().map(|(key, value)| (key.clone(), fill(value, code))).collect()
        }
        other => other.clone(),
    }
}

impl Node {
    /// Connects a code system, or changes how.
    ///
    /// # Errors
    /// [`NodeError::Input`] where something stated is unusable; [`NodeError::Member`] where its
    /// member is not admitted here.
    pub async fn put_adapter(&self, adapter: Adapter) -> Result<(), NodeError> {
        adapter.check()?;
        self.active_member(&adapter.member)?;
        let document = serde_json::to_value(&adapter)
            .map_err(|error| NodeError::Setup(format!("adapter: {error}")))?;
        self.store.put_document(COLLECTION, adapter.member.as_str(), document, self.now()).await?;
        self.adapters.write().retain(|known| known.member != adapter.member);
        self.adapters.write().push(Arc::new(adapter));
        self.trust_changed().await
    }

    /// The code systems connected to this node.
    pub fn adapters(&self) -> Vec<Arc<Adapter>> {
        self.adapters.read().clone()
    }

    pub(crate) async fn load_adapters(&self) -> Result<(), NodeError> {
        let mut adapters = Vec::new();
        for (key, document) in self.store.documents(COLLECTION).await? {
            let adapter: Adapter = serde_json::from_value(document)
                .map_err(|error| NodeError::Setup(format!("stored adapter {key}: {error}")))?;
            adapters.push(Arc::new(adapter));
        }
        *self.adapters.write() = adapters;
        Ok(())
    }

    /// Asks a code system about one of its codes. Never fails: what cannot be learnt in time is
    /// `unverified`.
    pub(crate) async fn ask_code_system(&self, adapter: &Adapter, code: &str) -> Said {
        if self.active_member(&adapter.member).is_err() {
            return Said { verdict: Verdict::Unverified, reason: ReasonCode::KEY_SUSPENDED };
        }
        let started = self.now();
        let answer = self.call(adapter, code).await;
        let took = self.now().unix_ms() - started.unix_ms();
        metrics::histogram!("hutong_callback_seconds").record(took as f64 / 1000.0);
        match answer {
            Ok(answer) => adapter.read(&answer),
            Err(error) => {
                tracing::warn!(member = %adapter.member, error, "a code system did not answer");
                Said { verdict: Verdict::Unverified, reason: ReasonCode::CALLBACK_FAILED }
            }
        }
    }

    async fn call(&self, adapter: &Adapter, code: &str) -> Result<serde_json::Value, &'static str> {
        let callback = &adapter.callback;
        let url = callback.url.replace("{code}", &crate::parent::percent(code));
        let mut request = match &callback.body {
            Some(body) => self
                .callbacks
                .post(url)
                .header("content-type", "application/json")
                .body(fill(body, code).to_string()),
            None => self.callbacks.get(url),
        };
        for (name, value) in &callback.headers {
            request = request.header(name, value);
        }
        let timeout = Duration::from_millis(callback.timeout_ms.min(limits::CALLBACK_MS_MAX));
        let mut answer = request.timeout(timeout).send().await.map_err(|_| "no answer in time")?;
        if !answer.status().is_success() {
            return Err("an HTTP status that is not success");
        }
        let mut body = Vec::new();
        while let Some(part) = answer.chunk().await.map_err(|_| "the answer broke off")? {
            body.extend_from_slice(&part);
            if body.len() > limits::CODE_TEXT_BYTES_MAX {
                return Err("the answer is too long");
            }
        }
        serde_json::from_slice(&body).map_err(|_| "the answer is not JSON")
    }
}
