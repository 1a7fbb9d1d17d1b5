//! `hutong certlogic`: one expression with its data a line in, one value a line out.

mod common;

use common::{hutong, json_files, material, read_json, run_with_input, said};
use serde_json::{Value, json};
use std::{
    io::{BufRead, BufReader, Write},
    process::Stdio,
};

/// The answers to these lines.
fn answers(lines: &[String]) -> Vec<Value> {
    let output = run_with_input(hutong().args(["certlogic", "--json"]), &lines.join("\n"));
    let (code, stdout, stderr) = said(&output);
    assert_eq!((code, stderr.as_str()), (0, ""));
    stdout.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

fn line(logic: &Value, data: &Value) -> String {
    json!({"logic": logic, "data": data}).to_string()
}

#[test]
fn every_line_is_answered_in_order() {
    let day = json!({"plusTime": [{"var": "dt"}, 1, "day"]});
    let lines = [
        line(&json!({"+": [{"var": "a"}, 1]}), &json!({"a": 41})),
        "rubbish".to_owned(),
        line(&day, &json!({"dt": "2021-10-30T23:30:00+02:00"})),
        String::new(),
        r#"{"data": {}}"#.to_owned(),
        r#"{"logic": {"var": ""}}"#.to_owned(),
        line(&json!({"==": [1, 1]}), &json!({})),
        line(&day, &json!({"dt": "yesterday"})),
        format!(r#"{{"logic": {}1{}, "data": 0}}"#, "[".repeat(5000), "]".repeat(5000)),
        line(&json!({"var": "x"}), &json!({"x": {"a": [1, 2.5, null, "é"]}})),
        "9".repeat(9_000_000),
        line(&json!(true), &json!(null)),
    ];
    let answers = answers(&lines);
    let sound = |at: usize| answers[at]["value"].clone();
    assert_eq!(answers.len(), lines.len());
    assert_eq!(sound(0), json!(42));
    assert_eq!(sound(2), json!("2021-10-31T21:30:00.000Z"));
    assert_eq!(answers[5], json!({"value": null}));
    assert_eq!(sound(9), json!({"a": [1, 2.5, null, "é"]}));
    assert_eq!(sound(11), json!(true));
    for at in [1, 3, 4, 6, 7, 8, 10] {
        assert!(answers[at]["error"].is_string(), "line {at}: {}", answers[at]);
    }
}

#[test]
fn whoever_asks_line_by_line_gets_each_answer_at_once() {
    let mut command = hutong();
    let command = command.args(["certlogic", "--json"]).stdin(Stdio::piped());
    let mut process = command.stdout(Stdio::piped()).spawn().expect("the executable starts");
    let mut input = process.stdin.take().expect("stdin");
    let mut output = BufReader::new(process.stdout.take().expect("stdout"));
    let question = line(&json!({"var": ""}), &json!(7));
    let mut answer = String::new();
    // The second begins before the first is answered, and ends after.
    for part in [format!("{question}\n{{"), format!("{}\n", &question[1..])] {
        input.write_all(part.as_bytes()).expect("stdin is read");
        answer.clear();
        output.read_line(&mut answer).expect("an answer");
        assert_eq!(answer, "{\"value\":7}\n");
    }
    drop(input);
    assert!(process.wait().expect("the executable ends").success());
}

#[test]
fn people_read_values_and_errors() {
    let input = format!("{}\nrubbish", line(&json!("text"), &json!({})));
    let command = &mut hutong();
    let (_, stdout, _) = said(&run_with_input(command.args(["certlogic"]), &input));
    assert!(stdout.starts_with("\"text\"\nerror: "), "{stdout}");
    let command = &mut hutong();
    command.args(["certlogic", "--lang", "zh-CN"]);
    let (_, stdout, _) = said(&run_with_input(command, &input));
    assert!(stdout.starts_with("\"text\"\n错误："), "{stdout}");
}

#[test]
fn the_test_suite_of_the_specification_passes() {
    let Some(folder) = material("certlogic/spec/testSuite") else { return };
    let (mut lines, mut expected) = (Vec::new(), Vec::new());
    for path in json_files(&folder) {
        let suite = read_json(&path);
        for case in suite["cases"].as_array().expect("cases") {
            for assertion in case["assertions"].as_array().expect("assertions") {
                if [&suite, case, assertion].iter().any(|part| part["directive"] == "skip") {
                    continue;
                }
                let own = assertion.get("certLogicExpression");
                let logic = own.unwrap_or(&case["certLogicExpression"]);
                lines.push(line(logic, &assertion["data"]));
                expected.push(json!({"value": assertion["expected"]}));
            }
        }
    }
    let answers = answers(&lines);
    for ((line, expected), answer) in lines.iter().zip(&expected).zip(&answers) {
        assert_eq!(answer, expected, "{line}");
    }
    println!("{} assertions passed", answers.len());
    assert!(answers.len() > 200);
}

#[test]
fn the_validation_suite_of_the_specification_passes() {
    let Some(folder) = material("certlogic/spec/validation-testSuite") else { return };
    let (mut lines, mut sound) = (Vec::new(), Vec::new());
    for path in json_files(&folder) {
        for case in read_json(&path)["cases"].as_array().expect("cases") {
            sound.push(case["issues"].as_array().expect("issues").is_empty());
            lines.push(line(&case["certLogicExpression"], &json!({})));
        }
    }
    let answers = answers(&lines);
    for ((line, sound), answer) in lines.iter().zip(sound).zip(&answers) {
        let refused = answer["error"].as_str().is_some_and(|error| error.contains("CertLogic"));
        assert_eq!(!refused, sound, "{line}: {answer}");
    }
    println!("{} cases passed", answers.len());
}

#[test]
fn the_tests_of_published_rules_pass() {
    let Some(folder) = material("certlogic/rules") else { return };
    let (mut lines, mut expected) = (Vec::new(), Vec::new());
    for path in json_files(&folder).iter().filter(|path| path.ends_with("rule.json")) {
        let logic = &read_json(path)["Logic"];
        for path in json_files(&path.with_file_name("tests")) {
            let test = read_json(&path);
            let data = json!({"payload": test["payload"], "external": test["external"]});
            lines.push(line(logic, &data));
            expected.push(json!({"value": test["expected"]}));
        }
    }
    let answers = answers(&lines);
    let wrong = answers.iter().zip(&expected).filter(|(answer, expected)| answer != expected);
    assert_eq!(wrong.count(), 0);
    println!("{} tests passed", answers.len());
    assert!(answers.len() >= 715);
}
