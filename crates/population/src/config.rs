//! What population to make.

use crate::divisions::divisions;
use hutong_model::{Date, RegionCode};

/// Why no population can be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// No region was named.
    #[error("a population needs at least one region to live in")]
    NoRegion,
    /// Too many persons for their document numbers to differ.
    #[error("a population has at most {0} persons")]
    TooMany(u64),
    /// A rate is not between 0 and 1.
    #[error("the rate {0} is not between 0 and 1")]
    Rate(&'static str),
    /// The day lies where the calendar of vaccinations has nothing to say.
    #[error("the day must lie between 2010-01-01 and 2100-01-01")]
    Day,
}

/// How often things are not as they should be: shares between 0 and 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rates {
    /// Of doses: reported again by a second clinic, from the booklet.
    pub duplicate: f64,
    /// Of records: the resident ID is written with a wrong check digit.
    pub wrong_check_digit: f64,
    /// Of doses: dated before the person's birth.
    pub dose_before_birth: f64,
    /// Of doses: dated on a day that does not exist.
    pub impossible_date: f64,
    /// Of doses: a vaccine code that no catalogue knows.
    pub unknown_vaccine: f64,
}

impl Rates {
    /// No mistakes; no duplicates.
    pub const NONE: Rates = Rates {
        duplicate: 0.0,
        wrong_check_digit: 0.0,
        dose_before_birth: 0.0,
        impossible_date: 0.0,
        unknown_vaccine: 0.0,
    };

    /// Duplicates, and otherwise no mistakes.
    pub const CLEAN: Rates = Rates { duplicate: 0.03, ..Self::NONE };

    /// About what spreadsheets from many clinics hold.
    pub const USUAL: Rates = Rates {
        duplicate: 0.03,
        wrong_check_digit: 0.001,
        dose_before_birth: 0.000_5,
        impossible_date: 0.000_5,
        unknown_vaccine: 0.001,
    };

    fn named(&self) -> [(&'static str, f64); 5] {
        [
            ("duplicate", self.duplicate),
            ("wrong_check_digit", self.wrong_check_digit),
            ("dose_before_birth", self.dose_before_birth),
            ("impossible_date", self.impossible_date),
            ("unknown_vaccine", self.unknown_vaccine),
        ]
    }
}

/// What population to make.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where all chance comes from.
    pub seed: u64,
    /// How many persons.
    pub persons: u64,
    /// The day on which the story ends, in China: nothing happens after its midnight. For records
    /// that are sent at once, take yesterday.
    pub as_of: Date,
    /// The regions that people live in and move between, usually provinces: those whose nodes
    /// (or whose clinics, where there is no node) receive the records.
    pub regions: Vec<RegionCode>,
    /// Clinics in each region, at least 1; each region also has one laboratory for every two.
    pub clinics_per_region: u16,
    /// Of persons: moved from one region to another, between 0 and 1.
    pub moved: f64,
    /// How often things are not as they should be.
    pub mistakes: Rates,
}

impl Config {
    /// Most persons of one population.
    pub const PERSONS_MAX: u64 = 10_000_000;

    /// A population with usual mistakes, four clinics in each region, and one person in twelve
    /// who has moved.
    pub fn new(seed: u64, persons: u64, as_of: Date, regions: Vec<RegionCode>) -> Self {
        let clinics_per_region = 4;
        let (moved, mistakes) = (1.0 / 12.0, Rates::USUAL);
        Self { seed, persons, as_of, regions, clinics_per_region, moved, mistakes }
    }

    /// Looks for what cannot be.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn check(&self) -> Result<(), ConfigError> {
        if self.regions.is_empty() {
            return Err(ConfigError::NoRegion);
        }
        if self.persons > Self::PERSONS_MAX {
            return Err(ConfigError::TooMany(Self::PERSONS_MAX));
        }
        if !(2010..2100).contains(&self.as_of.civil().year()) {
            return Err(ConfigError::Day);
        }
        let rates = self.mistakes.named().into_iter().chain([("moved", self.moved)]);
        match rates.into_iter().find(|(_, rate)| !(0.0..=1.0).contains(rate)) {
            Some((name, _)) => Err(ConfigError::Rate(name)),
            None => Ok(()),
        }
    }

    /// Persons between two whose document numbers could be the same but for the day of birth.
    pub(crate) fn block(&self) -> u64 {
        divisions().len() as u64 * crate::identity::ORDERS
    }
}
