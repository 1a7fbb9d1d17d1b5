//! The feed: what goes down the tree, numbered.

use crate::StoreError;
use async_trait::async_trait;
use hutong_model::{RegionCode, Timestamp};
use serde::{Deserialize, Serialize};

/// Who an item is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "to", content = "region")]
pub enum Audience {
    /// Every node below.
    All,
    /// The node below whose region contains this one.
    Region(RegionCode),
}

/// An item not yet numbered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NewFeedItem {
    /// What it is: `trust-list`, `entry`.
    pub kind: String,
    /// Who it is for.
    pub audience: Audience,
    /// The content (JSON text or base64 of CBOR), as the kind says.
    pub body: String,
    /// When it was made.
    pub at: Timestamp,
}

/// A numbered item. Numbers rise by one; none is ever reused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FeedItem {
    /// Its number, from 1.
    pub number: u64,
    /// The item.
    #[serde(flatten)]
    pub item: NewFeedItem,
}

/// The feed that this node offers to nodes below.
#[async_trait]
pub trait Feed {
    /// Appends an item and numbers it.
    async fn append_feed(&self, item: NewFeedItem) -> Result<u64, StoreError>;
    /// Items after `number` for the child node whose region is `child`, in order, at most `limit`.
    async fn feed_after(
        &self,
        number: u64,
        child: RegionCode,
        limit: usize,
    ) -> Result<Vec<FeedItem>, StoreError>;
    /// The number of the last item; 0 where there is none.
    async fn feed_head(&self) -> Result<u64, StoreError>;
    /// Waits until there is an item after `number` (any audience), at most `wait_ms`.
    async fn wait_feed(&self, number: u64, wait_ms: u64);
}
