//! Small shared data: members, code adapters, exceptions, trust entries; settings; things used
//! once.

use crate::StoreError;
use async_trait::async_trait;
use hutong_model::Timestamp;

/// Named collections of small JSON documents (`member`, `adapter`, `exception`, `trust-key`), each
/// write kept as a version. Read whole into memory by whoever uses them often.
#[async_trait]
pub trait Registry {
    /// Writes the document `key` of `collection` at `at`; the former version stays as history.
    async fn put_document(
        &self,
        collection: &'static str,
        key: &str,
        document: serde_json::Value,
        at: Timestamp,
    ) -> Result<(), StoreError>;
    /// The newest version of one document.
    async fn document(
        &self,
        collection: &'static str,
        key: &str,
    ) -> Result<Option<serde_json::Value>, StoreError>;
    /// Forgets a document with all its versions: of what has run out, such as tasks. The very last
    /// version that was written in the whole registry may stay until another is written.
    async fn forget_document(&self, collection: &'static str, key: &str) -> Result<(), StoreError>;
    /// The newest version of every document, ordered by key.
    async fn documents(
        &self,
        collection: &'static str,
    ) -> Result<Vec<(String, serde_json::Value)>, StoreError>;
}

/// Single values the node remembers (feed position, trust-list generation).
#[async_trait]
pub trait Settings {
    /// The value.
    async fn setting(&self, name: &'static str) -> Result<Option<String>, StoreError>;
    /// Replaces the value.
    async fn set_setting(&self, name: &'static str, value: &str) -> Result<(), StoreError>;
}

/// Tokens that may be used once (`jti` of a client assertion, nonce of a presentation).
#[async_trait]
pub trait UseOnce {
    /// Marks `token` of `scope` as used; false where it was used before. It may be forgotten
    /// after `expires_at`. `now` lets expired ones be swept.
    async fn use_once(
        &self,
        scope: &'static str,
        token: &str,
        expires_at: Timestamp,
        now: Timestamp,
    ) -> Result<bool, StoreError>;
}
