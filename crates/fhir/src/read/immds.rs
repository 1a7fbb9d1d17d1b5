//! The request of `$immds-forecast` (HL7 FHIR Implementation Guide: Immunization Decision Support
//! Forecast): `Parameters` with a day, a patient, the doses given and what else is known.
//!
//! Strict: a parameter of another name, a resource of another type, a date that is not whole is
//! refused with its place. Doses that were not given or were entered in error are passed over.

use super::coded::{self, fields};
use super::elements::{Concept, Dose, Parameters, Part, State, Taker};
use super::findings::Findings;
use super::times;
use crate::json::{self, Raw, Str};
use hutong_model::{Coding, Date, Issue, IssueCode, Sex};

/// Code system of manufacturers.
const MVX: &str = "http://hl7.org/fhir/sid/mvx";

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForecastRequest {
    /// The day of assessment.
    pub on: Date,
    /// The patient's id in the request.
    pub patient: Option<Box<str>>,
    /// Date of birth.
    pub birth: Date,
    /// Administrative sex.
    pub sex: Sex,
    /// The doses that were given, in the order of the request.
    pub doses: Vec<StatedDose>,
    /// Health states: conditions and observations.
    pub states: Vec<StatedState>,
}

/// A dose of the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatedDose {
    /// Its id in the request.
    pub id: Option<Box<str>>,
    /// Which of the request's doses it is, from 1.
    pub place: usize,
    /// When it was given.
    pub date: Date,
    /// Every coding of the vaccine, and its name.
    pub vaccine: Vec<Coding>,
    /// The manufacturer's MVX code.
    pub maker: Option<Box<str>>,
    /// Expiry of the lot.
    pub expires: Option<Date>,
    /// Given, but not potent.
    pub subpotent: bool,
}

/// A health state of the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatedState {
    /// Every coding of it.
    pub codes: Vec<Coding>,
    /// Since when, where it is said.
    pub since: Option<Date>,
    /// Until before when, where it is over.
    pub until: Option<Date>,
    /// False where it is not certain that it applies.
    pub certain: bool,
}

/// Reads a request.
///
/// # Errors
/// Every reason against it, with the place.
pub fn read_forecast(bytes: &[u8]) -> Result<ForecastRequest, Vec<Issue>> {
    let text = json::check(bytes).map_err(|issue| vec![issue])?;
    json::check_parts(text).map_err(|issue| vec![issue])?;
    let kind = json::resource_type(text).map_err(|issue| vec![issue])?;
    let mut f = Findings::default();
    if &*kind != "Parameters" {
        let remedy = "send one Parameters resource, as the ImmDS guide has it";
        f.error(IssueCode::Structure, "resourceType", "this is not Parameters", remedy);
        return Err(f.into_errors());
    }
    let parameters: Parameters<'_> =
        json::parse(text, "Parameters").map_err(|issue| vec![issue])?;
    let mut reading = Reading::default();
    for (at, part) in parameters.parameter.iter().enumerate() {
        reading.part(&mut f, at, part);
    }
    reading.finish(f)
}

#[derive(Default)]
struct Reading {
    on: Option<Date>,
    patient: Option<(Option<Box<str>>, Option<Date>, Sex)>,
    given: usize,
    doses: Vec<StatedDose>,
    states: Vec<StatedState>,
}

impl Reading {
    fn part(&mut self, f: &mut Findings, at: usize, part: &Part<'_>) {
        let place = |rest: &str| format!("Parameters.parameter[{at}]{rest}");
        match part.name.as_deref() {
            Some("assessmentDate") => {
                if self.on.is_some() {
                    f.error(IssueCode::Structure, place(""), "the day comes twice", "give one");
                }
                let text = part.value_date.as_ref().or(part.value_date_time.as_ref());
                self.on = whole_day(f, place(".valueDate"), text).or(self.on);
            }
            Some("patient") => {
                if self.patient.is_some() {
                    f.error(IssueCode::Structure, place(""), "the patient comes twice", "give one");
                }
                if let Some(text) = resource(f, &place(".resource"), part, &["Patient"]) {
                    self.patient = taker(f, &place(".resource"), text).or(self.patient.take());
                }
            }
            Some("immunization") => {
                self.given += 1;
                if let Some(text) = resource(f, &place(".resource"), part, &["Immunization"]) {
                    let dose = dose(f, &place(".resource"), text, self.given);
                    self.doses.extend(dose);
                }
            }
            Some("condition" | "observation") => {
                let kinds = ["Condition", "Observation"];
                if let Some(text) = resource(f, &place(".resource"), part, &kinds) {
                    self.states.extend(state(f, &place(".resource"), text));
                }
            }
            Some(_) => {
                let remedy =
                    "use assessmentDate, patient, immunization, condition and observation only";
                f.error(IssueCode::NotSupported, place(".name"), "no such parameter", remedy);
            }
            None => f.error(IssueCode::Required, place(".name"), "a parameter has a name", ""),
        }
    }

    fn finish(self, mut f: Findings) -> Result<ForecastRequest, Vec<Issue>> {
        let needs = |what: &'static str| Issue::error(IssueCode::Required, "Parameters", what, "");
        if self.on.is_none() && f.errors() == 0 {
            f.add(needs("no parameter assessmentDate with a valueDate"));
        }
        if self.patient.is_none() && f.errors() == 0 {
            f.add(needs("no parameter patient with a Patient"));
        }
        let (Some(on), Some((patient, Some(birth), sex)), 0) = (self.on, self.patient, f.errors())
        else {
            return Err(f.into_errors());
        };
        Ok(ForecastRequest { on, patient, birth, sex, doses: self.doses, states: self.states })
    }
}

