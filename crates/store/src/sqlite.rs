//! The embedded back end: SQLite, one file, WAL, every commit flushed to disk.

mod admit;
mod bloom;
mod journal;
mod links;
mod prepare;
mod rows;
mod run_index;
mod shared;
mod small;
mod upkeep;
mod writer;

pub use upkeep::Upkeep;

use crate::{
    StoreError,
    sealing::{BlindKey, KeyRing, Place, Sealer, Table},
};
use hutong_model::{Document, Entropy, Fact, limits};
use parking_lot::{Mutex, RwLock};
use run_index::{Name, Run, RunIndex};
use rusqlite::{Connection, OpenFlags, OptionalExtension};
use shared::Shared;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::thread::JoinHandle;
use tokio::sync::{mpsc, watch};
use upkeep::{INDEXED, Indexes, Keeper};
use writer::{Job, Writer, backend};

mod migrations {
    refinery::embed_migrations!("migrations/sqlite");
}

/// The embedded store.
pub struct EmbeddedStore {
    shared: Arc<Shared>,
    jobs: Option<mpsc::Sender<Job>>,
    feed: watch::Sender<u64>,
    thread: Option<JoinHandle<()>>,
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
        let lock = lock(path)?;
        let mut db = open_writer(path)?;
        migrations::migrations::runner()
            .set_abort_divergent(true)
            .run(&mut db)
            .map_err(|error| StoreError::Schema(error.to_string()))?;
        let sealer = Sealer::new(&ring, entropy.clone());
        let shared = Shared {
            path: path.to_owned(),
            sealer,
            blind_key,
            entropy,
            indexes: RwLock::new(load_runs(&db).map_err(backend("open"))?),
            links: RwLock::new(links::Links::load(&db).map_err(backend("open"))?),
            origins: RwLock::new(rows::Origins::load(&db).map_err(backend("open"))?),
            readers: Mutex::new(Vec::new()),
            persons: AtomicU64::new(count_of_persons(&db).map_err(backend("open"))?),
        };
        check_keys(&db, &shared)?;
        let (next_seq, next_run) = recover(&db, &shared)?;
        let shared = Arc::new(shared);
        let last: i64 = db
            .query_row("SELECT coalesce(max(number), 0) FROM feed", [], |row| row.get(0))
            .map_err(backend("open"))?;
        let mut keeper = Keeper::new(upkeep, next_run);
        keeper.begin(&mut shared.indexes.write(), next_seq - 1);
        let writer = Writer { db, shared: shared.clone(), keeper, next_seq };
        let (jobs, waiting) = mpsc::channel(limits::ADMIT_QUEUE_MAX);
        let thread = std::thread::Builder::new()
            .name("store-writer".into())
            .spawn(move || writer.run(waiting))
            .map_err(|error| open_error(path, &error.to_string()))?;
        let (feed, _) = watch::channel(u64::try_from(last).unwrap_or(0));
        Ok(Self { shared, jobs: Some(jobs), feed, thread: Some(thread), _lock: lock })
    }
}

impl Drop for EmbeddedStore {
    /// Waits until everything accepted is on disk.
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the store's writer panicked");
        }
    }
}

/// Takes the lock that keeps a second process out.
fn lock(path: &Path) -> Result<std::fs::File, StoreError> {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let file = std::fs::OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&name)
        .map_err(|error| open_error(path, &error.to_string()))?;
    file.try_lock().map_err(|_| open_error(path, "another process has this store open"))?;
    Ok(file)
}

fn open_error(path: &Path, reason: &str) -> StoreError {
    StoreError::Open { path: path.display().to_string(), reason: reason.to_owned() }
}

fn open_writer(path: &Path) -> Result<Connection, StoreError> {
    let db = Connection::open(path).map_err(|error| open_error(path, &error.to_string()))?;
    db.execute_batch(
        "PRAGMA page_size = 8192;
         PRAGMA journal_mode = WAL;
         PRAGMA synchronous = FULL;
         PRAGMA wal_autocheckpoint = 8000;
         PRAGMA cache_size = -65536;
         PRAGMA mmap_size = 0;
         PRAGMA temp_store = MEMORY;",
    )
    .map_err(|error| open_error(path, &error.to_string()))?;
    db.set_prepared_statement_cache_capacity(64);
    Ok(db)
}

fn open_reader(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags)
        .map_err(|error| open_error(path, &error.to_string()))?;
    db.execute_batch("PRAGMA cache_size = -16384; PRAGMA busy_timeout = 5000;")
        .map_err(|error| open_error(path, &error.to_string()))?;
    db.set_prepared_statement_cache_capacity(64);
    Ok(db)
}

fn count_of_persons(db: &Connection) -> rusqlite::Result<u64> {
    let sql = "SELECT value FROM setting WHERE name = 'persons'";
    let text: Option<String> = db.query_row(sql, [], |row| row.get(0)).optional()?;
    Ok(text.and_then(|text| text.parse().ok()).unwrap_or(0))
}

fn load_runs(db: &Connection) -> rusqlite::Result<Indexes> {
    let load = |name| {
        let mut runs = Run::load(db, name)?;
        upkeep::sort(&mut runs);
        Ok::<_, rusqlite::Error>(runs)
    };
    Ok(Indexes {
        person: RunIndex::new(load(Name::Person)?),
        entry: RunIndex::new(load(Name::Entry)?),
        document: RunIndex::new(load(Name::Document)?),
    })
}

