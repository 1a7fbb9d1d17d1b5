//! From a history to what a programme looks at.

use super::vaccines::{OUTSIDE, vaccine};
use crate::{NodeError, identity::Identity};
use hutong_model::{Date, Entry, Fact, Precision, Sex, Vaccination, When};
use hutong_programme::{Day, Dose, Gender, Mvx, Patient, Programme};

/// Code system of manufacturers.
const MVX: &str = "http://hl7.org/fhir/sid/mvx";

/// A person as a programme looks at them, and the records that the doses are from.
pub(crate) struct Taken<'a> {
    pub(crate) patient: Patient,
    /// The record of each dose of the patient.
    pub(crate) entries: Vec<&'a Entry>,
    /// Doses whose day is not known: nothing can be said about them.
    pub(crate) undated: Vec<&'a Entry>,
}

/// Takes a person's doses. What is known of health states is not among the records yet.
///
/// # Errors
/// [`NodeError::Conflict`] where no date of birth is known.
pub(crate) fn take<'a>(
    programme: &Programme,
    identity: &Identity,
    doses: impl Iterator<Item = &'a Entry>,
) -> Result<Taken<'a>, NodeError> {
    let birth = identity.birth_date().ok_or_else(|| {
        NodeError::Conflict("no date of birth is known: nothing can be assessed without it".into())
    })?;
    let patient = Patient {
        birth: day(birth),
        gender: gender(identity),
        birth_country: None,
        doses: Vec::new(),
        observations: Vec::new(),
    };
    let mut taken = Taken { patient, entries: Vec::new(), undated: Vec::new() };
    for entry in doses {
        let Fact::Vaccination(given) = &entry.fact else { continue };
        match entry.times.occurred().filter(|when| when.precision() >= Precision::Day) {
            Some(when) => {
                taken.patient.doses.push(dose(programme, given, when));
                taken.entries.push(entry);
            }
            None => taken.undated.push(entry),
        }
    }
    Ok(taken)
}

fn dose(programme: &Programme, given: &Vaccination, when: When) -> Dose {
    let cvx = vaccine(programme, &given.vaccine).unwrap_or(OUTSIDE);
    let maker = given.manufacturer.as_ref().filter(|maker| *maker.system == *MVX);
    Dose {
        mvx: maker.and_then(|maker| Mvx::parse(&maker.code)),
        expires: given.lot_expires.map(day),
        condition: given.subpotent,
        ..Dose::new(day(when.date()), cvx)
    }
}

fn gender(identity: &Identity) -> Gender {
    match identity.demographics.sex {
        Some(Sex::Female) => Gender::Female,
        Some(Sex::Male) => Gender::Male,
        _ => Gender::Unknown,
    }
}

/// A day of the model as a day of programmes.
pub(crate) fn day(date: Date) -> Day {
    Day::from_number(date.epoch_day())
}

/// A day of programmes as a day of the model.
pub(crate) fn date(day: Day) -> Date {
    Date::from_epoch_day(day.number())
}
