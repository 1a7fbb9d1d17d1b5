//! Counters for dashboards. What is counted is decided above; the store adds it up and knows up to
//! which place of the journal it has been counted.

use crate::StoreError;
use async_trait::async_trait;
use hutong_model::Date;
use serde::{Deserialize, Serialize};

/// What a counter is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[repr(i16)]
pub enum Facet {
    /// Doses given, by region, day of the dose, vaccine, dose number, age band and sex.
    Doses = 1,
    /// Test results, by region, day of the test, kind and outcome, age band and sex.
    Results = 2,
    /// Doses and results uploaded, by member, day of admission, and vaccine or kind.
    Uploads = 3,
    /// How long after the event they were admitted, by member and day of admission.
    Delays = 4,
    /// Rows refused, by member, day and reason. Refused rows are not kept: there is nothing to
    /// count them again from.
    Rejections = 5,
}

impl Facet {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Doses, Self::Results, Self::Uploads, Self::Delays, Self::Rejections];
}

/// What one counter counts. Parts that its facet does not tell apart are empty or zero.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Cell {
    /// What it is about.
    pub facet: Facet,
    /// Day of the event, or of admission.
    pub day: Date,
    /// GB/T 2260 code; empty where the facet is by member.
    pub region: Box<str>,
    /// Member id; empty where the facet is by region.
    pub member: Box<str>,
    /// Vaccine family or code, kind and outcome, delay, or reason. No NUL character.
    pub what: Box<str>,
    /// Number of the dose; 0 where not stated.
    pub dose: u16,
    /// First year of the age band; 255 where the age is not known.
    pub age: u8,
    /// ISO/IEC 5218: 0 not known, 1 male, 2 female, 9 not applicable.
    pub sex: u8,
}

/// Which counters are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// What about.
    pub facet: Facet,
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
}

/// Counters.
#[async_trait]
pub trait Tallies {
    /// Up to which place of the journal has been counted.
    async fn tallied(&self) -> Result<u64, StoreError>;

    /// Adds changes to counters, and moves the place up to which has been counted from `from` to
    /// `upto`, in one durable transaction. False, with nothing changed, where the place was not
    /// `from`: another process has been quicker.
    async fn tally(
        &self,
        changes: Vec<(Cell, i64)>,
        from: u64,
        upto: u64,
    ) -> Result<bool, StoreError>;

    /// Adds refused rows, which are not in the journal.
    async fn tally_rejections(&self, changes: Vec<(Cell, i64)>) -> Result<(), StoreError>;

    /// The counters that are not zero, in no particular order.
    async fn tallies(&self, wanted: &Wanted) -> Result<Vec<(Cell, i64)>, StoreError>;
}
