//! Read, admit, tell: reading of the next batches goes on while the store writes this one.
//!
//! ```text
//! body ─ Cutter / sheets ─▶ runs (1 waits) ─▶ read on threads (2 at once) ─▶ admit (one at a
//! time) ─▶ receipts, in order
//! ```
//!
//! Batches enter the store in the order of their lines, so that a correction may follow what it
//! corrects in the same file.

use super::{
    batches::Batch,
    lines::{self, Cutter, Run},
    receipts::{self, Summary, Wanted},
    sheets,
};
use crate::{body::Incoming, problem::Problem};
use bytes::Bytes;
use futures::{SinkExt, StreamExt, channel::mpsc as answers, stream};
use hutong_fhir::ReadContext;
use hutong_model::Member;
use hutong_node::{Node, NodeError, admit::Receipt, tallies::Refusals};
use std::sync::Arc;
use tokio::sync::mpsc;

/// Batches that are read ahead.
const READ_AT_ONCE: usize = 2;
/// Batches that are with the store: one, for a long batch goes in parts, and a second one could
/// slip between them, before the record that it corrects.
const ADMIT_AT_ONCE: usize = 1;

/// What the body is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// FHIR, a resource or Bundle a line.
    Ndjson,
    /// A spreadsheet.
    Sheet(sheets::Kind),
}

/// One upload.
pub(super) struct Upload {
    pub(super) node: Arc<Node>,
    pub(super) member: Arc<Member>,
    pub(super) form: Form,
    pub(super) wanted: Wanted,
    pub(super) request_id: String,
}

type Answers = answers::Sender<Result<Bytes, std::convert::Infallible>>;

impl Upload {
    /// Runs the upload to its end, telling what became of the rows. What was admitted stays,
    /// whether or not anybody still listens.
    pub(super) async fn run(self, body: Incoming, mut answers: Answers) {
        let (summary, problem) = match self.form {
            Form::Ndjson => self.ndjson(body, &mut answers).await,
            Form::Sheet(kind) => self.sheet(body, kind, &mut answers).await,
        };
        summary.publish();
        let _ = answers.send(Ok(summary.line(problem.as_ref(), &self.request_id))).await;
    }

    async fn ndjson(&self, body: Incoming, answers: &mut Answers) -> (Summary, Option<Problem>) {
        let (send, runs) = mpsc::channel::<Run>(1);
        let context = Arc::new(ReadContext::new(self.member.id.clone(), self.node.now()));
        let read = move |run: Run| {
            let context = context.clone();
            tokio::task::spawn_blocking(move || lines::read(run, &context))
        };
        let batches = stream_of(runs).map(read).buffered(READ_AT_ONCE);
        let batches = batches.map(|batch| batch.map_err(|_| Problem::internal()));
        let (cut, (summary, problem)) =
            tokio::join!(Cutter::new().run(body, send), self.admit(batches, answers));
        (summary, problem.or(cut.err()))
    }

    async fn sheet(
        &self,
        body: Incoming,
        kind: sheets::Kind,
        answers: &mut Answers,
    ) -> (Summary, Option<Problem>) {
        let (send, batches) = mpsc::channel::<Batch>(1);
        let now = self.node.now();
        let reading = async {
            match kind {
                sheets::Kind::Csv => sheets::csv(body, now, send).await,
                sheets::Kind::Xlsx => sheets::xlsx(body, now, send).await,
            }
        };
        let batches = stream_of(batches).map(Ok);
        let (read, (summary, problem)) = tokio::join!(reading, self.admit(batches, answers));
        (summary, problem.or(read.err()))
    }

    /// Admits batches in order and tells what became of them. Stops at the first failure.
    async fn admit(
        &self,
        batches: impl stream::Stream<Item = Result<Batch, Problem>>,
        answers: &mut Answers,
    ) -> (Summary, Option<Problem>) {
        let (mut summary, mut refusals) = (Summary::default(), Refusals::default());
        let decided = batches.map(|batch| self.admit_one(batch)).buffered(ADMIT_AT_ONCE);
        let mut decided = std::pin::pin!(decided);
        let mut problem = None;
        while let Some(result) = decided.next().await {
            let (rows, receipts) = match result {
                Ok(decided) => decided,
                Err(stopped) => {
                    problem = Some(stopped);
                    break;
                }
            };
            let lines = receipts::write(rows, receipts, self.wanted, &mut summary, &mut refusals);
            if !lines.is_empty() {
                // Nobody listening is no reason to stop: the body still comes.
                let _ = answers.send(Ok(lines.into())).await;
            }
        }
        self.node.count_refusals(&self.member, refusals).await;
        (summary, problem)
    }

    async fn admit_one(
        &self,
        batch: Result<Batch, Problem>,
    ) -> Result<(Vec<(super::batches::Place, super::batches::Before)>, Vec<Receipt>), Problem> {
        let Batch { submissions, rows } = batch?;
        if submissions.is_empty() {
            return Ok((rows, Vec::new()));
        }
        let receipts = self.node.admit(&self.member, submissions, false).await;
        receipts.map(|receipts| (rows, receipts)).map_err(|error: NodeError| error.into())
    }
}

fn stream_of<T>(receiver: mpsc::Receiver<T>) -> impl stream::Stream<Item = T> {
    stream::unfold(receiver, |mut receiver| async move {
        receiver.recv().await.map(|item| (item, receiver))
    })
}
