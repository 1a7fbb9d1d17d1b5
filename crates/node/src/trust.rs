//! The trust list: made and signed by the root, brought down by the feed, held by every node.

use crate::{Node, NodeError, feed::TRUST_LIST, keys::Keys, ledger, settings::NodeSettings};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use hutong_code::{
    CoseKey, Sign, TrustList, TrustListBody, Verifier, VerifyingKey,
    trust::{
        ExceptionScope, KeyPurpose, KeyStatus, RecognitionException, RegionService, Text,
        TrustedKey,
    },
};
use hutong_ledger::{Private, Public};
use hutong_model::{
    Issue, IssueCode, Member, MemberKind, MemberStatus, RegionCode, Timestamp, limits,
};
use hutong_store::{Audience, Store};
use parking_lot::RwLock;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;

const KEYS: &str = "trust-key";
const EXCEPTIONS: &str = "exception";
const SETTING: &str = "trust-list";
/// How often the root looks whether its list should be made anew, in seconds.
const REFRESH_LOOK_S: u64 = 60;

/// A trust list, ready to verify with.
pub struct TrustState {
    /// The signed list, as it is passed on.
    pub bytes: Vec<u8>,
    /// The verifier that holds it.
    pub verifier: Verifier,
}

impl TrustState {
    /// The list.
    pub fn list(&self) -> &TrustList {
        self.verifier.trust()
    }
}

/// The list that this node holds.
pub struct Trust {
    anchors: Vec<VerifyingKey>,
    state: RwLock<Option<Arc<TrustState>>>,
    announced: tokio::sync::Mutex<bool>,
}

/// A key that a node announces to the node above, for the trust list.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AnnouncedKey {
    /// Whose codes it signs.
    pub issuer: RegionCode,
    /// The `COSE_Key`, base64url.
    pub key: String,
    /// Whether it signs the ledger of the issuer, and not its codes.
    #[serde(default)]
    pub ledger: bool,
}

/// What a region files when it refuses to recognise something. An exception that was not filed
/// does not exist.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewException {
    /// The region that refuses.
    pub region: RegionCode,
    /// Whose codes it refuses.
    pub refused: RegionCode,
    /// Which of them.
    pub scope: ExceptionScope,
    /// Why, in both languages.
    pub reason: Text,
    /// The legal basis.
    pub legal_basis: String,
    /// From when; now where absent.
    #[serde(default)]
    pub effective_from: Option<Timestamp>,
    /// Until when.
    pub expires_at: Timestamp,
}

impl Trust {
    /// Reads the list that was held last.
    ///
    /// # Errors
    /// [`NodeError::Setup`] where the anchor is no key or the store cannot be read. A stored list
    /// that no longer opens is left out with a warning: a fresh one comes by the feed.
    pub async fn load(
        store: &dyn Store,
        settings: &NodeSettings,
        keys: &Keys,
    ) -> Result<Self, NodeError> {
        let anchors = match &settings.parent {
            Some(parent) => vec![anchor(&parent.trust_anchor)?],
            None => keys.trust_lists().iter().map(|key| key.public_key().clone()).collect(),
        };
        let state = match store.setting(SETTING).await? {
            Some(text) => open(&decode(&text)?, &anchors)
                .inspect_err(|e| tracing::warn!(error = %e, "the stored trust list was left out"))
                .ok()
                .map(Arc::new),
            None => None,
        };
        Ok(Self { anchors, state: RwLock::new(state), announced: tokio::sync::Mutex::new(false) })
    }
}

impl Trust {
    /// The keys that the configuration trusts, or at the root its own.
    pub(crate) fn anchors(&self) -> &[VerifyingKey] {
        &self.anchors
    }
}

impl Node {
    /// The trust list that this node holds.
    pub fn trust_list(&self) -> Option<Arc<TrustState>> {
        self.trust.state.read().clone()
    }

