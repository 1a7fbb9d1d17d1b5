//! CPU time of this process.

use std::time::Duration;

/// User and system CPU time spent so far (`/proc/self/stat`, fields 14 and 15, in ticks of 10 ms).
pub fn spent() -> Duration {
    of("self")
}

/// The same of another process.
pub fn of(process: &str) -> Duration {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    // The command in parentheses may hold spaces: count fields after it.
    let rest = stat.rsplit_once(") ").map_or("", |(_, rest)| rest);
    let ticks: u64 =
        rest.split(' ').skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
    Duration::from_millis(ticks * 10)
}
