//! What admission stands on: the state of a back end, within a transaction.

use super::{Key, prepare::PreparedFact};
use crate::Stored;
use hutong_model::{
    EntryId, Fact, MemberId, PersonId, RegionCode,
    entry::{CorrectionAnswer, CorrectionRequest},
};
use std::borrow::Cow;

/// An entry that a row adds.
#[derive(Clone)]
pub(crate) struct NewEntry<'r> {
    pub(crate) person: PersonId,
    /// Who states it, and their number.
    pub(crate) member: &'r MemberId,
    pub(crate) number: i64,
    pub(crate) region: RegionCode,
    pub(crate) fact: Cow<'r, PreparedFact>,
    /// The document whose lead it has changed.
    pub(crate) blind: Option<Key>,
}

/// An entry that says who a person is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Identity<P> {
    /// Where it lies.
    pub(crate) place: P,
    /// The document whose lead it has changed.
    pub(crate) blind: Option<Key>,
}

/// What admission looks at and writes to. What was written is seen by what is looked at later.
/// `'r` is as long as the rows of the transaction live.
pub(crate) trait Ground<'r> {
    /// Why something could not be looked at or written: the row's decision is given up.
    type Error;
    /// Where an entry lies.
    type Place: Copy;

    /// What a document leads to; nil where it was taken away, none where nobody ever had it.
    fn lead(&self, blind: &Key) -> Result<Option<Key>, Self::Error>;
    /// An entry. Its place in the journal may not be known yet.
    fn entry(&self, id: &EntryId) -> Result<Option<Stored>, Self::Error>;
    /// Whether there is an entry of a person.
    fn person_exists(&self, person: PersonId) -> Result<bool, Self::Error>;
    /// The person and all who are linked with them, the given one first.
    fn cluster(&self, person: PersonId) -> Result<Vec<PersonId>, Self::Error>;
    /// Whether the last that was stated about two persons is that they are not the same.
    fn denied(&self, one: PersonId, other: PersonId) -> Result<bool, Self::Error>;
    /// A person's entries that say who they are: documents linked, and demographics.
    fn identity(&self, person: PersonId) -> Result<Vec<Identity<Self::Place>>, Self::Error>;
    /// What the entry at a place states.
    fn fact_at(&self, place: Self::Place) -> Result<Option<Fact>, Self::Error>;

    /// Says of a person id that it was made up just now: nothing is known of it anywhere.
    fn introduce(&self, _person: PersonId) {}
    /// The number of a member, given to it now where it has none.
    fn number(&mut self, member: &MemberId) -> Result<i64, Self::Error>;
    /// Counts a person who was not there before.
    fn count_person(&mut self);
    /// Adds an entry.
    fn append(&mut self, entry: NewEntry<'r>) -> Result<(), Self::Error>;
    /// How many entries were added so far.
    fn appended(&self) -> usize;
    /// A document leads to this person from now on; to nobody where nil.
    fn set_lead(&mut self, blind: Key, lead: Key);
    /// States that two persons are the same, or are not, by an entry.
    fn link(
        &mut self,
        one: PersonId,
        other: PersonId,
        linked: bool,
        entry: &EntryId,
    ) -> Result<(), Self::Error>;
    /// Notes a request for the queue of the member that stated the record; none where the record
    /// is not here yet: then the member is found when the queue is read.
    fn note_request(
        &mut self,
        id: &EntryId,
        request: &CorrectionRequest,
        owner: Option<&MemberId>,
        person: PersonId,
    ) -> Result<(), Self::Error>;
    /// Notes an answer; from a node below it may come before its request.
    fn note_answer(&mut self, id: &EntryId, answer: &CorrectionAnswer) -> Result<(), Self::Error>;
}
