//! Opening a store: the lock, the file, migrations, keys, and what is kept in memory.

use super::{
    EmbeddedStore, Upkeep,
    access_log::AccessLog,
    checkpoint::Checkpointer,
    journal::{signed, unsigned},
    links, migrations,
    pages::Pages,
    queue::Pace,
    rows,
    run_index::{self, NIL, Name, Run, RunIndex},
    shared::{Readers, Shared},
    upkeep::{self, INDEXED, Indexes, Keeper},
    writer::{Writer, backend},
};
use crate::{
    StoreError,
    schema::only_widened,
    sealing::{BlindKey, KeyRing, SEAL_CHECK, Sealer, Table},
};
use hutong_model::{Entropy, limits};
use parking_lot::RwLock;
use rusqlite::{Connection, OpenFlags, OptionalExtension, params};
use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;
use std::sync::{Arc, atomic::AtomicU64};
use std::time::Duration;
use tokio::sync::{mpsc, watch};

/// How long SQLite waits for a lock that only a foreign program can hold.
const FOREIGN_WAIT: Duration = Duration::from_secs(5);
/// Statements that a connection keeps ready.
const STATEMENTS: usize = 96;
/// Size of a database page, in bytes.
const PAGE_BYTES: u32 = 8_192;
/// As much of a file as readers see in their own memory, without copying it: all of it.
const MAPPED_BYTES: u64 = 1 << 44;
/// Pages of indexes that are kept, of 8 KiB each.
const PAGES_KEPT: usize = 8_192;
/// Connections that readers keep open at most.
const READERS_MAX: usize = 4;
/// What is sealed into a new store, to know the keys again by.
const WORD: &[u8] = b"hutong";

pub(super) fn open(
    path: &Path,
    ring: &KeyRing,
    blind_key: BlindKey,
    entropy: Arc<dyn Entropy>,
    upkeep: Upkeep,
) -> Result<EmbeddedStore, StoreError> {
    let failed = backend("open");
    let lock = lock(path)?;
    let mut db = connect(path)?;
    migrate(&mut db, migrations::migrations::runner)?;
    let sealer = Sealer::new(ring, entropy.clone());
    check_keys(&db, &sealer, &blind_key)?;
    let mut indexes = load_runs(&db, PAGES_KEPT).map_err(&failed)?;
    let (head, last_run) = recover(&db, &mut indexes).map_err(&failed)?;
    // A copy that took the place of a store goes on beyond numbers that it does not know.
    let floor = unsigned(meta(&db, "floor").map_err(&failed)?);
    let mut keeper = Keeper::new(upkeep, last_run);
    keeper.begin(&mut indexes, head);
    let last: i64 = db
        .query_row("SELECT coalesce(max(number), 0) FROM feed", [], |row| row.get(0))
        .map_err(&failed)?;
    let shared = Arc::new(Shared {
        sealer,
        blind_key,
        entropy,
        indexes: RwLock::new(indexes),
        links: RwLock::new(links::load(&db).map_err(&failed)?),
        origins: RwLock::new(Arc::new(rows::Origins::load(&db).map_err(&failed)?)),
        readers: Readers::new(path, READERS_MAX),
        head: AtomicU64::new(head),
    });
    let accesses = access_log(path, &db, &*shared.entropy)?;
    let checkpointer = Checkpointer::spawn(path)?;
    let writer = Writer {
        db,
        shared: shared.clone(),
        keeper,
        next_seq: head.max(floor) + 1,
        pace: Pace::new(),
        checkpointer,
    };
    let (jobs, waiting) = mpsc::channel(limits::ADMIT_QUEUE_MAX);
    let thread = std::thread::Builder::new()
        .name("store-writer".into())
        .spawn(move || writer.run(waiting))
        .map_err(|error| open_error(path, &error))?;
    let (feed, _) = watch::channel(u64::try_from(last).unwrap_or(0));
    let thread = Some(thread);
    Ok(EmbeddedStore { shared, jobs: Some(jobs), feed, thread, accesses, _lock: lock })
}

/// Takes the lock that keeps a second store out, of this process or another.
pub(super) fn lock(path: &Path) -> Result<File, StoreError> {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&name)
        .map_err(|error| open_error(path, &error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            Err(open_error(path, &"another process, or another store of this one, has it open"))
        }
        Err(TryLockError::Error(error)) => Err(open_error(path, &error)),
    }
}

pub(super) fn open_error(path: &Path, reason: &dyn std::fmt::Display) -> StoreError {
    StoreError::Open { path: path.display().to_string(), reason: reason.to_string() }
}

/// A connection that writes.
pub(super) fn connect(path: &Path) -> Result<Connection, StoreError> {
    let db = Connection::open(path).map_err(|error| open_error(path, &error))?;
    db.busy_timeout(FOREIGN_WAIT).map_err(|error| open_error(path, &error))?;
    db.pragma_update(None, "page_size", PAGE_BYTES).map_err(|error| open_error(path, &error))?;
    db.execute_batch(
        "PRAGMA journal_mode = WAL;
         PRAGMA synchronous = FULL;
         PRAGMA wal_autocheckpoint = 0;
         PRAGMA cache_size = -65536;
         PRAGMA mmap_size = 0;
         PRAGMA temp_store = MEMORY;",
    )
    .map_err(|error| open_error(path, &error))?;
    db.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(db)
}

