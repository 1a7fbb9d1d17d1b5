//! The embedded back end: SQLite, a file and the access log beside it, WAL, every commit flushed
//! to disk.

mod access_log;
mod access_writer;
mod admit;
mod backup;
mod bloom;
mod checkpoint;
pub(crate) mod copying;
mod journal;
mod links;
mod open;
mod pages;
pub(crate) mod queue;
mod reseal;
mod rows;
mod run_index;
mod shared;
mod small;
mod tail;
mod upkeep;
mod writer;

pub use backup::{BACKUP_NAME, take_over};
pub use upkeep::Upkeep;

use crate::{
    StoreError,
    sealing::{BlindKey, KeyRing},
};
use hutong_model::Entropy;
use shared::Shared;
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use tokio::sync::{mpsc, watch};
use writer::Job;

mod migrations {
    refinery::embed_migrations!("migrations/sqlite");
}
mod access_migrations {
    refinery::embed_migrations!("migrations/sqlite-access");
}

/// The embedded store.
pub struct EmbeddedStore {
    shared: Arc<Shared>,
    jobs: Option<mpsc::Sender<Job>>,
    feed: watch::Sender<u64>,
    thread: Option<JoinHandle<()>>,
    accesses: access_log::AccessLog,
    /// Released last, when the writer has ended.
    _lock: std::fs::File,
}

impl EmbeddedStore {
    /// Opens the store in a file, made new where there is none.
    ///
    /// # Errors
    /// [`StoreError::Open`] where the file cannot be used or another process has it open,
    /// [`StoreError::Schema`] where its schema is not this version's, [`StoreError::Sealed`] where
    /// the keys are not the ones it was written with.
    pub fn open(
        path: &Path,
        ring: KeyRing,
        blind_key: BlindKey,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, StoreError> {
        Self::open_with(path, ring, blind_key, entropy, Upkeep::default())
    }

    /// Opens the store with upkeep of another size, for tests.
    ///
    /// # Errors
    /// As [`EmbeddedStore::open`].
    pub fn open_with(
        path: &Path,
        ring: KeyRing,
        blind_key: BlindKey,
        entropy: Arc<dyn Entropy>,
        upkeep: Upkeep,
    ) -> Result<Self, StoreError> {
        let store = open::open(path, &ring, blind_key, entropy, upkeep)?;
        match copying::unfinished(path)? {
            true => Err(copying::half_copied(path)),
            false => Ok(store),
        }
    }

    /// For `doctor` and measurements: runs and entries in them, of each index.
    pub fn index_sizes(&self) -> [(&'static str, usize, u64); 3] {
        self.shared.indexes.read().sizes()
    }
}

impl Drop for EmbeddedStore {
    /// Waits until everything accepted is on disk.
    fn drop(&mut self) {
        self.jobs = None;
        queue::ended(self.thread.take(), "the store's writer");
    }
}
