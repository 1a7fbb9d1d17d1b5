//! Broken input: each kind has its clear reason, and nothing panics.

mod common;

use common::{clinic, rejected};
use hutong_fhir::{BundleKind, RowResult, read_body, read_bundle, read_line, read_resource};
use hutong_model::{IssueCode, limits};
use proptest::prelude::*;

const DOSE: &str = r#"{"resourceType":"Immunization","id":"d1","status":"completed",
"vaccineCode":{"coding":[{"system":"http://hl7.org/fhir/sid/cvx","code":"03"}]},
"patient":{"reference":"Patient/p1"},"occurrenceDateTime":"2026-04-10",
"doseQuantity":{"value":0.5,"unit":"mL"},"note":[{"text":"a\"b"}]}"#;

fn reason(bytes: &[u8]) -> (IssueCode, String, String) {
    let issue = rejected(read_resource(bytes, &clinic())).remove(0);
    (issue.code, issue.field.into_owned(), issue.reason.into_owned())
}

#[test]
fn malformed_texts_are_told_apart() {
    let cases: [(&[u8], &str); 9] = [
        (b"", "nothing was sent"),
        (b"[1]", "a JSON list"),
        (b"<Patient/>", "XML"),
        (b"hello", "not a JSON object"),
        (b"\xff\xfe{\0", "UTF-16"),
        (b"{\"resourceType\":\"Patient\",\"id\":\"\xb9\xfa\"}", "not UTF-8"),
        (b"{\"id\":\"1\"}", "which resource"),
        (b"{\"resourceType\":\"Immunisation\"}", "no such resource"),
        (b"{\"resourceType\":\"Patient\",}", "not well-formed"),
    ];
    for (bytes, wanted) in cases {
        let (_, _, reason) = reason(bytes);
        assert!(reason.contains(wanted), "{reason} should say {wanted}");
    }
    let (code, _, text) = reason(&DOSE.as_bytes()[..200]);
    assert_eq!(code, IssueCode::Structure);
    assert!(text.contains("cut off"), "{text}");
    // Within a text, too, with the end of the line behind it.
    let line = b"{\"resourceType\":\"Immunization\",\"status\":\"compl\r\n";
    let rows = read_line(line, 7, &clinic());
    let reason = &rows[0].issues()[0].reason;
    assert!(reason.contains("cut off"), "{reason}");
}

#[test]
fn a_byte_order_mark_does_no_harm() {
    let text = [b"\xef\xbb\xbf".as_slice(), DOSE.as_bytes()].concat();
    assert!(matches!(read_resource(&text, &clinic()).result, RowResult::Submission(..)));
}

