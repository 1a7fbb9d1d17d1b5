//! Search parameters: strict, and matching what they say.

mod common;

use common::NOW;
use hutong_fhir::ShownRecord;
use hutong_fhir::search::{
    DateBound, PatientQuery, Prefix, RecordKind, RecordSearch, everything_search, patient_search,
    record_search,
};
use hutong_model::{
    Coding, Entry, EntryId, Fact, Issue, MemberId, OriginId, PersonId, RegionCode, Source, Times,
    Vaccination, When,
};

fn search(pairs: &[(&str, &str)]) -> Result<RecordSearch, Issue> {
    record_search(RecordKind::Immunization, pairs.iter().copied())
}

fn dose(when: &str) -> ShownRecord {
    let member = MemberId::parse("330100.clinic-3").expect("a member id");
    let own_id = OriginId::parse("urn:example:doses|77").expect("an id");
    let json = r#"{"vaccine":[{"system":"http://hl7.org/fhir/sid/cvx","code":"03"}]}"#;
    let vaccination: Vaccination = serde_json::from_str(json).expect("a dose");
    assert_eq!(vaccination.vaccine, [Coding::new("http://hl7.org/fhir/sid/cvx", "03")]);
    ShownRecord::plain(Entry {
        id: EntryId::of_record(&member, &own_id),
        person: PersonId::from_bytes([7; 16]),
        member,
        own_id: Some(own_id),
        region: RegionCode::parse("330100").expect("a region"),
        source: Source::FirstHand,
        times: Times { performed: When::parse(when).ok(), admitted: NOW, ..Times::default() },
        replaces: None,
        fact: Fact::Vaccination(vaccination),
    })
}

#[test]
fn everything_unknown_is_refused() {
    let patient = ("patient", "p1");
    for (name, value) in [
        ("lot-number", "1"),
        ("patient:Patient", "p1"),
        ("status:not", "completed"),
        ("date", "sa2021"),
        ("date", "yesterday"),
        ("date", ""),
        ("status", "final"),
        ("_count", "many"),
        ("_sort", "date"),
        ("_format", "xml"),
        ("vaccine-code", "a|b|c"),
        ("vaccine-code", "|"),
        ("patient", "p2"),
        ("patient.identifier", "a|b"),
    ] {
        let issue = search(&[patient, (name, value)]).expect_err(name);
        assert_eq!(issue.field, name);
        assert!(!issue.remedy.is_empty());
    }
    assert_eq!(search(&[]).expect_err("no person").field, "patient");
    assert!(search(&[("patient", "Group/1")]).is_err());
    assert!(search(&[("patient.identifier", "12345")]).is_err(), "a number without its system");
    let script = search(&[patient, ("<script>", "1")]).expect_err("unknown");
    assert_eq!(script.field, "script");
}

#[test]
fn the_person_is_named_in_several_ways() {
    let query = |pairs: &[(&str, &str)]| search(pairs).expect("a search").patient;
    let person = PersonId::from_bytes([7; 16]);
    let hex = person.to_string();
    assert_eq!(query(&[("patient", &hex)]), PatientQuery::Person(person));
    assert_eq!(query(&[("patient", &format!("Patient/{hex}"))]), PatientQuery::Person(person));
    assert_eq!(query(&[("patient", "https://x/fhir/Patient/p1")]), PatientQuery::Id("p1".into()));
    let PatientQuery::Identifier(token) = query(&[("patient.identifier", "urn:a|1\\,2")]) else {
        panic!("an identifier")
    };
    assert_eq!((token.system.as_deref(), &*token.code), (Some("urn:a"), "1,2"));
    let found = patient_search([("identifier", "urn:a|1")]).expect("a search");
    assert_eq!(&*found.identifier.code, "1");
    assert!(patient_search([("name", "王")]).is_err());
    assert!(patient_search([]).is_err());
}

#[test]
fn dates_are_compared_where_they_were_written() {
    let holds = |bound: &str, when: &str| {
        let found = search(&[("patient", "p"), ("date", bound)]).expect("a search");
        found.matches(&dose(when))
    };
    let early = "2021-05-26T01:00:00+08:00"; // the day before in UTC
    assert!(holds("2021-05-26", early) && holds("eq2021-05", early) && holds("2021", early));
    assert!(!holds("2021-05-25", early) && holds("ne2021-05-25", early));
    assert!(holds("ge2021-05-26", early) && holds("le2021-05-26", early));
    assert!(!holds("gt2021-05-26", early) && !holds("lt2021-05-26", early));
    assert!(holds("gt2021-05-25", early) && holds("lt2021-05-27", early));
    assert!(holds("ge2021-05-25T17:00:00Z", early) && !holds("gt2021-05-25T17:00:00Z", early));
    assert!(!holds("2021-05-26", "2021-05"), "a month is not within a day");
    assert!(holds("2021-12", "2021-12-31") && holds("2021", "2021-12"));
    let both = [("patient", "p"), ("date", "ge2021-01-01"), ("date", "lt2022-01-01")];
    assert!(search(&both).expect("a search").matches(&dose(early)));
}

#[test]
fn codes_statuses_and_ids_filter() {
    let fits = |name: &str, value: &str| {
        let found = search(&[("patient", "p"), (name, value)]).expect("a search");
        found.matches(&dose("2021-05-26"))
    };
    assert!(fits("vaccine-code", "http://hl7.org/fhir/sid/cvx|03"));
    assert!(fits("vaccine-code", "3,99") && fits("vaccine-code", "http://hl7.org/fhir/sid/cvx|3"));
    assert!(!fits("vaccine-code", "urn:x|03") && !fits("vaccine-code", "99"));
    assert!(fits("status", "not-done,completed") && !fits("status", "entered-in-error"));
    assert!(fits("identifier", "urn:example:doses|77") && fits("identifier", "77"));
    assert!(!fits("identifier", "urn:example:doses|78"));
    assert!(fits("_count", "5") && fits("_sort", "-date") && fits("_format", "json"));
    let withdrawn = ShownRecord { superseded: true, ..dose("2021-05-26") };
    let wanted = search(&[("patient", "p"), ("status", "entered-in-error")]).expect("a search");
    assert!(wanted.matches(&withdrawn));
}

#[test]
fn pages_and_everything() {
    let found = search(&[("patient", "p"), ("_count", "99999"), ("_cursor", "abc")]);
    let page = found.expect("a search").page;
    assert_eq!((page.count, page.cursor.as_deref()), (1000, Some("abc")));
    let all = everything_search([
        ("start", "2021-01-01"),
        ("end", "2021-12-31"),
        ("_type", "Immunization"),
    ]);
    let all = all.expect("a search");
    assert!(all.matches(&dose("2021-12-31")) && !all.matches(&dose("2022-01-01")));
    assert!(!all.wants_patient());
    assert_eq!(
        all.dates[0],
        DateBound { prefix: Prefix::Ge, when: When::parse("2021-01-01").expect("a day") }
    );
    assert!(everything_search([("_type", "Condition")]).is_err());
    assert!(everything_search([("start", "ge2021")]).is_err());
}
