//! The built-in pack, rule by rule.

mod common;

use common::*;
use hutong_model::{Level, Precision, RegionCode, TestKind, TestOutcome::*, When};
use hutong_rules::{Declared, Evidence, Moment, NoLevel, Pack, decide};

#[test]
fn without_a_reason_it_is_green_and_says_what_was_looked_at() {
    let decision = decided(vec![na(1, 1, Negative)], 5);
    assert_eq!(decision.level(), Level::Green);
    assert_eq!(codes(&decision), ["nothing-against"]);
    assert_eq!(decision.reasons()[0].rule(), "default");
    assert_eq!(decision.reasons()[0].evidence(), [id(1)]);
    assert_eq!((decision.records_considered(), decision.evidence_as_of()), (1, hour(5)));
    assert_eq!((decision.expires_at(), decision.next_change()), (hour(29), None));
    let nothing = decided(vec![], 5);
    assert_eq!((nothing.level(), nothing.records_considered()), (Level::Green, 0));
}

#[test]
fn a_positive_result_is_red_for_seven_days() {
    let items = vec![na(1, 0, Positive)];
    let decision = decided(items.clone(), 150);
    assert_eq!(decision.level(), Level::Red);
    assert_eq!(decision.reasons()[0].until(), Some(hour(168)));
    assert_eq!(decision.expires_at(), hour(168));
    assert_eq!(decision.level_at(hour(167)), Some(Level::Red));
    assert_eq!(decision.level_at(hour(168)), None);
    assert_eq!(decided(items, 168).level(), Level::Green);
}

#[test]
fn two_negatives_a_day_apart_clear_a_positive() {
    let positive = na(1, 0, Positive);
    let level = |more: &[_]| decided([std::slice::from_ref(&positive), more].concat(), 60).level();
    assert_eq!(level(&[na(2, 24, Negative)]), Level::Red);
    assert_eq!(level(&[na(2, 24, Negative), na(3, 47, Negative)]), Level::Red);
    assert_eq!(level(&[na(2, 24, Negative), na(3, 48, Negative)]), Level::Green);
    assert_eq!(level(&[na(2, -30, Negative), na(3, 24, Negative)]), Level::Red);
    assert_eq!(level(&[pool(2, 24, Negative), pool(3, 48, Negative)]), Level::Red);
    let between = [na(2, 12, Negative), na(4, 30, Inconclusive), na(3, 48, Negative)];
    assert_eq!(level(&between), Level::Red);
    let other = test(3, 48, TestKind::Antigen, Negative, false);
    assert_eq!(level(&[na(2, 24, Negative), other]), Level::Red);
}

#[test]
fn a_pool_or_a_doubtful_result_is_yellow() {
    for first in [pool(1, 0, Positive), pool(1, 0, Inconclusive), na(1, 0, Inconclusive)] {
        let decision = decided(vec![first.clone()], 10);
        assert_eq!(decision.level(), Level::Yellow);
        assert_eq!(decision.reasons()[0].until(), Some(hour(72)));
        let pooled = decided(vec![first.clone(), pool(2, 5, Negative)], 10);
        assert_eq!(pooled.level(), Level::Yellow);
        let own = decided(vec![first.clone(), na(2, 5, Negative)], 10);
        assert_eq!(own.level(), Level::Green);
        assert_eq!(decided(vec![first], 72).level(), Level::Green);
    }
}

#[test]
fn antigen_symptoms_and_contact_are_yellow_until_a_negative() {
    let firsts = [
        test(1, 0, TestKind::Antigen, Positive, false),
        declared(1, 0, Declared { temperature_decicelsius: Some(373), ..Declared::default() }),
        declared(1, 0, Declared { symptoms: 1, ..Declared::default() }),
        declared(1, 0, Declared { contact: true, ..Declared::default() }),
    ];
    for first in firsts {
        assert_eq!(decided(vec![first.clone()], 47).level(), Level::Yellow);
        assert_eq!(decided(vec![first.clone()], 48).level(), Level::Green);
        let own = decided(vec![first, na(2, 5, Negative)], 10);
        assert_eq!(own.level(), Level::Green);
    }
    let well = Declared { temperature_decicelsius: Some(372), ..Declared::default() };
    assert_eq!(decided(vec![declared(1, 0, well)], 1).level(), Level::Green);
    assert_eq!(decided(vec![declared(1, 0, Declared::default())], 1).level(), Level::Green);
}