pub(super) fn migrate(
    db: &mut Connection,
    known: fn() -> refinery::Runner,
) -> Result<(), StoreError> {
    let runner = |strict| known().set_abort_divergent(true).set_abort_missing(strict);
    let Err(refused) = runner(true).run(db) else { return Ok(()) };
    let lenient = runner(false);
    let applied = lenient.get_applied_migrations(db).unwrap_or_default();
    if !only_widened(&refused, &lenient, &applied) {
        return Err(StoreError::migration(&refused));
    }
    lenient.run(db).map(drop).map_err(|error| StoreError::migration(&error))
}

/// The access log that belongs to the store.
fn access_log(
    path: &Path,
    db: &Connection,
    entropy: &dyn Entropy,
) -> Result<AccessLog, StoreError> {
    let failed = backend("open");
    let known = "SELECT value FROM meta WHERE name = 'access-log'";
    let known = db.query_row(known, [], |row| row.get(0)).optional().map_err(&failed)?;
    let (log, mark) = AccessLog::open(path, known, entropy.bytes16())?;
    let note = "INSERT OR IGNORE INTO meta (name, value) VALUES ('access-log', ?1)";
    db.execute(note, [mark]).map_err(&failed)?;
    Ok(log)
}

pub(super) fn open_reader(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags).map_err(|error| open_error(path, &error))?;
    db.busy_timeout(FOREIGN_WAIT).map_err(|error| open_error(path, &error))?;
    db.execute_batch(&format!("PRAGMA cache_size = -65536; PRAGMA mmap_size = {MAPPED_BYTES};"))
        .map_err(|error| open_error(path, &error))?;
    db.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(db)
}

/// A number that the store knows about itself; 0 where there is none.
pub(super) fn meta(db: &Connection, name: &str) -> rusqlite::Result<i64> {
    let mut read = db.prepare_cached("SELECT value FROM meta WHERE name = ?1")?;
    Ok(read.query_row([name], |row| row.get(0)).optional()?.unwrap_or(0))
}

/// Writes such a number down.
pub(super) fn write_meta(db: &Connection, name: &str, value: u64) -> rusqlite::Result<()> {
    let sql = "INSERT INTO meta (name, value) VALUES (?1, ?2)
        ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    db.prepare_cached(sql)?.execute(params![name, signed(value)]).map(drop)
}

/// Makes sure that the keys are the ones the store was written with: the first opening leaves a
/// sealed word and a keyed hash behind, later ones must open and find them. A new key in front
/// seals the word again, so that old keys can be dropped one day.
fn check_keys(db: &Connection, sealer: &Sealer, blind_key: &BlindKey) -> Result<(), StoreError> {
    let failed = backend("check_keys");
    let wrong = || StoreError::Sealed { table: Table::Meta.name() };
    let read = |name: &str| -> Result<Option<Vec<u8>>, StoreError> {
        db.query_row("SELECT value FROM meta WHERE name = ?1", [name], |row| row.get(0))
            .optional()
            .map_err(&failed)
    };
    let (sealed, blind) = (read("seal-check")?, read("blind-check")?);
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
    let write = "INSERT OR REPLACE INTO meta (name, value) VALUES (?1, ?2)";
    let sealed = sealer.seal_slice(SEAL_CHECK, WORD)?;
    db.execute(write, params!["blind-check", blind_key.check()]).map_err(&failed)?;
    db.execute(write, params!["seal-check", sealed]).map_err(&failed)?;
    Ok(())
}

/// The runs, and room for so many of their pages.
pub(super) fn load_runs(db: &Connection, pages: usize) -> rusqlite::Result<Indexes> {
    let load = |name| {
        let mut runs = Run::load(db, name)?;
        upkeep::sort(&mut runs);
        Ok::<_, rusqlite::Error>(runs)
    };
    let pages = Pages::new(pages);
    Ok(Indexes {
        person: RunIndex::new(load(Name::Person)?, pages.clone()),
        entry: RunIndex::new(load(Name::Entry)?, pages.clone()),
        document: RunIndex::new(load(Name::Document)?, pages),
    })
}

/// Sweeps pages of runs that do not count, and rebuilds the tails from the rows after the last
/// flush, without opening them. The last place in the journal, and the highest run number.
fn recover(db: &Connection, indexes: &mut Indexes) -> rusqlite::Result<(u64, i64)> {
    sweep(db)?;
    let number = |sql: &str| db.query_row(sql, [], |row| row.get::<_, i64>(0));
    let last = number("SELECT coalesce(max(seq), 0) FROM entry")?;
    let last_run = number("SELECT coalesce(max(run), 0) FROM index_run")?;
    let mut tail =
        db.prepare("SELECT seq, id, person, kind, blind FROM entry WHERE seq > ?1 ORDER BY seq")?;
    let mut tail = tail.query([meta(db, INDEXED)?])?;
    while let Some(row) = tail.next()? {
        let seq = u64::try_from(row.get::<_, i64>(0)?).unwrap_or(0);
        let person: [u8; 16] = row.get(2)?;
        indexes.entry.add(row.get(1)?, seq);
        indexes.person.add(person, seq);
        if let Some(blind) = row.get::<_, Option<[u8; 16]>>(4)? {
            // Kind 10 links a document, kind 11 takes it away.
            let lead = if row.get::<_, u8>(3)? == 10 { person } else { NIL };
            indexes.document.add(blind, lead);
        }
    }
    Ok((u64::try_from(last).unwrap_or(0), last_run))
}

/// Removes pages of runs that do not count: half-written when the process ended, or merged away.
/// Looks at one page of each run, not at all pages.
pub(super) fn sweep(db: &Connection) -> rusqlite::Result<()> {
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
