//! Checkpoints: what was committed is carried from the write-ahead log into the database file, on a
//! thread of its own, so that no commit waits for it.
//!
//! The log begins anew only where everything in it was carried over, which a thread beside the
//! writer never quite achieves. So once the log is long and all but its end is carried over, the
//! writer carries over the end itself.

use super::{open::open_error, queue::ended};
use crate::StoreError;
use rusqlite::Connection;
use std::path::Path;
use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering},
    mpsc,
};
use std::thread::JoinHandle;
use std::time::Duration;

/// Between two checkpoints.
const EVERY: Duration = Duration::from_millis(250);
/// Pages of the log from which on it is to begin anew: 32 MiB.
const LONG: i64 = 4_096;

/// The thread that checkpoints, as the writer sees it.
pub(super) struct Checkpointer {
    state: Arc<State>,
    stop: Option<mpsc::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct State {
    commits: AtomicU64,
    /// The log is long, and all but its end is carried over.
    long: AtomicBool,
}

impl Checkpointer {
    pub(super) fn spawn(path: &Path) -> Result<Self, StoreError> {
        let db = Connection::open(path).map_err(|error| open_error(path, &error))?;
        let settings = "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0;";
        db.execute_batch(settings).map_err(|error| open_error(path, &error))?;
        let state = Arc::new(State::default());
        let (stop, stopped) = mpsc::channel();
        let of_thread = state.clone();
        let thread = std::thread::Builder::new()
            .name("store-checkpoint".into())
            .spawn(move || of_thread.run(&db, &stopped))
            .map_err(|error| open_error(path, &error))?;
        Ok(Self { state, stop: Some(stop), thread: Some(thread) })
    }

    /// Called by the writer between two transactions.
    pub(super) fn after_commit(&self, db: &Connection) {
        self.state.commits.fetch_add(1, Ordering::Relaxed);
        if self.state.long.load(Ordering::Acquire) {
            passive(db);
            self.state.long.store(false, Ordering::Release);
        }
    }

    /// Ends the thread.
    pub(super) fn stop(&mut self) {
        self.stop = None;
        ended(self.thread.take(), "the store's checkpoint thread");
    }
}

impl Drop for Checkpointer {
    fn drop(&mut self) {
        self.stop();
    }
}

impl State {
    fn run(&self, db: &Connection, stopped: &mpsc::Receiver<()>) {
        let (mut seen, mut is_done) = (0, true);
        while let Err(mpsc::RecvTimeoutError::Timeout) = stopped.recv_timeout(EVERY) {
            let commits = self.commits.load(Ordering::Relaxed);
            // While nobody writes, the end is carried over too: readers then need no log at all.
            let is_quiet = commits == seen;
            if is_quiet && is_done || !is_quiet && self.long.load(Ordering::Acquire) {
                continue;
            }
            seen = commits;
            let Some(log) = passive(db) else { continue };
            is_done = log.pages == log.carried;
            if log.pages > LONG {
                self.long.store(true, Ordering::Release);
            }
        }
    }
}

/// The log after a checkpoint, in pages.
struct Log {
    pages: i64,
    carried: i64,
}

/// Carries over what it can without waiting for anybody.
fn passive(db: &Connection) -> Option<Log> {
    let begun = std::time::Instant::now();
    let log = db.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| {
        Ok(Log { pages: row.get(1)?, carried: row.get(2)? })
    });
    metrics::histogram!("hutong_store_checkpoint_seconds").record(begun.elapsed().as_secs_f64());
    log.inspect_err(|error| tracing::warn!(error = %error, "a checkpoint of the store failed")).ok()
}
