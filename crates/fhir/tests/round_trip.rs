//! What is written can be read back to an equal fact.

mod common;

use common::{NOW, admitted, clinic};
use hutong_fhir::write::{Disclosure, ShownPatient, patient, record};
use hutong_fhir::{ShownRecord, read_resource};
use hutong_model::{
    Coding, Date, Demographics, Document, DocumentKind, Entry, EntryId, Fact, Guardian, MemberId,
    OriginId, PersonId, Quantity, RegionCode, Sex, Source, TestKind, TestOutcome, TestResult,
    Times, Vaccination, When, person::Relation,
};
use proptest::{option, prelude::*};

fn entry(fact: Fact, source: Source, times: Times) -> Entry {
    let member = MemberId::parse("330100.clinic-3").expect("a member id");
    let own_id = OriginId::parse("urn:example:doses|77").expect("an id");
    Entry {
        id: EntryId::of_record(&member, &own_id),
        person: PersonId::from_bytes([7; 16]),
        member,
        own_id: Some(own_id),
        region: RegionCode::parse("330100").expect("a region"),
        source,
        times,
        replaces: None,
        fact,
    }
}

fn text() -> impl Strategy<Value = Box<str>> {
    "[\\PC\n\"\\\\]{1,20}".prop_filter_map("not only white space", |s| {
        let text = s.trim();
        (!text.is_empty()).then(|| Box::from(text))
    })
}
fn coding() -> impl Strategy<Value = Coding> {
    prop_oneof![
        ("[a-z]{1,8}:[a-z]{1,8}", "[A-Za-z0-9-]{1,12}", option::of(text()))
            .prop_map(|(s, c, display)| Coding { system: s.into(), code: c.into(), display }),
        text().prop_map(|t| Coding::text(&t)),
    ]
}
fn when() -> impl Strategy<Value = When> {
    (0_i64..1_790_000_000_000, -720_i16..840, 0_u8..4).prop_map(|(ms, offset, precision)| {
        let at = hutong_model::Timestamp::from_unix_ms(ms);
        match precision {
            0 => When::instant(at, offset),
            1 => When::day(at.utc_date()),
            2 => When::parse(&at.utc_date().to_string()[..7]).expect("a month"),
            _ => When::parse(&at.utc_date().to_string()[..4]).expect("a year"),
        }
    })
}
fn quantity() -> impl Strategy<Value = Quantity> {
    ("[<>]?(0|[1-9][0-9]{0,3})(\\.[0-9]{1,4})?", option::of(text()))
        .prop_map(|(value, unit)| Quantity { value: value.into(), unit })
}
fn source() -> impl Strategy<Value = Source> {
    prop::sample::select(vec![Source::FirstHand, Source::Historical, Source::Declared])
}
fn place() -> impl Strategy<Value = Option<RegionCode>> {
    option::of(Just(RegionCode::parse("330106").expect("a region")))
}

prop_compose! {
    fn vaccination()(
        with_code in any::<bool>(),
        words in text(),
        dose_number in option::of(1_u16..9999), series_doses in option::of(1_u16..9999),
        lot in option::of(text()), expires in option::of(20_000_i32..22_000),
        manufacturer in option::of(coding()), site in option::of(coding()),
        route in option::of(coding()), amount in option::of(quantity()),
        (performer, vaccinator) in (option::of(text()), option::of(text())),
        trace_code in option::of("[0-9]{20}"),
        place in place(), reason in option::of(coding()), not_done in any::<bool>(),
        note in option::of(text()), subpotent in any::<bool>(),
    ) -> Vaccination {
        let code = Coding::new("http://hl7.org/fhir/sid/cvx", "03");
        Vaccination {
            vaccine: if with_code { vec![code, Coding::text(&words)] } else { vec![Coding::text(&words)] },
            dose_number, series_doses, lot,
            lot_expires: expires.map(Date::from_epoch_day),
            manufacturer, site, route, amount,
            trace_code: trace_code.map(Into::into),
            performer, vaccinator, place, not_done,
            not_done_reason: reason.filter(|_| not_done),
            note, subpotent,
        }
    }
}