/// Sweeps pages of runs that do not count, and rebuilds the tails from the rows after the last
/// flush. The next place in the journal, and the highest run number.
fn recover(db: &Connection, shared: &Shared) -> Result<(u64, i64), StoreError> {
    let failed = backend("recover");
    sweep(db).map_err(&failed)?;
    let number = |sql: &str| db.query_row(sql, [], |row| row.get::<_, i64>(0)).map_err(&failed);
    let last = number("SELECT coalesce(max(seq), 0) FROM entry")?;
    let next_run = number("SELECT coalesce(max(run), 0) FROM index_run")?;
    let indexed: String = db
        .query_row("SELECT value FROM setting WHERE name = ?1", [INDEXED], |row| row.get(0))
        .or_else(|error| match error {
            rusqlite::Error::QueryReturnedNoRows => Ok("0".into()),
            other => Err(other),
        })
        .map_err(&failed)?;
    let from: i64 = indexed.parse().unwrap_or(0);
    let sql = format!("SELECT {} FROM entry WHERE seq > ?1 ORDER BY seq", rows::COLUMNS);
    let mut statement = db.prepare(&sql).map_err(&failed)?;
    let tail = statement.query_map([from], rows::RawRow::read).map_err(&failed)?;
    let origins = shared.origins.read();
    let mut indexes = shared.indexes.write();
    for row in tail {
        let row = row.map_err(&failed)?;
        let stored = row.open(&shared.sealer, &origins)?;
        let entry = &stored.entry;
        indexes.person.add(*entry.person.as_bytes(), stored.seq);
        indexes.entry.add(*entry.id.as_bytes(), stored.seq);
        replay_document(&mut indexes, db, shared, entry).map_err(&failed)?;
    }
    Ok((u64::try_from(last).unwrap_or(0) + 1, next_run))
}

/// Removes pages of runs that do not count: half-written when the process ended, or merged away.
/// Looks at one page of each run, not at all pages.
fn sweep(db: &Connection) -> rusqlite::Result<()> {
    let mut next = db.prepare("SELECT min(place) FROM index_page WHERE place >= ?1")?;
    let mut counts = db.prepare("SELECT 1 FROM index_run WHERE run = ?1")?;
    let mut from = 0_i64;
    while let Some(place) = next.query_row([from], |row| row.get::<_, Option<i64>>(0))? {
        let run = place >> run_index::PAGE_BITS;
        from = (run + 1) << run_index::PAGE_BITS;
        if !counts.exists([run])? {
            let range = [run << run_index::PAGE_BITS, from];
            db.execute("DELETE FROM index_page WHERE place >= ?1 AND place < ?2", range)?;
        }
    }
    Ok(())
}

/// Makes sure that the keys are the ones the store was written with: the first opening leaves a
/// sealed word and a keyed hash behind, later ones must open and find them.
fn check_keys(db: &Connection, shared: &Shared) -> Result<(), StoreError> {
    const WORD: &[u8] = b"hutong";
    let failed = backend("check_keys");
    let wrong = || StoreError::Sealed { table: "setting" };
    let place = Place { table: Table::Setting, row: b"key-check", column: "value" };
    let probe = Document::identifier("urn:hutong:key-check", "1").map_err(|_| wrong())?;
    let blind = hex::encode(shared.blind_key.blind(&probe));
    let read = |name: &str| -> rusqlite::Result<Option<String>> {
        let sql = "SELECT value FROM setting WHERE name = ?1";
        db.query_row(sql, [name], |row| row.get(0)).optional()
    };
    let known = (read("key-check").map_err(&failed)?, read("blind-check").map_err(&failed)?);
    if let (Some(sealed), Some(known_blind)) = known {
        let sealed = hex::decode(sealed).map_err(|_| wrong())?;
        let fits = shared.sealer.open(place, &sealed)? == WORD && known_blind == blind;
        return if fits { Ok(()) } else { Err(wrong()) };
    }
    let sealed = hex::encode(shared.sealer.seal_slice(place, WORD)?);
    let write = "INSERT OR REPLACE INTO setting (name, value) VALUES (?1, ?2)";
    db.execute(write, ("key-check", sealed)).map_err(&failed)?;
    db.execute(write, ("blind-check", blind)).map_err(&failed)?;
    Ok(())
}

/// What an entry did to the index of documents when it was written.
fn replay_document(
    indexes: &mut Indexes,
    db: &Connection,
    shared: &Shared,
    entry: &hutong_model::Entry,
) -> rusqlite::Result<()> {
    const NIL: [u8; 16] = [0; 16];
    match &entry.fact {
        Fact::DocumentLinked(document) => {
            let blind = shared.blind_key.blind(document);
            let owner = indexes.document.newest(db, &blind)?;
            if owner.is_none_or(|owner| owner == NIL) {
                indexes.document.add(blind, *entry.person.as_bytes());
            }
        }
        Fact::DocumentUnlinked(document) => {
            let blind = shared.blind_key.blind(document);
            let cluster = shared.links.read().cluster(entry.person);
            let owner = indexes.document.newest(db, &blind)?.unwrap_or(NIL);
            if cluster.iter().any(|person| *person.as_bytes() == owner) {
                indexes.document.add(blind, NIL);
            }
        }
        _ => {}
    }
    Ok(())
}