#[test]
fn wrong_types_and_double_keys_are_named_without_their_values() {
    let text = DOSE.replace(r#""code":"03""#, r#""code":{"secret":1}"#);
    let (_, field, said) = reason(text.as_bytes());
    assert_eq!(field, "Immunization.vaccineCode.coding[0].code");
    assert!(said.contains("a text") && !said.contains("secret"), "{said}");
    let text =
        DOSE.replace(r#""status":"completed""#, r#""status":"completed","status":"not-done""#);
    let (_, field, said) = reason(text.as_bytes());
    assert_eq!(field, "Immunization.status");
    assert!(said.contains("twice"), "{said}");
    let text = DOSE.replace(r#"{"reference":"Patient/p1"}"#, r#""110105, expected secret""#);
    let (_, field, said) = reason(text.as_bytes());
    assert_eq!(field, "Immunization.patient");
    assert!(!said.contains("110105") && !said.contains("secret"), "{said}");
    let text = DOSE.replace(r#""value":0.5"#, r#""value":"half""#);
    assert_eq!(reason(text.as_bytes()).1, "Immunization.doseQuantity.value");
}

#[test]
fn depth_and_length_are_limited() {
    let deep = |n: usize| {
        format!(r#"{{"resourceType":"Patient","id":"p","x":{}1{}}}"#, "[".repeat(n), "]".repeat(n))
    };
    let (code, _, _) = reason(deep(limits::JSON_DEPTH_MAX).as_bytes());
    assert_eq!(code, IssueCode::TooLong);
    let fits = read_resource(deep(limits::JSON_DEPTH_MAX - 1).as_bytes(), &clinic());
    assert!(matches!(fits.result, RowResult::Submission(..)));
    let wide =
        format!(r#"{{"resourceType":"Patient","id":"p","x":[{}]}}"#, vec!["[]"; 500].join(","));
    assert!(matches!(read_resource(wide.as_bytes(), &clinic()).result, RowResult::Submission(..)));
    let long = vec![b' '; limits::LINE_BYTES_MAX + 1];
    assert_eq!(read_line(&long, 1, &clinic()).len(), 0, "blank");
    let mut long = long;
    long[0] = b'{';
    let rows = read_line(&long, 9, &clinic());
    assert_eq!((rows.len(), rows[0].locator.line), (1, Some(9)));
    assert_eq!(rows[0].issues()[0].code, IssueCode::TooLong);
    let huge = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let text = format!(r#"{{"resourceType":"Bundle","type":"batch","entry":{huge}}}"#);
    assert_eq!(read_bundle(text.as_bytes(), &clinic()).rows.len(), 1);
}

#[test]
fn a_bad_entry_stops_no_other() {
    let entry = |resource: &str| format!(r#"{{"resource":{resource}}}"#);
    let entries = [
        entry(DOSE),
        entry("7"),
        entry(r#"{"resourceType":"Patient","id":5}"#),
        r#"{"request":{"method":"DELETE","url":"Patient/1"}}"#.to_owned(),
        "{}".to_owned(),
        entry(DOSE),
    ];
    let text =
        format!(r#"{{"resourceType":"Bundle","type":"batch","entry":[{}]}}"#, entries.join(","));
    let read = read_bundle(text.as_bytes(), &clinic());
    assert_eq!(read.kind, BundleKind::Batch);
    let kinds: Vec<u8> = read
        .rows
        .iter()
        .map(|row| match row.result {
            RowResult::Submission(..) => 0,
            RowResult::NotKept(_) => 1,
            RowResult::Rejected(_) => 2,
        })
        .collect();
    assert_eq!(kinds, [0, 2, 2, 2, 1, 0]);
    assert_eq!(read.rows[5].locator.index, Some(5));
}

#[test]
fn references_within_a_bundle_lead_to_the_patient() {
    let bundle = |resident: &str| {
        let dose = DOSE.replace("Patient/p1", "urn:uuid:0000-1");
        format!(
            r#"{{"resourceType":"Bundle","type":"transaction","entry":[
            {{"fullUrl":"urn:uuid:0000-2","resource":{dose},"request":{{"method":"POST","url":"Immunization"}}}},
            {{"fullUrl":"urn:uuid:0000-1","resource":{{"resourceType":"Patient","birthDate":"2020-01-01",
              "identifier":[{{"system":"urn:oid:2.16.156.10011.1.3","value":"{resident}"}}]}}}}]}}"#
        )
    };
    let rows = read_bundle(bundle("11010519491231002X").as_bytes(), &clinic()).rows;
    assert_eq!(rows[0].request.as_ref().map(|r| &*r.method), Some("POST"));
    let documents = |row: hutong_fhir::Row| common::admitted(row).0.subject.documents;
    let [dose, person] = <[_; 2]>::try_from(rows).expect("two rows").map(documents);
    assert_eq!(dose, person, "the same documents");
    assert_eq!(dose.len(), 2);
    // A mistyped number refuses the Patient, not its dose.
    let rows = read_bundle(bundle("110105194912310021").as_bytes(), &clinic()).rows;
    assert!(matches!(rows[1].result, RowResult::Rejected(_)));
    assert_eq!(documents(rows[0].clone()).len(), 1);
    let early = bundle("11010519491231002X").replace("2026-04-10", "2019-12-31");
    let rows = read_bundle(early.as_bytes(), &clinic()).rows;
    assert_eq!(rows[0].issues()[0].code, IssueCode::BusinessRule, "before birth");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20_000, ..ProptestConfig::default() })]

    #[test]
    fn mutated_texts_never_panic(
        cuts in prop::collection::vec((0_usize..400, any::<u8>(), 0_u8..3), 0..8),
        bundle: bool,
    ) {
        let mut text = if bundle {
            format!(r#"{{"resourceType":"Bundle","type":"batch","entry":[{{"resource":{DOSE}}}]}}"#)
        } else {
            DOSE.to_owned()
        }.into_bytes();
        for (at, byte, how) in cuts {
            let at = at % text.len().max(1);
            match how {
                0 if at < text.len() => text[at] = byte,
                1 => text.insert(at.min(text.len()), byte),
                _ => { text.truncate(text.len().saturating_sub(at / 8)); }
            }
        }
        let ctx = clinic();
        let rows = read_body(&text, &ctx).into_rows();
        for row in &rows {
            if let RowResult::Rejected(issues) = &row.result {
                prop_assert!(!issues.is_empty());
            }
            let _ = row.locator.to_string();
        }
        let _ = read_line(&text, 1, &ctx);
        let _ = read_bundle(&text, &ctx);
    }

    #[test]
    fn any_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = read_body(&bytes, &clinic());
    }

    #[test]
    fn any_value_in_any_place_never_panics(
        kind in prop::sample::select(vec!["Patient", "Immunization", "Observation", "DiagnosticReport", "Bundle"]),
        key in prop::sample::select(vec!["identifier", "name", "code", "status", "subject", "patient",
            "extension", "contained", "birthDate", "entry", "valueQuantity", "occurrenceDateTime", "contact"]),
        value in json_value(),
    ) {
        let text = serde_json::json!({"resourceType": kind, "id": "x", key: value, "type": "batch"}).to_string();
        let _ = read_body(text.as_bytes(), &clinic());
    }
}

fn json_value() -> impl Strategy<Value = serde_json::Value> {
    use serde_json::Value;
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
        prop::sample::select(vec!["#p", "Patient/1", "urn:uuid:1", "2026-13-01", "final"])
            .prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        let keys = prop::sample::select(vec![
            "system",
            "value",
            "coding",
            "code",
            "reference",
            "text",
            "url",
            "valueIdentifier",
            "resource",
            "resourceType",
            "id",
            "family",
            "given",
            "extension",
        ]);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map(keys, inner, 0..4)
                .prop_map(|map| map.into_iter().map(|(k, v)| (k.to_owned(), v)).collect()),
        ]
    })
}
