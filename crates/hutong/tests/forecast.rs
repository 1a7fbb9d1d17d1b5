//! `hutong forecast`: CDC's cases, and FHIR Parameters a line.

mod common;

use common::{Place, hutong, material, read_json, run_with_input, said, text};
use serde_json::{Value, json};
use std::path::PathBuf;

fn supporting_data() -> Option<PathBuf> {
    Some(material("cdsi")?.join("supporting-data-4.64-508/xml"))
}

#[test]
fn published_cases_are_run_and_reported() {
    let (Some(data), Some(folder)) = (supporting_data(), material("cdsi")) else { return };
    let place = Place::root();
    for (sheet, cases) in [("healthy-v4.45.csv", 509), ("underlying-v4.6.csv", 170)] {
        let report = place.path("report.json");
        let mut command = hutong();
        command.args(["forecast", "--supporting-data"]).arg(&data);
        command.arg("--cases").arg(folder.join(sheet)).arg("--report").arg(&report);
        let (code, stdout, stderr) = said(&command.output().expect("the executable starts"));
        assert_eq!(code, 0, "{stderr}");
        assert!(stdout.contains("evaluation_status"), "{stdout}");
        let report = read_json(&report);
        assert_eq!(report["cases"].as_array().map(Vec::len), Some(cases), "{sheet}");
        for field in ["series_status", "forecast_number", "earliest", "recommended", "past_due"] {
            let tally = &report["totals"][field];
            assert!(tally["of"].as_u64() > Some(100) && tally["match"].is_u64(), "{field} {tally}");
        }
        let one = &report["cases"][0];
        assert!(one["id"].is_string() && one["group"].is_string(), "{one}");
        assert!(one["fields"]["series_status"]["match"].is_boolean(), "{one}");
    }
}

fn parameters(birth: &str) -> Value {
    json!({"resourceType": "Parameters", "parameter": [
        {"name": "assessmentDate", "valueDate": "2025-09-01"},
        {"name": "patient", "resource": {
            "resourceType": "Patient", "id": "p1", "gender": "female", "birthDate": birth
        }},
        {"name": "immunization", "resource": {
            "resourceType": "Immunization", "id": "i1", "status": "completed",
            "vaccineCode": {"coding": [{"system": "http://hl7.org/fhir/sid/cvx", "code": "08"}]},
            "occurrenceDateTime": "2025-01-10"
        }},
        {"name": "immunization", "resource": {"resourceType": "Immunization", "status": "not-done"}}
    ]})
}

#[test]
fn a_line_of_parameters_is_answered_by_a_line() {
    let Some(data) = supporting_data() else { return };
    let lines = format!("{}\n{}\nnonsense\n", parameters("2025-01-10"), parameters("2025"));
    let mut command = hutong();
    command.args(["forecast", "--json", "--supporting-data"]).arg(&data);
    let (code, stdout, stderr) = said(&run_with_input(&mut command, &lines));
    assert_eq!(code, 0, "{stderr}");
    let answers: Vec<Value> =
        stdout.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(answers.len(), 3);
    let parts = answers[0]["parameter"].as_array().expect("parameters");
    let evaluation = &parts[0]["resource"];
    assert_eq!(evaluation["resourceType"], "ImmunizationEvaluation");
    assert_eq!(evaluation["immunizationEvent"]["reference"], "Immunization/i1");
    assert_eq!(evaluation["doseStatus"]["coding"][0]["code"], "valid");
    let last = &parts.last().expect("a recommendation")["resource"];
    assert_eq!(last["patient"]["reference"], "Patient/p1");
    let due = last["recommendation"].as_array().expect("recommendations");
    let named = |it: &&Value| it["vaccineCode"][0]["text"] == "HepB";
    let hepatitis_b = due.iter().find(named).expect("hepatitis B");
    assert_eq!(hepatitis_b["doseNumberPositiveInt"], 2);
    assert_eq!(hepatitis_b["dateCriterion"][0]["value"], "2025-02-07", "{hepatitis_b}");
    for refused in &answers[1..] {
        assert_eq!(refused["resourceType"], "OperationOutcome");
    }
    assert!(answers[1].to_string().contains("birthDate"));
}

