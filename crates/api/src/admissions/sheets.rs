//! Spreadsheets in: CSV as it comes, a workbook spooled first because its index is at its end.

use super::batches::{Batch, Place};
use crate::{body::Incoming, problem::Problem};
use bytes::Bytes;
use hutong_model::{
    Catalogue, Timestamp,
    limits::{ADMIT_BATCH_MAX, SPREADSHEET_BYTES_MAX},
};
use hutong_sheet::{ReadContext, SheetError, SheetReader};
use std::{
    fs::File,
    io::{self, Read},
};
use tokio::{io::AsyncWriteExt, sync::mpsc};

/// A file type of spreadsheets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Text.
    Csv,
    /// Office Open XML workbook.
    Xlsx,
}

/// Pieces of a body, read from a thread.
pub(super) struct Pieces {
    pieces: mpsc::Receiver<Result<Bytes, ()>>,
    piece: Bytes,
}

impl Read for Pieces {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.piece.is_empty() {
            match self.pieces.blocking_recv() {
                None => return Ok(0),
                Some(Ok(piece)) => self.piece = piece,
                Some(Err(())) => return Err(io::ErrorKind::UnexpectedEof.into()),
            }
        }
        let length = into.len().min(self.piece.len());
        into[..length].copy_from_slice(&self.piece.split_to(length));
        Ok(length)
    }
}

/// Reads the rows of a CSV body as they come, in runs that gather while the pipeline is busy.
///
/// # Errors
/// [`Problem`] where the body breaks off or is no spreadsheet; what came before is handed on.
pub(super) async fn csv(
    mut body: Incoming,
    now: Timestamp,
    batches: mpsc::Sender<Batch>,
) -> Result<(), Problem> {
    let (send, pieces) = mpsc::channel(4);
    let reading = tokio::task::spawn_blocking(move || {
        let pieces = Pieces { pieces, piece: Bytes::new() };
        rows(SheetReader::csv(pieces, context(now)), &batches)
    });
    let mut broken = None;
    loop {
        match body.next().await {
            Ok(Some(piece)) => {
                if send.send(Ok(piece)).await.is_err() {
                    break;
                }
            }
            Ok(None) => break,
            Err(problem) => {
                let _ = send.send(Err(())).await;
                broken = Some(problem);
                break;
            }
        }
    }
    drop(send);
    let read = reading.await.map_err(|_| Problem::internal())?;
    broken.map_or(read, Err)
}

/// Spools a workbook into a file without a name, then reads its rows.
///
/// # Errors
/// As [`csv`]; [`Problem`] 413 where it is larger than a workbook may be.
pub(super) async fn xlsx(
    body: Incoming,
    now: Timestamp,
    batches: mpsc::Sender<Batch>,
) -> Result<(), Problem> {
    let file = spool(body).await?;
    tokio::task::spawn_blocking(move || rows(SheetReader::xlsx(file, context(now)), &batches))
        .await
        .map_err(|_| Problem::internal())?
}

async fn spool(mut body: Incoming) -> Result<File, Problem> {
    let failed = |error: io::Error| {
        tracing::error!(error = %error, "a workbook could not be spooled");
        Problem::internal()
    };
    let file = tokio::task::spawn_blocking(unnamed).await.map_err(|_| Problem::internal())?;
    let mut file = tokio::fs::File::from_std(file.map_err(failed)?);
    let mut length = 0_u64;
    while let Some(piece) = body.next().await? {
        length += piece.len() as u64;
        if length > SPREADSHEET_BYTES_MAX {
            return Err(Problem::too_large("the workbook is too large; send CSV or NDJSON"));
        }
        file.write_all(&piece).await.map_err(failed)?;
    }
    file.flush().await.map_err(failed)?;
    let mut file = file.into_std().await;
    io::Seek::rewind(&mut file).map_err(failed)?;
    Ok(file)
}

/// A file that only this process can see: unlinked as soon as it is open.
fn unnamed() -> io::Result<File> {
    tempfile::tempfile()
}

fn context(now: Timestamp) -> ReadContext<'static> {
    ReadContext { now: Some(now), ..ReadContext::new(Catalogue::builtin()) }
}

fn rows(
    reader: Result<SheetReader<'_>, SheetError>,
    batches: &mpsc::Sender<Batch>,
) -> Result<(), Problem> {
    let mut reader = reader.map_err(|error| refused(&error))?;
    let mut batch = Batch::with_capacity(ADMIT_BATCH_MAX);
    while let Some(row) = reader.next() {
        if let Some(failure) = reader.failure() {
            let problem = refused(failure);
            let _ = batches.blocking_send(batch);
            return Err(problem);
        }
        let place = Place::line(row.row);
        match row.result {
            Ok(accepted) => batch.submit(place, Box::new(accepted.submission), accepted.warnings),
            Err(issues) => batch.reject(place, issues),
        }
        let full = batch.rows.len() >= ADMIT_BATCH_MAX;
        let worthwhile = batch.rows.len() >= ADMIT_BATCH_MAX / 8;
        if full || (worthwhile && batches.capacity() > 0) {
            let ready = std::mem::replace(&mut batch, Batch::with_capacity(ADMIT_BATCH_MAX));
            if batches.blocking_send(ready).is_err() {
                return Ok(()); // nobody takes them any more
            }
        }
    }
    let _ = batches.blocking_send(batch);
    Ok(())
}

fn refused(error: &SheetError) -> Problem {
    match error {
        SheetError::Io(_) => Problem::bad_request("the body broke off"),
        SheetError::TooLarge(_) | SheetError::TooManyColumns { .. } => {
            Problem::too_large(error.to_string())
        }
        SheetError::MissingHeadings { missing, .. } => {
            Problem::unprocessable(format!("no column is headed {missing}"))
        }
        SheetError::DuplicateHeading { field, .. } => {
            Problem::unprocessable(format!("two columns mean the same ({field}); keep one of them"))
        }
        error => Problem::unprocessable(error.to_string()),
    }
}
