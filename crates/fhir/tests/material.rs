//! Third-party resources: every one gives exactly one row, and those that matter the right one.

mod common;

use common::{clinic, material};
use hutong_fhir::{
    BodyRead, BundleKind, Row, RowResult, read_body, read_bundle, read_line, read_resource,
};
use hutong_model::{Fact, Issue, IssueCode, Source};
use std::collections::BTreeMap;
use std::{fs, path::Path};

/// Rows by what became of them.
#[derive(Debug, Default)]
struct Counts {
    admitted: usize,
    not_kept: usize,
    rejected: usize,
    reasons: BTreeMap<String, usize>,
}

impl Counts {
    fn add(&mut self, row: &Row) {
        match &row.result {
            RowResult::Submission(submission, _) => {
                self.admitted += 1;
                assert!(!submission.subject.documents.is_empty(), "{}", row.locator);
            }
            RowResult::NotKept(_) => self.not_kept += 1,
            RowResult::Rejected(issues) => {
                assert!(!issues.is_empty(), "{}: rejected without a reason", row.locator);
                self.rejected += 1;
            }
        }
        for Issue { code, field, reason, .. } in row.issues() {
            let reason = format!("{} {field}: {reason}", code.as_str());
            *self.reasons.entry(reason).or_default() += 1;
        }
    }
    fn total(&self) -> usize {
        self.admitted + self.not_kept + self.rejected
    }
}

fn files(folder: &Path, extension: &str) -> Vec<std::path::PathBuf> {
    let mut list: Vec<_> = fs::read_dir(folder)
        .expect("a folder")
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|e| e == extension))
        .collect();
    list.sort();
    list
}

#[test]
fn every_ndjson_line_gives_one_row() {
    let Some(folder) = material() else { return };
    let ctx = clinic();
    for path in files(&folder, "ndjson") {
        let text = fs::read(&path).expect("a file");
        let mut counts = Counts::default();
        let lines: Vec<&[u8]> = text.split(|b| *b == b'\n').filter(|l| !l.is_empty()).collect();
        for (number, line) in lines.iter().enumerate() {
            let rows = read_line(line, number as u64 + 1, &ctx);
            assert_eq!(rows.len(), 1, "{}", path.display());
            counts.add(&rows[0]);
        }
        assert_eq!(counts.total(), lines.len());
        println!("{}: {counts:#?}", path.file_name().unwrap_or_default().display());
        let name = path.to_string_lossy();
        if name.contains("Immunization") || name.contains("Patient") {
            assert_eq!(counts.admitted, lines.len(), "all of {name} are good");
        } else {
            assert_eq!(counts.rejected, 0, "nothing in {name} is wrong");
        }
    }
}

#[test]
fn every_entry_of_a_bundle_gives_one_row() {
    let Some(folder) = material() else { return };
    let ctx = clinic();
    for path in files(&folder.join("synthea-bundles"), "json") {
        let text = fs::read(&path).expect("a file");
        let value: serde_json::Value = serde_json::from_slice(&text).expect("JSON");
        let entries = value["entry"].as_array().map_or(0, Vec::len);
        let doses = value["entry"].as_array().into_iter().flatten();
        let doses = doses.filter(|e| e["resource"]["resourceType"] == "Immunization").count();
        let read = read_bundle(&text, &ctx);
        assert_eq!(read.kind, BundleKind::Transaction);
        let mut counts = Counts::default();
        read.rows.iter().for_each(|row| counts.add(row));
        println!("{}: {counts:#?}", path.file_name().unwrap_or_default().display());
        assert_eq!(counts.total(), entries);
        assert_eq!(counts.admitted, doses + 1, "the doses and the person");
        assert_eq!(counts.rejected, 0);
    }
}

#[test]
fn every_example_of_hl7_gives_its_rows() {
    let Some(folder) = material() else { return };
    let ctx = clinic();
    let mut all = Counts::default();
    for path in files(&folder.join("hl7-r4-examples"), "json") {
        let text = fs::read(&path).expect("a file");
        let value: serde_json::Value = serde_json::from_slice(&text).expect("JSON");
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        match read_body(&text, &ctx) {
            BodyRead::Single(row) => {
                println!("{name}: {:?}", row.result);
                all.add(&row);
            }
            BodyRead::Bundle(bundle) => {
                let mut expected = 0;
                for entry in value["entry"].as_array().into_iter().flatten() {
                    let resource = &entry["resource"];
                    let inner = resource["entry"].as_array().map(Vec::len);
                    let nested = resource["resourceType"] == "Bundle";
                    expected += if nested { inner.unwrap_or(0) } else { 1 };
                }
                println!("{name}: {:?} {} rows", bundle.kind, bundle.rows.len());
                assert_eq!(bundle.rows.len(), expected, "{name}");
                bundle.rows.iter().for_each(|row| all.add(row));
            }
        }
    }
    println!("{all:#?}");
}

