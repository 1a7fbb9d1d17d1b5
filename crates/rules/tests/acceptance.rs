//! Acceptance rules: which apply where and when, and what a verdict is made of.

use hutong_model::Timestamp;
use hutong_rules::{
    acceptance::{BusinessRule, Certificate, Over, Place, RuleBook, over_all},
    certlogic::{Bump, Value, ValueSets},
};
use serde_json::{Value as Json, json};

/// A rule of country `XA` for all certificates, in force for 2022.
fn rule(identifier: &str, logic: Json, change: Json) -> Json {
    let mut rule = json!({
        "Identifier": identifier, "Type": "Acceptance", "Country": "XA", "Version": "1.0.0",
        "SchemaVersion": "1.0.0", "Engine": "CERTLOGIC", "EngineVersion": "1.0.0",
        "CertificateType": "General", "AffectedFields": [], "Logic": logic,
        "Description": [{"lang": "en", "desc": "english"}, {"lang": "de", "desc": "deutsch"}],
        "ValidFrom": "2022-01-01T00:00:00+01:00", "ValidTo": "2022-12-31T23:59:59Z"
    });
    for (name, value) in change.as_object().into_iter().flatten() {
        rule[name] = value.clone();
    }
    rule
}

fn read(document: &Json) -> Vec<BusinessRule> {
    BusinessRule::read(document, &ValueSets::default()).expect("business rules")
}

fn book(rules: &[Json]) -> RuleBook {
    RuleBook::new(read(&json!(rules)), ValueSets::default())
}

const NOON: &str = "2022-06-01T12:00:00.000Z";

/// What a book makes of certificates, each with its issuer: `passed a b, failed c`.
fn over(book: &RuleBook, region: Option<&str>, at: &str, shown: &[(Json, &str)]) -> String {
    let at = Timestamp::parse(at).expect("a time");
    let shared = Bump::new();
    let selection = book.select(&Place { country: "xa", region, at }, &shared);
    let verdicts = shown.iter().map(|(payload, issuer)| {
        let arena = Bump::new();
        let payload = Value::from_json(&payload.to_string(), &arena).expect("JSON");
        selection.judge(&Certificate { payload, issuers: &[issuer] }, &arena)
    });
    let Over { outcome, decided_by, certificates } = over_all(verdicts.collect());
    let by = decided_by.map_or_else(|| "-".to_owned(), |by| by.to_string());
    let rules = certificates.iter().flat_map(|verdict| &verdict.rules);
    let rules = rules.map(|one| {
        let (rule, open) = (one.rule, one.open.map_or("", |open| open.as_str()));
        format!(" {}@{}:{}{open}", rule.identifier(), rule.version(), one.outcome.as_str())
    });
    format!("{} by {by}:{}", outcome.as_str(), rules.collect::<String>())
}

fn one(book: &RuleBook, payload: Json) -> String {
    over(book, None, NOON, &[(payload, "XB")])
}

#[test]
fn rules_are_chosen_by_country_time_version_and_type() {
    let yes = || json!(true);
    let book = book(&[
        rule("A", yes(), json!({})),
        rule("A", yes(), json!({"Version": "1.10.0"})),
        rule("A", yes(), json!({"Version": "1.9.0"})),
        rule("A", yes(), json!({"Version": "2.0.0", "ValidFrom": "2022-07-01T00:00:00Z"})),
        rule("B", yes(), json!({"Country": "xb"})),
        rule("N", yes(), json!({"Type": "BoosterNotification"})),
        rule("T", yes(), json!({"CertificateType": "Test"})),
        rule("V", yes(), json!({"CertificateType": "Vaccination"})),
    ]);
    assert_eq!(one(&book, json!({})), "passed by 0: A@1.10.0:passed");
    let vaccinated = one(&book, json!({"v": [{}], "t": [], "r": null}));
    assert_eq!(vaccinated, "passed by 0: A@1.10.0:passed V@1.0.0:passed");
    let at = |at| over(&book, None, at, &[(json!({}), "XB")]);
    assert_eq!(at("2022-07-01T00:00:00Z"), "passed by 0: A@2.0.0:passed");
    // Both ends are included, whatever offset they were written with.
    assert_eq!(at("2021-12-31T23:00:00Z"), "passed by 0: A@1.10.0:passed");
    assert_eq!(at("2021-12-31T22:59:59Z"), "open by 0:");
    assert_eq!(at("2022-12-31T23:59:59Z"), "passed by 0: A@2.0.0:passed");
    assert_eq!(at("2023-01-01T00:00:00Z"), "open by 0:");
}

