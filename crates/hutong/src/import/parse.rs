//! From files to rows, on a thread of their own.

use super::{
    input::{self, Input, Shape},
    rejects::{Plan, Sink},
};
use crate::failure::Failure;
use hutong_fhir::{Locator, RowResult};
use hutong_model::{
    Catalogue, Fact, Issue, IssueCode, MemberId, Submission, Timestamp,
    limits::{BODY_BYTES_MAX, LINE_BYTES_MAX},
};
use hutong_sheet::SheetReader;
use std::{
    borrow::Cow,
    io::{BufRead, Read},
    path::PathBuf,
    sync::{Arc, atomic::AtomicU64},
};
use tokio::sync::mpsc::Sender;

/// Rows that are handed on at once.
const BATCH_ROWS: usize = 2_000;
/// Bytes of originals that are handed on at once.
const BATCH_BYTES: usize = 4 * 1024 * 1024;

/// A row as it was read.
pub struct Parsed {
    /// What it is: a resource type, or `row` where that is not known.
    pub kind: Cow<'static, str>,
    /// Where it stood.
    pub place: Place,
    /// What it says.
    pub read: Said,
    /// What it was, for a file of rejects.
    pub original: Original,
}

/// What a row says.
pub enum Said {
    /// To be admitted.
    Submission(Box<Submission>, Vec<Issue>),
    /// Understood, and nothing that is kept.
    NotKept(Issue),
    /// Wrong.
    Rejected(Vec<Issue>),
}

/// Where a row stood in its file.
pub enum Place {
    /// Row of a spreadsheet.
    Row(u64),
    /// Line, Bundle entry, resource id.
    Resource(Box<Locator>),
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Row(row) => write!(f, "row {row}"),
            Self::Resource(locator) => write!(f, "{locator}"),
        }
    }
}

/// What a row was.
#[derive(Clone)]
pub enum Original {
    /// Cells of a spreadsheet.
    Cells(Vec<String>),
    /// A line, or a body as one line; rows of one line share it.
    Line(Arc<[u8]>),
    /// Too long to be kept.
    Lost,
}

/// What the parser hands on.
pub enum Event {
    /// A file begins.
    File {
        /// Its name.
        name: String,
        /// Where its rejected rows go.
        sink: Sink,
    },
    /// Rows of the file that began last.
    Rows(Vec<Parsed>),
    /// The file that began last cannot be read, or not to its end.
    Broken(String),
}

/// What the parser needs to know.
pub struct Task {
    /// The files, in order.
    pub files: Vec<PathBuf>,
    /// Where rejects go.
    pub plan: Plan,
    /// Who states what they hold.
    pub member: MemberId,
    /// The present.
    pub now: Timestamp,
    /// Counts bytes read.
    pub bytes: Arc<AtomicU64>,
}

/// Reads all files and hands their rows on, until they end or nobody listens.
pub fn run(task: &Task, events: &Sender<Event>) {
    for path in &task.files {
        if file(task, path, events).is_err() {
            return;
        }
    }
}

/// Nobody listens any more.
struct Gone;

struct Out<'e> {
    events: &'e Sender<Event>,
    rows: Vec<Parsed>,
    bytes: usize,
}

impl Out<'_> {
    fn send(&self, event: Event) -> Result<(), Gone> {
        self.events.blocking_send(event).map_err(|_| Gone)
    }
    fn push(&mut self, row: Parsed, bytes: usize) -> Result<(), Gone> {
        self.rows.push(row);
        self.bytes += bytes;
        if self.rows.len() >= BATCH_ROWS || self.bytes >= BATCH_BYTES {
            self.flush()
        } else {
            Ok(())
        }
    }
    fn flush(&mut self) -> Result<(), Gone> {
        self.bytes = 0;
        if self.rows.is_empty() {
            return Ok(());
        }
        let rows = std::mem::take(&mut self.rows);
        self.send(Event::Rows(rows))
    }
}

fn file(task: &Task, path: &std::path::Path, events: &Sender<Event>) -> Result<(), Gone> {
    let mut out = Out { events, rows: Vec::new(), bytes: 0 };
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let began = |sink| Event::File { name: name.clone(), sink };
    let input = match input::open(path, &task.bytes) {
        Ok(input) => input,
        Err(failure) => {
            out.send(began(Sink::None))?;
            return out.send(Event::Broken(failure.what));
        }
    };
    let broken = match input.shape {
        Shape::Csv | Shape::Xlsx => sheet(task, path, input, &began, &mut out)?,
        Shape::Lines => {
            out.send(began(task.plan.lines()))?;
            lines(task, input, &mut out)?
        }
        Shape::Body => {
            out.send(began(task.plan.lines()))?;
            body(task, input, &mut out)?
        }
    };
    out.flush()?;
    broken.map_or(Ok(()), |why| out.send(Event::Broken(why)))
}

/// What stopped a file, where something did.
type Broken = Option<String>;

