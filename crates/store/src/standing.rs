//! What persons were last told of their level, whom the passing of time or a change of an area may
//! concern, and the leaves that wait for the ledger. Levels are decided from the journal: nothing
//! here ever decides one.

use crate::{NewFeedItem, StoreError};
use async_trait::async_trait;
use hutong_model::{PersonId, RegionCode, Timestamp};

/// What a person was last told in an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The person.
    pub person: PersonId,
    /// The event.
    pub event: Box<str>,
    /// When to decide again though nothing was admitted; None where time alone changes nothing.
    pub due: Option<Timestamp>,
    /// What was said, as whoever decides writes it. Sealed at rest.
    pub body: Vec<u8>,
}

/// What one round of deciding leaves behind: all of it is kept, or nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Round {
    /// What persons are told; each replaces what its person was told in the event before.
    pub standings: Vec<Standing>,
    /// The divisions of six digits, counties and what they lie in, where persons live or were.
    pub whereabouts: Vec<(RegionCode, PersonId)>,
    /// Leaves for the ledger, in order.
    pub leaves: Vec<Vec<u8>>,
    /// What goes down the feed, in order.
    pub feed: Vec<NewFeedItem>,
    /// The journal was followed from the first place up to the second.
    pub followed: Option<(u64, u64)>,
}

/// Standings, whereabouts and leaves.
#[async_trait]
pub trait Standings {
    /// What these persons were last told, in no particular order.
    async fn standings(&self, persons: &[PersonId]) -> Result<Vec<Standing>, StoreError>;

    /// Persons whose level may change by time alone at `at` or before, the longest due first, at
    /// most `limit`.
    async fn standings_due(&self, at: Timestamp, limit: usize)
    -> Result<Vec<PersonId>, StoreError>;

    /// Persons that were told something in an event, by rising id, after `after`, at most `limit`.
    async fn persons_told(
        &self,
        event: &str,
        after: Option<PersonId>,
        limit: usize,
    ) -> Result<Vec<PersonId>, StoreError>;

    /// Persons that live or were in a division of six digits, by rising id, after `after`, at most
    /// `limit`.
    async fn persons_in(
        &self,
        division: RegionCode,
        after: Option<PersonId>,
        limit: usize,
    ) -> Result<Vec<PersonId>, StoreError>;

    /// Up to which place the journal has been followed.
    async fn followed(&self) -> Result<u64, StoreError>;

    /// Keeps a round, in one durable transaction. False, with nothing kept, where the journal was
    /// not followed up to where the round begins: another process has been quicker.
    async fn keep_round(&self, round: Round) -> Result<bool, StoreError>;

    /// Forgets what persons were told in an event, at most `limit` of them; how many.
    async fn forget_standings(&self, event: &str, limit: usize) -> Result<u64, StoreError>;

    /// Leaves that wait, from this number on, in order, at most `limit`.
    async fn leaves_from(&self, number: u64, limit: usize) -> Result<Vec<Vec<u8>>, StoreError>;

    /// The ledger holds everything before `size`: no leaf gets a smaller number, and those that
    /// have one are dropped.
    async fn ledger_holds(&self, size: u64) -> Result<(), StoreError>;
}
