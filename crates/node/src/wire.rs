//! What nodes say to each other, as CBOR (entries) and JSON (small questions).

use crate::NodeError;
use hutong_model::{Document, Entry, EntryId, MemberId, PersonId, Purpose, limits};
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// A run of a child's journal, in order.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct UpBatch {
    /// Entries with their place in the child's journal, rising.
    #[n(0)]
    pub entries: Vec<Numbered>,
    /// The run was read from the child's journal up to this place; entries that are not passed
    /// up may lie before it.
    #[n(1)]
    pub upto: u64,
    /// Sent out of order to mend a difference: does not move the parent's mark.
    #[n(2)]
    pub repair: bool,
    /// Up to which place the child takes the parent to have everything. A parent that has less has
    /// lost something (an older copy took its place) and says how far it is; nothing is kept.
    #[n(3)]
    #[cbor(default)]
    pub after: u64,
}

/// An entry with its place.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Numbered {
    /// Place in the child's journal.
    #[n(0)]
    pub seq: u64,
    /// The entry.
    #[n(1)]
    pub entry: Entry,
}

/// Entries of one person, as an answer.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Entries {
    /// The entries, in no order that matters.
    #[n(0)]
    pub entries: Vec<Entry>,
    /// Whether every node above was reached.
    #[n(1)]
    pub complete: bool,
}

/// How a node names a person to the node above: by its own aliases and by documents.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Whom {
    /// Person ids at the asking node.
    #[serde(default)]
    pub aliases: Vec<PersonId>,
    /// Documents of the person.
    #[serde(default)]
    pub documents: Vec<Document>,
    /// When the person was born, where that is known.
    #[serde(default)]
    pub born: Option<hutong_model::Date>,
}

/// A question for a person's history.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AskHistory {
    /// Who.
    pub whom: Whom,
    /// The member that wants to know.
    pub on_behalf_of: MemberId,
    /// Why.
    pub purpose: Purpose,
    /// By which right.
    pub right: String,
    /// `history`, `level`.
    pub what: String,
}

/// A question for who looked at a person.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AskAccesses {
    /// Who.
    pub whom: Whom,
    /// At most.
    pub limit: usize,
}

/// A question whether an assertion still says what is so.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AskStanding {
    /// Issuing region.
    pub issuer: String,
    /// The subject as the issuer knows it.
    pub subject: PersonId,
}

/// The answer: what the level is now, as the asked node knows it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Standing {
    /// Whether the person is known.
    pub known: bool,
    /// The level now, where an event is in force.
    #[serde(default)]
    pub level: Option<hutong_model::Level>,
    /// Reason codes.
    #[serde(default)]
    pub reasons: Vec<String>,
}

/// A question for the entries of one member on one day.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AskDay {
    /// The member.
    pub member: MemberId,
    /// The day.
    pub day: hutong_model::Date,
}

/// Count and digest of a member's day, in JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Day {
    /// The member.
    pub member: MemberId,
    /// The day.
    pub day: hutong_model::Date,
    /// How many entries.
    pub count: u64,
    /// Sum of their digests, hexadecimal.
    pub digest: String,
}

impl From<hutong_store::DayDigest> for Day {
    fn from(day: hutong_store::DayDigest) -> Self {
        Self { member: day.member, day: day.day, count: day.count, digest: hex::encode(day.digest) }
    }
}

/// Ids of entries, in JSON.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct EntryIds {
    /// The ids.
    pub ids: Vec<EntryId>,
}

/// Encodes and compresses a message (zstd).
pub fn pack<T: Encode<()>>(value: &T) -> Result<Vec<u8>, NodeError> {
    zstd::bulk::compress(&crate::admit::cbor(value), 1)
        .map_err(|error| NodeError::Setup(format!("compression failed: {error}")))
}

/// Unpacks and decodes a message, within the limit of a batch.
///
/// # Errors
/// [`NodeError::Input`] where it is malformed or too large.
pub fn unpack<T: for<'b> Decode<'b, ()>>(bytes: &[u8]) -> Result<T, NodeError> {
    let plain = zstd::bulk::decompress(bytes, limits::OUTBOX_BATCH_BYTES_MAX)
        .map_err(|_| malformed("not a zstd frame, or larger than a batch may be"))?;
    minicbor::decode(&plain).map_err(|_| malformed("not CBOR of the expected form"))
}

fn malformed(reason: &'static str) -> NodeError {
    NodeError::input(hutong_model::Issue::error(
        hutong_model::IssueCode::Structure,
        "body",
        reason,
        "both nodes must speak the same version of the protocol",
    ))
}