/// The resource of a part, where it is of one of these types.
fn resource<'a>(f: &mut Findings, place: &str, part: &Part<'a>, kinds: &[&str]) -> Option<Raw<'a>> {
    let expected = || format!("a {} is expected here", kinds.join(" or "));
    let Some(raw) = part.resource else {
        f.error(IssueCode::Required, place.to_owned(), expected(), "give it as resource");
        return None;
    };
    match json::resource_type(raw.text()) {
        Ok(kind) if kinds.contains(&&*kind) => Some(raw),
        Ok(_) => {
            f.error(IssueCode::Structure, place.to_owned(), expected(), "give it as resource");
            None
        }
        Err(issue) => {
            f.add(Issue { field: place.to_owned().into(), ..issue });
            None
        }
    }
}

fn parsed<'a, T: serde::Deserialize<'a>>(f: &mut Findings, place: &str, raw: Raw<'a>) -> Option<T> {
    json::parse(raw.text(), place).map_err(|issue| f.add(issue)).ok()
}

fn taker(
    f: &mut Findings,
    place: &str,
    raw: Raw<'_>,
) -> Option<(Option<Box<str>>, Option<Date>, Sex)> {
    let patient: Taker<'_> = parsed(f, place, raw)?;
    let birth = whole_day(f, format!("{place}.birthDate"), patient.birth_date.as_ref());
    let sex = match patient.gender.as_deref() {
        None => Sex::Unknown,
        Some(word) => Sex::parse(word).unwrap_or_else(|| {
            let remedy = "use male, female, other or unknown";
            let field = format!("{place}.gender");
            f.error(IssueCode::CodeInvalid, field, "the gender is not one of FHIR's", remedy);
            Sex::Unknown
        }),
    };
    Some((f.text(format!("{place}.id"), patient.id.as_deref()), birth, sex))
}

fn dose(f: &mut Findings, place: &str, raw: Raw<'_>, number: usize) -> Option<StatedDose> {
    let dose: Dose<'_> = parsed(f, place, raw)?;
    match dose.status.as_deref() {
        Some("completed") => {}
        Some("not-done" | "entered-in-error") => return None,
        _ => {
            let remedy = "use completed, not-done or entered-in-error";
            let field = format!("{place}.status");
            f.error(IssueCode::CodeInvalid, field, "the status is not one of FHIR's", remedy);
            return None;
        }
    }
    let date =
        whole_day(f, format!("{place}.occurrenceDateTime"), dose.occurrence_date_time.as_ref());
    let vaccine = concept(f, dose.vaccine_code.as_ref());
    if vaccine.is_empty() {
        let field = format!("{place}.vaccineCode");
        f.error(IssueCode::Required, field, "the vaccine is not said", "give its code or name");
    }
    let expires = match dose.expiration_date.as_ref() {
        Some(_) => whole_day(f, format!("{place}.expirationDate"), dose.expiration_date.as_ref()),
        None => None,
    };
    let maker = dose.manufacturer.as_ref().and_then(|maker| maker.identifier.as_ref());
    let maker = maker.filter(|identifier| identifier.system.as_deref() == Some(MVX));
    let maker = maker.and_then(|identifier| identifier.value.as_deref());
    Some(StatedDose {
        id: f.text(format!("{place}.id"), dose.id.as_deref()),
        place: number,
        date: date?,
        vaccine,
        maker: f.text(format!("{place}.manufacturer"), maker),
        expires,
        subpotent: dose.is_subpotent == Some(true),
    })
}

fn state(f: &mut Findings, place: &str, raw: Raw<'_>) -> Option<StatedState> {
    let state: State<'_> = parsed(f, place, raw)?;
    let verified = state.verification_status.as_ref();
    let codes = verified.map(|concept| concept.coding.as_slice()).unwrap_or_default();
    let verified = codes.iter().find_map(|coding| coding.code.as_deref()).unwrap_or_default();
    let withdrawn = matches!(state.status.as_deref(), Some("entered-in-error" | "cancelled"));
    if withdrawn || matches!(verified, "refuted" | "entered-in-error") {
        return None;
    }
    let dates = [
        ("onsetDateTime", &state.onset_date_time),
        ("effectiveDateTime", &state.effective_date_time),
        ("recordedDate", &state.recorded_date),
    ];
    let since = dates.into_iter().find(|(_, text)| text.is_some());
    let since =
        since.and_then(|(name, text)| whole_day(f, format!("{place}.{name}"), text.as_ref()));
    let until = state.abatement_date_time.as_ref();
    let until = until.and_then(|_| whole_day(f, format!("{place}.abatementDateTime"), until));
    let codes = concept(f, state.code.as_ref());
    let certain = !matches!(verified, "unconfirmed" | "provisional" | "differential");
    Some(StatedState { codes, since, until, certain })
}

fn concept(f: &mut Findings, concept: Option<&Concept<'_>>) -> Vec<Coding> {
    const FIELDS: coded::Fields = fields!("Parameters.parameter.resource.code");
    concept.map(|concept| coded::codings(f, &FIELDS, concept)).unwrap_or_default()
}

/// A date that is whole, or the date of an instant.
fn whole_day(f: &mut Findings, field: String, text: Option<&Str<'_>>) -> Option<Date> {
    let read = text.map(|text| times::parse(text.trim()));
    match read {
        Some(Ok(when)) if when.precision() >= hutong_model::Precision::Day => Some(when.date()),
        _ => {
            let remedy = "write it as YYYY-MM-DD";
            f.error(IssueCode::Value, field, "a whole date is needed", remedy);
            None
        }
    }
}