prop_compose! {
    fn test_result()(
        outcome in prop::sample::select(vec![TestOutcome::Negative, TestOutcome::Positive,
            TestOutcome::Inconclusive, TestOutcome::Pending, TestOutcome::Invalid, TestOutcome::Measured]),
        value in quantity(), with_value in any::<bool>(),
        specimen in option::of(coding()), tube in option::of(text()),
        pool_size in option::of(1_u16..20), method in option::of(coding()),
        performer in option::of(text()), place in place(), note in option::of(text()),
    ) -> TestResult {
        let test = hutong_model::Catalogue::builtin().test("http://loinc.org", "94500-6").expect("a test");
        assert_eq!(test.kind, TestKind::NucleicAcid);
        TestResult {
            kind: test.kind,
            code: vec![Coding::new("http://loinc.org", "94500-6")],
            outcome,
            value: (outcome == TestOutcome::Measured || with_value).then_some(value),
            agent: Some(test.agent.clone()),
            specimen, tube, pool_size, method, performer, place, note,
        }
    }
}

fn back(shown: &ShownRecord) -> hutong_model::Submission {
    let mut out = Vec::new();
    assert!(record(shown, &mut out));
    let value: serde_json::Value = serde_json::from_slice(&out).expect("JSON");
    assert_eq!(value["id"], shown.entry.id.to_string());
    admitted(read_resource(&out, &clinic())).0
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn doses(v in vaccination(), source in source(), times in prop::array::uniform4(option::of(when()))) {
        let [collected, received, performed, reported] = times;
        // A first-hand dose has a time; without one it is read as copied from somewhere.
        let source = if performed.is_none() && source == Source::FirstHand { Source::Historical } else { source };
        let times = Times { collected, received, performed, reported, admitted: NOW };
        let shown = ShownRecord::plain(entry(Fact::Vaccination(v.clone()), source, times));
        let read = back(&shown);
        prop_assert_eq!(read.fact, Some(Fact::Vaccination(v)));
        prop_assert_eq!(read.source, source);
        prop_assert_eq!(Times { admitted: NOW, ..read.times }, times);
        prop_assert_eq!(read.own_id, shown.entry.own_id, "its sender knows it again");
    }

    #[test]
    fn results(r in test_result(), source in source(), collected in when(),
        rest in prop::array::uniform3(option::of(when()))) {
        let [received, performed, reported] = rest;
        let times = Times { collected: Some(collected), received, performed, reported, admitted: NOW };
        let shown = ShownRecord::plain(entry(Fact::TestResult(r.clone()), source, times));
        let read = back(&shown);
        prop_assert_eq!(read.fact, Some(Fact::TestResult(r)));
        prop_assert_eq!(read.source, source);
        prop_assert_eq!(Times { admitted: NOW, ..read.times }, times);
    }
}

#[test]
fn persons() {
    let resident = Document::parse(DocumentKind::ResidentId, "", "11010519491231002X");
    let passport = Document::parse(DocumentKind::Passport, "FRA", "12AB34567").expect("a passport");
    let shown = ShownPatient {
        person: PersonId::from_bytes([9; 16]),
        documents: vec![resident.expect("an ID"), passport.clone()],
        demographics: Demographics {
            name: Some("诸葛小明".into()),
            sex: Some(Sex::Female),
            birth_date: Some(Date::new(1949, 12, 31).expect("a date")),
            phone: Some("13800000000".into()),
            residence: RegionCode::parse("330106").ok(),
            address: Some("文一路\"1\"号".into()),
            nationality: Some("CHN".into()),
            died: Some(Date::new(2026, 1, 2).expect("a date")),
        },
        guardians: vec![Guardian { document: passport, relation: Relation::Father, name: None }],
        linked: vec![PersonId::from_bytes([8; 16])],
    };
    let mut out = Vec::new();
    patient(&shown, Disclosure::Full, &mut out);
    let read = admitted(read_resource(&out, &clinic())).0.subject;
    assert_eq!(read.documents[..2], shown.documents);
    assert_eq!(read.demographics, shown.demographics);
    assert_eq!(read.guardians, shown.guardians);
    out.clear();
    patient(&shown, Disclosure::Masked, &mut out);
    let masked = String::from_utf8(out).expect("UTF-8");
    for secret in ["诸葛小明", "19491231", "12AB34567", "13800000000", "文一路", "1949-12"] {
        assert!(!masked.contains(secret), "{masked}");
    }
}
