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
