//! The FHIR R4 Bundle of a card: one Patient, Immunizations, Observations.

use super::super::IssueError;
use crate::foreign::value_sets::Set;
use crate::foreign::wire_time::{is_date_time, is_partial_date};
use crate::foreign::{Coded, Name, PersonShown, Record, TestResult, Vaccination};
use hutong_model::Catalogue;
use hutong_model::When;
use hutong_model::catalogue::{CN_VACCINE, CVX, LOINC, SNOMED, TEST};
use hutong_model::limits::FOREIGN_RECORDS_MAX;
use serde_json::{Map, Value, json};

const COVID_19: &str = "840539006";
/// SARS-CoV-2 RNA in a specimen by nucleic-acid amplification (LOINC): what the EU's LP6464-4,
/// which is no code of an observation, means together with COVID-19.
const SARS_COV_2_RNA: &str = "94309-2";
/// SARS-CoV-2 antigen by rapid immunoassay (LOINC): the same for LP217198-3.
const SARS_COV_2_ANTIGEN: &str = "94558-4";
/// Codes of results (SNOMED CT), by our words for them.
const RESULTS: [(&str, &str); 3] =
    [("negative", "260415000"), ("positive", "260373001"), ("inconclusive", "419984006")];

/// The Bundle.
pub(super) fn write(
    person: &PersonShown,
    records: &[Record],
    dose_numbers: bool,
) -> Result<Value, IssueError> {
    if records.is_empty() {
        return Err(IssueError::Missing("entry"));
    }
    if records.len() >= FOREIGN_RECORDS_MAX {
        return Err(IssueError::Large);
    }
    let mut resources = vec![patient(person)?];
    for record in records {
        resources.push(match record {
            Record::Vaccination(dose) => immunization(dose, dose_numbers)?,
            Record::Test(result) => observation(result)?,
            Record::Recovery(_) => return Err(IssueError::NotStatable("recovery")),
        });
    }
    let entry =
        |(place, resource)| json!({"fullUrl": format!("resource:{place}"), "resource": resource});
    let entries: Vec<Value> = resources.into_iter().enumerate().map(entry).collect();
    Ok(json!({"resourceType": "Bundle", "type": "collection", "entry": entries}))
}

/// Whether a record is about COVID-19.
pub(super) fn is_covid_19(record: &Record) -> bool {
    match record.clone().completed() {
        Record::Vaccination(dose) => {
            let place = dose.catalogue.as_ref();
            let known = place.and_then(|p| Catalogue::builtin().vaccine(&p.system, &p.code));
            is_target(dose.target.as_ref())
                || known.is_some_and(|v| v.families.iter().any(|family| &**family == "covid-19"))
        }
        Record::Test(result) => {
            let code = result.test.as_ref().map_or("", |test| &*test.code);
            let known = [TEST, LOINC].iter().find_map(|s| Catalogue::builtin().test(s, code));
            is_target(result.target.as_ref())
                || Set::Tests.row(code).is_some()
                || known.is_some_and(|test| &*test.agent == "sars-cov-2")
        }
        Record::Recovery(past) => is_target(past.target.as_ref()),
    }
}

fn is_target(target: Option<&Coded>) -> bool {
    target.is_some_and(|target| &*target.code == COVID_19)
}

/// The person. A name that is written in another script is followed by the passport's spelling,
/// where that is stated.
fn patient(person: &PersonShown) -> Result<Value, IssueError> {
    let written = name(&person.name)?;
    let mut names = vec![written];
    let latin = (&person.name.family_latin, &person.name.given_latin);
    let is_ascii = |text: &Option<Box<str>>| text.as_deref().is_none_or(str::is_ascii);
    let plain = is_ascii(&person.name.family) && is_ascii(&person.name.given);
    if (latin.0.is_some() || latin.1.is_some()) && !(plain && is_ascii(&person.name.text)) {
        let spelled = |text: &Option<Box<str>>| text.as_deref().map(|t| t.replace('<', " ").into());
        names.push(name(&Name {
            family: spelled(latin.0),
            given: spelled(latin.1),
            ..Name::default()
        })?);
    }
    let mut patient = json!({"resourceType": "Patient", "name": names});
    if let Some(date) = &person.birth_date {
        if !is_partial_date(date) || When::parse(date).is_err() {
            return Err(IssueError::Malformed("birthDate"));
        }
        patient["birthDate"] = json!(date);
    }
    Ok(patient)
}

fn name(name: &Name) -> Result<Value, IssueError> {
    let mut out = Map::new();
    let stated = |text: &Option<Box<str>>| text.clone().filter(|text| !text.trim().is_empty());
    if let Some(family) = stated(&name.family) {
        out.insert("family".to_owned(), json!(family));
    }
    if let Some(given) = stated(&name.given) {
        // FHIR has a list of given names; readers put them together with spaces.
        let given: Vec<&str> = given.split(' ').filter(|part| !part.is_empty()).collect();
        out.insert("given".to_owned(), json!(given));
    }
    if out.is_empty() {
        // Only the whole is known: nobody says which part is the family's.
        let text = stated(&name.text).ok_or(IssueError::Missing("name"))?;
        out.insert("text".to_owned(), json!(text));
    }
    Ok(Value::Object(out))
}

