//! NDJSON in: pieces of the body are cut into runs of whole lines, as long as the pipeline is busy
//! and no longer than a transaction takes.

use super::batches::{Batch, Place};
use crate::{body::Incoming, problem::Problem};
use bytes::{Bytes, BytesMut};
use hutong_fhir::{ReadContext, read_line};
use hutong_model::{Issue, IssueCode, limits::LINE_BYTES_MAX};
use tokio::sync::mpsc;

/// Lines of a run at most: what becomes of them then stays in the processor's caches from reading
/// to sealing. The store puts what waits into one transaction anyway.
const RUN_LINES_MAX: usize = 1024;
/// Bytes of a run at most, unless one line is longer.
const RUN_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Whole lines, or a line that was too long to be kept.
#[derive(Debug)]
pub(super) enum Run {
    /// Lines with their ends; the number of the first, and how many they are.
    Lines(u64, Bytes, usize),
    /// The number of a line that is longer than a line may be. It was skipped.
    TooLong(u64),
}

/// Cuts a body into runs.
pub(super) struct Cutter {
    held: BytesMut,
    /// Bytes of `held` that are whole lines, and how many lines.
    whole: usize,
    lines: usize,
    /// Number of the first line held.
    first: u64,
    skipping: bool,
}

impl Cutter {
    pub(super) fn new() -> Self {
        Self { held: BytesMut::new(), whole: 0, lines: 0, first: 1, skipping: false }
    }

    /// Reads the body to its end, handing runs on. Returns early where nobody takes them any more.
    ///
    /// # Errors
    /// [`Problem`] where the body breaks off or unpacks to too much; what came before is handed on.
    pub(super) async fn run(
        mut self,
        mut body: Incoming,
        runs: mpsc::Sender<Run>,
    ) -> Result<(), Problem> {
        loop {
            let piece = match body.next().await {
                Ok(Some(piece)) => piece,
                Ok(None) => break,
                Err(problem) => {
                    // The line that was cut off is not a line: only whole ones go on.
                    let _ = self.hand_on(&runs).await;
                    return Err(problem);
                }
            };
            if self.take(&piece, &runs).await.is_none() {
                return Ok(());
            }
            // What is there goes on at once while the pipeline has nothing to do, and gathers
            // while it is busy.
            let full = self.lines >= RUN_LINES_MAX || self.whole >= RUN_BYTES_MAX;
            if self.lines > 0
                && (full || runs.capacity() > 0)
                && self.hand_on(&runs).await.is_none()
            {
                return Ok(());
            }
        }
        if !self.skipping && self.held.len() > self.whole {
            self.whole = self.held.len();
            self.lines += 1;
        }
        let _ = self.hand_on(&runs).await;
        Ok(())
    }

    /// Takes in a piece of the body. None where nobody takes runs any more.
    async fn take(&mut self, mut piece: &[u8], runs: &mpsc::Sender<Run>) -> Option<()> {
        if self.skipping {
            let Some(end) = piece.iter().position(|b| *b == b'\n') else { return Some(()) };
            piece = &piece[end + 1..];
            self.skipping = false;
            self.first += 1;
        }
        self.held.extend_from_slice(piece);
        if let Some(last) = piece.iter().rposition(|b| *b == b'\n') {
            self.lines += piece[..=last].iter().filter(|b| **b == b'\n').count();
            self.whole = self.held.len() - (piece.len() - last - 1);
        }
        if self.held.len() - self.whole > LINE_BYTES_MAX {
            self.hand_on(runs).await?;
            self.held.clear();
            self.skipping = true;
            runs.send(Run::TooLong(self.first)).await.ok()?;
        }
        Some(())
    }

    /// Hands the whole lines on. None where nobody takes them any more.
    async fn hand_on(&mut self, runs: &mpsc::Sender<Run>) -> Option<()> {
        if self.lines == 0 {
            return Some(());
        }
        let bytes = self.held.split_to(self.whole).freeze();
        let run = Run::Lines(self.first, bytes, self.lines);
        self.first += self.lines as u64;
        (self.whole, self.lines) = (0, 0);
        runs.send(run).await.ok()
    }
}

/// Reads a run. Pure work, for a thread of its own.
pub(super) fn read(run: Run, context: &ReadContext) -> Batch {
    match run {
        Run::TooLong(number) => {
            let mut batch = Batch::default();
            batch.reject(
                Place::line(number),
                vec![Issue::error(
                    IssueCode::TooLong,
                    "",
                    format!("the line is longer than {} MiB", LINE_BYTES_MAX / (1024 * 1024)),
                    "send one resource a line; the line was skipped",
                )],
            );
            batch
        }
        Run::Lines(first, bytes, lines) => {
            let mut batch = Batch::with_capacity(lines);
            for (number, line) in (first..).zip(bytes.split(|b| *b == b'\n')) {
                for row in read_line(line, number, context) {
                    batch.push_row(number, row);
                }
            }
            batch
        }
    }
}
