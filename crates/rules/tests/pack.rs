//! Packs that must be refused, and what a pack keeps.

use hutong_rules::{Pack, RulesError};
use serde_json::{Value, json};

fn changed(change: impl FnOnce(&mut Value)) -> Result<Pack, RulesError> {
    let mut pack: Value = serde_json::from_str(Pack::baseline().source()).expect("JSON");
    change(&mut pack);
    Pack::from_json(&pack.to_string())
}

#[test]
fn the_built_in_pack_is_sound() {
    let pack = Pack::baseline();
    assert_eq!((pack.id(), pack.version(), pack.freshness_s()), ("baseline", "1", 86_400));
    let rules: Vec<_> = pack.rule_ids().collect();
    assert_eq!(rules, ["positive-na", "mixed-na", "positive-ag", "symptoms", "contact"]);
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
