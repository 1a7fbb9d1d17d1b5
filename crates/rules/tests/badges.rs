//! Badge facts, and evidence made from entries.

mod common;

use common::*;
use hutong_model::{
    Catalogue, Coding, Date, Entry, EntryId, Fact, MemberId, PersonId, RegionCode, Source,
    TestKind, TestOutcome, TestResult, Times, Vaccination, When,
};
use hutong_rules::{Areas, Badges, Evidence, Finding, Pack, badges};

fn entry(number: u8, when: When, fact: Fact) -> Entry {
    let times =
        Times { performed: Some(when), admitted: when.start().plus_s(60), ..Times::default() };
    Entry {
        id: EntryId::from_bytes([number; 16]),
        person: PersonId::from_bytes([1; 16]),
        member: MemberId::parse("330000.clinic-1").expect("a member"),
        own_id: None,
        region: RegionCode::parse("330000").expect("a region"),
        source: Source::FirstHand,
        times,
        replaces: None,
        fact,
    }
}

fn dose(number: u8, day: &str, system: &str, code: &str) -> Entry {
    let vaccination = Vaccination {
        vaccine: vec![Coding::new(system, code)],
        dose_number: None,
        series_doses: None,
        lot: None,
        lot_expires: None,
        manufacturer: None,
        site: None,
        route: None,
        amount: None,
        trace_code: None,
        performer: None,
        vaccinator: None,
        place: None,
        not_done: false,
        not_done_reason: None,
        note: None,
        subpotent: false,
    };
    let when = When::day(Date::parse(day).expect("a day"));
    entry(number, when, Fact::Vaccination(vaccination))
}

fn of(entries: &[Entry]) -> Badges {
    let now = hour(1000);
    let catalogue = Catalogue::builtin();
    let evidence = Evidence::from_entries(entries, catalogue, &Areas::default(), now);
    badges(Pack::baseline(), &event(), &evidence, catalogue, now)
}

const CN: &str = hutong_model::catalogue::CN_VACCINE;
const CVX: &str = hutong_model::catalogue::CVX;

#[test]
fn a_series_is_counted_by_product() {
    let complete = |entries: &[Entry]| of(entries).vaccination_complete;
    assert!(!complete(&[]));
    let first = dose(1, "2021-05-01", CN, "5601");
    assert!(!complete(std::slice::from_ref(&first)));
    assert!(complete(&[first.clone(), dose(2, "2021-05-29", CVX, "511")]));
    assert!(complete(&[dose(1, "2021-05-01", CN, "5602")]));
    let cho = |n, day| dose(n, day, CN, "5603");
    assert!(!complete(&[cho(1, "2021-05-01"), cho(2, "2021-06-01")]));
    assert!(complete(&[cho(1, "2021-05-01"), cho(2, "2021-06-01"), cho(3, "2021-11-01")]));
    // The same dose told twice, a dose of something else, a dose of nobody knows what.
    assert!(!complete(&[first.clone(), dose(2, "2021-05-02", CN, "5601")]));
    assert!(!complete(&[first.clone(), dose(2, "2021-06-02", CVX, "03")]));
    assert!(!complete(&[first, dose(2, "2021-06-02", CVX, "999")]));
}

#[test]
fn a_dose_not_given_or_not_potent_does_not_count() {
    for spoil in [|v: &mut Vaccination| v.not_done = true, |v: &mut Vaccination| v.subpotent = true]
    {
        let mut second = dose(2, "2021-06-02", CN, "5601");
        if let Fact::Vaccination(vaccination) = &mut second.fact {
            spoil(vaccination);
        }
        assert!(!of(&[dose(1, "2021-05-01", CN, "5601"), second]).vaccination_complete);
    }
}

#[test]
fn an_agent_is_taken_from_the_catalogue_where_the_result_has_none() {
    let result = TestResult {
        kind: TestKind::NucleicAcid,
        code: vec![Coding::new("http://loinc.org", "94500-6")],
        outcome: TestOutcome::Negative,
        value: None,
        agent: None,
        specimen: None,
        tube: None,
        pool_size: Some(10),
        method: None,
        performer: None,
        place: None,
        note: None,
    };
    let when = When::instant(hour(10), 480);
    let entries = [entry(1, when, Fact::TestResult(result))];
    let evidence =
        Evidence::from_entries(&entries, Catalogue::builtin(), &Areas::default(), hour(20));
    let Finding::Test(test) = &evidence.items()[0].finding else { panic!("a test") };
    assert_eq!((test.agent.as_deref(), test.pooled), (Some("sars-cov-2"), true));
    let last = of(&entries).last_test.expect("a last test");
    assert_eq!((last.collected, last.outcome), (hour(10), TestOutcome::Negative));
}

#[test]
fn the_last_test_is_the_newest_with_a_result() {
    let last = |items| {
        let evidence = Evidence::new(items, hour(100));
        let catalogue = Catalogue::builtin();
        badges(Pack::baseline(), &event(), &evidence, catalogue, hour(100)).last_test
    };
    let items = vec![
        na(1, 10, TestOutcome::Negative),
        pool(2, 20, TestOutcome::Positive),
        na(3, 30, TestOutcome::Pending),
        na(4, 200, TestOutcome::Negative),
        test(5, 40, TestKind::Antigen, TestOutcome::Positive, false),
    ];
    let found = last(items).expect("a last test");
    assert_eq!((found.entry, found.outcome), (id(2), TestOutcome::Inconclusive));
    assert!(last(vec![]).is_none());
}
