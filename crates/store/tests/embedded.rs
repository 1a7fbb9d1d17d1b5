//! The embedded back end against the conformance suite, with ordinary and with tiny indexes.

mod conformance;

use conformance::Counter;
use hutong_store::{BlindKey, EmbeddedStore, KeyRing, Store, sqlite::Upkeep};
use std::sync::Arc;

/// Indexes so small that a few dozen rows make runs and merges.
const TINY: Upkeep = Upkeep { flush_entries: 5, fanout: 2, slice_entries: 3 };

fn new_store(upkeep: Upkeep) -> (tempfile::TempDir, Arc<dyn Store>) {
    let folder = tempfile::tempdir().expect("a folder");
    let entropy = Counter::new(1);
    let (ring, blind) = (KeyRing::generate(&*entropy), BlindKey::generate(&*entropy));
    let path = folder.path().join("store.db");
    let store = EmbeddedStore::open_with(&path, ring, blind, entropy, upkeep).expect("opened");
    (folder, Arc::new(store))
}

macro_rules! cases {
    ($($group:ident::$case:ident,)*) => {
        mod ordinary {
            use super::*;
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                let (_folder, store) = new_store(Upkeep::default());
                conformance::$group::$case(store).await;
            })*
        }
        mod tiny {
            use super::*;
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                let (_folder, store) = new_store(TINY);
                conformance::$group::$case(store).await;
            })*
        }
    };
}
conformance_cases!(cases);
