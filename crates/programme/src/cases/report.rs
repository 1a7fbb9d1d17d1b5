//! How a programme does on cases.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};

use super::read::{Case, CaseError};
use crate::assessment::{Assessment, EvaluationStatus, GroupForecast, PatientSeries, Standing};
use crate::codes::ObservationCode;
use crate::date::Day;
use crate::patient::Observation;
use crate::programme::Programme;

/// A field of the report.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// Evaluation status, of each dose for which one is expected.
    EvaluationStatus,
    /// Status of the series.
    SeriesStatus,
    /// Forecast dose number.
    ForecastNumber,
    /// Earliest date.
    Earliest,
    /// Recommended date.
    Recommended,
    /// Past due date.
    PastDue,
}

/// How many of how many.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Tally {
    /// How many match.
    #[serde(rename = "match")]
    pub matching: u64,
    /// Of how many.
    pub of: u64,
}

impl Tally {
    fn add(&mut self, other: Tally) {
        self.matching += other.matching;
        self.of += other.of;
    }

    /// Share of those that match; 1 if there are none.
    #[must_use]
    pub fn share(self) -> f64 {
        if self.of == 0 { 1.0 } else { self.matching as f64 / self.of as f64 }
    }
}

/// A field of a case.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct FieldReport {
    /// What the case expects; for evaluation status a list.
    pub expected: Value,
    /// What was found.
    pub found: Value,
    /// Whether they match.
    #[serde(rename = "match")]
    pub matching: bool,
    #[serde(skip)]
    tally: Tally,
}

/// A case of the report.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct CaseReport {
    /// Its id.
    pub id: String,
    /// Its vaccine group, as the row has it.
    pub group: String,
    /// How many forecasts its vaccine group has; the fields are about one of them.
    pub forecasts: usize,
    /// Its fields.
    pub fields: BTreeMap<Field, FieldReport>,
}

/// A row that is no case.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Unread {
    /// Why.
    pub why: String,
}

/// A report.
#[derive(Clone, PartialEq, Debug, Default, Serialize)]
pub struct Report {
    /// By field.
    pub totals: BTreeMap<Field, Tally>,
    /// By vaccine group and field.
    pub by_group: BTreeMap<String, BTreeMap<Field, Tally>>,
    /// Each case.
    pub cases: Vec<CaseReport>,
    /// Rows that are no cases.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<Unread>,
}

/// Runs cases.
#[must_use]
pub fn run(programme: &Programme, cases: &[Result<Case, CaseError>]) -> Report {
    let mut report = Report::default();
    for case in cases {
        match case {
            Err(error) => report.unread.push(Unread { why: error.to_string() }),
            Ok(case) => {
                let found = one(programme, case);
                let group = report.by_group.entry(found.group.clone()).or_default();
                for (field, value) in &found.fields {
                    group.entry(*field).or_default().add(value.tally);
                    report.totals.entry(*field).or_default().add(value.tally);
                }
                report.cases.push(found);
            }
        }
    }
    report
}

fn one(programme: &Programme, case: &Case) -> CaseReport {
    let mut patient = case.patient.clone();
    for (system, code) in &case.history {
        let own = ObservationCode::parse(code).filter(|it| programme.observation(*it).is_some());
        let own = own.filter(|_| system.is_empty() || system.eq_ignore_ascii_case("CDSi"));
        let codes = programme.observations_of(system, code).chain(own);
        patient.observations.extend(codes.map(Observation::new));
    }
    let assessment = programme.assess(&patient, case.on);
    let group = group(programme, &case.group);
    let forecast = group.and_then(|group| meant(&assessment, group, case));
    CaseReport {
        id: case.id.clone(),
        group: case.group.clone(),
        forecasts: group.map_or(0, |group| assessment.of_group(group).count()),
        fields: fields(case, &assessment, forecast),
    }
}

/// The forecast that a row is about. A vaccine group can have several, of series groups that do
/// not stand for each other (chapter 9), and the workbook does not say which one it describes: it
/// is the one with the row's series status, and [`Assessment::primary`] where that does not tell.
fn meant<'a>(assessment: &'a Assessment, group: u8, case: &Case) -> Option<&'a GroupForecast> {
    let primary = assessment.primary(group)?;
    let same =
        |forecast: &&GroupForecast| forecast.status.term().eq_ignore_ascii_case(&case.status);
    if same(&primary) {
        return Some(primary);
    }
    assessment.of_group(group).filter(|forecast| forecast.begun).find(same).or(Some(primary))
}

