//! From a file to submissions.

use crate::columns::{Headings, Lang};
use crate::csv_rows::CsvRows;
use crate::dates::Dates;
use crate::error::SheetError;
use crate::fact::read_row;
use crate::row::{RawRow, RecordKind, RowSource};
use crate::sniff::{Format, SNIFF_BYTES, sniff};
use crate::xlsx_rows::XlsxRows;
use hutong_model::{
    Catalogue, Issue, IssueCode, Submission, Timestamp, limits::SHEET_HEADING_ROWS_MAX,
};
use std::io::{Read, Seek, SeekFrom};

/// What a reader needs to know besides the file.
#[derive(Debug, Clone)]
pub struct ReadContext<'c> {
    /// The vaccines and tests that are known.
    pub catalogue: &'c Catalogue,
    /// Minutes east of UTC of times that are written without an offset; 480 in China.
    pub offset_min: i16,
    /// The present, so that what lies in the future is refused; None to leave that to others.
    pub now: Option<Timestamp>,
    /// What rows are that neither say it nor let it be told from their columns.
    pub kind: Option<RecordKind>,
    /// The identifier system of documents of the type "other" that state none.
    pub document_system: Option<Box<str>>,
}

impl<'c> ReadContext<'c> {
    /// Times in China, nothing else assumed.
    pub fn new(catalogue: &'c Catalogue) -> Self {
        Self { catalogue, offset_min: 480, now: None, kind: None, document_system: None }
    }
}

/// What a good row says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// To be admitted.
    pub submission: Submission,
    /// What deserves attention.
    pub warnings: Vec<Issue>,
}

/// One row, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SheetRow {
    /// Its number, from 1, as the spreadsheet program shows it.
    pub row: u64,
    /// Its cells, in the order of the columns, for a file of rejects.
    pub cells: Vec<String>,
    /// What it says, or what is wrong with it.
    pub result: Result<Accepted, Vec<Issue>>,
}

/// Reads a spreadsheet row by row. Blank rows are passed over.
///
/// Where the file itself breaks off (it cannot be read on, or is damaged in the middle), the last
/// item is a row with that error, and [`SheetReader::failure`] tells it from a bad row.
pub struct SheetReader<'c> {
    source: Box<dyn RowSource + 'c>,
    ctx: ReadContext<'c>,
    dates: Dates,
    headings: Headings,
    warnings: Vec<Issue>,
    row: u64,
    failure: Option<SheetError>,
    ended: bool,
}

impl<'c> SheetReader<'c> {
    /// Reads CSV: UTF-8, GB18030 or UTF-16; separated by comma, semicolon or tab.
    ///
    /// # Errors
    /// [`SheetError`] where there is no row of headings that can be used.
    pub fn csv(input: impl Read + Send + 'c, ctx: ReadContext<'c>) -> Result<Self, SheetError> {
        Self::new(Box::new(CsvRows::new(input)?), ctx)
    }

    /// Reads the first visible sheet of a workbook.
    ///
    /// # Errors
    /// [`SheetError`] where it is no workbook, unpacks to more than is permitted
    /// ([`hutong_model::limits::SPREADSHEET_BYTES_MAX`] and
    /// [`hutong_model::limits::INFLATE_RATIO_MAX`]), or has no row of headings that can be used.
    pub fn xlsx(
        input: impl Read + Seek + Send + 'c,
        ctx: ReadContext<'c>,
    ) -> Result<Self, SheetError> {
        Self::new(Box::new(XlsxRows::open(input)?), ctx)
    }

    /// Reads either kind, by its first bytes.
    ///
    /// # Errors
    /// As [`SheetReader::csv`] and [`SheetReader::xlsx`].
    pub fn any(
        mut input: impl Read + Seek + Send + 'c,
        ctx: ReadContext<'c>,
    ) -> Result<Self, SheetError> {
        let mut head = Vec::new();
        let most = u64::try_from(SNIFF_BYTES).unwrap_or(u64::MAX);
        input.by_ref().take(most).read_to_end(&mut head)?;
        input.seek(SeekFrom::Start(0))?;
        match sniff(&head) {
            Format::Xlsx => Self::xlsx(input, ctx),
            Format::Csv => Self::csv(input, ctx),
            Format::OldWorkbook => Err(SheetError::OldWorkbook),
        }
    }