#[test]
fn a_region_adds_to_its_country_and_takes_the_place_of_what_it_names() {
    let in_north = |version: &str| json!({"Region": "North", "Version": version});
    let book = book(&[
        rule("A", json!(true), json!({"Version": "3.0.0"})),
        rule("A", json!(false), in_north("1.0.0")),
        rule("N", json!(true), in_north("1.0.0")),
        rule("S", json!(true), json!({"Region": "South"})),
        rule("Z", json!(true), json!({"Region": " "})),
    ]);
    let here = |region| over(&book, region, NOON, &[(json!({}), "XB")]);
    assert_eq!(here(None), "passed by 0: A@3.0.0:passed Z@1.0.0:passed");
    let north = "failed by 0: A@1.0.0:failed N@1.0.0:passed Z@1.0.0:passed";
    assert_eq!(here(Some(" north ")), north);
    assert_eq!(here(Some("East")), "passed by 0: A@3.0.0:passed Z@1.0.0:passed");
}

#[test]
fn issuers_take_back_what_they_issued() {
    let invalid = json!({"Type": "Invalidation", "Country": "XB"});
    let withdrawn = json!({"!": [{"in": [{"var": "payload.v.0.ma"}, ["bad"]]}]});
    let book = book(&[rule("A", json!(true), json!({})), rule("I", withdrawn, invalid)]);
    let of =
        |maker: &str, issuer| over(&book, None, NOON, &[(json!({"v": [{"ma": maker}]}), issuer)]);
    assert_eq!(of("bad", "XB"), "failed by 0: A@1.0.0:passed I@1.0.0:failed");
    assert_eq!(of("bad", "XC"), "passed by 0: A@1.0.0:passed");
    assert_eq!(of("good", "XB"), "passed by 0: A@1.0.0:passed I@1.0.0:passed");
}

#[test]
fn what_cannot_be_decided_is_open() {
    let book = book(&[
        rule("E", json!(true), json!({"Engine": "CQL", "Logic": null})),
        rule("F", json!(true), json!({"EngineVersion": "1.3.4"})),
        rule("G", json!({"+": [{"var": "payload.x"}, 1]}), json!({})),
        rule("H", json!({"==": [1, 1]}), json!({})),
        rule("S", json!(true), json!({"SchemaVersion": "1.3.0"})),
    ]);
    let older = "open by 0: E@1.0.0:openengine F@1.0.0:openengine-version \
                 G@1.0.0:openevaluation H@1.0.0:openlogic S@1.0.0:openschema-version";
    assert_eq!(one(&book, json!({"ver": "1.2.9"})), older);
    assert_eq!(
        one(&book, json!({"ver": "2.0.0", "x": 1})),
        older.replace("G@1.0.0:openevaluation", "G@1.0.0:openschema-version")
    );
    let decided = "G@1.0.0:passed H@1.0.0:openlogic S@1.0.0:passed";
    assert!(one(&book, json!({"ver": "1.3.0", "x": 1})).ends_with(decided));
    assert!(one(&book, json!({"x": -1})).contains("G@1.0.0:failed"));
}

