//! A spreadsheet as a workbook.
//!
//! An input that begins with `PK` is the archive. Any other holds the texts of its parts (see
//! `hutong_fuzz::PARTS`), separated by the byte 0xff, which are packed here.
#![no_main]

use hutong_fuzz::{NOW, workbook};
use hutong_model::Catalogue;
use hutong_sheet::{ReadContext, SheetReader};
use libfuzzer_sys::fuzz_target;
use std::io::Cursor;
use zip::CompressionMethod;

fuzz_target!(|bytes: &[u8]| {
    let archive = match bytes.starts_with(b"PK") {
        true => bytes.to_vec(),
        false => workbook(bytes.split(|b| *b == 0xff), CompressionMethod::Stored),
    };
    let ctx = ReadContext { now: Some(NOW), ..ReadContext::new(Catalogue::builtin()) };
    if let Ok(reader) = SheetReader::xlsx(Cursor::new(archive), ctx) {
        for row in reader {
            if let Err(issues) = row.result {
                assert!(!issues.is_empty(), "a rejection says why");
            }
        }
    }
});
