//! Import over HTTP: the file is sent as it is, and the node's receipts are read while it is sent.
//! A second reading of the file, in step with the receipts, finds the rows that were refused.

use super::{
    Order,
    input::{self, Input, Packing, Shape},
    parse::{Original, one_line},
    rejects::{Plan, Sink},
    report::{Became, BrokenFile, Report},
};
use crate::{
    admin::{OnProgress, Progress},
    client::{Client, SENDINGS, is_broken},
    failure::Failure,
};
use futures::StreamExt;
use hutong_model::{
    Catalogue, Issue,
    limits::{BODY_BYTES_MAX, LINE_BYTES_MAX},
};
use hutong_sheet::SheetReader;
use reqwest::{Body, Method, Response, StatusCode};
use serde::Deserialize;
use std::{
    io::{BufRead, Read},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};
use tokio_util::io::ReaderStream;

/// How long sending one file may take.
const FILE: Duration = Duration::from_secs(24 * 3600);
/// Bytes that are read and sent at a time.
const PIECE: usize = 256 * 1024;
/// Longest receipt, in bytes: a row with every issue that one can have.
const RECEIPT_BYTES_MAX: usize = 1024 * 1024;

/// A line of the answer.
#[derive(Deserialize)]
#[serde(untagged)]
enum Line {
    Last {
        #[serde(rename = "summary")]
        _summary: serde_json::Value,
        problem: Option<serde_json::Value>,
    },
    Row(RowReceipt),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RowReceipt {
    line: u64,
    resource: Option<String>,
    outcome: String,
    #[serde(default)]
    issues: Vec<Issue>,
}

/// Sends the files.
///
/// # Errors
/// [`Failure`] where the node refuses or goes away, or a file of rejects cannot be written.
pub async fn run(
    client: &Client,
    order: Order,
    on_progress: OnProgress,
) -> Result<Report, Failure> {
    let started = Instant::now();
    let sizes = order.files.iter().filter_map(|path| path.metadata().ok()).map(|m| m.len());
    let files = super::in_order(order.files.clone());
    let mut work = Work {
        client,
        plan: Plan::new(order.rejects, files.len() > 1),
        report: Report::default(),
        bytes: Arc::new(AtomicU64::new(0)),
        bytes_total: sizes.sum(),
        on_progress,
    };
    for path in &files {
        work.file(path).await?;
    }
    work.report.finish(started.elapsed().as_secs_f64());
    Ok(work.report)
}

struct Work<'c> {
    client: &'c Client,
    plan: Plan,
    report: Report,
    bytes: Arc<AtomicU64>,
    bytes_total: u64,
    on_progress: OnProgress,
}