#[test]
fn a_new_booster_does_not_spoil_an_older_proof() {
    // A booster counts from fourteen days after it; the two doses before it are good for 270 days.
    let days = |days: i64| json!({"plusTime": [{"var": "payload.v.0.dt"}, days, "day"]});
    let now = json!({"plusTime": [{"var": "external.validationClock"}, 0, "day"]});
    let counts = json!({"not-before": [now, days(14)]});
    let lasts = json!({"not-after": [now, days(270)]});
    let book = book(&[rule("A", counts, json!({})), rule("B", lasts, json!({}))]);
    let dose = |day: &str| (json!({"v": [{"dt": day}]}), "XB");
    let (series, booster) = (dose("2022-01-01"), dose("2022-05-30"));
    let shown = |shown: &[(Json, &str)]| over(&book, None, NOON, shown);
    assert!(shown(std::slice::from_ref(&booster)).starts_with("failed by 0"));
    assert!(shown(&[booster.clone(), series.clone()]).starts_with("passed by 1"));
    assert!(shown(&[series, booster.clone()]).starts_with("passed by 0"));
    let unclear = (json!({"v": [{}]}), "XB");
    assert!(shown(&[booster, unclear]).starts_with("open by 1"));
    assert_eq!(shown(&[]), "open by -:");
}

#[test]
fn rules_find_the_place_and_the_issuer() {
    let external = |name: &str| json!({"var": format!("external.{name}")});
    let is = |name: &str, value: &str| json!({"===": [external(name), value]});
    let book = book(&[
        rule("C", is("countryCode", "XA"), json!({})),
        rule("I", is("issuerCountryCode", "XB"), json!({})),
        rule("T", is("validationClock", NOON), json!({})),
    ]);
    let all = "passed by 0: C@1.0.0:passed I@1.0.0:passed T@1.0.0:passed";
    assert_eq!(one(&book, json!({})), all);
}

#[test]
fn a_rule_speaks_the_readers_language() {
    let texts = json!({"Description": [{"lang": "de", "desc": "deutsch"},
        {"lang": "zh-CN", "desc": "中文"}, {"lang": "en", "desc": "english"}]});
    let rules = read(&json!([rule("A", json!(true), texts), rule("B", json!(true), json!({}))]));
    let says = |at: usize, language: &[&str]| {
        let said = rules[at].description(language).expect("a description");
        format!("{}: {}", said.language, said.text)
    };
    assert_eq!(says(0, &["zh-CN"]), "zh-CN: 中文");
    assert_eq!(says(0, &["zh"]), "zh-CN: 中文");
    assert_eq!(says(0, &["fr"]), "en: english");
    assert_eq!(says(1, &["zh-CN"]), "en: english");
    assert_eq!(says(1, &["fr", "DE"]), "de: deutsch");
    let silent = read(&rule("A", json!(true), json!({"Description": []})));
    assert!(silent[0].description(&["en"]).is_none());
}

#[test]
fn a_malformed_rule_is_named() {
    for (change, field) in [
        (json!({"Identifier": ""}), "Identifier"),
        (json!({"Country": "XAA"}), "Country"),
        (json!({"Version": "1.x"}), "Version"),
        (json!({"Version": "1.2.3.4"}), "Version"),
        (json!({"CertificateType": "v"}), "CertificateType"),
        (json!({"Description": "text"}), "Description"),
        (json!({"ValidFrom": "2022-13-01"}), "ValidFrom"),
        (json!({"ValidTo": "2021-01-01T00:00:00Z"}), "ValidTo"),
        (json!({"Region": 5}), "Region"),
        (json!({"AffectedFields": "v"}), "AffectedFields"),
        (json!({"Engine": 1}), "Engine"),
    ] {
        let wrong = json!([rule("A", json!(true), json!({})), rule("B", json!(true), change)]);
        let refused = BusinessRule::read(&wrong, &ValueSets::default());
        let error = refused.expect_err("a malformed rule").to_string();
        assert!(error.contains(&format!("[1].{field}")), "{field}: {error}");
    }
}
