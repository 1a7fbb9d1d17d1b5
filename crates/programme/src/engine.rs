//! The processing model (chapter 4).

mod evaluate;
mod forecast;
mod group;
mod interval;
mod need;
mod relevant;
mod score;
mod select;
mod skip;

use crate::assessment::{Assessment, Evaluation, Note, PatientSeries};
use crate::codes::{Cvx, ObservationCode};
use crate::date::{Civil, Day, Span};
use crate::patient::{Dose, Patient};
use crate::programme::Programme;
use crate::supporting::Antigen;

/// Doses of a patient that are looked at.
pub const MOST_DOSES: usize = 500;
/// Observations of a patient that are looked at.
pub const MOST_OBSERVATIONS: usize = 500;
/// Antigens: half of all there can be are within this, so that counting is on the stack.
const ANTIGENS: usize = 256;

/// A dose of the history that can be evaluated.
#[derive(Clone, Copy)]
struct Record {
    /// Index in the patient's doses.
    index: u16,
    /// Whether its vaccine type keeps others off (6.7).
    conflicting: bool,
    dose: Dose,
}

/// A person on a day: what all series share.
struct Person<'a> {
    programme: &'a Programme,
    patient: &'a Patient,
    on: Day,
    birth: Civil,
    /// By ascending date; doses of one day by what they are (4.2 leaves it open).
    history: Vec<Record>,
}

impl Person<'_> {
    /// The day on which an age is reached (CALCDTAGE and its like).
    fn at(&self, age: Span) -> Day {
        self.birth + age
    }

    fn at_or(&self, age: Option<Span>, assumed: Day) -> Day {
        age.map_or(assumed, |age| self.at(age))
    }

    /// Whether a day lies within ages; what is empty is open.
    fn within(&self, begin: Option<Span>, end: Option<Span>, day: Day) -> bool {
        begin.is_none_or(|age| self.at(age) <= day) && end.is_none_or(|age| day < self.at(age))
    }

    fn observations(&self) -> impl Iterator<Item = &crate::patient::Observation> {
        self.patient.observations.iter().take(MOST_OBSERVATIONS)
    }

    /// Whether an observation is active on the assessment date; `None` if that cannot be told.
    fn observed(&self, code: ObservationCode) -> Option<bool> {
        let mut unknown = false;
        for found in self.observations().filter(|it| it.code == code && it.active(self.on)) {
            if found.certain {
                return Some(true);
            }
            unknown = true;
        }
        (!unknown).then_some(false)
    }
}

/// An antigen, its records, and which groups of series are complete.
struct Run<'a> {
    person: &'a Person<'a>,
    number: u8,
    antigen: &'a Antigen,
    /// Indices in the history of the antigen administered records.
    records: &'a [u16],
    /// Series groups with a complete series, a bit each (Table 6-7).
    complete: u128,
    /// Evidence of immunity (7.2).
    immune: bool,
    /// An antigen contraindication applies (7.3).
    contraindicated: bool,
}

impl Run<'_> {
    fn record(&self, position: usize) -> &Record {
        &self.person.history[usize::from(self.records[position])]
    }
}

/// Working memory of a series.
#[derive(Default)]
struct Work {
    /// Target dose and position of the record that satisfied it.
    satisfied: Vec<(u8, u16)>,
    /// Target doses skipped, a bit each.
    skipped: u64,
    /// The target dose that is next; the number of doses if there is none.
    next: usize,
}

pub(crate) fn assess(programme: &Programme, patient: &Patient, on: Day) -> Assessment {
    let mut notes = Vec::new();
    let history = history(programme, patient, on, &mut notes);
    let person = Person { programme, patient, on, birth: patient.birth.civil(), history };
    if patient.observations.len() > MOST_OBSERVATIONS {
        notes.push(Note::TooManyObservations(MOST_OBSERVATIONS as u16));
    }
    let (series, evaluations) = if on < patient.birth {
        notes.push(Note::NotBorn);
        (Vec::new(), Vec::new())
    } else {
        antigens(&person, &mut notes)
    };
    let version = programme.data().version.clone();
    let mut assessment = Assessment { version, on, series, evaluations, groups: Vec::new(), notes };
    assessment.groups = group::forecasts(&person, &assessment);
    assessment
}

