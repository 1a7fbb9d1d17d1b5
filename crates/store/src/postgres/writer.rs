//! The one writer of a process: takes all that waits into one transaction, then answers. It has a
//! thread and a runtime of its own, so that deciding holds up nobody else.

use super::{
    Shared,
    admit::{Decided, decide, wanted},
    connect::Connector,
    database::{Tries, within},
    fetch::Session,
    ground::Base,
    trouble::{Trouble, reason},
    types::Uid,
    write::{self, Mark, Writes},
};
use crate::{
    InboxMark, RowOutcome, StoreError,
    admission::{Admit, Admitted, Key},
    measured::{count, count_commit},
    sqlite::queue::{Pace, Weigh},
};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::{runtime::Runtime, sync::mpsc};

/// The outcomes of each batch of a transaction.
type Outcomes = Vec<Vec<RowOutcome>>;

/// Between two tries of a writer that has nothing to write, while the database is away.
const PROBE: Duration = Duration::from_millis(500);

pub(super) struct Writer {
    pub(super) shared: Arc<Shared>,
    pub(super) connector: Connector,
    /// Its name in the table `writer`, random.
    pub(super) id: Key,
    pub(super) pace: Pace,
    session: Option<(Session, Writes)>,
    /// Number of its last transaction.
    batch: i64,
    /// A transaction whose connection was lost while it was committed.
    unsure: Option<(i64, Outcomes)>,
}

impl Weigh for Admit {
    fn rows(&self) -> usize {
        self.rows.len().max(1)
    }
}

impl Writer {
    pub(super) fn new(shared: Arc<Shared>, connector: Connector) -> Self {
        let id = shared.entropy.bytes16();
        let pace = Pace::new();
        Self { shared, connector, id, pace, session: None, batch: 0, unsure: None }
    }

    /// Runs until every sender is gone.
    pub(super) fn run(mut self, runtime: &Runtime, mut jobs: mpsc::Receiver<Admit>) {
        let mut waiting = Vec::new();
        while self.pace.gather(&mut jobs, &mut waiting, self.shared.outage.lasts()) {
            if waiting.is_empty() {
                runtime.block_on(self.probe());
                continue;
            }
            runtime.block_on(self.commit(&mut waiting));
            waiting.clear();
        }
        runtime.block_on(self.leave());
    }

    /// Finds out whether the database takes writes again: a session begins with one.
    async fn probe(&mut self) {
        tokio::time::sleep(PROBE).await;
        if let Ok(session) = within(write::open(&self.connector)).await {
            self.session = Some(session);
            self.shared.outage.ended();
        }
    }

    async fn commit(&mut self, waiting: &mut Vec<Admit>) {
        let (started, jobs) = (Instant::now(), waiting.len());
        let result = self.until_done(waiting).await;
        let mut rows = 0;
        match result {
            Ok(outcomes) => {
                for (admit, outcomes) in waiting.drain(..).zip(outcomes) {
                    count("admit", admit.queued);
                    rows += outcomes.len();
                    let _ = admit.reply.send(Ok(Admitted { outcomes, _rows: admit.rows }));
                }
            }
            Err(error) => {
                tracing::error!(error = %error, "a store transaction failed");
                for admit in waiting.drain(..) {
                    let _ = admit.reply.send(Err(error.copy()));
                }
            }
        }
        count_commit(started, jobs, rows);
    }

    /// Tries until it is committed, or there is no more hope. Trying again is right whatever became
    /// of the try before. Where its connection was lost before COMMIT was sent, nothing of it is
    /// there. Where it was lost afterwards, the mark of this writer says, within the next
    /// transaction, whether it is there; then its outcomes are the ones that count. A server that
    /// took over without it has no mark either, and everything is decided anew. So nothing is
    /// written twice: not what callers named, and not what the store adds by itself under random
    /// ids, for it is never decided twice over a state that has it.
    async fn until_done(&mut self, batches: &[Admit]) -> Result<Outcomes, StoreError> {
        self.unsure = None;
        let mut tries = Tries::new("admit");
        loop {
            let begun = Instant::now();
            match within(self.attempt(batches)).await {
                Ok(outcomes) => {
                    self.shared.outage.ended();
                    return Ok(outcomes);
                }
                Err(trouble) => {
                    if trouble.is_absence() {
                        self.shared.outage.failed(begun);
                    }
                    tries.pause(trouble).await?;
                }
            }
        }
    }

    /// One transaction. A session in which something failed is closed.
    async fn attempt(&mut self, batches: &[Admit]) -> Result<Outcomes, Trouble> {
        let (session, writes) = match self.session.take() {
            Some(ready) => ready,
            None => write::open(&self.connector).await?,
        };
        let shared = self.shared.clone();
        let mut base = Base::default();
        let wanted = wanted(batches, &shared.members.known());
        let start = session.begin(self.id, &mut base, &shared.members, wanted).await?;
        let outcomes = match self.unsure.take() {
            Some((batch, outcomes)) if start.batch == Some(batch) => {
                session.client.batch_execute("ROLLBACK").await.map_err(Trouble::of("admit"))?;
                outcomes
            }
            _ => {
                let decided = loop {
                    let known = shared.members.known();
                    match decide(&shared, batches, &base, &known)? {
                        Ok(decided) => break decided,
                        Err(missing) => {
                            session.fetch(&mut base, &shared.members, missing).await?;
                        }
                    }
                };
                if let Some(replica) = &shared.replica {
                    // Before the commit: what came of it may be known only later.
                    replica.note_all(&decided.overlay, start.head);
                }
                self.write(&session, &writes, batches, &decided, start.head).await?;
                for (number, member) in &decided.overlay.members {
                    shared.members.learn_one(*number, member.clone());
                }
                decided.outcomes
            }
        };
        self.session = Some((session, writes));
        Ok(outcomes)
    }

    /// Writes what was decided and commits it.
    async fn write(
        &mut self,
        session: &Session,
        writes: &Writes,
        batches: &[Admit],
        decided: &Decided<'_>,
        head: i64,
    ) -> Result<(), Trouble> {
        let client = &session.client;
        let inbox: Vec<&InboxMark> = inbox_marks(batches, &decided.outcomes).collect();
        if decided.overlay.entries.is_empty() && inbox.is_empty() {
            return client.batch_execute("ROLLBACK").await.map_err(Trouble::of("admit"));
        }
        self.batch += 1;
        let mark = Mark { writer: self.id, batch: self.batch, head };
        writes.write(client, &self.shared, decided, &inbox, &mark).await?;
        self.unsure = Some((self.batch, decided.outcomes.clone()));
        let committed = client.batch_execute("COMMIT").await;
        // Whatever failed: the next try finds out whether it is there.
        committed.map_err(|error| Trouble::Passing(reason(&error)))?;
        self.unsure = None;
        Ok(())
    }

    /// Takes its name out of the table of writers.
    async fn leave(&mut self) {
        if let Some((session, _)) = self.session.take() {
            let name = "DELETE FROM writer WHERE id = $1";
            let _ = session.client.execute(name, &[&Uid(self.id)]).await;
        }
    }
}

/// The marks of the batches that are written.
fn inbox_marks<'b>(
    batches: &'b [Admit],
    outcomes: &'b Outcomes,
) -> impl Iterator<Item = &'b InboxMark> {
    use crate::OutcomeKind::{Admitted, Duplicate};
    batches.iter().zip(outcomes).filter_map(|(batch, outcomes)| {
        let kept = outcomes.iter().all(|outcome| matches!(outcome.kind, Admitted | Duplicate));
        batch.inbox.as_ref().filter(|_| kept || !batch.all_or_none)
    })
}
