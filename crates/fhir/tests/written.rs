//! Bundles, outcomes and statements as they are written.

mod common;

use common::{NOW, clinic};
use hutong_fhir::write::{
    Answer, CapabilityInfo, Disclosure, EverythingPage, SearchsetPage, ShownPatient, answer_bundle,
    capability_statement, everything, operation_outcome, patient_searchset, record, searchset,
};
use hutong_fhir::{BundleKind, ShownRecord, read_bundle, read_resource, rejects};
use hutong_model::{
    Demographics, Entry, EntryId, Fact, Issue, IssueCode, MemberId, OriginId, PersonId, RegionCode,
    Source, Times, When,
};
use serde_json::Value;

fn entry(own: &str) -> Entry {
    let member = MemberId::parse("330100.clinic-3").expect("a member id");
    let own_id = OriginId::parse(own).expect("an id");
    let json = r#"{"vaccine":[{"system":"http://hl7.org/fhir/sid/cvx","code":"03"}]}"#;
    Entry {
        id: EntryId::of_record(&member, &own_id),
        person: PersonId::from_bytes([7; 16]),
        member,
        own_id: Some(own_id),
        region: RegionCode::parse("330100").expect("a region"),
        source: Source::FirstHand,
        times: Times {
            performed: When::parse("2021-05-26").ok(),
            admitted: NOW,
            ..Times::default()
        },
        replaces: None,
        fact: Fact::Vaccination(serde_json::from_str(json).expect("a dose")),
    }
}

fn json(write: impl FnOnce(&mut Vec<u8>)) -> Value {
    let mut out = Vec::new();
    write(&mut out);
    serde_json::from_slice(&out)
        .unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&out)))
}

fn page<'a>(issues: &'a [Issue]) -> SearchsetPage<'a> {
    SearchsetPage {
        base: "https://node.example/fhir",
        self_url: "https://node.example/fhir/Immunization?patient=7",
        next_url: Some("https://node.example/fhir/Immunization?patient=7&_cursor=x"),
        total: 12,
        at: NOW,
        issues,
    }
}

#[test]
fn provenance_is_shown() {
    let mut withdrawal = entry("w");
    withdrawal.fact = Fact::Retraction("wrong person".into());
    let shown = ShownRecord {
        entry: entry("a"),
        corrections: vec![withdrawal],
        also: vec![entry("b")],
        notes: vec![Issue::warning(IssueCode::BusinessRule, "", "number given twice", "")],
        superseded: true,
        voucher: None,
    };
    let value = json(|out| assert!(record(&shown, out)));
    assert_eq!(value["status"], "entered-in-error");
    assert_eq!(value["meta"]["source"], "urn:hutong:member:330100.clinic-3");
    assert_eq!(value["patient"]["reference"], format!("Patient/{}", shown.entry.person));
    let urls: Vec<&str> = value["extension"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|e| e["url"].as_str())
        .collect();
    assert_eq!(
        urls,
        [
            "urn:hutong:ext:origin",
            "urn:hutong:ext:correction",
            "urn:hutong:ext:also-reported-by",
            "urn:hutong:ext:warning",
        ]
    );
    let text = value.to_string();
    assert!(text.contains("wrong person") && text.contains("number given twice"));
    let mut nothing = Vec::new();
    let retraction = shown.corrections[0].clone();
    assert!(!record(&ShownRecord::plain(retraction), &mut nothing));
    assert!(nothing.is_empty());
}

#[test]
fn a_searchset_says_where_it_goes_on_and_what_is_missing() {
    let issues =
        [Issue::warning(IssueCode::Transient, "", "the parent did not answer", "ask again")];
    let records = [ShownRecord::plain(entry("a")), ShownRecord::plain(entry("b"))];
    let value = json(|out| searchset(&page(&issues), &records, out));
    assert_eq!(value["total"], 12);
    assert_eq!(value["link"][1]["relation"], "next");
    assert_eq!(value["entry"].as_array().map(Vec::len), Some(3));
    let url = format!("https://node.example/fhir/Immunization/{}", records[0].entry.id);
    assert_eq!(value["entry"][0]["fullUrl"], url);
    assert_eq!(value["entry"][0]["search"]["mode"], "match");
    assert_eq!(value["entry"][2]["search"]["mode"], "outcome");
    let empty = json(|out| searchset(&page(&[]), &[], out));
    assert_eq!(empty.get("entry"), None, "FHIR has no empty lists");
    let read = read_bundle(value.to_string().as_bytes(), &clinic());
    assert_eq!((read.kind, read.rows.len()), (BundleKind::Searchset, 3));
}

