//! Reading the journal on, run by run.

use crate::{Node, NodeError};
use hutong_model::limits;
use hutong_store::Stored;

/// What follows a place in the journal.
pub(crate) struct Run {
    /// The entries that may leave the store, in order.
    pub entries: Vec<Stored>,
    /// The place up to which the journal has been read.
    pub upto: u64,
}

impl Run {
    /// The place of the last of the entries; zero where there are none.
    pub fn last(&self) -> u64 {
        self.entries.last().map_or(0, |last| last.seq)
    }
}

impl Node {
    /// The run after a place; none where the journal has nothing more.
    pub(crate) async fn run_after(&self, from: u64) -> Result<Option<Run>, NodeError> {
        let head = self.store.head().await?;
        if head <= from {
            return Ok(None);
        }
        let entries = self.store.entries_after(from, limits::OUTBOX_BATCH_MAX).await?;
        let full = entries.len() >= limits::OUTBOX_BATCH_MAX;
        let mut run = Run { entries, upto: head };
        // Local-only entries may fill the rest of the journal: then the head is reached. Some may
        // have come since it was asked for.
        run.upto = if full { run.last() } else { head.max(run.last()) };
        Ok(Some(run))
    }
}
