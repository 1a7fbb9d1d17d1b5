//! `hutong rules check`: payloads in, verdicts out.

mod common;

use common::{hutong, json_files, material, read_json, run_with_input, said};
use serde_json::{Value, json};
use std::{path::Path, process::Command};

/// Rules of the country `XA`: vaccines of a value set only, the dose 14 to 270 days ago; and of
/// the issuer `XB`, which takes a batch of tests back.
fn write_rules(folder: &Path) {
    let now = json!({"plusTime": [{"var": "external.validationClock"}, 0, "day"]});
    let after = |days: i64| json!({"plusTime": [{"var": "payload.v.0.dt"}, days, "day"]});
    let known = json!({"in": [{"var": "payload.v.0.mp"}, {"var": "external.valueSets.products"}]});
    let zh =
        |en: &str, zh: &str| json!([{"lang": "en", "desc": en}, {"lang": "zh-CN", "desc": zh}]);
    let en = |en: &str| json!([{"lang": "en", "desc": en}]);
    let rule = |identifier: &str, kind: &str, of: &str, logic: Value, description: Value| {
        let (country, kind_of_rule) = kind.split_once(' ').expect("two words");
        let rule = json!({
            "Identifier": identifier, "Type": kind_of_rule, "Country": country,
            "Version": "1.0.0", "SchemaVersion": "1.0.0", "Engine": "CERTLOGIC",
            "EngineVersion": "1.0.0", "CertificateType": of, "AffectedFields": [],
            "ValidFrom": "2022-01-01T00:00:00Z", "ValidTo": "2030-01-01T00:00:00Z",
            "Description": description, "Logic": logic
        });
        std::fs::create_dir_all(folder.join("rules")).expect("a folder");
        let path = folder.join("rules").join(format!("{identifier}.json"));
        std::fs::write(path, rule.to_string()).expect("a file");
    };
    let dose = "Vaccination";
    rule("VR-1", "XA Acceptance", dose, known, zh("a known product", "产品须在目录内"));
    let early = json!({"not-before": [now, after(14)]});
    rule("VR-2", "XA Acceptance", dose, early, en("14 days ago"));
    let late = json!({"not-after": [now, after(270)]});
    rule("VR-3", "XA Acceptance", dose, late, en("270 days at most"));
    let batch = json!({"!": [{"===": [{"var": "payload.t.0.ci"}, "bad"]}]});
    rule("IR-1", "XB Invalidation", "Test", batch, en("not of the batch"));
    let sets = folder.join("sets.json");
    let set = json!({"valueSetId": "products", "valueSetDate": "2022-01-01",
        "valueSetValues": {"P1": {"display": "one"}}});
    std::fs::write(sets, set.to_string()).expect("a file");
}

fn check(folder: &Path, more: &[&str]) -> Command {
    let mut command = hutong();
    command.args(["rules", "check", "--country", "XA", "--at", "2022-06-01T12:00:00Z"]);
    command.arg("--rules").arg(folder.join("rules"));
    command.arg("--valuesets").arg(folder.join("sets.json")).args(more);
    command
}

fn dose(day: &str) -> Value {
    json!({"ver": "1.3.0", "v": [{"mp": "P1", "dt": day, "co": "XB"}]})
}

#[test]
fn each_line_is_judged_over_all_that_the_person_shows() {
    let folder = tempfile::tempdir().expect("a folder");
    write_rules(folder.path());
    let (series, booster) = (dose("2022-01-01"), dose("2022-05-30"));
    let lines = [
        series.to_string(),
        booster.to_string(),
        json!([booster, series]).to_string(),
        json!({"payload": booster, "name": "wrapped"}).to_string(),
        "{".to_owned(),
        json!({"ver": "1.3.0", "t": [{"ci": "bad", "co": "XB"}]}).to_string(),
        json!({"ver": "1.3.0", "t": [{"ci": "bad", "co": "XC"}]}).to_string(),
        json!({"v": [{"mp": "P1"}]}).to_string(),
        "[]".to_owned(),
        "7".to_owned(),
    ];
    let output = run_with_input(&mut check(folder.path(), &["--json"]), &lines.join("\n"));
    let (code, stdout, stderr) = said(&output);
    assert_eq!((code, stderr.as_str()), (0, ""));
    let answers: Vec<Value> =
        stdout.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let results: Vec<&str> =
        answers.iter().map(|answer| answer["result"].as_str().unwrap_or("error")).collect();
    let expected = [
        "passed", "failed", "passed", "failed", "error", "failed", "open", "open", "open", "error",
    ];
    assert_eq!(results, expected);
    assert_eq!(answers[1]["failed"], json!(["VR-2"]));
    assert_eq!(answers[1]["passed"], json!(["VR-1", "VR-3"]));
    assert_eq!(answers[2]["decided_by"], json!(1));
    assert_eq!(answers[7]["open"], json!(["VR-2", "VR-3"]));
    let rule = &answers[7]["certificates"][0]["rules"][1];
    assert_eq!(rule["reason"]["code"], json!("evaluation"));
    assert_eq!((&rule["description"], &rule["language"]), (&json!("14 days ago"), &json!("en")));
}

