//! What a node keeps. One trait per aggregate, named transactions, everything personal sealed at
//! rest; an embedded back end (SQLite, files) and PostgreSQL; one conformance suite for both.

pub mod access;
mod admission;
pub mod backup;
pub mod copying;
pub mod error;
pub mod feed;
pub mod journal;
mod measured;
pub mod postgres;
pub mod registry;
pub mod resident;
mod schema;
pub mod sealing;
pub mod sqlite;
pub mod standing;
pub mod tally;

pub use access::{Access, AccessLog, Grant, Grants};
pub use backup::Backups;
pub use error::StoreError;
pub use feed::{Audience, Feed, FeedItem, NewFeedItem};
pub use journal::{
    AdmitBatch, AdmitRow, Correction, DayDigest, InboxMark, Journal, NewFact, OutcomeKind,
    RowOutcome, Stored,
};
pub use postgres::PostgresStore;
pub use registry::{Registry, Settings, UseOnce};
pub use resident::{Device, OneTimeCode, Residents, Session};
pub use sealing::{BlindKey, KeyRing};
pub use sqlite::EmbeddedStore;
pub use standing::{Round, Standing, Standings};
pub use tally::{Cell, Facet, Tallies, Wanted};

/// Everything a node keeps, behind one object.
pub trait Store:
    Journal
    + AccessLog
    + Grants
    + Feed
    + Registry
    + Settings
    + UseOnce
    + Residents
    + Backups
    + Tallies
    + Standings
    + Send
    + Sync
{
}
impl<T> Store for T where
    T: Journal
        + AccessLog
        + Grants
        + Feed
        + Registry
        + Settings
        + UseOnce
        + Residents
        + Backups
        + Tallies
        + Standings
        + Send
        + Sync
{
}
