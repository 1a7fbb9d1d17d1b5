//! The PostgreSQL back end: for nodes with more than one server. Several processes may use one
//! database at once.

mod access_log;
mod admit;
mod connect;
pub(crate) mod copying;
mod database;
pub mod distribution;
mod entries;
mod feed;
mod fetch;
mod ground;
mod journal;
mod open;
mod origins;
mod outage;
mod replica;
mod reseal;
mod small;
pub mod survey;
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
use outage::Outage;
use replica::Replica;
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
    /// Asked for what is shown, where there is one.
    replica: Option<Replica>,
    outage: Outage,
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
        let store = open::open(url, None, &ring, blind_key, entropy).await?;
        copying::refuse_unfinished(&store, url).await?;
        Ok(store)
    }

    /// As [`open`](Self::open), with a server that follows the one of `url`, and is asked for what
    /// is shown to people ([`Journal::shown`](crate::Journal::shown)) as long as it is near enough
    /// ([`REPLICA_LAG_S_MAX`](hutong_model::limits::REPLICA_LAG_S_MAX)). It may be away: then the
    /// first one answers.
    ///
    /// # Errors
    /// As [`open`](Self::open); [`StoreError::Open`] also where `replica` cannot be read.
    pub async fn open_with_replica(
        url: &str,
        replica: &str,
        ring: KeyRing,
        blind_key: BlindKey,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, StoreError> {
        let store = open::open(url, Some(replica), &ring, blind_key, entropy).await?;
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
