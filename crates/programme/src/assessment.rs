//! What an assessment says.

use std::ops::Range;

use serde::Serialize;

use crate::codes::ObservationCode;
use crate::date::Day;
use crate::reason::{ForecastReason, Reasons};
use crate::supporting::SeriesType;

/// Evaluation status (Table 3-1).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum EvaluationStatus {
    /// Administered according to recommendations.
    Valid,
    /// Must be repeated.
    NotValid,
    /// Not according to recommendations, and need not be repeated.
    Extraneous,
    /// Expired, recalled or otherwise unfit: must be repeated.
    SubStandard,
}

/// Patient series status (Table 3-3).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SeriesStatus {
    /// Older than the maximum age before it was complete.
    AgedOut,
    /// All recommendations are met.
    Complete,
    /// Nothing more should be given at this time.
    Contraindicated,
    /// Evidence of immunity.
    Immune,
    /// Not all recommendations are met.
    NotComplete,
    /// History protects enough; nothing is recommended at this time.
    NotRecommended,
}

/// Evaluation of a dose against a series (chapter 6).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Evaluation {
    /// Index of the dose in the patient's doses.
    pub dose: u16,
    /// Target dose it was evaluated against, from 0; `None` where the series had none left.
    pub target: Option<u8>,
    /// Status.
    pub status: EvaluationStatus,
    /// Reasons, in the specification's terms.
    pub reasons: Reasons,
    /// First day on which it would not have been too young or too soon, where it was.
    pub due: Option<Day>,
}

/// How far a series came in the selection (chapter 8).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// Relevant (chapter 5).
    Relevant,
    /// Scorable (8.1).
    Scorable,
    /// Prioritized in its series group (8.2 to 8.7).
    Prioritized,
    /// Best (8.8).
    Best,
}

/// Dates of a forecast (Tables 7-13 and 9-2).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct Dates {
    /// Earliest date.
    pub earliest: Day,
    /// Adjusted recommended date.
    pub recommended: Day,
    /// Adjusted past due date.
    pub past_due: Option<Day>,
    /// Latest date.
    pub latest: Option<Day>,
    /// Unadjusted recommended date.
    pub unadjusted_recommended: Day,
    /// Unadjusted past due date.
    pub unadjusted_past_due: Option<Day>,
}

/// Forecast of a series (chapter 7).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Forecast {
    /// Patient series status.
    pub status: SeriesStatus,
    /// Reason, in the specification's terms.
    pub reason: ForecastReason,
    /// Next target dose, from 0.
    pub target: Option<u8>,
    /// Forecast dose number (FORECASTDN-1); only where there are dates.
    pub number: u16,
    /// Dates, where another dose should be received.
    pub dates: Option<Dates>,
    /// Whether it is a priority forecast (FORECASTPRIORITY-1).
    pub priority: bool,
    /// Which preferable vaccines of the target dose are recommended, a bit each
    /// (FORECASTRECVAC-1).
    pub vaccines: u64,
}

/// A relevant patient series with its evaluated history and forecast.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PatientSeries {
    /// Number of the antigen.
    pub antigen: u8,
    /// Number of the series in the antigen.
    pub series: u8,
    /// Series type.
    pub kind: SeriesType,
    /// Where its evaluations lie in [`Assessment::evaluations`].
    pub evaluations: Range<u32>,
    /// Number of valid doses (SELECTB-21).
    pub valid: u16,
    /// Target doses skipped, a bit each.
    pub skipped: u64,
    /// Forecast.
    pub forecast: Forecast,
    /// How far it came in the selection.
    pub standing: Standing,
}

/// Forecast of a vaccine group (chapter 9).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GroupForecast {
    /// Number of the vaccine group.
    pub group: u8,
    /// Number of the series group whose best patient series it contains.
    pub series_group: u8,
    /// Series type of what is blended.
    pub kind: SeriesType,
    /// Whether a contained series has been begun: it has a valid dose, or its minimum age to
    /// start has been reached.
    pub begun: bool,
    /// Vaccine group status.
    pub status: SeriesStatus,
    /// Forecast dose number (FORECASTDN-2), where there are dates.
    pub number: Option<u16>,
    /// Dates, where the status is "not complete".
    pub dates: Option<Dates>,
    /// Indices of the best patient series contained, in [`Assessment::series`].
    pub contained: Vec<u16>,
}