    /// Keeps a newer list that came from above. An older or equal one is left alone.
    ///
    /// # Errors
    /// [`NodeError::Parent`] where the anchor did not sign it.
    pub(crate) async fn take_trust_list(&self, bytes: &[u8]) -> Result<(), NodeError> {
        let state = open(bytes, &self.trust.anchors)
            .map_err(|error| NodeError::Parent(format!("trust list: {error}")))?;
        let held = self.trust_list().map_or(0, |held| held.list().generation());
        if state.list().generation() > held {
            tracing::info!(generation = state.list().generation(), "a new trust list");
            self.store.set_setting(SETTING, &STANDARD.encode(bytes)).await?;
            *self.trust.state.write() = Some(Arc::new(state));
        }
        Ok(())
    }

    /// At start: the root puts its own keys into the list and signs.
    pub(crate) async fn prepare_trust(&self) -> Result<(), NodeError> {
        if !self.is_root() {
            return Ok(());
        }
        if self.keys.trust_list().is_none() {
            return Err(NodeError::Setup(
                "the root needs a trust-list key; make one with: hutong keys new trust-list".into(),
            ));
        }
        let region = self.settings.region;
        for key in self.keys.trust_lists() {
            self.put_key(region, key.public_key().cose_key(), &[KeyPurpose::TrustList]).await?;
        }
        let assertions = self.keys.assertions().iter().map(|key| (key.public_key().clone(), false));
        let ledgers = self.ledger_keys().map(|key| (key.public_key().clone(), true));
        let own: Vec<_> = assertions.chain(ledgers).collect();
        self.put_keys(region, &own).await?;
        self.trust_changed().await
    }

    /// Tells the node above, once, by which keys this node signs assertions.
    pub(crate) async fn announce_keys(&self) -> Result<(), NodeError> {
        let Some(parent) = &self.parent else { return Ok(()) };
        let mut announced = self.trust.announced.lock().await;
        if *announced {
            return Ok(());
        }
        let keys: Vec<AnnouncedKey> = self
            .keys
            .assertions()
            .iter()
            .map(|key| AnnouncedKey {
                issuer: self.settings.region,
                key: URL_SAFE_NO_PAD.encode(key.public_key().cose_key().to_bytes()),
                ledger: false,
            })
            .chain(self.ledger_keys().map(|key| AnnouncedKey {
                issuer: self.settings.region,
                key: URL_SAFE_NO_PAD.encode(key.public_key().cose_key().to_bytes()),
                ledger: true,
            }))
            .collect();
        let _: serde_json::Value = parent.post_json("/v1/node/keys", &keys, self.moment()).await?;
        *announced = true;
        Ok(())
    }

    /// Takes the keys that a child announces: into the list at the root, further up elsewhere.
    ///
    /// # Errors
    /// [`NodeError::Forbidden`] where a key is for a region that is not the child's.
    pub async fn take_keys(
        &self,
        child: &Member,
        keys: Vec<AnnouncedKey>,
    ) -> Result<(), NodeError> {
        if keys.iter().any(|key| !child.region.contains(&key.issuer)) {
            return Err(NodeError::Forbidden("a key is for a region that is not yours"));
        }
        if let Some(parent) = &self.parent {
            let _: serde_json::Value =
                parent.post_json("/v1/node/keys", &keys, self.moment()).await?;
            return Ok(());
        }
        let mut issuers: Vec<RegionCode> = keys.iter().map(|key| key.issuer).collect();
        issuers.dedup();
        for issuer in issuers {
            let of_issuer: Result<Vec<_>, _> = keys
                .iter()
                .filter(|key| key.issuer == issuer)
                .map(|key| anchor(&key.key).map(|read| (read, key.ledger)))
                .collect();
            self.put_keys(issuer, &of_issuer?).await?;
        }
        self.trust_changed().await
    }

    /// The keys by which an issuer signs now, each with whether it is its ledger's; those it no
    /// longer has are retired.
    async fn put_keys(
        &self,
        issuer: RegionCode,
        keys: &[(VerifyingKey, bool)],
    ) -> Result<(), NodeError> {
        for (key, of_ledger) in keys {
            let purposes: &[KeyPurpose] = match of_ledger {
                true => &[KeyPurpose::Ledger],
                false => &[KeyPurpose::Assertion, KeyPurpose::Paper],
            };
            self.put_key(issuer, key.cose_key(), purposes).await?;
        }
        for mut known in self.trusted_keys().await? {
            let current = keys.iter().any(|(key, _)| key.cose_key().to_bytes() == known.key.0);
            let announced = [KeyPurpose::Assertion, KeyPurpose::Ledger];
            let ours = known.issuer == issuer && announced.iter().any(|one| known.is_for(*one));
            if ours && !current && known.status == KeyStatus::Active {
                (known.status, known.not_after) = (KeyStatus::Retired, Some(self.now()));
                self.keep_key(&known).await?;
            }
        }
        Ok(())
    }

