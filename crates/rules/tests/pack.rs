//! Packs that must be refused, and what a pack keeps.

use hutong_rules::{Pack, RulesError, Variation, differences};
use serde_json::{Value, json};

fn changed(change: impl FnOnce(&mut Value)) -> Result<Pack, RulesError> {
    let mut pack: Value = serde_json::from_str(Pack::baseline().source()).expect("JSON");
    change(&mut pack);
    Pack::from_json(&pack.to_string())
}

#[test]
fn the_built_in_pack_is_sound() {
    let pack = Pack::baseline();
    assert_eq!((pack.id(), pack.version(), pack.freshness_s()), ("baseline", "2", 86_400));
    let rules: Vec<_> = pack.rule_ids().collect();
    let expected = [
        "positive-na",
        "case",
        "suspected-case",
        "close-contact",
        "secondary-contact",
        "high-risk-area",
        "medium-risk-area",
        "arrival-abroad",
        "mixed-na",
        "positive-ag",
        "symptoms",
        "contact",
    ];
    assert_eq!(rules, expected);
    assert!(changed(|_| ()).is_ok());
}

#[test]
fn a_wrong_pack_is_refused() {
    assert!(matches!(Pack::from_json("{}"), Err(RulesError::Json(_))));
    assert!(matches!(
        changed(|p| p["rules"][0]["level"] = json!("green")),
        Err(RulesError::Rule { .. })
    ));
    assert!(matches!(
        changed(|p| p["rules"][1]["id"] = json!("positive-na")),
        Err(RulesError::Pack(_))
    ));
    assert!(matches!(
        changed(|p| p["rules"][1]["id"] = json!("default")),
        Err(RulesError::Pack(_))
    ));
    assert!(matches!(changed(|p| p["freshnessSeconds"] = json!(90_000)), Err(RulesError::Pack(_))));
    assert!(matches!(
        changed(|p| p["validUntil"] = json!("2019-01-01T00:00:00Z")),
        Err(RulesError::Pack(_))
    ));
    assert!(matches!(
        changed(|p| p["rules"][0]["when"] = json!({"or": [true]})),
        Err(RulesError::Expression(_))
    ));
    assert!(matches!(
        changed(|p| p["primarySeries"][0]["doses"] = json!(7)),
        Err(RulesError::Pack(_))
    ));
    assert!(matches!(changed(|p| p["surprise"] = json!(1)), Err(RulesError::Json(_))));
}

#[test]
fn the_built_in_pack_keeps_its_own_examples() {
    let tried = Pack::baseline().try_examples().expect("an event of its kind");
    assert!(tried.len() >= 10, "{} examples", tried.len());
    for example in tried {
        assert_eq!(example.differs, None, "{}", example.name);
    }
}

#[test]
fn an_example_that_does_not_hold_says_how() {
    let pack = changed(|p| p["rules"][0]["level"] = json!("yellow")).expect("a pack");
    let tried = pack.try_examples().expect("an event");
    let differs = tried.iter().find_map(|example| example.differs.as_deref());
    assert_eq!(
        differs,
        Some("after 11 hours: expected red [\"test-positive\"], found yellow [\"test-positive\"]")
    );
}

#[test]
fn only_what_the_pack_lets_vary_may_vary() {
    let vary = |name: &str, value: i32| {
        let values = [(name.into(), value)].into();
        Pack::baseline().varied(&Variation { id: "v-1".into(), values })
    };
    assert!(vary("contact-days", 10).is_ok());
    for (name, value) in [("contact-days", 15), ("contact-days", 2), ("freshnessSeconds", 60)] {
        assert!(matches!(vary(name, value), Err(RulesError::Variation { .. })), "{name} {value}");
    }
}

#[test]
fn a_rule_without_a_reason_or_with_an_unknown_variable_is_refused() {
    assert!(matches!(
        changed(|p| p["rules"][0]["text"]["zh"] = json!(" ")),
        Err(RulesError::Rule { .. })
    ));
    assert!(matches!(
        changed(|p| p["variables"][0]["name"] = json!("other")),
        Err(RulesError::Rule { .. })
    ));
    assert!(matches!(
        changed(|p| p["variables"][0]["default"] = json!(99)),
        Err(RulesError::Pack(_))
    ));
}

#[test]
fn differences_are_told_by_rule_and_field() {
    let after = changed(|p| {
        p["version"] = json!("3");
        p["rules"][0]["level"] = json!("yellow");
        p["rules"].as_array_mut().expect("rules").remove(1);
        p["rules"].as_array_mut().expect("rules").swap(1, 2);
    });
    let found = differences(Pack::baseline(), &after.expect("a pack"));
    let places: Vec<&str> = found.iter().map(|difference| &*difference.at).collect();
    assert_eq!(places, ["rules/case", "rules/positive-na/level", "rules", "version"]);
    assert_eq!(differences(Pack::baseline(), Pack::baseline()), []);
}
