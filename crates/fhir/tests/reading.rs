//! What resources become, told with invented people.

mod common;

use common::{admitted, clinic, not_kept, rejected};
use hutong_fhir::{Row, read_resource};
use hutong_model::{
    Action, DocumentKind, Fact, IssueCode, Source, TestOutcome, TestResult, Vaccination,
    person::Relation,
};
use serde_json::{Value, json};

fn read(value: &Value) -> Row {
    read_resource(value.to_string().as_bytes(), &clinic())
}

fn with(mut value: Value, changes: Value) -> Value {
    let (Some(object), Value::Object(changes)) = (value.as_object_mut(), changes) else {
        panic!("objects")
    };
    for (key, change) in changes {
        if change.is_null() {
            object.remove(&key);
        } else {
            object.insert(key, change);
        }
    }
    value
}

fn dose() -> Value {
    json!({
        "resourceType": "Immunization", "id": "d1", "status": "completed",
        "identifier": [{"system": "urn:example:doses", "value": "77"}],
        "vaccineCode": {"coding": [{"system": "http://hl7.org/fhir/sid/cvx", "code": "03"}]},
        "patient": {"reference": "Patient/p1"},
        "occurrenceDateTime": "2026-04-10T09:30:00+08:00",
        "doseQuantity": {"value": 0.50, "unit": "mL"}
    })
}

fn test() -> Value {
    json!({
        "resourceType": "Observation", "id": "t1", "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "94500-6"}]},
        "subject": {"reference": "Patient/p1"},
        "effectiveDateTime": "2026-11-20T08:00:00+08:00",
        "issued": "2026-11-20T20:00:00+08:00",
        "valueCodeableConcept": {"text": "阴性"}
    })
}

fn vaccination(row: Row) -> Vaccination {
    match admitted(row).0.fact {
        Some(Fact::Vaccination(v)) => v,
        other => panic!("expected a dose: {other:?}"),
    }
}

fn result(row: Row) -> TestResult {
    match admitted(row).0.fact {
        Some(Fact::TestResult(r)) => r,
        other => panic!("expected a result: {other:?}"),
    }
}

fn only_field(row: Row) -> (IssueCode, String) {
    let issues = rejected(row);
    assert_eq!(issues.len(), 1, "{issues:?}");
    assert!(!issues[0].reason.is_empty() && !issues[0].remedy.is_empty());
    (issues[0].code, issues[0].field.to_string())
}

#[test]
fn a_dose_keeps_its_own_id_and_digits() {
    let text = dose().to_string().replace("\"value\":0.5", "\"value\":0.500");
    let (submission, warnings) = admitted(read_resource(text.as_bytes(), &clinic()));
    assert_eq!(warnings, []);
    assert_eq!(submission.own_id.map(|id| id.to_string()).as_deref(), Some("urn:example:doses|77"));
    assert_eq!(submission.action, Action::New);
    let document = &submission.subject.documents[0];
    assert_eq!(document.system(), "urn:hutong:member:330100.clinic-3:patient");
    assert_eq!(document.number(), "p1");
    let Some(Fact::Vaccination(v)) = submission.fact else { panic!("a dose") };
    assert_eq!(v.amount.as_ref().map(|q| &*q.value), Some("0.500"));
}

