//! What a person's entries count for. Pure.

use crate::{identity::Identity, merge};
use hutong_fhir::ShownRecord;
use hutong_model::{Catalogue, Date, Entry, Fact, TestResult, Vaccination, person::Sex};
use hutong_store::{Cell, Facet, Stored};
use std::collections::HashMap;

/// First years of the age bands: single years where schedules ask for them, then school, work, age.
const BANDS: [u8; 17] = [0, 1, 2, 3, 4, 5, 6, 7, 12, 15, 18, 30, 40, 50, 60, 70, 80];
/// The age of whom no birth date is known.
const AGE_UNKNOWN: u8 = 255;
/// Bytes of a vaccine's or reason's name at most.
pub(super) const WHAT_BYTES_MAX: usize = 96;

/// Counters and how they change.
#[derive(Debug, Default)]
pub(super) struct Counts(HashMap<Cell, i64>);

/// Who a person is, as far as it is counted.
struct Who {
    born: Option<Date>,
    sex: u8,
}

impl Counts {
    /// Adds, `times` over, what the entries of one person count for. `entries` in order of arrival.
    pub(super) fn add(&mut self, entries: &[Stored], times: i64) {
        if entries.is_empty() {
            return;
        }
        let identity = Identity::from_entries(entries);
        let within = || identity.documents.iter().find_map(|(document, _)| document.sex());
        let sex = sex(identity.demographics.sex.or_else(within));
        let who = Who { born: identity.birth_date(), sex };
        let catalogue = Catalogue::builtin();
        let records = merge::shown(entries.iter().map(|stored| stored.entry.clone()), catalogue);
        for ShownRecord { entry, also, .. } in records.iter().filter(|record| !record.superseded) {
            self.event(entry, &who, catalogue, times);
            for entry in std::iter::once(entry).chain(also) {
                self.upload(entry, catalogue, times);
            }
        }
    }

    /// What has changed.
    pub(super) fn into_changes(self) -> Vec<(Cell, i64)> {
        self.0.into_iter().filter(|(_, change)| *change != 0).collect()
    }

    pub(super) fn into_map(mut self) -> HashMap<Cell, i64> {
        self.0.retain(|_, count| *count != 0);
        self.0
    }

    /// A dose that was given, a test that was done: once, whoever reported it.
    fn event(&mut self, entry: &Entry, who: &Who, catalogue: &Catalogue, times: i64) {
        let day =
            entry.times.occurred().map_or(entry.times.admitted.utc_date(), |when| when.date());
        let (facet, what, dose, region) = match &entry.fact {
            Fact::Vaccination(dose) if !dose.not_done => {
                let region = dose.place.unwrap_or(entry.region);
                (Facet::Doses, vaccine(dose, catalogue), dose.dose_number.unwrap_or(0), region)
            }
            Fact::TestResult(result) => (Facet::Results, result_of(result), 0, entry.region),
            _ => return,
        };
        let (age, sex) = (who.age(day), who.sex);
        let (region, member) = (region.as_str().into(), "".into());
        self.count(Cell { facet, day, region, member, what, dose, age, sex }, times);
    }

    /// A record that somebody uploaded, and how late.
    fn upload(&mut self, entry: &Entry, catalogue: &Catalogue, times: i64) {
        let what: Box<str> = match &entry.fact {
            Fact::Vaccination(dose) => vaccine(dose, catalogue),
            Fact::TestResult(result) => result.kind.as_str().into(),
            _ => return,
        };
        let cell = Cell {
            facet: Facet::Uploads,
            day: entry.times.admitted.utc_date(),
            region: "".into(),
            member: entry.member.as_str().into(),
            what,
            dose: 0,
            age: 0,
            sex: 0,
        };
        self.count(Cell { facet: Facet::Delays, what: delay(entry).into(), ..cell.clone() }, times);
        self.count(cell, times);
    }

    fn count(&mut self, cell: Cell, times: i64) {
        *self.0.entry(cell).or_insert(0) += times;
    }
}

impl Who {
    /// First year of the age band on a day.
    fn age(&self, on: Date) -> u8 {
        let Some(born) = self.born else { return AGE_UNKNOWN };
        let (born, on) = (born.civil(), on.civil());
        let had = (on.month(), on.day()) >= (born.month(), born.day());
        let years = on.year() - born.year() - i16::from(!had);
        BANDS.into_iter().rev().find(|first| i16::from(*first) <= years).unwrap_or(AGE_UNKNOWN)
    }
}

fn sex(sex: Option<Sex>) -> u8 {
    match sex {
        None | Some(Sex::Unknown) => 0,
        Some(Sex::Male) => 1,
        Some(Sex::Female) => 2,
        Some(Sex::Other) => 9,
    }
}

/// The vaccine's families, else the code as stated, else `other`.
fn vaccine(dose: &Vaccination, catalogue: &Catalogue) -> Box<str> {
    let known = dose.vaccine.iter().find_map(|c| catalogue.vaccine(&c.system, &c.code));
    if let Some(known) = known {
        return known.families.join("+").into();
    }
    let stated = dose.vaccine.iter().find(|coding| !coding.code.is_empty());
    stated.map_or_else(
        || "other".into(),
        |coding| short(&format!("{}|{}", coding.system, coding.code)),
    )
}

/// A text cut to what a counter's name may have, without control characters.
pub(super) fn short(text: &str) -> Box<str> {
    let mut end = text.len().min(WHAT_BYTES_MAX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].chars().filter(|c| !c.is_control()).collect()
}

fn result_of(result: &TestResult) -> Box<str> {
    format!("{}/{}", result.kind.as_str(), result.outcome.as_str()).into()
}

/// How long after the event it was admitted.
fn delay(entry: &Entry) -> &'static str {
    let Some(when) = entry.times.reported.or(entry.times.occurred()) else { return "not-stated" };
    match entry.times.admitted.since_s(when.start()) {
        ..3_600 => "within-1h",
        3_600..86_400 => "within-1d",
        86_400..259_200 => "within-3d",
        259_200..2_592_000 => "within-30d",
        _ => "later",
    }
}
