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

/// A workbook of one row of headings and this row.
fn book(row: &str, strings: &str) -> Vec<u8> {
    let sheet = format!(
        "<worksheet><sheetData><row><c t=\"s\"><v>0</v></c><c t=\"s\"><v>1</v></c></row>{row}"
    );
    common::workbook(&sheet, strings)
}

const STRINGS: &str = "<sst><si><t>记录编号</t></si><si><t>接种日期</t></si></sst>";

#[test]
fn a_text_of_nothing_but_marks() {
    // Looking to the end of the text for the end of each entity takes hours.
    let marks = "&".repeat(3_000_000);
    let row = format!("<row><c t=\"str\"><v>{marks}</v></c></row>");
    assert_eq!(read(book(&row, STRINGS)), Some(1));
    let row = "<row><c t=\"str\"><v>&amp;&#x41;&#x0010ffff;&#x00010ffff;&unknown;&;</v></c></row>";
    let mut reader = SheetReader::any(Cursor::new(book(row, STRINGS)), ctx()).expect("a reader");
    let cells = reader.next().expect("a row").cells;
    assert_eq!(cells, ["&A\u{10ffff}&#x00010ffff;&unknown;&;"]);
}

#[test]
fn the_last_row_there_can_be() {
    // What comes after it has no number of its own.
    let last = u64::MAX;
    let row = format!("<row r=\"{last}\"><c><v>1</v></c></row><row><c><v>2</v></c></row><row><c>");
    assert_eq!(read(book(&row, STRINGS)), Some(3));
}

#[test]
fn very_many_sheets() {
    // More are refused; as many as may be do not take long, though none is the one looked for.
    for count in [60_000, 100_001] {
        assert_eq!(read(sheets(count)), None);
    }
}

fn sheets(count: usize) -> Vec<u8> {
    let relation = |n: usize| format!("<Relationship Id=\"i{n}\" Type=\"x/styles\" Target=\"t\"/>");
    let relations: String = (0..count).map(relation).collect();
    let sheets: String = (0..count).map(|n| format!("<sheet r:id=\"j{n}\"/>")).collect();
    let parts = [
        ("_rels/.rels", RELS.to_owned()),
        ("xl/workbook.xml", format!("<workbook><sheets>{sheets}</sheets></workbook>")),
        ("xl/_rels/workbook.xml.rels", format!("<Relationships>{relations}</Relationships>")),
    ];
    let parts: Vec<(&str, &str)> = parts.iter().map(|(name, text)| (*name, &**text)).collect();
    package(&parts)
}

#[test]
fn a_packed_size_that_is_not_true() {
    // By the size that it states, 10 MiB would be within the ratio; it has a thousandth of that.
    let row = "<row/>".repeat(2_000_000);
    let mut book = book(&row, STRINGS);
    let name = b"xl/worksheets/sheet1.xml";
    let ends: Vec<usize> =
        (0..book.len() - name.len()).filter(|at| book[*at..].starts_with(name)).collect();
    // The entry of the directory comes last: 46 bytes, the packed size at 20.
    let entry = ends.last().expect("an entry") - 46;
    book[entry + 20..entry + 24].copy_from_slice(&60_000_000_u32.to_le_bytes());
    let error = SheetReader::any(Cursor::new(book), ctx()).err().expect("refused");
    assert!(error.to_string().contains("200 times"), "{error}");
}
