//! The model of supporting data (chapter 3 and appendix A of the specification), whatever it was
//! read from: CDC's files ([`crate::xml`]) or another programme's.
//!
//! Texts are kept as published. Ages and intervals are [`Span`]s, dates are [`Day`]s, and an empty
//! element is `None`: the specification's assumed values are applied where they are used.

mod schedule;

pub use schedule::{CodedObservation, Conflict, Schedule, VaccineAntigens, VaccineGroup};

use crate::codes::{CodeSet, Cvx, Mvx, ObservationCode};
use crate::date::{Day, Span};
use crate::patient::Gender;

/// Everything that a programme is computed from.
#[derive(Clone, Debug, Default)]
pub struct SupportingData {
    /// Which version of which programme this is ("cn-2026"); empty where the files do not say.
    pub version: std::sync::Arc<str>,
    /// Antigen supporting data, one for each antigen.
    pub antigens: Vec<Antigen>,
    /// Schedule supporting data.
    pub schedule: Schedule,
}

/// Antigen supporting data.
#[derive(Clone, Debug, Default)]
pub struct Antigen {
    /// Its name, as the schedule has it.
    pub name: String,
    /// Evidence of immunity (7.2).
    pub immunity: Immunity,
    /// Contraindications (7.3), of the antigen and of vaccines.
    pub contraindications: Vec<Contraindication>,
    /// The paths to immunity.
    pub series: Vec<Series>,
}

/// Evidence of immunity (Table 7-2).
#[derive(Clone, Debug, Default)]
pub struct Immunity {
    /// Observations that are evidence.
    pub history: Vec<ObservationCode>,
    /// Evidence by date of birth.
    pub births: Vec<BirthImmunity>,
}

/// People born before a day are taken to be immune.
#[derive(Clone, Debug)]
pub struct BirthImmunity {
    /// Born before this day.
    pub before: Day,
    /// Born in this country; empty for any.
    pub country: String,
    /// Observations that take the evidence away.
    pub exclusions: Vec<ObservationCode>,
}

/// A contraindication (Tables 7-5 and 7-6).
#[derive(Clone, Debug)]
pub struct Contraindication {
    /// The observation or adverse reaction.
    pub observation: ObservationCode,
    /// Text for people.
    pub text: String,
    /// Guidance for who gives the vaccine.
    pub guidance: String,
    /// From this age on.
    pub begin: Option<Span>,
    /// Until before this age.
    pub end: Option<Span>,
    /// The vaccines it is about; `None`: the antigen.
    pub vaccines: Option<Vec<VaccineAges>>,
    /// A precaution: it keeps nothing off, a person decides (not in the specification).
    pub precaution: bool,
}

/// A vaccine type and the ages it is for.
#[derive(Clone, Copy, Debug)]
pub struct VaccineAges {
    /// Vaccine type.
    pub cvx: Cvx,
    /// From this age on.
    pub begin: Option<Span>,
    /// Until before this age.
    pub end: Option<Span>,
}

/// Series type.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SeriesType {
    /// For everybody of an age.
    Standard,
    /// For people with an indication.
    Risk,
    /// Proof when complete, never recommended.
    EvaluationOnly,
}

/// An antigen series.
#[derive(Clone, Debug)]
pub struct Series {
    /// Its name.
    pub name: String,
    /// Vaccine group.
    pub vaccine_group: String,
    /// Series type.
    pub kind: SeriesType,
    /// Required genders; empty for any.
    pub genders: Vec<Gender>,
    /// For people born on these days only (not in the specification).
    pub born: Effect,
    /// Equivalent series groups (8.8).
    pub equivalent: Vec<u8>,
    /// How it is selected (chapter 8).
    pub select: Select,
    /// Administrative guidance.
    pub guidance: Vec<String>,
    /// What makes a risk series relevant.
    pub indications: Vec<Indication>,
    /// The doses, in order.
    pub doses: Vec<SeriesDose>,
}

/// Elements that select a series (chapter 8).
#[derive(Clone, Debug, Default)]
pub struct Select {
    /// Default series flag.
    pub default: bool,
    /// Product path flag.
    pub product: bool,
    /// Series group.
    pub group: u8,
    /// Name of the series group.
    pub group_name: String,
    /// Series priority, 0 for A (the highest).
    pub priority: u8,
    /// Series preference, 1 for the best; `None` ranks last.
    pub preference: Option<u8>,
    /// Minimum age to start.
    pub min_age: Option<Span>,
    /// Maximum age to start.
    pub max_age: Option<Span>,
}

/// An indication (Table 5-4).
#[derive(Clone, Debug)]
pub struct Indication {
    /// The observation.
    pub observation: ObservationCode,
    /// Text for people.
    pub text: String,
    /// Guidance for who gives the vaccine.
    pub guidance: String,
    /// From this age on.
    pub begin: Option<Span>,
    /// Until before this age.
    pub end: Option<Span>,
}

