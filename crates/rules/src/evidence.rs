//! The records of one person, as rules see them.

use crate::Areas;
use hutong_model::{
    Catalogue, Entry, EntryId, Fact, Precision, RegionCode, TestKind, TestOutcome, TestResult,
    Timestamp, Vaccination, When,
    entry::HealthDeclaration,
    evidence::{AreaGrade, CaseStatus, ContactKind, Measure, Stay, StaySource},
};

/// A time as far as it is known: the first and the last instant that it may have been.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment {
    /// First instant.
    pub first: Timestamp,
    /// Last instant.
    pub last: Timestamp,
}

impl Moment {
    /// An instant that is known exactly.
    pub const fn at(instant: Timestamp) -> Self {
        Self { first: instant, last: instant }
    }
}
impl From<When> for Moment {
    fn from(when: When) -> Self {
        // The longest month and year: "after it" must hold whichever day it was.
        let days = match when.precision() {
            Precision::Instant => return Self::at(when.start()),
            Precision::Day => 1,
            Precision::Month => 31,
            Precision::Year => 366,
        };
        Self { first: when.start(), last: when.start().plus_s(days * 86_400 - 1) }
    }
}

/// A test result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tested {
    /// What kind of test.
    pub kind: TestKind,
    /// Disease agent, in the catalogue's words; None where nobody knows.
    pub agent: Option<Box<str>>,
    /// What was found.
    pub outcome: TestOutcome,
    /// Whether several people shared the tube.
    pub pooled: bool,
}

/// A health declaration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Declared {
    /// Body temperature in tenths of a degree Celsius.
    pub temperature_decicelsius: Option<u16>,
    /// How many symptoms.
    pub symptoms: u16,
    /// Contact with a case.
    pub contact: bool,
}

/// A dose that counts: given, and potent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dose {
    /// Families, in the catalogue's words; empty where the vaccine is unknown.
    pub families: Vec<Box<str>>,
    /// System and code, as stated.
    pub codes: Vec<(Box<str>, Box<str>)>,
}

/// What is established about the person and a disease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// Disease agent.
    pub agent: Box<str>,
    /// What is established.
    pub status: CaseStatus,
}

/// A contact with a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// Disease agent.
    pub agent: Box<str>,
    /// How near.
    pub kind: ContactKind,
}

/// The part of a stay that fell into the time when the place was listed. Its last moment is the
/// item's `performed`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stayed {
    /// What the place was listed as.
    pub grade: AreaGrade,
    /// The division that was listed.
    pub area: RegionCode,
    /// How it is known that the person was there.
    pub known_by: StaySource,
}

/// What an item of evidence states.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// A test result.
    Test(Tested),
    /// A health declaration.
    Declaration(Declared),
    /// A dose.
    Dose(Dose),
    /// A diagnosis, or its end.
    Case(Case),
    /// A contact with a case.
    Contact(Contact),
    /// A stay in a listed area.
    Stay(Stayed),
    /// An entry from abroad: the country.
    Entry(Box<str>),
    /// What two organisations ordered.
    Measure(Box<Measure>),
}

/// An appeal of the person's against what rests on a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Appeal {
    /// The record.
    pub record: EntryId,
    /// By when it must be answered.
    pub until: Timestamp,
    /// When it was answered.
    pub answered: Option<Timestamp>,
}

impl Appeal {
    /// Whether nobody answered in time: what rests on the record has lapsed, and stays so.
    pub fn has_lapsed(&self, at: Timestamp) -> bool {
        self.until <= at && self.answered.is_none_or(|answered| self.until <= answered)
    }
    /// Whether its clock runs.
    pub fn is_open(&self, at: Timestamp) -> bool {
        at < self.until && self.answered.is_none()
    }
}

/// One record, as rules see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvidenceItem {
    /// The record.
    pub entry: EntryId,
    /// What it states.
    pub finding: Finding,
    /// When the sample was taken.
    pub collected: Option<Moment>,
    /// When the test was done, the dose given, the declaration made.
    pub performed: Option<Moment>,
    /// When the result was released.
    pub reported: Option<Moment>,
    /// When the first node admitted it.
    pub admitted: Timestamp,
}

/// All that is known of one person at one instant, in an order that does not depend on how the
/// records came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    items: Vec<EvidenceItem>,
    as_of: Timestamp,
    age_years: Option<u16>,
    appeals: Vec<Appeal>,
}

impl Evidence {
    /// From items. `as_of` is how far the records were looked at.
    pub fn new(items: Vec<EvidenceItem>, as_of: Timestamp) -> Self {
        let mut items = items;
        items.sort_by_key(|item| (item.admitted, item.entry, item.performed));
        // One stay may meet several listings; any other record is there once.
        let same_stay = |a: &EvidenceItem, b: &EvidenceItem| {
            matches!(a.finding, Finding::Stay(_)) && a.finding != b.finding
        };
        items.dedup_by(|a, b| a.entry == b.entry && !same_stay(a, b));
        Self { items, as_of, age_years: None, appeals: Vec::new() }
    }

    /// From the person's effective entries: the caller leaves out those that a later one corrects
    /// or retracts. Entries that are no evidence (documents, trips, links) are passed over, as is a
    /// dose that was not given or not potent, and a stay where nothing was listed at the time.
    pub fn from_entries(
        entries: &[Entry],
        catalogue: &Catalogue,
        areas: &Areas,
        now: Timestamp,
    ) -> Self {
        let items = entries.iter().flat_map(|entry| items(entry, catalogue, areas, now));
        Self::new(items.collect(), now)
    }

