//! The `CertLogic` engine: our own cases, and the published suites where they are at hand
//! (`HUTONG_CERTLOGIC` names a directory with `spec/testSuite` and `rules`).

use hutong_rules::certlogic::{Bump, DataValue, Expression};
use serde_json::{Value, json};
use std::path::Path;

/// The value of an expression as JSON; None where it is refused or fails.
fn eval(expression: &Value, data: &Value) -> Option<Value> {
    let compiled = Expression::compile(expression).ok()?;
    let arena = Bump::new();
    let text = data.to_string();
    let data = arena.alloc(DataValue::from_str(&text, &arena).ok()?);
    let value = compiled.value(data, &arena).ok()?;
    serde_json::from_str(&value.to_json_string()).ok()
}

#[test]
fn dates_are_moved_and_compared() {
    let plus = |text: &str, amount: i64, unit: &str| {
        eval(&json!({"plusTime": [text, amount, unit]}), &json!({}))
    };
    assert_eq!(plus("2021-06-01", 40, "hour"), Some(json!("2021-06-02T16:00:00.000Z")));
    assert_eq!(plus("2020-02-29", 1, "year"), Some(json!("2021-03-01T00:00:00.000Z")));
    assert_eq!(plus("2020-02-29", 1, "month"), Some(json!("2020-03-29T00:00:00.000Z")));
    assert_eq!(plus("2021-01-31", 1, "month"), Some(json!("2021-03-03T00:00:00.000Z")));
    assert_eq!(plus("2021-03-31", -1, "month"), Some(json!("2021-03-03T00:00:00.000Z")));
    assert_eq!(plus("2021-02", 0, "day"), Some(json!("2021-02-28T00:00:00.000Z")));
    for offset in ["+8", "+08", "+800", "+0800", "+8:00", "+08:00"] {
        let text = format!("2021-06-01T08:30:00.5{offset}");
        assert_eq!(plus(&text, 0, "day"), Some(json!("2021-06-01T00:30:00.500Z")), "{offset}");
    }
    assert_eq!(plus("2021-06-01T08:30:00", 0, "day"), Some(json!("2021-06-01T08:30:00.000Z")));
    assert_eq!(plus("tomorrow", 0, "day"), None);
    assert_eq!(plus("2021-06-01", i64::MAX, "year"), None);
    let at = |text: &str| json!({"plusTime": [text, 0, "day"]});
    let between = json!({"not-after": [at("2021-01-01"), at("2021-01-01"), at("2021-01-02")]});
    assert_eq!(eval(&between, &json!({})), Some(json!(true)));
    let never = json!({"before": [at("2021-01-01"), at("2021-01-01")]});
    assert_eq!(eval(&never, &json!({})), Some(json!(false)));
}

#[test]
fn what_is_not_certlogic_is_refused() {
    let wrong = [
        json!({"==": [1, 1]}),
        json!({"===": [1]}),
        json!({"var": ["a"]}),
        json!({"var": "a..b"}),
        json!({"now": []}),
        json!({"if": [true, 1]}),
        json!({"and": [true], "!": [true]}),
        json!(null),
        json!(1.5),
        json!({}),
        json!({"plusTime": ["2021-01-01", 1, "week"]}),
    ];
    for expression in wrong {
        assert!(Expression::compile(&expression).is_err(), "{expression}");
    }
    let mut deep = json!(true);
    for _ in 0..200 {
        deep = json!({"!": [deep]});
    }
    assert!(Expression::compile(&deep).is_err());
}

#[test]
fn the_published_suites_pass() {
    let Ok(directory) = std::env::var("HUTONG_CERTLOGIC") else { return };
    let (mut passed, mut failed) = (0, Vec::new());
    suites(&Path::new(&directory).join("spec/testSuite"), &mut passed, &mut failed);
    rules(&Path::new(&directory).join("rules"), &mut passed, &mut failed);
    println!("{passed} assertions passed");
    assert!(failed.is_empty(), "{} failed:\n{}", failed.len(), failed.join("\n"));
    assert!(passed > 0, "no suite found");
}

fn read(path: &Path) -> Value {
    let text = std::fs::read_to_string(path).expect("a file of the suite");
    serde_json::from_str(&text).expect("a suite is JSON")
}

fn entries(directory: &Path) -> Vec<std::path::PathBuf> {
    let Ok(list) = std::fs::read_dir(directory) else { return Vec::new() };
    list.filter_map(|entry| Some(entry.ok()?.path())).collect()
}

fn suites(directory: &Path, passed: &mut u32, failed: &mut Vec<String>) {
    for path in entries(directory) {
        let suite = read(&path);
        if suite.get("directive").is_some() {
            continue;
        }
        for case in suite["cases"].as_array().into_iter().flatten() {
            if case.get("directive").is_some() {
                continue;
            }
            for assertion in case["assertions"].as_array().into_iter().flatten() {
                let expression = assertion.get("certLogicExpression");
                let expression = expression.unwrap_or(&case["certLogicExpression"]);
                let found = eval(expression, &assertion["data"]);
                if found.as_ref() == Some(&assertion["expected"]) {
                    *passed += 1;
                } else {
                    failed.push(format!(
                        "{}: {} {expression} {} -> {found:?}",
                        path.display(),
                        case["name"],
                        assertion["data"]
                    ));
                }
            }
        }
    }
}

fn rules(directory: &Path, passed: &mut u32, failed: &mut Vec<String>) {
    for rule in entries(directory).iter().flat_map(|country| entries(country)) {
        let path = rule.join("rule.json");
        if !path.exists() {
            continue;
        }
        let logic = read(&path)["Logic"].clone();
        for path in entries(&rule.join("tests")) {
            let test = read(&path);
            let data = json!({"payload": test["payload"], "external": test["external"]});
            let found = eval(&logic, &data);
            if found.as_ref() == Some(&test["expected"]) {
                *passed += 1;
            } else {
                failed.push(format!("{}: {found:?} not {}", path.display(), test["expected"]));
            }
        }
    }
}
