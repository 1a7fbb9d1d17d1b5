//! Rows of a worksheet (ECMA-376 part 1 §18.3), as they unpack.

use crate::error::SheetError;
use crate::numbers::plain_number;
use crate::row::{RawRow, RowSource, Trouble};
use crate::xlsx_package::{Package, Unpacked, part_error};
use crate::xml::{Piece, Xml, attribute, unescape};
use hutong_model::limits::{
    LINE_BYTES_MAX, SHEET_COLUMNS_MAX, SHEET_STRINGS_BYTES_MAX, SHEET_STRINGS_MAX,
};
use std::io::{Read, Seek};

/// Rows of the first visible sheet of a workbook.
pub(crate) struct XlsxRows<R> {
    xml: Xml<Unpacked<R>>,
    strings: Strings,
    from_1904: bool,
    row: u64,
    ended: bool,
}

impl<R: Read + Seek> XlsxRows<R> {
    pub(crate) fn open(input: R) -> Result<Self, SheetError> {
        let mut package = Package::open(input).map_err(part_error)?;
        let sheet =
            package.sheets().first().cloned().ok_or(SheetError::Workbook("it has no sheet"))?;
        let strings = match package.strings().map(str::to_owned) {
            Some(part) => Strings::read(package.part(&part)?).map_err(part_error)?,
            None => Strings::default(),
        };
        let from_1904 = package.counts_from_1904();
        let xml = Xml::new(package.into_part(&sheet)?);
        Ok(Self { xml, strings, from_1904, row: 0, ended: false })
    }
}

impl<R: Read + Seek + Send> RowSource for XlsxRows<R> {
    fn next_row(&mut self) -> Result<Option<RawRow>, SheetError> {
        if self.ended {
            return Ok(None);
        }
        let row = self.find_row().map_err(part_error)?;
        self.ended = row.is_none();
        Ok(row)
    }

    fn counts_from_1904(&self) -> bool {
        self.from_1904
    }
}

impl<R: Read> XlsxRows<R> {
    fn find_row(&mut self) -> Result<Option<RawRow>, SheetError> {
        while let Some(piece) = self.xml.next()? {
            match piece {
                Piece::Open { name: "row", attributes, empty } => {
                    let stated = attribute(attributes, "r").and_then(|text| text.parse().ok());
                    self.row = stated.unwrap_or(self.row.saturating_add(1));
                    if !empty {
                        return self.read_row().map(Some);
                    }
                }
                Piece::Close { name: "sheetData" } => return Ok(None),
                _ => {}
            }
        }
        Ok(None)
    }

    fn read_row(&mut self) -> Result<RawRow, SheetError> {
        let mut cells: Vec<String> = Vec::new();
        let mut trouble = None;
        let mut bytes = 0;
        let mut column = 0;
        loop {
            match self.xml.next()? {
                None => return Err(SheetError::Workbook("a part of it ends too early")),
                Some(Piece::Close { name: "row" }) => break,
                Some(Piece::Open { name: "c", attributes, empty }) => {
                    column = attribute(attributes, "r").and_then(column_of).unwrap_or(column);
                    let kind = Kind::parse(attribute(attributes, "t"));
                    if !empty {
                        let text = read_cell(&mut self.xml, kind, &self.strings)?;
                        bytes += text.len();
                        if text.contains('\u{fffd}') {
                            trouble = Some(Trouble::Encoding);
                        }
                        if bytes > LINE_BYTES_MAX {
                            trouble = Some(Trouble::TooLong);
                        } else if column >= SHEET_COLUMNS_MAX {
                            let blank = text.trim().is_empty();
                            trouble = if blank { trouble } else { Some(Trouble::Columns) };
                        } else {
                            if cells.len() <= column {
                                cells.resize(column + 1, String::new());
                            }
                            cells[column] = text;
                        }
                    }
                    column += 1;
                }
                Some(_) => {}
            }
        }
        Ok(RawRow { row: self.row, cells, trouble })
    }
}

/// What the text of a cell stands for (ECMA-376 part 1 §18.18.11).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Number,
    Shared,
    Boolean,
    Text,
}

impl Kind {
    fn parse(text: Option<&str>) -> Self {
        match text {
            None | Some("n") => Self::Number,
            Some("s") => Self::Shared,
            Some("b") => Self::Boolean,
            // `str` and `inlineStr`; `d` is an ISO 8601 date, `e` an error such as #REF!.
            Some(_) => Self::Text,
        }
    }
}

