//! Opening a file: what packs it, and what it holds.

use crate::failure::Failure;
use hutong_model::limits::{INFLATE_RATIO_MAX, SPREADSHEET_BYTES_MAX};
use hutong_sheet::{Format, sniff};
use std::{
    fs::File,
    io::{BufRead, BufReader, Read, Seek, Write},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

/// Bytes at the beginning by which a file's kind is told.
const PEEK: usize = 64 * 1024;
/// Unpacked bytes up to which no ratio is looked at: a small file of blanks packs very well.
const RATIO_FREE: u64 = 64 * 1024 * 1024;

/// What a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// One FHIR resource, or one Bundle.
    Body,
    /// One FHIR resource a line.
    Lines,
    /// Comma separated text.
    Csv,
    /// A workbook.
    Xlsx,
}

/// What packs a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packing {
    /// Nothing.
    Plain,
    /// gzip.
    Gzip,
    /// Zstandard.
    Zstd,
}

/// An opened file.
pub struct Input {
    /// What packs it.
    pub packing: Packing,
    /// What it holds.
    pub shape: Shape,
    /// Its bytes, unpacked.
    pub reader: Box<dyn BufRead + Send>,
    /// A workbook, which is not read from its beginning to its end.
    pub workbook: Option<File>,
}

/// Opens a file. Bytes are counted, as they lie on disk, as they are read.
///
/// # Errors
/// [`Failure`] where it cannot be opened.
pub fn open(path: &Path, read: &Arc<AtomicU64>) -> Result<Input, Failure> {
    let failed = |error: std::io::Error| Failure::file(path, &error);
    let file = File::open(path).map_err(failed)?;
    let counted = Counted { inner: file, read: read.clone() };
    let mut packed = BufReader::with_capacity(PEEK, counted);
    let head = packed.fill_buf().map_err(failed)?;
    let packing = match head {
        [0x1f, 0x8b, ..] => Packing::Gzip,
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Packing::Zstd,
        _ => Packing::Plain,
    };
    let mut unpacked: Box<dyn BufRead + Send> = match packing {
        Packing::Gzip => bounded(flate2::bufread::MultiGzDecoder::new(packed), read.clone()),
        Packing::Zstd => bounded(zstd::Decoder::with_buffer(packed).map_err(failed)?, read.clone()),
        Packing::Plain => Box::new(packed),
    };
    let head = unpacked.fill_buf().map_err(failed)?;
    let shape = shape_of(path, head);
    let workbook = match shape {
        Shape::Xlsx => Some(spool(&mut unpacked).map_err(failed)?),
        _ => None,
    };
    Ok(Input { packing, shape, reader: unpacked, workbook })
}

fn shape_of(path: &Path, head: &[u8]) -> Shape {
    if sniff(head) == Format::Xlsx {
        return Shape::Xlsx;
    }
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    match extension(path).as_str() {
        "ndjson" | "jsonl" => return Shape::Lines,
        "csv" | "tsv" | "txt" => return Shape::Csv,
        _ => {}
    }
    match text.iter().find(|byte| !byte.is_ascii_whitespace()) {
        Some(b'{' | b'[') if is_lines(text) => Shape::Lines,
        Some(b'{' | b'[') => Shape::Body,
        _ if extension(path) == "json" => Shape::Body,
        _ => Shape::Csv,
    }
}

/// The extension below `.gz` and `.zst`, in lower case.
fn extension(path: &Path) -> String {
    let name = path.to_string_lossy().to_ascii_lowercase();
    let name = name.strip_suffix(".gz").or_else(|| name.strip_suffix(".zst")).unwrap_or(&name);
    PathBuf::from(name).extension().unwrap_or_default().to_string_lossy().into_owned()
}

/// Whether the first line is a JSON value of its own and more follows.
fn is_lines(text: &[u8]) -> bool {
    let Some(end) = text.iter().position(|byte| *byte == b'\n') else { return false };
    let more = text[end..].iter().any(|byte| !byte.is_ascii_whitespace());
    more && serde_json::from_slice::<serde::de::IgnoredAny>(&text[..end]).is_ok()
}

/// Puts a workbook into a temporary file: it is read from its end.
fn spool(reader: &mut impl Read) -> std::io::Result<File> {
    let mut file = tempfile::tempfile()?;
    let most = SPREADSHEET_BYTES_MAX + 1;
    std::io::copy(&mut reader.take(most), &mut file)?;
    file.flush()?;
    file.rewind()?;
    Ok(file)
}

fn bounded(inner: impl Read + Send + 'static, packed: Arc<AtomicU64>) -> Box<dyn BufRead + Send> {
    let before = packed.load(Relaxed);
    Box::new(BufReader::with_capacity(PEEK, Bounded { inner, packed, before, unpacked: 0 }))
}

/// Counts what is read.
struct Counted<R> {
    inner: R,
    read: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.read.fetch_add(count as u64, Relaxed);
        Ok(count)
    }
}

/// Stops where a packed file unpacks to far more than records do.
struct Bounded<R> {
    inner: R,
    packed: Arc<AtomicU64>,
    before: u64,
    unpacked: u64,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.unpacked += count as u64;
        let packed = self.packed.load(Relaxed) - self.before;
        if self.unpacked > RATIO_FREE + packed.saturating_mul(INFLATE_RATIO_MAX) {
            return Err(std::io::Error::other(format!(
                "it unpacks to more than {INFLATE_RATIO_MAX} times its size: no file of records"
            )));
        }
        Ok(count)
    }
}
