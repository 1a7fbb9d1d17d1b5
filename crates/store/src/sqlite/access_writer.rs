//! The writer of the access log: many accesses share a commit, whose flush makes them durable.

use super::{
    access_log::RawAccess,
    checkpoint::Checkpointer,
    open::{meta, sweep},
    queue::{Pace, Weigh},
    shared::run as run_kept,
    upkeep::{INDEXED, Indexes, Keeper, Publish, Upkeep},
};
use parking_lot::RwLock;
use rusqlite::Connection;
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};

/// Commits are small and many, and somebody waits for each: upkeep takes small steps.
const UPKEEP: Upkeep = Upkeep { flush_entries: 50_000, fanout: 8, slice_entries: 500 };

/// What is written; the answer is sent after the commit.
pub(super) type Write = Box<dyn FnOnce(&Connection) -> rusqlite::Result<Answer> + Send>;
/// Called after the commit; dropped where it failed.
type Answer = Box<dyn FnOnce() + Send>;

/// What the writer is asked to do.
pub(super) enum Job {
    Append { access: RawAccess, at: i64, kept: oneshot::Sender<()> },
    Write(Write),
}

impl Weigh for Job {
    fn rows(&self) -> usize {
        1
    }
}

/// What a transaction leaves to be done after the commit.
#[derive(Default)]
struct Done {
    added: Vec<([u8; 16], u64)>,
    kept: Vec<oneshot::Sender<()>>,
    answers: Vec<Answer>,
    publish: Vec<Publish>,
}

pub(super) struct Writer {
    db: Connection,
    indexes: Arc<RwLock<Indexes>>,
    keeper: Keeper,
    last: u64,
    checkpointer: Checkpointer,
}

/// The last place in the log, and the highest number of a run.
pub(super) struct Recovered {
    last: u64,
    last_run: i64,
}

/// Sweeps pages of runs that do not count, and rebuilds the tail from the rows after the last
/// flush.
pub(super) fn recover(db: &Connection, indexes: &mut Indexes) -> rusqlite::Result<Recovered> {
    sweep(db)?;
    let last_run = "SELECT coalesce(max(run), 0) FROM index_run";
    let last_run = db.query_row(last_run, [], |row| row.get(0))?;
    let indexed = meta(db, INDEXED)?;
    let mut last = indexed.cast_unsigned();
    let mut tail = db.prepare("SELECT seq, person FROM access WHERE seq > ?1 ORDER BY seq")?;
    let mut tail = tail.query([indexed])?;
    while let Some(row) = tail.next()? {
        last = row.get::<_, i64>(0)?.cast_unsigned();
        indexes.person.add(row.get(1)?, last);
    }
    Ok(Recovered { last, last_run })
}

impl Writer {
    pub(super) fn new(
        db: Connection,
        indexes: Arc<RwLock<Indexes>>,
        recovered: Recovered,
        checkpointer: Checkpointer,
    ) -> Self {
        let keeper = Keeper::new(UPKEEP, recovered.last_run);
        Self { db, indexes, keeper, last: recovered.last, checkpointer }
    }

    /// Runs until every sender is gone.
    pub(super) fn run(mut self, mut jobs: mpsc::Receiver<Job>) {
        let (mut pace, mut waiting) = (Pace::new(), Vec::new());
        while pace.gather(&mut jobs, &mut waiting, self.keeper.is_busy()) {
            let mut done = Done::default();
            match self.commit(&mut waiting, &mut done) {
                Ok(()) => self.publish(done),
                Err(error) => {
                    tracing::error!(error = %error, "the access log was not written");
                    if !self.db.is_autocommit() {
                        let _ = self.db.execute_batch("ROLLBACK");
                    }
                    self.keeper.abort(&self.indexes.read());
                }
            }
            waiting.clear();
            self.checkpointer.after_commit(&self.db);
        }
        self.checkpointer.stop();
        if let Err(error) = self.db.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)") {
            tracing::warn!(error = %error, "the last checkpoint of the access log failed");
        }
    }

    fn commit(&mut self, waiting: &mut Vec<Job>, done: &mut Done) -> rusqlite::Result<()> {
        let db = &self.db;
        run_kept(db, "BEGIN IMMEDIATE")?;
        let mut insert = db
            .prepare_cached("INSERT INTO access (seq, person, at, body) VALUES (?1, ?2, ?3, ?4)")?;
        for job in waiting.drain(..) {
            match job {
                Job::Append { access, at, kept } => {
                    let seq = self.last + 1 + done.added.len() as u64;
                    let person = access.person.as_bytes();
                    insert.execute((seq.cast_signed(), person, at, access.body))?;
                    done.added.push((*person, seq));
                    done.kept.push(kept);
                }
                Job::Write(write) => done.answers.push(write(db)?),
            }
        }
        done.publish = self.keeper.step(db, done.added.len())?;
        run_kept(db, "COMMIT")
    }

    /// Lets readers see what was committed, answers, and begins upkeep where some is due.
    fn publish(&mut self, done: Done) {
        let mut indexes = self.indexes.write();
        for (person, seq) in done.added {
            indexes.person.add(person, seq);
            self.last = seq;
        }
        self.keeper.committed();
        for publish in done.publish {
            self.keeper.publish(publish, &mut indexes);
        }
        self.keeper.begin(&mut indexes, self.last);
        drop(indexes);
        done.kept.into_iter().for_each(|kept| _ = kept.send(()));
        done.answers.into_iter().for_each(|answer| answer());
    }
}