#[test]
fn what_is_no_supporting_data_is_named() {
    let place = Place::root();
    let run = |folder: &str, more: &[&str]| {
        let mut command = hutong();
        command.args(["forecast", "--supporting-data", folder]).args(more);
        said(&command.output().expect("the executable starts"))
    };
    let sheet = text(&place.write("cases.csv", "CDC_Test_ID\n"));
    let (code, _, stderr) = run(&text(&place.path("")), &["--cases", &sheet]);
    assert_eq!(code, 1);
    assert!(stderr.contains("no XML file"), "{stderr}");
    place.write("ScheduleSupportingData.xml", "<scheduleSupportingData>");
    let (code, _, stderr) = run(&text(&place.path("")), &["--cases", &sheet]);
    assert_eq!(code, 1);
    assert!(stderr.contains("ScheduleSupportingData.xml"), "{stderr}");
    assert_eq!(run(&text(&place.path("")), &[]).0, 2, "nothing asked");
}

fn immunization(id: &str, concept: Value, date: &str) -> Value {
    json!({"name": "immunization", "resource": {
        "resourceType": "Immunization", "id": id, "status": "completed",
        "vaccineCode": concept, "occurrenceDateTime": date
    }})
}

/// A child of China's programme: its vaccines by catalogue code, by historical name, by CVX, and
/// one that the programme has not.
fn child(on: &str, state: Option<&str>) -> String {
    let coded = |system: &str, code: &str| json!({"coding": [{"system": system, "code": code}]});
    let national = "urn:hutong:cs:cn-vaccine";
    let mut all = vec![
        json!({"name": "assessmentDate", "valueDate": on}),
        json!({"name": "patient", "resource": {
            "resourceType": "Patient", "id": "p1", "gender": "female", "birthDate": "2024-07-10"
        }}),
        immunization("a", coded(national, "HEPB"), "2024-07-10"),
        immunization("b", json!({"text": "吸附无细胞百白破联合疫苗"}), "2024-10-10"),
        immunization("c", coded("http://hl7.org/fhir/sid/cvx", "10"), "2024-09-10"),
        immunization("d", coded(national, "5601"), "2024-09-12"),
    ];
    all.extend(state.map(|state| {
        json!({"name": "condition", "resource": {
            "resourceType": "Condition",
            "code": coded("urn:hutong:cs:cn-health-state", state)
        }})
    }));
    json!({"resourceType": "Parameters", "parameter": all}).to_string()
}

/// Answers of `hutong forecast --json`, a line each.
fn answers(more: &[&str], lines: &str) -> Vec<Value> {
    let mut command = hutong();
    command.args(["forecast", "--json"]).args(more);
    let (code, stdout, stderr) = said(&run_with_input(&mut command, lines));
    assert_eq!(code, 0, "{stderr}");
    stdout.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

fn part<'a>(answer: &'a Value, name: &str) -> &'a Value {
    let parts = answer["parameter"].as_array().expect("parameters");
    let part = parts.iter().find(|part| part["name"] == name);
    part.unwrap_or_else(|| panic!("no {name}: {answer}"))
}

fn due<'a>(answer: &'a Value, group: &str) -> &'a Value {
    let due = &part(answer, "recommendation")["resource"]["recommendation"];
    let due = due.as_array().expect("recommendations").iter();
    let mut due = due.filter(|it| it["vaccineCode"][0]["text"] == group);
    due.next().unwrap_or_else(|| panic!("no {group}"))
}