    fn new(mut source: Box<dyn RowSource + 'c>, ctx: ReadContext<'c>) -> Result<Self, SheetError> {
        let texts = find_headings(source.as_mut())?;
        let (headings, warnings) = Headings::read(texts)?;
        let dates = Dates { offset_min: ctx.offset_min, from_1904: source.counts_from_1904() };
        let (row, failure, ended) = (0, None, false);
        Ok(Self { source, ctx, dates, headings, warnings, row, failure, ended })
    }

    /// The headings as written.
    pub fn headings(&self) -> &[String] {
        self.headings.texts()
    }

    /// For each column, whether a file of rejects should leave it out: it is one that an earlier
    /// file of rejects had added, or it has no heading.
    pub fn is_ignored(&self, column: usize) -> bool {
        self.headings.is_ignored(column)
    }

    /// The language that most headings are in.
    pub fn lang(&self) -> Lang {
        self.headings.lang()
    }

    /// What deserves attention about the headings.
    pub fn warnings(&self) -> &[Issue] {
        &self.warnings
    }

    /// Why the file could not be read to its end.
    pub fn failure(&self) -> Option<&SheetError> {
        self.failure.as_ref()
    }

    fn read(&self, raw: RawRow) -> SheetRow {
        let RawRow { row, mut cells, trouble } = raw;
        if let Some(trouble) = trouble {
            return SheetRow { row, cells, result: Err(vec![trouble.issue()]) };
        }
        for (column, cell) in cells.iter_mut().enumerate() {
            unguard(cell);
            if self.headings.field(column).is_some_and(crate::Field::is_time)
                && let Some(readable) = self.dates.readable(cell)
            {
                *cell = readable;
            }
        }
        let result = read_row(&self.ctx, self.dates, &self.headings, &cells);
        SheetRow { row, cells, result }
    }

    fn fail(&mut self, error: SheetError) -> SheetRow {
        let issue = Issue::error(
            error.code(),
            "",
            error.to_string(),
            "the rows before this one were read; send the rest again",
        );
        self.failure = Some(error);
        self.ended = true;
        SheetRow { row: self.row.saturating_add(1), cells: Vec::new(), result: Err(vec![issue]) }
    }
}

impl Iterator for SheetReader<'_> {
    type Item = SheetRow;

    fn next(&mut self) -> Option<SheetRow> {
        while !self.ended {
            match self.source.next_row() {
                Ok(Some(raw)) => {
                    self.row = raw.row;
                    if !raw.is_blank() {
                        return Some(self.read(raw));
                    }
                }
                Ok(None) => self.ended = true,
                Err(error) => return Some(self.fail(error)),
            }
        }
        None
    }
}

/// The first row, of those at the top, that has at least two known headings, so that titles and
/// remarks may stand above; where there is none, the row with the most.
fn find_headings(source: &mut dyn RowSource) -> Result<Vec<String>, SheetError> {
    let mut best: Option<(usize, Vec<String>)> = None;
    for _ in 0..SHEET_HEADING_ROWS_MAX {
        let Some(raw) = source.next_row()? else { break };
        if let Some(trouble) = raw.trouble {
            if trouble.issue().code == IssueCode::TooLong {
                return Err(SheetError::TooLarge("4 MiB in one row"));
            }
            return Err(SheetError::Encoding(
                "the headings are not text in UTF-8, GB18030 or UTF-16; save the file as CSV \
                 UTF-8 or .xlsx",
            ));
        }
        if raw.is_blank() {
            continue;
        }
        let known = Headings::known_in(&raw.cells);
        if known >= 2 {
            return Ok(raw.cells);
        }
        if best.as_ref().is_none_or(|(most, _)| known > *most) {
            best = Some((known, raw.cells));
        }
    }
    best.map(|(_, cells)| cells).ok_or(SheetError::Empty)
}

/// Takes away what [`crate::RejectsWriter`] puts before a cell so that no spreadsheet program takes
/// it for a formula, or shortens its digits.
fn unguard(cell: &mut String) {
    let quotes = cell.bytes().take_while(|b| *b == b'\'').count();
    let guarded = quotes > 0 && cell[quotes..].starts_with(crate::rejects::FORMULA);
    if guarded || cell.starts_with('\t') {
        cell.remove(0);
    }
}
