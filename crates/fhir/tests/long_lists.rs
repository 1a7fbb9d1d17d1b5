//! Lists as long as a line may be: each is read in a moment, and takes no memory to speak of.

mod common;

use common::{clinic, rejected};
use hutong_fhir::{BodyRead, RowResult, read_body, read_line, read_resource};
use hutong_model::limits::{BUNDLE_ENTRIES_MAX, ISSUES_PER_RESOURCE_MAX, RESOURCE_PARTS_MAX};

/// `item` as often as it fits into `bytes`, with commas; `#` in it becomes a running number.
fn many(item: &str, bytes: usize) -> String {
    let mut list = String::with_capacity(bytes);
    for n in 0.. {
        if list.len() + item.len() + 16 > bytes {
            break;
        }
        if n > 0 {
            list.push(',');
        }
        list.push_str(&item.replace('#', &n.to_string()));
    }
    list
}

fn dose(rest: &str) -> String {
    format!(
        r#"{{"resourceType":"Immunization","id":"d","status":"completed",
        "occurrenceDateTime":"2021",
        "patient":{{"reference":"Patient/p"}},"lotNumber":"A"{rest}}}"#
    )
}

#[test]
fn more_parts_than_a_resource_has() {
    let bytes = 4_000_000;
    for rest in [
        format!(r#","extension":[{}]"#, many("{}", bytes)),
        format!(r#","vaccineCode":{{"coding":[{}]}}"#, many(r##"{"code":"#"}"##, bytes)),
        format!(r#","note":[{}]"#, many(r#"{"text":"n"}"#, bytes)),
    ] {
        let issues = rejected(read_resource(dose(&rest).as_bytes(), &clinic()));
        assert!(issues[0].reason.contains(&RESOURCE_PARTS_MAX.to_string()), "{issues:?}");
    }
}

#[test]
fn as_many_parts_as_a_resource_may_have() {
    let parts = RESOURCE_PARTS_MAX - 10;
    let codings = many(r##"{"code":"#"}"##, parts * 16);
    let dose = dose(&format!(r#","vaccineCode":{{"coding":[{codings}]}}"#));
    match read_resource(dose.as_bytes(), &clinic()).result {
        RowResult::Submission(_, warnings) => assert!(!warnings.is_empty()),
        other => panic!("{other:?}"),
    }
    // Every performer looks for its name among all that is contained.
    let performers = many(r##"{"actor":{"reference":"#none"}}"##, parts * 16);
    let contained = many(r##"{"id":"x#"}"##, parts * 4);
    let rest = format!(r#","performer":[{performers}],"contained":[{contained}]"#);
    assert!(!rejected(read_resource(self::dose(&rest).as_bytes(), &clinic())).is_empty());
}

#[test]
fn many_identifiers_of_a_person() {
    let identifiers = many(r##"{"value":"#"}"##, RESOURCE_PARTS_MAX * 16);
    let patient = format!(r#"{{"resourceType":"Patient","identifier":[{identifiers}]}}"#);
    let issues = rejected(read_resource(patient.as_bytes(), &clinic()));
    assert_eq!(issues.len(), 1, "{issues:?}");
}

#[test]
fn not_every_mistake_is_listed() {
    let long = "9".repeat(200);
    let coding = format!(r#"{{"code":"{long}"}}"#);
    let codings = many(&coding, 2_000_000);
    let dose = dose(&format!(r#","vaccineCode":{{"coding":[{codings}]}}"#));
    let issues = rejected(read_resource(dose.as_bytes(), &clinic()));
    assert_eq!(issues.len(), ISSUES_PER_RESOURCE_MAX);
}

#[test]
fn a_bundle_of_very_many_entries() {
    let entries = many("{}", 3 * BUNDLE_ENTRIES_MAX + 60);
    let bundle = format!(r#"{{"resourceType":"Bundle","type":"batch","entry":[{entries}]}}"#);
    let rows = read_body(bundle.as_bytes(), &clinic()).into_rows();
    assert_eq!(rows.len(), 1);
    let issues = rows[0].issues();
    assert!(issues[0].reason.contains(&format!("{BUNDLE_ENTRIES_MAX} entries")), "{issues:?}");

    // The same by way of Bundles within a Bundle.
    let entries = many("{}", BUNDLE_ENTRIES_MAX);
    let inner = format!(r#"{{"resourceType":"Bundle","type":"batch","entry":[{entries}]}}"#);
    let entry = format!(r#"{{"resource":{inner}}}"#);
    let entries = [entry.as_str(); 5].join(",");
    let bundle = format!(r#"{{"resourceType":"Bundle","type":"batch","entry":[{entries}]}}"#);
    let BodyRead::Bundle(read) = read_body(bundle.as_bytes(), &clinic()) else {
        panic!("a Bundle")
    };
    assert_eq!(read.rows.len(), 1);
    assert!(read.rows[0].issues()[0].reason.contains("entries"), "{:?}", read.rows[0]);
    assert_eq!(read_line(bundle.as_bytes(), 1, &clinic()).len(), 1);
}
