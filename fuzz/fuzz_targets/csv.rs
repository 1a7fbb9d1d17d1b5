//! A spreadsheet as text, in any encoding, and the file of its rejects read again.
#![no_main]

use hutong_fuzz::NOW;
use hutong_model::Catalogue;
use hutong_sheet::{ReadContext, RejectsWriter, SheetReader};
use libfuzzer_sys::fuzz_target;
use std::io::Cursor;

const HEAD: &str = "记录编号,记录类型,姓名,证件类型,证件号码,疫苗名称,接种日期,检测结果,采样时间\n";

fuzz_target!(|bytes: &[u8]| {
    // As it is; and as rows below headings, so that the fuzzer need not find those.
    let _ = SheetReader::any(Cursor::new(bytes), ctx()).map(Iterator::count);
    read(bytes.to_vec());
    read([HEAD.as_bytes(), bytes].concat());
});

fn ctx() -> ReadContext<'static> {
    ReadContext { now: Some(NOW), ..ReadContext::new(Catalogue::builtin()) }
}

fn read(input: Vec<u8>) {
    let Ok(mut reader) = SheetReader::csv(Cursor::new(input), ctx()) else { return };
    let mut rejects = RejectsWriter::csv(Vec::new(), &reader).expect("headings are written");
    let mut last = 0;
    for row in reader.by_ref() {
        assert!(row.row > last, "rows are numbered upwards");
        last = row.row;
        if let Err(issues) = &row.result {
            assert!(!issues.is_empty(), "a rejection says why");
            rejects.write(&row).expect("a rejected row is written");
        }
    }
    let rejected = rejects.rows();
    let file = rejects.finish().expect("the file is written");
    // By two known headings a row of headings is told from the others.
    let kept = (0..reader.headings().len()).filter(|column| !reader.is_ignored(*column)).count();
    if kept < reader.warnings().len() + 2 {
        return;
    }
    let again = SheetReader::csv(Cursor::new(file), ctx()).expect("rejects can be sent again");
    // A row of nothing but what cannot be written is not there the second time.
    assert!(again.count() as u64 <= rejected, "rejects hold no row more");
}
