//! What speaks for or against a person in an event besides tests and doses: cases, contacts,
//! stays, entries from abroad, measures that two organisations agreed on.

use crate::{
    ids::{EntryId, MemberId},
    level::Level,
    region::RegionCode,
    time::Timestamp,
};
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// What is established about a person and a disease (新冠确诊、无症状感染者 and the like).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Encode, Decode)]
#[serde(rename_all = "kebab-case")]
#[cbor(index_only)]
pub enum CaseStatus {
    /// Suspected (疑似病例).
    #[n(0)]
    Suspected,
    /// Confirmed, with symptoms (确诊病例).
    #[n(1)]
    Confirmed,
    /// Infected, without symptoms (无症状感染者).
    #[n(2)]
    Asymptomatic,
    /// Recovered, discharged (治愈出院、解除隔离).
    #[n(3)]
    Recovered,
    /// Suspected before, and excluded (排除).
    #[n(4)]
    Excluded,
}

impl CaseStatus {
    /// All of them.
    pub const ALL: [CaseStatus; 5] =
        [Self::Suspected, Self::Confirmed, Self::Asymptomatic, Self::Recovered, Self::Excluded];

    /// Its word in plain JSON and in rules.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Suspected => "suspected",
            Self::Confirmed => "confirmed",
            Self::Asymptomatic => "asymptomatic",
            Self::Recovered => "recovered",
            Self::Excluded => "excluded",
        }
    }
    /// Reads a word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }
}

/// A diagnosis, or the end of one. A health record: it outlives the event.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, Encode, Decode)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cbor(array)]
pub struct Diagnosis {
    /// Disease agent, in the catalogue's words.
    #[n(0)]
    pub agent: Box<str>,
    /// What is established.
    #[n(1)]
    pub status: CaseStatus,
    /// Who established it: the unit.
    #[n(2)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub performer: Option<Box<str>>,
    /// Where.
    #[n(3)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<RegionCode>,
}

/// How near a person came to a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Encode, Decode)]
#[serde(rename_all = "kebab-case")]
#[cbor(index_only)]
pub enum ContactKind {
    /// Close contact (密切接触者).
    #[n(0)]
    Close,
    /// Close contact of a close contact (密接的密接).
    #[n(1)]
    Secondary,
    /// Shared a vehicle or a place at a time (同行、时空伴随).
    #[n(2)]
    Shared,
}

impl ContactKind {
    /// All of them.
    pub const ALL: [ContactKind; 3] = [Self::Close, Self::Secondary, Self::Shared];

    /// Its word in plain JSON and in rules.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Close => "close",
            Self::Secondary => "secondary",
            Self::Shared => "shared",
        }
    }
    /// Reads a word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// A contact with a case, as an inquiry established it. The event's, and erased with it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, Encode, Decode)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cbor(array)]
pub struct Exposure {
    /// Disease agent, in the catalogue's words.
    #[n(0)]
    pub agent: Box<str>,
    /// How near.
    #[n(1)]
    pub contact: ContactKind,
    /// Where.
    #[n(2)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<RegionCode>,
    /// In what setting: household, flight, ward.
    #[n(3)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub setting: Option<Box<str>>,
    /// The inquiry's own number for the case. Never shown to the person.
    #[n(4)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case_number: Option<Box<str>>,
}

/// What an area is listed as (风险区域等级).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, Encode, Decode,
)]
#[serde(rename_all = "kebab-case")]
#[cbor(index_only)]
pub enum AreaGrade {
    /// Low (低风险区).
    #[n(0)]
    Low,
    /// Medium (中风险区).
    #[n(1)]
    Medium,
    /// High (高风险区).
    #[n(2)]
    High,
}

impl AreaGrade {
    /// All of them, the lowest first.
    pub const ALL: [AreaGrade; 3] = [Self::Low, Self::Medium, Self::High];

    /// Its word in plain JSON and in rules.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
    /// Reads a word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|grade| grade.as_str() == text)
    }
}

/// A division or grid was listed for a time within an event. Listings are never overwritten: a
/// change is the end of one and the beginning of the next.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AreaListing {
    /// The division or grid.
    pub area: RegionCode,
    /// What it is listed as.
    pub grade: AreaGrade,
    /// From when.
    pub from: Timestamp,
    /// Until when; until further notice where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// How it is known that a person was somewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Encode, Decode)]
#[serde(rename_all = "kebab-case")]
#[cbor(index_only)]
pub enum StaySource {
    /// The person scanned the place's code (场所码).
    #[n(0)]
    CheckIn,
    /// The person declared it.
    #[n(1)]
    Declared,
    /// A carrier or a border reported it.
    #[n(2)]
    Carrier,
    /// An inquiry established it.
    #[n(3)]
    Inquiry,
    /// The person lives there.
    #[n(4)]
    Residence,
}

impl StaySource {
    /// All of them.
    pub const ALL: [StaySource; 5] =
        [Self::CheckIn, Self::Declared, Self::Carrier, Self::Inquiry, Self::Residence];

    /// Its word in plain JSON and in rules.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CheckIn => "check-in",
            Self::Declared => "declared",
            Self::Carrier => "carrier",
            Self::Inquiry => "inquiry",
            Self::Residence => "residence",
        }
    }
}

