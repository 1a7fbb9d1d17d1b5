//! Workbooks, whole and hostile.

mod common;

use common::{
    ID, RELS, WORKBOOK, WORKBOOK_RELS, ctx, errors, package, submission, vaccination, workbook,
};
use hutong_model::IssueCode;
use hutong_sheet::{Format, Lang, SheetError, SheetReader, SheetRow, sniff, template_xlsx};
use std::io::{Cursor, Write};

fn open(bytes: Vec<u8>) -> Result<SheetReader<'static>, SheetError> {
    SheetReader::any(Cursor::new(bytes), ctx())
}

fn rows(bytes: Vec<u8>) -> Vec<SheetRow> {
    open(bytes).expect("headings").collect()
}

const STRINGS: &str = "<sst uniqueCount=\"99999999999999\"><si><t>记录编号</t></si>\
    <si><r><t>证件</t></r><rPh><t>x</t></rPh><r><t>号码</t></r></si><si><t>疫苗名称</t></si>\
    <si><t>接种日期</t></si><si><t xml:space=\"preserve\">卡介苗 </t></si></sst>";

fn head() -> String {
    let cells = ["A", "B", "C", "D"].iter().enumerate();
    let cells: String =
        cells.map(|(at, name)| format!("<c r=\"{name}1\" t=\"s\"><v>{at}</v></c>")).collect();
    format!("<worksheet><dimension ref=\"A1:XFD1048576\"/><sheetData><row r=\"1\">{cells}</row>")
}

#[test]
fn a_workbook_is_read() {
    let sheet = format!(
        "{}<!-- > --><row r=\"3\"><c r=\"A3\"><v>7</v></c>\
         <c r=\"B3\" t=\"inlineStr\"><is><t>{ID}</t></is></c><c r=\"C3\" t=\"s\"><v>4</v></c>\
         <c r=\"D3\" s=\"2\"><v>42075.5</v></c></row><row/>\
         <x:row r=\"6\"><x:c t=\"str\"><f>1&gt;0</f><v>a&amp;b_x0041_</v></x:c><c/>\
         <c t=\"s\"><v>4</v></c><c t=\"d\"><v>2015-03-14</v></c></x:row></sheetData></worksheet>",
        head()
    );
    let rows = rows(workbook(&sheet, STRINGS));
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0].row, 3);
    let first = submission(&rows[0]);
    assert_eq!(first.own_id.as_ref().map(|id| id.as_str()), Some("7"));
    assert_eq!(
        first.times.performed.map(|when| when.to_string()).as_deref(),
        Some("2015-03-12T12:00:00+08:00")
    );
    assert_eq!(rows[0].cells[3], "2015-03-12 12:00:00");
    assert_eq!(rows[1].row, 6);
    assert_eq!(rows[1].cells[0], "a&bA");
    assert_eq!(errors(&rows[1])[0].code, IssueCode::Required);
}

#[test]
fn digits_lost_by_the_spreadsheet_program_are_noticed() {
    for number in ["330106201503120000", "3.3010620150312E+17", "3.3010620150312E17"] {
        let sheet = format!(
            "{}<row><c><v>1</v></c><c><v>{number}</v></c><c t=\"s\"><v>4</v></c>\
             <c><v>42075</v></c></row></sheetData></worksheet>",
            head()
        );
        let rows = rows(workbook(&sheet, STRINGS));
        assert!(errors(&rows[0])[0].reason.contains("digits are lost"), "{:?}", rows[0]);
    }
}

#[test]
fn days_may_count_from_1904() {
    let sheet = format!(
        "{}<row><c><v>1</v></c><c t=\"str\"><v>{ID}</v></c><c t=\"s\"><v>4</v></c>\
         <c><v>40613</v></c></row></sheetData></worksheet>",
        head()
    );
    let book = WORKBOOK.replace("<workbookPr/>", "<workbookPr date1904=\"1\"/>");
    let bytes = package(&[
        ("_rels/.rels", RELS),
        ("xl/workbook.xml", &book),
        ("xl/_rels/workbook.xml.rels", WORKBOOK_RELS),
        ("xl/worksheets/sheet1.xml", &sheet),
        ("xl/sharedStrings.xml", STRINGS),
    ]);
    let rows = rows(bytes);
    assert_eq!(
        submission(&rows[0]).times.performed.map(|when| when.to_string()).as_deref(),
        Some("2015-03-12")
    );
}

#[test]
fn the_template_is_read_back_filled_in() {
    for lang in [Lang::Zh, Lang::En] {
        let bytes = template_xlsx(lang).expect("a template");
        assert_eq!(sniff(&bytes), Format::Xlsx);
        let reader = open(bytes.clone()).expect("headings");
        assert!(reader.warnings().is_empty(), "{:?}", reader.warnings());
        assert_eq!(reader.lang(), lang);
        assert_eq!(reader.headings().len(), hutong_sheet::Field::ALL.len());
        assert_eq!(reader.count(), 0);
        let mut other = calamine::open_workbook_from_rs::<calamine::Xlsx<_>, _>(Cursor::new(bytes))
            .expect("another reader opens it");
        let range = calamine::Reader::worksheet_range_at(&mut other, 0).expect("a sheet");
        assert_eq!(range.expect("cells").width(), hutong_sheet::Field::ALL.len());
    }
}

