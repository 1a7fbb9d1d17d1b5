//! A pack's own examples: evidence, and what must come of it. A pack that does not keep its own
//! word is not published.

use crate::{
    Declared, EventRef, Evidence, EvidenceItem, Finding, Moment, Pack, RulesError, Tested, decide,
    evidence::{Case, Contact, Stayed},
};
use hutong_model::{
    EntryId, Level, RegionCode, TestKind, TestOutcome,
    evidence::{AreaGrade, CaseStatus, ContactKind, StaySource},
};
use serde::Deserialize;

const DAY_S: i64 = 86_400;

/// One example of a pack. Times are in hours after the event began.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Example {
    name: Box<str>,
    #[serde(default)]
    age: Option<u16>,
    evidence: Vec<Statement>,
    expect: Vec<Expected>,
}

/// What must be decided at a time.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Expected {
    at_hours: i64,
    level: Level,
    #[serde(default)]
    reasons: Vec<Box<str>>,
}

/// A record, as an example states it.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Statement {
    at_hours: i64,
    #[serde(default)]
    reported_hours: Option<i64>,
    #[serde(flatten)]
    what: What,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "about")]
enum What {
    Test {
        test: TestKind,
        outcome: TestOutcome,
        #[serde(default)]
        pooled: bool,
    },
    Declaration {
        #[serde(default)]
        temperature: Option<u16>,
        #[serde(default)]
        symptoms: u16,
        #[serde(default)]
        contact: bool,
    },
    Case {
        status: CaseStatus,
    },
    Contact {
        contact: ContactKind,
    },
    Stay {
        area: AreaGrade,
    },
    Entry {
        country: Box<str>,
    },
}

/// What became of an example.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tried {
    /// Its name.
    pub name: Box<str>,
    /// How it differs from what is expected; none where it holds.
    pub differs: Option<String>,
}

impl Pack {
    /// Tries the pack's own examples.
    ///
    /// # Errors
    /// [`RulesError`] where the pack cannot be tried: its kind is no event's.
    pub fn try_examples(&self) -> Result<Vec<Tried>, RulesError> {
        let start = self.valid_from();
        let end = self.valid_until().unwrap_or(start.plus_s(3650 * DAY_S));
        let event = EventRef::new("example", self.event_kind(), "sars-cov-2", start, end)?;
        Ok(self.examples.iter().map(|example| self.tried(example, &event)).collect())
    }

    fn tried(&self, example: &Example, event: &EventRef) -> Tried {
        let differs = example.expect.iter().find_map(|expected| {
            self.differs(example, expected, event)
                .map(|what| format!("after {} hours: {what}", expected.at_hours))
        });
        Tried { name: example.name.clone(), differs }
    }

    fn differs(&self, example: &Example, expected: &Expected, event: &EventRef) -> Option<String> {
        let now = event.starts().plus_s(expected.at_hours * 3600);
        // What is reported or admitted later is not known yet.
        let known =
            example.evidence.iter().enumerate().filter(|(_, said)| {
                said.reported_hours.unwrap_or(said.at_hours) <= expected.at_hours
            });
        let items = known.map(|(at, said)| said.item(at, event)).collect();
        let mut evidence = Evidence::new(items, now);
        if let Some(age) = example.age {
            evidence = evidence.with_age(age);
        }
        let decision = match decide(self, event, &evidence, RegionCode::NATION, now) {
            Ok(decision) => decision,
            Err(error) => return Some(error.to_string()),
        };
        let found: Vec<&str> = decision.reasons().iter().map(|reason| reason.code()).collect();
        let wanted: Vec<&str> = expected.reasons.iter().map(|code| &**code).collect();
        let reasons_differ = !wanted.is_empty() && wanted != found;
        (decision.level() != expected.level || reasons_differ).then(|| {
            let (level, wanted_level) = (decision.level().as_str(), expected.level.as_str());
            format!("expected {wanted_level} {wanted:?}, found {level} {found:?}")
        })
    }
}

impl Statement {
    fn item(&self, number: usize, event: &EventRef) -> EvidenceItem {
        let at = event.starts().plus_s(self.at_hours * 3600);
        let reported = self.reported_hours.map(|hours| event.starts().plus_s(hours * 3600));
        let mut id = [0; 16];
        id[8..].copy_from_slice(&(number as u64 + 1).to_be_bytes());
        EvidenceItem {
            entry: EntryId::from_bytes(id),
            finding: self.what.finding(event),
            collected: Some(Moment::at(at)),
            performed: Some(Moment::at(at)),
            reported: reported.map(Moment::at),
            admitted: reported.unwrap_or(at),
        }
    }
}

impl What {
    fn finding(&self, event: &EventRef) -> Finding {
        let agent = || event.agent().into();
        match self {
            Self::Test { test, outcome, pooled } => Finding::Test(Tested {
                kind: *test,
                agent: Some(agent()),
                outcome: *outcome,
                pooled: *pooled,
            }),
            Self::Declaration { temperature, symptoms, contact } => {
                Finding::Declaration(Declared {
                    temperature_decicelsius: *temperature,
                    symptoms: *symptoms,
                    contact: *contact,
                })
            }
            Self::Case { status } => Finding::Case(Case { agent: agent(), status: *status }),
            Self::Contact { contact } => {
                Finding::Contact(Contact { agent: agent(), kind: *contact })
            }
            Self::Stay { area } => Finding::Stay(Stayed {
                grade: *area,
                area: RegionCode::NATION,
                known_by: StaySource::Inquiry,
            }),
            Self::Entry { country } => Finding::Entry(country.clone()),
        }
    }
}
