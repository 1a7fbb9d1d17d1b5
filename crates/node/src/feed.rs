//! The feed: what goes down the tree, numbered. A child asks for what comes after the last number
//! it has applied, and applies each item once, in order.

use crate::{Node, NodeError};
use base64::{Engine, engine::general_purpose::STANDARD};
use hutong_model::{Entry, Fact, Member, limits};
use hutong_store::{AdmitRow, Audience, FeedItem, NewFact, NewFeedItem};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// A signed trust list: base64 of its COSE_Sign1.
pub const TRUST_LIST: &str = "trust-list";
/// A trust file was added, replaced or removed: JSON of it, without its content.
pub const TRUST_FILE: &str = "trust-file";
/// An entry that concerns a region: base64 of its CBOR.
pub const ENTRY: &str = "entry";
/// What was decided about a person of the node below: JSON.
pub const DECISION: &str = "decision";
/// A document that the root published: base64 of its COSE_Sign1.
pub const PUBLISHED: &str = "published";
/// A task that must be seen to below: JSON of it, without name or document.
pub const TASK: &str = "task";

const POSITION: &str = "feed-position";
const PAUSE_MS_MAX: u64 = 5_000;

/// A question for the feed.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AskFeed {
    /// The last number applied.
    pub after: u64,
    /// How long to wait for the next item, in milliseconds.
    pub wait_ms: u64,
}

/// Items of the feed, in order.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FeedPage {
    /// The items.
    pub items: Vec<FeedItem>,
    /// The feed was read up to this number: what lies before it and is not here is for others.
    pub upto: u64,
}

impl Node {
    /// Puts an item on the feed for the nodes below.
    ///
    /// # Errors
    /// [`NodeError`] where the store cannot be written.
    pub async fn publish(
        &self,
        kind: &str,
        audience: Audience,
        body: String,
    ) -> Result<u64, NodeError> {
        let item = NewFeedItem { kind: kind.into(), audience, body, at: self.now() };
        Ok(self.store.append_feed(item).await?)
    }

    /// Items for a child after a number; waits for the next where there is none yet.
    ///
    /// # Errors
    /// [`NodeError`] where the store cannot be read.
    pub async fn answer_feed(&self, child: &Member, ask: AskFeed) -> Result<FeedPage, NodeError> {
        let page = self.feed_page(child, ask.after).await?;
        if page.upto > ask.after || ask.wait_ms == 0 {
            return Ok(page);
        }
        let mut closing = self.closing.subscribe();
        let wait_ms = ask.wait_ms.min(limits::FEED_WAIT_S_MAX * 1000);
        tokio::select! {
            () = self.store.wait_feed(ask.after, wait_ms) => {}
            _ = closing.wait_for(|closing| *closing) => {}
        }
        self.feed_page(child, ask.after).await
    }

    async fn feed_page(&self, child: &Member, after: u64) -> Result<FeedPage, NodeError> {
        // The head first: an item that comes in between is read the next time at the latest.
        let head = self.store.feed_head().await?;
        let items = self.store.feed_after(after, child.region, limits::FEED_PAGE_MAX).await?;
        let last = items.last().map_or(after, |item| item.number);
        let full = items.len() >= limits::FEED_PAGE_MAX;
        Ok(FeedPage { upto: if full { last } else { last.max(head) }, items })
    }

    /// Follows the parent's feed until the future is dropped. Returns at once at the root.
    pub(crate) async fn run_feed(&self) {
        if self.parent.is_none() {
            return;
        }
        let mut pause_ms = 100;
        loop {
            let wait_ms = limits::FEED_WAIT_S_MAX * 1000;
            match self.follow_feed_once(wait_ms).await {
                Ok(_) => pause_ms = 100,
                Err(error) => {
                    tracing::warn!(error = %error, "following the feed failed; trying again");
                    metrics::counter!("hutong_feed_failures_total").increment(1);
                    tokio::time::sleep(Duration::from_millis(pause_ms)).await;
                    pause_ms = (pause_ms * 2).min(PAUSE_MS_MAX);
                }
            }
        }
    }

