//! What lies on a node's disk, read without the node.

use super::{Node, office::Chance};
use hutong_model::Entry;
use hutong_store::{BlindKey, EmbeddedStore, Journal, KeyRing};
use std::{path::Path, sync::Arc};

/// Entries read at once.
const PAGE: usize = 4096;

/// Every entry of a node that does not run, in order.
pub async fn entries(node: &Node) -> Vec<Entry> {
    let data = node.folder.join("data");
    let text = |path: &Path| std::fs::read_to_string(path).expect("a key");
    let ring = KeyRing::parse(&text(&data.join("keys/sealing.keys"))).expect("a ring");
    let blind = BlindKey::parse(&text(&data.join("keys/blind.key"))).expect("a key");
    let path = data.join("hutong.sqlite");
    let store = EmbeddedStore::open(&path, ring, blind, Arc::new(Chance)).expect("a store");
    let (mut all, mut after) = (Vec::new(), 0);
    loop {
        let page = store.entries_after(after, PAGE).await.expect("entries");
        let Some(last) = page.last() else { return all };
        after = last.seq;
        all.extend(page.into_iter().map(|stored| stored.entry));
    }
}
