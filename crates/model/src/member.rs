//! Organisations admitted to a node.

use crate::{ids::MemberId, purpose::Purpose, region::RegionCode, time::Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What a member is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MemberKind {
    /// A node below this one.
    Node,
    /// A vaccination clinic.
    Clinic,
    /// A laboratory.
    Lab,
    /// A hospital.
    Hospital,
    /// A school or nursery.
    School,
    /// A government department.
    Department,
    /// A verifier: a door, a terminal, a border.
    Verifier,
    /// A region's own code system.
    CodeSystem,
}

impl MemberKind {
    /// All kinds.
    pub const ALL: [MemberKind; 8] = [
        Self::Node,
        Self::Clinic,
        Self::Lab,
        Self::Hospital,
        Self::School,
        Self::Department,
        Self::Verifier,
        Self::CodeSystem,
    ];

    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Node => "node",
            Self::Clinic => "clinic",
            Self::Lab => "lab",
            Self::Hospital => "hospital",
            Self::School => "school",
            Self::Department => "department",
            Self::Verifier => "verifier",
            Self::CodeSystem => "code-system",
        }
    }

    /// Reads a word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// The purposes that such a member is usually admitted for.
    pub fn usual_purposes(self) -> BTreeSet<Purpose> {
        use Purpose::{
            NodeExchange, PatientRequest, PublicHealth, Report, SchoolEntry, Treatment,
            Verification,
        };
        let list: &[Purpose] = match self {
            Self::Node => &[NodeExchange],
            Self::Clinic | Self::Hospital => &[Report, Treatment, Verification],
            Self::Lab => &[Report],
            Self::School => &[SchoolEntry, Verification],
            Self::Department => &[PublicHealth],
            Self::Verifier => &[Verification],
            Self::CodeSystem => &[PatientRequest, Verification],
        };
        list.iter().copied().collect()
    }
}

/// Whether a member may act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MemberStatus {
    /// May act.
    Active,
    /// May not, from the moment of suspension, whatever tokens it holds.
    Suspended,
}

/// An organisation admitted to a node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Its id; also its OAuth `client_id`.
    pub id: MemberId,
    /// What it is.
    pub kind: MemberKind,
    /// Its name, as shown to people.
    pub name: String,
    /// Where it is.
    pub region: RegionCode,
    /// Whether it may act.
    pub status: MemberStatus,
    /// What it may ask data for.
    pub purposes: BTreeSet<Purpose>,
    /// Its public keys, as a JSON Web Key Set (RFC 7517), by which its client assertions verify.
    pub jwks: serde_json::Value,
    /// When it was admitted.
    pub admitted_at: Timestamp,
    /// When the row last changed.
    pub updated_at: Timestamp,
}
