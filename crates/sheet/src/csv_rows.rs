//! Records of CSV text (RFC 4180, with any of three separators), within a limit of memory.
//!
//! A stray quotation mark must not swallow the rows after it: where a quoted field does not end as
//! it should, only the line it began on is bad, and reading goes on with the next line.

use crate::columns::Headings;
use crate::decode::Decoded;
use crate::error::SheetError;
use crate::row::{RawRow, RowSource, Trouble};
use hutong_model::limits::{LINE_BYTES_MAX, SHEET_COLUMNS_MAX, SHEET_HEADING_ROWS_MAX};
use std::io::Read;

/// Bytes at the beginning by which the separator is chosen.
const HEAD_BYTES: usize = 16 * 1024;

/// Rows of CSV text.
pub(crate) struct CsvRows<R> {
    text: Decoded<R>,
    buffer: Vec<u8>,
    at: usize,
    ended: bool,
    separator: u8,
    row: u64,
    fields: Vec<Field>,
}

/// Where a field lies within a record.
#[derive(Clone, Copy)]
struct Field {
    from: usize,
    to: usize,
    /// It holds doubled quotation marks.
    doubled: bool,
}

/// What is found at the beginning of the buffer.
enum Found {
    /// A whole record, with its end of line, of so many bytes.
    Record(usize),
    /// The bytes end before the record does.
    More,
    /// A quoted field goes on after its closing quotation mark.
    Quote,
    /// More fields than a row may have.
    Fields,
}

impl<R: Read> CsvRows<R> {
    pub(crate) fn new(input: R) -> Result<Self, SheetError> {
        let mut rows = Self {
            text: Decoded::new(input),
            buffer: Vec::new(),
            at: 0,
            ended: false,
            separator: b',',
            row: 0,
            fields: Vec::new(),
        };
        rows.choose_separator()?;
        Ok(rows)
    }

    /// Takes the separator from a `sep=;` line, or the one by which known headings come first; of
    /// equals the one that stands in the first lines most often.
    fn choose_separator(&mut self) -> Result<(), SheetError> {
        while self.buffer.len() < HEAD_BYTES && self.more()? {}
        if let Some(rest) = self.buffer.strip_prefix(b"sep=")
            && let Some(separator @ (b',' | b';' | b'\t')) = rest.first()
            && matches!(rest.get(1), Some(b'\r' | b'\n'))
        {
            self.separator = *separator;
            let end = if rest[1..].starts_with(b"\r\n") { 7 } else { 6 };
            self.at = end;
            return Ok(());
        }
        // The last of equals is taken: a comma before the others.
        let most = [b'\t', b';', b',']
            .into_iter()
            .max_by_key(|separator| (self.headings_by(*separator), self.count(*separator)));
        self.separator = most.unwrap_or(b',');
        Ok(())
    }

    /// How well the first record with two known headings does, if this is the separator: an
    /// earlier one better, then one with more of them. Later records may name headings too.
    fn headings_by(&mut self, separator: u8) -> (usize, usize) {
        let head = &self.buffer[..self.buffer.len().min(HEAD_BYTES)];
        let (mut at, mut most) = (0, 0);
        for left in (1..=SHEET_HEADING_ROWS_MAX).rev() {
            let rest = &head[at..];
            let (Found::Record(length), false) =
                (scan(rest, separator, true, &mut self.fields), rest.is_empty())
            else {
                break;
            };
            let cells: Vec<String> = self.fields.iter().map(|field| cell(rest, *field)).collect();
            let known = Headings::known_in(&cells);
            if known >= 2 {
                return (left, known);
            }
            most = most.max(known);
            at += length;
        }
        (0, most)
    }

    /// How often the separator stands in the first lines outside quotation marks.
    fn count(&self, separator: u8) -> usize {
        let mut quoted = false;
        let head = self.buffer.iter().take(HEAD_BYTES);
        head.filter(|byte| {
            quoted ^= **byte == b'"';
            !quoted && **byte == separator
        })
        .count()
    }

    /// Reads more text into the buffer; false where there is none.
    fn more(&mut self) -> Result<bool, SheetError> {
        if self.ended {
            return Ok(false);
        }
        if self.at > 0 {
            self.buffer.drain(..self.at);
            self.at = 0;
        }
        // Twice as much each time, so that a long record is not scanned again for every chunk.
        let wanted = self.buffer.len() * 2;
        loop {
            self.ended = !self.text.read_into(&mut self.buffer)?;
            if self.ended || self.buffer.len() >= wanted {
                return Ok(true);
            }
        }
    }

    fn record(&mut self, length: usize) -> RawRow {
        let record = &self.buffer[self.at..self.at + length];
        let cells: Vec<String> = self.fields.iter().map(|field| cell(record, *field)).collect();
        self.at += length;
        let trouble = match record_trouble(&cells) {
            Some(trouble) => Some(trouble),
            None if length > LINE_BYTES_MAX => Some(Trouble::TooLong),
            None => None,
        };
        RawRow { row: self.row, cells, trouble }
    }

    /// The line at the beginning of the buffer, whatever its quotation marks, as a bad row. Of a
    /// line beyond the limit nothing is kept.
    fn bad_line(&mut self, trouble: Trouble) -> Result<RawRow, SheetError> {
        let mut looked = 0;
        let length = loop {
            let rest = &self.buffer[self.at..];
            if let Some(end) = rest[looked..].iter().position(|b| matches!(b, b'\n' | b'\r')) {
                break looked + end;
            }
            looked = rest.len();
            if self.ended {
                break looked;
            }
            if looked > LINE_BYTES_MAX {
                return self.drop_line();
            }
            self.more()?;
        };
        let rest = &self.buffer[self.at..];
        let shown = String::from_utf8_lossy(&rest[..length]);
        let separator = char::from(self.separator);
        let cells = shown.split(separator).take(SHEET_COLUMNS_MAX).map(str::to_owned).collect();
        self.step_over_line(length)?;
        Ok(RawRow { row: self.row, cells, trouble: Some(trouble) })
    }