#[test]
fn what_is_wrong_with_a_dose_is_named() {
    let cases = [
        (json!({"occurrenceDateTime": "2026-02-30"}), "Immunization.occurrenceDateTime"),
        (json!({"occurrenceDateTime": "2026-02-30T09:00:00Z"}), "Immunization.occurrenceDateTime"),
        (json!({"occurrenceDateTime": "2027-01-01"}), "Immunization.occurrenceDateTime"),
        (json!({"occurrenceDateTime": null}), "Immunization.occurrenceDateTime"),
        (json!({"status": "done"}), "Immunization.status"),
        (json!({"status": null}), "Immunization.status"),
        (json!({"patient": null}), "Immunization.patient"),
        (json!({"patient": {"reference": "p1"}}), "Immunization.patient"),
        (json!({"patient": {"reference": "urn:uuid:1"}}), "Immunization.patient"),
        (json!({"vaccineCode": null}), "Immunization.vaccineCode"),
        (
            json!({"vaccineCode": {"coding": [{"system": "http://hl7.org/fhir/sid/cvx", "code": "9999"}]}}),
            "Immunization.vaccineCode.coding.code",
        ),
        (json!({"id": null, "identifier": null}), "Immunization.identifier"),
        (json!({"lotNumber": "x".repeat(600)}), "Immunization.lotNumber"),
        (
            json!({"protocolApplied": [{"doseNumberPositiveInt": 0}]}),
            "Immunization.protocolApplied.doseNumberPositiveInt",
        ),
    ];
    for (change, field) in cases {
        let (_, found) = only_field(read(&with(dose(), change.clone())));
        assert_eq!(found, field, "{change}");
    }
    let unknown = json!({"vaccineCode": {"coding": [{"system": "urn:example", "code": "M"}]}});
    let (_, warnings) = admitted(read(&with(dose(), unknown)));
    assert_eq!(warnings[0].field, "Immunization.vaccineCode");
}

#[test]
fn a_dose_before_birth_is_refused() {
    let contained = json!({
        "contained": [{"resourceType": "Patient", "id": "p", "identifier": [
            {"system": "urn:oid:2.16.156.10011.1.3", "value": "11010519491231002X"}]}],
        "patient": {"reference": "#p"},
        "occurrenceDateTime": "1949-12-30"
    });
    let row = read(&with(dose(), contained.clone()));
    let wanted = (IssueCode::BusinessRule, "Immunization.occurrenceDateTime".to_owned());
    assert_eq!(only_field(row), wanted);
    for day in ["1949-12-31", "1949-12", "1949"] {
        let row = with(with(dose(), contained.clone()), json!({"occurrenceDateTime": day}));
        let (submission, _) = admitted(read(&row));
        assert_eq!(submission.subject.documents[0].kind(), DocumentKind::ResidentId, "{day}");
    }
}

#[test]
fn a_dose_may_be_withdrawn_or_replaced() {
    let (submission, _) = admitted(read(&with(dose(), json!({"status": "entered-in-error"}))));
    assert!(
        matches!(&submission.action, Action::Retract(id, _) if id.as_str() == "urn:example:doses|77")
    );
    assert_eq!(submission.fact, None);
    let replaces = json!({"extension": [{"url": "urn:hutong:ext:replaces",
        "valueIdentifier": {"system": "urn:example:doses", "value": "76"}}]});
    let (submission, _) = admitted(read(&with(dose(), replaces)));
    assert!(
        matches!(&submission.action, Action::Correct(id) if id.as_str() == "urn:example:doses|76")
    );
}

#[test]
fn how_the_sender_knows_is_read() {
    let historical = with(dose(), json!({"primarySource": false}));
    assert_eq!(admitted(read(&historical)).0.source, Source::Historical);
    let spoken = json!({"occurrenceDateTime": null, "occurrenceString": "小时候"});
    let (submission, warnings) = admitted(read(&with(dose(), spoken)));
    assert_eq!((submission.source, submission.times.performed), (Source::Historical, None));
    assert_eq!(warnings[0].field, "Immunization.occurrenceString");
    let not_given = with(dose(), json!({"status": "not-done", "statusReason": {"text": "发热"}}));
    assert!(vaccination(read(&not_given)).not_done);
}

