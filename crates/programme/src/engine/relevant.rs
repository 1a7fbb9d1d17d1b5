//! Relevant patient series (chapter 5).

use super::Person;
use crate::assessment::Note;
use crate::supporting::{Series, SeriesType};

/// Table 5-5.
pub(super) fn is(person: &Person<'_>, antigen: u8, series: &Series, notes: &mut Vec<Note>) -> bool {
    if !series.genders.is_empty() && !series.genders.contains(&person.patient.gender) {
        return false;
    }
    series.born.holds(person.patient.birth)
        && (series.kind != SeriesType::Risk || indicated(person, antigen, series, notes))
}

/// Table 5-4, for any indication of the series.
fn indicated(person: &Person<'_>, antigen: u8, series: &Series, notes: &mut Vec<Note>) -> bool {
    if person.patient.observations.is_empty() {
        return false;
    }
    let noted = notes.len();
    for indication in &series.indications {
        let observed = person.observed(indication.observation);
        if observed == Some(false) || !person.within(indication.begin, indication.end, person.on) {
            continue;
        }
        if observed == Some(true) {
            notes.truncate(noted);
            return true;
        }
        let note = Note::PossibleIndication(antigen, indication.observation);
        if !notes.contains(&note) {
            notes.push(note);
        }
    }
    false
}
