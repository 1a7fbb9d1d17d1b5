//! A spreadsheet as a workbook.
#![no_main]

use hutong_model::Catalogue;
use hutong_sheet::{ReadContext, SheetReader};
use libfuzzer_sys::fuzz_target;
use std::io::Cursor;

fuzz_target!(|bytes: &[u8]| {
    let ctx = ReadContext::new(Catalogue::builtin());
    if let Ok(reader) = SheetReader::xlsx(Cursor::new(bytes.to_vec()), ctx) {
        for row in reader.take(1000) {
            if let Err(issues) = row.result {
                assert!(!issues.is_empty(), "a rejection says why");
            }
        }
    }
});
