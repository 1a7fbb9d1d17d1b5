//! What a person presents as proof of what happened elsewhere: a certificate of another system, or
//! paper. It is a claim until something vouches for it.

use crate::{
    entry::{Fact, Times},
    ids::EntryId,
};
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// A certificate that was presented, and what its check answered.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, Encode, Decode)]
#[serde(rename_all = "camelCase")]
#[cbor(array)]
pub struct PresentedCertificate {
    /// What kind it is: `eu-dcc`, `shc`, …
    #[n(0)]
    pub format: Box<str>,
    /// What its check answered: `valid`, `expired`, `unverified`.
    #[n(1)]
    pub result: Box<str>,
    /// The reason for that, by its code.
    #[n(2)]
    pub reason: Box<str>,
    /// Whose it is: a country, a region, an address; only claimed where the result is `unverified`.
    #[n(3)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer: Option<Box<str>>,
    /// The key that it names.
    #[n(4)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_id: Option<Box<str>>,
    /// SHA-256 of its text, hexadecimal.
    #[n(5)]
    pub sha256: Box<str>,
}

/// A record that is claimed.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, Encode, Decode)]
#[cbor(array)]
pub struct ClaimedRecord {
    /// When it happened.
    #[n(0)]
    pub times: Times,
    /// What is said to have happened: a vaccination or a test result.
    #[n(1)]
    pub fact: Fact,
}

/// A claim. It is no record: what it says counts for nothing until it is accepted.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, Encode, Decode)]
#[serde(rename_all = "camelCase")]
#[cbor(array)]
pub struct Claim {
    /// The certificate; none where it is paper that nothing can be checked of.
    #[n(0)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<PresentedCertificate>,
    /// What paper it is, in words.
    #[n(1)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statement: Option<Box<str>>,
    /// What it says happened.
    #[n(2)]
    pub records: Vec<ClaimedRecord>,
    /// Why it was not accepted at once: `signature-unverified`, `paper`, `name-differs`,
    /// `birth-date-differs`, `person-unknown`, `incomplete`.
    #[n(3)]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub doubts: Vec<Box<str>>,
}

/// What became of a claim.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, Encode, Decode)]
#[serde(rename_all = "camelCase")]
#[cbor(array)]
pub struct ClaimAnswer {
    /// The claim.
    #[n(0)]
    pub claim: EntryId,
    /// The records that it became, in the order of the claim; none where it was refused.
    #[n(1)]
    pub records: Vec<EntryId>,
    /// Why, in words.
    #[n(2)]
    pub reason: Box<str>,
}