#[test]
fn a_patient_is_read_with_documents_and_guardians() {
    let patient = json!({
        "resourceType": "Patient", "id": "p9",
        "identifier": [
            {"value": "A-1"},
            {"system": "http://hl7.org/fhir/sid/passport-FRA", "value": "12ab34567"},
            {"type": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "NNCHN"}]},
             "system": "urn:example:id", "value": "11010519491231002x"}
        ],
        "name": [{"use": "old", "text": "旧名"}, {"family": "诸葛", "given": ["小", "明"]}],
        "gender": "female", "birthDate": "1949-12-31",
        "telecom": [{"system": "phone", "value": "0571-1"}, {"system": "phone", "value": "138", "use": "mobile"}],
        "address": [{"line": ["文一路1号"], "city": "杭州市", "district": "西湖区", "state": "浙江省",
            "extension": [{"url": "urn:hutong:ext:division", "valueCode": "330106"}]}],
        "contact": [{"relationship": [{"coding": [{"code": "GUARD"}]}], "name": {"text": "诸葛大明"},
            "extension": [{"url": "urn:hutong:ext:document", "valueIdentifier":
                {"system": "urn:hutong:id:passport", "value": "E12345678"}}]}]
    });
    let (submission, warnings) = admitted(read(&patient));
    assert_eq!(warnings, []);
    assert_eq!(submission.own_id, None);
    let subject = submission.subject;
    let systems: Vec<String> = subject.documents.iter().map(|d| d.system()).collect();
    assert_eq!(
        systems,
        [
            "urn:oid:2.16.156.10011.1.3",
            "http://hl7.org/fhir/sid/passport-FRA",
            "urn:hutong:member:330100.clinic-3:identifier",
            "urn:hutong:member:330100.clinic-3:patient",
        ]
    );
    let d = subject.demographics;
    assert_eq!(d.name.as_deref(), Some("诸葛小明"));
    assert_eq!(d.phone.as_deref(), Some("138"));
    assert_eq!(d.address.as_deref(), Some("浙江省杭州市西湖区文一路1号"));
    assert_eq!(d.residence.map(|r| r.to_string()).as_deref(), Some("330106"));
    assert_eq!(subject.guardians[0].relation, Relation::Guardian);
    assert_eq!(subject.guardians[0].document.scope(), "CHN");
}

#[test]
fn a_wrong_identifier_is_named_without_its_number() {
    let patient = json!({"resourceType": "Patient", "id": "p", "identifier": [
        {"system": "urn:example", "value": "1"},
        {"system": "urn:oid:2.16.156.10011.1.3", "value": "110105194912310021"}]});
    let issues = rejected(read(&patient));
    assert_eq!(issues[0].field, "Patient.identifier[1].value");
    assert!(!format!("{issues:?}").contains("19491231"));
}

#[test]
fn a_newborn_is_known_by_its_mother() {
    let child = |order: Value| {
        json!({"resourceType": "Patient", "id": "n", "birthDate": "2026-11-01",
            "multipleBirthInteger": order,
            "extension": [{"url": "urn:hutong:ext:mother", "valueIdentifier":
                {"system": "urn:oid:2.16.156.10011.1.3", "value": "11010519491231002X"}}]})
    };
    let first = admitted(read(&child(json!(1)))).0.subject.documents;
    let second = admitted(read(&child(json!(2)))).0.subject.documents;
    assert_eq!(first[0].scope(), "urn:hutong:id:newborn");
    assert_ne!(first[0], second[0], "twins are two");
    assert_eq!(first[1], second[1], "the sender's own reference");
}

#[test]
fn results_are_understood_in_codes_and_words() {
    let coded = |system: &str, code: &str| json!({"valueCodeableConcept": {"coding": [{"system": system, "code": code}]}});
    let cases = [
        (json!({"valueCodeableConcept": {"text": "阳性"}}), TestOutcome::Positive),
        (
            json!({"valueCodeableConcept": null, "valueString": "Not Detected"}),
            TestOutcome::Negative,
        ),
        (coded("http://snomed.info/sct", "10828004"), TestOutcome::Positive),
        (coded("http://snomed.info/sct", "260385009"), TestOutcome::Negative),
        (coded("http://snomed.info/sct", "42425007"), TestOutcome::Inconclusive),
        (coded("http://loinc.org", "LA6577-6"), TestOutcome::Negative),
        (
            json!({"valueCodeableConcept": null, "valueQuantity": {"value": 33.10, "comparator": "<"},
                "interpretation": [{"coding": [{"system":
                "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation", "code": "POS"}]}]}),
            TestOutcome::Positive,
        ),
        (
            json!({"valueCodeableConcept": null, "valueQuantity": {"value": 120}}),
            TestOutcome::Measured,
        ),
        (json!({"valueCodeableConcept": null, "status": "registered"}), TestOutcome::Pending),
        (
            json!({"valueCodeableConcept": null, "dataAbsentReason": {"text": "haemolysed"}}),
            TestOutcome::Invalid,
        ),
    ];
    for (change, outcome) in cases {
        assert_eq!(result(read(&with(test(), change.clone()))).outcome, outcome, "{change}");
    }
    let odd = with(test(), json!({"valueCodeableConcept": {"text": "purple"}}));
    assert_eq!(only_field(read(&odd)).1, "Observation.value");
    let none = with(test(), json!({"valueCodeableConcept": null}));
    assert_eq!(only_field(read(&none)).1, "Observation.value");
    let timeless = with(test(), json!({"effectiveDateTime": null, "issued": null}));
    assert_eq!(only_field(read(&timeless)).1, "Observation.effectiveDateTime");
}

