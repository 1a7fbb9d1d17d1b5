//! What doses are worth and what is due next, as `ImmunizationEvaluation` and
//! `ImmunizationRecommendation` (HL7 FHIR R4), and the answer of `$immds-forecast`.

use super::bundle::{SearchsetPage, frame};
use super::json::Json;
use hutong_model::{Coding, Date};

const LOINC: &str = "http://loinc.org";
const DOSE_STATUS: &str =
    "http://terminology.hl7.org/CodeSystem/immunization-evaluation-dose-status";
const FORECAST_STATUS: &str =
    "http://terminology.hl7.org/CodeSystem/immunization-recommendation-status";

/// A resource that is referred to, or words for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// Its type and id.
    Resource(&'static str, String),
    /// What it is.
    Words(String),
}

/// What became of a dose in a series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evaluated {
    /// Id of the resource, where it has one.
    pub id: Option<String>,
    /// The antigen.
    pub disease: String,
    /// The dose.
    pub event: Target,
    /// Whether it counts.
    pub valid: bool,
    /// Why, in sentences.
    pub reasons: Vec<String>,
    /// The series.
    pub series: String,
    /// Number of the dose in the series that it was evaluated against.
    pub dose_number: Option<u32>,
}

/// What is due of a vaccine group.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DueRow {
    /// The vaccine group.
    pub group: String,
    /// Vaccines that are recommended for the next dose.
    pub vaccines: Vec<Coding>,
    /// Code of the status: `due`, `overdue`, `immune`, `contraindicated`, `complete`; none where
    /// there is no code for it.
    pub status: Option<&'static str>,
    /// The status in the specification's terms.
    pub status_text: String,
    /// Why, in sentences.
    pub reasons: Vec<String>,
    /// Ids of the doses that are next.
    pub doses: Option<String>,
    /// Number of the dose that is next.
    pub number: Option<u16>,
    /// Earliest date to give.
    pub earliest: Option<Date>,
    /// Date due.
    pub recommended: Option<Date>,
    /// Date when overdue.
    pub past_due: Option<Date>,
    /// Latest date to give.
    pub latest: Option<Date>,
}

/// An assessment as FHIR shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assessed {
    /// Id of the recommendation, where it has one.
    pub id: Option<String>,
    /// The person.
    pub patient: Target,
    /// The day of assessment.
    pub on: Date,
    /// Edition of the programme by which it was made; empty where the data has none.
    pub edition: String,
    /// What doses are worth.
    pub evaluations: Vec<Evaluated>,
    /// What is due.
    pub due: Vec<DueRow>,
    /// What people should look at.
    pub notes: Vec<String>,
}

/// Appends the answer of `$immds-forecast`: `Parameters`.
pub fn forecast_answer(assessed: &Assessed, out: &mut Vec<u8>) {
    Json::new(out).object(|j| {
        j.string("resourceType", "Parameters");
        j.list("parameter", |j| {
            for evaluation in &assessed.evaluations {
                resource(j, "evaluation", |j| evaluated(j, assessed, evaluation));
            }
            resource(j, "recommendation", |j| recommendation(j, assessed));
            if !assessed.edition.is_empty() {
                value(j, "programme", &assessed.edition);
            }
            assessed.notes.iter().for_each(|note| value(j, "note", note));
        });
    });
}

/// Appends a searchset of the one `ImmunizationRecommendation` of a person.
pub fn recommendation_searchset(page: &SearchsetPage<'_>, assessed: &Assessed, out: &mut Vec<u8>) {
    frame(&mut Json::new(out), page, |j| {
        let id = assessed.id.as_deref();
        entry(j, page.base, "ImmunizationRecommendation", id, |j| recommendation(j, assessed));
    });
}

/// Appends a searchset of the `ImmunizationEvaluation`s of a person.
pub fn evaluation_searchset(page: &SearchsetPage<'_>, assessed: &Assessed, out: &mut Vec<u8>) {
    frame(&mut Json::new(out), page, |j| {
        for one in &assessed.evaluations {
            let id = one.id.as_deref();
            entry(j, page.base, "ImmunizationEvaluation", id, |j| evaluated(j, assessed, one));
        }
    });
}

