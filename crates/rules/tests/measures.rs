//! What people order, and stays in listed areas.

mod common;

use common::{codes, event, hour, id, item, na};
use hutong_model::{
    Entry, EntryId, Fact, Level, MemberId, PersonId, RegionCode, Source, TestOutcome, Times,
    evidence::{
        AreaGrade, AreaListing, Effect, Measure, MeasureError, MeasureParts, Stay, StaySource,
    },
};
use hutong_rules::{
    Appeal, Areas, Decision, Evidence, EvidenceItem, Finding, MEASURE, Pack, decide,
};

fn region(code: &str) -> RegionCode {
    RegionCode::parse(code).expect("a division")
}

fn parts(effect: Effect) -> MeasureParts {
    MeasureParts {
        effect,
        event: "e-1".into(),
        reason: "流行病学调查".into(),
        legal_basis: "《传染病防治法》第四十一条".into(),
        until: hour(100),
        ordered_by: MemberId::parse("330100.cdc").expect("a member"),
        agreed_by: MemberId::parse("330100.health").expect("a member"),
    }
}

fn measure(number: u8, at: i64, parts: MeasureParts) -> EvidenceItem {
    let measure = Measure::new(parts).expect("a measure");
    item(number, hour(at), Finding::Measure(Box::new(measure)))
}

fn decided(items: Vec<EvidenceItem>, now: i64) -> Decision {
    let evidence = Evidence::new(items, hour(now));
    decide(Pack::baseline(), &event(), &evidence, region("330000"), hour(now)).expect("a decision")
}

#[test]
fn a_measure_takes_two_organisations_a_reason_a_basis_and_a_restriction() {
    let restrict = Effect::Restrict { level: Level::Red };
    assert!(Measure::new(parts(restrict)).is_ok());
    let alone = parts(restrict);
    let alone = MeasureParts { agreed_by: alone.ordered_by.clone(), ..alone };
    assert_eq!(Measure::new(alone), Err(MeasureError::OneOrganisation));
    let groundless = MeasureParts { legal_basis: " ".into(), ..parts(restrict) };
    assert_eq!(Measure::new(groundless), Err(MeasureError::Groundless));
    let green = Effect::Restrict { level: Level::Green };
    assert_eq!(Measure::new(parts(green)), Err(MeasureError::NoRestriction));
    // Nor can one be read from JSON or CBOR.
    let sound = serde_json::to_string(&Measure::new(parts(restrict)).expect("a measure"));
    let sound = sound.expect("JSON");
    assert!(serde_json::from_str::<Measure>(&sound).is_ok());
    let forged = sound.replace("330100.health", "330100.cdc");
    assert!(serde_json::from_str::<Measure>(&forged).is_err());
}

#[test]
fn a_restriction_is_a_reason_of_its_own_until_it_ends() {
    let items = vec![
        measure(1, 10, parts(Effect::Restrict { level: Level::Yellow })),
        na(2, 20, TestOutcome::Negative),
        na(3, 50, TestOutcome::Negative),
    ];
    let decision = decided(items.clone(), 60);
    assert_eq!(decision.level(), Level::Yellow);
    let reason = &decision.reasons()[0];
    assert_eq!((reason.rule(), reason.code()), (MEASURE, "restriction-filed"));
    assert_eq!(reason.until(), Some(hour(100)));
    assert_eq!(decision.expires_at(), hour(84), "no longer than it is fresh");
    assert_eq!(decided(items, 100).level(), Level::Green);
}

#[test]
fn a_measure_of_another_event_says_nothing_here() {
    let other =
        MeasureParts { event: "e-2".into(), ..parts(Effect::Restrict { level: Level::Red }) };
    assert_eq!(decided(vec![measure(1, 10, other)], 20).level(), Level::Green);
}

#[test]
fn a_release_ends_what_rests_on_a_record_and_nothing_else() {
    let positive = na(1, 10, TestOutcome::Positive);
    let second = na(2, 12, TestOutcome::Positive);
    let release = measure(3, 20, parts(Effect::Release { record: id(1) }));
    let decision = decided(vec![positive.clone(), release.clone()], 30);
    assert_eq!(codes(&decision), ["nothing-against"]);
    let decision = decided(vec![positive.clone(), second, release], 30);
    assert_eq!(codes(&decision), ["test-positive"]);
    assert_eq!(decision.reasons()[0].evidence(), [id(2)]);
    // When the release ends, what it held back counts again.
    let short = MeasureParts { until: hour(40), ..parts(Effect::Release { record: id(1) }) };
    let short = vec![positive, measure(3, 20, short)];
    let decision = decided(short.clone(), 30);
    assert_eq!((decision.level(), decision.next_change()), (Level::Green, Some(hour(40))));
    assert_eq!(decided(short, 41).level(), Level::Red);
}

