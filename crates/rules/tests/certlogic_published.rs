//! The published suites of `CertLogic`: evaluation, validation, and the business rules of several
//! countries with their tests. Third-party material, looked for under `HUTONG_TESTDATA`.

mod common;

use common::{eval, files, material, read};
use hutong_rules::certlogic::{Bump, Expression, Value, ValueSets};
use serde_json::{Value as Json, json};

/// What its suite itself marks with `"directive": "skip"`: file, how many. Not taken up:
/// - `reduce` with the whole data at hand is something that the specification "may" grow into;
/// - `in` of null is an error by the text of the specification ("Operations with infix operators").
const SKIPPED: [(&str, usize); 2] = [("ins-with-nulls.json", 4), ("patched-reduce.json", 10)];

fn is_skipped(part: &Json) -> bool {
    part["directive"] == "skip"
}

#[test]
fn the_test_suite_of_the_specification_passes() {
    let Some(folder) = material("certlogic/spec/testSuite") else { return };
    let (mut passed, mut failed, mut skipped) = (0, Vec::new(), Vec::new());
    for path in files(&folder) {
        let (suite, mut left_out) = (read(&path), 0);
        for case in suite["cases"].as_array().expect("cases") {
            for assertion in case["assertions"].as_array().expect("assertions") {
                if [&suite, case, assertion].into_iter().any(is_skipped) {
                    left_out += 1;
                    continue;
                }
                let own = assertion.get("certLogicExpression");
                let expression = own.unwrap_or(&case["certLogicExpression"]);
                match eval(expression, &assertion["data"]) {
                    Ok(found) if found == assertion["expected"] => passed += 1,
                    other => failed.push(format!("{path:?} {expression} {assertion}: {other:?}")),
                }
            }
        }
        if left_out > 0 {
            let name = path.file_name().and_then(|name| name.to_str()).expect("a name");
            skipped.push((name.to_owned(), left_out));
        }
    }
    println!("{passed} assertions passed, {skipped:?} are marked to be skipped");
    assert!(failed.is_empty(), "{} failed:\n{}", failed.len(), failed.join("\n"));
    assert_eq!(skipped, SKIPPED.map(|(name, count)| (name.to_owned(), count)));
    assert!(passed > 200, "{passed} assertions");
}

#[test]
fn the_validation_suite_of_the_specification_passes() {
    let Some(folder) = material("certlogic/spec/validation-testSuite") else { return };
    let mut looked_at = 0;
    for path in files(&folder) {
        for case in read(&path)["cases"].as_array().expect("cases") {
            let sound = case["issues"].as_array().expect("issues").is_empty();
            let compiled = Expression::compile(&case["certLogicExpression"]);
            assert_eq!(compiled.is_ok(), sound, "{path:?} {case}: {compiled:?}");
            looked_at += 1;
        }
    }
    println!("{looked_at} cases passed");
    assert!(looked_at > 20, "{looked_at} cases");
}

#[test]
fn the_tests_of_published_rules_pass() {
    let Some(folder) = material("certlogic/rules") else { return };
    let (mut passed, mut failed) = (0, Vec::new());
    for path in files(&folder).iter().filter(|path| path.ends_with("rule.json")) {
        let rule = Expression::compile(&read(path)["Logic"]).expect("a rule is CertLogic");
        for path in files(&path.with_file_name("tests")) {
            let test = read(&path);
            for rule in [&rule, &bound(rule.source(), &test["external"])] {
                let found = value(rule, &test);
                if found == test["expected"] {
                    passed += 1;
                } else {
                    failed.push(format!("{path:?}: {found} not {}", test["expected"]));
                }
            }
        }
    }
    println!("{passed} evaluations gave what is expected, each test twice");
    assert!(failed.is_empty(), "{} failed:\n{}", failed.len(), failed.join("\n"));
    assert!(passed >= 2 * 715, "{passed} evaluations");
}

/// The rule with the value sets of the test bound to it.
fn bound(logic: &Json, external: &Json) -> Expression {
    let mut sets = ValueSets::default();
    if external["valueSets"].is_object() {
        sets.add(&external["valueSets"]).expect("value sets");
    }
    Expression::bind(logic, &sets).expect("a rule is CertLogic")
}

fn value(rule: &Expression, test: &Json) -> Json {
    let data = json!({"payload": test["payload"], "external": test["external"]}).to_string();
    let arena = Bump::new();
    let data = Value::from_json(&data, &arena).expect("JSON");
    let value = rule.value(data, &arena).and_then(Value::to_json);
    value.unwrap_or_else(|error| error.to_string().into())
}