/// Something about the history or the observations that people should look at.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Note {
    /// Dose before birth: not evaluated.
    BeforeBirth(u16),
    /// Dose after the assessment date: not evaluated.
    Future(u16),
    /// Dose of a vaccine type that the schedule does not know: not evaluated.
    UnknownVaccine(u16),
    /// Dose on the day of another of the same vaccine type: evaluated like any other.
    SameDay(u16),
    /// Doses from this one on are more than can be looked at: not evaluated.
    TooManyDoses(u16),
    /// Observations from this one on are more than can be looked at.
    TooManyObservations(u16),
    /// The assessment date is before birth: nothing is forecast.
    NotBorn,
    /// An observation of which it cannot be told whether it applies is an indication for series
    /// of an antigen (Table 5-4): manual determination.
    PossibleIndication(u8, #[serde(serialize_with = "as_text")] ObservationCode),
    /// The same for a contraindication (Tables 7-5 and 7-6), or a precaution.
    PossibleContraindication(u8, #[serde(serialize_with = "as_text")] ObservationCode),
}

fn as_text<S: serde::Serializer>(code: &ObservationCode, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(code)
}

/// The whole of an assessment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Assessment {
    /// Version of the programme by which it was made ([`crate::SupportingData::version`]).
    pub version: std::sync::Arc<str>,
    /// Assessment date.
    pub on: Day,
    /// Relevant patient series, by antigen.
    pub series: Vec<PatientSeries>,
    /// Evaluations of all series.
    pub evaluations: Vec<Evaluation>,
    /// Forecasts of vaccine groups.
    pub groups: Vec<GroupForecast>,
    /// What people should look at.
    pub notes: Vec<Note>,
}

impl Assessment {
    /// Evaluations of a series.
    #[must_use]
    pub fn evaluations_of(&self, series: &PatientSeries) -> &[Evaluation] {
        &self.evaluations[series.evaluations.start as usize..series.evaluations.end as usize]
    }

    /// Best patient series that a forecast of a vaccine group contains.
    pub fn contained(&self, group: &GroupForecast) -> impl Iterator<Item = &PatientSeries> {
        group.contained.iter().map(|index| &self.series[usize::from(*index)])
    }

    /// The one forecast to show where a vaccine group has several (chapter 9: of series groups
    /// that do not stand for each other): begun before for a later age, something due before
    /// complete, that before nothing to do, because of a risk before standard.
    #[must_use]
    pub fn primary(&self, group: u8) -> Option<&GroupForecast> {
        self.of_group(group).min_by_key(|forecast| {
            let rank = match forecast.status {
                SeriesStatus::NotComplete => 0,
                SeriesStatus::Complete => 1,
                _ => 2,
            };
            let due = forecast.dates.map_or(Day::END, |dates| dates.earliest);
            (!forecast.begun, rank, forecast.kind != SeriesType::Risk, due)
        })
    }

    /// Number of the dose that a forecast is about, counted over the vaccine group: FORECASTDN-2,
    /// and where the group has several forecasts, no less than one more than the doses that are
    /// valid in any of their series. (A risk series begins at 1 again, for the specification,
    /// though people count on.)
    #[must_use]
    pub fn dose_number(&self, forecast: &GroupForecast) -> Option<u16> {
        let number = forecast.number?;
        if self.of_group(forecast.group).count() < 2 {
            return Some(number);
        }
        let all = self.of_group(forecast.group).flat_map(|it| self.contained(it));
        let all = all.flat_map(|series| self.evaluations_of(series));
        let valid = all.filter(|it| it.status == EvaluationStatus::Valid).map(|it| it.dose);
        let mut valid: Vec<u16> = valid.collect();
        valid.sort_unstable();
        valid.dedup();
        Some(number.max(valid.len() as u16 + 1))
    }

    /// Forecasts of a vaccine group.
    pub fn of_group(&self, group: u8) -> impl Iterator<Item = &GroupForecast> {
        self.groups.iter().filter(move |forecast| forecast.group == group)
    }
}