fn stay(number: u8, place: &str, from: i64, until: Option<i64>) -> Entry {
    Entry {
        id: EntryId::from_bytes([number; 16]),
        person: PersonId::from_bytes([9; 16]),
        member: MemberId::parse("330100.cdc").expect("a member"),
        own_id: None,
        region: region("330100"),
        source: Source::FirstHand,
        times: Times { admitted: hour(from), ..Times::default() },
        replaces: None,
        fact: Fact::Stay(Stay {
            place: region(place),
            from: hour(from),
            until: until.map(hour),
            known_by: StaySource::Inquiry,
            venue: None,
            keep_until: None,
        }),
    }
}

fn listing(area: &str, grade: AreaGrade, from: i64, until: Option<i64>) -> AreaListing {
    AreaListing { area: region(area), grade, from: hour(from), until: until.map(hour) }
}

fn at_places(entries: &[Entry], listings: Vec<AreaListing>, now: i64) -> Decision {
    let catalogue = hutong_model::Catalogue::builtin();
    let areas = Areas::new(listings);
    let evidence = Evidence::from_entries(entries, catalogue, &areas, hour(now));
    decide(Pack::baseline(), &event(), &evidence, region("330000"), hour(now)).expect("a decision")
}

#[test]
fn a_stay_counts_while_its_place_was_listed() {
    let high = vec![listing("330106001", AreaGrade::High, 100, Some(200))];
    // In the listed street, in a grid of it, before it was listed, in the county around it.
    let place = |place: &str, from, until| {
        at_places(&[stay(1, place, from, until)], high.clone(), 150).level()
    };
    assert_eq!(place("330106001", 110, Some(120)), Level::Red);
    assert_eq!(place("330106001005", 90, Some(101)), Level::Red);
    assert_eq!(place("330106001", 80, Some(99)), Level::Green);
    assert_eq!(place("330106", 110, Some(120)), Level::Green);
    assert_eq!(place("330106002", 110, Some(120)), Level::Green);
}

#[test]
fn the_days_count_from_leaving_or_from_the_end_of_the_listing() {
    let high = vec![listing("330106001", AreaGrade::High, 100, Some(200))];
    let until = |left: Option<i64>, now| {
        let decision = at_places(&[stay(1, "330106001", 90, left)], high.clone(), now);
        decision.reasons()[0].until()
    };
    assert_eq!(until(Some(120), 130), Some(hour(120 + 168)));
    assert_eq!(until(None, 150), Some(hour(150 + 168)), "still there");
    assert_eq!(until(None, 250), Some(hour(200 + 168)), "no longer listed");
}

#[test]
fn one_stay_meets_several_listings() {
    let listings = vec![
        listing("330106001", AreaGrade::Medium, 100, Some(120)),
        listing("330106001", AreaGrade::High, 120, None),
        listing("330100", AreaGrade::Low, 0, None),
    ];
    let decision = at_places(&[stay(1, "330106001", 90, Some(130))], listings, 140);
    assert_eq!(codes(&decision), ["risk-area", "risk-area"]);
    assert_eq!(decision.level(), Level::Red);
}

#[test]
fn an_appeal_that_nobody_answers_ends_what_rests_on_the_record() {
    let appealed = |until: i64, answered: Option<i64>, now: i64| {
        let items = vec![na(1, 10, TestOutcome::Positive)];
        let appeal = Appeal { record: id(1), until: hour(until), answered: answered.map(hour) };
        let evidence = Evidence::new(items, hour(now)).with_appeals([appeal]);
        let region = region("330000");
        decide(Pack::baseline(), &event(), &evidence, region, hour(now)).expect("a decision")
    };
    let waits = appealed(36, None, 20);
    assert_eq!(waits.level(), Level::Red);
    assert_eq!(waits.reasons()[0].appeal_until(), Some(hour(36)));
    assert_eq!(waits.next_change(), Some(hour(36)));
    assert_eq!(appealed(36, None, 36).level(), Level::Green, "silence");
    // Answered in time the reason stands; answered too late it has lapsed already.
    assert_eq!(appealed(36, Some(30), 40).level(), Level::Red);
    assert_eq!(appealed(36, Some(30), 31).reasons()[0].appeal_until(), None);
    assert_eq!(appealed(36, Some(37), 40).level(), Level::Green);
}
