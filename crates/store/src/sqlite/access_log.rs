//! The access log: a file of its own beside the store, with a writer of its own, so that neither
//! reading records, which is recorded here before it is answered, nor admitting them waits for the
//! other, and readers of records keep the pages they know.

use super::{
    access_migrations,
    access_writer::{Job, Writer, recover},
    backup,
    checkpoint::Checkpointer,
    open::{connect, load_runs, migrate, open_error},
    queue::ended,
    shared::Readers,
    upkeep::Indexes,
    writer::{backend, count},
};
use crate::StoreError;
use hutong_model::PersonId;
use parking_lot::RwLock;
use rusqlite::{Connection, OptionalExtension};
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Instant;
use tokio::sync::{mpsc, oneshot};

/// Pages of the index that are kept, of 8 KiB each.
const PAGES_KEPT: usize = 512;
/// Connections that readers keep open at most.
const READERS_MAX: usize = 2;
/// Jobs that may wait.
const WAITING_MAX: usize = 4_096;

/// The file and its writer.
pub(super) struct AccessLog {
    jobs: Option<mpsc::Sender<Job>>,
    thread: Option<JoinHandle<()>>,
    indexes: Arc<RwLock<Indexes>>,
    readers: Readers,
}

/// An access as it lies in the log.
pub(super) struct RawAccess {
    pub(super) person: PersonId,
    pub(super) body: Vec<u8>,
}

impl AccessLog {
    /// Opens the log that belongs to a store, made with a new one. `mark` is what the store knows
    /// it by; none in a store that has no log yet.
    pub(super) fn open(
        store: &Path,
        mark: Option<[u8; 16]>,
        new_mark: [u8; 16],
    ) -> Result<(Self, [u8; 16]), StoreError> {
        let path = backup::access_log(store);
        let failed = backend("open");
        let mut db = connect(&path)?;
        migrate(&mut db, access_migrations::migrations::runner)?;
        let mark = check(&db, &path, mark, new_mark)?;
        let mut indexes = load_runs(&db, PAGES_KEPT).map_err(&failed)?;
        let recovered = recover(&db, &mut indexes).map_err(&failed)?;
        let indexes = Arc::new(RwLock::new(indexes));
        let checkpointer = Checkpointer::spawn(&path)?;
        let writer = Writer::new(db, indexes.clone(), recovered, checkpointer);
        let (jobs, waiting) = mpsc::channel(WAITING_MAX);
        let thread = std::thread::Builder::new()
            .name("store-access".into())
            .spawn(move || writer.run(waiting))
            .map_err(|error| open_error(&path, &error))?;
        let readers = Readers::new(&path, READERS_MAX);
        Ok((Self { jobs: Some(jobs), thread: Some(thread), indexes, readers }, mark))
    }

    /// Appends an access at a time, in milliseconds since 1970; on disk when it returns.
    pub(super) async fn append(&self, access: RawAccess, at: i64) -> Result<(), StoreError> {
        let (kept, answer) = oneshot::channel();
        self.ask("record_access", Job::Append { access, at, kept }, answer).await
    }

    /// Runs a write in the next transaction; the result once it is on disk.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        name: &'static str,
        write: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (reply, answer) = oneshot::channel();
        let job = Job::Write(Box::new(move |db| {
            let value = write(db)?;
            Ok(Box::new(move || drop(reply.send(value))))
        }));
        self.ask(name, job, answer).await
    }

    async fn ask<T>(
        &self,
        name: &'static str,
        job: Job,
        answer: oneshot::Receiver<T>,
    ) -> Result<T, StoreError> {
        let queued = Instant::now();
        let jobs = self.jobs.as_ref().ok_or(StoreError::Closed)?;
        jobs.send(job).await.map_err(|_| StoreError::Closed)?;
        let value = answer.await.map_err(|_| StoreError::Backend {
            transaction: name,
            reason: "the access log was not written; the log of the node says why".into(),
        })?;
        count(name, queued);
        Ok(value)
    }

    /// The last accesses to these persons, the newest first, at most `limit`.
    pub(super) fn of(
        &self,
        persons: &[PersonId],
        limit: usize,
    ) -> Result<Vec<RawAccess>, StoreError> {
        let failed = backend("accesses");
        self.readers.read(
            "accesses",
            &self.indexes,
            |indexes| -> Vec<_> {
                persons.iter().map(|p| indexes.person.snapshot(p.as_bytes())).collect()
            },
            |db, snapshots| {
                let mut places = Vec::new();
                for (person, snapshot) in persons.iter().zip(snapshots) {
                    places.extend(snapshot.all(db, person.as_bytes()).map_err(&failed)?);
                }
                places.sort_unstable_by(|one, other| other.cmp(one));
                places.truncate(limit);
                by_places(db, &places).map_err(&failed)
            },
        )
    }
}

fn by_places(db: &Connection, places: &[u64]) -> rusqlite::Result<Vec<RawAccess>> {
    let mut read = db.prepare_cached("SELECT person, body FROM access WHERE seq = ?1")?;
    let one = |seq: &u64| {
        read.query_row([seq.cast_signed()], |row| {
            Ok(RawAccess { person: PersonId::from_bytes(row.get(0)?), body: row.get(1)? })
        })
    };
    places.iter().map(one).collect()
}

impl Drop for AccessLog {
    /// Waits until everything accepted is on disk.
    fn drop(&mut self) {
        self.jobs = None;
        ended(self.thread.take(), "the writer of the access log");
    }
}

/// A log that was taken away or exchanged does not go unnoticed.
fn check(
    db: &Connection,
    path: &Path,
    mark: Option<[u8; 16]>,
    new_mark: [u8; 16],
) -> Result<[u8; 16], StoreError> {
    let failed = backend("open");
    let known: Option<[u8; 16]> = db
        .query_row("SELECT value FROM meta WHERE name = 'mark'", [], |row| row.get(0))
        .optional()
        .map_err(&failed)?;
    match (known, mark) {
        (Some(known), Some(mark)) if known == mark => Ok(known),
        // The store was made, and the process ended before it learned the mark.
        (Some(known), None) => Ok(known),
        // Made a moment ago, with the store.
        (None, None) => {
            let note = "INSERT INTO meta (name, value) VALUES ('mark', ?1)";
            db.execute(note, [new_mark]).map_err(&failed)?;
            Ok(new_mark)
        }
        _ => Err(open_error(
            path,
            &"this is not the access log that belongs to the store; put the right file back",
        )),
    }
}
