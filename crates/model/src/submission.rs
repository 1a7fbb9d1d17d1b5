//! What a sender submits: one row of a spreadsheet, one resource of a bundle, parsed.

use crate::{
    entry::{Fact, Source, Times},
    ids::OriginId,
    person::Subject,
};

/// What the sender wants done with the row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// State something new. Sent again unchanged it is a duplicate; changed, a conflict.
    New,
    /// Replace the sender's earlier record of this own id by the submitted one.
    Correct(OriginId),
    /// Withdraw the sender's earlier record of this own id; why, in words.
    Retract(OriginId, Box<str>),
}

/// One submitted row. Which member submits it, and when, is known to the node and not stated here
/// (`times.admitted` is filled in on admission).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submission {
    /// The sender's own id for the record. None only where the row states nothing but who
    /// somebody is (a FHIR `Patient`).
    pub own_id: Option<OriginId>,
    /// What to do.
    pub action: Action,
    /// Who it is about.
    pub subject: Subject,
    /// How the sender knows.
    pub source: Source,
    /// When.
    pub times: Times,
    /// What happened; None for a row that only states who somebody is, or for a retraction.
    pub fact: Option<Fact>,
}
