//! What is known of a person (4.1): nothing that names them.

use crate::codes::{Cvx, Mvx, ObservationCode};
use crate::date::Day;

/// Gender, as required genders of series know it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Gender {
    /// Female.
    Female,
    /// Male.
    Male,
    /// Unknown, or another.
    #[default]
    Unknown,
}

impl Gender {
    /// Reads "F", "Female", "M", "Male"; anything else is unknown.
    #[must_use]
    pub fn parse(text: &str) -> Gender {
        match text.trim().as_bytes() {
            [b'F' | b'f'] => Gender::Female,
            [b'M' | b'm'] => Gender::Male,
            other if other.eq_ignore_ascii_case(b"female") => Gender::Female,
            other if other.eq_ignore_ascii_case(b"male") => Gender::Male,
            _ => Gender::Unknown,
        }
    }
}

/// A person, as far as the programme looks.
#[derive(Clone, Debug)]
pub struct Patient {
    /// Date of birth.
    pub birth: Day,
    /// Gender.
    pub gender: Gender,
    /// Country of birth, spelt as the supporting data spells it; only for evidence of immunity.
    pub birth_country: Option<String>,
    /// Vaccine doses administered, in any order.
    pub doses: Vec<Dose>,
    /// Observations: indications, adverse reactions, evidence of immunity.
    pub observations: Vec<Observation>,
}

/// A vaccine dose administered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Dose {
    /// Date administered.
    pub date: Day,
    /// Vaccine type.
    pub cvx: Cvx,
    /// Manufacturer.
    pub mvx: Option<Mvx>,
    /// Volume in hundredths of a millilitre.
    pub volume: Option<u16>,
    /// Lot number expiration date (CALCDTLOTEXP-1).
    pub expires: Option<Day>,
    /// Dose condition flag: recalled, spilt, out of the cold chain (Table 6-3).
    pub condition: bool,
}

impl Dose {
    /// A dose of which only the day and the vaccine are known.
    #[must_use]
    pub fn new(date: Day, cvx: Cvx) -> Dose {
        Dose { date, cvx, mvx: None, volume: None, expires: None, condition: false }
    }
}

/// An observation of a patient.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Observation {
    /// Code of the schedule's coded observation.
    pub code: ObservationCode,
    /// Since when; `None`: always.
    pub date: Option<Day>,
    /// Until before when; `None`: still.
    pub end: Option<Day>,
    /// False where it cannot be told whether it applies (the "unknown" of Tables 5-4, 7-5, 7-6).
    pub certain: bool,
}

impl Observation {
    /// An active observation.
    #[must_use]
    pub fn new(code: ObservationCode) -> Observation {
        Observation { code, date: None, end: None, certain: true }
    }

    /// Whether it is active on a day.
    #[must_use]
    pub fn active(&self, on: Day) -> bool {
        self.date.is_none_or(|date| date <= on) && self.end.is_none_or(|end| on < end)
    }
}
