//! Passing up: the journal itself is the outbox. A mark says how far the parent has acknowledged;
//! entries after it are sent in order, in compressed batches, again and again until acknowledged.

use crate::{
    Node, NodeError,
    journal::Run,
    parent::Moment,
    wire::{Numbered, UpBatch, pack},
};
use hutong_model::limits;
use hutong_store::Stored;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The parent's acknowledgement: everything up to this place of the child's journal is on its disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acknowledged {
    /// The place.
    pub seq: u64,
}

/// Longest pause between tries, in milliseconds.
const PAUSE_MS_MAX: u64 = 5_000;
/// Rounds of a second without anything to send after which the parent is asked what it has.
const IDLE_ROUNDS: u32 = 60;
/// How long a batch may take to be acknowledged, in milliseconds.
const BATCH_MS_MAX: u64 = 60_000;

impl Node {
    /// Passes the journal up until the future is dropped. Returns at once at the root.
    pub(crate) async fn run_outbox(&self) {
        if self.parent.is_none() {
            return;
        }
        let (mut pause_ms, mut idle) = (100, 0);
        loop {
            let passed = match self.pass_up_once().await {
                // At the beginning, and now and then while there is nothing to say.
                Ok(false) if idle % IDLE_ROUNDS == 0 => self.has_parent_less().await,
                passed => passed,
            };
            idle += u32::from(matches!(passed, Ok(false)));
            match passed {
                Ok(true) => pause_ms = 100,
                Ok(false) => {
                    let wait = Duration::from_millis(1_000);
                    let _ = tokio::time::timeout(wait, self.outbox_wake.notified()).await;
                }
                Err(error) => {
                    tracing::warn!(error = %error, "passing up failed; trying again");
                    metrics::counter!("hutong_outbox_failures_total").increment(1);
                    tokio::time::sleep(Duration::from_millis(pause_ms)).await;
                    pause_ms = (pause_ms * 2).min(PAUSE_MS_MAX);
                }
            }
        }
    }

    /// Sends one batch. False where nothing waits.
    ///
    /// # Errors
    /// [`NodeError`] where the parent did not acknowledge it; it will be sent again.
    pub async fn pass_up_once(&self) -> Result<bool, NodeError> {
        let Some(parent) = &self.parent else { return Ok(false) };
        metrics::gauge!("hutong_outbox_lag_entries").set(self.outbox_lag().await? as f64);
        let from = self.store.outbox_position().await?;
        let Some(mut run) = self.run_after(from).await? else { return Ok(false) };
        if cut_to_size(&mut run.entries) {
            run.upto = run.last();
        }
        let Run { entries: mut stored, upto } = run;
        // What came down (a request for correction) is known above and is not sent back.
        let region = self.settings.region;
        stored.retain(|stored| region.contains(&stored.entry.member.region()));
        let lag = stored.first().map_or(0, |s| self.now().since_s(s.entry.times.admitted).max(0));
        metrics::gauge!("hutong_outbox_lag_seconds").set(lag as f64);
        tracing::debug!(from, upto, entries = stored.len(), "passing up");
        let entries = stored.into_iter().map(|s| Numbered { seq: s.seq, entry: s.entry }).collect();
        let body = pack(&UpBatch { entries, upto, repair: false, after: from })?;
        let answer = parent
            .post("/v1/node/entries", "application/cbor", body, BATCH_MS_MAX, self.moment())
            .await?;
        let acknowledged: Acknowledged = serde_json::from_slice(&answer)
            .map_err(|e| NodeError::Parent(format!("acknowledgement: {e}")))?;
        if self.go_back_to(acknowledged).await? {
            return Ok(true);
        }
        if acknowledged.seq < upto {
            return Err(NodeError::Parent(format!(
                "acknowledged {} where {upto} was sent",
                acknowledged.seq
            )));
        }
        self.store.set_outbox_position(upto).await?;
        Ok(true)
    }

    /// Asks the parent how far it is, and goes back to there where it has lost something. Whether
    /// it has.
    async fn has_parent_less(&self) -> Result<bool, NodeError> {
        let Some(parent) = &self.parent else { return Ok(false) };
        let has = parent.post_json("/v1/node/position", &(), self.moment()).await?;
        self.go_back_to(has).await
    }

    async fn go_back_to(&self, has: Acknowledged) -> Result<bool, NodeError> {
        let from = self.store.outbox_position().await?;
        if has.seq >= from {
            return Ok(false);
        }
        tracing::warn!(from, has = has.seq, "the parent has lost something; it is sent again");
        self.store.rewind_outbox(has.seq).await?;
        Ok(true)
    }

    /// How many entries the parent has not acknowledged yet.
    ///
    /// # Errors
    /// [`NodeError`] where the store cannot be read.
    pub async fn outbox_lag(&self) -> Result<u64, NodeError> {
        if self.parent.is_none() {
            return Ok(0);
        }
        Ok(self.store.head().await?.saturating_sub(self.store.outbox_position().await?))
    }

    pub(crate) fn moment(&self) -> Moment<'_> {
        Moment { now: self.now(), entropy: &*self.entropy }
    }
}

/// Keeps so many entries as stay within half of what a batch may unpack to; whether any were cut.
fn cut_to_size(stored: &mut Vec<Stored>) -> bool {
    let mut bytes = 0;
    let fits = stored.iter().take_while(|stored| {
        bytes += crate::admit::cbor(&stored.entry).len();
        bytes <= limits::OUTBOX_BATCH_BYTES_MAX / 2
    });
    // An entry alone is far below the limit: texts and lists have limits of their own.
    let keep = fits.count().max(1);
    let cut = keep < stored.len();
    stored.truncate(keep);
    cut
}
