//! What happened: vaccinations and test results.

use crate::{region::RegionCode, time::Date};
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// A code from a code system (FHIR `Coding`). The systems used most are written short on disk.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, Encode, Decode)]
#[serde(rename_all = "camelCase")]
#[cbor(array)]
pub struct Coding {
    /// URI of the code system; empty where only a text was given.
    #[n(0)]
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub system: Box<str>,
    /// The code; empty where only a text was given.
    #[n(1)]
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub code: Box<str>,
    /// What the sender calls it.
    #[n(2)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display: Option<Box<str>>,
}

impl Coding {
    /// A code of a system, without a display text.
    pub fn new(system: &str, code: &str) -> Self {
        Self { system: system.into(), code: code.into(), display: None }
    }
    /// Only a text.
    pub fn text(display: &str) -> Self {
        Self { system: "".into(), code: "".into(), display: Some(display.into()) }
    }
}

/// An amount as written (FHIR `Quantity`); the value keeps its digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, Encode, Decode)]
#[cbor(array)]
pub struct Quantity {
    /// Decimal digits as written.
    #[n(0)]
    pub value: Box<str>,
    /// Unit, UCUM where the sender said so.
    #[n(1)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<Box<str>>,
}

/// A dose given (or, where `not_done`, refused or put off).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, Encode, Decode)]
#[serde(rename_all = "camelCase")]
#[cbor(array)]
pub struct Vaccination {
    /// Vaccine product or kind; every coding the sender gave, the best known first.
    #[n(0)]
    pub vaccine: Vec<Coding>,
    /// Number of the dose in its series, as the sender counts.
    #[n(1)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dose_number: Option<u16>,
    /// Doses in the series, as the sender counts.
    #[n(2)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub series_doses: Option<u16>,
    /// Lot.
    #[n(3)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lot: Option<Box<str>>,
    /// Expiry of the lot.
    #[n(4)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lot_expires: Option<Date>,
    /// Maker.
    #[n(5)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manufacturer: Option<Coding>,
    /// Body site.
    #[n(6)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site: Option<Coding>,
    /// Route.
    #[n(7)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub route: Option<Coding>,
    /// Amount.
    #[n(8)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Quantity>,
    /// Trace code of the smallest package (NMPAB/T 1002: 20 digits).
    #[n(9)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace_code: Option<Box<str>>,
    /// Who gave it: the unit.
    #[n(10)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub performer: Option<Box<str>>,
    /// Who gave it: the person (vaccinator's own code or name).
    #[n(11)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vaccinator: Option<Box<str>>,
    /// Where it was given.
    #[n(12)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<RegionCode>,
    /// Not given: refused, contraindicated, out of stock.
    #[n(13)]
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub not_done: bool,
    /// Why not given.
    #[n(14)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_done_reason: Option<Coding>,
    /// Remarks.
    #[n(15)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Box<str>>,
    /// Given, but not potent (cold chain, expiry): FHIR `isSubpotent`.
    #[n(16)]
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub subpotent: bool,
}

/// What was looked for in a test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Encode, Decode)]
#[serde(rename_all = "kebab-case")]
#[cbor(index_only)]
pub enum TestKind {
    /// Nucleic acid (PCR and the like).
    #[n(0)]
    NucleicAcid,
    /// Antigen.
    #[n(1)]
    Antigen,
    /// Antibody.
    #[n(2)]
    Antibody,
}

impl TestKind {
    /// Its word in plain JSON, in counters and in rules.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NucleicAcid => "nucleic-acid",
            Self::Antigen => "antigen",
            Self::Antibody => "antibody",
        }
    }
}

/// What a test found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Encode, Decode)]
#[serde(rename_all = "kebab-case")]
#[cbor(index_only)]
pub enum TestOutcome {
    /// Not found.
    #[n(0)]
    Negative,
    /// Found.
    #[n(1)]
    Positive,
    /// Between: grey zone, to be repeated.
    #[n(2)]
    Inconclusive,
    /// Collected, no result yet.
    #[n(3)]
    Pending,
    /// The sample could not be tested.
    #[n(4)]
    Invalid,
    /// A number without a verdict (an antibody titre).
    #[n(5)]
    Measured,
}

impl TestOutcome {
    /// Its word in plain JSON, in counters and in rules.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Negative => "negative",
            Self::Positive => "positive",
            Self::Inconclusive => "inconclusive",
            Self::Pending => "pending",
            Self::Invalid => "invalid",
            Self::Measured => "measured",
        }
    }
}

/// A nucleic-acid, antigen or antibody result.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, Encode, Decode)]
#[serde(rename_all = "camelCase")]
#[cbor(array)]
pub struct TestResult {
    /// What was looked for.
    #[n(0)]
    pub kind: TestKind,
    /// The test; every coding the sender gave, the best known first.
    #[n(1)]
    pub code: Vec<Coding>,
    /// What was found.
    #[n(2)]
    pub outcome: TestOutcome,
    /// A measured value.
    #[n(3)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Quantity>,
    /// Disease agent, as the catalogue names it (`sars-cov-2`, `hepatitis-b`).
    #[n(4)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<Box<str>>,
    /// Specimen.
    #[n(5)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub specimen: Option<Coding>,
    /// Code of the tube.
    #[n(6)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tube: Option<Box<str>>,
    /// People whose samples share the tube; 1 or none for a single tube.
    #[n(7)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pool_size: Option<u16>,
    /// Kit or method.
    #[n(8)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<Coding>,
    /// Laboratory.
    #[n(9)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub performer: Option<Box<str>>,
    /// Where the sample was taken.
    #[n(10)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<RegionCode>,
    /// Remarks.
    #[n(11)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Box<str>>,
}

impl TestResult {
    /// Whether several people's samples shared the tube.
    pub fn is_pooled(&self) -> bool {
        self.pool_size.is_some_and(|size| size > 1)
    }
}
