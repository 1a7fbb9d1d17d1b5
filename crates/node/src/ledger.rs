//! The node's public ledger: what it did, in leaves that lead to no person, for anyone to check.
//!
//! A leaf waits in the store before the act that it is about takes effect, and is appended within a
//! second. Leaves are appended in the order in which they wait, and only from there: the number of
//! leaves in the ledger says which comes next, so that a crash neither loses one nor appends one
//! twice.

use crate::{Node, NodeError, keys::Keys};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hutong_code::{Sign, SigningKey};
use hutong_ledger::{
    Folder, Hash, Label, Leaf, LedgerError, LogEntry, NoteKey, NoteSigner, Opening, Origin,
    Private, Public, PublicFolder, SignatureKind, TileId, TileReader, Tiles, Writer,
};
use hutong_model::{RegionCode, Timestamp};
use hutong_store::Round;
use parking_lot::Mutex;
use serde::Serialize;
use std::{path::Path, sync::Arc, time::Duration};

/// How long a leaf waits at most before a checkpoint covers it, in milliseconds.
const CHECKPOINT_MS: u64 = 1000;
/// Leaves appended with one checkpoint at most.
const BATCH_MAX: usize = 4096;

/// How others are told of a ledger.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LedgerInfo {
    /// Its name.
    pub origin: String,
    /// Its verifier key: name+id+base64 (C2SP signed-note).
    pub key: String,
    /// Leaves under the newest checkpoint.
    pub size: u64,
}

/// A ledger that this node writes.
struct Open {
    origin: Box<str>,
    writer: Mutex<Writer<Folder>>,
    public: PublicFolder,
}

/// Where a node keeps its ledger; a node without a ledger key has none.
#[derive(Default)]
pub struct LedgerRoom {
    open: Option<Arc<Open>>,
    wake: tokio::sync::Notify,
}

impl LedgerRoom {
    /// Opens the ledger in a folder, or begins it.
    ///
    /// # Errors
    /// [`NodeError::Setup`] where its files and its key do not fit.
    pub(crate) fn open(
        folder: Option<&Path>,
        keys: &Keys,
        region: RegionCode,
    ) -> Result<Self, NodeError> {
        let (Some(folder), Some(key)) = (folder, keys.ledgers().first()) else {
            return Ok(Self::default());
        };
        let signer = signer(key, region).map_err(setup)?;
        let name = signer.key().name().to_string();
        let tiles = Folder::open(folder).map_err(setup)?;
        let public = PublicFolder::new(&tiles.public_path());
        let writer = if tiles.committed().map_err(setup)?.is_some() {
            let earlier = keys.ledgers()[1..].iter().map(|key| note_key(key, region));
            let earlier: Vec<NoteKey> = earlier.collect::<Result<_, _>>().map_err(setup)?;
            Writer::open(tiles, signer, &earlier)
        } else {
            Writer::begin(tiles, signer)
        };
        let writer = Mutex::new(writer.map_err(setup)?);
        let open = Open { origin: name.into(), writer, public };
        Ok(Self { open: Some(Arc::new(open)), ..Self::default() })
    }

    /// Lets what waits be appended at once.
    pub(crate) fn wake(&self) {
        self.wake.notify_one();
    }
}

fn origin(region: RegionCode) -> Result<Origin, LedgerError> {
    Origin::parse(&format!("{region}.hutong/ledger"))
}

fn note_key(key: &SigningKey, region: RegionCode) -> Result<NoteKey, LedgerError> {
    let jwk = key.public_key().to_jwk();
    let x = URL_SAFE_NO_PAD.decode(jwk["x"].as_str().unwrap_or_default()).unwrap_or_default();
    let bytes = x.try_into().map_err(|_| LedgerError::Key("not Ed25519".into()))?;
    NoteKey::new(origin(region)?, SignatureKind::Ed25519, bytes)
}

fn signer(key: &Arc<SigningKey>, region: RegionCode) -> Result<NoteSigner, LedgerError> {
    let (public, key) = (note_key(key, region)?, Arc::clone(key));
    Ok(NoteSigner::new(public, move |message| key.sign(message).ok()))
}

impl Node {
    /// The ledger of this node, where it has one.
    pub fn ledger(&self) -> Option<LedgerInfo> {
        let open = self.ledger.open.as_ref()?;
        let writer = open.writer.lock();
        let key = writer.signer().key();
        Some(LedgerInfo {
            origin: key.name().to_string(),
            key: key.to_string(),
            size: writer.checkpoint().checkpoint().size(),
        })
    }

    /// Lets the store know what the ledger holds: after a restored copy it may be more.
    pub(crate) async fn prepare_ledger(&self) -> Result<(), NodeError> {
        match self.ledger() {
            Some(ledger) => Ok(self.store.ledger_holds(ledger.size).await?),
            None => Ok(()),
        }
    }