#[test]
fn a_workbook_of_another_writer_is_read() {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    for (column, heading) in (0_u16..).zip(["Record ID", "ID number", "Vaccine", "Date given"]) {
        sheet.write_string(0, column, heading).expect("a heading");
    }
    for row in 1..=1000_u32 {
        sheet.write_number(row, 0, f64::from(row)).expect("a number");
        sheet.write_string(row, 1, ID).expect("a text");
        sheet.write_string(row, 2, "BCG").expect("a text");
        let date = rust_xlsxwriter::ExcelDateTime::from_ymd(2015, 3, 13).expect("a date");
        let format = rust_xlsxwriter::Format::new().set_num_format("yyyy-mm-dd");
        sheet.write_datetime_with_format(row, 3, date, &format).expect("a date");
    }
    let rows = rows(book.save_to_buffer().expect("a workbook"));
    assert_eq!(rows.len(), 1000);
    assert!(rows.iter().all(|row| &*vaccination(row).vaccine[0].code == "BCG"));
    assert_eq!(rows[999].cells, ["1000", ID, "BCG", "2015-03-13"]);
}

#[test]
fn a_bomb_is_refused() {
    // 600 MB of blanks in a row that does not end: refused while it unpacks, whatever is declared.
    let blanks = " ".repeat(1 << 20);
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    for (name, text) in [
        ("_rels/.rels", RELS),
        ("xl/workbook.xml", WORKBOOK),
        ("xl/_rels/workbook.xml.rels", WORKBOOK_RELS),
        ("xl/sharedStrings.xml", STRINGS),
    ] {
        zip.start_file(name, options).expect("a part");
        zip.write_all(text.as_bytes()).expect("text");
    }
    zip.start_file("xl/worksheets/sheet1.xml", options).expect("a part");
    zip.write_all(head().as_bytes()).expect("text");
    for _ in 0..600 {
        zip.write_all(format!("<row r=\"2\">{}</row>", &blanks[..1 << 19]).as_bytes())
            .expect("text");
    }
    let honest = zip.finish().expect("archive").into_inner();
    assert!(matches!(open(honest.clone()), Err(SheetError::TooLarge(_))));
    // The same, with sizes that lie.
    let mut lying = honest;
    let name = b"xl/worksheets/sheet1.xml";
    let at = lying.windows(name.len()).rposition(|window| window == name).expect("its entry");
    lying[at - 22..at - 18].copy_from_slice(&1000_u32.to_le_bytes());
    let mut reader = open(lying).expect("headings");
    let last = reader.by_ref().last().expect("an error");
    assert_eq!(errors(&last)[0].code, IssueCode::TooLong);
    assert!(matches!(reader.failure(), Some(SheetError::TooLarge(_))));
}

#[test]
fn damaged_workbooks_are_named() {
    let good = workbook(&format!("{}</sheetData></worksheet>", head()), STRINGS);
    let cut = good[..good.len() / 2].to_vec();
    assert!(matches!(open(cut), Err(SheetError::Workbook(_))));
    assert!(matches!(open(b"PK\x03\x04".to_vec()), Err(SheetError::Workbook(_))));
    assert!(matches!(open(package(&[("a", "b")])), Err(SheetError::Workbook(_))));
    let ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 and so on".to_vec();
    assert!(matches!(open(ole), Err(SheetError::OldWorkbook)));
    let entity = "<!DOCTYPE sst [<!ENTITY a \"aaaa\">]><sst/>";
    assert!(matches!(open(workbook("<a/>", entity)), Err(SheetError::Workbook(_))));
    let unending = format!("{}<row r=\"2\"><c r=\"A2\"><v>1", head());
    let mut reader = open(workbook(&unending, STRINGS)).expect("headings");
    assert_eq!(errors(&reader.next().expect("an error"))[0].code, IssueCode::Structure);
    assert!(reader.next().is_none());
    assert!(reader.failure().is_some());
}

#[test]
fn a_row_that_repeats_a_long_text_is_too_long() {
    let long = "x".repeat(3 << 20);
    let strings = STRINGS.replace("</sst>", &format!("<si><t>{long}</t></si></sst>"));
    let cell = "<c t=\"s\"><v>5</v></c>".repeat(400);
    let sheet = format!("{}<row>{cell}</row></sheetData></worksheet>", head());
    // Hardly compressible would be fairer, but 3 MB of x are within what is free.
    let rows = rows(workbook(&sheet, &strings));
    assert_eq!(errors(&rows[0])[0].code, IssueCode::TooLong);
}
