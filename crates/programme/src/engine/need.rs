//! Evidence of immunity (7.2) and contraindications (7.3).

use super::Person;
use crate::assessment::Note;
use crate::codes::Cvx;
use crate::date::Day;
use crate::supporting::{Antigen, Contraindication, Series};

/// Table 7-3.
pub(super) fn immune(person: &Person<'_>, antigen: &Antigen) -> bool {
    let observed = |code: &crate::codes::ObservationCode| person.observed(*code) == Some(true);
    if !person.patient.observations.is_empty() && antigen.immunity.history.iter().any(observed) {
        return true;
    }
    antigen.immunity.births.iter().any(|birth| {
        let country = person.patient.birth_country.as_deref();
        person.patient.birth < birth.before
            && !birth.exclusions.iter().any(observed)
            && (birth.country.is_empty()
                || country.is_some_and(|country| country.eq_ignore_ascii_case(&birth.country)))
    })
}

/// Table 7-5: whether a contraindication of the antigen applies.
pub(super) fn contraindicated(
    person: &Person<'_>,
    number: u8,
    antigen: &Antigen,
    notes: &mut Vec<Note>,
) -> bool {
    if person.patient.observations.is_empty() {
        return false;
    }
    let mut found = false;
    for item in &antigen.contraindications {
        match applies(person, item) {
            Some(true) if !item.precaution => found |= item.vaccines.is_none(),
            Some(false) => {}
            _ => {
                let note = Note::PossibleContraindication(number, item.observation);
                if !notes.contains(&note) {
                    notes.push(note);
                }
            }
        }
    }
    found
}

/// Whether a contraindication applies, whatever its vaccines; `None` if that cannot be told.
fn applies(person: &Person<'_>, item: &Contraindication) -> Option<bool> {
    match person.observed(item.observation) {
        Some(true) | None if !person.within(item.begin, item.end, person.on) => Some(false),
        observed => observed,
    }
}

/// Table 7-6: whether a contraindication of a vaccine type applies on a day.
pub(super) fn vaccine_contraindicated(
    person: &Person<'_>,
    antigen: &Antigen,
    cvx: Cvx,
    on: Day,
) -> bool {
    if person.patient.observations.is_empty() {
        return false;
    }
    let lists = antigen.contraindications.iter().filter(|item| !item.precaution);
    let lists = lists.filter_map(|item| item.vaccines.as_ref().map(|list| (item, list)));
    let mut lists = lists.filter(|(item, _)| applies(person, item) == Some(true));
    lists.any(|(_, list)| {
        let mut same = list.iter().filter(|vaccine| vaccine.cvx == cvx);
        same.any(|vaccine| person.within(vaccine.begin, vaccine.end, on))
    })
}

/// Table 7-7, second condition: whether all preferable vaccines of a series are contraindicated.
pub(super) fn all_contraindicated(person: &Person<'_>, antigen: &Antigen, series: &Series) -> bool {
    if person.patient.observations.is_empty() {
        return false;
    }
    let mut vaccines = series.doses.iter().flat_map(|dose| &dose.preferable).peekable();
    vaccines.peek().is_some()
        && vaccines
            .all(|vaccine| vaccine_contraindicated(person, antigen, vaccine.ages.cvx, person.on))
}