/// Reads up to the end of the cell: its value, or its inline text.
fn read_cell<R: Read>(
    xml: &mut Xml<R>,
    kind: Kind,
    strings: &Strings,
) -> Result<String, SheetError> {
    let mut value = String::new();
    let mut within = false;
    // Phonetic readings (rPh) hold text that is not the cell's.
    let mut phonetic = false;
    loop {
        match xml.next()? {
            None => return Err(SheetError::Workbook("a part of it ends too early")),
            Some(Piece::Close { name: "c" }) => break,
            Some(Piece::Open { name: "v" | "t", empty, .. }) => within = !empty && !phonetic,
            Some(Piece::Close { name: "v" | "t" }) => within = false,
            Some(Piece::Open { name: "rPh", empty, .. }) => phonetic = !empty,
            Some(Piece::Close { name: "rPh" }) => phonetic = false,
            Some(Piece::Text(text)) if within => unescape(text, &mut value),
            Some(Piece::Verbatim(text)) if within => value.push_str(text),
            Some(_) => {}
        }
        if value.len() > LINE_BYTES_MAX {
            return Err(SheetError::Workbook("a cell of it holds more than 4 MiB"));
        }
    }
    Ok(match kind {
        Kind::Text => unescape_controls(value),
        Kind::Number => plain_number(value.trim()).unwrap_or(value),
        Kind::Boolean => if value.trim() == "1" { "TRUE" } else { "FALSE" }.to_owned(),
        Kind::Shared => {
            let index = value.trim().parse().map_err(|_| MISSING)?;
            strings.get(index).ok_or(MISSING)?.to_owned()
        }
    })
}

const MISSING: SheetError = SheetError::Workbook("a cell refers to a text that is not there");

/// `B7` is column 1.
fn column_of(reference: &str) -> Option<usize> {
    let letters = reference.bytes().take_while(u8::is_ascii_alphabetic).take(4);
    let number = letters
        .fold(0_usize, |number, b| number * 26 + usize::from(b.to_ascii_uppercase() - b'A') + 1);
    number.checked_sub(1)
}

/// Resolves `_x000D_`, the way in which a workbook writes characters that XML cannot hold
/// (ECMA-376 part 1 §22.9.2.19).
fn unescape_controls(text: String) -> String {
    if !text.contains("_x") {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(at) = rest.find("_x") {
        out.push_str(&rest[..at]);
        let code = rest.get(at + 2..at + 6).filter(|_| rest.as_bytes().get(at + 6) == Some(&b'_'));
        let found = code.and_then(|hex| char::from_u32(u32::from_str_radix(hex, 16).ok()?));
        match found {
            Some(character) => {
                out.push(character);
                rest = &rest[at + 7..];
            }
            None => {
                out.push_str("_x");
                rest = &rest[at + 2..];
            }
        }
    }
    out.push_str(rest);
    out
}

/// The shared strings of a workbook, one after the other in one text.
#[derive(Default)]
struct Strings {
    text: String,
    ends: Vec<u32>,
}

impl Strings {
    fn read<R: Read>(part: Unpacked<R>) -> Result<Self, SheetError> {
        let mut strings = Self::default();
        let mut one = String::new();
        let mut within = false;
        let mut phonetic = false;
        let mut xml = Xml::new(part);
        while let Some(piece) = xml.next()? {
            match piece {
                Piece::Open { name: "si", empty, .. } => {
                    one.clear();
                    if empty {
                        strings.push(String::new())?;
                    }
                }
                Piece::Close { name: "si" } => strings.push(std::mem::take(&mut one))?,
                Piece::Open { name: "rPh", empty, .. } => phonetic = !empty,
                Piece::Close { name: "rPh" } => phonetic = false,
                Piece::Open { name: "t", empty, .. } => within = !empty && !phonetic,
                Piece::Close { name: "t" } => within = false,
                Piece::Text(text) if within => unescape(text, &mut one),
                Piece::Verbatim(text) if within => one.push_str(text),
                _ => {}
            }
            if one.len() > LINE_BYTES_MAX {
                return Err(SheetError::Workbook("a cell of it holds more than 4 MiB"));
            }
        }
        Ok(strings)
    }

    fn push(&mut self, text: String) -> Result<(), SheetError> {
        self.text.push_str(&unescape_controls(text));
        let full = self.text.len() > SHEET_STRINGS_BYTES_MAX;
        if full || self.ends.len() >= SHEET_STRINGS_MAX {
            return Err(SheetError::TooLarge("256 MiB, or 16 million, of different texts"));
        }
        // INVARIANT: the text is shorter than 4 GiB.
        self.ends.push(u32::try_from(self.text.len()).unwrap_or(u32::MAX));
        Ok(())
    }

    fn get(&self, index: usize) -> Option<&str> {
        let end = usize::try_from(*self.ends.get(index)?).ok()?;
        let before = index.checked_sub(1).and_then(|index| self.ends.get(index));
        let from = before.map_or(Some(0), |end| usize::try_from(*end).ok())?;
        self.text.get(from..end)
    }
}
