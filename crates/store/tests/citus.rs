//! The conformance suite over a store that is distributed by Citus. `HUTONG_TEST_CITUS_URL` is the
//! URL of a coordinator, of a role that may make databases and extensions; without it nothing is
//! tested here.

mod conformance;
#[allow(dead_code, reason = "each test file uses a part of it")]
mod server;

use conformance::*;
use hutong_store::postgres::distribution::{Distributed, distribute};
use hutong_store::{BlindKey, KeyRing, PostgresStore};
use server::Database;

async fn new_store() -> Option<Arc<dyn Store>> {
    let server = std::env::var("HUTONG_TEST_CITUS_URL").ok()?;
    let database = Database::on(&server).await;
    let done = distribute(&database.url).await.expect("distributed");
    assert!(matches!(done, Distributed::Done { .. }), "{done:?}");
    let keys = Counter::new(1);
    let (ring, blind) = (KeyRing::generate(&*keys), BlindKey::generate(&*keys));
    let store = PostgresStore::open(&database.url, ring, blind, Counter::new(1 << 40)).await;
    Some(Arc::new(store.expect("opened")))
}

macro_rules! cases {
    ($($group:ident::$case:ident,)*) => {
        $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $case() {
            if let Some(store) = new_store().await {
                conformance::$group::$case(store).await;
            }
        })*
    };
}
conformance_cases!(cases);
