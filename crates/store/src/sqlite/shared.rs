//! What readers and the writer share.

use super::{
    rows::{self, Origins, RawRow},
    run_index::Snapshot,
    upkeep::Indexes,
    writer::backend,
};
use crate::{
    StoreError, Stored,
    admission::Links,
    sealing::{BlindKey, Sealer},
};
use hutong_model::{Entropy, PersonId};
use parking_lot::{Mutex, RwLock};
use rusqlite::Connection;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

pub(super) struct Shared {
    pub(super) sealer: Sealer,
    pub(super) blind_key: BlindKey,
    pub(super) entropy: Arc<dyn Entropy>,
    pub(super) indexes: RwLock<Indexes>,
    pub(super) links: RwLock<Links>,
    pub(super) origins: RwLock<Arc<Origins>>,
    pub(super) readers: Readers,
    /// Place of the last entry that everything in memory knows of.
    pub(super) head: AtomicU64,
}

impl Shared {
    /// The last place in the journal.
    pub(super) fn head(&self) -> u64 {
        self.head.load(Ordering::Acquire)
    }

    /// Reads in a snapshot, as [`Readers::read`].
    pub(super) fn read<L, T>(
        &self,
        name: &'static str,
        look: impl FnOnce(&Indexes) -> L,
        read: impl FnOnce(&Connection, L) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.readers.read(name, &self.indexes, look, read)
    }

    /// The rows at these places, which rise, opened.
    pub(super) fn load(&self, db: &Connection, places: &[u64]) -> Result<Vec<Stored>, StoreError> {
        let origins = self.origins.read().clone();
        let open = |row: RawRow<'_>| row.open(&self.sealer, &origins);
        rows::at_places(db, places, open).map_err(backend("read"))?.into_iter().collect()
    }

    /// Entries of persons, in order of arrival.
    pub(super) fn entries_of(&self, persons: &[PersonId]) -> Result<Vec<Stored>, StoreError> {
        self.read(
            "entries_of",
            |indexes| -> Vec<Snapshot<u64>> {
                persons.iter().map(|p| indexes.person.snapshot(p.as_bytes())).collect()
            },
            |db, snapshots| {
                let mut places = Vec::new();
                for (person, snapshot) in persons.iter().zip(snapshots) {
                    let all = snapshot.all(db, person.as_bytes());
                    places.extend(all.map_err(backend("entries_of"))?);
                }
                places.sort_unstable();
                places.dedup();
                self.load(db, &places)
            },
        )
    }
}

/// Connections that read a file, kept open.
pub(super) struct Readers {
    path: PathBuf,
    most: usize,
    kept: Mutex<Vec<Connection>>,
}

impl Readers {
    /// Keeps at most so many connections open.
    pub(super) fn new(path: &Path, most: usize) -> Self {
        Self { path: path.to_owned(), most, kept: Mutex::default() }
    }

    /// The file.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Reads in a snapshot: `look` takes from the indexes what it needs, under the lock, at
    /// the very state of the database that `read` then sees.
    pub(super) fn read<L, T>(
        &self,
        name: &'static str,
        indexes: &RwLock<Indexes>,
        look: impl FnOnce(&Indexes) -> L,
        read: impl FnOnce(&Connection, L) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let kept = self.kept.lock().pop();
        let db = match kept {
            Some(db) => db,
            None => super::open::open_reader(&self.path)?,
        };
        let looked = {
            let indexes = indexes.read();
            // A deferred transaction takes its snapshot at the first read.
            run(&db, "BEGIN").map_err(backend(name))?;
            db.prepare_cached("SELECT 1 FROM meta LIMIT 1")
                .and_then(|mut first| first.exists([]))
                .map_err(backend(name))?;
            look(&indexes)
        };
        let result = read(&db, looked);
        let ended = run(&db, "COMMIT").map_err(backend(name));
        if ended.is_ok() {
            let mut kept = self.kept.lock();
            if kept.len() < self.most {
                kept.push(db);
            }
        }
        result
    }
}

/// Runs a statement that is kept ready.
pub(super) fn run(db: &Connection, statement: &str) -> rusqlite::Result<()> {
    db.prepare_cached(statement)?.execute([]).map(|_| ())
}
