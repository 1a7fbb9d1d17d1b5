//! Opening a store: the server, migrations, keys, writers.

use super::{
    PostgresStore, Shared, access_log,
    connect::Connector,
    database::Database,
    feed, migrations,
    origins::Members,
    outage::Outage,
    replica::Replica,
    trouble::{Trouble, reason},
    writer::Writer,
};
use crate::{
    StoreError,
    schema::only_widened,
    sealing::{BlindKey, KeyRing, SEAL_CHECK, Sealer, Table},
};
use hutong_model::{Entropy, limits};
use std::sync::{Arc, atomic::AtomicI64};
use tokio::{
    runtime::{Builder, Runtime},
    sync::{mpsc, watch},
};
use tokio_postgres::Client;

/// What is sealed into a new store, to know the keys again by.
const WORD: &[u8] = b"hutong";
/// The lock of whoever opens a store: one process at a time makes tables. "hutong" in ASCII.
pub(super) const OPENING: &str = "SELECT pg_advisory_lock(115012396539495)";

pub(super) async fn open(
    url: &str,
    replica: Option<&str>,
    ring: &KeyRing,
    blind_key: BlindKey,
    entropy: Arc<dyn Entropy>,
) -> Result<PostgresStore, StoreError> {
    let connector = Connector::parse(url)?;
    let replica = replica.map(Replica::new).transpose()?;
    let open_error = |reason: String| StoreError::Open { path: connector.describe(), reason };
    let mut client = connector.session().await.map_err(|error| open_error(reason(&error)))?;
    prepare(&mut client).await?;
    let sealer = Sealer::new(ring, entropy.clone());
    check_keys(&client, &sealer, &blind_key).await?;
    let sweep = "DELETE FROM writer WHERE seen < now() - interval '30 days'";
    client.batch_execute(sweep).await.map_err(|error| open_error(reason(&error)))?;
    drop(client);

    let db = Database::new(connector.clone())?;
    let members = Members::default();
    let outage = Outage::default();
    let shared = Shared { db, sealer, blind_key, entropy, members, replica, outage };
    let shared = Arc::new(shared);
    let writer = Writer::new(shared.clone(), connector.clone());
    let (jobs, waiting) = mpsc::channel(limits::ADMIT_QUEUE_MAX);
    let mut threads = Vec::with_capacity(2);
    let name = "the store's writer";
    threads.push((spawn("store-writer", move |runtime| writer.run(runtime, waiting))?, name));
    let (accesses, waiting) = mpsc::channel(access_log::WAITING_MAX);
    let log = access_log::Writer::new(connector.clone());
    let name = "the writer of the access log";
    threads.push((spawn("store-access", move |runtime| log.run(runtime, waiting))?, name));
    let (feed, _) = watch::channel(0);
    let listener = tokio::spawn(feed::listen(connector, feed.clone(), shared.clone()));
    let mut first = [0; 8];
    shared.entropy.fill(&mut first);
    Ok(PostgresStore {
        shared,
        jobs: Some(jobs),
        accesses: Some(accesses),
        // Room for 2^62 more.
        access_number: AtomicI64::new(i64::from_be_bytes(first) >> 2),
        feed,
        listener,
        threads,
    })
}

/// Makes the tables, or brings them up to date. Nobody else does until this connection is closed.
pub(super) async fn prepare(client: &mut Client) -> Result<(), StoreError> {
    let failed = |error| Trouble::of("open")(error).into_error();
    client.batch_execute(OPENING).await.map_err(failed)?;
    migrate(client).await
}

/// Starts a thread with a runtime of its own.
fn spawn(
    name: &str,
    run: impl FnOnce(&Runtime) + Send + 'static,
) -> Result<std::thread::JoinHandle<()>, StoreError> {
    let failed = |error: std::io::Error| StoreError::Backend {
        transaction: "open",
        reason: error.to_string(),
    };
    let runtime = Builder::new_current_thread().enable_all().build().map_err(failed)?;
    std::thread::Builder::new().name(name.into()).spawn(move || run(&runtime)).map_err(failed)
}

async fn migrate(client: &mut Client) -> Result<(), StoreError> {
    let runner = |strict| {
        let runner = migrations::migrations::runner().set_abort_divergent(true);
        runner.set_abort_missing(strict)
    };
    let Err(refused) = runner(true).run_async(client).await else { return Ok(()) };
    let lenient = runner(false);
    let applied = lenient.get_applied_migrations_async(client).await.unwrap_or_default();
    if !only_widened(&refused, &lenient, &applied) {
        return Err(StoreError::migration(&refused));
    }
    lenient.run_async(client).await.map(drop).map_err(|error| StoreError::migration(&error))
}

/// Makes sure that the keys are the ones the store was written with: the first opening leaves a
/// sealed word and a keyed hash behind, later ones must open and find them. A new key in front
/// seals the word again, so that old keys can be dropped one day.
async fn check_keys(
    client: &Client,
    sealer: &Sealer,
    blind_key: &BlindKey,
) -> Result<(), StoreError> {
    let failed = |error| Trouble::of("check_keys")(error).into_error();
    let wrong = || StoreError::Sealed { table: Table::Meta.name() };
    let read = async |name: &str| -> Result<Option<Vec<u8>>, StoreError> {
        let found = client.query_opt("SELECT value FROM meta WHERE name = $1", &[&name]).await;
        found.map_err(failed)?.map(|row| row.try_get(0).map_err(failed)).transpose()
    };
    let (sealed, blind) = (read("seal-check").await?, read("blind-check").await?);
    if blind.is_some_and(|blind| blind != blind_key.check()) {
        return Err(wrong());
    }
    if let Some(sealed) = sealed {
        if sealer.open(SEAL_CHECK, &sealed)? != WORD {
            return Err(wrong());
        }
        if sealer.is_newest(&sealed) {
            return Ok(());
        }
    }
    let write = "INSERT INTO meta (name, value) VALUES ('blind-check', $1), ('seal-check', $2)
        ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    let (blind, sealed) = (blind_key.check().to_vec(), sealer.seal_slice(SEAL_CHECK, WORD)?);
    client.execute(write, &[&blind, &sealed]).await.map_err(failed)?;
    Ok(())
}
