//! What a node must refuse: rows that are wrong, lines that are no rows, bombs.

use super::{
    Node,
    people::{child, resident_id},
};
use flate2::{Compression, write::GzEncoder};
use serde_json::Value;
use std::io::Write;

const MIB: u64 = 1024 * 1024;
/// Memory that one upload may take, whatever is in it.
const MEMORY_MAX: u64 = 100 * MIB;

/// Rows that are wrong: what is, the resource, the code and field.
pub fn wrong_rows() -> Vec<(&'static str, Value, &'static str, &'static str)> {
    const NUMBER: &str = "Immunization.patient.identifier.value";
    const DATE: &str = "Immunization.occurrenceDateTime";
    let who = child(1);
    let numbered = |id: &str, number: &str| {
        let mut dose = who.dose(id, "20", "2021-03-01");
        dose["patient"]["identifier"]["value"] = number.into();
        dose
    };
    let last = if who.number.ends_with('1') { '2' } else { '1' };
    let check = format!("{}{last}", &who.number[..17]);
    let birth = resident_id("330106", "2020-13-01", 7);
    let division = resident_id("990106", "2020-01-01", 7);
    vec![
        ("a wrong check digit", numbered("w1", &check), "value", NUMBER),
        ("a birth date that is none", numbered("w2", &birth), "value", NUMBER),
        ("a division that is none", numbered("w3", &division), "value", NUMBER),
        ("a date that is none", who.dose("w4", "20", "2021-02-30"), "value", DATE),
        ("a dose before birth", who.dose("w5", "20", "2019-12-31"), "business-rule", DATE),
        ("a dose to come", who.dose("w6", "20", "2091-01-01"), "business-rule", DATE),
        (
            "an unknown vaccine",
            who.dose("w7", "9999", "2021-03-01"),
            "code-invalid",
            "Immunization.vaccineCode.coding.code",
        ),
    ]
}

/// Lines that are no resource: what, the line.
pub fn broken_lines() -> Vec<(&'static str, Vec<u8>)> {
    let whole = child(2).dose("broken", "20", "2021-03-01").to_string();
    let mut other = whole.clone().into_bytes();
    other[20] = 0xff;
    vec![
        ("truncated JSON", whole.as_bytes()[..whole.len() / 2].to_vec()),
        ("no JSON", b"not json at all".to_vec()),
        ("not UTF-8", other),
        ("deeply nested", [b'['; 200_000].to_vec()),
        ("a null", b"null".to_vec()),
    ]
}

/// A beginning and a piece that is repeated up to 512 MiB, packed.
pub fn gzip(begin: &str, piece: &str) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    packed.write_all(begin.as_bytes()).expect("packed");
    let mib = piece.repeat((1 << 20) / piece.len());
    for _ in 0..512 {
        packed.write_all(mib.as_bytes()).expect("packed");
    }
    packed.finish().expect("packed")
}

/// A workbook whose sheet unpacks to very many empty rows.
pub fn workbook_bomb() -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default()
        .compression_method(zip::CompressionMethod::Deflated);
    let parts = [
        (
            "_rels/.rels",
            "<Relationships><Relationship Id=\"r1\" Type=\"x/officeDocument\" \
             Target=\"xl/workbook.xml\"/></Relationships>",
        ),
        (
            "xl/workbook.xml",
            "<workbook><sheets><sheet name=\"A\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>",
        ),
        (
            "xl/_rels/workbook.xml.rels",
            "<Relationships><Relationship Id=\"r1\" Type=\"x/worksheet\" \
             Target=\"worksheets/sheet1.xml\"/></Relationships>",
        ),
    ];
    for (name, part) in parts {
        zip.start_file(name, options).expect("a part");
        zip.write_all(part.as_bytes()).expect("written");
    }
    zip.start_file("xl/worksheets/sheet1.xml", options).expect("a part");
    zip.write_all(b"<worksheet><sheetData>").expect("written");
    let rows = "<row/>".repeat(200_000);
    for _ in 0..200 {
        zip.write_all(rows.as_bytes()).expect("written");
    }
    zip.finish().expect("a workbook").into_inner()
}

/// Runs something and holds the memory that the node took for it against the limit.
pub async fn within_memory<T>(node: &Node, what: &str, work: impl Future<Output = T>) -> T {
    node.forget_memory();
    let (before, began) = (node.memory_max(), std::time::Instant::now());
    let done = work.await;
    let most = node.memory_max();
    println!(
        "{what}: {} MiB more than the {} MiB before, {:.1} s",
        most.saturating_sub(before) / MIB,
        before / MIB,
        began.elapsed().as_secs_f64()
    );
    assert!(most <= before + MEMORY_MAX, "{what}: {} MiB", most / MIB);
    done
}
