//! The PostgreSQL back end: for nodes with more than one server. Several processes may use one
//! database at once.

mod access_log;
mod admit;
mod connect;
pub(crate) mod copying;
mod database;
mod entries;
mod feed;
mod fetch;
mod ground;
mod journal;
mod open;
mod origins;
mod reseal;
mod small;
mod trouble;
mod types;
mod write;
mod writer;

use crate::{
    Backups, StoreError,
    admission::Admit,
    sealing::{BlindKey, KeyRing, Sealer},
    sqlite::queue,
};
use access_log::AccessWrite;
use async_trait::async_trait;
use database::Database;
use hutong_model::Entropy;
use origins::Members;
use std::path::Path;
use std::sync::{Arc, atomic::AtomicI64};
use std::thread::JoinHandle;
use tokio::sync::{mpsc, watch};

mod migrations {
    refinery::embed_migrations!("migrations/postgres");
}

/// What readers and writers of a process share.
struct Shared {
    db: Database,
    sealer: Sealer,
    blind_key: BlindKey,
    entropy: Arc<dyn Entropy>,
    members: Members,
}

/// A store in a PostgreSQL database.
pub struct PostgresStore {
    shared: Arc<Shared>,
    jobs: Option<mpsc::Sender<Admit>>,
    accesses: Option<mpsc::Sender<AccessWrite>>,
    /// Tells the accesses of one moment apart.
    access_number: AtomicI64,
    feed: watch::Sender<u64>,
    listener: tokio::task::JoinHandle<()>,
    threads: Vec<(JoinHandle<()>, &'static str)>,
}

impl PostgresStore {
    /// Opens the store in a database, whose tables are made where there are none. The URL may name
    /// several hosts (`postgresql://one,two/hutong?target_session_attrs=read-write`): after a
    /// failover the store goes on by itself. `sslmode` is `disable`, `prefer`, `require` or
    /// `verify-full`; a certificate is always verified, against `sslrootcert` or what the machine
    /// trusts.
    ///
    /// # Errors
    /// [`StoreError::Open`] where the URL cannot be read or the server not be reached,
    /// [`StoreError::Schema`] where the schema is not this version's, [`StoreError::Sealed`] where
    /// the keys are not the ones the store was written with.
    pub async fn open(
        url: &str,
        ring: KeyRing,
        blind_key: BlindKey,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, StoreError> {
        let store = open::open(url, &ring, blind_key, entropy).await?;
        copying::refuse_unfinished(&store, url).await?;
        Ok(store)
    }
}

#[async_trait]
impl Backups for PostgresStore {
    async fn back_up(&self, _folder: &Path) -> Result<(), StoreError> {
        Err(StoreError::Elsewhere(
            "a store on PostgreSQL is copied with the tools of PostgreSQL (pg_basebackup, pg_dump)",
        ))
    }
}

impl Drop for PostgresStore {
    /// Waits until everything accepted is in the database.
    fn drop(&mut self) {
        (self.jobs, self.accesses) = (None, None);
        self.listener.abort();
        for (thread, name) in self.threads.drain(..) {
            queue::ended(Some(thread), name);
        }
    }
}
