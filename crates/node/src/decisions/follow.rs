//! Who is next: whom new records are about, and whom the time has come for.

use crate::{Node, NodeError};
use hutong_model::PersonId;
use std::collections::BTreeSet;

/// Persons decided about at a time.
pub(super) const PERSONS_AT_ONCE: usize = 256;

impl Node {
    /// Decides about whom the next run of the journal is about. False where it has been followed
    /// to its end. While no event is in force nothing is decided.
    pub(super) async fn follow_journal(&self) -> Result<bool, NodeError> {
        let (from, head) = (self.store.followed().await?, self.store.head().await?);
        if head <= from {
            return Ok(false);
        }
        if !self.rulebook().events.iter().any(|event| event.in_force(self.now())) {
            let round = hutong_store::Round { followed: Some((from, head)), ..Default::default() };
            self.store.keep_round(round).await?;
            return Ok(false);
        }
        let Some(run) = self.run_after(from).await? else { return Ok(false) };
        metrics::gauge!("hutong_decision_lag_entries").set(head.saturating_sub(run.upto) as f64);
        let persons: BTreeSet<PersonId> = run.entries.iter().map(|s| s.entry.person).collect();
        let persons: Vec<PersonId> = persons.into_iter().collect();
        let mut rest = persons.as_slice();
        while rest.len() > PERSONS_AT_ONCE {
            let (some, later) = rest.split_at(PERSONS_AT_ONCE);
            self.decide_about(some, None).await?;
            rest = later;
        }
        self.decide_about(rest, Some((from, run.upto))).await?;
        Ok(true)
    }

    /// Decides about those whose level time alone may have changed. False where there are none.
    pub(super) async fn decide_due(&self) -> Result<bool, NodeError> {
        let due = self.store.standings_due(self.now(), PERSONS_AT_ONCE).await?;
        if due.is_empty() {
            return Ok(false);
        }
        self.decide_about(&due, None).await?;
        Ok(true)
    }
}
