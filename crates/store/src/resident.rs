//! Residents: one-time codes, sessions, device keys.

use crate::StoreError;
use async_trait::async_trait;
use hutong_model::{PersonId, Timestamp};

/// A one-time code that waits to be used. The code itself is kept only as a hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OneTimeCode {
    /// Id of the challenge, random, hexadecimal.
    pub id: String,
    /// Whose.
    pub person: PersonId,
    /// SHA-256 of (id, code), 32 bytes.
    pub hash: [u8; 32],
    /// Until when.
    pub expires_at: Timestamp,
    /// Wrong tries so far.
    pub tries: u32,
}

/// A resident's session. The token itself is kept only as a hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// SHA-256 of the token.
    pub hash: [u8; 32],
    /// Who signed in.
    pub person: PersonId,
    /// Until when.
    pub expires_at: Timestamp,
}

/// A phone's key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// Id: hexadecimal, derived from the key.
    pub id: String,
    /// Whose code it shows.
    pub person: PersonId,
    /// The public key as a CBOR COSE_Key (RFC 9052 §7).
    pub cose_key: Vec<u8>,
    /// When it was registered.
    pub registered_at: Timestamp,
    /// When it was withdrawn.
    pub revoked_at: Option<Timestamp>,
}

/// What the node remembers of its residents' sign-in.
#[async_trait]
pub trait Residents {
    /// Keeps a one-time code.
    async fn put_one_time_code(&self, code: OneTimeCode) -> Result<(), StoreError>;
    /// Takes the code for a try: counts the try, and removes the code where `hash` fits and it is
    /// in force and not over the limit of tries; the person then. Atomic.
    async fn redeem_one_time_code(
        &self,
        id: &str,
        hash: &[u8; 32],
        now: Timestamp,
    ) -> Result<Option<PersonId>, StoreError>;
    /// Keeps a session.
    async fn put_session(&self, session: Session) -> Result<(), StoreError>;
    /// The session with this hash, in force at `now`.
    async fn session(&self, hash: &[u8; 32], now: Timestamp)
    -> Result<Option<Session>, StoreError>;
    /// Ends a session.
    async fn end_session(&self, hash: &[u8; 32]) -> Result<(), StoreError>;
    /// Keeps a device key. Registering the same key for the same person again changes nothing.
    async fn put_device(&self, device: Device) -> Result<(), StoreError>;
    /// The devices of a person.
    async fn devices_of(&self, person: PersonId) -> Result<Vec<Device>, StoreError>;
    /// Withdraws a device. False where the person has no such device.
    async fn revoke_device(
        &self,
        person: PersonId,
        id: &str,
        now: Timestamp,
    ) -> Result<bool, StoreError>;
}
