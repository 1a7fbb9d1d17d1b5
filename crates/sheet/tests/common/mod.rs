//! What the tests share.
#![allow(dead_code, reason = "each test file uses a part of it")]

use hutong_model::{Catalogue, Fact, Issue, Submission, TestResult, Vaccination};
use hutong_sheet::{Accepted, ReadContext, SheetReader, SheetRow};
use std::io::Write;

/// A resident ID with the right check digit.
pub const ID: &str = "330106201503120014";

pub fn ctx() -> ReadContext<'static> {
    ReadContext::new(Catalogue::builtin())
}

pub fn csv(text: impl AsRef<[u8]>) -> Vec<SheetRow> {
    let bytes = text.as_ref().to_vec();
    SheetReader::csv(std::io::Cursor::new(bytes), ctx()).expect("headings").collect()
}

pub fn accepted(row: &SheetRow) -> &Accepted {
    row.result.as_ref().unwrap_or_else(|issues| panic!("row {}: {issues:?}", row.row))
}

pub fn submission(row: &SheetRow) -> &Submission {
    &accepted(row).submission
}

pub fn vaccination(row: &SheetRow) -> &Vaccination {
    match &submission(row).fact {
        Some(Fact::Vaccination(dose)) => dose,
        other => panic!("{other:?}"),
    }
}

pub fn test_result(row: &SheetRow) -> &TestResult {
    match &submission(row).fact {
        Some(Fact::TestResult(result)) => result,
        other => panic!("{other:?}"),
    }
}

pub fn errors(row: &SheetRow) -> &[Issue] {
    row.result.as_ref().expect_err("an error")
}

/// A workbook of these parts.
pub fn package(parts: &[(&str, &str)]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default()
        .compression_method(zip::CompressionMethod::Deflated);
    for (name, text) in parts {
        zip.start_file(*name, options).expect("part");
        zip.write_all(text.as_bytes()).expect("text");
    }
    zip.finish().expect("archive").into_inner()
}

pub const RELS: &str = r#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;
pub const WORKBOOK: &str = r#"<workbook xmlns:r="r"><workbookPr/><sheets><sheet name="hidden" sheetId="1" state="hidden" r:id="rId9"/><sheet name="A" sheetId="2" r:id="rId1"/></sheets></workbook>"#;
pub const WORKBOOK_RELS: &str = r#"<Relationships><Relationship Id="rId1" Type="x/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="x/sharedStrings" Target="/xl/sharedStrings.xml"/></Relationships>"#;

/// A workbook of one sheet and its shared strings.
pub fn workbook(sheet: &str, strings: &str) -> Vec<u8> {
    package(&[
        ("_rels/.rels", RELS),
        ("xl/workbook.xml", WORKBOOK),
        ("xl/_rels/workbook.xml.rels", WORKBOOK_RELS),
        ("xl/worksheets/sheet1.xml", sheet),
        ("xl/sharedStrings.xml", strings),
    ])
}
