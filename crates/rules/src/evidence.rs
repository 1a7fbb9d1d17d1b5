//! The records of one person, as rules see them.

use hutong_model::{
    Catalogue, Entry, EntryId, Fact, Precision, TestKind, TestOutcome, TestResult, Timestamp,
    Vaccination, When, entry::HealthDeclaration,
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

/// What an item of evidence states.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// A test result.
    Test(Tested),
    /// A health declaration.
    Declaration(Declared),
    /// A dose.
    Dose(Dose),
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
}

impl Evidence {
    /// From items. `as_of` is how far the records were looked at.
    pub fn new(items: Vec<EvidenceItem>, as_of: Timestamp) -> Self {
        let mut items = items;
        items.sort_by_key(|item| (item.admitted, item.entry));
        items.dedup_by_key(|item| item.entry);
        Self { items, as_of, age_years: None }
    }

    /// From the person's effective entries: the caller leaves out those that a later one corrects
    /// or retracts. Entries that are no evidence (documents, trips, links) are passed over, as is a
    /// dose that was not given or not potent.
    pub fn from_entries(entries: &[Entry], catalogue: &Catalogue, now: Timestamp) -> Self {
        let items = entries.iter().filter_map(|entry| item(entry, catalogue)).collect();
        Self::new(items, now)
    }

    /// With the person's age in whole years.
    pub fn with_age(mut self, years: u16) -> Self {
        self.age_years = Some(years);
        self
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

fn item(entry: &Entry, catalogue: &Catalogue) -> Option<EvidenceItem> {
    let finding = match &entry.fact {
        Fact::TestResult(result) => Finding::Test(tested(result, catalogue)),
        Fact::HealthDeclaration(declaration) => Finding::Declaration(declared(declaration)),
        Fact::Vaccination(dose) if !dose.not_done && !dose.subpotent => {
            Finding::Dose(given(dose, catalogue))
        }
        _ => return None,
    };
    Some(EvidenceItem {
        entry: entry.id,
        finding,
        collected: entry.times.collected.map(Moment::from),
        performed: entry.times.performed.map(Moment::from),
        reported: entry.times.reported.map(Moment::from),
        admitted: entry.times.admitted,
    })
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