    async fn put_key(
        &self,
        issuer: RegionCode,
        key: &CoseKey,
        purposes: &[KeyPurpose],
    ) -> Result<(), NodeError> {
        let bytes = key.to_bytes();
        let known = self.trusted_keys().await?;
        if known.iter().any(|known| known.issuer == issuer && known.key.0 == bytes) {
            return Ok(());
        }
        // Clocks of nodes differ a little: the key counts from a little before it was announced.
        let from = self.now().plus_s(-limits::CLOCK_SKEW_S_MAX);
        self.keep_key(&TrustedKey::new(issuer, key, purposes, from)).await
    }

    async fn keep_key(&self, key: &TrustedKey) -> Result<(), NodeError> {
        let name = format!("{}/{}", key.issuer, hex::encode(&key.key.0));
        let document = serde_json::to_value(key).map_err(setup)?;
        Ok(self.store.put_document(KEYS, &name, document, self.now()).await?)
    }

    async fn trusted_keys(&self) -> Result<Vec<TrustedKey>, NodeError> {
        let documents = self.store.documents(KEYS).await?;
        documents.into_iter().map(|(_, d)| serde_json::from_value(d).map_err(setup)).collect()
    }

    /// Files an exception with the root: dated, reasoned, expiring. It goes out with the next list.
    ///
    /// # Errors
    /// [`NodeError::Input`] where it has no end, no basis, or ends before it begins;
    /// [`NodeError::Forbidden`] at a node that is not the root.
    pub async fn file_exception(
        &self,
        new: NewException,
    ) -> Result<RecognitionException, NodeError> {
        if !self.is_root() {
            return Err(NodeError::Forbidden("exceptions are filed with the root"));
        }
        let now = self.now();
        let effective_from = new.effective_from.unwrap_or(now).max(now);
        if new.expires_at <= effective_from {
            return Err(NodeError::input(Issue::error(
                IssueCode::BusinessRule,
                "expiresAt",
                "an exception ends after it begins",
                "",
            )));
        }
        let exception = RecognitionException {
            id: hex::encode(self.entropy.bytes16()).into(),
            region: new.region,
            refused: new.refused,
            scope: new.scope,
            reason: new.reason,
            legal_basis: new.legal_basis.into(),
            filed_at: now,
            effective_from,
            expires_at: new.expires_at,
        };
        let document = serde_json::to_value(&exception).map_err(setup)?;
        let names = [&*exception.id, exception.refused.as_str(), "refusal"];
        let span = (effective_from, exception.expires_at);
        let filing = document.to_string();
        let public = ledger::exception(exception.region, names, span, filing.as_bytes())?;
        self.note_in_ledger(public, Private::default()).await?;
        self.store.put_document(EXCEPTIONS, &exception.id, document, now).await?;
        self.trust_changed().await?;
        Ok(exception)
    }

    /// Every exception that was ever filed here.
    ///
    /// # Errors
    /// [`NodeError`] where the store cannot be read.
    pub async fn exceptions(&self) -> Result<Vec<RecognitionException>, NodeError> {
        let documents = self.store.documents(EXCEPTIONS).await?;
        documents.into_iter().map(|(_, d)| serde_json::from_value(d).map_err(setup)).collect()
    }

