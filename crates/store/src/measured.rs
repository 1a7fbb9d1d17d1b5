//! What is counted and measured of every back end.

use std::time::Instant;

/// Counts a named transaction, and how long it took from the queue to the disk.
pub(crate) fn count(name: &'static str, queued: Instant) {
    metrics::histogram!("hutong_store_tx_seconds", "tx" => name)
        .record(queued.elapsed().as_secs_f64());
    metrics::counter!("hutong_store_tx_total", "tx" => name).increment(1);
}

/// Counts a commit of a writer: how long it took, for how many jobs, with how many rows.
pub(crate) fn count_commit(started: Instant, jobs: usize, rows: usize) {
    metrics::histogram!("hutong_store_commit_seconds").record(started.elapsed().as_secs_f64());
    metrics::counter!("hutong_store_commits_total").increment(1);
    metrics::counter!("hutong_store_rows_total").increment(rows as u64);
    metrics::histogram!("hutong_store_jobs_per_commit").record(jobs as f64);
    metrics::histogram!("hutong_store_rows_per_commit").record(rows as f64);
}
