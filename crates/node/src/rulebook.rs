//! What decisions are made by: declared events, rule packs, filed variations, listed areas; and
//! what regions add to the immunization programme. The root publishes each as a signed document;
//! they come down by the feed, and every node holds all.

pub mod areas;
pub mod events;
pub mod filings;
mod ledger;
pub mod packs;
pub mod programmes;
pub mod simulate;
pub mod variations;

use crate::{Node, NodeError, feed::PUBLISHED, ledger::digest};
use areas::AreaDocument;
use base64::{Engine, engine::general_purpose::STANDARD};
use events::DeclaredEvent;
use hutong_code::{Published, VerifyingKey};
use hutong_ledger::Hash;
use hutong_model::{RegionCode, Timestamp};
use hutong_rules::{Areas, Pack};
use hutong_store::{Audience, Store};
use packs::PublishedPack;
use parking_lot::RwLock;
use programmes::FiledProgrammePack;
use serde::{Serialize, de::DeserializeOwned};
use std::{collections::HashMap, sync::Arc};
use variations::FiledVariation;

const COLLECTION: &str = "published";
/// The greatest number of a document that is held.
const NUMBER: &str = "published-number";

/// Everything that was published and is held.
#[derive(Debug, Default)]
pub(crate) struct Rulebook {
    pub(crate) events: Vec<DeclaredEvent>,
    packs: Vec<PublishedPack>,
    variations: Vec<FiledVariation>,
    areas: HashMap<Box<str>, Areas>,
    pub(crate) listed: Vec<AreaDocument>,
    pub(crate) programmes: Vec<FiledProgrammePack>,
}

/// Where a node keeps its rulebook.
#[derive(Default)]
pub(crate) struct RulebookPlace(RwLock<Arc<Rulebook>>);

/// A kind of document that a root publishes.
pub(crate) trait Document: Serialize + DeserializeOwned {
    /// Its kind on the wire.
    const KIND: &'static str;
    /// Which one of its kind.
    fn key(&self) -> String;
}

impl Node {
    /// Everything that was published.
    pub(crate) fn rulebook(&self) -> Arc<Rulebook> {
        self.rulebook.0.read().clone()
    }

    /// Reads what is held; at start.
    pub(crate) async fn load_rulebook(&self) -> Result<(), NodeError> {
        let book = Rulebook::load(&*self.store, &self.anchors()).await?;
        *self.rulebook.0.write() = Arc::new(book);
        Ok(())
    }

    /// Whose signatures on documents count: the anchors, and what the trust list says of them.
    fn anchors(&self) -> Vec<VerifyingKey> {
        let mut anchors = self.trust.anchors().to_vec();
        if let Some(state) = self.trust_list() {
            anchors.extend(state.list().anchors(self.now()));
        }
        anchors
    }

    /// At the root: signs a document, keeps it and sends it down.
    pub(crate) async fn publish_document<D: Document>(
        &self,
        document: &D,
    ) -> Result<(), NodeError> {
        let Some(key) = self.keys.trust_list() else {
            return Err(NodeError::Forbidden("that is published by the root"));
        };
        // One at a time: numbers rise.
        let _turn = self.publishing.lock().await;
        let last: u64 =
            self.store.setting(NUMBER).await?.and_then(|text| text.parse().ok()).unwrap_or(0);
        let seconds = u64::try_from(self.now().unix_s()).unwrap_or(0);
        let body = serde_json::to_string(document).map_err(setup)?;
        let published = Published {
            kind: D::KIND.into(),
            key: document.key().into(),
            number: seconds.max(last + 1),
            at: self.now(),
            body: body.into(),
        };
        let bytes = published.sign(key).map_err(setup)?;
        self.note_published(&published).await?;
        self.keep_published(&published, &bytes).await
    }

    /// Takes a document that came down the feed, where it is newer than what is held.
    pub(crate) async fn take_published(&self, bytes: &[u8]) -> Result<(), NodeError> {
        let refused = |error| NodeError::Parent(format!("published document: {error}"));
        let published = Published::open(bytes, &self.anchors()).map_err(refused)?;
        let name = name_of(&published);
        if let Some(held) = self.store.document(COLLECTION, &name).await? {
            let held = opened(held, &self.anchors());
            if held.is_some_and(|held| held.number >= published.number) {
                return Ok(());
            }
        }
        let _turn = self.publishing.lock().await;
        self.keep_published(&published, bytes).await
    }

