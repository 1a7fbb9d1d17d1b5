//! A spreadsheet as text, in any encoding.
#![no_main]

use hutong_model::Catalogue;
use hutong_sheet::{ReadContext, SheetReader};
use libfuzzer_sys::fuzz_target;
use std::io::Cursor;

const HEAD: &str = "记录编号,记录类型,姓名,证件类型,证件号码,疫苗名称,接种日期,检测结果,采样时间\n";

fuzz_target!(|bytes: &[u8]| {
    let with_head = [HEAD.as_bytes(), bytes].concat();
    for input in [bytes.to_vec(), with_head] {
        let ctx = ReadContext::new(Catalogue::builtin());
        if let Ok(reader) = SheetReader::csv(Cursor::new(input), ctx) {
            for row in reader.take(1000) {
                if let Err(issues) = row.result {
                    assert!(!issues.is_empty(), "a rejection says why");
                }
            }
        }
    }
});