    /// At the root: makes, signs and publishes a list of the next generation, where its content
    /// changed or it is no longer new. Elsewhere nothing.
    pub(crate) async fn trust_changed(&self) -> Result<(), NodeError> {
        if !self.is_root() {
            return Ok(());
        }
        let Some(key) = self.keys.trust_list() else { return Ok(()) };
        let held = self.trust_list();
        let mut body = self.trust_body().await?;
        if let Some(held) = &held {
            let old = held.list().body();
            body.generation = old.generation;
            body.made_at = old.made_at;
            let aged = self.now().since_s(old.made_at) > limits::TRUST_FRESH_S / 4;
            if body == *old && !aged {
                return Ok(());
            }
        }
        body.made_at = self.now();
        // No smaller than the time: an older copy of the store, put in its place, does not make
        // generations again that others have seen.
        let seconds = u64::try_from(body.made_at.unix_s()).unwrap_or(0);
        body.generation = seconds.max(body.generation + 1);
        let bytes = TrustList::sign(&body, key)
            .map_err(|error| NodeError::Setup(format!("trust list: {error}")))?;
        let state = open(&bytes, &self.trust.anchors)
            .map_err(|error| NodeError::Setup(format!("trust list: {error}")))?;
        let text = STANDARD.encode(&bytes);
        let public = Public::TrustList {
            issuer: self.settings.region,
            generation: body.generation,
            digest: ledger::digest(&bytes),
        };
        self.note_in_ledger(public, Private::default()).await?;
        self.store.set_setting(SETTING, &text).await?;
        *self.trust.state.write() = Some(Arc::new(state));
        tracing::info!(generation = body.generation, "signed a new trust list");
        self.publish(TRUST_LIST, Audience::All, text).await?;
        Ok(())
    }

    async fn trust_body(&self) -> Result<TrustListBody, NodeError> {
        let mut regions: Vec<RegionService> = self
            .list_members()
            .iter()
            .filter(|m| m.kind == MemberKind::Node && m.status == MemberStatus::Active)
            .map(|member| RegionService { region: member.region, issuer: member.region })
            .collect();
        let own = self.settings.region;
        let served = self.settings.also_serves.iter();
        regions.extend(served.map(|region| RegionService { region: *region, issuer: own }));
        let mut keys = self.trusted_keys().await?;
        for key in &mut keys {
            let member = hutong_model::MemberId::of_node(key.issuer);
            let suspended =
                self.member(&member).is_some_and(|m| m.status == MemberStatus::Suspended);
            if suspended {
                key.status = KeyStatus::Suspended;
            }
        }
        Ok(TrustListBody {
            generation: 0,
            made_at: Timestamp::default(),
            issuer: own,
            fresh_s: limits::TRUST_FRESH_S,
            grace_s: limits::TRUST_GRACE_S,
            keys,
            regions,
            adapters: self.adapters().iter().map(|adapter| adapter.codes.clone()).collect(),
            exceptions: self.exceptions().await?,
        })
    }

    /// Keeps the root's list new until the future is dropped. Returns at once elsewhere.
    pub(crate) async fn run_trust(&self) {
        if !self.is_root() {
            return;
        }
        loop {
            tokio::time::sleep(Duration::from_secs(REFRESH_LOOK_S)).await;
            if let Err(error) = self.trust_changed().await {
                tracing::error!(error = %error, "the trust list could not be made anew");
            }
        }
    }
}

/// A public key from base64url of its `COSE_Key`.
///
/// # Errors
/// [`NodeError::Setup`] where it is no key.
pub fn anchor(text: &str) -> Result<VerifyingKey, NodeError> {
    let bytes = URL_SAFE_NO_PAD
        .decode(text.trim())
        .map_err(|_| NodeError::Setup("a key is base64url of a COSE_Key".into()))?;
    VerifyingKey::from_cose_key(&bytes)
        .map_err(|error| NodeError::Setup(format!("a key is base64url of a COSE_Key: {error}")))
}

fn open(bytes: &[u8], anchors: &[VerifyingKey]) -> Result<TrustState, hutong_code::TrustError> {
    let list = TrustList::open(bytes, anchors)?;
    Ok(TrustState { bytes: bytes.to_vec(), verifier: Verifier::new(list) })
}

fn decode(text: &str) -> Result<Vec<u8>, NodeError> {
    STANDARD.decode(text).map_err(|_| NodeError::Setup("the stored trust list is damaged".into()))
}

fn setup(error: serde_json::Error) -> NodeError {
    NodeError::Setup(format!("a stored document has another form than expected: {error}"))
}