    async fn keep_published(&self, published: &Published, bytes: &[u8]) -> Result<(), NodeError> {
        let text = STANDARD.encode(bytes);
        let name = name_of(published);
        self.store.put_document(COLLECTION, &name, text.clone().into(), self.now()).await?;
        self.store.set_setting(NUMBER, &published.number.to_string()).await?;
        self.load_rulebook().await?;
        tracing::info!(document = name, number = published.number, "published");
        self.publish(PUBLISHED, Audience::All, text).await?;
        self.sweep_for(&published.kind, &published.key).await
    }
}

impl Rulebook {
    async fn load(store: &dyn Store, anchors: &[VerifyingKey]) -> Result<Self, NodeError> {
        let mut documents: Vec<Published> = Vec::new();
        for (name, document) in store.documents(COLLECTION).await? {
            match opened(document, anchors) {
                Some(document) => documents.push(document),
                // Whoever wrote it had no key of the root's: it decides nothing.
                None => tracing::error!(document = name, "not signed by the root; left out"),
            }
        }
        documents.sort_by_key(|document| document.number);
        let mut book = Self::default();
        for document in &documents {
            match &*document.kind {
                DeclaredEvent::KIND => book.events.extend(read::<DeclaredEvent>(document)),
                packs::PackDocument::KIND => {
                    book.packs.extend(read(document).and_then(PublishedPack::compile));
                }
                FiledVariation::KIND => book.variations.extend(read::<FiledVariation>(document)),
                AreaDocument::KIND => book.listed.extend(read::<AreaDocument>(document)),
                FiledProgrammePack::KIND => book.programmes.extend(read(document)),
                other => tracing::warn!(kind = other, "a document of an unknown kind"),
            }
        }
        let mut listings: HashMap<Box<str>, Vec<_>> = HashMap::new();
        for area in &book.listed {
            let of_event = listings.entry(area.event.clone()).or_default();
            of_event.extend(area.listings());
        }
        let areas = listings.into_iter().map(|(event, of_event)| (event, Areas::new(of_event)));
        book.areas = areas.collect();
        book.compile_variations();
        Ok(book)
    }

    /// The pack that decides in an event at a time, as it is varied for a region.
    pub(crate) fn pack(&self, kind: &str, region: RegionCode, at: Timestamp) -> Arc<Pack> {
        let fits = |published: &&PublishedPack| {
            let pack = &published.pack;
            pack.event_kind() == kind
                && pack.valid_from() <= at
                && pack.valid_until().is_none_or(|until| at < until)
        };
        let newest = self.packs.iter().filter(fits).max_by_key(|p| p.pack.valid_from());
        let national = newest.map_or_else(packs::baseline, |published| published.pack.clone());
        let varied = self.variations.iter().rev().find(|filed| filed.varies(&national, region, at));
        varied.and_then(|filed| filed.compiled.clone()).unwrap_or(national)
    }

    /// Digest of the text of a pack.
    pub(crate) fn digest_of(&self, id: &str, version: &str) -> Hash {
        let of = |one: &&PublishedPack| one.pack.id() == id && one.pack.version() == version;
        let published = self.packs.iter().find(of).map(|published| published.digest);
        published.unwrap_or_else(|| digest(packs::baseline().source().as_bytes()))
    }

    /// When packs and variations begin and end.
    pub(crate) fn turns_of_rules(&self) -> impl Iterator<Item = Timestamp> + '_ {
        let packs = self.packs.iter().map(|published| &published.pack);
        let packs = packs.flat_map(|p| std::iter::once(p.valid_from()).chain(p.valid_until()));
        let variations = self.variations.iter().map(|filed| &filed.filed);
        packs.chain(variations.flat_map(|filed| [filed.effective_from, filed.expires_at]))
    }

    /// The areas that were listed in an event.
    pub(crate) fn areas(&self, event: &str) -> Option<&Areas> {
        self.areas.get(event)
    }

    fn compile_variations(&mut self) {
        let packs: Vec<Arc<Pack>> =
            self.packs.iter().map(|p| p.pack.clone()).chain([packs::baseline()]).collect();
        for filed in &mut self.variations {
            filed.compile(&packs);
        }
    }
}

fn read<D: Document>(document: &Published) -> Option<D> {
    let read = serde_json::from_str(&document.body);
    read.inspect_err(|error| tracing::error!(key = &*document.key, %error, "left out")).ok()
}

fn opened(document: serde_json::Value, anchors: &[VerifyingKey]) -> Option<Published> {
    let bytes = STANDARD.decode(document.as_str()?).ok()?;
    Published::open(&bytes, anchors).ok()
}

fn name_of(published: &Published) -> String {
    format!("{}/{}", published.kind, published.key)
}

fn setup(error: impl std::fmt::Display) -> NodeError {
    NodeError::Setup(format!("publishing: {error}"))
}