#[test]
fn a_negative_clears_its_own_reasons_only() {
    let said = declared(2, 3, Declared { contact: true, ..Declared::default() });
    let items = vec![na(1, 0, Positive), said, na(3, 10, Negative)];
    let decision = decided(items, 20);
    assert_eq!(decision.level(), Level::Red);
    assert_eq!(codes(&decision), ["test-positive"]);
}

#[test]
fn reasons_stand_side_by_side() {
    let said = declared(2, 100, Declared { contact: true, symptoms: 2, ..Declared::default() });
    let decision = decided(vec![na(1, 0, Positive), said], 140);
    assert_eq!(codes(&decision), ["test-positive", "symptoms", "contact-declared"]);
    // The yellow reasons end at 148; the level changes when the red one does.
    assert_eq!(decision.next_change(), Some(hour(168)));
    let still = decision.level_at(hour(150));
    assert_eq!(still, Some(Level::Red));
}

#[test]
fn pending_invalid_and_foreign_results_are_no_reason() {
    for outcome in [Pending, Invalid, Measured] {
        assert_eq!(decided(vec![na(1, 0, outcome)], 1).level(), Level::Green);
    }
    let mut other = na(1, 0, Positive);
    if let hutong_rules::Finding::Test(test) = &mut other.finding {
        test.agent = Some("influenza-a".into());
    }
    assert_eq!(decided(vec![other], 1).level(), Level::Green);
    let antibody = test(1, 0, TestKind::Antibody, Positive, false);
    assert_eq!(decided(vec![antibody], 1).level(), Level::Green);
}

#[test]
fn a_record_of_the_future_waits() {
    let decision = decided(vec![na(1, 10, Positive)], 5);
    assert_eq!(decision.level(), Level::Green);
    assert_eq!((decision.records_considered(), decision.expires_at()), (0, hour(10)));
    let cleared = decided(vec![pool(1, 0, Positive), na(2, 20, Negative)], 10);
    assert_eq!(cleared.level(), Level::Yellow);
}

#[test]
fn a_day_without_an_hour_is_taken_with_care() {
    let day = Moment::from(When::parse("2022-01-02").expect("a day"));
    assert_eq!((day.first, day.last.plus_s(1)), (hour(24), hour(48)));
    let mut first = pool(1, 24, Positive);
    first.collected = Some(day);
    assert_eq!(decided(vec![first.clone(), na(2, 40, Negative)], 50).level(), Level::Yellow);
    assert_eq!(decided(vec![first.clone(), na(2, 48, Negative)], 50).level(), Level::Green);
    assert_eq!(decided(vec![first], 24 + 72).level(), Level::Green);
    let mut undated = na(2, 20, Negative);
    undated.collected = None;
    assert_eq!(decided(vec![pool(1, 0, Positive), undated], 30).level(), Level::Yellow);
    assert_eq!(When::day(hour(0).utc_date()).precision(), Precision::Day);
}

#[test]
fn there_is_no_level_outside_the_event() {
    assert!(matches!(try_decide(vec![], -1), Err(NoLevel::NotStarted)));
    assert!(matches!(try_decide(vec![], 365 * 24), Err(NoLevel::EventEnded)));
    let last = decided(vec![], 365 * 24 - 1);
    assert_eq!(last.expires_at(), event().sunset());
    let issuer = RegionCode::NATION;
    let old = Evidence::new(vec![], hour(0));
    let stale = decide(Pack::baseline(), &event(), &old, issuer, hour(24));
    assert!(matches!(stale, Err(NoLevel::EvidenceStale)));
    let fresh = decide(Pack::baseline(), &event(), &old, issuer, hour(23)).expect("fresh");
    assert_eq!(fresh.expires_at(), hour(24));
}

#[test]
fn a_decision_names_all_that_it_rests_on() {
    let decision = decided(vec![na(1, 0, Positive)], 1);
    let json = serde_json::to_value(&decision).expect("JSON");
    for name in [
        "level",
        "event",
        "pack",
        "packVersion",
        "reasons",
        "issuer",
        "decidedAt",
        "expiresAt",
        "nextChange",
        "evidenceAsOf",
        "recordsConsidered",
    ] {
        assert!(json.get(name).is_some(), "{name}");
    }
    let reason = &json["reasons"][0];
    for name in ["code", "rule", "level", "text", "evidence", "until", "clears"] {
        assert!(reason.get(name).is_some(), "{name}");
    }
    assert_eq!(reason["text"]["zh"], "本人核酸检测阳性");
}