/// The vaccine group that a workbook's label means.
fn group(programme: &Programme, label: &str) -> Option<u8> {
    let plain = |text: &str| -> String {
        let letters = text.chars().filter(|letter| letter.is_alphanumeric());
        letters.collect::<String>().to_ascii_lowercase()
    };
    let label = plain(label);
    let name = match label.as_str() {
        "dtap" | "tdap" | "td" | "dtp" | "dtaptdap" => "dtaptdaptd",
        "pol" | "ipol" | "ipv" | "opv" => "polio",
        "pcv" | "ppsv" | "pneumo" | "pneumopcv" => "pneumococcal",
        "var" | "vzv" => "varicella",
        "mcv" | "mcv4" | "menacwy" | "mening" => "meningococcal",
        "menb" => "meningococcalb",
        "rota" | "rv" => "rotavirus",
        "flu" => "influenza",
        "zos" | "rzv" | "herpeszoster" => "zoster",
        "hepatitisa" => "hepa",
        "hepatitisb" => "hepb",
        "covid" | "sarscov2" => "covid19",
        "je" => "japaneseencephalitis",
        "yf" => "yellowfever",
        "measles" | "mumps" | "rubella" => "mmr",
        "mpox" | "smallpox" | "monkeypox" => "orthopoxvirus",
        "tickborneencephalitis" => "tbe",
        other => other,
    };
    let groups = &programme.data().schedule.groups;
    let found = groups.iter().position(|group| plain(&group.name) == name)?;
    u8::try_from(found).ok()
}

fn fields(
    case: &Case,
    assessment: &Assessment,
    forecast: Option<&GroupForecast>,
) -> BTreeMap<Field, FieldReport> {
    let dates = forecast.and_then(|forecast| forecast.dates);
    let number = forecast.and_then(|forecast| assessment.dose_number(forecast));
    let number = number.map(|number| number.to_string());
    let status = forecast.map(|forecast| forecast.status.term());
    let day = |day: Option<Day>| day.map(|day| day.to_string());
    let expected = Some(case.status.as_str()).filter(|status| !status.is_empty());
    BTreeMap::from([
        (Field::EvaluationStatus, evaluations(case, assessment, forecast)),
        (Field::SeriesStatus, field(expected, status)),
        (Field::ForecastNumber, field(case.number.as_deref(), number.as_deref())),
        (Field::Earliest, field_of(day(case.earliest), day(dates.map(|it| it.earliest)))),
        (Field::Recommended, field_of(day(case.recommended), day(dates.map(|it| it.recommended)))),
        (Field::PastDue, field_of(day(case.past_due), day(dates.and_then(|it| it.past_due)))),
    ])
}

fn field_of(expected: Option<String>, found: Option<String>) -> FieldReport {
    field(expected.as_deref(), found.as_deref())
}

fn field(expected: Option<&str>, found: Option<&str>) -> FieldReport {
    let matching = match (expected, found) {
        (Some(expected), Some(found)) => expected.eq_ignore_ascii_case(found),
        (expected, found) => expected == found,
    };
    let tally = Tally { matching: u64::from(matching), of: 1 };
    FieldReport { expected: json!(expected), found: json!(found), matching, tally }
}

fn evaluations(
    case: &Case,
    assessment: &Assessment,
    forecast: Option<&GroupForecast>,
) -> FieldReport {
    let mut tally = Tally::default();
    let (mut expected, mut found) = (Vec::new(), Vec::new());
    for (index, dose) in case.doses.iter().enumerate() {
        let status = dose_status(assessment, forecast, index as u16);
        let status = status.map(EvaluationStatus::term);
        let wanted = Some(dose.status.as_str()).filter(|status| !status.is_empty());
        if let Some(wanted) = wanted {
            let matching = status.is_some_and(|status| status.eq_ignore_ascii_case(wanted));
            tally.add(Tally { matching: u64::from(matching), of: 1 });
        }
        expected.push(json!(wanted));
        found.push(json!(status));
    }
    let matching = tally.matching == tally.of;
    FieldReport { expected: expected.into(), found: found.into(), matching, tally }
}

/// Status of a dose in a vaccine group: the best that it has in the best patient series of the
/// group. A dose of another vaccine group has the status that it has there.
fn dose_status(
    assessment: &Assessment,
    forecast: Option<&GroupForecast>,
    dose: u16,
) -> Option<EvaluationStatus> {
    use EvaluationStatus::{Extraneous, NotValid, SubStandard, Valid};
    let best = |series: &mut dyn Iterator<Item = &PatientSeries>| {
        let all = series.flat_map(|it| assessment.evaluations_of(it));
        let all = all.filter(|evaluation| evaluation.dose == dose).map(|it| it.status);
        all.min_by_key(|status| match status {
            Valid => 0,
            NotValid => 1,
            SubStandard => 2,
            Extraneous => 3,
        })
    };
    let own = forecast.and_then(|forecast| {
        let all = assessment.of_group(forecast.group);
        best(&mut all.flat_map(|it| assessment.contained(it)))
    });
    let mut others = assessment.series.iter().filter(|it| it.standing == Standing::Best);
    own.or_else(|| best(&mut others))
}