/// A stay: where a person was, and when. The event's, and erased with it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, Encode, Decode)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cbor(array)]
pub struct Stay {
    /// The division or grid.
    #[n(0)]
    pub place: RegionCode,
    /// From when.
    #[n(1)]
    pub from: Timestamp,
    /// Until when; not known or still there where absent.
    #[n(2)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// How it is known.
    #[n(3)]
    pub known_by: StaySource,
    /// Name of the venue whose code was scanned; train, flight or plate.
    #[n(4)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub venue: Option<Box<str>>,
    /// Of a check-in of the person's own: until when it is kept. Such a stay never leaves the
    /// person's node, and from then on nobody reads it.
    #[n(5)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keep_until: Option<Timestamp>,
}

/// An entry from abroad, as border control reports it. The event's, and erased with it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, Encode, Decode)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cbor(array)]
pub struct BorderEntry {
    /// From which country (ISO 3166-1 alpha-2).
    #[n(0)]
    pub country: Box<str>,
    /// Through which port, by its division.
    #[n(1)]
    pub port: RegionCode,
    /// Flight, train, ship.
    #[n(2)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transport: Option<Box<str>>,
}

/// What a measure does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Encode, Decode)]
#[serde(rename_all = "kebab-case", tag = "effect")]
pub enum Effect {
    /// Restricts the person to a level until the measure ends.
    #[n(0)]
    Restrict {
        /// Yellow or red.
        #[n(0)]
        level: Level,
    },
    /// Ends a reason before its time: every reason that rests on this record.
    #[n(1)]
    Release {
        /// The record.
        #[n(0)]
        record: EntryId,
    },
}

/// Why a measure cannot be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MeasureError {
    /// One organisation agreed with itself.
    #[error("a measure takes two organisations, and both are the same")]
    OneOrganisation,
    /// No reason or no legal basis.
    #[error("a measure names its reason and its legal basis")]
    Groundless,
    /// A restriction to green.
    #[error("a restriction is to yellow or red")]
    NoRestriction,
}

/// A restriction or a release that people ordered: evidence like any other, and only with two
/// organisations, a reason, a legal basis and an end. There is no other form of it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Encode)]
#[serde(rename_all = "camelCase")]
#[cbor(array)]
pub struct Measure {
    #[n(0)]
    #[serde(flatten)]
    effect: Effect,
    #[n(1)]
    event: Box<str>,
    #[n(2)]
    reason: Box<str>,
    #[n(3)]
    legal_basis: Box<str>,
    #[n(4)]
    until: Timestamp,
    #[n(5)]
    ordered_by: MemberId,
    #[n(6)]
    agreed_by: MemberId,
}

/// The parts of a measure.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Decode)]
#[serde(rename_all = "camelCase")]
#[cbor(array)]
pub struct MeasureParts {
    /// What it does.
    #[n(0)]
    #[serde(flatten)]
    pub effect: Effect,
    /// Within which event.
    #[n(1)]
    pub event: Box<str>,
    /// Why, in words for the person.
    #[n(2)]
    pub reason: Box<str>,
    /// Law and article.
    #[n(3)]
    pub legal_basis: Box<str>,
    /// When it ends by itself.
    #[n(4)]
    pub until: Timestamp,
    /// Who ordered it.
    #[n(5)]
    pub ordered_by: MemberId,
    /// Who agreed, of another organisation.
    #[n(6)]
    pub agreed_by: MemberId,
}

impl Measure {
    /// A measure, where two organisations agreed and it says why and by what law.
    ///
    /// # Errors
    /// [`MeasureError`] names what is missing.
    pub fn new(parts: MeasureParts) -> Result<Self, MeasureError> {
        if parts.ordered_by == parts.agreed_by {
            return Err(MeasureError::OneOrganisation);
        }
        if parts.reason.trim().is_empty() || parts.legal_basis.trim().is_empty() {
            return Err(MeasureError::Groundless);
        }
        if matches!(parts.effect, Effect::Restrict { level: Level::Green }) {
            return Err(MeasureError::NoRestriction);
        }
        let MeasureParts { effect, event, reason, legal_basis, until, ordered_by, agreed_by } =
            parts;
        Ok(Self { effect, event, reason, legal_basis, until, ordered_by, agreed_by })
    }
    /// What it does.
    pub const fn effect(&self) -> Effect {
        self.effect
    }
    /// Id of the event.
    pub fn event(&self) -> &str {
        &self.event
    }
    /// Why, in words for the person.
    pub fn reason(&self) -> &str {
        &self.reason
    }
    /// Law and article.
    pub fn legal_basis(&self) -> &str {
        &self.legal_basis
    }
    /// When it ends by itself.
    pub const fn until(&self) -> Timestamp {
        self.until
    }
    /// The two organisations.
    pub const fn ordered_and_agreed_by(&self) -> (&MemberId, &MemberId) {
        (&self.ordered_by, &self.agreed_by)
    }
}

impl<'de> Deserialize<'de> for Measure {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let parts = MeasureParts::deserialize(deserializer)?;
        Self::new(parts).map_err(serde::de::Error::custom)
    }
}

impl<'b, C> Decode<'b, C> for Measure {
    fn decode(
        decoder: &mut minicbor::Decoder<'b>,
        context: &mut C,
    ) -> Result<Self, minicbor::decode::Error> {
        let parts = MeasureParts::decode(decoder, context)?;
        Self::new(parts).map_err(minicbor::decode::Error::custom)
    }
}
