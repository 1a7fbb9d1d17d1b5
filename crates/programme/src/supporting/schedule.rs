//! Schedule supporting data.

use crate::codes::{Cvx, ObservationCode};
use crate::date::Span;

/// Schedule supporting data.
#[derive(Clone, Debug, Default)]
pub struct Schedule {
    /// Live virus conflicts (6.7).
    pub conflicts: Vec<Conflict>,
    /// Vaccine groups and their antigens.
    pub groups: Vec<VaccineGroup>,
    /// Antigens of vaccine types (4.2).
    pub vaccines: Vec<VaccineAntigens>,
    /// Coded observations.
    pub observations: Vec<CodedObservation>,
}

/// A vaccine conflict (Table 6-23).
#[derive(Clone, Copy, Debug)]
pub struct Conflict {
    /// Conflicting (previous) vaccine type.
    pub previous: Cvx,
    /// Impacted (current) vaccine type.
    pub current: Cvx,
    /// Conflict begin interval.
    pub begin: Span,
    /// Minimum conflict end interval.
    pub min_end: Span,
    /// Conflict end interval.
    pub end: Span,
}

/// A vaccine group.
#[derive(Clone, Debug)]
pub struct VaccineGroup {
    /// Its name.
    pub name: String,
    /// Administer full vaccine group flag.
    pub full: bool,
    /// Its antigens, by name.
    pub antigens: Vec<String>,
}

/// The antigens of a vaccine type.
#[derive(Clone, Debug)]
pub struct VaccineAntigens {
    /// Vaccine type.
    pub cvx: Cvx,
    /// Short description.
    pub name: String,
    /// Codes of other systems that mean the same: system and code.
    pub coded: Vec<(String, String)>,
    /// Antigen with association begin and end age.
    pub antigens: Vec<(String, Option<Span>, Option<Span>)>,
}

/// A coded observation.
#[derive(Clone, Debug)]
pub struct CodedObservation {
    /// Its code.
    pub code: ObservationCode,
    /// Its title.
    pub title: String,
    /// Codes of other systems: system and code.
    pub coded: Vec<(String, String)>,
}