    /// Asks the parent once and applies what came; how many items.
    ///
    /// # Errors
    /// [`NodeError`] where the parent did not answer or an item could not be applied; it will be
    /// applied at the next try.
    pub async fn follow_feed_once(&self, wait_ms: u64) -> Result<usize, NodeError> {
        let Some(parent) = &self.parent else { return Ok(0) };
        self.announce_keys().await?;
        let after = self.feed_position().await?;
        let body = serde_json::to_vec(&AskFeed { after, wait_ms })
            .map_err(|e| NodeError::Parent(e.to_string()))?;
        let timeout = wait_ms + limits::PARENT_MS_MAX;
        let answer =
            parent.post("/v1/node/feed", "application/json", body, timeout, self.moment()).await?;
        let page: FeedPage =
            serde_json::from_slice(&answer).map_err(|e| NodeError::Parent(format!("feed: {e}")))?;
        let count = page.items.len();
        let decision = |item: &FeedItem| item.item.kind == DECISION;
        for run in page.items.chunk_by(|one, next| decision(one) && decision(next)) {
            match run {
                [item, ..] if decision(item) => self.take_decisions(run).await?,
                others => {
                    for item in others {
                        self.apply(item).await?;
                    }
                }
            }
            if let Some(last) = run.last() {
                self.store.set_setting(POSITION, &last.number.to_string()).await?;
            }
        }
        if page.upto > after {
            self.store.set_setting(POSITION, &page.upto.to_string()).await?;
        }
        Ok(count)
    }

    /// The number of the last item applied.
    ///
    /// # Errors
    /// [`NodeError`] where the store cannot be read.
    pub async fn feed_position(&self) -> Result<u64, NodeError> {
        let text = self.store.setting(POSITION).await?;
        Ok(text.and_then(|text| text.parse().ok()).unwrap_or(0))
    }

    async fn apply(&self, item: &FeedItem) -> Result<(), NodeError> {
        match item.item.kind.as_str() {
            TRUST_LIST => {
                let bytes = decode(&item.item.body)?;
                self.take_trust_list(&bytes).await?;
                self.publish(TRUST_LIST, Audience::All, item.item.body.clone()).await?;
            }
            TRUST_FILE => self.take_trust_file(&item.item.body).await?,
            ENTRY => self.take_entry(&decode(&item.item.body)?, &item.item).await?,
            PUBLISHED => self.take_published(&decode(&item.item.body)?).await?,
            TASK => self.take_task(&item.item.body).await?,
            other => {
                tracing::warn!(kind = other, number = item.number, "unknown feed item left alone")
            }
        }
        Ok(())
    }

    /// An entry that came down: kept here if its record is, passed further down otherwise.
    async fn take_entry(&self, bytes: &[u8], item: &NewFeedItem) -> Result<(), NodeError> {
        let entry: Entry =
            minicbor::decode(bytes).map_err(|e| NodeError::Parent(format!("feed entry: {e}")))?;
        let Fact::CorrectionRequest(request) = &entry.fact else {
            tracing::warn!(entry = %entry.id, "an entry that does not go down the feed was left alone");
            return Ok(());
        };
        let Some(record) = self.store.entry(request.record).await? else {
            tracing::warn!(entry = %entry.id, "a request for correction of a record that is not here");
            return Ok(());
        };
        if record.entry.member.region() != self.settings.region {
            self.publish(ENTRY, item.audience.clone(), item.body.clone()).await?;
            return Ok(());
        }
        let row = AdmitRow {
            member: entry.member,
            region: entry.region,
            admitted: entry.times.admitted,
            person: Some(record.entry.person),
            documents: Vec::new(),
            facts: vec![NewFact {
                id: entry.id,
                own_id: entry.own_id,
                source: entry.source,
                times: entry.times,
                replaces: entry.replaces,
                fact: entry.fact,
            }],
            from_node: true,
        };
        self.admit_own(row).await?;
        Ok(())
    }
}

fn decode(body: &str) -> Result<Vec<u8>, NodeError> {
    STANDARD.decode(body).map_err(|_| NodeError::Parent("feed item: not base64".into()))
}
