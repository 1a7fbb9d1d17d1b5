//! Spreadsheets in: CSV and XLSX, with Chinese or English headings, row by row.
//!
//! ```text
//! bytes ─ sniff ─┬─ csv: decode (UTF-8, GB18030, UTF-16) ─ records ─┐
//!                └─ xlsx: zip entry ─ inflate (bounded) ─ XML ─ rows ┴─ headings ─ SheetRow
//! ```
//!
//! Memory does not grow with the file: a row, and of a workbook its shared strings (within
//! [`hutong_model::limits::SHEET_STRINGS_BYTES_MAX`]), are all that is held. A bad row never stops
//! the batch: it comes out with its original cells and the reasons, and a [`RejectsWriter`] makes a
//! file of such rows that can be mended in the spreadsheet program and sent again.

mod cells;
mod columns;
mod csv_rows;
mod dates;
mod decode;
mod error;
mod fact;
mod fields;
mod numbers;
mod reader;
mod rejects;
mod result;
mod row;
mod sniff;
mod subject;
mod template;
mod words;
mod xlsx_package;
mod xlsx_rows;
mod xml;

pub use columns::{Lang, columns_version};
pub use error::SheetError;
pub use fields::Field;
pub use reader::{Accepted, ReadContext, SheetReader, SheetRow};
pub use rejects::{RejectsError, RejectsWriter, guarded};
pub use row::RecordKind;
pub use sniff::{Format, SNIFF_BYTES, sniff};
pub use template::template_xlsx;
