//! `hutong import`: bad rows never stop good ones; what was rejected can be mended and sent again.

mod common;

use common::{Place, said, text, well};
use serde_json::Value;
use std::{
    io::{Read, Write},
    path::Path,
};

const HEADINGS: &str = "记录编号,姓名,出生日期,证件号码,疫苗名称,接种日期,批号";

fn place() -> Place {
    let place = Place::root();
    place.admit("000000.clinic-1", "clinic");
    place
}

fn import(place: &Place, files: &[&Path], more: &[&str]) -> (i32, Value) {
    let mut command = place.command(&["import", "--as", "000000.clinic-1", "--json"]);
    let output = command.args(files).args(more).output().expect("the executable starts");
    let (code, stdout, stderr) = said(&output);
    let report = serde_json::from_str(&stdout).unwrap_or_else(|_| panic!("{stdout}\n{stderr}"));
    (code, report)
}

/// rows, admitted, duplicate, rejected, not kept.
fn total(report: &Value) -> [u64; 5] {
    ["rows", "admitted", "duplicate", "rejected", "notKept"]
        .map(|name| report["total"][name].as_u64().expect("a number"))
}

#[test]
fn a_spreadsheet_is_mended_and_sent_again() {
    let place = place();
    let csv = format!(
        "{HEADINGS}\n\
         1,林知远,1949-12-31,11010519491231002X,卡介苗,2020-06-02,A1\n\
         2,林知远,1949-12-31,110105194912310021,卡介苗,2020-07-02,A2\n\
         3,林知远,1949-12-31,11010519491231002X,不存在的疫苗,2020-08-02,A3\n\
         4,林知远,1949-12-31,11010519491231002X,乙肝疫苗,2020-02-30,A4\n"
    );
    let file = place.write("doses.csv", csv);
    let rejects = place.path("rejects.csv");
    let (code, report) = import(&place, &[&file], &["--rejects", &text(&rejects)]);
    assert_eq!((code, total(&report)), (1, [4, 1, 0, 3, 0]));
    let reasons = report["reasons"].as_array().expect("reasons");
    assert!(reasons.iter().all(|reason| !reason["remedy"].as_str().unwrap_or("").is_empty()));

    let written = std::fs::read_to_string(&rejects).expect("a file of rejects");
    assert_eq!(written.lines().count(), 4, "{written}");
    let mended = written
        .replace("110105194912310021", "11010519491231002X")
        .replace("不存在的疫苗", "麻腮风疫苗")
        .replace("2020-02-30", "2020-02-29");
    let mended = place.write("mended.csv", mended);
    let (code, report) = import(&place, &[&mended], &[]);
    assert_eq!((code, total(&report)), (0, [3, 3, 0, 0, 0]), "{report}");

    let (code, report) = import(&place, &[&mended], &[]);
    assert_eq!((code, total(&report)), (0, [3, 0, 3, 0, 0]));
}

fn dose(id: u32, document: &str, cvx: &str) -> String {
    format!(
        "{{\"resourceType\":\"Immunization\",\"id\":\"d{id}\",\"status\":\"completed\",\
         \"vaccineCode\":{{\"coding\":[{{\"system\":\"http://hl7.org/fhir/sid/cvx\",\
         \"code\":\"{cvx}\"}}]}},\"patient\":{{\"identifier\":{{\
         \"system\":\"urn:oid:2.16.156.10011.1.3\",\"value\":\"{document}\"}}}},\
         \"occurrenceDateTime\":\"2020-06-{id:02}\",\"primarySource\":true}}"
    )
}

const GOOD: &str = "11010519491231002X";
const BAD: &str = "110105194912310021";

#[test]
fn lines_are_rejected_with_their_reasons_beside_them() {
    let place = place();
    let lines = [
        dose(1, GOOD, "08"),
        dose(2, BAD, "08"),
        "{\"resourceType\":".to_owned(),
        "{\"resourceType\":\"Encounter\",\"id\":\"e1\"}".to_owned(),
        dose(3, GOOD, "99999"),
        String::new(),
        dose(4, GOOD, "03"),
    ];
    let file = place.write("doses.ndjson", lines.join("\n"));
    let rejects = place.path("rejects.ndjson");
    let (code, report) = import(&place, &[&file], &["--rejects", &text(&rejects)]);
    assert_eq!((code, total(&report)), (1, [6, 2, 0, 3, 1]), "{report}");
    assert_eq!(report["byType"]["Immunization"]["rejected"], 2);
    let kept = std::fs::read_to_string(&rejects).expect("rejects");
    assert_eq!(kept.lines().collect::<Vec<_>>(), [&lines[1], &lines[2], &lines[4]]);
    let outcomes =
        std::fs::read_to_string(place.path("rejects.outcomes.ndjson")).expect("outcomes");
    let outcomes: Vec<Value> =
        outcomes.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(outcomes.len(), 3);
    assert!(outcomes.iter().all(|outcome| outcome["resourceType"] == "OperationOutcome"));

    let mended = kept.replace(BAD, GOOD).replace("\"99999\"", "\"10\"");
    let mended: Vec<&str> = mended.lines().filter(|line| line.len() > 20).collect();
    let mended = place.write("mended.ndjson", mended.join("\n"));
    let (code, report) = import(&place, &[&mended], &[]);
    assert_eq!((code, total(&report)), (0, [2, 2, 0, 0, 0]), "{report}");
}

