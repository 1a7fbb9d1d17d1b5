//! The journal: append-only entries, each one fact about one person. Records, and what leads to
//! the person, lie in one sequence, so that passing the journal up in order passes everything up.

use crate::{
    claim::{Claim, ClaimAnswer},
    document::Document,
    evidence::{BorderEntry, Diagnosis, Exposure, Measure, Stay},
    ids::{EntryId, MemberId, OriginId, PersonId},
    person::{Demographics, Guardian},
    record::{TestResult, Vaccination},
    region::RegionCode,
    time::{Date, Timestamp, When},
};
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// Five separate times of a record, where they exist.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, Encode, Decode,
)]
#[serde(rename_all = "camelCase")]
#[cbor(array)]
pub struct Times {
    /// The sample was taken.
    #[n(0)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collected: Option<When>,
    /// The sample reached the laboratory.
    #[n(1)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub received: Option<When>,
    /// The dose was given; the test was done.
    #[n(2)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub performed: Option<When>,
    /// The result was released.
    #[n(3)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reported: Option<When>,
    /// The first node admitted it.
    #[n(4)]
    pub admitted: Timestamp,
}

impl Times {
    /// The time that says when it happened: performed, else collected, else reported.
    pub fn occurred(&self) -> Option<When> {
        self.performed.or(self.collected).or(self.reported).or(self.received)
    }
}

/// How the origin knows what it states.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Encode, Decode)]
#[serde(rename_all = "kebab-case")]
#[cbor(index_only)]
pub enum Source {
    /// The origin did it itself (FHIR `Immunization.primarySource` true).
    #[n(0)]
    FirstHand,
    /// The origin copied it from a booklet, a parent, another system.
    #[n(1)]
    Historical,
    /// The person declared it.
    #[n(2)]
    Declared,
}

/// A person's own statement about their health (GB/T 38963 §6.2).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize, Encode, Decode)]
#[serde(rename_all = "camelCase")]
#[cbor(array)]
pub struct HealthDeclaration {
    /// Body temperature in tenths of a degree Celsius.
    #[n(0)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature_decicelsius: Option<u16>,
    /// Symptoms, as codes or words.
    #[n(1)]
    #[serde(default)]
    pub symptoms: Vec<Box<str>>,
    /// Contact with a case, as the person knows.
    #[n(2)]
    #[serde(default)]
    pub contact_with_case: bool,
    /// Remarks.
    #[n(3)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Box<str>>,
}

/// A person's own statement about a trip (GB/T 38963 §6.3).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, Encode, Decode)]
#[serde(rename_all = "camelCase")]
#[cbor(array)]
pub struct TripDeclaration {
    /// From where.
    #[n(0)]
    pub from: RegionCode,
    /// To where.
    #[n(1)]
    pub to: RegionCode,
    /// Day of departure.
    #[n(2)]
    pub departs: Date,
    /// Day of arrival.
    #[n(3)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arrives: Option<Date>,
    /// Train, flight, plate.
    #[n(4)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transport: Option<Box<str>>,
}

/// A person's request that a wrong record be mended (GB/T 38963 §6.8); goes to the record's origin.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, Encode, Decode)]
#[serde(rename_all = "camelCase")]
#[cbor(array)]
pub struct CorrectionRequest {
    /// The record.
    #[n(0)]
    pub record: EntryId,
    /// What is wrong, in the person's words.
    #[n(1)]
    pub statement: Box<str>,
    /// The record restricts the person, and this is an appeal: what rests on the record lapses
    /// where nobody has answered by then.
    #[n(2)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub appeal_until: Option<Timestamp>,
}

/// The origin's answer to a [`CorrectionRequest`].
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, Encode, Decode)]
#[serde(rename_all = "camelCase")]
#[cbor(array)]
pub struct CorrectionAnswer {
    /// The request.
    #[n(0)]
    pub request: EntryId,
    /// The correcting record, where the origin agreed.
    #[n(1)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub corrected_by: Option<EntryId>,
    /// Why, in words.
    #[n(2)]
    pub reason: Box<str>,
}