fn sheet(
    task: &Task,
    path: &std::path::Path,
    input: Input,
    began: &dyn Fn(Sink) -> Event,
    out: &mut Out<'_>,
) -> Result<Broken, Gone> {
    let mut ctx = hutong_sheet::ReadContext::new(Catalogue::builtin());
    ctx.now = Some(task.now);
    let reader = match input.workbook {
        Some(file) => SheetReader::xlsx(file, ctx),
        None => SheetReader::csv(input.reader, ctx),
    };
    let mut reader = match reader {
        Ok(reader) => reader,
        Err(error) => {
            out.send(began(Sink::None))?;
            return Ok(Some(error.to_string()));
        }
    };
    match task.plan.sheet(path, &reader) {
        Ok(sink) => out.send(began(sink))?,
        Err(Failure { what, .. }) => {
            out.send(began(Sink::None))?;
            return Ok(Some(what));
        }
    }
    while let Some(row) = reader.next() {
        if let Some(failure) = reader.failure() {
            return Ok(Some(failure.to_string()));
        }
        let bytes = row.cells.iter().map(String::len).sum();
        let read = match row.result {
            Ok(accepted) => Said::Submission(Box::new(accepted.submission), accepted.warnings),
            Err(issues) => Said::Rejected(issues),
        };
        let kind = match &read {
            Said::Submission(submission, _) => kind_of(submission),
            _ => "row",
        };
        let (place, original) = (Place::Row(row.row), Original::Cells(row.cells));
        out.push(Parsed { kind: kind.into(), place, read, original }, bytes)?;
    }
    Ok(None)
}

/// The resource type that a submission would have.
fn kind_of(submission: &Submission) -> &'static str {
    match &submission.fact {
        Some(Fact::Vaccination(_)) => "Immunization",
        Some(Fact::TestResult(_)) => "Observation",
        None if submission.own_id.is_none() => "Patient",
        _ => "row",
    }
}

fn lines(task: &Task, mut input: Input, out: &mut Out<'_>) -> Result<Broken, Gone> {
    let ctx = hutong_fhir::ReadContext::new(task.member.clone(), task.now);
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        let most = LINE_BYTES_MAX as u64 + 2;
        match input.reader.by_ref().take(most).read_until(b'\n', &mut line) {
            Ok(0) => break,
            Ok(_) => {}
            Err(error) => return Ok(Some(format!("line {number}: {error}"))),
        }
        let is_whole = line.len() as u64 != most || line.ends_with(b"\n");
        if !is_whole && let Err(error) = input.reader.skip_until(b'\n') {
            return Ok(Some(format!("line {number}: {error}")));
        }
        let rows = hutong_fhir::read_line(&line, number, &ctx);
        let original =
            if is_whole { Original::Line(line.as_slice().into()) } else { Original::Lost };
        fhir_rows(rows, &original, line.len(), out)?;
    }
    Ok(None)
}

fn body(task: &Task, mut input: Input, out: &mut Out<'_>) -> Result<Broken, Gone> {
    let ctx = hutong_fhir::ReadContext::new(task.member.clone(), task.now);
    let mut bytes = Vec::new();
    let most = BODY_BYTES_MAX as u64 + 1;
    if let Err(error) = input.reader.by_ref().take(most).read_to_end(&mut bytes) {
        return Ok(Some(error.to_string()));
    }
    let rows = hutong_fhir::read_body(&bytes, &ctx).into_rows();
    let original = one_line(&bytes).map_or(Original::Lost, |line| Original::Line(line.into()));
    fhir_rows(rows, &original, bytes.len(), out)?;
    Ok(None)
}

/// The body on one line; None where it is no JSON.
pub fn one_line(bytes: &[u8]) -> Option<Vec<u8>> {
    let raw: Box<serde_json::value::RawValue> = serde_json::from_slice(bytes).ok()?;
    // Line ends stand only between tokens: within strings they are escaped.
    Some(raw.get().bytes().filter(|byte| !matches!(byte, b'\n' | b'\r')).collect())
}

fn fhir_rows(
    rows: Vec<hutong_fhir::Row>,
    original: &Original,
    bytes: usize,
    out: &mut Out<'_>,
) -> Result<(), Gone> {
    let mut bytes = bytes;
    for row in rows {
        let read = match row.result {
            RowResult::Submission(submission, warnings) => Said::Submission(submission, warnings),
            RowResult::NotKept(issue) => Said::NotKept(issue),
            RowResult::Rejected(issues) => Said::Rejected(issues),
        };
        let kind = match &row.locator.resource_type {
            kind if kind.is_empty() => Cow::Borrowed("row"),
            kind => kind.clone(),
        };
        let place = Place::Resource(Box::new(row.locator));
        out.push(Parsed { kind, place, read, original: original.clone() }, bytes)?;
        bytes = 0; // rows of one line share it
    }
    Ok(())
}

/// An issue for rows that could not be decided now.
pub fn busy() -> Issue {
    Issue::error(
        IssueCode::Throttled,
        "",
        "the node is busy and did not decide this row",
        "send it again later",
    )
}
