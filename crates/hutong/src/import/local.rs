//! Import straight into the store of this machine's node.

use super::{
    Order,
    parse::{self, Event, Original, Parsed, Said},
    rejects::{Plan, Sink},
    report::{Became, BrokenFile, Report},
};
use crate::{
    admin::{OnProgress, Progress},
    failure::Failure,
};
use futures::{StreamExt, future::BoxFuture, stream::FuturesOrdered};
use hutong_model::{Issue, Member};
use hutong_node::{
    Node, NodeError,
    admit::{Outcome, Receipt},
    tallies::Refusals,
};
use hutong_store::StoreError;
use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Instant,
};
use tokio::sync::mpsc;

/// Batches that are committed while the next are parsed.
const IN_FLIGHT: usize = 3;
/// Batches that are parsed ahead.
const PARSED_AHEAD: usize = 2;

/// A batch on its way: its rows, without what was sent, and the node's decisions.
type Admitting = BoxFuture<'static, (Vec<Waiting>, Result<Vec<Receipt>, NodeError>)>;

/// A row that waits for its receipt, or needs none.
struct Waiting {
    kind: std::borrow::Cow<'static, str>,
    place: parse::Place,
    original: Original,
    said: Decided,
}

enum Decided {
    /// The next receipt is this row's; its warnings.
    Sent(Vec<Issue>),
    NotKept(Issue),
    Rejected(Vec<Issue>),
}

/// Imports the files.
///
/// # Errors
/// [`Failure`] where the member may not act, or the store or a file of rejects fails.
pub async fn run(
    node: &Arc<Node>,
    order: Order,
    on_progress: OnProgress,
) -> Result<Report, Failure> {
    let started = Instant::now();
    let member = node.active_member(&order.member)?;
    let bytes = Arc::new(AtomicU64::new(0));
    let bytes_total = order.files.iter().filter_map(|path| path.metadata().ok()).map(|m| m.len());
    let bytes_total = bytes_total.sum();
    let files = super::in_order(order.files);
    let plan = Plan::new(order.rejects, files.len() > 1);
    let task =
        parse::Task { files, plan, member: order.member, now: node.now(), bytes: bytes.clone() };
    let (send, mut events) = mpsc::channel(PARSED_AHEAD);
    let parser = std::thread::spawn(move || parse::run(&task, &send));

    let mut work = Work {
        node,
        member,
        report: Report::default(),
        files: VecDeque::new(),
        refusals: Refusals::default(),
    };
    let mut admitting: FuturesOrdered<Admitting> = FuturesOrdered::new();
    let mut parsing = true;
    while parsing || !admitting.is_empty() {
        tokio::select! {
            event = events.recv(), if parsing && admitting.len() < IN_FLIGHT => match event {
                Some(Event::Rows(rows)) => admitting.push_back(work.admit(rows)),
                Some(other) => {
                    // What belongs to the file before must be counted before the next begins.
                    while let Some((rows, receipts)) = admitting.next().await {
                        work.settle(rows, receipts)?;
                    }
                    work.boundary(other)?;
                }
                None => parsing = false,
            },
            Some((rows, receipts)) = admitting.next(), if !admitting.is_empty() => {
                work.settle(rows, receipts)?;
                let rows = work.report.total.rows;
                on_progress(Progress { bytes: bytes.load(Relaxed), bytes_total, rows });
            }
        }
    }
    if parser.join().is_err() {
        return Err(Failure::setup("reading the files broke off", "report this as a defect"));
    }
    let refusals = std::mem::take(&mut work.refusals);
    node.count_refusals(&work.member, refusals).await;
    work.finish(started.elapsed().as_secs_f64())
}

struct Work<'n> {
    node: &'n Arc<Node>,
    member: Arc<Member>,
    report: Report,
    files: VecDeque<(String, Sink)>,
    refusals: Refusals,
}

impl Work<'_> {
    fn admit(&self, rows: Vec<Parsed>) -> Admitting {
        let mut submissions = Vec::with_capacity(rows.len());
        let waiting = rows
            .into_iter()
            .map(|Parsed { kind, place, read, original }| {
                let said = match read {
                    Said::Submission(submission, warnings) => {
                        submissions.push(submission);
                        Decided::Sent(warnings)
                    }
                    Said::NotKept(issue) => Decided::NotKept(issue),
                    Said::Rejected(issues) => Decided::Rejected(issues),
                };
                Waiting { kind, place, original, said }
            })
            .collect();
        let (node, member) = (self.node.clone(), self.member.clone());
        // On a task of its own, so that it goes on while the next batch is awaited.
        let task = tokio::spawn(async move { node.admit(&member, submissions, false).await });
        Box::pin(async move {
            let receipts = match task.await {
                Ok(receipts) => receipts,
                Err(error) => Err(NodeError::Setup(format!("admission broke off: {error}"))),
            };
            (waiting, receipts)
        })
    }

    fn settle(
        &mut self,
        rows: Vec<Waiting>,
        receipts: Result<Vec<Receipt>, NodeError>,
    ) -> Result<(), Failure> {
        let mut receipts = match receipts {
            Ok(receipts) => Some(receipts.into_iter()),
            Err(NodeError::Busy | NodeError::Store(StoreError::Busy | StoreError::Away)) => None,
            Err(error) => return Err(error.into()),
        };
        for Waiting { kind, place, original, said } in rows {
            let (became, issues) = match said {
                Decided::NotKept(issue) => (Became::NotKept, vec![issue]),
                Decided::Rejected(issues) => (Became::Rejected, issues),
                Decided::Sent(mut warnings) => {
                    match receipts.as_mut().map(|receipts| receipts.next()) {
                        Some(Some(receipt)) => {
                            warnings.extend(receipt.issues);
                            (became(receipt.outcome), warnings)
                        }
                        _ => (Became::Rejected, vec![parse::busy()]),
                    }
                }
            };
            self.report.count(&kind, became);
            let Some((file, sink)) = self.files.back_mut() else { continue };
            if became == Became::Rejected {
                self.refusals.count(&issues);
                sink.write(&original, &issues)?;
            }
            self.report.issues(&issues, &|| format!("{file}: {place}"));
        }
        Ok(())
    }

    fn boundary(&mut self, event: Event) -> Result<(), Failure> {
        match event {
            Event::File { name, sink } => {
                self.finish_file()?;
                self.files.push_back((name, sink));
            }
            Event::Broken(reason) => {
                let file = self.files.back().map_or_else(String::new, |(name, _)| name.clone());
                self.report.broken.push(BrokenFile { file, reason });
            }
            Event::Rows(_) => {}
        }
        Ok(())
    }

    fn finish_file(&mut self) -> Result<(), Failure> {
        while let Some((_, sink)) = self.files.pop_front() {
            if let Some(path) = sink.finish()?
                && !self.report.rejects.contains(&path)
            {
                self.report.rejects.push(path);
            }
        }
        Ok(())
    }

    fn finish(mut self, seconds: f64) -> Result<Report, Failure> {
        self.finish_file()?;
        self.report.finish(seconds);
        Ok(self.report)
    }
}

fn became(outcome: Outcome) -> Became {
    match outcome {
        Outcome::Admitted => Became::Admitted,
        Outcome::Duplicate => Became::Duplicate,
        Outcome::Rejected => Became::Rejected,
    }
}
