//! The PostgreSQL back end against the conformance suite, on a server that the test starts.

mod conformance;
#[allow(dead_code, reason = "each test file uses a part of it")]
mod server;

use conformance::Counter;
use hutong_store::{BlindKey, KeyRing, PostgresStore, Store};
use server::Database;
use std::sync::Arc;

async fn new_store() -> (Database, Arc<dyn Store>) {
    let database = Database::new().await;
    let entropy = Counter::new(1);
    let (ring, blind) = (KeyRing::generate(&*entropy), BlindKey::generate(&*entropy));
    let store = PostgresStore::open(&database.url, ring, blind, entropy).await.expect("opened");
    (database, Arc::new(store))
}

macro_rules! cases {
    ($($group:ident::$case:ident,)*) => {
        $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $case() {
            let (_database, store) = new_store().await;
            conformance::$group::$case(store).await;
        })*
    };
}
conformance_cases!(cases);
