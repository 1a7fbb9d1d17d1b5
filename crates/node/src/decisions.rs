//! Decisions that are made by themselves: at the root, each new record, each change of what was
//! published and the passing of time lead to deciding again about whom they concern. What has
//! changed is written down, goes before the ledger, down the feed and to whoever listens.
//!
//! Nothing depends on it for what a level is: whoever asks is answered by evaluating the records
//! at that moment. This is how people hear of it without asking.

mod down;
mod follow;
mod notices;
mod round;
mod sweeps;
mod told;

pub use notices::{Notice, Watch};
pub use told::{Entered, Told};

pub(crate) use notices::Notices;

use crate::{Node, NodeError};
use std::time::Duration;

/// How long the root sleeps where there is nothing to decide.
const IDLE: Duration = Duration::from_millis(250);
/// How long it stands back after a failure.
const STAND_BACK: Duration = Duration::from_secs(2);

impl Node {
    /// Decides until the future is dropped. Returns at once where there is a node above.
    pub(crate) async fn run_decisions(&self) {
        if !self.is_root() {
            return;
        }
        loop {
            let pause = match self.decide_once().await {
                Ok(true) => continue,
                Ok(false) => IDLE,
                Err(error) => {
                    tracing::warn!(error = %error, "deciding failed; trying again");
                    metrics::counter!("hutong_decision_failures_total").increment(1);
                    STAND_BACK
                }
            };
            let _ = tokio::time::timeout(pause, self.decide_wake.notified()).await;
        }
    }

    /// Decides about those who are next: first whom new records are about, then whom the time has
    /// come for, then a step of what concerns many. False where nothing is left to do.
    ///
    /// # Errors
    /// [`NodeError`] where the store cannot be read or written; it is done again the next time.
    pub async fn decide_once(&self) -> Result<bool, NodeError> {
        let _turn = self.deciding.lock().await;
        self.note_turns().await?;
        Ok(self.follow_journal().await? || self.decide_due().await? || self.sweep_once().await?)
    }
}
