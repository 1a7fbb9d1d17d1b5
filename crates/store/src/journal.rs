//! The journal: entries in order of arrival, the persons they belong to, and what leads to them.

use crate::StoreError;
use async_trait::async_trait;
use hutong_model::{
    Document, Entry, EntryId, Fact, MemberId, OriginId, PersonId, RegionCode, Source, Times,
    Timestamp, time::Date,
};

/// One fact to be written, not yet bound to a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFact {
    /// Its id: derived from the origin for a record, otherwise given by whoever made it.
    pub id: EntryId,
    /// The member's own id, where it has one.
    pub own_id: Option<OriginId>,
    /// How the member knows.
    pub source: Source,
    /// When; `times.admitted` is when the first node admitted it.
    pub times: Times,
    /// The entry it corrects or withdraws.
    pub replaces: Option<EntryId>,
    /// What it states.
    pub fact: Fact,
}

/// One row to admit: what leads to a person, and facts about them. All of a row is written, or
/// none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdmitRow {
    /// Who states it.
    pub member: MemberId,
    /// Region of the member.
    pub region: RegionCode,
    /// When the first node admitted the row; what the store itself adds (links) carries it too.
    pub admitted: Timestamp,
    /// The person, where the caller knows it already (a resident who is signed in, an answer to a
    /// request). `documents` may then be empty; those given are linked to this person by the rules
    /// below. An unknown person id is an error of the caller: the outcome is `TargetUnknown`.
    pub person: Option<PersonId>,
    /// Documents of the person, the strongest first; empty only where `person` is given (else the
    /// outcome is `TargetUnknown`). A document nobody has yet is linked to the person by a
    /// `DocumentLinked` entry before the facts (with the row's member, region and admission time),
    /// unless `facts` brings that entry itself; a document that only such a fact names counts like
    /// one of these. Documents that are known for two different persons link the two
    /// (`PersonsLinked`), unless someone has stated, last, that they are not the same
    /// (`PersonsUnlinked`), or both clusters hold lifelong documents
    /// (`DocumentKind::is_lifelong`) and those differ: then the row is refused. It is refused, too,
    /// where it brings a lifelong document that differs from the one of the person's cluster, or
    /// would make a cluster larger than `limits::CLUSTER_MAX`.
    pub documents: Vec<Document>,
    /// What is stated, in order. The last one is what the outcome is about. Facts that are there
    /// already, unchanged, are passed over; where all are, only documents that nobody ever had are
    /// still linked. May be empty: then the row only makes sure that the person and the links of
    /// its documents exist, and the outcome's entry is nil bytes (`Admitted` where something was
    /// written, else `Duplicate`).
    pub facts: Vec<NewFact>,
    /// The row comes from a node below, which has admitted it already: a correction may come
    /// before its target, and a clash of identities never refuses the row: it is written to the
    /// person that its first known document leads to, without linking what clashes.
    pub from_node: bool,
}

/// Position in a child's journal up to which everything has arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboxMark {
    /// The child.
    pub node: MemberId,
    /// Its sequence number of the last entry of the batch.
    pub seq: u64,
}

/// Rows admitted in one transaction.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AdmitBatch {
    /// The rows.
    pub rows: Vec<AdmitRow>,
    /// Where the batch ends in the child's journal, when it came from a child.
    pub inbox: Option<InboxMark>,
    /// Write all rows or none: if one is refused, none is written (FHIR `transaction`).
    pub all_or_none: bool,
}

/// What became of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutcomeKind {
    /// Written; it is on disk.
    Admitted,
    /// Every fact was there already, unchanged.
    Duplicate,
    /// The id is there with other content. Nothing was written.
    Conflict,
    /// What the row refers to is not here: the record to be corrected, withdrawn or answered for
    /// (or another member stated it), the person it is about or is linked with. Nothing was
    /// written.
    TargetUnknown,
    /// The documents belong to two persons with different lifelong documents, or linking them would
    /// make a cluster too large. Nothing was written.
    IdentityClash,
    /// Another row of an all-or-none batch was refused.
    NotWritten,
}

/// The outcome of one row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowOutcome {
    /// What became of it.
    pub kind: OutcomeKind,
    /// The person (where the row was written or a duplicate; else nil bytes).
    pub person: PersonId,
    /// The entry of the row's last fact.
    pub entry: EntryId,
    /// Whether the person was not known before this row.
    pub person_created: bool,
    /// Whether the row linked two persons.
    pub persons_linked: bool,
    /// Whether a document of the row leads to somebody else, born on another day, and was
    /// therefore neither followed nor linked.
    pub kept_apart: bool,
}

/// An entry with its place in this node's journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Place in the journal: rising, without meaning.
    pub seq: u64,
    /// The entry.
    pub entry: Entry,
}

