//! The `$immds-forecast` operation of the `ImmDS` guide, a line each: Parameters in, Parameters
//! out.

use crate::{
    failure::{Exit, Failure},
    lines,
};
use hutong_model::limits::LINE_BYTES_MAX;
use hutong_programme::{
    Assessment, Cvx, Day, Dose, Gender, GroupForecast, Language, Mvx, Patient, PatientSeries,
    Programme,
};
use serde_json::{Value, json};

const CVX: &str = "http://hl7.org/fhir/sid/cvx";
const MVX: &str = "http://hl7.org/fhir/sid/mvx";
const LOINC: &str = "http://loinc.org";

/// Answers every line.
pub(super) fn run(programme: &Programme) -> Result<Exit, Failure> {
    lines::answer(LINE_BYTES_MAX as u64, |line| {
        let answer = line.map_err(str::to_owned).and_then(|line| answer(programme, line));
        answer.unwrap_or_else(|error| refused(&error)).to_string()
    })?;
    Ok(Exit::Ok)
}

fn refused(error: &str) -> Value {
    json!({
        "resourceType": "OperationOutcome",
        "issue": [{ "severity": "error", "code": "invalid", "diagnostics": error }],
    })
}

fn answer(programme: &Programme, line: &str) -> Result<Value, String> {
    let parameters: Value = serde_json::from_str(line).map_err(|error| error.to_string())?;
    if parameters["resourceType"] != "Parameters" {
        return Err("a line is one FHIR Parameters resource".into());
    }
    let on = parameter(&parameters, "assessmentDate")
        .and_then(|it| it["valueDate"].as_str())
        .ok_or("no parameter assessmentDate with a valueDate")?;
    let on = day(on).ok_or("assessmentDate: not a date")?;
    let resource = parameter(&parameters, "patient").map(|it| &it["resource"]);
    let resource = resource.filter(|it| it["resourceType"] == "Patient");
    let resource = resource.ok_or("no parameter patient with a Patient")?;
    let (patient, ids) = read_patient(&parameters, resource)?;
    let assessment = programme.assess(&patient, on);
    let subject = reference(resource);
    let mut answers = evaluations(programme, &patient, &ids, &assessment, &subject);
    answers.push(recommendation(programme, &assessment, &subject));
    Ok(json!({ "resourceType": "Parameters", "parameter": answers }))
}

fn parameter<'a>(parameters: &'a Value, name: &str) -> Option<&'a Value> {
    parameters["parameter"].as_array()?.iter().find(|it| it["name"] == name)
}

fn reference(patient: &Value) -> Value {
    match patient["id"].as_str() {
        Some(id) => json!({ "reference": format!("Patient/{id}") }),
        None => json!({ "display": "the patient of the request" }),
    }
}

/// A date, or the date of a date and time.
fn day(text: &str) -> Option<Day> {
    Day::parse(text.get(..10).unwrap_or(text))
}

/// The patient with the doses that were given, and the ids of their resources.
fn read_patient(parameters: &Value, resource: &Value) -> Result<(Patient, Vec<String>), String> {
    let birth = resource["birthDate"].as_str().and_then(day);
    let birth = birth.ok_or("Patient.birthDate: a whole date is needed")?;
    let (mut doses, mut ids) = (Vec::new(), Vec::new());
    let all = parameters["parameter"].as_array().into_iter().flatten();
    for (at, given) in all.filter(|it| it["name"] == "immunization").enumerate() {
        let given = &given["resource"];
        if given["status"].as_str().is_some_and(|status| status != "completed") {
            continue;
        }
        let wrong = |what: &str| format!("immunization {}: {what}", at + 1);
        let date = given["occurrenceDateTime"].as_str().and_then(day);
        let date = date.ok_or_else(|| wrong("occurrenceDateTime: a whole date is needed"))?;
        let cvx = code(&given["vaccineCode"], CVX).and_then(|text| Cvx::parse(&text));
        let cvx = cvx.ok_or_else(|| wrong("vaccineCode: no CVX code"))?;
        let maker = &given["manufacturer"]["identifier"];
        let mvx = maker["value"].as_str().filter(|_| maker["system"] == MVX).and_then(Mvx::parse);
        let expires = given["expirationDate"].as_str().and_then(day);
        let condition = given["isSubpotent"] == true;
        doses.push(Dose { mvx, expires, condition, ..Dose::new(date, cvx) });
        ids.push(given["id"].as_str().unwrap_or_default().to_owned());
    }
    let patient = Patient {
        birth,
        gender: Gender::parse(resource["gender"].as_str().unwrap_or_default()),
        birth_country: None,
        doses,
        observations: Vec::new(),
    };
    Ok((patient, ids))
}

