//! Nothing that is sent makes the reader panic, and every row comes out.

mod common;

use common::{RELS, WORKBOOK, WORKBOOK_RELS, ctx, package};
use hutong_sheet::{RejectsWriter, SheetReader, template_xlsx};
use proptest::prelude::*;
use std::io::Cursor;

fn read(bytes: Vec<u8>) -> Option<usize> {
    let mut reader = SheetReader::any(Cursor::new(bytes), ctx()).ok()?;
    let mut writer = RejectsWriter::csv(Vec::new(), &reader).ok()?;
    let mut rows = 0;
    for row in reader.by_ref() {
        writer.write(&row).ok()?;
        rows += 1;
    }
    Some(rows)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn bytes(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
        read(bytes);
    }

    #[test]
    fn bytes_under_headings(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
        let head = "记录编号,证件号码,疫苗名称,接种日期,剂次,检测结果,采样时间\n".as_bytes();
        read([head, &bytes].concat());
    }

    #[test]
    fn cells(cells in proptest::collection::vec(
        proptest::collection::vec("[0-9年月日/:.TZ第剂+\\- \"'=E,;\n]{0,12}|\\PC{0,6}", 0..9), 0..20))
    {
        let mut text = String::from("记录编号,证件号码,疫苗名称,接种日期,剂次,检测结果,采样时间,出生日期\n");
        for row in &cells {
            let row: Vec<String> =
                row.iter().map(|c| format!("\"{}\"", c.replace('"', "\"\""))).collect();
            text.push_str(&row.join(","));
            text.push_str("\r\n");
        }
        let filled = cells.iter().filter(|row| row.iter().any(|c| !c.trim().is_empty())).count();
        prop_assert_eq!(read(text.into_bytes()), Some(filled));
    }

    #[test]
    fn damaged_workbooks(at in 0_usize..40_000, bytes in proptest::collection::vec(any::<u8>(), 1..40)) {
        static TEMPLATE: std::sync::OnceLock<Vec<u8>> = std::sync::OnceLock::new();
        let mut book = TEMPLATE
            .get_or_init(|| template_xlsx(hutong_sheet::Lang::Zh).expect("a template"))
            .clone();
        let at = at % book.len();
        let end = (at + bytes.len()).min(book.len());
        book[at..end].copy_from_slice(&bytes[..end - at]);
        read(book);
    }

    #[test]
    fn xml(sheet in "(<(row|c|v|t|is|/row|/c|/v|/t|/sheetData|!--|\\?|!\\[CDATA\\[)( r=\"[A-Z]{0,5}[0-9]{0,20}\"| t=\"(s|n|b|str)\")*/?>|[0-9.Ee&#;]{0,8}|-->|\\]\\]>){0,60}") {
        let head = "<worksheet><sheetData><row><c t=\"s\"><v>0</v></c><c t=\"s\"><v>1</v></c></row>";
        read(package(&[
            ("_rels/.rels", RELS),
            ("xl/workbook.xml", WORKBOOK),
            ("xl/_rels/workbook.xml.rels", WORKBOOK_RELS),
            ("xl/sharedStrings.xml", "<sst><si><t>记录编号</t></si><si><t>接种日期</t></si></sst>"),
            ("xl/worksheets/sheet1.xml", &format!("{head}{sheet}")),
        ]));
    }
}
