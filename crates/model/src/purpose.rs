//! Why data is asked for. The codes are those of HL7 v3 `PurposeOfUse` where it has one.

use serde::{Deserialize, Serialize};

/// A named purpose. A member is admitted for some of them and states one with each request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Purpose {
    /// Care of the person: seeing doses before giving the next.
    #[serde(rename = "TREAT")]
    Treatment,
    /// Public health under a legal basis.
    #[serde(rename = "PUBHLTH")]
    PublicHealth,
    /// At the person's own request: a region's code system that serves its resident.
    #[serde(rename = "PATRQT")]
    PatientRequest,
    /// Reporting records to the record base.
    #[serde(rename = "REPORT")]
    Report,
    /// Checking a code at a door, a school, a border.
    #[serde(rename = "VERIFY")]
    Verification,
    /// School and nursery entry check (Vaccine Administration Law, article 48).
    #[serde(rename = "SCHOOL")]
    SchoolEntry,
    /// Exchange between nodes of the tree.
    #[serde(rename = "NODE")]
    NodeExchange,
    /// Running the node.
    #[serde(rename = "HOPERAT")]
    Operations,
}

impl Purpose {
    /// All purposes.
    pub const ALL: [Purpose; 8] = [
        Self::Treatment,
        Self::PublicHealth,
        Self::PatientRequest,
        Self::Report,
        Self::Verification,
        Self::SchoolEntry,
        Self::NodeExchange,
        Self::Operations,
    ];

    /// The code on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Treatment => "TREAT",
            Self::PublicHealth => "PUBHLTH",
            Self::PatientRequest => "PATRQT",
            Self::Report => "REPORT",
            Self::Verification => "VERIFY",
            Self::SchoolEntry => "SCHOOL",
            Self::NodeExchange => "NODE",
            Self::Operations => "HOPERAT",
        }
    }

    /// Reads a code.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|purpose| purpose.as_str() == text)
    }
}
