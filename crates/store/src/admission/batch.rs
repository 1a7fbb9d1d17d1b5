//! A batch of rows on its way to a writer.

use super::prepare::{self, PreparedRow};
use crate::{AdmitBatch, InboxMark, RowOutcome, StoreError, sealing::BlindKey};
use hutong_model::limits::ADMIT_BATCH_MAX;
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, oneshot};

/// How long a batch may wait for a place in the queue of writes.
const QUEUE_WAIT: Duration = Duration::from_secs(10);

/// A batch of rows, ready for the writer.
pub(crate) struct Admit {
    pub(crate) rows: Vec<PreparedRow>,
    pub(crate) inbox: Option<InboxMark>,
    pub(crate) all_or_none: bool,
    /// When it was handed to the queue.
    pub(crate) queued: Instant,
    pub(crate) reply: oneshot::Sender<Result<Admitted, StoreError>>,
}

/// What became of a batch. The rows go back with it, so that whoever waits takes them apart and not
/// the writer.
pub(crate) struct Admitted {
    pub(crate) outcomes: Vec<RowOutcome>,
    pub(crate) _rows: Vec<PreparedRow>,
}

/// Where the answer to a batch arrives.
pub(crate) struct Awaited(oneshot::Receiver<Result<Admitted, StoreError>>);

impl Admit {
    /// Prepares a batch. Done by the caller, without a pause: batches of one caller enter the queue
    /// in the order in which they were begun, so that a correction may follow its record in the
    /// next batch.
    pub(crate) fn new(batch: AdmitBatch, key: &BlindKey) -> Result<(Self, Awaited), StoreError> {
        if batch.rows.len() > ADMIT_BATCH_MAX {
            let reason = format!("a batch has at most {ADMIT_BATCH_MAX} rows");
            return Err(StoreError::Backend { transaction: "admit", reason });
        }
        let AdmitBatch { rows, inbox, all_or_none } = batch;
        let rows = rows.into_iter().map(|row| prepare::row(row, key)).collect();
        let (reply, answer) = oneshot::channel();
        Ok((Self { rows, inbox, all_or_none, queued: Instant::now(), reply }, Awaited(answer)))
    }
}

impl Awaited {
    pub(crate) async fn outcomes(self) -> Result<Vec<RowOutcome>, StoreError> {
        self.0.await.map_err(|_| StoreError::Closed)?.map(|admitted| admitted.outcomes)
    }
}

/// Hands a job to a writer; refused where there is no place for it in time.
pub(crate) async fn send<J>(jobs: &mpsc::Sender<J>, job: J) -> Result<(), StoreError> {
    match tokio::time::timeout(QUEUE_WAIT, jobs.send(job)).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) => Err(StoreError::Closed),
        Err(_) => Err(StoreError::Busy),
    }
}
