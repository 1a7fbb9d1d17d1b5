//! Counters for dashboards. They follow the journal at a short distance, outside the transactions
//! that admit. What a person's entries count for is a function of these entries alone: counting a
//! run of the journal is taking away what the persons in it counted for before and adding what
//! they count for now, and counting everything again must give the same.

mod cells;
mod grouped;
mod recount;
mod refusals;

pub use grouped::{AskCounts, By, Group};
pub use recount::{Differing, Recounted};
pub use refusals::Refusals;

use crate::{Node, NodeError};
use cells::Counts;
use hutong_model::PersonId;
use hutong_store::Stored;
use std::{
    collections::{BTreeSet, HashMap},
    time::{Duration, Instant},
};

/// Persons whose entries are held in memory at a time.
const PERSONS_AT_ONCE: usize = 256;
/// How long the follower sleeps where there is nothing to count.
const IDLE: Duration = Duration::from_secs(1);
/// How long it stands back while rows are being admitted, so that it does not take the time they
/// need; after that it counts one run and stands back again.
const STAND_BACK: Duration = Duration::from_secs(5);

impl Node {
    /// Follows the journal until the future is dropped.
    pub(crate) async fn run_tallies(&self) {
        let mut seen = self.admissions();
        loop {
            let begun = Instant::now();
            let counted = self.tally_once().await;
            let busy = seen != self.admissions();
            seen = self.admissions();
            let pause = match counted {
                Ok(true) if busy => STAND_BACK,
                // Half of a core at most.
                Ok(true) => begun.elapsed(),
                Ok(false) => IDLE,
                Err(error) => {
                    tracing::warn!(error = %error, "counting failed; trying again");
                    metrics::counter!("hutong_tally_failures_total").increment(1);
                    STAND_BACK
                }
            };
            tokio::time::sleep(pause).await;
        }
    }

    /// Counts the next run of the journal. False where everything has been counted.
    ///
    /// # Errors
    /// [`NodeError`] where the store cannot be read or written; nothing was counted.
    pub async fn tally_once(&self) -> Result<bool, NodeError> {
        let _turn = self.tallying.lock().await;
        metrics::gauge!("hutong_tally_lag_entries").set(self.uncounted().await? as f64);
        let from = self.store.tallied().await?;
        let Some(run) = self.run_after(from).await? else { return Ok(false) };
        let upto = run.upto;
        let persons: BTreeSet<PersonId> = run.entries.iter().map(|s| s.entry.person).collect();
        let persons: Vec<PersonId> = persons.into_iter().collect();
        let mut counts = Counts::default();
        for some in persons.chunks(PERSONS_AT_ONCE) {
            for entries in self.entries_by_person(some, upto).await?.values() {
                let before = entries.partition_point(|stored| stored.seq <= from);
                counts.add(&entries[..before], -1);
                counts.add(entries, 1);
            }
        }
        // Where another process has counted this run already, there is simply nothing to do.
        self.store.tally(counts.into_changes(), from, upto).await?;
        Ok(true)
    }

    /// How many entries have been admitted and not counted yet.
    ///
    /// # Errors
    /// [`NodeError`] where the store cannot be read.
    pub async fn uncounted(&self) -> Result<u64, NodeError> {
        Ok(self.store.head().await?.saturating_sub(self.store.tallied().await?))
    }

    /// The entries of persons up to a place, in order of arrival.
    async fn entries_by_person(
        &self,
        persons: &[PersonId],
        upto: u64,
    ) -> Result<HashMap<PersonId, Vec<Stored>>, NodeError> {
        let mut found: HashMap<PersonId, Vec<Stored>> = HashMap::with_capacity(persons.len());
        for stored in self.store.entries_of(persons).await? {
            if stored.seq <= upto {
                found.entry(stored.entry.person).or_default().push(stored);
            }
        }
        Ok(found)
    }
}
