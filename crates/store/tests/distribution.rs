//! Distributing a store, and what a server looks like to it.

#[allow(dead_code, reason = "each test file uses a part of the suite")]
mod conformance;
#[allow(dead_code, reason = "each test file uses a part of it")]
mod server;

use conformance::*;
use hutong_store::postgres::{
    distribution::{Distributed, PLACES, Place, distribute},
    survey::{CONNECTIONS, survey},
};
use hutong_store::{BlindKey, KeyRing, PostgresStore};
use server::{Database, Server};

async fn open(url: &str) -> PostgresStore {
    let keys = Counter::new(1);
    let (ring, blind) = (KeyRing::generate(&*keys), BlindKey::generate(&*keys));
    PostgresStore::open(url, ring, blind, Counter::new(2 << 40)).await.expect("opened")
}

/// What Citus asks of a table that is distributed by a column.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_table_has_a_place_and_its_keys_hold_the_column() {
    let database = Database::new().await;
    drop(open(&database.url).await);
    let client = database.connect().await;
    let sql = "SELECT tablename::text FROM pg_tables
        WHERE schemaname = 'public' AND tablename <> 'refinery_schema_history' ORDER BY 1";
    let rows = client.query(sql, &[]).await.expect("read");
    let there: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    let mut known: Vec<&str> = PLACES.iter().map(|(table, _)| *table).collect();
    known.sort_unstable();
    assert_eq!(there, known);
    for (table, place) in PLACES {
        let (Place::Person(column) | Place::Own(column)) = place else { continue };
        let sql = "SELECT (SELECT count(*) FROM pg_index WHERE indrelid = $1::text::regclass
                AND indisunique AND NOT attnum = ANY(indkey)), atttypid::regtype::text
            FROM pg_attribute WHERE attrelid = $1::text::regclass AND attname = $2::text::name";
        let row = client.query_one(sql, &[&table, &column]).await.expect("the column");
        assert_eq!(row.get::<_, i64>(0), 0, "{table} is unique without {column}");
        // Tables lie together only where their columns are of one type.
        assert_eq!(row.get::<_, &str>(1), "uuid", "{table}");
    }
    let bound = "SELECT count(*) FROM pg_constraint WHERE contype = 'f'";
    assert_eq!(client.query_one(bound, &[]).await.expect("read").get::<_, i64>(0), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_without_citus_is_left_as_it_is() {
    let database = Database::new().await;
    let client = database.connect().await;
    let sql = "SELECT count(*) FROM pg_available_extensions WHERE name = 'citus'";
    if client.query_one(sql, &[]).await.expect("read").get::<_, i64>(0) > 0 {
        return;
    }
    let done = distribute(&database.url).await.expect("asked");
    assert!(matches!(done, Distributed::Unavailable { .. }), "{done:?}");
    let sql = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'";
    assert_eq!(client.query_one(sql, &[]).await.expect("read").get::<_, i64>(0), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_survey_tells_what_is_missing() {
    let primary = Server::start_set(&["max_connections=30"]);
    let database = primary.database().await;
    let empty = survey(&database.url).await.expect("looked");
    assert_eq!((empty.schema.0, empty.may_create, empty.follows), (None, true, false));
    let store = open(&database.url).await;
    let full = survey(&database.url).await.expect("looked");
    assert_eq!(full.schema, (Some(full.schema.1), full.schema.1));
    assert!(full.forbidden.is_empty() && full.version.1 >= 150_000);
    assert_eq!(full.unsafe_settings, ["fsync = off"], "as tests have it");
    let (allowed, taken) = full.connections;
    assert_eq!(allowed, 27);
    assert!(taken >= 2 && taken <= CONNECTIONS as u64 + 2, "{taken}");
    assert_eq!((full.standbys.following, full.standbys.synchronous), (0, Some(0)));

    // Somebody who may not do anything.
    let client = primary.connect().await;
    client.batch_execute("CREATE ROLE stranger LOGIN").await.expect("a role");
    let other = database.url.replace("postgres@", "stranger@");
    let found = survey(&other).await.expect("looked");
    assert_eq!(found.forbidden.len(), PLACES.len() + 1);
    assert!(!found.may_create);

    let standby = primary.standby();
    primary.wait_for_standby().await;
    let found = survey(&database.url).await.expect("looked");
    assert_eq!((found.standbys.following, found.standbys.synchronous), (1, Some(1)));
    let hidden = survey(&other).await.expect("looked");
    assert_eq!((hidden.standbys.following, hidden.standbys.synchronous), (1, None));
    let replica = survey(&standby.url_of(&database)).await.expect("looked");
    assert!(replica.follows);
    drop(store);
}