impl Work<'_> {
    async fn file(&mut self, path: &Path) -> Result<(), Failure> {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let broken = match self.begin(path).await? {
            Err(reason) => Some(reason),
            Ok((answer, mut refused)) => {
                let broken = self.receipts(answer, &name, &mut refused).await?;
                if let Some(path) = refused.sink.finish()?
                    && !self.report.rejects.contains(&path)
                {
                    self.report.rejects.push(path);
                }
                broken
            }
        };
        if let Some(reason) = broken {
            self.report.broken.push(BrokenFile { file: name, reason });
        }
        Ok(())
    }

    /// Begins to send the file; the answer, and the second reading of the file. A node that was
    /// started again since takes no older token, and connections from before break: then once
    /// more with a new one, a few times at most. The inner error: why the file cannot be sent.
    async fn begin(&self, path: &Path) -> Result<Result<(Response, Refused), String>, Failure> {
        let server = self.client.server();
        let mut sendings = 1;
        loop {
            let (request, refused) = match self.body(path).await? {
                Ok(begun) => begun,
                Err(reason) => return Ok(Err(reason)),
            };
            let may_again = sendings < SENDINGS;
            match request.send().await {
                Ok(answer) if answer.status().is_success() => return Ok(Ok((answer, refused))),
                Ok(answer) if may_again && answer.status() == StatusCode::UNAUTHORIZED => {}
                Ok(answer) => {
                    let status = answer.status();
                    let body = answer.bytes().await.unwrap_or_default();
                    let body = serde_json::from_slice(&body).unwrap_or_default();
                    return Err(server.refused(status, &body));
                }
                Err(error) if may_again && is_broken(&error) => {}
                Err(error) => return Err(server.no_answer(&error)),
            }
            self.client.forget_token().await;
            sendings += 1;
        }
    }

    /// The request, and the second reading of the file. The inner error: why it cannot be sent.
    async fn body(
        &self,
        path: &Path,
    ) -> Result<Result<(reqwest::RequestBuilder, Refused), String>, Failure> {
        let input = match input::open(path, &Arc::default()) {
            Ok(input) => input,
            Err(failure) => return Ok(Err(failure.what)),
        };
        let (packing, shape) = (input.packing, input.shape);
        let kind = match shape {
            Shape::Body | Shape::Lines => "application/fhir+ndjson",
            Shape::Csv => "text/csv",
            Shape::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        };
        let mut request = self
            .client
            .request(Method::POST, "/v1/admissions?receipts=all")
            .await?
            .timeout(FILE)
            .header("content-type", kind);
        let refused = match Refused::new(input, path, &self.plan) {
            Ok(refused) => refused,
            Err(reason) => return Ok(Err(reason)),
        };
        if shape == Shape::Body {
            let Some(Original::Line(line)) = &refused.whole else {
                return Ok(Err(format!(
                    "no JSON, or longer than {} MiB: send a large Bundle in parts",
                    LINE_BYTES_MAX / (1024 * 1024)
                )));
            };
            return Ok(Ok((request.body(line.to_vec()), refused)));
        }
        request = match packing {
            Packing::Plain => request,
            Packing::Gzip => request.header("content-encoding", "gzip"),
            Packing::Zstd => request.header("content-encoding", "zstd"),
        };
        let file =
            tokio::fs::File::open(path).await.map_err(|error| Failure::file(path, &error))?;
        let sent = self.bytes.clone();
        let pieces = ReaderStream::with_capacity(file, PIECE).inspect(move |piece| {
            let length = piece.as_ref().map_or(0, |piece| piece.len());
            sent.fetch_add(length as u64, Relaxed);
        });
        Ok(Ok((request.body(Body::wrap_stream(pieces)), refused)))
    }

    /// Reads the receipts; why the file was not read to its end, if it was not.
    async fn receipts(
        &mut self,
        answer: Response,
        name: &str,
        refused: &mut Refused,
    ) -> Result<Option<String>, Failure> {
        let url = self.client.server().url().to_owned();
        let broke = || {
            Failure::setup(
                format!("{url}: the connection broke while {name} was sent"),
                "send it again: what was admitted already is not admitted twice",
            )
        };
        let mut held: Vec<u8> = Vec::new();
        let mut pieces = answer.bytes_stream();
        while let Some(piece) = pieces.next().await {
            held.extend_from_slice(&piece.map_err(|_| broke())?);
            let whole = held.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
            for line in held[..whole].split(|byte| *byte == b'\n').filter(|l| !l.is_empty()) {
                match serde_json::from_slice(line)? {
                    Line::Row(receipt) => self.row(&receipt, name, refused)?,
                    Line::Last { problem, .. } => {
                        return Ok(problem.map(|problem| {
                            problem["detail"].as_str().unwrap_or("not read to its end").to_owned()
                        }));
                    }
                }
            }
            held.drain(..whole);
            if held.len() > RECEIPT_BYTES_MAX {
                return Err(broke());
            }
            let (bytes, rows) = (self.bytes.load(Relaxed), self.report.total.rows);
            let bytes_total = self.bytes_total;
            (self.on_progress)(Progress { bytes, bytes_total, rows });
        }
        Err(broke()) // no last line came
    }

    fn row(
        &mut self,
        receipt: &RowReceipt,
        name: &str,
        refused: &mut Refused,
    ) -> Result<(), Failure> {
        let became = match receipt.outcome.as_str() {
            "admitted" => Became::Admitted,
            "duplicate" => Became::Duplicate,
            "notKept" => Became::NotKept,
            _ => Became::Rejected,
        };
        let kind = match receipt.resource.as_deref() {
            Some(resource) => resource.split_once('/').map_or(resource, |(kind, _)| kind),
            None => "row",
        };
        self.report.count(kind, became);
        let place = || match &receipt.resource {
            Some(resource) => format!("{name}: line {}, {resource}", receipt.line),
            None => format!("{name}: row {}", receipt.line),
        };
        self.report.issues(&receipt.issues, &place);
        if became == Became::Rejected {
            let original = refused.original(receipt.line);
            refused.sink.write(&original, &receipt.issues)?;
        }
        Ok(())
    }
}

