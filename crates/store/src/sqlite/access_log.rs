//! The access log: a file of its own beside the store, with a writer of its own, so that neither
//! reading records, which is recorded here before it is answered, nor admitting them waits for the
//! other, and readers of records keep the pages they know.

use super::{
    access_migrations,
    checkpoint::Checkpointer,
    open::{connect, migrate, open_error, open_reader},
    queue::{Pace, Weigh, ended},
    shared::run as run_kept,
    writer::{backend, count},
};
use crate::StoreError;
use parking_lot::Mutex;
use rusqlite::{Connection, OptionalExtension};
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;
use std::time::Instant;
use tokio::sync::{mpsc, oneshot};

/// Size of a database page, in bytes: each access touches another page of the index, and a commit
/// writes whole pages.
const PAGE_BYTES: u32 = 4_096;
/// Pages that the writer keeps, in KiB.
const CACHE_KIB: i64 = 16_384;
/// Connections that readers keep open at most.
const READERS_MAX: usize = 2;
/// Jobs that may wait.
const WAITING_MAX: usize = 4_096;

/// What is written; the answer is sent after the commit.
type Write = Box<dyn FnOnce(&Connection) -> rusqlite::Result<Answer> + Send>;
/// Called after the commit (true) or its failure (false).
type Answer = Box<dyn FnOnce(bool) + Send>;

struct Job(Write);

impl Weigh for Job {
    fn rows(&self) -> usize {
        1
    }
}

/// The file and its writer.
pub(super) struct AccessLog {
    path: PathBuf,
    jobs: Option<mpsc::Sender<Job>>,
    thread: Option<JoinHandle<()>>,
    readers: Mutex<Vec<Connection>>,
}

impl AccessLog {
    /// Opens the log that belongs to a store, made with a new one. `mark` is what the store knows
    /// it by; none in a store that has no log yet.
    pub(super) fn open(
        store: &Path,
        mark: Option<[u8; 16]>,
        new_mark: [u8; 16],
    ) -> Result<(Self, [u8; 16]), StoreError> {
        let path = store.with_extension("access.sqlite");
        let mut db = connect(&path, PAGE_BYTES)?;
        // A split of a page makes SQLite look through all that it keeps.
        db.pragma_update(None, "cache_size", -CACHE_KIB).map_err(|e| open_error(&path, &e))?;
        migrate(&mut db, access_migrations::migrations::runner())?;
        let mark = check(&db, &path, mark, new_mark)?;
        let checkpointer = Checkpointer::spawn(&path)?;
        let (jobs, waiting) = mpsc::channel(WAITING_MAX);
        let thread = std::thread::Builder::new()
            .name("store-access".into())
            .spawn(move || run(&db, waiting, checkpointer))
            .map_err(|error| open_error(&path, &error))?;
        let readers = Mutex::new(Vec::new());
        Ok((Self { path, jobs: Some(jobs), thread: Some(thread), readers }, mark))
    }

    /// Runs a write in the next transaction; the result once it is on disk.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        name: &'static str,
        write: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (reply, answer) = oneshot::channel();
        let job = Job(Box::new(move |db| {
            let value = write(db)?;
            Ok(Box::new(move |kept| drop(reply.send(kept.then_some(value)))))
        }));
        let queued = Instant::now();
        let jobs = self.jobs.as_ref().ok_or(StoreError::Closed)?;
        jobs.send(job).await.map_err(|_| StoreError::Closed)?;
        let value = answer.await.ok().flatten().ok_or_else(|| StoreError::Backend {
            transaction: name,
            reason: "the access log was not written; the log of the node says why".into(),
        })?;
        count(name, queued);
        Ok(value)
    }

    pub(super) fn read<T>(
        &self,
        name: &'static str,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let known = self.readers.lock().pop();
        let db = match known {
            Some(db) => db,
            None => open_reader(&self.path)?,
        };
        let value = read(&db).map_err(backend(name))?;
        let mut readers = self.readers.lock();
        if readers.len() < READERS_MAX {
            readers.push(db);
        }
        Ok(value)
    }
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
    let known: Option<[u8; 16]> =
        db.query_row("SELECT value FROM mark", [], |row| row.get(0)).optional().map_err(&failed)?;
    match (known, mark) {
        (Some(known), Some(mark)) if known == mark => Ok(known),
        // The store was made, and the process ended before it learned the mark.
        (Some(known), None) => Ok(known),
        // Made a moment ago, with the store.
        (None, None) => {
            db.execute("INSERT INTO mark (value) VALUES (?1)", [new_mark]).map_err(&failed)?;
            Ok(new_mark)
        }
        _ => Err(open_error(
            path,
            &"this is not the access log that belongs to the store; put the right file back",
        )),
    }
}

/// Runs until every sender is gone.
fn run(db: &Connection, mut jobs: mpsc::Receiver<Job>, mut checkpointer: Checkpointer) {
    let (mut pace, mut waiting) = (Pace::new(), Vec::new());
    while pace.gather(&mut jobs, &mut waiting, false) {
        let mut answers = Vec::with_capacity(waiting.len());
        let kept = commit(db, &mut waiting, &mut answers);
        if let Err(error) = &kept {
            tracing::error!(error = %error, "the access log was not written");
            if !db.is_autocommit() {
                let _ = db.execute_batch("ROLLBACK");
            }
        }
        waiting.clear();
        answers.into_iter().for_each(|answer| answer(kept.is_ok()));
        checkpointer.after_commit(db);
    }
    checkpointer.stop();
    if let Err(error) = db.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)") {
        tracing::warn!(error = %error, "the last checkpoint of the access log failed");
    }
}

fn commit(
    db: &Connection,
    waiting: &mut Vec<Job>,
    answers: &mut Vec<Answer>,
) -> rusqlite::Result<()> {
    run_kept(db, "BEGIN IMMEDIATE")?;
    for Job(write) in waiting.drain(..) {
        answers.push(write(db)?);
    }
    run_kept(db, "COMMIT")
}
