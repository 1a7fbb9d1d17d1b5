//! The parts of a workbook: a ZIP archive (ECMA-376 part 2), unpacked within limits.
//!
//! Sizes that an archive declares may lie, so the bytes are counted as they unpack.

use crate::error::SheetError;
use crate::xml::{Piece, Xml, attribute, unescape};
use flate2::read::DeflateDecoder;
use hutong_model::limits::{INFLATE_RATIO_MAX, SPREADSHEET_BYTES_MAX};
use std::collections::HashMap;
use std::io::{self, Read, Seek, SeekFrom, Take};
use zip::{CompressionMethod, ZipArchive, result::ZipError};

/// Unpacked bytes that are permitted however small the packed ones are.
const FREE_BYTES: u64 = 4 * 1024 * 1024;
/// Relations that one part may have to others; each is held while the workbook is opened.
const RELATIONS_MAX: usize = 100_000;
const RATIO: &str = "200 times its size";
const SIZE: &str = "2 GiB";

/// Where a part lies in the archive.
#[derive(Debug, Clone, Copy)]
struct Part {
    start: u64,
    packed: u64,
    unpacked: u64,
    stored: bool,
}

/// An opened workbook: its sheets and where its parts lie.
pub(crate) struct Package<R> {
    input: R,
    parts: HashMap<String, Part>,
    sheets: Vec<String>,
    strings: Option<String>,
    from_1904: bool,
    /// Bytes unpacked so far, over all parts that were read to their end.
    budget: u64,
}

impl<R: Read + Seek> Package<R> {
    pub(crate) fn open(mut input: R) -> Result<Self, SheetError> {
        let size = input.seek(SeekFrom::End(0))?;
        let mut archive = ZipArchive::new(input).map_err(zip_error)?;
        let mut parts = HashMap::new();
        for index in 0..archive.len() {
            let file = archive.by_index_raw(index).map_err(zip_error)?;
            if file.encrypted() {
                return Err(SheetError::Workbook("a part of it is locked with a password"));
            }
            let stored = match file.compression() {
                CompressionMethod::Stored => true,
                CompressionMethod::Deflated => false,
                _ => continue,
            };
            let start = file.data_start().ok_or(SheetError::Workbook("it is damaged"))?;
            // No more than is there, whatever it says: the ratio is taken of it.
            let packed = file.compressed_size().min(size.saturating_sub(start));
            let part = Part { start, packed, unpacked: file.size(), stored };
            parts.insert(file.name().trim_start_matches('/').to_lowercase(), part);
        }
        let mut package = Self {
            input: archive.into_inner(),
            parts,
            sheets: Vec::new(),
            strings: None,
            from_1904: false,
            budget: SPREADSHEET_BYTES_MAX,
        };
        package.read_workbook()?;
        Ok(package)
    }

    /// Names of the parts that hold sheets, in the order of the tabs.
    pub(crate) fn sheets(&self) -> &[String] {
        &self.sheets
    }
    /// Name of the part that holds the shared strings.
    pub(crate) fn strings(&self) -> Option<&str> {
        self.strings.as_deref()
    }
    pub(crate) fn counts_from_1904(&self) -> bool {
        self.from_1904
    }

    /// Reads a part, counting.
    pub(crate) fn part(&mut self, name: &str) -> Result<Unpacked<&mut R>, SheetError> {
        let part = *self.parts.get(name).ok_or(SheetError::Workbook("a part of it is missing"))?;
        Unpacked::new(&mut self.input, part, &mut self.budget)
    }

    /// Reads the last part that is needed.
    pub(crate) fn into_part(mut self, name: &str) -> Result<Unpacked<R>, SheetError> {
        let part = *self.parts.get(name).ok_or(SheetError::Workbook("a part of it is missing"))?;
        Unpacked::new(self.input, part, &mut self.budget)
    }

    /// Finds the sheets by way of the workbook part and its relations (ECMA-376 part 1 §12.3).
    fn read_workbook(&mut self) -> Result<(), SheetError> {
        let root = self.relations("_rels/.rels", "")?;
        let workbook = root
            .into_iter()
            .find(|relation| relation.kind == "officeDocument")
            .map(|relation| relation.target)
            .ok_or(SheetError::Workbook("it is a ZIP archive, but not a workbook"))?;
        let (folder, file) = workbook.rsplit_once('/').unwrap_or(("", &workbook));
        let folder = folder.to_owned();
        let relations = self.relations(&join(&folder, &format!("_rels/{file}.rels")), &folder)?;
        let mut worksheets = HashMap::new();
        for relation in relations {
            match relation.kind.as_str() {
                "worksheet" => {
                    worksheets.entry(relation.id).or_insert(relation.target);
                }
                "sharedStrings" if self.strings.is_none() => self.strings = Some(relation.target),
                _ => {}
            }
        }
        let (mut from_1904, mut sheets) = (false, Vec::new());
        let mut xml = Xml::new(self.part(&workbook)?);
        while let Some(piece) = xml.next()? {
            let Piece::Open { name, attributes, .. } = piece else { continue };
            match name {
                "sheet"
                    if attribute(attributes, "state").is_none_or(|state| state == "visible") =>
                {
                    let id = attribute_named(attributes, ":id");
                    sheets.extend(id.and_then(|id| worksheets.remove(id)));
                }
                "workbookPr" => {
                    let flag = attribute(attributes, "date1904");
                    from_1904 = matches!(flag, Some("1" | "true"));
                }
                _ => {}
            }
        }
        self.from_1904 = from_1904;
        self.sheets = sheets;
        Ok(())
    }

