//! The `$immds-forecast` operation of the `ImmDS` guide, a line each: Parameters in, Parameters
//! out.

use super::request::{self, Request};
use crate::{
    commands::programme::{language, source::Source},
    failure::{Exit, Failure},
    lang::Lang,
    lines,
};
use hutong_model::limits::LINE_BYTES_MAX;
use hutong_programme::{
    Assessment, Day, GroupForecast, Language, Note, Patient, PatientSeries, Programme,
};
use serde_json::{Value, json};

const LOINC: &str = "http://loinc.org";

/// Answers every line.
pub(super) fn run(source: &Source, lang: Lang) -> Result<Exit, Failure> {
    let language = language(lang);
    lines::answer(LINE_BYTES_MAX as u64, |line| {
        let answer = line.map_err(str::to_owned).and_then(|line| answer(source, line, language));
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

/// What an answer is made of.
struct Answer<'a> {
    request: Request<'a>,
    assessment: Assessment,
    language: Language,
}

fn answer(source: &Source, line: &str, language: Language) -> Result<Value, String> {
    let parameters: Value = serde_json::from_str(line).map_err(|error| error.to_string())?;
    let request = request::read(source, &parameters)?;
    let assessment = request.programme.assess(&request.patient, request.on);
    let answer = Answer { request, assessment, language };
    let mut answers = answer.evaluations();
    answers.push(answer.recommendation());
    answers.extend(answer.version());
    answers.extend(answer.notes());
    Ok(json!({ "resourceType": "Parameters", "parameter": answers }))
}

impl Answer<'_> {
    /// The edition under which it was made.
    fn version(&self) -> Option<Value> {
        let version = &self.assessment.version;
        (!version.is_empty()).then(|| json!({ "name": "programme", "valueString": **version }))
    }

    /// What people should look at.
    fn notes(&self) -> impl Iterator<Item = Value> {
        self.assessment.notes.iter().map(|note| {
            let about = match note {
                Note::BeforeBirth(dose)
                | Note::Future(dose)
                | Note::UnknownVaccine(dose)
                | Note::SameDay(dose)
                | Note::TooManyDoses(dose) => self.dose(usize::from(*dose)),
                Note::PossibleIndication(_, code) | Note::PossibleContraindication(_, code) => {
                    self.request.programme.observation(*code).map(|it| it.title.clone())
                }
                Note::TooManyObservations(_) | Note::NotBorn => None,
            };
            let words = note.words(self.language);
            let text = about.map_or_else(|| words.to_owned(), |about| format!("{about}: {words}"));
            json!({ "name": "note", "valueString": text })
        })
    }

    fn dose(&self, dose: usize) -> Option<String> {
        let id = self.request.ids.get(dose).filter(|id| !id.is_empty());
        let given = self.request.patient.doses.get(dose);
        id.cloned().or_else(|| given.map(|given| given.date.to_string()))
    }

    /// What became of each dose, in each best series that looked at it.
    fn evaluations(&self) -> Vec<Value> {
        let Request { programme, patient, ids, subject, .. } = &self.request;
        let assessment = &self.assessment;
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
                        "doseStatusReason": [{ "text": evaluation.sentence(self.language) }],
                        "description": version_of(assessment),
                        "series": series_name(programme, series),
                        "doseNumberPositiveInt": evaluation.target.map(|target| target + 1),
                    });
                    found
                        .push(json!({ "name": "evaluation", "resource": without_nulls(resource) }));
                }
            }
        }
        found
    }

    /// What is due, by vaccine group.
    fn recommendation(&self) -> Value {
        let due = self.assessment.groups.iter().map(|group| self.of_group(group));
        let resource = json!({
            "resourceType": "ImmunizationRecommendation",
            "patient": self.request.subject,
            "date": self.assessment.on.to_string(),
            "recommendation": due.collect::<Vec<_>>(),
        });
        json!({ "name": "recommendation", "resource": resource })
    }

    fn of_group(&self, group: &GroupForecast) -> Value {
        let name = self.request.programme.group_name(group.group);
        without_nulls(json!({
            "vaccineCode": [{ "text": name }],
            "forecastStatus": { "text": group.status.term() },
            "forecastReason": [{ "text": self.assessment.sentence(group, self.language) }],
            "dateCriterion": dates(group),
            "description": self.next(group),
            "doseNumberPositiveInt": self.assessment.dose_number(group),
        }))
    }

    /// Ids of the doses that are next, each once.
    fn next(&self, group: &GroupForecast) -> Option<String> {
        let mut ids: Vec<&str> = Vec::new();
        for series in self.assessment.contained(group) {
            let antigen = self.request.programme.antigen(series.antigen);
            let doses = antigen.series.get(usize::from(series.series)).map(|it| &it.doses);
            let target = series.forecast.target.map(usize::from);
            let next = doses.zip(target).and_then(|(doses, target)| doses.get(target));
            ids.extend(next.map(|dose| dose.id.as_str()).filter(|id| !id.is_empty()));
        }
        ids.sort_unstable();
        ids.dedup();
        (!ids.is_empty()).then(|| ids.join(", "))
    }
}

/// Under which edition: a record that is kept says so itself.
fn version_of(assessment: &Assessment) -> Value {
    let version = &assessment.version;
    if version.is_empty() { Value::Null } else { json!(**version) }
}

fn dates(group: &GroupForecast) -> Value {
    let Some(found) = group.dates else { return Value::Null };
    let mut dates = Vec::new();
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
    json!(dates)
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

fn without_nulls(mut resource: Value) -> Value {
    if let Value::Object(fields) = &mut resource {
        fields.retain(|_, value| !value.is_null());
    }
    resource
}