fn entry(
    j: &mut Json<'_>,
    base: &str,
    kind: &str,
    id: Option<&str>,
    fill: impl FnOnce(&mut Json<'_>),
) {
    j.object(|j| {
        if let Some(id) = id {
            j.shown("fullUrl", format_args!("{base}/{kind}/{id}"));
        }
        j.member("resource", fill);
        j.member("search", |j| j.string("mode", "match"));
    });
}

fn resource(j: &mut Json<'_>, name: &str, fill: impl FnOnce(&mut Json<'_>)) {
    j.object(|j| {
        j.string("name", name);
        j.member("resource", fill);
    });
}

fn value(j: &mut Json<'_>, name: &str, text: &str) {
    j.object(|j| {
        j.string("name", name);
        j.string("valueString", text);
    });
}

fn target(j: &mut Json<'_>, key: &str, target: &Target) {
    j.member(key, |j| match target {
        Target::Resource(kind, id) => j.shown("reference", format_args!("{kind}/{id}")),
        Target::Words(words) => j.string("display", words),
    });
}

fn texts(j: &mut Json<'_>, key: &str, all: &[String]) {
    j.list(key, |j| all.iter().for_each(|text| j.object(|j| j.string("text", text))));
}

fn evaluated(j: &mut Json<'_>, assessed: &Assessed, one: &Evaluated) {
    j.string("resourceType", "ImmunizationEvaluation");
    j.maybe("id", one.id.as_deref());
    j.string("status", "completed");
    target(j, "patient", &assessed.patient);
    j.shown("date", assessed.on);
    j.member("targetDisease", |j| j.string("text", &one.disease));
    target(j, "immunizationEvent", &one.event);
    let status = if one.valid { "valid" } else { "notvalid" };
    j.concept("doseStatus", Some(&Coding::new(DOSE_STATUS, status)));
    texts(j, "doseStatusReason", &one.reasons);
    j.maybe("description", Some(&*assessed.edition).filter(|edition| !edition.is_empty()));
    j.string("series", &one.series);
    if let Some(number) = one.dose_number {
        j.bare("doseNumberPositiveInt", number);
    }
}

fn recommendation(j: &mut Json<'_>, assessed: &Assessed) {
    j.string("resourceType", "ImmunizationRecommendation");
    j.maybe("id", assessed.id.as_deref());
    target(j, "patient", &assessed.patient);
    j.shown("date", assessed.on);
    j.list("recommendation", |j| assessed.due.iter().for_each(|row| j.object(|j| due(j, row))));
}

fn due(j: &mut Json<'_>, row: &DueRow) {
    j.list("vaccineCode", |j| {
        j.object(|j| {
            j.list("coding", |j| row.vaccines.iter().for_each(|coding| j.coding(coding)));
            j.string("text", &row.group);
        });
    });
    j.member("forecastStatus", |j| {
        if let Some(code) = row.status {
            j.list("coding", |j| j.coding(&Coding::new(FORECAST_STATUS, code)));
        }
        j.string("text", &row.status_text);
    });
    texts(j, "forecastReason", &row.reasons);
    j.list("dateCriterion", |j| {
        criterion(j, "30981-5", "Earliest date to give", row.earliest);
        criterion(j, "30980-7", "Date vaccine due", row.recommended);
        criterion(j, "59778-1", "Date when overdue for immunization", row.past_due);
        criterion(j, "59777-3", "Latest date to give immunization", row.latest);
    });
    j.maybe("description", row.doses.as_deref());
    if let Some(number) = row.number {
        j.bare("doseNumberPositiveInt", number);
    }
}

fn criterion(j: &mut Json<'_>, code: &str, display: &str, day: Option<Date>) {
    let Some(day) = day else { return };
    let coding = Coding { display: Some(display.into()), ..Coding::new(LOINC, code) };
    j.object(|j| {
        j.concept("code", Some(&coding));
        j.shown("value", day);
    });
}
