//! Supporting data in workbooks (XLSX), the layout in which WHO's schedules are written: a logical
//! component a row, its name in the first column; a sheet a series, a workbook an antigen, and one
//! for each list of the schedule. "n/a" and an empty cell mean the same.

mod antigen;
mod row;
mod schedule;

use std::io::Cursor;

use calamine::{Reader as _, Xlsx};

use crate::error::LoadError;
use crate::supporting::SupportingData;
use row::{Row, Sheet};

/// Workbooks of a programme.
const MOST_FILES: usize = 500;
/// Bytes of a workbook, packed: a bomb stays within what a machine has.
const MOST_BYTES: usize = 1 << 20;
/// Rows, columns and cells of a sheet; sheets of a workbook.
const MOST_ROWS: u32 = 10_000;
const MOST_COLUMNS: u32 = 100;
const MOST_CELLS: usize = 100_000;
const MOST_SHEETS: usize = 100;

/// Reads the workbooks of one programme, each with its name. Which is an antigen's and which the
/// schedule's is told by their sheets.
///
/// # Errors
///
/// The first thing that is wrong, with file, sheet and row.
pub fn read<'a, N: AsRef<str>>(
    files: impl IntoIterator<Item = (N, &'a [u8])>,
) -> Result<SupportingData, LoadError> {
    let mut data = SupportingData::default();
    let mut lists = 0;
    for (number, (file, bytes)) in files.into_iter().enumerate() {
        let file = file.as_ref();
        if number == MOST_FILES {
            return Err(too_many(file, "files", MOST_FILES));
        }
        let sheets = sheets(file, bytes)?;
        if sheets.iter().any(Sheet::is_series) {
            data.antigens.push(antigen::read(file, &sheets)?);
            continue;
        }
        for sheet in &sheets {
            lists += usize::from(schedule::read(sheet, &mut data.schedule)?);
        }
    }
    if lists == 0 {
        return Err(LoadError::Schedule { count: 0 });
    }
    Ok(data)
}

fn too_many(file: &str, what: &'static str, most: usize) -> LoadError {
    LoadError::TooMany { place: file.to_owned(), what, most }
}

/// The sheets of a workbook, without empty rows.
fn sheets(file: &str, bytes: &[u8]) -> Result<Vec<Sheet>, LoadError> {
    if bytes.len() > MOST_BYTES {
        return Err(too_many(file, "bytes of a workbook", MOST_BYTES));
    }
    let wrong = |error: calamine::XlsxError| LoadError::Unreadable {
        file: file.to_owned(),
        why: format!("no workbook: {error}"),
    };
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(wrong)?;
    let names = book.sheet_names();
    if names.len() > MOST_SHEETS {
        return Err(too_many(file, "sheets", MOST_SHEETS));
    }
    names.iter().map(|name| sheet(file, name, &mut book).map_err(|error| error.or(wrong))).collect()
}

/// What stopped the reading of a sheet: the workbook, or our limits.
enum Stopped {
    Book(calamine::XlsxError),
    Limit(LoadError),
}

impl Stopped {
    fn or(self, wrong: impl Fn(calamine::XlsxError) -> LoadError) -> LoadError {
        match self {
            Stopped::Book(error) => wrong(error),
            Stopped::Limit(error) => error,
        }
    }
}

/// Cell by cell, so that a cell far out makes no large table.
fn sheet(file: &str, name: &str, book: &mut Xlsx<Cursor<&[u8]>>) -> Result<Sheet, Stopped> {
    let mut cells = book.worksheet_cells_reader(name).map_err(Stopped::Book)?;
    let mut rows: Vec<Row> = Vec::new();
    let mut count = 0;
    while let Some(cell) = cells.next_cell().map_err(Stopped::Book)? {
        let (row, column) = cell.get_position();
        let text = calamine::Data::from(cell.get_value().clone()).to_string();
        if text.trim().is_empty() {
            continue;
        }
        count += 1;
        if row >= MOST_ROWS || column >= MOST_COLUMNS || count > MOST_CELLS {
            return Err(Stopped::Limit(too_many(file, "cells of a sheet", MOST_CELLS)));
        }
        if rows.last().is_none_or(|last| last.number != row + 1) {
            rows.push(Row::new(file, name, row + 1));
        }
        if let Some(last) = rows.last_mut() {
            last.put(column as usize, text.trim());
        }
    }
    Ok(Sheet { rows })
}