    /// Passes over a line that is too long to be kept.
    fn drop_line(&mut self) -> Result<RawRow, SheetError> {
        loop {
            let rest = &self.buffer[self.at..];
            if let Some(end) = rest.iter().position(|b| matches!(b, b'\n' | b'\r')) {
                self.step_over_line(end)?;
                break;
            }
            self.buffer.clear();
            self.at = 0;
            if !self.more()? {
                break;
            }
        }
        Ok(RawRow { row: self.row, cells: Vec::new(), trouble: Some(Trouble::TooLong) })
    }

    /// Steps over so many bytes and the end of line after them.
    fn step_over_line(&mut self, length: usize) -> Result<(), SheetError> {
        self.at += length;
        while self.buffer.len() - self.at < 2 && self.more()? {}
        let after = &self.buffer[self.at..];
        let ending = if after.starts_with(b"\r\n") { 2 } else { usize::from(!after.is_empty()) };
        self.at += ending;
        Ok(())
    }

    /// A record beyond the limit: a quotation mark without partner, or a line that is too long.
    fn overlong(&mut self) -> Result<RawRow, SheetError> {
        let rest = &self.buffer[self.at..];
        if rest.iter().any(|b| matches!(b, b'\n' | b'\r')) {
            self.bad_line(Trouble::Quote)
        } else {
            self.drop_line()
        }
    }
}

impl<R: Read + Send> RowSource for CsvRows<R> {
    fn next_row(&mut self) -> Result<Option<RawRow>, SheetError> {
        self.row += 1;
        loop {
            let rest = &self.buffer[self.at..];
            if rest.is_empty() && self.ended {
                return Ok(None);
            }
            match scan(rest, self.separator, self.ended, &mut self.fields) {
                Found::Record(length) => return Ok(Some(self.record(length))),
                Found::Quote => return self.bad_line(Trouble::Quote).map(Some),
                Found::Fields => return self.bad_line(Trouble::Columns).map(Some),
                Found::More if rest.len() > LINE_BYTES_MAX => return self.overlong().map(Some),
                // A quoted field that the file ends in.
                Found::More if self.ended => return self.bad_line(Trouble::Quote).map(Some),
                Found::More => {
                    self.more()?;
                }
            }
        }
    }
}

/// Finds the fields of the first record.
fn scan(bytes: &[u8], separator: u8, ended: bool, fields: &mut Vec<Field>) -> Found {
    fields.clear();
    let mut at = 0;
    loop {
        if fields.len() >= SHEET_COLUMNS_MAX {
            return Found::Fields;
        }
        let (field, end) = if bytes.get(at) == Some(&b'"') {
            match quoted(bytes, at, separator, ended) {
                Ok(found) => found,
                Err(found) => return found,
            }
        } else {
            let stop = |b: &u8| *b == separator || matches!(b, b'\n' | b'\r');
            let end = bytes[at..].iter().position(stop).map_or(bytes.len(), |n| at + n);
            (Field { from: at, to: end, doubled: false }, end)
        };
        fields.push(field);
        match bytes.get(end) {
            Some(b) if *b == separator => at = end + 1,
            Some(b'\n') => return Found::Record(end + 1),
            Some(_) => match bytes.get(end + 1) {
                Some(b'\n') => return Found::Record(end + 2),
                None if !ended => return Found::More,
                _ => return Found::Record(end + 1),
            },
            None if ended => return Found::Record(end),
            None => return Found::More,
        }
    }
}

/// The quoted field that begins at `at`, and where what follows it begins.
fn quoted(bytes: &[u8], at: usize, separator: u8, ended: bool) -> Result<(Field, usize), Found> {
    let from = at + 1;
    let mut doubled = false;
    let mut look = from;
    let to = loop {
        let Some(mark) = bytes[look..].iter().position(|b| *b == b'"') else {
            return Err(Found::More);
        };
        look += mark;
        match bytes.get(look + 1) {
            Some(b'"') => {
                doubled = true;
                look += 2;
            }
            None if !ended => return Err(Found::More),
            _ => break look,
        }
    };
    let mut end = to + 1;
    while bytes.get(end) == Some(&b' ') {
        end += 1;
    }
    match bytes.get(end) {
        Some(b) if *b == separator || matches!(b, b'\n' | b'\r') => {}
        None if ended => {}
        None => return Err(Found::More),
        Some(_) => return Err(Found::Quote),
    }
    Ok((Field { from, to, doubled }, end))
}

fn cell(record: &[u8], field: Field) -> String {
    let text = String::from_utf8_lossy(&record[field.from..field.to]);
    if field.doubled { text.replace("\"\"", "\"") } else { text.into_owned() }
}

/// What makes a whole record unfit, whatever its fields mean.
fn record_trouble(cells: &[String]) -> Option<Trouble> {
    let any = |c: char| cells.iter().any(|cell| cell.contains(c));
    if any('\0') {
        Some(Trouble::Nul)
    } else if any('\u{fffd}') {
        Some(Trouble::Encoding)
    } else {
        None
    }
}
