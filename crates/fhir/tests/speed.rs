//! How long one resource takes, printed; refused only where it is out of all proportion, because
//! tests run on busy machines.

mod common;

use common::clinic;
use hutong_fhir::{ShownRecord, read_bundle, read_line, read_resource, write};
use hutong_model::{Entry, EntryId, MemberId, PersonId, RegionCode};
use std::time::Instant;

/// A dose as a clinic sends it, about 700 bytes.
const DOSE: &str = r#"{"resourceType":"Immunization","id":"d-10293","identifier":[{"system":"urn:example:clinic-3:doses","value":"2026-0410293"}],"status":"completed","vaccineCode":{"coding":[{"system":"http://hl7.org/fhir/sid/cvx","code":"03","display":"MMR"}],"text":"麻腮风疫苗"},"patient":{"reference":"Patient/p-55120"},"occurrenceDateTime":"2026-04-10T09:30:00+08:00","recorded":"2026-04-10T09:31:12+08:00","primarySource":true,"manufacturer":{"display":"示例生物制品"},"lotNumber":"202601A","expirationDate":"2027-09-30","site":{"text":"左上臂"},"route":{"text":"皮下"},"doseQuantity":{"value":0.5,"unit":"mL"},"performer":[{"actor":{"reference":"Organization/c3","display":"示例社区卫生服务中心"}}],"protocolApplied":[{"doseNumberPositiveInt":1,"seriesDosesPositiveInt":2}]}"#;
const TEST: &str = r#"{"resourceType":"Observation","id":"t-1","identifier":[{"system":"urn:example:lab:results","value":"r-881"}],"status":"final","code":{"coding":[{"system":"http://loinc.org","code":"94500-6"}]},"subject":{"reference":"Patient/p-55120"},"effectiveDateTime":"2026-11-20T08:00:00+08:00","issued":"2026-11-20T20:00:00+08:00","performer":[{"display":"示例检验所"}],"valueCodeableConcept":{"coding":[{"system":"http://snomed.info/sct","code":"260415000"}]}}"#;

/// The least time of several rounds, in microseconds per call.
fn least(mut call: impl FnMut()) -> f64 {
    let mut best = f64::MAX;
    for _ in 0..20 {
        let start = Instant::now();
        for _ in 0..2_000 {
            call();
        }
        best = best.min(start.elapsed().as_secs_f64() * 1e6 / 2_000.0);
    }
    best
}

#[test]
fn a_resource_takes_microseconds() {
    let ctx = clinic();
    for (name, text) in [("Immunization", DOSE), ("Observation", TEST)] {
        let row = read_resource(text.as_bytes(), &ctx);
        let submission = common::admitted(row).0;
        let read = least(|| {
            std::hint::black_box(read_line(text.as_bytes(), 1, &ctx));
        });
        let member = MemberId::parse("330100.clinic-3").expect("a member id");
        let own_id = submission.own_id.expect("an id");
        let shown = ShownRecord::plain(Entry {
            id: EntryId::of_record(&member, &own_id),
            person: PersonId::from_bytes([7; 16]),
            member,
            own_id: Some(own_id),
            region: RegionCode::parse("330100").expect("a region"),
            source: submission.source,
            times: submission.times,
            replaces: None,
            fact: submission.fact.expect("a fact"),
        });
        let mut out = Vec::with_capacity(4096);
        let written = least(|| {
            out.clear();
            std::hint::black_box(write::record(&shown, &mut out));
        });
        println!(
            "{name}: {} bytes read in {read:.2} us, {} bytes written in {written:.2} us",
            text.len(),
            out.len()
        );
        assert!(read < 100.0 && written < 100.0, "far too slow");
    }
}

#[test]
fn a_bundle_takes_microseconds_per_entry() {
    let ctx = clinic();
    let entry = format!(r#"{{"fullUrl":"urn:uuid:1","resource":{DOSE}}}"#);
    let entries = vec![entry; 1000].join(",");
    let bundle = format!(r#"{{"resourceType":"Bundle","type":"collection","entry":[{entries}]}}"#);
    let mut best = f64::MAX;
    for _ in 0..10 {
        let start = Instant::now();
        let read = read_bundle(bundle.as_bytes(), &ctx);
        best = best.min(start.elapsed().as_secs_f64() * 1e6 / 1000.0);
        assert_eq!(read.rows.len(), 1000);
    }
    println!("Bundle: {best:.2} us per entry");
}