#[test]
fn everything_begins_with_the_person() {
    let shown = ShownPatient {
        person: PersonId::from_bytes([7; 16]),
        documents: Vec::new(),
        demographics: Demographics::default(),
        guardians: Vec::new(),
        linked: Vec::new(),
    };
    let records = [ShownRecord::plain(entry("a"))];
    let answer = EverythingPage {
        page: page(&[]),
        patient: Some(&shown),
        disclosure: Disclosure::Masked,
        records: &records,
    };
    let value = json(|out| everything(&answer, out));
    assert_eq!(value["entry"][0]["resource"]["resourceType"], "Patient");
    assert_eq!(value["entry"][1]["resource"]["resourceType"], "Immunization");
    let value = json(|out| patient_searchset(&page(&[]), &[shown], Disclosure::Full, out));
    assert_eq!(value["entry"][0]["resource"]["id"], PersonId::from_bytes([7; 16]).to_string());
}

#[test]
fn outcomes_name_field_reason_and_remedy() {
    let issue =
        Issue::error(IssueCode::Value, "Patient.birthDate", "no \"such\" day\n", "correct it");
    let value = json(|out| operation_outcome(std::slice::from_ref(&issue), out));
    assert_eq!(value["issue"][0]["severity"], "error");
    assert_eq!(value["issue"][0]["details"]["text"], "no \"such\" day\n");
    assert_eq!(value["issue"][0]["diagnostics"], "correct it");
    assert_eq!(value["issue"][0]["expression"][0], "Patient.birthDate");
    let fine = json(|out| operation_outcome(&[], out));
    assert_eq!(fine["issue"][0]["code"], "informational");
    let answers = [
        Answer {
            status: "201 Created",
            location: Some("Immunization/1".into()),
            at: Some(NOW),
            issues: vec![],
        },
        Answer {
            status: "422 Unprocessable Entity",
            location: None,
            at: None,
            issues: vec![issue],
        },
    ];
    let value = json(|out| answer_bundle(false, &answers, out));
    assert_eq!(value["type"], "batch-response");
    assert_eq!(value["entry"][0]["response"]["location"], "Immunization/1");
    assert_eq!(value["entry"][1]["response"]["outcome"]["resourceType"], "OperationOutcome");
}

#[test]
fn a_capability_statement_lists_what_search_knows() {
    let info = CapabilityInfo {
        base: "https://node.example/fhir",
        name: "330000",
        version: "0.1.0",
        at: NOW,
    };
    let value = json(|out| capability_statement(&info, out));
    assert_eq!(value["fhirVersion"], "4.0.1");
    let resources = value["rest"][0]["resource"].as_array().expect("resources");
    let kinds: Vec<_> = resources.iter().filter_map(|resource| resource["type"].as_str()).collect();
    for kind in ["Patient", "Immunization", "Observation", "DiagnosticReport"] {
        assert!(kinds.contains(&kind), "{kinds:?}");
    }
    assert_eq!(resources[1]["searchParam"].as_array().map(Vec::len), Some(10));
}

#[test]
fn refused_lines_come_back_unchanged() {
    let line = "{\"resourceType\":\"Patient\",\"id\":5}\r\n".as_bytes();
    let row = read_resource(line, &clinic());
    let (mut lines, mut outcomes) = (Vec::new(), Vec::new());
    rejects::reject_line(line, row.issues(), &mut lines, &mut outcomes);
    rejects::reject_line(b"x", row.issues(), &mut lines, &mut outcomes);
    assert_eq!(lines, b"{\"resourceType\":\"Patient\",\"id\":5}\r\nx\n");
    let outcomes = String::from_utf8(outcomes).expect("UTF-8");
    assert_eq!(outcomes.lines().count(), 2);
    assert!(outcomes.lines().all(|l| serde_json::from_str::<Value>(l).is_ok()));
    assert_eq!(rejects::outcomes_name("a.rejects.ndjson"), "a.rejects.outcomes.ndjson");
}
