//! Files of rejected rows, to be mended in the spreadsheet program and sent again.

use crate::columns::Lang;
use crate::reader::{SheetReader, SheetRow};
use hutong_model::{Issue, Severity, limits::SHEET_REJECTS_XLSX_MAX};
use rust_xlsxwriter::{Format, Workbook, Worksheet, XlsxError};
use std::io::{self, Write};

/// Characters at the beginning of a cell that a spreadsheet program takes for a formula.
pub(crate) const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];
/// Digits from which on a spreadsheet program shortens a number that it finds in CSV.
const DIGITS_SHOWN: usize = 12;

/// Why a file of rejects cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum RejectsError {
    /// The bytes could not be written.
    #[error("writing the rejects failed: {0}")]
    Io(#[from] io::Error),
    /// More rows than a workbook of rejects may have.
    #[error("more than {SHEET_REJECTS_XLSX_MAX} rows were rejected: write the rejects as CSV")]
    TooMany,
    /// The workbook could not be made.
    #[error("writing the workbook of rejects failed: {0}")]
    Workbook(#[from] XlsxError),
}

impl From<csv::Error> for RejectsError {
    fn from(error: csv::Error) -> Self {
        match error.into_kind() {
            csv::ErrorKind::Io(error) => Self::Io(error),
            _ => Self::Io(io::Error::other("a row cannot be written as CSV")),
        }
    }
}

/// Writes rejected rows: the original columns in their order, then what is wrong (错误字段, 原因,
/// 建议). The reader passes over those three columns when the mended file comes back.
pub struct RejectsWriter<W: Write> {
    target: Target<W>,
    kept: Vec<bool>,
    rows: u64,
}

enum Target<W: Write> {
    Csv(Box<csv::Writer<W>>),
    Xlsx { output: W, workbook: Box<Workbook>, text: Format },
}

impl<W: Write> RejectsWriter<W> {
    /// Begins a CSV file in UTF-8 with a byte order mark, so that Excel reads it rightly. Rows are
    /// written as they come.
    ///
    /// # Errors
    /// [`RejectsError::Io`].
    pub fn csv(mut output: W, reader: &SheetReader<'_>) -> Result<Self, RejectsError> {
        output.write_all(b"\xef\xbb\xbf")?;
        let mut csv = csv::WriterBuilder::new()
            .flexible(true)
            // A cell of reasons holds semicolons, which must not be taken for the separator.
            .quote_style(csv::QuoteStyle::Always)
            .terminator(csv::Terminator::CRLF)
            .from_writer(output);
        let kept = kept(reader);
        let headings = headings(reader, &kept);
        csv.write_record(headings.iter().map(|heading| guarded(heading)))?;
        Ok(Self { target: Target::Csv(Box::new(csv)), kept, rows: 0 })
    }

    /// Begins a workbook. It is held in memory, and so has at most
    /// [`hutong_model::limits::SHEET_REJECTS_XLSX_MAX`] rows.
    ///
    /// # Errors
    /// [`RejectsError::Workbook`].
    pub fn xlsx(output: W, reader: &SheetReader<'_>) -> Result<Self, RejectsError> {
        let mut workbook = Workbook::new();
        let text = Format::new().set_num_format("@");
        let bold = Format::new().set_bold();
        let sheet = workbook.add_worksheet();
        sheet.set_freeze_panes(1, 0)?;
        let kept = kept(reader);
        for (column, heading) in (0_u16..).zip(&headings(reader, &kept)) {
            write_cell(sheet, 0, column, heading, &bold)?;
        }
        let target = Target::Xlsx { output, workbook: Box::new(workbook), text };
        Ok(Self { target, kept, rows: 0 })
    }

    /// Writes a row that [`SheetReader`] rejected; one that it accepted is passed over.
    ///
    /// # Errors
    /// [`RejectsError`].
    pub fn write(&mut self, row: &SheetRow) -> Result<(), RejectsError> {
        match &row.result {
            Ok(_) => Ok(()),
            Err(issues) => self.write_issues(&row.cells, issues),
        }
    }

    /// Writes a row that was rejected later (such as by admission), with the reasons.
    ///
    /// # Errors
    /// [`RejectsError`].
    pub fn write_issues(&mut self, cells: &[String], issues: &[Issue]) -> Result<(), RejectsError> {
        let mut record: Vec<String> = Vec::with_capacity(self.kept.len() + 3);
        for (column, kept) in self.kept.iter().enumerate() {
            if *kept {
                record.push(cells.get(column).cloned().unwrap_or_default());
            }
        }
        let errors: Vec<&Issue> =
            issues.iter().filter(|issue| issue.severity == Severity::Error).collect();
        record.push(joined(&errors, |issue| &issue.field));
        record.push(joined(&errors, |issue| &issue.reason));
        record.push(joined(&errors, |issue| &issue.remedy));
        self.rows += 1;
        match &mut self.target {
            Target::Csv(csv) => csv.write_record(record.iter().map(|cell| guarded(cell)))?,
            Target::Xlsx { workbook, text, .. } => {
                let row = u32::try_from(self.rows).unwrap_or(u32::MAX);
                if row > SHEET_REJECTS_XLSX_MAX {
                    return Err(RejectsError::TooMany);
                }
                let sheet = workbook.worksheet_from_index(0)?;
                for (column, cell) in (0_u16..).zip(&record) {
                    write_cell(sheet, row, column, cell, text)?;
                }
            }
        }
        Ok(())
    }

    /// Rows written so far.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Completes the file and gives the output back.
    ///
    /// # Errors
    /// [`RejectsError`].
    pub fn finish(self) -> Result<W, RejectsError> {
        match self.target {
            Target::Csv(csv) => {
                csv.into_inner().map_err(|error| RejectsError::Io(error.into_error()))
            }
            Target::Xlsx { mut output, mut workbook, .. } => {
                output.write_all(&workbook.save_to_buffer()?)?;
                output.flush()?;
                Ok(output)
            }
        }
    }
}

fn kept(reader: &SheetReader<'_>) -> Vec<bool> {
    (0..reader.headings().len()).map(|column| !reader.is_ignored(column)).collect()
}

fn headings(reader: &SheetReader<'_>, kept: &[bool]) -> Vec<String> {
    let own = reader.headings().iter().zip(kept).filter(|(_, kept)| **kept);
    let added: [&str; 3] = match reader.lang() {
        Lang::Zh => ["错误字段", "原因", "建议"],
        Lang::En => ["Error field", "Error reason", "Remedy"],
    };
    own.map(|(heading, _)| heading.clone()).chain(added.map(str::to_owned)).collect()
}

/// One line for each issue, without repeating the same line.
fn joined(issues: &[&Issue], part: impl Fn(&Issue) -> &str) -> String {
    let mut lines: Vec<&str> = Vec::with_capacity(issues.len());
    for issue in issues {
        let line = part(issue);
        if !line.is_empty() && !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines.join("; ")
}

/// A cell as it may stand in CSV: never a formula, never a number that would be shortened. The
/// reader takes away what is added here.
pub fn guarded(cell: &str) -> String {
    let quotes = cell.bytes().take_while(|b| *b == b'\'').count();
    if cell[quotes..].starts_with(FORMULA) {
        return format!("'{cell}");
    }
    let digits = cell.bytes().all(|b| b.is_ascii_digit());
    let shortened = cell.len() >= DIGITS_SHOWN || (cell.len() > 1 && cell.starts_with('0'));
    if digits && shortened { format!("\t{cell}") } else { cell.to_owned() }
}

fn write_cell(
    sheet: &mut Worksheet,
    row: u32,
    column: u16,
    text: &str,
    format: &Format,
) -> Result<(), XlsxError> {
    // A cell of a workbook holds 32,767 characters at most (UTF-16 units).
    let fits: String = text.chars().filter(|c| *c != '\0').take(16_000).collect();
    sheet.write_string_with_format(row, column, fits, format)?;
    Ok(())
}
