//! One statement of evidence, as it is sent.

use hutong_model::{
    Action, Demographics, Document, Fact, Issue, IssueCode, OriginId, RegionCode, Source, Subject,
    Submission, Times, Timestamp, When,
    evidence::{BorderEntry, CaseStatus, ContactKind, Diagnosis, Exposure, Stay, StaySource},
    limits::CODE_BYTES_MAX,
};
use serde::Deserialize;
use std::borrow::Cow;

/// A statement.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Statement {
    own_id: String,
    person: Person,
    #[serde(default)]
    occurred: Option<When>,
    #[serde(default)]
    reported: Option<When>,
    /// The earlier statement that this one takes the place of.
    #[serde(default)]
    corrects: Option<String>,
    #[serde(flatten)]
    what: What,
}

/// Who it is about.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Person {
    documents: Vec<Document>,
    #[serde(default)]
    name: Option<Box<str>>,
}

/// What is stated.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "camelCase", tag = "about")]
enum What {
    Diagnosis {
        agent: Box<str>,
        status: CaseStatus,
        #[serde(default)]
        performer: Option<Box<str>>,
        #[serde(default)]
        place: Option<RegionCode>,
    },
    Exposure {
        agent: Box<str>,
        contact: ContactKind,
        #[serde(default)]
        place: Option<RegionCode>,
        #[serde(default)]
        setting: Option<Box<str>>,
        #[serde(default)]
        case_number: Option<Box<str>>,
    },
    Stay {
        place: RegionCode,
        from: Timestamp,
        #[serde(default)]
        until: Option<Timestamp>,
        #[serde(default)]
        known_by: Option<StaySource>,
        #[serde(default)]
        venue: Option<Box<str>>,
    },
    BorderEntry {
        country: Box<str>,
        port: RegionCode,
        #[serde(default)]
        transport: Option<Box<str>>,
    },
}

impl Statement {
    /// Whether it is a diagnosis, which hospitals state too.
    pub(super) const fn is_diagnosis(&self) -> bool {
        matches!(self.what, What::Diagnosis { .. })
    }

    pub(super) fn submission(self, now: Timestamp) -> Result<Submission, Vec<Issue>> {
        let own_id = OriginId::parse(&self.own_id)
            .map_err(|error| vec![wrong("ownId", error.to_string())])?;
        let action = match self.corrects.as_deref().map(OriginId::parse) {
            None => Action::New,
            Some(Ok(earlier)) => Action::Correct(earlier),
            Some(Err(error)) => return Err(vec![wrong("corrects", error.to_string())]),
        };
        let mut issues = Vec::new();
        if self.person.documents.is_empty() {
            issues.push(wrong("person.documents", "name at least one document of the person"));
        }
        let is_stay = matches!(self.what, What::Stay { .. });
        if self.occurred.is_none() && !is_stay {
            issues.push(wrong("occurred", "say when it happened"));
        }
        let late = |when: When| when.start() > now.plus_s(86_400);
        if self.occurred.is_some_and(late) || self.reported.is_some_and(late) {
            issues.push(wrong("occurred", "it lies in the future"));
        }
        let times = Times { performed: self.occurred, reported: self.reported, ..Times::default() };
        let fact = self.what.fact(now, &mut issues);
        if !issues.is_empty() {
            return Err(issues);
        }
        Ok(Submission {
            own_id: Some(own_id),
            action,
            subject: Subject {
                documents: self.person.documents,
                demographics: Demographics { name: self.person.name, ..Default::default() },
                ..Default::default()
            },
            source: Source::FirstHand,
            times,
            fact: Some(fact),
        })
    }
}

impl What {
    fn fact(self, now: Timestamp, issues: &mut Vec<Issue>) -> Fact {
        let mut short = |field: &'static str, text: &Option<Box<str>>| {
            if text.as_ref().is_some_and(|text| text.len() > CODE_BYTES_MAX) {
                issues.push(wrong(field, "at most 128 bytes"));
            }
        };
        match self {
            Self::Diagnosis { agent, status, performer, place } => {
                short("performer", &performer);
                short("agent", &Some(agent.clone()));
                Fact::Diagnosis(Diagnosis { agent, status, performer, place })
            }
            Self::Exposure { agent, contact, place, setting, case_number } => {
                short("setting", &setting);
                short("caseNumber", &case_number);
                short("agent", &Some(agent.clone()));
                Fact::Exposure(Exposure { agent, contact, place, setting, case_number })
            }
            Self::Stay { place, from, until, known_by, venue } => {
                short("venue", &venue);
                if until.is_some_and(|until| until < from) || from > now.plus_s(86_400) {
                    issues.push(wrong("from", "a stay begins before it ends, and not in future"));
                }
                let known_by = known_by.unwrap_or(StaySource::Inquiry);
                Fact::Stay(Stay { place, from, until, known_by, venue, keep_until: None })
            }
            Self::BorderEntry { country, port, transport } => {
                short("transport", &transport);
                if country.len() != 2 || !country.bytes().all(|b| b.is_ascii_uppercase()) {
                    issues.push(wrong("country", "a country in two capital letters (ISO 3166-1)"));
                }
                Fact::BorderEntry(BorderEntry { country, port, transport })
            }
        }
    }
}

fn wrong(field: &'static str, reason: impl Into<Cow<'static, str>>) -> Issue {
    Issue::error(IssueCode::Value, field, reason, "")
}
