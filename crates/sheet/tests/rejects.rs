//! Rejects that can be mended and sent again.

mod common;

use common::{ID, accepted, ctx};
use hutong_sheet::{RejectsWriter, SheetReader, SheetRow};
use std::io::Cursor;

fn read(bytes: Vec<u8>) -> (Vec<String>, Vec<SheetRow>) {
    let reader = SheetReader::any(Cursor::new(bytes), ctx()).expect("headings");
    assert!(reader.warnings().is_empty(), "{:?}", reader.warnings());
    (reader.headings().to_vec(), reader.collect())
}

fn reject(bytes: Vec<u8>, xlsx: bool) -> Vec<u8> {
    let mut reader = SheetReader::any(Cursor::new(bytes), ctx()).expect("headings");
    let mut writer = if xlsx {
        RejectsWriter::xlsx(Vec::new(), &reader).expect("a writer")
    } else {
        RejectsWriter::csv(Vec::new(), &reader).expect("a writer")
    };
    for row in reader.by_ref() {
        writer.write(&row).expect("a row");
    }
    writer.finish().expect("a file")
}

fn sent() -> Vec<u8> {
    format!(
        "序号,证件号码,记录编号,疫苗名称,接种日期,备注,批号\n\
         1,{ID},A1,不存在的疫苗,2015-03-13,=HYPERLINK(\"x\"),0012\n\
         2,{ID},A2,卡介苗,2015-03-13,fine,0013\n\
         3,{ID},A3,不存在的疫苗,44342,'=already,+86\n"
    )
    .replace("=HYPERLINK(\"x\")", "\"=HYPERLINK(\"\"x\"\")\"")
    .into_bytes()
}

#[test]
fn rejects_come_back_mended() {
    for xlsx in [false, true] {
        let first = reject(sent(), xlsx);
        let (headings, rows) = read(first.clone());
        assert_eq!(
            headings[..4],
            ["证件号码", "记录编号", "疫苗名称", "接种日期"].map(String::from)
        );
        assert_eq!(headings[6..], ["错误字段", "原因", "建议"].map(String::from));
        assert_eq!(rows.len(), 2);
        assert_eq!(rows[0].cells[0], ID);
        assert_eq!(rows[0].cells[4], "=HYPERLINK(\"x\")");
        assert_eq!(rows[0].cells[5], "0012");
        assert_eq!(rows[0].cells[6], "疫苗名称");
        assert_eq!(rows[1].cells[3], "2021-05-26");
        assert_eq!(rows[1].cells[5], "+86");
        // Rejected once more, the file stays the same.
        assert_eq!(read(reject(first.clone(), xlsx)), read(first.clone()));
        // Mended, it is accepted.
        let mended = String::from_utf8(reject(first, false)).expect("text");
        let (_, rows) = read(mended.replace("不存在的疫苗", "卡介苗").into_bytes());
        rows.iter().for_each(|row| drop(accepted(row).clone()));
    }
}

#[test]
fn no_cell_is_a_formula_in_csv() {
    let text = String::from_utf8(reject(sent(), false)).expect("text");
    assert!(text.starts_with('\u{feff}'));
    let mut csv = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    for record in csv.records() {
        for cell in &record.expect("a record") {
            let shown = cell.trim_start_matches('\t');
            assert!(!shown.starts_with(['=', '+', '-', '@']), "{cell}");
        }
    }
    assert!(text.contains(&format!("\t{ID}")));
}

/// The reasons, joined by semicolons, were taken for more cells than there are commas.
#[test]
fn many_reasons_do_not_hide_the_headings() {
    let sent = "Record ID;Pool size;Collected;Document number;Result\na;x;x;x;x\nb;x;x;x;x\n";
    let (headings, rows) = read(reject(sent.as_bytes().to_vec(), false));
    assert_eq!(headings[..2], ["Record ID", "Pool size"].map(String::from));
    assert_eq!(rows.len(), 2);
    assert!(rows[0].cells[6].matches("; ").count() >= 2, "{:?}", rows[0].cells);
    // The same where someone's remarks are full of other separators.
    let sent = "记录编号,姓名,备注\n1,王,a;b;c;d\n2,李,e;f;g;h\n";
    let reader = SheetReader::any(Cursor::new(sent), ctx()).expect("headings");
    assert_eq!(reader.headings().len(), 3);
}
