//! How long nothing could be written: for the log, and for whoever watches the node.

use parking_lot::Mutex;
use std::time::{Duration, Instant};

/// Times in which the database took no writes, from the first try that failed to the first that
/// did not. The listener of the feed notices when it goes away, and it and the writer try to write
/// by themselves meanwhile: neither end is when somebody next wants to write.
#[derive(Debug, Default)]
pub(super) struct Outage(Mutex<Times>);

#[derive(Debug, Default)]
struct Times {
    since: Option<Instant>,
    before: Duration,
}

impl Outage {
    /// Whether it lasts.
    pub(super) fn lasts(&self) -> bool {
        self.0.lock().since.is_some()
    }

    /// A try, begun at that moment, has failed.
    pub(super) fn failed(&self, begun: Instant) {
        let mut times = self.0.lock();
        let since = *times.since.get_or_insert(begun);
        times.tell(since.elapsed());
    }

    /// Something was written.
    pub(super) fn ended(&self) {
        let mut times = self.0.lock();
        if let Some(since) = times.since.take() {
            let away = since.elapsed();
            times.before += away;
            tracing::warn!(away_ms = away.as_millis() as u64, "the database takes writes again");
        }
        times.tell(Duration::ZERO);
    }
}

impl Times {
    fn tell(&self, now: Duration) {
        // A counter of whole seconds of the sum: what is below a second adds up as well.
        let total = (self.before + now).as_secs();
        metrics::counter!("hutong_store_away_seconds_total").absolute(total);
        metrics::gauge!("hutong_store_away").set(if self.since.is_some() { 1.0 } else { 0.0 });
    }
}
