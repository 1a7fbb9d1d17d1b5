//! Mistakes made on purpose, and marked.

use crate::config::Rates;
use crate::dice::Dice;
use crate::identity::Identity;
use hutong_model::{Coding, DocumentKind, Fact, Times, When};

/// What is wrong with a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Mistake {
    /// The resident ID has a wrong check digit (only in what is written out).
    WrongCheckDigit,
    /// The dose is dated before the person's birth.
    DoseBeforeBirth,
    /// The dose is dated on a day that does not exist (only in what is written out).
    ImpossibleDate,
    /// The vaccine code is in no catalogue.
    UnknownVaccine,
}

impl Mistake {
    /// All of them.
    pub const ALL: [Mistake; 4] =
        [Self::WrongCheckDigit, Self::DoseBeforeBirth, Self::ImpossibleDate, Self::UnknownVaccine];
}

/// System and code of [`Mistake::UnknownVaccine`]: CVX is known to its last code, so that another
/// one is wrong and not merely new.
const UNKNOWN: (&str, &str) = ("http://hl7.org/fhir/sid/cvx", "9999");

/// Makes a mistake in a record, as often as the rates say.
pub(crate) fn spoil(
    rates: &Rates,
    dice: &mut Dice,
    identity: &Identity,
    times: &mut Times,
    fact: &mut Fact,
) -> Option<Mistake> {
    let resident = identity.document.as_ref().is_some_and(|d| d.kind() == DocumentKind::ResidentId);
    // Every chance is taken each time, so that one rate does not change what another gives.
    let digit = dice.chance(rates.wrong_check_digit) && resident;
    let before = dice.chance(rates.dose_before_birth);
    let impossible = dice.chance(rates.impossible_date);
    let unknown = dice.chance(rates.unknown_vaccine);
    if digit {
        return Some(Mistake::WrongCheckDigit);
    }
    let Fact::Vaccination(dose) = fact else { return None };
    if before {
        let days = dice.between(1, 400);
        times.performed = Some(When::day(identity.born.plus_days(-days)));
        return Some(Mistake::DoseBeforeBirth);
    }
    if impossible {
        return Some(Mistake::ImpossibleDate);
    }
    if unknown {
        dose.vaccine = vec![Coding::new(UNKNOWN.0, UNKNOWN.1)];
        return Some(Mistake::UnknownVaccine);
    }
    None
}