    /// The keys of the ledger, where this node writes one.
    pub(crate) fn ledger_keys(&self) -> impl Iterator<Item = &Arc<SigningKey>> {
        self.keys.ledgers().iter().filter(|_| self.ledger.open.is_some())
    }

    /// A public file of the ledger: `checkpoint`, `tile/…`. None where there is no such file.
    ///
    /// # Errors
    /// [`NodeError::Setup`] where it cannot be read.
    pub fn ledger_file(&self, path: &str) -> Result<Option<Vec<u8>>, NodeError> {
        let Some(open) = &self.ledger.open else { return Ok(None) };
        if path == "checkpoint" {
            return open.public.read_checkpoint().map_err(setup);
        }
        let Ok(tile) = TileId::parse(path) else { return Ok(None) };
        open.public.read(&tile).map_err(setup)
    }

    /// Puts a leaf before the ledger. It is kept when this returns; the act that it is about comes
    /// after. None where this node has no ledger.
    pub(crate) async fn note_in_ledger(
        &self,
        public: Public,
        private: Private,
    ) -> Result<Option<Opening>, NodeError> {
        if self.ledger.open.is_none() {
            return Ok(None);
        }
        let opening = Opening::new(public.kind(), private, &*self.entropy).map_err(setup)?;
        let leaf = Leaf::new(self.now(), public, opening.commitment()).map_err(setup)?;
        self.store.keep_round(Round { leaves: vec![leaf.encode()], ..Round::default() }).await?;
        self.ledger.wake();
        Ok(Some(opening))
    }

    /// Name of the ledger of this node, where it has one.
    pub(crate) fn ledger_origin(&self) -> Option<&str> {
        self.ledger.open.as_ref().map(|open| &*open.origin)
    }

    /// Appends what waits until the future is dropped.
    pub(crate) async fn run_ledger(&self) {
        let Some(open) = self.ledger.open.clone() else { return };
        loop {
            if let Err(error) = self.append_waiting(&open).await {
                tracing::error!(error = %error, "the ledger could not be written; trying again");
                metrics::counter!("hutong_ledger_failures_total").increment(1);
            }
            let pause = tokio::time::sleep(Duration::from_millis(CHECKPOINT_MS));
            tokio::select! {
                () = self.ledger.wake.notified() => {}
                () = pause => {}
            }
        }
    }

    /// Appends every leaf that waits; how many.
    ///
    /// # Errors
    /// [`NodeError`] where the store or the ledger's files cannot be read or written.
    pub async fn append_to_ledger(&self) -> Result<usize, NodeError> {
        let Some(open) = self.ledger.open.clone() else { return Ok(0) };
        self.append_waiting(&open).await
    }

    async fn append_waiting(&self, open: &Arc<Open>) -> Result<usize, NodeError> {
        let size = open.writer.lock().checkpoint().checkpoint().size();
        let waiting = self.store.leaves_from(size, BATCH_MAX).await?;
        let read = waiting.iter().map(|leaf| LogEntry::from_bytes(leaf));
        let waiting: Vec<LogEntry> = read.collect::<Result<_, _>>().map_err(setup)?;
        if waiting.is_empty() {
            return Ok(0);
        }
        let (open, count) = (Arc::clone(open), waiting.len());
        let appended = tokio::task::spawn_blocking(move || {
            let mut writer = open.writer.lock();
            let appended = writer.append(&waiting);
            if appended.is_err() {
                // What became of the batch is learnt from the files.
                let _ = writer.reload();
            }
            appended.map(|_| ())
        });
        let appended = appended.await.map_err(setup)?;
        appended.map_err(setup)?;
        self.store.ledger_holds(size + count as u64).await?;
        Ok(count)
    }
}

/// SHA-256 of a text, as leaves name documents.
pub(crate) fn digest(bytes: &[u8]) -> Hash {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes);
    // INVARIANT: SHA-256 has 32 bytes.
    Hash::from_bytes(digest.as_ref().try_into().unwrap_or([0; 32]))
}

/// A name in a leaf; what has other characters is named by its digest.
pub(crate) fn label(text: &str) -> Result<Label, NodeError> {
    if let Ok(label) = Label::parse(text) {
        return Ok(label);
    }
    let name = format!("sha256:{}", hex::encode(&digest(text.as_bytes()).as_bytes()[..16]));
    Label::parse(&name).map_err(setup)
}

/// An exception or variation, as a leaf says it.
pub(crate) fn exception(
    issuer: RegionCode,
    [id, refused, reason]: [&str; 3],
    (from, until): (Timestamp, Timestamp),
    filing: &[u8],
) -> Result<Public, NodeError> {
    let (id, refused, reason) = (label(id)?, label(refused)?, label(reason)?);
    let digest = digest(filing);
    Ok(Public::Exception { issuer, id, refused, reason, from, until, digest })
}

fn setup(error: impl std::fmt::Display) -> NodeError {
    NodeError::Setup(format!("ledger: {error}"))
}