/// 4.1 and 4.2: the doses that can be evaluated, in order.
fn history(
    programme: &Programme,
    patient: &Patient,
    on: Day,
    notes: &mut Vec<Note>,
) -> Vec<Record> {
    let mut history = Vec::with_capacity(patient.doses.len().min(MOST_DOSES));
    for (index, dose) in patient.doses.iter().enumerate() {
        let index = index as u16;
        if usize::from(index) == MOST_DOSES {
            notes.push(Note::TooManyDoses(index));
            break;
        }
        if dose.date < patient.birth {
            notes.push(Note::BeforeBirth(index));
        } else if dose.date > on {
            notes.push(Note::Future(index));
        } else if !known(programme, dose.cvx) {
            notes.push(Note::UnknownVaccine(index));
        } else {
            let conflicting = programme.conflicting.contains(dose.cvx);
            history.push(Record { index, conflicting, dose: *dose });
        }
    }
    // Doses of one day have an order of their own: it does not matter which was heard of first.
    history.sort_by_key(|record| {
        let Dose { date, cvx, mvx, volume, expires, condition } = record.dose;
        (date, cvx, mvx, volume, expires, condition)
    });
    for (position, record) in history.iter().enumerate() {
        let earlier = history[..position].iter().rev();
        let mut same_day = earlier.take_while(|it| it.dose.date == record.dose.date);
        if same_day.any(|it| it.dose.cvx == record.dose.cvx) {
            notes.push(Note::SameDay(record.index));
        }
    }
    history
}

/// Whether a vaccine type counts for an antigen, or keeps others off (immunoglobulin).
fn known(programme: &Programme, cvx: Cvx) -> bool {
    !programme.associations(cvx).is_empty() || programme.conflicting.contains(cvx)
}

/// 4.3 to 4.5 for each antigen.
fn antigens(person: &Person<'_>, notes: &mut Vec<Note>) -> (Vec<PatientSeries>, Vec<Evaluation>) {
    let (starts, records) = organize(person);
    let mut series = Vec::with_capacity(96);
    let mut evaluations = Vec::with_capacity(records.len() * 4);
    let mut work = Work::default();
    let mut relevant = Vec::with_capacity(16);
    for (number, antigen) in person.programme.data().antigens.iter().enumerate() {
        let range = usize::from(starts[number])..usize::from(starts[number + 1]);
        let mut run = Run {
            person,
            number: number as u8,
            antigen,
            records: &records[range],
            complete: 0,
            immune: need::immune(person, antigen),
            contraindicated: need::contraindicated(person, number as u8, antigen, notes),
        };
        let first = series.len();
        for group in &person.programme.antigens[number].groups {
            relevant.clear();
            relevant.extend(group.series.iter().copied().filter(|index| {
                relevant::is(person, number as u8, &antigen.series[usize::from(*index)], notes)
            }));
            let from = series.len();
            for index in &relevant {
                series.push(one(&run, *index, &mut work, &mut evaluations));
            }
            let complete = series[from..].iter().any(select::complete);
            run.complete |= u128::from(complete) << group.number;
            select::prioritize(&run, &mut series[from..], &evaluations);
        }
        select::best(&run, &mut series[first..]);
    }
    (series, evaluations)
}

/// 4.4 for a series.
fn one(run: &Run<'_>, index: u8, work: &mut Work, all: &mut Vec<Evaluation>) -> PatientSeries {
    let series = &run.antigen.series[usize::from(index)];
    let start = all.len();
    work.satisfied.clear();
    work.skipped = 0;
    work.next = 0;
    evaluate::history(run, series, work, all, start);
    let forecast = forecast::forecast(run, index, work, &all[start..]);
    PatientSeries {
        antigen: run.number,
        series: index,
        kind: series.kind,
        evaluations: start as u32..all.len() as u32,
        valid: work.satisfied.len() as u16,
        skipped: work.skipped,
        forecast,
        standing: crate::assessment::Standing::Relevant,
    }
}

/// 4.2: antigen administered records, by antigen and then by date. Where each antigen's begin, and
/// indices in the history.
fn organize(person: &Person<'_>) -> ([u16; ANTIGENS + 1], Vec<u16>) {
    let mut starts = [0u16; ANTIGENS + 1];
    let each = |visit: &mut dyn FnMut(u8, u16)| {
        for (position, record) in person.history.iter().enumerate() {
            let Record { dose, .. } = record;
            for association in person.programme.associations(dose.cvx) {
                if person.within(association.begin, association.end, dose.date) {
                    visit(association.antigen, position as u16);
                }
            }
        }
    };
    each(&mut |antigen, _| starts[usize::from(antigen) + 1] += 1);
    for antigen in 0..ANTIGENS {
        starts[antigen + 1] += starts[antigen];
    }
    let mut free = starts;
    let mut records = vec![0u16; usize::from(starts[ANTIGENS])];
    each(&mut |antigen, position| {
        let place = &mut free[usize::from(antigen)];
        records[usize::from(*place)] = position;
        *place += 1;
    });
    (starts, records)
}