#[test]
fn a_pooled_tube_and_its_times_are_read() {
    let pooled = json!({
        "contained": [{"resourceType": "Specimen", "id": "s", "type": {"text": "鼻咽拭子"},
            "accessionIdentifier": {"value": "T-9"}, "receivedTime": "2026-11-20T12:00:00+08:00"}],
        "specimen": {"reference": "#s"},
        "extension": [
            {"url": "urn:hutong:ext:pool-size", "valuePositiveInt": 10},
            {"url": "urn:hutong:ext:performed", "valueDateTime": "2026-11-20T16:00:00+08:00"}]
    });
    let (submission, _) = admitted(read(&with(test(), pooled)));
    let times = submission.times;
    let order = [times.collected, times.received, times.performed, times.reported];
    let order: Vec<_> = order.iter().map(|t| t.expect("a time").start()).collect();
    assert!(order.is_sorted());
    let Some(Fact::TestResult(r)) = submission.fact else { panic!("a result") };
    assert_eq!((r.pool_size, r.tube.as_deref()), (Some(10), Some("T-9")));
    assert!(r.is_pooled());
    assert_eq!(r.specimen.and_then(|s| s.display).as_deref(), Some("鼻咽拭子"));
}

#[test]
fn observations_that_are_not_kept_say_why() {
    let weight = json!({"code": {"coding": [{"system": "http://loinc.org", "code": "29463-7"}]}});
    assert_eq!(not_kept(read(&with(test(), weight))).code, IssueCode::NotSupported);
    assert_eq!(
        not_kept(read(&with(test(), json!({"status": "cancelled"})))).field,
        "Observation.status"
    );
    let group = json!({"subject": {"reference": "Group/herd"}});
    assert!(not_kept(read(&with(test(), group))).reason.contains("Group"));
    let (submission, _) = admitted(read(&with(test(), json!({"status": "corrected"}))));
    assert!(matches!(submission.action, Action::Correct(_)));
}

#[test]
fn a_report_is_kept_by_its_one_result() {
    let report = |contained: Value| {
        json!({"resourceType": "DiagnosticReport", "id": "r1", "status": "final",
            "code": {"text": "报告"}, "subject": {"reference": "Patient/p1"},
            "issued": "2026-11-20T20:00:00+08:00", "contained": contained})
    };
    let inner = with(test(), json!({"subject": null, "issued": null}));
    let (submission, _) = admitted(read(&report(json!([inner]))));
    assert_eq!(submission.own_id.map(|id| id.to_string()).as_deref(), Some("DiagnosticReport/r1"));
    assert!(submission.times.reported.is_some());
    assert_eq!(only_field(read(&report(json!([inner, inner])))).0, IssueCode::NotSupported);
    assert_eq!(not_kept(read(&report(json!([])))).field, "DiagnosticReport.code");
    let loinc = json!({"coding": [{"system": "http://loinc.org", "code": "94500-6"}]});
    let refers =
        with(report(json!([])), json!({"code": loinc, "result": [{"reference": "Observation/1"}]}));
    assert_eq!(not_kept(read(&refers)).field, "DiagnosticReport.result");
    let concludes = with(refers, json!({"conclusionCode": [{"text": "阴性"}]}));
    assert_eq!(result(read(&concludes)).outcome, TestOutcome::Negative);
}
