//! How long nothing could be written: for the log, and for whoever watches the node.

use std::time::{Duration, Instant};

/// Times in which the database took no writes, from the first try that failed to the first that
/// did not. While it is away, the writer tries by itself, so that the end is not when somebody next
/// wants to write.
#[derive(Debug, Default)]
pub(super) struct Outage {
    since: Option<Instant>,
    before: Duration,
}

impl Outage {
    /// Whether it lasts.
    pub(super) fn lasts(&self) -> bool {
        self.since.is_some()
    }

    /// A try, begun at that moment, has failed.
    pub(super) fn failed(&mut self, begun: Instant) {
        let since = *self.since.get_or_insert(begun);
        self.tell(since.elapsed());
    }

    /// Something was written.
    pub(super) fn ended(&mut self) {
        if let Some(since) = self.since.take() {
            let away = since.elapsed();
            self.before += away;
            tracing::warn!(away_ms = away.as_millis() as u64, "the database takes writes again");
        }
        self.tell(Duration::ZERO);
    }

    fn tell(&self, now: Duration) {
        // A counter of whole seconds of the sum: what is below a second adds up as well.
        let total = (self.before + now).as_secs();
        metrics::counter!("hutong_store_away_seconds_total").absolute(total);
        metrics::gauge!("hutong_store_away").set(if self.lasts() { 1.0 } else { 0.0 });
    }
}