fn code(concept: &Value, system: &str) -> Option<String> {
    let coding = concept["coding"].as_array()?.iter().find(|coding| coding["system"] == system)?;
    coding["code"].as_str().map(str::to_owned)
}

/// What became of each dose, in each best series that looked at it.
fn evaluations(
    programme: &Programme,
    patient: &Patient,
    ids: &[String],
    assessment: &Assessment,
    subject: &Value,
) -> Vec<Value> {
    let mut found = Vec::new();
    for group in &assessment.groups {
        for series in assessment.contained(group) {
            for evaluation in assessment.evaluations_of(series) {
                let dose = usize::from(evaluation.dose);
                let resource = json!({
                    "resourceType": "ImmunizationEvaluation",
                    "status": "completed",
                    "patient": subject,
                    "date": assessment.on.to_string(),
                    "targetDisease": { "text": programme.antigen(series.antigen).name },
                    "immunizationEvent": event(ids, dose, patient),
                    "doseStatus": dose_status(evaluation.status.into()),
                    "doseStatusReason": [{ "text": evaluation.sentence(Language::English) }],
                    "series": series_name(programme, series),
                    "doseNumberPositiveInt": evaluation.target.map(|target| target + 1),
                });
                found.push(json!({ "name": "evaluation", "resource": without_nulls(resource) }));
            }
        }
    }
    found
}

fn event(ids: &[String], dose: usize, patient: &Patient) -> Value {
    match ids.get(dose).filter(|id| !id.is_empty()) {
        Some(id) => json!({ "reference": format!("Immunization/{id}") }),
        None => {
            let given = patient.doses[dose];
            json!({ "display": format!("{} on {}", given.cvx, given.date) })
        }
    }
}

/// Whether a dose counts, in FHIR's two words.
#[derive(Clone, Copy)]
struct DoseStatus(bool);

impl From<hutong_programme::EvaluationStatus> for DoseStatus {
    fn from(status: hutong_programme::EvaluationStatus) -> Self {
        Self(status == hutong_programme::EvaluationStatus::Valid)
    }
}

fn dose_status(DoseStatus(valid): DoseStatus) -> Value {
    const SYSTEM: &str =
        "http://terminology.hl7.org/CodeSystem/immunization-evaluation-dose-status";
    let code = if valid { "valid" } else { "notvalid" };
    json!({ "coding": [{ "system": SYSTEM, "code": code }] })
}

fn series_name(programme: &Programme, series: &PatientSeries) -> Value {
    let antigen = programme.antigen(series.antigen);
    antigen.series.get(usize::from(series.series)).map_or(Value::Null, |it| json!(it.name))
}

/// What is due, by vaccine group.
fn recommendation(programme: &Programme, assessment: &Assessment, subject: &Value) -> Value {
    let due = assessment.groups.iter().map(|group| of_group(programme, assessment, group));
    let resource = json!({
        "resourceType": "ImmunizationRecommendation",
        "patient": subject,
        "date": assessment.on.to_string(),
        "recommendation": due.collect::<Vec<_>>(),
    });
    json!({ "name": "recommendation", "resource": resource })
}

fn of_group(programme: &Programme, assessment: &Assessment, group: &GroupForecast) -> Value {
    let name = programme.group_name(group.group);
    let mut dates = Vec::new();
    if let Some(found) = group.dates {
        let mut add = |code: &str, display: &str, day: Option<Day>| {
            dates.extend(day.map(|day| {
                let coding = json!({ "system": LOINC, "code": code, "display": display });
                json!({ "code": { "coding": [coding] }, "value": day.to_string() })
            }));
        };
        add("30981-5", "Earliest date to give", Some(found.earliest));
        add("30980-7", "Date vaccine due", Some(found.recommended));
        add("59778-1", "Date when overdue for immunization", found.past_due);
        add("59777-3", "Latest date to give immunization", found.latest);
    }
    without_nulls(json!({
        "vaccineCode": [{ "text": name }],
        "forecastStatus": { "text": group.status.term() },
        "forecastReason": [{ "text": group.sentence(Language::English) }],
        "dateCriterion": if dates.is_empty() { Value::Null } else { json!(dates) },
        "doseNumberPositiveInt": assessment.dose_number(group),
    }))
}

fn without_nulls(mut resource: Value) -> Value {
    if let Value::Object(fields) = &mut resource {
        fields.retain(|_, value| !value.is_null());
    }
    resource
}
