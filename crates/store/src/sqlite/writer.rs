//! The one writer: takes what waits, runs it in one transaction, one fsync for all, then answers.

use super::{
    admit::{Journaling, Overlay, write_counters},
    checkpoint::Checkpointer,
    queue::{Pace, Weigh},
    shared::{Shared, run},
    upkeep::{Keeper, Publish},
};
use crate::{
    InboxMark, RowOutcome, StoreError,
    admission::{Admission, Admit, Admitted, none_written, prepare::PreparedRow},
    measured::count_commit,
};
use rusqlite::Connection;
use std::sync::{Arc, atomic::Ordering};
use std::time::Instant;
use tokio::sync::{mpsc, oneshot};

pub(super) use crate::measured::count;

/// A small write: runs in the transaction; what it returns is called after the commit (true) or
/// the failure (false).
pub(super) type Small =
    Box<dyn FnOnce(&Connection) -> Result<Box<dyn FnOnce(bool) + Send>, StoreError> + Send>;

/// What the writer is asked to do.
pub(super) enum Job {
    Admit(Admit),
    Small(&'static str, Small),
}

/// Answers that wait for the commit.
enum Reply {
    Admit(oneshot::Sender<Result<Admitted, StoreError>>, Admitted, Instant),
    Small(Box<dyn FnOnce(bool) + Send>),
}

pub(super) struct Writer {
    pub(super) db: Connection,
    pub(super) shared: Arc<Shared>,
    pub(super) keeper: Keeper,
    pub(super) next_seq: u64,
    pub(super) pace: Pace,
    pub(super) checkpointer: Checkpointer,
}

impl Writer {
    /// Runs until every sender is gone.
    pub(super) fn run(mut self, mut jobs: mpsc::Receiver<Job>) {
        let mut waiting = Vec::new();
        loop {
            waiting.clear();
            if !self.pace.gather(&mut jobs, &mut waiting, self.keeper.is_busy()) {
                break;
            }
            self.commit(&mut waiting);
            self.checkpointer.after_commit(&self.db);
        }
        self.checkpointer.stop();
        if let Err(error) = self.db.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)") {
            tracing::warn!(error = %error, "the last checkpoint of the store failed");
        }
    }

    fn commit(&mut self, waiting: &mut Vec<Job>) {
        let started = Instant::now();
        let jobs = waiting.len();
        let mut replies = Vec::with_capacity(jobs);
        let mut overlay = Overlay { next_seq: self.next_seq, ..Overlay::default() };
        let result = self.transaction(waiting, &mut overlay, &mut replies);
        let rows = overlay.rows;
        match result {
            Ok(publish) => {
                self.next_seq = overlay.next_seq;
                self.publish(overlay, publish);
                for reply in replies {
                    match reply {
                        Reply::Admit(to, admitted, queued) => {
                            count("admit", queued);
                            drop(to.send(Ok(admitted)));
                        }
                        Reply::Small(then) => then(true),
                    }
                }
            }
            Err(error) => {
                tracing::error!(error = %error, "a store transaction failed; nothing of it was kept");
                self.roll_back();
                for reply in replies {
                    match reply {
                        Reply::Admit(to, ..) => drop(to.send(Err(error.copy()))),
                        Reply::Small(then) => then(false),
                    }
                }
                for job in waiting.drain(..) {
                    if let Job::Admit(admit) = job {
                        let _ = admit.reply.send(Err(error.copy()));
                    }
                }
            }
        }
        count_commit(started, jobs, rows);
    }

    fn transaction(
        &mut self,
        waiting: &mut Vec<Job>,
        overlay: &mut Overlay,
        replies: &mut Vec<Reply>,
    ) -> Result<Vec<Publish>, StoreError> {
        let shared = self.shared.clone();
        // Only this thread ever writes these: holding them for reading blocks no reader.
        let indexes = shared.indexes.read();
        let links = shared.links.read();
        let mut origins = shared.origins.read().clone();
        run(&self.db, "BEGIN IMMEDIATE").map_err(backend("begin"))?;
        for job in waiting.drain(..) {
            match job {
                Job::Admit(admit) => {
                    let ground = Journaling {
                        db: &self.db,
                        indexes: &indexes,
                        links: &links,
                        origins: &mut origins,
                        overlay,
                        sealer: &shared.sealer,
                    };
                    let (blind_key, entropy) = (&shared.blind_key, &*shared.entropy);
                    let mut admission = Admission { ground, blind_key, entropy };
                    let Admit { rows, inbox, all_or_none, queued, reply } = admit;
                    match run_admit(&mut admission, &rows, inbox, all_or_none) {
                        Ok(outcomes) => {
                            let admitted = Admitted { outcomes, _rows: rows };
                            replies.push(Reply::Admit(reply, admitted, queued));
                        }
                        Err(error) => {
                            let _ = reply.send(Err(error.copy()));
                            return Err(error);
                        }
                    }
                }
                Job::Small(name, small) => {
                    run(&self.db, "SAVEPOINT small").map_err(backend(name))?;
                    match small(&self.db) {
                        Ok(then) => {
                            run(&self.db, "RELEASE small").map_err(backend(name))?;
                            replies.push(Reply::Small(then));
                        }
                        Err(error) => {
                            tracing::error!(tx = name, error = %error, "a store write failed");
                            let undo = "ROLLBACK TO small; RELEASE small";
                            self.db.execute_batch(undo).map_err(backend(name))?;
                        }
                    }
                }
            }
        }
        write_counters(&self.db, overlay).map_err(backend("counters"))?;
        let publish = self.keeper.step(&self.db, overlay.rows).map_err(backend("upkeep"))?;
        run(&self.db, "COMMIT").map_err(backend("commit"))?;
        drop((indexes, links));
        *shared.origins.write() = origins;
        Ok(publish)
    }

    /// Lets readers see what was committed, then begins upkeep where some is due.
    fn publish(&mut self, overlay: Overlay, publish: Vec<Publish>) {
        if !overlay.links.is_empty() {
            self.shared.links.write().join(overlay.links);
        }
        let mut indexes = self.shared.indexes.write();
        for (key, place) in overlay.person.iter() {
            indexes.person.add(key, place);
        }
        for (key, place) in overlay.entry {
            indexes.entry.add(key, place);
        }
        for (key, person) in overlay.document {
            indexes.document.add(key, person);
        }
        self.keeper.committed();
        for publish in publish {
            self.keeper.publish(publish, &mut indexes);
        }
        self.keeper.begin(&mut indexes, self.next_seq - 1);
        drop(indexes);
        // Last: whoever sees the head sees everything up to it.
        self.shared.head.store(self.next_seq - 1, Ordering::Release);
    }

    fn roll_back(&mut self) {
        if !self.db.is_autocommit()
            && let Err(error) = self.db.execute_batch("ROLLBACK")
        {
            tracing::error!(error = %error, "roll back failed");
        }
        self.keeper.abort(&self.shared.indexes.read());
    }
}