    fn relations(&mut self, part: &str, folder: &str) -> Result<Vec<Relation>, SheetError> {
        let mut relations = Vec::new();
        let mut xml = Xml::new(self.part(&part.to_lowercase())?);
        while let Some(piece) = xml.next()? {
            let Piece::Open { name: "Relationship", attributes, .. } = piece else { continue };
            let value = |name| {
                let mut text = String::new();
                unescape(attribute(attributes, name).unwrap_or_default(), &mut text);
                text
            };
            let kind = value("Type").rsplit('/').next().unwrap_or_default().to_owned();
            let target = join(folder, &value("Target")).to_lowercase();
            if relations.len() >= RELATIONS_MAX {
                return Err(SheetError::Workbook("it consists of too many parts"));
            }
            relations.push(Relation { id: value("Id"), kind, target });
        }
        Ok(relations)
    }
}

struct Relation {
    id: String,
    kind: String,
    target: String,
}

/// The value of an attribute whose name ends so (`r:id`, whatever the prefix).
fn attribute_named<'a>(attributes: &'a str, ending: &str) -> Option<&'a str> {
    let at = attributes.find(&format!("{ending}="))?;
    attribute(attributes.get(at + 1..)?, &ending[1..])
}

/// A target relative to a folder; `/xl/…` is relative to the archive.
fn join(folder: &str, target: &str) -> String {
    if let Some(absolute) = target.strip_prefix('/') {
        return absolute.to_owned();
    }
    let mut path: Vec<&str> = folder.split('/').filter(|step| !step.is_empty()).collect();
    for step in target.split('/') {
        match step {
            "." | "" => {}
            ".." => {
                path.pop();
            }
            step => path.push(step),
        }
    }
    path.join("/")
}

/// A part being unpacked, which fails rather than give more than is permitted.
pub(crate) struct Unpacked<R> {
    bytes: Bytes<R>,
    left: u64,
    limit: &'static str,
}

enum Bytes<R> {
    Stored(Take<R>),
    Deflated(Box<DeflateDecoder<Take<R>>>),
}

impl<R: Read + Seek> Unpacked<R> {
    fn new(mut input: R, part: Part, budget: &mut u64) -> Result<Self, SheetError> {
        let by_ratio = part.packed.saturating_mul(INFLATE_RATIO_MAX).max(FREE_BYTES);
        let (left, limit) = if by_ratio < *budget { (by_ratio, RATIO) } else { (*budget, SIZE) };
        // What is declared is refused at once; what is not declared is found by counting.
        if part.unpacked > left {
            return Err(SheetError::TooLarge(limit));
        }
        *budget = budget.saturating_sub(part.unpacked);
        input.seek(SeekFrom::Start(part.start))?;
        let packed = input.take(part.packed);
        let bytes = if part.stored {
            Bytes::Stored(packed)
        } else {
            Bytes::Deflated(Box::new(DeflateDecoder::new(packed)))
        };
        Ok(Self { bytes, left, limit })
    }
}

impl<R: Read> Read for Unpacked<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = match &mut self.bytes {
            Bytes::Stored(bytes) => bytes.read(out)?,
            Bytes::Deflated(bytes) => bytes.read(out)?,
        };
        let taken = u64::try_from(count).unwrap_or(u64::MAX);
        match self.left.checked_sub(taken) {
            Some(left) => self.left = left,
            None => return Err(io::Error::other(Bomb(self.limit))),
        }
        Ok(count)
    }
}

/// Carried through [`io::Error`] from the counting reader.
#[derive(Debug, thiserror::Error)]
#[error("the workbook unpacks to more than {0}")]
struct Bomb(&'static str);

/// What an error within a part means: too large, damaged, or the input itself failed.
pub(crate) fn part_error(error: SheetError) -> SheetError {
    let SheetError::Io(error) = error else { return error };
    if let Some(bomb) = error.get_ref().and_then(|inner| inner.downcast_ref::<Bomb>()) {
        return SheetError::TooLarge(bomb.0);
    }
    match error.kind() {
        io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => {
            SheetError::Workbook("a part of it is damaged")
        }
        _ => SheetError::Io(error),
    }
}

fn zip_error(error: ZipError) -> SheetError {
    match error {
        ZipError::Io(error) if error.kind() != io::ErrorKind::UnexpectedEof => error.into(),
        _ => SheetError::Workbook("it is not a whole ZIP archive"),
    }
}
