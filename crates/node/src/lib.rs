//! The use cases of a node: admit, correct, link, evaluate, assert, recognise, query, distribute.
//! Everything above it (HTTP, the command line) only translates.

pub mod accesses;
pub mod adapters;
pub mod admit;
pub mod alarms;
pub mod assertions;
pub mod bulk;
pub mod certificates;
pub mod check_ins;
pub mod claims;
pub mod corrections;
pub mod decisions;
pub mod declarations;
pub mod error;
pub mod evaluate;
pub mod feed;
pub mod grants;
pub mod history;
pub mod identity;
mod journal;
pub mod keys;
pub mod ledger;
pub mod measures;
pub mod members;
pub mod merge;
pub mod outbox;
pub mod parent;
pub mod places;
pub mod programme;
pub mod reconcile;
pub mod residents;
pub mod rulebook;
pub mod settings;
pub mod signer;
pub mod tallies;
pub mod tasks;
pub mod tree;
pub mod trust;
pub mod trust_files;
pub mod tubes;
pub mod verify;
pub mod vouchers;
pub mod watch;
pub mod wire;

pub use error::NodeError;
pub use settings::{NodeSettings, ParentSettings};

use hutong_model::{Clock, Entropy, Timestamp};
use hutong_store::Store;
use std::sync::Arc;

/// One running node.
pub struct Node {
    settings: NodeSettings,
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    keys: keys::Keys,
    members: members::Members,
    trust: trust::Trust,
    trust_files: trust_files::TrustFiles,
    signer: signer::SignerPlace,
    fonts: vouchers::FontPlace,
    parent: Option<parent::Parent>,
    callbacks: reqwest::Client,
    rulebook: rulebook::RulebookPlace,
    editions: programme::editions::EditionPlace,
    ledger: ledger::LedgerRoom,
    /// Documents are published and taken by one at a time.
    publishing: tokio::sync::Mutex<()>,
    adapters: parking_lot::RwLock<Vec<Arc<adapters::Adapter>>>,
    codes: residents::CodeSink,
    /// Who listens for what is decided.
    notices: decisions::Notices,
    /// Decisions are made by one at a time.
    deciding: tokio::sync::Mutex<()>,
    decide_wake: tokio::sync::Notify,
    searches: history::Searches,
    watch: watch::Watch,
    outbox_wake: tokio::sync::Notify,
    /// Counters are made by one at a time.
    tallying: tokio::sync::Mutex<()>,
    /// Tasks are changed by one at a time.
    tasking: tokio::sync::Mutex<()>,
    /// Admissions that were begun since the start.
    admissions: std::sync::atomic::AtomicUsize,
    closing: tokio::sync::watch::Sender<bool>,
}

/// What a node is made of.
pub struct Parts {
    /// Who and where it is.
    pub settings: NodeSettings,
    /// What it keeps.
    pub store: Arc<dyn Store>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// Its signing keys.
    pub keys: keys::Keys,
    /// Folder of its public ledger; without one, or without a ledger key, it writes none.
    pub ledger: Option<std::path::PathBuf>,
    /// Where one-time codes of the demonstration identity provider go.
    pub codes: residents::CodeSink,
}

impl Node {
    /// Puts a node together and reads what it keeps in memory (members, trust list).
    ///
    /// # Errors
    /// [`NodeError`] where the store cannot be read, or the parent's settings are unusable.
    pub async fn new(parts: Parts) -> Result<Arc<Self>, NodeError> {
        let Parts { settings, store, clock, entropy, keys, ledger, codes } = parts;
        let parent = match &settings.parent {
            Some(parent) => {
                Some(parent::Parent::new(parent, settings.region, keys.client().clone())?)
            }
            None => None,
        };
        let ledger = ledger::LedgerRoom::open(ledger.as_deref(), &keys, settings.region)?;
        let members = members::Members::load(&*store).await?;
        let trust = trust::Trust::load(&*store, &settings, &keys).await?;
        let callbacks = parent::http_client(std::time::Duration::from_millis(
            hutong_model::limits::CALLBACK_MS_MAX,
        ))?;
        let node = Arc::new(Self {
            settings,
            store,
            clock,
            entropy,
            keys,
            members,
            trust,
            trust_files: trust_files::TrustFiles::default(),
            signer: signer::SignerPlace::default(),
            fonts: vouchers::FontPlace::default(),
            parent,
            callbacks,
            rulebook: rulebook::RulebookPlace::default(),
            editions: programme::editions::EditionPlace::default(),
            ledger,
            publishing: tokio::sync::Mutex::default(),
            adapters: parking_lot::RwLock::default(),
            codes,
            notices: decisions::Notices::default(),
            deciding: tokio::sync::Mutex::default(),
            decide_wake: tokio::sync::Notify::new(),
            searches: history::Searches::new(),
            watch: watch::Watch::default(),
            outbox_wake: tokio::sync::Notify::new(),
            tallying: tokio::sync::Mutex::default(),
            tasking: tokio::sync::Mutex::default(),
            admissions: std::sync::atomic::AtomicUsize::default(),
            closing: tokio::sync::watch::Sender::new(false),
        });
        node.load_adapters().await?;
        node.load_rulebook().await?;
        node.prepare_signer().await?;
        node.load_trust_files().await?;
        node.prepare_ledger().await?;
        node.prepare_trust().await?;
        node.prepare_tasks().await?;
        Ok(node)
    }

    /// Who and where it is.
    pub fn settings(&self) -> &NodeSettings {
        &self.settings
    }
    /// What it keeps.
    pub fn store(&self) -> &dyn Store {
        &*self.store
    }
    /// Its signing keys.
    pub fn keys(&self) -> &keys::Keys {
        &self.keys
    }
    /// The present instant.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }
    /// Randomness.
    pub fn entropy(&self) -> &dyn Entropy {
        &*self.entropy
    }
    /// Lets nobody wait any longer: the node is about to end.
    pub fn close(&self) {
        self.closing.send_replace(true);
        self.notices.close();
    }
    /// Whether it has no parent.
    pub fn is_root(&self) -> bool {
        self.parent.is_none()
    }

    /// Runs the work that goes on in the background (passing up, following the feed, counting)
    /// until the future is dropped.
    pub async fn run_background(self: &Arc<Self>) {
        tokio::join!(
            self.run_outbox(),
            self.run_feed(),
            self.run_trust(),
            self.run_tallies(),
            self.run_ledger(),
            self.run_decisions(),
            self.run_tasks(),
        );
    }
}
