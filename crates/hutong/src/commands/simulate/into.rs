//! A population straight into a store: every line is read and admitted as if its clinic or
//! laboratory had sent it, mistakes and all.

use crate::{failure::Failure, lang::Lang, show};
use futures::{StreamExt, stream::FuturesOrdered};
use hutong_fhir::{ReadContext, RowResult, read_line};
use hutong_model::{Member, MemberKind, MemberStatus, Submission, Timestamp};
use hutong_node::{Node, admit::Outcome};
use hutong_population::{Config, Reporter, ReporterKind, persons, write_person};
use indicatif::ProgressBar;
use serde::Serialize;
use std::{collections::BTreeMap, sync::Arc};
use tokio::sync::mpsc;

/// Rows of a reporter that are admitted at once.
const BATCH_ROWS: usize = 1_000;
/// Batches that are admitted while others are made.
const IN_FLIGHT: usize = 4;

/// What became of the population.
#[derive(Debug, Default, Serialize)]
pub(super) struct Admitted {
    persons: u64,
    admitted: u64,
    duplicates: u64,
    rejected: u64,
}

impl Admitted {
    pub(super) fn print(&self, json: bool, lang: Lang) -> Result<(), Failure> {
        if json {
            return show::json(self);
        }
        let Self { persons, admitted, duplicates, rejected } = self;
        show::line(lang.pick(
            format!("{persons} 人，写入 {admitted} 行，重复 {duplicates} 行，拒收 {rejected} 行"),
            format!(
                "{persons} persons: {admitted} rows admitted, {duplicates} there already, {rejected} \
                 refused"
            ),
        ));
        Ok(())
    }
}

/// Rows of one reporter.
struct Batch {
    member: Arc<Member>,
    rows: Vec<Box<Submission>>,
    rejected: u64,
    /// Persons that are done with it.
    done: u64,
}

/// Admits a population into the store of a node, which must be empty.
pub(super) async fn admit(
    node: &Arc<Node>,
    config: Config,
    bar: ProgressBar,
) -> Result<Admitted, Failure> {
    if node.store().counts().await? != (0, 0) {
        return Err(Failure::wrong(
            "the store holds persons already",
            "name a new file or an empty database: invented persons do not belong among others",
        ));
    }
    let (batches, mut waiting) = mpsc::channel(IN_FLIGHT);
    let now = node.now();
    let making = std::thread::spawn(move || make(&config, now, &batches));
    let (mut admitting, mut total) = (FuturesOrdered::new(), Admitted::default());
    let mut more = true;
    while more || !admitting.is_empty() {
        tokio::select! {
            batch = waiting.recv(), if more && admitting.len() < IN_FLIGHT => match batch {
                Some(batch) => {
                    let Batch { member, rows, rejected, done } = batch;
                    total.rejected += rejected;
                    bar.set_position(done);
                    let node = node.clone();
                    admitting.push_back(async move { node.admit(&member, rows, false).await });
                }
                None => more = false,
            },
            Some(receipts) = admitting.next(), if !admitting.is_empty() => {
                for receipt in receipts? {
                    match receipt.outcome {
                        Outcome::Admitted => total.admitted += 1,
                        Outcome::Duplicate => total.duplicates += 1,
                        Outcome::Rejected => total.rejected += 1,
                    }
                }
            }
        }
    }
    if making.join().is_err() {
        return Err(Failure::setup("making the population broke off", "report this as a defect"));
    }
    total.persons = node.store().counts().await?.0;
    Ok(total)
}

/// A reporter's rows that wait to be enough.
struct Desk {
    member: Arc<Member>,
    context: ReadContext,
    rows: Vec<Box<Submission>>,
    rejected: u64,
}

impl Desk {
    fn new(reporter: &Reporter, now: Timestamp) -> Option<Self> {
        // INVARIANT: the name of a reporter has the form of a member's.
        let id = reporter.member().ok()?;
        let kind = match reporter.kind {
            ReporterKind::Clinic => MemberKind::Clinic,
            ReporterKind::Lab => MemberKind::Lab,
        };
        let member = Member {
            id: id.clone(),
            kind,
            name: reporter.title(),
            region: reporter.region,
            status: MemberStatus::Active,
            purposes: kind.usual_purposes(),
            jwks: serde_json::json!({ "keys": [] }),
            admitted_at: now,
            updated_at: now,
        };
        let context = ReadContext::new(id, now);
        Some(Self { member: Arc::new(member), context, rows: Vec::new(), rejected: 0 })
    }

    fn read(&mut self, lines: &str) {
        for line in lines.lines() {
            for row in read_line(line.as_bytes(), 1, &self.context) {
                match row.result {
                    RowResult::Submission(submission, _) => self.rows.push(submission),
                    _ => self.rejected += 1,
                }
            }
        }
    }

    fn take(&mut self, done: u64) -> Batch {
        let (rows, rejected) = (std::mem::take(&mut self.rows), std::mem::take(&mut self.rejected));
        Batch { member: self.member.clone(), rows, rejected, done }
    }
}

/// Makes everybody, until nobody listens.
fn make(config: &Config, now: Timestamp, batches: &mpsc::Sender<Batch>) {
    let mut desks: BTreeMap<Reporter, Desk> = BTreeMap::new();
    let mut lines = String::new();
    for person in persons(config) {
        for reporter in person.reporters() {
            lines.clear();
            let _ = write_person(&mut lines, &person, &reporter);
            if !desks.contains_key(&reporter) {
                desks.extend(Desk::new(&reporter, now).map(|desk| (reporter, desk)));
            }
            let Some(desk) = desks.get_mut(&reporter) else { continue };
            desk.read(&lines);
            if desk.rows.len() >= BATCH_ROWS
                && batches.blocking_send(desk.take(person.index + 1)).is_err()
            {
                return;
            }
        }
    }
    for desk in desks.values_mut() {
        let _ = batches.blocking_send(desk.take(config.persons));
    }
}
