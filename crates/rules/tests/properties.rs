//! Properties that hold for any evidence.

mod common;

use common::*;
use hutong_model::{TestKind, TestOutcome};
use hutong_rules::{Declared, EvidenceItem};
use proptest::prelude::*;

fn outcome() -> impl Strategy<Value = TestOutcome> {
    use TestOutcome::*;
    prop::sample::select(vec![Negative, Positive, Inconclusive, Pending, Invalid, Measured])
}

fn kind() -> impl Strategy<Value = TestKind> {
    use TestKind::*;
    prop::sample::select(vec![NucleicAcid, NucleicAcid, Antigen, Antibody])
}

/// One item, without its number.
fn any_item() -> impl Strategy<Value = EvidenceItem> {
    let tested = (0..300_i64, kind(), outcome(), any::<bool>())
        .prop_map(|(at, kind, outcome, pooled)| test(0, at, kind, outcome, pooled));
    let said = (0..300_i64, prop::option::of(350..420_u16), 0..3_u16, any::<bool>()).prop_map(
        |(at, temperature_decicelsius, symptoms, contact)| {
            declared(0, at, Declared { temperature_decicelsius, symptoms, contact })
        },
    );
    prop_oneof![3 => tested, 1 => said]
}

fn any_items() -> impl Strategy<Value = Vec<EvidenceItem>> {
    prop::collection::vec(any_item(), 0..12).prop_map(|items| {
        let number = |(at, item)| EvidenceItem { entry: id(at as u8), ..item };
        items.into_iter().enumerate().map(number).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn the_order_of_evidence_does_not_matter(
        (items, shuffled) in any_items().prop_flat_map(|items| {
            (Just(items.clone()), Just(items).prop_shuffle())
        }),
        now in 1..400_i64,
    ) {
        prop_assert_eq!(decided(items, now), decided(shuffled, now));
    }

    #[test]
    fn a_negative_never_raises_the_level(
        items in any_items(),
        at in 0..300_i64,
        pooled in any::<bool>(),
        now in 1..400_i64,
    ) {
        let before = decided(items.clone(), now);
        let negative = test(200, at, TestKind::NucleicAcid, TestOutcome::Negative, pooled);
        let after = decided([items, vec![negative]].concat(), now);
        prop_assert!(after.level() <= before.level());
        // No reason appears, and none of evidence later than the negative goes.
        for reason in after.reasons().iter().filter(|r| r.rule() != "default") {
            prop_assert!(before.reasons().iter().any(|r| r.rule() == reason.rule()));
        }
    }

    #[test]
    fn a_negative_clears_nothing_that_came_after_it(
        items in any_items(),
        now in 1..400_i64,
    ) {
        let before = decided(items.clone(), now);
        let early = na(200, -10, TestOutcome::Negative);
        let after = decided([items, vec![early]].concat(), now);
        prop_assert_eq!(before.level(), after.level());
        if after.level() != hutong_model::Level::Green {
            prop_assert_eq!(before.reasons(), after.reasons());
        }
    }

    #[test]
    fn a_result_of_another_agent_changes_no_level(
        items in any_items(),
        result in (0..300_i64, kind(), outcome(), any::<bool>()),
        now in 1..400_i64,
    ) {
        let (at, kind, outcome, pooled) = result;
        let before = decided(items.clone(), now);
        let mut other = test(200, at, kind, outcome, pooled);
        if let hutong_rules::Finding::Test(test) = &mut other.finding {
            test.agent = Some("measles".into());
        }
        prop_assert_eq!(before.level(), decided([items, vec![other]].concat(), now).level());
    }

    #[test]
    fn a_decision_only_falls_and_then_ends(items in any_items(), now in 1..400_i64) {
        let decision = decided(items, now);
        prop_assert!(decision.expires_at() > decision.decided_at());
        prop_assert!(decision.expires_at() <= decision.decided_at().plus_s(86_400));
        prop_assert_eq!(decision.level_at(decision.decided_at()), Some(decision.level()));
        let mut before = Some(decision.level());
        for later in 0..40 {
            let level = decision.level_at(hour(now + later));
            let falls = match (before, level) {
                (None, some) => some.is_none(),
                (Some(before), Some(level)) => level <= before,
                (Some(_), None) => true,
            };
            prop_assert!(falls);
            before = level;
        }
    }

    #[test]
    fn deciding_again_agrees_while_the_decision_lasts(items in any_items(), now in 1..400_i64) {
        let first = decided(items.clone(), now);
        let mut later = now;
        while hour(later) < first.expires_at() {
            prop_assert_eq!(Some(decided(items.clone(), later).level()), first.level_at(hour(later)));
            later += 1;
        }
    }

    #[test]
    fn every_reason_names_its_evidence(items in any_items(), now in 1..400_i64) {
        let decision = decided(items.clone(), now);
        prop_assert!(!decision.reasons().is_empty());
        for reason in decision.reasons() {
            prop_assert!(reason.evidence().iter().all(|e| items.iter().any(|i| i.entry == *e)));
            if reason.rule() != "default" {
                prop_assert!(!reason.evidence().is_empty());
                prop_assert!(reason.until() > Some(hour(now)));
                prop_assert!(reason.clears().is_some());
            }
        }
        let again = serde_json::to_string(&decided(items, now)).expect("JSON");
        prop_assert_eq!(serde_json::to_string(&decision).expect("JSON"), again);
    }
}
