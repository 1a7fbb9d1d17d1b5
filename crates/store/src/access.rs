//! Who looked at whom, why, and by which right.

use crate::StoreError;
use async_trait::async_trait;
use hutong_model::{MemberId, PersonId, Purpose, RegionCode, Timestamp};
use serde::{Deserialize, Serialize};

/// One look at a person's records. Visible to the person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Access {
    /// Whose records.
    pub person: PersonId,
    /// When.
    pub at: Timestamp,
    /// Who looked.
    pub member: MemberId,
    /// The member that the looking member asked for (a node asks for its clinic).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_behalf_of: Option<MemberId>,
    /// Where.
    pub region: RegionCode,
    /// Why.
    pub purpose: Purpose,
    /// By which right: `grant:<id>`, `legal:<basis>`, `self`, `guardian`.
    pub right: String,
    /// What was read: `history`, `level`.
    pub what: String,
    /// How many records were shown.
    pub records: u32,
}

/// The log of accesses: append-only.
#[async_trait]
pub trait AccessLog {
    /// Records an access; on disk when it returns. Many at once share one transaction.
    async fn record_access(&self, access: Access) -> Result<(), StoreError>;
    /// Accesses to these persons, newest first, at most `limit`.
    async fn accesses(&self, persons: &[PersonId], limit: usize)
    -> Result<Vec<Access>, StoreError>;
}

/// A person's permission for one member and one purpose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Grant {
    /// Its id: 16 random bytes, hexadecimal.
    pub id: String,
    /// Whose records.
    pub person: PersonId,
    /// Who may read.
    pub member: MemberId,
    /// For what.
    pub purpose: Purpose,
    /// How it was given: `presentation`, `application`, `legal:<basis>`.
    pub basis: String,
    /// From when.
    pub granted_at: Timestamp,
    /// Until when; evaluated when read.
    pub expires_at: Timestamp,
}

/// Grants.
#[async_trait]
pub trait Grants {
    /// Keeps a grant.
    async fn put_grant(&self, grant: Grant) -> Result<(), StoreError>;
    /// The grant by which `member` may read any of these persons for `purpose` at `now`.
    async fn grant_for(
        &self,
        member: &MemberId,
        persons: &[PersonId],
        purpose: Purpose,
        now: Timestamp,
    ) -> Result<Option<Grant>, StoreError>;
    /// Grants over these persons that are in force at `now`.
    async fn grants_of(
        &self,
        persons: &[PersonId],
        now: Timestamp,
    ) -> Result<Vec<Grant>, StoreError>;
    /// Ends a grant of this person. False where there is none.
    async fn revoke_grant(&self, person: PersonId, id: &str) -> Result<bool, StoreError>;
}
