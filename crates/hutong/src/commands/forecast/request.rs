//! What a request says: the day, the person, the doses and the health states.

use crate::commands::programme::source::Source;
use hutong_model::catalogue::{CVX, Catalogue};
use hutong_programme::{
    Cvx, Day, Dose, Gender, Mvx, Observation, ObservationCode, Patient, Programme,
};
use serde_json::Value;

const MVX: &str = "http://hl7.org/fhir/sid/mvx";
const SNOMED: &str = "http://snomed.info/sct";
/// A vaccine that is known, and not to the programme: it stays in the history, with a note.
const OUTSIDE: Cvx = Cvx(u16::MAX);

/// A request that was understood.
pub(super) struct Request<'a> {
    pub(super) on: Day,
    pub(super) programme: &'a Programme,
    pub(super) patient: Patient,
    /// Ids of the doses' resources.
    pub(super) ids: Vec<String>,
    /// The patient, as a reference.
    pub(super) subject: Value,
}

pub(super) fn read<'a>(source: &'a Source, parameters: &Value) -> Result<Request<'a>, String> {
    if parameters["resourceType"] != "Parameters" {
        return Err("a line is one FHIR Parameters resource".into());
    }
    let on = named(parameters, "assessmentDate").next();
    let on = on.and_then(|it| it["valueDate"].as_str());
    let on = on.ok_or("no parameter assessmentDate with a valueDate")?;
    let on = day(on).ok_or("assessmentDate: not a date")?;
    let programme = source.on(on)?;
    let resource = named(parameters, "patient").next().map(|it| &it["resource"]);
    let resource = resource.filter(|it| it["resourceType"] == "Patient");
    let resource = resource.ok_or("no parameter patient with a Patient")?;
    let birth = resource["birthDate"].as_str().and_then(day);
    let (doses, ids) = doses(programme, parameters)?;
    let patient = Patient {
        birth: birth.ok_or("Patient.birthDate: a whole date is needed")?,
        gender: Gender::parse(resource["gender"].as_str().unwrap_or_default()),
        birth_country: None,
        doses,
        observations: states(programme, parameters)?,
    };
    let subject = match resource["id"].as_str() {
        Some(id) => serde_json::json!({ "reference": format!("Patient/{id}") }),
        None => serde_json::json!({ "display": "the patient of the request" }),
    };
    Ok(Request { on, programme, patient, ids, subject })
}

fn named<'a>(parameters: &'a Value, name: &'static str) -> impl Iterator<Item = &'a Value> {
    let all = parameters["parameter"].as_array().into_iter().flatten();
    all.filter(move |it| it["name"] == name)
}

/// A date, or the date of a date and time.
fn day(text: &str) -> Option<Day> {
    Day::parse(text.get(..10).unwrap_or(text))
}

/// The doses that were given, and the ids of their resources.
fn doses(programme: &Programme, parameters: &Value) -> Result<(Vec<Dose>, Vec<String>), String> {
    let (mut doses, mut ids) = (Vec::new(), Vec::new());
    for (at, given) in named(parameters, "immunization").enumerate() {
        let given = &given["resource"];
        if given["status"].as_str().is_some_and(|status| status != "completed") {
            continue;
        }
        let wrong = |what: &str| format!("immunization {}: {what}", at + 1);
        let date = given["occurrenceDateTime"].as_str().and_then(day);
        let date = date.ok_or_else(|| wrong("occurrenceDateTime: a whole date is needed"))?;
        let cvx = vaccine(programme, &given["vaccineCode"]);
        let cvx = cvx.ok_or_else(|| wrong("vaccineCode: no code or name that is known"))?;
        let maker = &given["manufacturer"]["identifier"];
        let mvx = maker["value"].as_str().filter(|_| maker["system"] == MVX).and_then(Mvx::parse);
        let expires = given["expirationDate"].as_str().and_then(day);
        let condition = given["isSubpotent"] == true;
        doses.push(Dose { mvx, expires, condition, ..Dose::new(date, cvx) });
        ids.push(given["id"].as_str().unwrap_or_default().to_owned());
    }
    Ok((doses, ids))
}

/// The vaccine type of a concept: by a code that the programme has, by CVX where its types are CVX,
/// by a code or a name (historical ones too) of the catalogue.
fn vaccine(programme: &Programme, concept: &Value) -> Option<Cvx> {
    let codings = concept["coding"].as_array().map(Vec::as_slice).unwrap_or_default();
    let pairs =
        codings.iter().filter_map(|it| Some((it["system"].as_str()?, it["code"].as_str()?)));
    if let Some(found) = pairs.clone().find_map(|(system, code)| programme.vaccine_of(system, code))
    {
        return Some(found);
    }
    let own_codes = programme.data().schedule.vaccines.iter().any(|it| !it.coded.is_empty());
    if !own_codes {
        return pairs
            .clone()
            .find(|(system, _)| *system == CVX)
            .and_then(|(_, code)| Cvx::parse(code));
    }
    let catalogue = Catalogue::builtin();
    let names = codings.iter().map(|it| &it["display"]).chain([&concept["text"]]);
    let by_name = names.filter_map(Value::as_str).find_map(|name| catalogue.vaccine_by_name(name));
    let by_code = pairs.filter_map(|(system, code)| catalogue.vaccine(system, code)).next();
    let known = by_code.or(by_name)?;
    let of = |it: &hutong_model::catalogue::Vaccine| programme.vaccine_of(&it.system, &it.code);
    Some(of(known).or_else(|| by_name.and_then(of)).unwrap_or(OUTSIDE))
}

/// Health states: conditions and observations with a code that the programme knows. One that it
/// does not know changes nothing.
fn states(programme: &Programme, parameters: &Value) -> Result<Vec<Observation>, String> {
    let mut found = Vec::new();
    for state in named(parameters, "condition").chain(named(parameters, "observation")) {
        let resource = &state["resource"];
        let date = ["onsetDateTime", "effectiveDateTime", "recordedDate"];
        let date = date.iter().find_map(|field| resource[*field].as_str());
        let wrong = || "condition or observation: a date is not whole".to_owned();
        let date = date.map(|text| day(text).ok_or_else(wrong)).transpose()?;
        for coding in resource["code"]["coding"].as_array().into_iter().flatten() {
            let (system, code) = (coding["system"].as_str(), coding["code"].as_str());
            let (Some(system), Some(code)) = (system, code) else { continue };
            let system = if system == SNOMED { "SNOMED" } else { system };
            let codes: Vec<ObservationCode> = programme.observations_of(system, code).collect();
            found.extend(codes.into_iter().map(|it| Observation { date, ..Observation::new(it) }));
        }
    }
    Ok(found)
}