/// Count and digest of what one member stated on one day (UTC day of `times.admitted`), over
/// entries that are passed up, except `PersonsLinked` and `PersonsUnlinked` (they name persons, and
/// person ids are each node's own). The digest is the wrapping sum, as a big-endian 128-bit number,
/// of the first 16 bytes of SHA-256 over (entry id, CBOR of the fact, of source, of times, of
/// replaces): the same at every node, whatever the order of arrival.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayDigest {
    /// Who stated them.
    pub member: MemberId,
    /// The day.
    pub day: Date,
    /// How many.
    pub count: u64,
    /// The sum.
    pub digest: [u8; 16],
}

/// A request for correction that waits for a member, or has been answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Correction {
    /// The `CorrectionRequest` entry.
    pub request: EntryId,
    /// The record that is said to be wrong.
    pub record: EntryId,
    /// The member that stated the record.
    pub member: MemberId,
    /// The person.
    pub person: PersonId,
    /// The `CorrectionAnswer` entry.
    pub answer: Option<EntryId>,
}

/// The journal and the identity it carries.
#[async_trait]
pub trait Journal {
    /// Admits rows in one durable transaction; one outcome per row, in order. When it returns,
    /// what it says was written is on disk. Rows that arrive at once are serialised: two equal
    /// rows make one entry, two rows with the same new document make one person.
    async fn admit(&self, batch: AdmitBatch) -> Result<Vec<RowOutcome>, StoreError>;

    /// The persons that the documents lead to, in order.
    async fn persons_by_documents(
        &self,
        documents: &[Document],
    ) -> Result<Vec<Option<PersonId>>, StoreError>;

    /// The person and all who are linked with them, the given one first.
    async fn cluster(&self, person: PersonId) -> Result<Vec<PersonId>, StoreError>;

    /// Every entry of these persons, in order of arrival.
    async fn entries_of(&self, persons: &[PersonId]) -> Result<Vec<Stored>, StoreError>;

    /// These persons, all who are linked with them, and every entry of all of them in order of
    /// arrival: for showing, never for deciding. Where the store has a read replica this may be
    /// [`limits::REPLICA_LAG_S_MAX`](hutong_model::limits::REPLICA_LAG_S_MAX) old, but for what was
    /// admitted by this process, which is always there.
    async fn shown(&self, persons: &[PersonId])
    -> Result<(Vec<PersonId>, Vec<Stored>), StoreError>;

    /// One entry.
    async fn entry(&self, id: EntryId) -> Result<Option<Stored>, StoreError>;

    /// Entries with a place after `seq` that are passed up, in order, at most `limit`.
    /// Links to documents that mean something only here (`urn:hutong:node:`, `urn:hutong:member:`
    /// systems) are left out.
    async fn entries_after(&self, seq: u64, limit: usize) -> Result<Vec<Stored>, StoreError>;

    /// The last place in the journal; 0 when empty.
    async fn head(&self) -> Result<u64, StoreError>;

    /// Up to which place the parent has acknowledged.
    async fn outbox_position(&self) -> Result<u64, StoreError>;
    /// Records the parent's acknowledgement; never moves back.
    async fn set_outbox_position(&self, seq: u64) -> Result<(), StoreError>;
    /// Moves the mark back: the parent has lost what it had acknowledged, and has everything up to
    /// `seq`. What comes after is passed up again.
    async fn rewind_outbox(&self, seq: u64) -> Result<(), StoreError>;
    /// Up to which place of the child's journal everything has arrived; 0 when nothing has.
    async fn inbox_position(&self, node: &MemberId) -> Result<u64, StoreError>;

    /// Counts and digests per member and day, of days from `from` to `to` inclusive, by member and
    /// then day.
    async fn day_digests(&self, from: Date, to: Date) -> Result<Vec<DayDigest>, StoreError>;
    /// The entries that one member stated on one day and that are passed up.
    async fn entries_of_day(&self, member: &MemberId, day: Date)
    -> Result<Vec<Stored>, StoreError>;

    /// Requests for correction of this member's records, unanswered ones only where `open`.
    async fn corrections(
        &self,
        member: &MemberId,
        open: bool,
    ) -> Result<Vec<Correction>, StoreError>;

    /// How many persons and entries there are, for `doctor` and `/metrics`.
    async fn counts(&self) -> Result<(u64, u64), StoreError>;
}

/// What [`Journal::shown`] does where there is no replica.
pub(crate) async fn shown_by(
    journal: &(impl Journal + Sync + ?Sized),
    persons: &[PersonId],
) -> Result<(Vec<PersonId>, Vec<Stored>), StoreError> {
    let mut all = persons.to_vec();
    for person in persons {
        for linked in journal.cluster(*person).await? {
            if !all.contains(&linked) {
                all.push(linked);
            }
        }
    }
    let entries = journal.entries_of(&all).await?;
    Ok((all, entries))
}