/// What an entry states.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, Encode, Decode)]
#[serde(rename_all = "kebab-case", tag = "kind", content = "value")]
pub enum Fact {
    /// A dose.
    #[n(0)]
    Vaccination(#[n(0)] Vaccination),
    /// A test result.
    #[n(1)]
    TestResult(#[n(0)] TestResult),
    /// The record that this entry replaces was wrong and is withdrawn; why, in words.
    #[n(2)]
    Retraction(#[n(0)] Box<str>),
    /// A health declaration.
    #[n(3)]
    HealthDeclaration(#[n(0)] HealthDeclaration),
    /// A trip declaration.
    #[n(4)]
    TripDeclaration(#[n(0)] TripDeclaration),
    /// A diagnosis, or the end of one.
    #[n(5)]
    Diagnosis(#[n(0)] Diagnosis),
    /// A contact with a case.
    #[n(6)]
    Exposure(#[n(0)] Exposure),
    /// A stay at a place.
    #[n(7)]
    Stay(#[n(0)] Stay),
    /// An entry from abroad.
    #[n(8)]
    BorderEntry(#[n(0)] BorderEntry),
    /// A restriction or release that two organisations ordered.
    #[n(9)]
    Measure(#[n(0)] Measure),
    /// A document is this person's.
    #[n(10)]
    DocumentLinked(#[n(0)] Document),
    /// A document is not this person's after all.
    #[n(11)]
    DocumentUnlinked(#[n(0)] Document),
    /// Name, sex, birth date and the like, as the origin states them.
    #[n(12)]
    Demographics(#[n(0)] Demographics),
    /// Someone acts for this person.
    #[n(13)]
    Guardian(#[n(0)] Guardian),
    /// This person and another are the same human being: why.
    #[n(14)]
    PersonsLinked(#[n(0)] PersonId, #[n(1)] Box<str>),
    /// They are not, after all: why.
    #[n(15)]
    PersonsUnlinked(#[n(0)] PersonId, #[n(1)] Box<str>),
    /// A record is said to be wrong.
    #[n(20)]
    CorrectionRequest(#[n(0)] CorrectionRequest),
    /// The origin's answer.
    #[n(21)]
    CorrectionAnswer(#[n(0)] CorrectionAnswer),
    /// A certificate or paper was presented.
    #[n(22)]
    Claim(#[n(0)] Claim),
    /// What became of it.
    #[n(23)]
    ClaimAnswer(#[n(0)] ClaimAnswer),
}

impl Fact {
    /// A small number for the kind, stable on disk and on the wire.
    pub const fn kind(&self) -> u8 {
        match self {
            Self::Vaccination(_) => 0,
            Self::TestResult(_) => 1,
            Self::Retraction(_) => 2,
            Self::HealthDeclaration(_) => 3,
            Self::TripDeclaration(_) => 4,
            Self::Diagnosis(_) => 5,
            Self::Exposure(_) => 6,
            Self::Stay(_) => 7,
            Self::BorderEntry(_) => 8,
            Self::Measure(_) => 9,
            Self::DocumentLinked(_) => 10,
            Self::DocumentUnlinked(_) => 11,
            Self::Demographics(_) => 12,
            Self::Guardian(_) => 13,
            Self::PersonsLinked(..) => 14,
            Self::PersonsUnlinked(..) => 15,
            Self::CorrectionRequest(_) => 20,
            Self::CorrectionAnswer(_) => 21,
            Self::Claim(_) => 22,
            Self::ClaimAnswer(_) => 23,
        }
    }

    /// Of a check-in of the person's own, until when it is kept; None for everything else.
    pub const fn keep_until(&self) -> Option<Timestamp> {
        match self {
            Self::Stay(stay) => stay.keep_until,
            _ => None,
        }
    }

    /// Whether it is a record in the narrow sense: something that happened to the person.
    pub const fn is_record(&self) -> bool {
        self.kind() < 10
    }
}

/// One entry of the journal.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, Encode, Decode)]
#[serde(rename_all = "camelCase")]
#[cbor(array)]
pub struct Entry {
    /// Its id, the same at every node.
    #[n(0)]
    pub id: EntryId,
    /// The person, at the node that holds this copy.
    #[n(1)]
    pub person: PersonId,
    /// Who stated it.
    #[n(2)]
    pub member: MemberId,
    /// The member's own id for it, where it has one.
    #[n(3)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own_id: Option<OriginId>,
    /// Region of the member when it stated it.
    #[n(4)]
    pub region: RegionCode,
    /// How the member knows.
    #[n(5)]
    pub source: Source,
    /// When.
    #[n(6)]
    pub times: Times,
    /// The record that this one corrects or withdraws.
    #[n(7)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<EntryId>,
    /// What it states.
    #[n(8)]
    pub fact: Fact,
}
