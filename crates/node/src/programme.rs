//! The immunization programme in the record flow: which doses of a person count, and what is due,
//! by the edition of the day and of the region, from the records of all regions.
//!
//! The edition is the national one of the day with what the region filed (`rulebook::programmes`).
//! The region is the person's own: a child who moves is assessed by the destination's programme,
//! with every dose from everywhere.

pub mod answer;
pub mod calendar;
pub(crate) mod editions;
pub mod entry;
mod fhir;
pub mod immds;
pub(crate) mod patient;
mod plan;
mod vaccines;

pub use answer::{Due, DueGroup, DueState, GivenDose, NamedVaccine, OfDose};

use crate::{
    Node, NodeError,
    history::{History, Reader},
};
use hutong_model::{Date, Fact, PersonId, RegionCode, Timestamp};
use hutong_programme::Assessment;

/// What is read, as it stands among the accesses to a person's records.
const PROGRAMME: &str = "programme";
/// Days of programmes are days of China's one time zone (Beijing, UTC+8).
const DAY_BEGINS_S: i64 = 8 * 3600;

/// What is asked about a person.
#[derive(Debug, Clone, Copy, Default)]
pub struct DueWish {
    /// Day of the assessment; today where absent.
    pub on: Option<Date>,
    /// Region whose programme counts (a destination); the person's own where absent.
    pub region: Option<RegionCode>,
}

/// A person who was assessed.
pub(crate) struct Assessed<'a> {
    pub(crate) taken: patient::Taken<'a>,
    pub(crate) assessment: Assessment,
}

impl Node {
    /// The day that it is, for programmes.
    pub fn today(&self) -> Date {
        day_of(self.now())
    }

    /// What a person's doses are worth and what is due, from the records of all regions; read as a
    /// history, and recorded as one.
    ///
    /// # Errors
    /// [`NodeError::Conflict`] where the person cannot be assessed: no date of birth is known, or
    /// no edition is for the day.
    pub async fn doses_due(
        &self,
        person: PersonId,
        reader: Reader,
        wish: DueWish,
    ) -> Result<Due, NodeError> {
        let history = self.history(person, Reader { what: PROGRAMME, ..reader }).await?;
        self.due_of(&history, wish)
    }

    /// The same of a history that was read.
    pub(crate) fn due_of(&self, history: &History, wish: DueWish) -> Result<Due, NodeError> {
        let region = wish.region.unwrap_or_else(|| self.region_of(&history.identity));
        let on = wish.on.unwrap_or_else(|| self.today());
        let editions = self.programme_editions(region)?;
        let edition = editions::on(&editions, on)?;
        let records = history.records.iter().filter(|record| !record.superseded);
        let doses = records.map(|record| &record.entry).filter(|entry| is_dose(&entry.fact));
        let taken = patient::take(&edition.programme, &history.identity, doses)?;
        let assessment = edition.programme.assess(&taken.patient, patient::day(on));
        let assessed = Assessed { taken, assessment };
        Ok(answer::due(history, region, edition, &assessed))
    }

    /// The region whose programme a person is assessed by: where they live, else this node's.
    pub(crate) fn region_of(&self, identity: &crate::identity::Identity) -> RegionCode {
        identity.demographics.residence.unwrap_or(self.settings.region).province()
    }
}

/// The day of an instant.
pub(crate) fn day_of(at: Timestamp) -> Date {
    at.plus_s(DAY_BEGINS_S).utc_date()
}

/// Whether a fact states a dose that was given.
pub(crate) fn is_dose(fact: &Fact) -> bool {
    matches!(fact, Fact::Vaccination(dose) if !dose.not_done)
}
