//! Who a record is about, as a sender states it.

use crate::{document::Document, limits::TEXT_BYTES_MAX, region::RegionCode, time::Date};
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// Administrative sex (GB/T 2261.1; FHIR `administrative-gender`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Encode, Decode)]
#[serde(rename_all = "lowercase")]
#[cbor(index_only)]
pub enum Sex {
    /// GB/T 2261.1 `0`.
    #[n(0)]
    Unknown,
    /// GB/T 2261.1 `1`.
    #[n(1)]
    Male,
    /// GB/T 2261.1 `2`.
    #[n(2)]
    Female,
    /// GB/T 2261.1 `9`.
    #[n(9)]
    Other,
}

impl Sex {
    /// The FHIR code.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Male => "male",
            Self::Female => "female",
            Self::Other => "other",
        }
    }
    /// Reads a FHIR code.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Unknown, Self::Male, Self::Female, Self::Other]
            .into_iter()
            .find(|sex| sex.as_str() == text)
    }
}

/// What is known of a person besides documents. Sealed at rest. All fields optional.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize, Encode, Decode)]
#[serde(default, rename_all = "camelCase")]
#[cbor(array)]
pub struct Demographics {
    /// Full name as one text, family name first where the culture writes it so.
    #[n(0)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<Box<str>>,
    /// Administrative sex.
    #[n(1)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sex: Option<Sex>,
    /// Date of birth.
    #[n(2)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub birth_date: Option<Date>,
    /// Telephone number.
    #[n(3)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<Box<str>>,
    /// Division of residence.
    #[n(4)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub residence: Option<RegionCode>,
    /// Address within the division.
    #[n(5)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<Box<str>>,
    /// Nationality, ISO 3166-1 alpha-3 (GB/T 2659).
    #[n(6)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nationality: Option<Box<str>>,
    /// Date of death.
    #[n(7)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub died: Option<Date>,
}

impl Demographics {
    /// Whether nothing is stated.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
    /// The name with all but its first character hidden: 王**.
    pub fn masked_name(&self) -> Option<String> {
        let name = self.name.as_deref()?;
        let mut characters = name.chars();
        let first = characters.next()?;
        Some(std::iter::once(first).chain(characters.map(|_| '*').take(8)).collect())
    }
    /// Whether every text keeps within its limit.
    pub fn within_limits(&self) -> bool {
        [&self.name, &self.phone, &self.address, &self.nationality]
            .into_iter()
            .flatten()
            .all(|text| text.len() <= TEXT_BYTES_MAX)
    }
}

/// Someone who acts for a person.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, Encode, Decode)]
#[serde(rename_all = "camelCase")]
#[cbor(array)]
pub struct Guardian {
    /// The guardian's own document.
    #[n(0)]
    pub document: Document,
    /// `mother`, `father`, `guardian` (HL7 v3 `RoleCode`: MTH, FTH, GUARD).
    #[n(1)]
    pub relation: Relation,
    /// Name, where stated.
    #[n(2)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Box<str>>,
}

/// What a guardian is to the person (HL7 v3 `RoleCode`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Encode, Decode)]
#[serde(rename_all = "lowercase")]
#[cbor(index_only)]
pub enum Relation {
    /// `MTH`.
    #[n(0)]
    Mother,
    /// `FTH`.
    #[n(1)]
    Father,
    /// `GUARD`.
    #[n(2)]
    Guardian,
}

/// Who a submission is about: documents that are the person's, what else is known, and who acts
/// for them. At least one document, or a mother's document and a birth date (a newborn).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Subject {
    /// Documents, the strongest first.
    pub documents: Vec<Document>,
    /// What else is known.
    pub demographics: Demographics,
    /// Who acts for the person.
    pub guardians: Vec<Guardian>,
}