    /// With where the person lives, as the entry says: a stay like any other, known since then.
    pub fn with_residence(mut self, said: &Entry, place: RegionCode, areas: &Areas) -> Self {
        let stay = Stay {
            place,
            from: said.times.admitted,
            until: None,
            known_by: StaySource::Residence,
            venue: None,
            keep_until: None,
        };
        self.items.extend(stays(said, &stay, areas, self.as_of));
        let Self { age_years, appeals, .. } = self;
        Self { age_years, appeals, ..Self::new(self.items, self.as_of) }
    }

    /// With the person's age in whole years.
    pub fn with_age(mut self, years: u16) -> Self {
        self.age_years = Some(years);
        self
    }
    /// With the person's appeals.
    pub fn with_appeals(mut self, appeals: impl IntoIterator<Item = Appeal>) -> Self {
        self.appeals.extend(appeals);
        self.appeals.sort_unstable();
        self.appeals.dedup();
        self
    }
    /// The person's appeals.
    pub fn appeals(&self) -> &[Appeal] {
        &self.appeals
    }
    /// The items, by the time of admission.
    pub fn items(&self) -> &[EvidenceItem] {
        &self.items
    }
    /// How far the records were looked at.
    pub const fn as_of(&self) -> Timestamp {
        self.as_of
    }
    /// Age in whole years, where known.
    pub const fn age_years(&self) -> Option<u16> {
        self.age_years
    }
}

/// What an entry states: nothing, one thing, or for a stay as many as its place was listed.
fn items(entry: &Entry, catalogue: &Catalogue, areas: &Areas, now: Timestamp) -> Vec<EvidenceItem> {
    let finding = match &entry.fact {
        Fact::TestResult(result) => Finding::Test(tested(result, catalogue)),
        Fact::HealthDeclaration(declaration) => Finding::Declaration(declared(declaration)),
        Fact::Vaccination(dose) if !dose.not_done && !dose.subpotent => {
            Finding::Dose(given(dose, catalogue))
        }
        Fact::Diagnosis(said) => {
            Finding::Case(Case { agent: said.agent.clone(), status: said.status })
        }
        Fact::Exposure(said) => {
            Finding::Contact(Contact { agent: said.agent.clone(), kind: said.contact })
        }
        Fact::BorderEntry(said) => Finding::Entry(said.country.clone()),
        Fact::Measure(measure) => Finding::Measure(Box::new(measure.clone())),
        Fact::Stay(stay) if stay.keep_until.is_some_and(|until| until <= now) => return Vec::new(),
        Fact::Stay(stay) => return stays(entry, stay, areas, now),
        _ => return Vec::new(),
    };
    vec![EvidenceItem {
        entry: entry.id,
        finding,
        collected: entry.times.collected.map(Moment::from),
        performed: entry.times.performed.map(Moment::from),
        reported: entry.times.reported.map(Moment::from),
        admitted: entry.times.admitted,
    }]
}

/// Where a stay and the listings of its place meet; a listing or a stay without end lasts till now.
fn stays(entry: &Entry, stay: &Stay, areas: &Areas, now: Timestamp) -> Vec<EvidenceItem> {
    let left = stay.until.unwrap_or(now).min(now);
    let met = areas.listed(stay.place, stay.from, left);
    met.map(|listing| {
        let last = listing.until.map_or(left, |until| until.min(left));
        let stayed = Stayed { grade: listing.grade, area: listing.area, known_by: stay.known_by };
        EvidenceItem {
            entry: entry.id,
            finding: Finding::Stay(stayed),
            collected: None,
            performed: Some(Moment::at(last)),
            reported: entry.times.reported.map(Moment::from),
            admitted: entry.times.admitted,
        }
    })
    .collect()
}

fn tested(result: &TestResult, catalogue: &Catalogue) -> Tested {
    let known =
        || result.code.iter().find_map(|coding| catalogue.test(&coding.system, &coding.code));
    Tested {
        kind: result.kind,
        agent: result.agent.clone().or_else(|| known().map(|test| test.agent.clone())),
        outcome: result.outcome,
        pooled: result.is_pooled(),
    }
}

fn declared(declaration: &HealthDeclaration) -> Declared {
    // A form without symptoms is sometimes sent with the word for "none".
    let real = |symptom: &str| !matches!(symptom.trim(), "" | "无" | "没有" | "none" | "no");
    let symptoms = declaration.symptoms.iter().filter(|symptom| real(symptom)).count();
    Declared {
        temperature_decicelsius: declaration.temperature_decicelsius,
        symptoms: u16::try_from(symptoms).unwrap_or(u16::MAX),
        contact: declaration.contact_with_case,
    }
}

fn given(dose: &Vaccination, catalogue: &Catalogue) -> Dose {
    let known = dose.vaccine.iter().find_map(|c| catalogue.vaccine(&c.system, &c.code));
    Dose {
        families: known.map(|vaccine| vaccine.families.clone()).unwrap_or_default(),
        codes: dose.vaccine.iter().map(|c| (c.system.clone(), c.code.clone())).collect(),
    }
}