fn run_admit(
    admission: &mut Admission<'_, Journaling<'_>>,
    rows: &[PreparedRow],
    inbox: Option<InboxMark>,
    all_or_none: bool,
) -> Result<Vec<RowOutcome>, StoreError> {
    let db = admission.ground.db;
    let before = all_or_none.then(|| {
        let ground = &admission.ground;
        (ground.overlay.clone(), Arc::clone(ground.origins))
    });
    if all_or_none {
        run(db, "SAVEPOINT whole").map_err(backend("admit"))?;
    }
    let mut outcomes = Vec::with_capacity(rows.len());
    for row in rows {
        outcomes.push(admission.row(row)?);
    }
    if let Some((overlay, origins)) = before {
        if none_written(&mut outcomes) {
            let undo = "ROLLBACK TO whole; RELEASE whole";
            db.execute_batch(undo).map_err(backend("admit"))?;
            (*admission.ground.overlay, *admission.ground.origins) = (overlay, origins);
            return Ok(outcomes);
        }
        run(db, "RELEASE whole").map_err(backend("admit"))?;
    }
    if let Some(mark) = inbox {
        db.prepare_cached(
            "INSERT INTO inbox (node, seq) VALUES (?1, ?2)
             ON CONFLICT (node) DO UPDATE SET seq = max(seq, excluded.seq)",
        )
        .and_then(|mut write| write.execute((mark.node.as_str(), mark.seq as i64)))
        .map_err(backend("inbox"))?;
    }
    Ok(outcomes)
}

impl Weigh for Job {
    fn rows(&self) -> usize {
        match self {
            Job::Admit(admit) => admit.rows.len().max(1),
            Job::Small(..) => 1,
        }
    }
}

/// Turns an error of the back end into ours, with the name of the transaction.
pub(super) fn backend(transaction: &'static str) -> impl Fn(rusqlite::Error) -> StoreError {
    move |error| StoreError::Backend { transaction, reason: error.to_string() }
}