#[test]
fn packed_files_and_bundles_are_read_and_persons_come_first() {
    let place = place();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(dose(1, GOOD, "08").as_bytes()).expect("memory");
    let packed = place.write("a.ndjson.gz", gzip.finish().expect("memory"));
    let squeezed = zstd::encode_all(dose(2, GOOD, "08").as_bytes(), 1).expect("memory");
    let squeezed = place.write("b.ndjson.zst", squeezed);
    let bundle = format!(
        "{{\n \"resourceType\": \"Bundle\",\n \"type\": \"collection\",\n \"entry\": [\n  \
         {{\"resource\": {}}},\n  {{\"resource\": {}}}\n ]\n}}\n",
        dose(3, GOOD, "08"),
        dose(4, BAD, "08")
    );
    let bundle = place.write("c.json", bundle);
    let rejects = place.path("again.ndjson");
    let files: [&Path; 3] = [&packed, &squeezed, &bundle];
    let (code, report) = import(&place, &files, &["--rejects", &text(&rejects)]);
    assert_eq!((code, total(&report)), (1, [4, 3, 0, 1, 0]), "{report}");
    let line = std::fs::read_to_string(&rejects).expect("rejects");
    assert_eq!(line.lines().count(), 1, "the Bundle as one line: {line}");
    let mended = place.write("mended.ndjson", line.replace(BAD, GOOD));
    let (code, report) = import(&place, &[&mended], &[]);
    assert_eq!((code, total(&report)), (0, [2, 1, 1, 0, 0]), "{report}");
}

#[test]
fn a_file_that_cannot_be_read_is_named_and_the_others_go_in() {
    let place = place();
    let broken = place.write("broken.csv", "nothing,known\n1,2\n");
    let bomb = zstd::encode_all(std::io::repeat(b'1').take(300 << 20), 1).expect("memory");
    let bomb = place.write("bomb.ndjson.zst", bomb);
    let good = place.write("good.ndjson", dose(1, GOOD, "08"));
    let (code, report) = import(&place, &[&broken, &bomb, &good], &[]);
    assert_eq!(code, 1);
    assert_eq!(report["total"]["admitted"], 1);
    assert_eq!(report["broken"].as_array().map(Vec::len), Some(2), "{report}");
}

#[test]
fn who_may_not_send_is_told_so() {
    let place = Place::root();
    let file = place.write("a.ndjson", dose(1, GOOD, "08"));
    let output = place.run(&["import", &text(&file), "--as", "000000.nobody"]);
    let (code, _, stderr) = said(&output);
    assert_eq!(code, 1);
    assert!(stderr.contains("hutong member admit 000000.nobody"), "{stderr}");
    let output = place.run(&["import", &text(&file)]);
    assert_eq!(said(&output).0, 2);
    let output = place.run(&["import", "/no/such/file", "--as", "000000.nobody"]);
    assert_eq!(said(&output).0, 3);
}

#[test]
fn an_export_holds_what_was_stated_and_is_recorded() {
    let place = place();
    let file = place.write("a.ndjson", [dose(1, GOOD, "08"), dose(2, GOOD, "03")].join("\n"));
    assert_eq!(import(&place, &[&file], &[]).0, 0);
    let out = text(&place.path("out.ndjson"));
    let output = place.run(&["export", &out, "--reason", "Law 1 article 2", "--json"]);
    let said: Value = serde_json::from_str(&well(&output)).expect("JSON");
    assert_eq!((said["records"].as_u64(), said["persons"].as_u64()), (Some(2), Some(1)));
    assert_eq!(std::fs::read_to_string(&out).expect("a file").lines().count(), 2);
}

#[test]
fn the_template_can_be_imported_as_it_is() {
    let place = place();
    for lang in ["zh-CN", "en"] {
        let file = place.path(&format!("{lang}.xlsx"));
        let template = ["template", &text(&file), "--lang", lang];
        well(&common::hutong().args(template).output().expect("the executable starts"));
        let (code, report) = import(&place, &[&file], &[]);
        assert_eq!(code, 0, "{report}");
        assert_eq!(report["broken"].as_array().map(Vec::len), Some(0));
    }
}