#[test]
fn all_lines_may_be_one_person() {
    let folder = tempfile::tempdir().expect("a folder");
    write_rules(folder.path());
    let lines = format!("{}\n{}\n", dose("2022-05-30"), dose("2022-01-01"));
    let mut command = check(folder.path(), &["--one-person", "--json"]);
    let (code, stdout, _) = said(&run_with_input(&mut command, &lines));
    assert_eq!((code, stdout.lines().count()), (0, 1));
    let answer: Value = serde_json::from_str(&stdout).expect("JSON");
    assert_eq!((&answer["result"], &answer["decided_by"]), (&json!("passed"), &json!(1)));
}

#[test]
fn people_read_the_rules_in_their_language() {
    let folder = tempfile::tempdir().expect("a folder");
    write_rules(folder.path());
    let line = dose("2022-05-30").to_string();
    let mut command = check(folder.path(), &["--lang", "zh-CN"]);
    let (_, stdout, _) = said(&run_with_input(&mut command, &line));
    for text in ["不通过", "通过 VR-1 产品须在目录内", "不通过 VR-2 14 days ago"] {
        assert!(stdout.contains(text), "{text}: {stdout}");
    }
}

#[test]
fn what_is_wrong_with_the_rules_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    write_rules(folder.path());
    std::fs::write(folder.path().join("rules/VR-9.json"), r#"{"Identifier": "VR-9", "Logic": 1}"#)
        .expect("a file");
    let (code, _, stderr) = said(&run_with_input(&mut check(folder.path(), &[]), ""));
    assert_eq!(code, 1);
    assert!(stderr.contains("VR-9.json"), "{stderr}");
    let mut command = hutong();
    command
        .args(["rules", "check", "--country", "XA", "--rules"])
        .arg(folder.path().join("sets.json"));
    let (code, _, stderr) = said(&run_with_input(&mut command, ""));
    assert_eq!(code, 3);
    assert!(stderr.contains("no business rules"), "{stderr}");
}

/// Published rules of all countries are read from their folders as they lie there, beside their
/// tests, schemas and value sets.
#[test]
fn published_rules_load_as_they_are() {
    let Some(rules) = material("certlogic/rules") else { return };
    let sets = rules.join("valuesets");
    let mut payloads: Vec<Value> = json_files(&rules.join("EU"))
        .iter()
        .map(|path| read_json(path)["payload"].take())
        .filter(Value::is_object)
        .collect();
    let dose = json!({"tg": "840539006", "mp": "EU/1/20/1528", "dn": 2, "sd": 2});
    payloads.push(json!({"ver": "1.3.0", "v": [dose]}));
    let lines: Vec<String> = payloads.iter().map(Value::to_string).collect();
    let mut command = hutong();
    command.args(["rules", "check", "--json", "--country", "EU", "--at", "2022-01-01T00:00:00Z"]);
    command.arg("--rules").arg(&rules).arg("--valuesets").arg(&sets);
    let (code, stdout, stderr) = said(&run_with_input(&mut command, &lines.join("\n")));
    assert_eq!(code, 0, "{stderr}");
    let answers: Vec<Value> =
        stdout.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(answers.len(), payloads.len());
    for result in ["passed", "failed"] {
        assert!(answers.iter().any(|answer| answer["result"] == result), "none {result}");
    }
}
