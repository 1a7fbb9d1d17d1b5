//! What waits for a writer, and how much of it one commit takes.

use hutong_model::limits::COMMIT_ROWS_MAX;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::sync::mpsc::{Receiver, error::TryRecvError};

/// Jobs that one commit takes at most.
const JOBS_MAX: usize = 4_096;
/// How long a writer with upkeep to do waits for work before it goes on with upkeep alone.
const IDLE: Duration = Duration::from_millis(1);
/// Between the beginnings of two commits of little, while several write at once: each flush of the
/// disk then serves more of them.
const GATHER: Duration = Duration::from_millis(1);
/// Rows that are enough for a commit of their own.
const ENOUGH: usize = 256;
/// Commits after which several that wrote at once are taken to be gone.
const COMPANY: u32 = 16;

/// How many rows a job writes, about.
pub(crate) trait Weigh {
    fn rows(&self) -> usize;
}

/// When the next commit begins. A single writer never waits for nobody.
pub(crate) struct Pace {
    begun: Instant,
    company: u32,
}

impl Pace {
    pub(crate) fn new() -> Self {
        Self { begun: Instant::now(), company: 0 }
    }

    /// Takes what waits, at least one job unless there is upkeep to go on with. False when all
    /// senders are gone.
    pub(crate) fn gather<J: Weigh>(
        &mut self,
        jobs: &mut Receiver<J>,
        waiting: &mut Vec<J>,
        upkeep: bool,
    ) -> bool {
        let first = match jobs.try_recv() {
            Ok(job) => {
                // It came while the last commit ran.
                self.company = COMPANY;
                Some(job)
            }
            Err(TryRecvError::Disconnected) => return false,
            Err(TryRecvError::Empty) if upkeep => {
                std::thread::sleep(IDLE);
                jobs.try_recv().ok()
            }
            Err(TryRecvError::Empty) => match jobs.blocking_recv() {
                Some(job) => Some(job),
                None => return false,
            },
        };
        let Some(first) = first else { return true };
        let mut rows = first.rows();
        waiting.push(first);
        drain(jobs, waiting, &mut rows);
        if let Some(patience) = self.patience(rows) {
            std::thread::sleep(patience);
            drain(jobs, waiting, &mut rows);
        }
        self.begun = Instant::now();
        self.company = if waiting.len() > 1 { COMPANY } else { self.company.saturating_sub(1) };
        true
    }

    /// How long to wait for company with this much at hand; none for not at all.
    fn patience(&self, rows: usize) -> Option<Duration> {
        let left = GATHER.saturating_sub(self.begun.elapsed());
        (self.company > 0 && rows < ENOUGH && !left.is_zero()).then_some(left)
    }
}

/// Takes what waits, as much as one commit may hold.
fn drain<J: Weigh>(jobs: &mut Receiver<J>, waiting: &mut Vec<J>, rows: &mut usize) {
    while *rows < COMMIT_ROWS_MAX && waiting.len() < JOBS_MAX {
        let Ok(job) = jobs.try_recv() else { break };
        *rows += job.rows();
        waiting.push(job);
    }
}

/// Waits until a thread has ended, whose name is for the log.
pub(crate) fn ended(thread: Option<JoinHandle<()>>, name: &'static str) {
    if thread.is_some_and(|thread| thread.join().is_err()) {
        tracing::error!(thread = name, "a thread of the store panicked");
    }
}
