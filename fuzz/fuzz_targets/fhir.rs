//! FHIR as a body, as a line of NDJSON, and what a search asks for.
#![no_main]

use hutong_fhir::search::{RecordKind, everything_search, patient_search, record_search};
use hutong_fhir::write::record;
use hutong_fhir::{ReadContext, Row, RowResult, ShownRecord, read_body, read_line, read_resource};
use hutong_fuzz::NOW;
use hutong_model::{
    Entry, EntryId, Fact, Issue, MemberId, PersonId, RegionCode, Submission, Times,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let member = MemberId::parse("330000.clinic").expect("an id");
    let ctx = ReadContext::new(member, NOW);
    let mut lines = Vec::new();
    let mut outcomes = Vec::new();
    for row in read_line(bytes, 1, &ctx) {
        hutong_fhir::rejects::reject_line(bytes, row.issues(), &mut lines, &mut outcomes);
        check(&row, &ctx);
    }
    let _: Vec<Row> = read_body(bytes, &ctx).into_rows();
    let outcome: Result<Vec<serde_json::Value>, _> =
        serde_json::Deserializer::from_slice(&outcomes).into_iter().collect();
    outcome.expect("an outcome is JSON");
    if let Ok(text) = std::str::from_utf8(bytes) {
        search(text);
    }
});

fn check(row: &Row, ctx: &ReadContext) {
    match &row.result {
        RowResult::Rejected(issues) => assert!(!issues.is_empty(), "a rejection says why"),
        RowResult::Submission(submission, _) => written(submission, ctx),
        RowResult::NotKept(_) => {}
    }
}

/// What was admitted is written as a resource that is read again as the same fact.
fn written(submission: &Submission, ctx: &ReadContext) {
    let Some(fact @ (Fact::Vaccination(_) | Fact::TestResult(_))) = &submission.fact else {
        return;
    };
    let own_id = submission.own_id.clone().expect("a record has an id of its own");
    let shown = ShownRecord::plain(Entry {
        id: EntryId::of_record(ctx.member(), &own_id),
        person: PersonId::from_bytes([7; 16]),
        member: ctx.member().clone(),
        own_id: Some(own_id),
        region: RegionCode::NATION,
        source: submission.source,
        times: Times { admitted: NOW, ..submission.times },
        replaces: None,
        fact: fact.clone(),
    });
    let mut out = Vec::new();
    assert!(record(&shown, &mut out), "a record has a resource");
    match read_resource(&out, ctx).result {
        RowResult::Submission(again, _) => {
            assert_eq!(again.fact.as_ref(), Some(fact), "a fact survives being written");
        }
        other => panic!("what was written is refused: {other:?}"),
    }
}

fn search(text: &str) {
    let pairs = || text.split('&').filter_map(|pair| pair.split_once('='));
    let said = |issue: Issue| assert!(!issue.reason.is_empty(), "a refusal says why");
    let _ = patient_search(pairs()).map_err(said);
    let _ = everything_search(pairs()).map_err(said);
    for kind in [RecordKind::Immunization, RecordKind::Observation] {
        let _ = record_search(kind, pairs()).map_err(said);
    }
}