fn immunization(dose: &Vaccination, numbers: bool) -> Result<Value, IssueError> {
    let dose = dose.clone().completed();
    let date = dose.date.as_deref().ok_or(IssueError::Missing("occurrenceDateTime"))?;
    if !is_fhir_time(date) {
        return Err(IssueError::Malformed("occurrenceDateTime"));
    }
    let (system, code) = vaccine_code(&dose).ok_or(IssueError::Missing("vaccineCode"))?;
    let mut out = json!({
        "resourceType": "Immunization", "status": "completed",
        "vaccineCode": {"coding": [{"system": system, "code": code}]},
        "patient": {"reference": "resource:0"}, "occurrenceDateTime": date,
    });
    if let Some(lot) = filled(&dose.lot) {
        out["lotNumber"] = json!(lot);
    }
    if let Some((system, code)) = dose.maker.as_ref().and_then(in_system) {
        out["manufacturer"] = json!({"identifier": {"system": system, "value": code}});
    }
    if let Some(performer) = filled(&dose.provenance.performer) {
        out["performer"] = json!([{"actor": {"display": performer}}]);
    }
    if numbers && let Some(number) = dose.dose {
        let mut protocol = json!({"doseNumberPositiveInt": number});
        if number == 0 || dose.doses == Some(0) {
            return Err(IssueError::Malformed("doseNumberPositiveInt"));
        }
        if let Some(doses) = dose.doses {
            protocol["seriesDosesPositiveInt"] = json!(doses);
        }
        out["protocolApplied"] = json!([protocol]);
    }
    Ok(out)
}

/// The code of a vaccine: CVX where it has one, else the WHO's (ICD-11) or SNOMED's for its kind,
/// else our catalogue's, else the product's own.
fn vaccine_code(dose: &Vaccination) -> Option<(String, String)> {
    let owned = |(system, code): (&str, &str)| (system.to_owned(), code.to_owned());
    let place = dose.catalogue.as_ref().map(|place| (&*place.system, &*place.code));
    let product = dose.product.as_ref().and_then(in_system);
    let kind = dose.vaccine.as_ref().and_then(in_system);
    let cvx = [product, place, kind].into_iter().flatten().find(|(system, _)| *system == CVX);
    // Our own codes are more exact than the name of a kind, but nobody abroad knows them.
    let foreign = |known: &(&str, &str)| known.0 != CN_VACCINE;
    cvx.or(kind.filter(foreign)).or(place).or(product).map(owned)
}

fn observation(result: &TestResult) -> Result<Value, IssueError> {
    let sampled = result.sampled_at.as_deref().ok_or(IssueError::Missing("effectiveDateTime"))?;
    if !is_fhir_time(sampled) {
        return Err(IssueError::Malformed("effectiveDateTime"));
    }
    let (system, code) = test_code(result)?;
    let (result_system, result_code) = result_code(result)?;
    let mut out = json!({
        "resourceType": "Observation", "status": "final",
        "code": {"coding": [{"system": system, "code": code}]},
        "subject": {"reference": "resource:0"}, "effectiveDateTime": sampled,
        "valueCodeableConcept": {"coding": [{"system": result_system, "code": result_code}]},
    });
    if let Some(reported) = filled(&result.reported_at) {
        if reported.len() <= 10 || !is_fhir_time(reported) {
            return Err(IssueError::Malformed("issued"));
        }
        out["issued"] = json!(reported);
    }
    if let Some(performer) = filled(&result.provenance.performer) {
        out["performer"] = json!([{"display": performer}]);
    }
    Ok(out)
}

/// The code of a test: LOINC's for SARS-CoV-2, else the test's own.
fn test_code(result: &TestResult) -> Result<(String, String), IssueError> {
    let own = result.test.as_ref().and_then(in_system);
    let covid = is_target(result.target.as_ref())
        || own.is_some_and(|(system, code)| {
            let known = Catalogue::builtin().test(system, code);
            known.is_some_and(|test| &*test.agent == "sars-cov-2")
        });
    let row = result.test.as_ref().and_then(|test| Set::Tests.row(&test.code));
    let word = row.and_then(|row| row.kind.as_deref()).or(result.kind.as_deref());
    // A part of LOINC (`LP`) is the axis of a code and none itself.
    let is_code = |(system, code): &(&str, &str)| *system == LOINC && !code.starts_with("LP");
    match (own.filter(is_code), word) {
        (Some((system, code)), _) => Ok((system.to_owned(), code.to_owned())),
        (None, Some("nucleic-acid")) if covid => Ok((LOINC.into(), SARS_COV_2_RNA.into())),
        (None, Some("antigen")) if covid => Ok((LOINC.into(), SARS_COV_2_ANTIGEN.into())),
        _ => match own {
            Some((LOINC, _)) => Err(IssueError::NotStatable("code")),
            Some((system, code)) => Ok((system.to_owned(), code.to_owned())),
            None => Err(IssueError::Missing("code")),
        },
    }
}

/// The code of a result. One that is pending is none.
fn result_code(result: &TestResult) -> Result<(String, String), IssueError> {
    if let Some((system, code)) = result.result.as_ref().and_then(in_system) {
        return Ok((system.to_owned(), code.to_owned()));
    }
    let word = result.outcome.as_deref().ok_or(IssueError::Missing("valueCodeableConcept"))?;
    let known = RESULTS.iter().find(|(name, _)| *name == word);
    let (_, code) = known.ok_or(IssueError::NotStatable("valueCodeableConcept"))?;
    Ok((SNOMED.into(), (*code).into()))
}

fn in_system(coded: &Coded) -> Option<(&str, &str)> {
    let system = coded.system.as_deref().filter(|system| !system.is_empty())?;
    (!coded.code.is_empty()).then_some((system, &*coded.code))
}

fn filled(text: &Option<Box<str>>) -> Option<&str> {
    text.as_deref().filter(|text| !text.trim().is_empty())
}

/// Whether a text is a date, whole or partial, or an instant (FHIR R4, `dateTime`).
fn is_fhir_time(text: &str) -> bool {
    let whole = text.len() <= 10 || (is_date_time(text) && text.as_bytes().get(10) == Some(&b'T'));
    whole && When::parse(text).is_ok()
}