/// A dose of a series.
#[derive(Clone, Debug, Default)]
pub struct SeriesDose {
    /// Its name, the same in every version: forms of one dose that exclude each other share it.
    pub id: String,
    /// Ages (6.4), of which one is in effect on a day.
    pub ages: Vec<Age>,
    /// Preferable intervals (6.5).
    pub intervals: Vec<Interval>,
    /// Allowable intervals (6.6).
    pub allowable_intervals: Vec<Interval>,
    /// Preferable vaccines (6.8).
    pub preferable: Vec<Vaccine>,
    /// Allowable vaccines (6.9).
    pub allowable: Vec<VaccineAges>,
    /// Inadvertent vaccines (6.3).
    pub inadvertent: CodeSet,
    /// Conditional skips (6.2).
    pub skips: Vec<Skip>,
    /// Recurring dose (4.4).
    pub recurring: bool,
    /// Seasonal recommendation.
    pub season: Option<Season>,
}

/// The days on which an element of supporting data is in effect (RELEVANT-1, RELEVANT-2).
#[derive(Clone, Copy, Debug, Default)]
pub struct Effect {
    /// Effective date.
    pub from: Option<Day>,
    /// Cessation date, the last day.
    pub to: Option<Day>,
}

impl Effect {
    /// Whether a day is in it.
    #[must_use]
    pub fn holds(&self, day: Day) -> bool {
        self.from.is_none_or(|from| from <= day) && self.to.is_none_or(|to| day <= to)
    }
}

/// Ages of a dose (Table 6-14).
#[derive(Clone, Copy, Debug, Default)]
pub struct Age {
    /// Absolute minimum age.
    pub absolute_min: Option<Span>,
    /// Minimum age.
    pub min: Option<Span>,
    /// Earliest recommended age.
    pub earliest: Option<Span>,
    /// Latest recommended age.
    pub latest: Option<Span>,
    /// Maximum age.
    pub max: Option<Span>,
    /// When in effect.
    pub effect: Effect,
}

/// What an interval is measured from (CALCDTINT-1, 2, 8, 9).
#[derive(Clone, Debug)]
pub enum From {
    /// The immediate previous dose administered.
    Previous,
    /// The dose that satisfied a target dose, counted from 1.
    Target(u8),
    /// The most recent dose of vaccine types.
    MostRecent(CodeSet),
    /// An observation.
    Observation(ObservationCode),
}

/// An interval (Tables 6-17 and 6-20).
#[derive(Clone, Debug)]
pub struct Interval {
    /// What it is measured from.
    pub from: From,
    /// Absolute minimum interval.
    pub absolute_min: Option<Span>,
    /// Minimum interval.
    pub min: Option<Span>,
    /// Earliest recommended interval.
    pub earliest: Option<Span>,
    /// Latest recommended interval.
    pub latest: Option<Span>,
    /// Interval priority flag (FORECASTPRIORITY-1).
    pub priority: bool,
    /// When in effect.
    pub effect: Effect,
}

/// A preferable vaccine (Table 6-25).
#[derive(Clone, Debug)]
pub struct Vaccine {
    /// Vaccine type and ages.
    pub ages: VaccineAges,
    /// Trade name, for people.
    pub trade_name: String,
    /// Manufacturer; with the vaccine type it stands for the trade name.
    pub mvx: Option<Mvx>,
    /// Volume in hundredths of a millilitre.
    pub volume: Option<u16>,
    /// Forecast vaccine type flag.
    pub forecast: bool,
}

/// Contexts of a conditional skip (3.3).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Context {
    /// When a dose is evaluated.
    Evaluation,
    /// When a dose is forecast.
    Forecast,
    /// Both.
    Both,
}

/// A conditional skip (6.2).
#[derive(Clone, Debug)]
pub struct Skip {
    /// Context.
    pub context: Context,
    /// Whether all sets must be met; otherwise one.
    pub all: bool,
    /// Its sets.
    pub sets: Vec<SkipSet>,
}

/// A set of conditions (Table 6-10).
#[derive(Clone, Debug)]
pub struct SkipSet {
    /// Text for people.
    pub text: String,
    /// Whether all conditions must be met; otherwise one.
    pub all: bool,
    /// When in effect.
    pub effect: Effect,
    /// Its conditions.
    pub conditions: Vec<Condition>,
}

/// A condition (Tables 6-6 to 6-9).
#[derive(Clone, Debug)]
pub enum Condition {
    /// Table 6-6.
    Age {
        /// Begin age.
        begin: Option<Span>,
        /// End age.
        end: Option<Span>,
    },
    /// Table 6-7.
    Completed {
        /// Series groups.
        groups: Vec<u8>,
    },
    /// Table 6-8.
    Interval(Span),
    /// Table 6-9.
    Count(Count),
}

/// A condition about the number of doses (CONDSKIP-1, Table 6-9).
#[derive(Clone, Debug)]
pub struct Count {
    /// Begin age.
    pub begin: Option<Span>,
    /// End age.
    pub end: Option<Span>,
    /// Start date.
    pub start: Option<Day>,
    /// End date.
    pub until: Option<Day>,
    /// Vaccine types; empty for any.
    pub vaccines: CodeSet,
    /// Whether only valid doses count.
    pub valid: bool,
    /// Dose count logic.
    pub logic: std::cmp::Ordering,
    /// Dose count.
    pub count: u16,
}

/// A seasonal recommendation.
#[derive(Clone, Copy, Debug)]
pub struct Season {
    /// Its first day.
    pub start: Day,
    /// Its last day.
    pub end: Day,
}