/// The second reading of a file: finds rows by their number, which rises.
struct Refused {
    sink: Sink,
    source: Source,
    /// The one row of a file that is one JSON body.
    whole: Option<Original>,
    last: Option<(u64, Original)>,
}

enum Source {
    Lines(Box<dyn BufRead + Send>, u64),
    Sheet(Box<SheetReader<'static>>),
    Whole,
}

impl Refused {
    fn new(mut input: Input, path: &Path, plan: &Plan) -> Result<Self, String> {
        let mut whole = None;
        let (sink, source) = match input.shape {
            Shape::Lines => (plan.lines(), Source::Lines(input.reader, 0)),
            Shape::Body => {
                let mut bytes = Vec::new();
                let most = BODY_BYTES_MAX as u64 + 1;
                let read = input.reader.by_ref().take(most).read_to_end(&mut bytes);
                read.map_err(|error| error.to_string())?;
                let line = one_line(&bytes).filter(|line| line.len() <= LINE_BYTES_MAX);
                whole = line.map(|line| Original::Line(line.into()));
                (plan.lines(), Source::Whole)
            }
            Shape::Csv | Shape::Xlsx => {
                let ctx = hutong_sheet::ReadContext::new(Catalogue::builtin());
                let reader = match input.workbook {
                    Some(file) => SheetReader::xlsx(file, ctx),
                    None => SheetReader::csv(input.reader, ctx),
                };
                let reader = reader.map_err(|error| error.to_string())?;
                let sink = plan.sheet(path, &reader).map_err(|failure| failure.what)?;
                (sink, Source::Sheet(Box::new(reader)))
            }
        };
        Ok(Self { sink, source, whole, last: None })
    }

    /// The row with this number.
    fn original(&mut self, wanted: u64) -> Original {
        if matches!(self.sink, Sink::None) {
            return Original::Lost;
        }
        if let Some((number, original)) = &self.last
            && *number == wanted
        {
            return original.clone();
        }
        let found = match &mut self.source {
            Source::Whole => self.whole.clone(),
            Source::Lines(reader, at) => line_at(reader, at, wanted),
            Source::Sheet(reader) => reader
                .find(|row| row.row >= wanted)
                .filter(|row| row.row == wanted)
                .map(|row| Original::Cells(row.cells)),
        };
        let found = found.unwrap_or(Original::Lost);
        self.last = Some((wanted, found.clone()));
        found
    }
}

/// Passes over lines up to the wanted one, which is read if it is not too long.
fn line_at(reader: &mut Box<dyn BufRead + Send>, at: &mut u64, wanted: u64) -> Option<Original> {
    while *at + 1 < wanted {
        if reader.skip_until(b'\n').ok()? == 0 {
            return None;
        }
        *at += 1;
    }
    let mut line = Vec::new();
    reader.by_ref().take(LINE_BYTES_MAX as u64 + 2).read_until(b'\n', &mut line).ok()?;
    *at += 1;
    if line.last() != Some(&b'\n') && line.len() > LINE_BYTES_MAX {
        reader.skip_until(b'\n').ok()?;
        return None;
    }
    Some(Original::Line(line.into()))
}
