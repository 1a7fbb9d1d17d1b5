//! `CertLogic` over data, business rules and value sets: `LOGIC`, a line end, `DATA`.
#![no_main]

use hutong_rules::{
    acceptance::{BusinessRule, Certificate, Place, RuleBook},
    certlogic::{Bump, Expression, Value, ValueSets},
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let (logic, data) = text.split_once('\n').unwrap_or((text, "{}"));
    let Ok(document) = serde_json::from_str(logic) else { return };
    let arena = Bump::new();
    let data = Value::from_json(data, &arena).unwrap_or(Value::Null);
    if let Ok(expression) = Expression::compile(&document) {
        let value = expression.value(data, &arena);
        let truth = expression.holds(data, &arena);
        if let (Ok(value), Ok(truth)) = (&value, &truth) {
            assert_eq!(value.truthiness(), Some(*truth), "a value is as true as it holds");
        }
        assert!(value.is_ok() || truth.is_err(), "what has no value does not hold");
        if let Ok(json) = value.and_then(Value::to_json) {
            let again = Value::from_json(&json.to_string(), &arena).and_then(Value::to_json);
            assert!(again.is_err() || again.is_ok_and(|again| again == json), "it survives");
        }
    }
    let mut sets = ValueSets::default();
    let _ = sets.add(&document);
    let Ok(rules) = BusinessRule::read(&document, &sets) else { return };
    let at = hutong_fuzz::NOW;
    let countries: Vec<String> = rules.iter().map(|rule| rule.country().to_owned()).collect();
    let book = RuleBook::new(rules, sets);
    for country in &countries {
        let place = Place { country, region: None, at };
        let certificate = Certificate { payload: data, issuers: &["XA"] };
        let verdict = book.select(&place, &arena).judge(&certificate, &arena);
        let lowest = verdict.rules.iter().map(|rule| rule.outcome).min();
        assert!(lowest.is_none_or(|lowest| lowest == verdict.outcome), "the lowest counts");
    }
});
