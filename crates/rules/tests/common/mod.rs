//! What the tests share: an event, a clock in hours, items of evidence.
#![allow(dead_code, reason = "each test file uses its own part")]

use hutong_model::{EntryId, RegionCode, TestKind, TestOutcome, Timestamp};
use hutong_rules::{
    Decision, Declared, EventRef, Evidence, EvidenceItem, Finding, Moment, NoLevel, Pack, Tested,
    decide,
};

/// `hours` after the event began.
pub fn hour(hours: i64) -> Timestamp {
    Timestamp::from_unix_s(1_640_995_200).plus_s(hours * 3600)
}

/// An epidemic of a year.
pub fn event() -> EventRef {
    EventRef::new("e-1", "epidemic", "sars-cov-2", hour(0), hour(365 * 24)).expect("an event")
}

pub fn id(number: u8) -> EntryId {
    EntryId::from_bytes([number; 16])
}

pub fn item(number: u8, at: Timestamp, finding: Finding) -> EvidenceItem {
    EvidenceItem {
        entry: id(number),
        finding,
        collected: Some(Moment::at(at)),
        performed: None,
        reported: None,
        admitted: at.plus_s(600),
    }
}

pub fn test(
    number: u8,
    at: i64,
    kind: TestKind,
    outcome: TestOutcome,
    pooled: bool,
) -> EvidenceItem {
    let agent = Some("sars-cov-2".into());
    item(number, hour(at), Finding::Test(Tested { kind, agent, outcome, pooled }))
}

pub fn na(number: u8, at: i64, outcome: TestOutcome) -> EvidenceItem {
    test(number, at, TestKind::NucleicAcid, outcome, false)
}

pub fn pool(number: u8, at: i64, outcome: TestOutcome) -> EvidenceItem {
    test(number, at, TestKind::NucleicAcid, outcome, true)
}

pub fn declared(number: u8, at: i64, said: Declared) -> EvidenceItem {
    item(number, hour(at), Finding::Declaration(said))
}

pub fn try_decide(items: Vec<EvidenceItem>, now: i64) -> Result<Decision, NoLevel> {
    let now = hour(now);
    let issuer = RegionCode::parse("330000").expect("a region");
    decide(Pack::baseline(), &event(), &Evidence::new(items, now), issuer, now)
}

pub fn decided(items: Vec<EvidenceItem>, now: i64) -> Decision {
    try_decide(items, now).expect("a decision")
}

/// Codes of the reasons.
pub fn codes(decision: &Decision) -> Vec<&str> {
    decision.reasons().iter().map(|reason| reason.code()).collect()
}

/// A folder of third-party material; prints why a test is skipped where it is absent.
pub fn material(name: &str) -> Option<std::path::PathBuf> {
    let root = std::env::var_os("HUTONG_TESTDATA").map_or_else(
        || std::path::PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        std::path::PathBuf::from,
    );
    let folder = root.join(name);
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: no third-party material here (set HUTONG_TESTDATA)");
    None
}

/// A JSON file of it.
pub fn read(path: &std::path::Path) -> serde_json::Value {
    let text = std::fs::read_to_string(path).expect("a file of the suite");
    serde_json::from_str(&text).expect("a suite is JSON")
}

/// The JSON files of a folder and its folders, sorted.
pub fn files(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    let list = std::fs::read_dir(folder).expect("a folder of the suite");
    for path in list.map(|entry| entry.expect("an entry").path()) {
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|extension| extension == "json") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The value of an expression over data as JSON.
pub fn eval(
    expression: &serde_json::Value,
    data: &serde_json::Value,
) -> Result<serde_json::Value, hutong_rules::RulesError> {
    use hutong_rules::certlogic::{Bump, Expression, Value};
    let compiled = Expression::compile(expression)?;
    let arena = Bump::new();
    let data = Value::from_json(&data.to_string(), &arena)?;
    compiled.value(data, &arena)?.to_json()
}
