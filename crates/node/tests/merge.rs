//! What a history shows once: the same sample, told by two clinics.

use hutong_model::{
    Catalogue, Coding, Entry, EntryId, Fact, MemberId, PersonId, RegionCode, Source, TestKind,
    TestOutcome, TestResult, Times, Timestamp, When,
};
use hutong_node::merge::effective;

fn result(number: u8, collected: &str) -> Entry {
    Entry {
        id: EntryId::from_bytes([number; 16]),
        person: PersonId::from_bytes([7; 16]),
        member: MemberId::parse(&format!("330000.clinic-{number}")).expect("a member"),
        own_id: None,
        region: RegionCode::parse("330000").expect("a region"),
        source: Source::FirstHand,
        times: Times {
            collected: Some(When::parse(collected).expect("a date")),
            admitted: Timestamp::from_unix_s(1_790_000_000 + i64::from(number)),
            ..Times::default()
        },
        replaces: None,
        fact: Fact::TestResult(TestResult {
            kind: TestKind::NucleicAcid,
            code: vec![Coding::new("http://loinc.org", "94500-6")],
            outcome: TestOutcome::Negative,
            value: None,
            agent: Some("covid-19".into()),
            specimen: None,
            tube: None,
            pool_size: None,
            method: None,
            performer: None,
            place: None,
            note: None,
        }),
    }
}

#[test]
fn one_sample_is_shown_once_however_exactly_its_time_is_known() {
    let shown = |one: &str, two: &str| {
        effective([result(1, one), result(2, two)], Catalogue::builtin()).len()
    };
    assert_eq!(shown("2026-03-10T08:00:00+08:00", "2026-03-10T08:00:00+08:00"), 1);
    assert_eq!(shown("2026-03-10", "2026-03-10"), 1);
    assert_eq!(shown("2026-03", "2026-03"), 1);
    assert_eq!(shown("2026-03", "2026-03-01"), 2);
    assert_eq!(shown("2026-03-10", "2026-03-11"), 2);
}