#[test]
fn definitions_are_reported_as_not_kept() {
    let Some(folder) = material() else { return };
    let ctx = clinic();
    let both = ["hl7-definitions", "hl7-search-parameters"];
    for path in both.iter().flat_map(|name| files(&folder.join(name), "json")) {
        let row = read_resource(&fs::read(&path).expect("a file"), &ctx);
        assert!(matches!(row.result, RowResult::NotKept(_)), "{}: {row:?}", path.display());
    }
}

/// Reads one of HL7's examples.
fn example(name: &str) -> Option<Row> {
    let path = material()?.join("hl7-r4-examples").join(name);
    Some(read_resource(&fs::read(path).expect("a file"), &clinic()))
}

#[test]
fn hl7_immunizations_are_classified_right() {
    let Some(row) = example("Immunization-historical.json") else { return };
    let (submission, warnings) = common::admitted(row);
    assert_eq!(submission.source, Source::Historical);
    assert_eq!(submission.times.performed, None, "January 2012, in words");
    let fields: Vec<&str> = warnings.iter().map(|w| &*w.field).collect();
    assert!(fields.contains(&"Immunization.occurrenceString"), "{fields:?}");
    let Some(Fact::Vaccination(v)) = submission.fact else { panic!("a dose") };
    assert_eq!(
        v.note.as_deref(),
        Some("January 2012\nNotes on adminstration of a historical vaccine")
    );

    let Some(row) = example("Immunization-notGiven.json") else { return };
    let (submission, warnings) = common::admitted(row);
    assert_eq!(warnings, []);
    assert_eq!(submission.own_id.as_ref().map(|id| id.as_str()), Some("Immunization/notGiven"));
    let Some(Fact::Vaccination(v)) = submission.fact else { panic!("a dose") };
    assert!(v.not_done);
    assert_eq!(v.not_done_reason.as_ref().map(|c| &*c.code), Some("MEDPREC"));

    let Some(row) = example("Immunization-protocol.json") else { return };
    let (submission, warnings) = common::admitted(row);
    assert_eq!(warnings.len(), 1, "two protocols: {warnings:?}");
    let Some(Fact::Vaccination(v)) = submission.fact else { panic!("a dose") };
    assert_eq!((v.dose_number, v.lot.as_deref()), (Some(1), Some("PT123F")));
    assert_eq!(v.vaccinator.as_deref(), Some("Practitioner/example"));
    assert_eq!(v.amount.as_ref().map(|q| &*q.value), Some("5"));
    assert_eq!(v.vaccine.len(), 2, "the code, and the text");

    let Some(row) = example("Immunization-subpotent.json") else { return };
    let (submission, warnings) = common::admitted(row);
    println!("{warnings:?}");
    let Some(Fact::Vaccination(v)) = submission.fact else { panic!("a dose") };
    assert_eq!(v.amount.as_ref().map(|q| &*q.value), Some("0.5"));
    assert_eq!(v.lot_expires.map(|d| d.to_string()).as_deref(), Some("2015-02-28"));
}

#[test]
fn hl7_patients_are_classified_right() {
    let names = [
        ("Patient-ch-example.json", "张无忌"),
        ("Patient-example.json", "Peter James Chalmers"),
        ("Patient-f001.json", "Pieter van de Heuvel"),
        ("Patient-glossy.json", "Henry Levin"),
        ("Patient-ihe-pcd.json", "ALBERT BROOKS"),
        ("Patient-infant-mom.json", "Leia Solo"),
        ("Patient-infant-twin-1.json", "Jaina Solo"),
        ("Patient-pat3.json", "Simon Notsowell"),
        ("Patient-xcda.json", "Henry Levin"),
        ("Patient-dicom.json", "MINT_TEST"),
    ];
    for (file, name) in names {
        let Some(row) = example(file) else { return };
        let (submission, warnings) = common::admitted(row);
        println!("{file}: {warnings:?}");
        assert_eq!(submission.subject.demographics.name.as_deref(), Some(name), "{file}");
        let local = submission.subject.documents.last().expect("a document");
        assert_eq!(local.system(), "urn:hutong:member:330100.clinic-3:patient", "{file}");
    }
    let Some(row) = example("Patient-animal.json") else { return };
    assert_eq!(common::not_kept(row).code, IssueCode::NotSupported);
    let Some(row) = example("Patient-pat3.json") else { return };
    let died = common::admitted(row).0.subject.demographics.died;
    assert_eq!(died.map(|d| d.to_string()).as_deref(), Some("2015-02-14"));
}