#[test]
fn the_national_programme_is_built_in_and_the_day_chooses_the_edition() {
    let lines = [child("2024-12-31", None), child("2025-01-01", None), child("2020-01-01", None)];
    let found = answers(&["--programme", "cn"], &lines.join("\n"));
    assert_eq!(part(&found[0], "programme")["valueString"], "cn-2021");
    assert_eq!(part(&found[1], "programme")["valueString"], "cn-2025");
    assert_eq!(part(&found[1], "evaluation")["resource"]["description"], "cn-2025");
    assert!(found[2].to_string().contains("no edition"), "{}", found[2]);
    let second = due(&found[0], "DTP");
    assert_eq!(second["description"], "DTaP-2");
    assert_eq!(second["dateCriterion"][0]["value"], "2024-11-10");
    assert_eq!(due(&found[0], "Polio")["description"], "IPV-2");
    let note = part(&found[0], "note")["valueString"].as_str().expect("a note");
    assert!(note.starts_with("d: "), "what the programme has not is noted: {note}");
    let fixed = answers(&["--programme", "cn-2021"], &lines[1]);
    assert_eq!(part(&fixed[0], "programme")["valueString"], "cn-2021");
    let chinese = answers(&["--programme", "cn", "--lang", "zh-CN"], &lines[0]);
    assert!(due(&chinese[0], "DTP")["forecastReason"][0]["text"].to_string().contains("第 2 剂"));
}

#[test]
fn a_health_state_changes_what_is_due() {
    let found = answers(&["--programme", "cn"], &child("2024-12-31", Some("hiv-asymptomatic")));
    assert_eq!(due(&found[0], "BCG")["forecastStatus"]["text"], "Contraindicated");
    assert_eq!(due(&found[0], "JE")["description"], "JE-I-1");
    let found = answers(&["--programme", "cn"], &child("2024-12-31", None));
    assert_eq!(due(&found[0], "JE")["description"], "JE-L-1");
}

#[test]
fn a_folder_above_the_data_and_whos_workbooks_are_read() {
    let Some(folder) = material("cdsi") else { return };
    let above = text(&folder.join("supporting-data-4.64-508"));
    let found = answers(&["--supporting-data", &above], &parameters("2025-01-10").to_string());
    assert_eq!(due(&found[0], "HepB")["doseNumberPositiveInt"], 2);
    let who = text(&folder.join("who"));
    let found = answers(&["--supporting-data", &who], &parameters("2025-01-10").to_string());
    assert_eq!(due(&found[0], "HepB")["doseNumberPositiveInt"], 2);
}

#[test]
fn editions_are_listed_compared_and_what_is_unverified_is_told() {
    let run = |arguments: &[&str]| {
        let output = hutong().arg("programme").args(arguments).output();
        said(&output.expect("the executable starts"))
    };
    let (code, stdout, _) = run(&["list", "--json"]);
    assert_eq!((code, stdout.lines().count()), (0, 4));
    let (code, stdout, _) = run(&["unverified", "--json"]);
    let first: Value = serde_json::from_str(stdout.lines().next().expect("a line")).expect("JSON");
    assert_eq!(code, 0);
    assert!(first["source"].is_string() && first["mark"].is_string(), "{first}");
    let (_, stdout, _) = run(&["unverified"]);
    assert!(stdout.contains("none was checked against the document itself"), "{stdout}");
    let (code, stdout, _) = run(&["diff", "cn-2025-hpv", "cn-2026"]);
    assert!(code == 0 && stdout.contains("MPSV-A-2") && stdout.contains("24 months"), "{stdout}");
    let (code, _, stderr) = run(&["diff", "cn-2025", "cn-2027"]);
    assert!(code == 2 && stderr.contains("cn-2026"), "{stderr}");
    let place = Place::root();
    let pack =
        text(&place.write(
            "pack.toml",
            "[edition]\nid = \"x\"\nregion = \"33\"\nname = \"\"\nname_en = \"\"",
        ));
    let (code, _, stderr) = run(&["list", "--pack", &pack]);
    assert!(code == 1 && stderr.contains("six digits"), "{stderr}");
}
