//! The feed.

use crate::{
    Audience, Feed, FeedItem, NewFeedItem, StoreError,
    sealing::feed_place,
    sqlite::{
        EmbeddedStore,
        journal::{signed, unsigned},
        shared::Shared,
        small::unsealed,
    },
};
use async_trait::async_trait;
use hutong_model::RegionCode;
use rusqlite::Connection;
use std::time::Duration;

/// Appends an item in the transaction at hand; its number.
pub(super) fn insert_feed(
    shared: &Shared,
    db: &Connection,
    item: &NewFeedItem,
) -> rusqlite::Result<u64> {
    let region = match &item.audience {
        Audience::All => None,
        Audience::Region(region) => Some(region.to_string()),
    };
    let plain = serde_json::to_vec(item).map_err(|error| unsealed(json(&error)))?;
    let number: i64 = db
        .prepare_cached(
            "SELECT coalesce(max(seq), 0) + 1 FROM sqlite_sequence WHERE name = 'feed'",
        )?
        .query_row([], |row| row.get(0))?;
    let body = shared.sealer.seal_slice(feed_place(&number.to_be_bytes()), &plain);
    db.prepare_cached("INSERT INTO feed (number, region, body) VALUES (?1, ?2, ?3)")?.execute((
        number,
        region,
        body.map_err(unsealed)?,
    ))?;
    Ok(unsigned(number))
}

#[async_trait]
impl Feed for EmbeddedStore {
    async fn append_feed(&self, item: NewFeedItem) -> Result<u64, StoreError> {
        let shared = self.shared.clone();
        let append = move |db: &Connection| insert_feed(&shared, db, &item);
        let number = self.small("append_feed", append).await?;
        self.feed.send_modify(|last| *last = number.max(*last));
        Ok(number)
    }

    async fn feed_after(
        &self,
        number: u64,
        child: RegionCode,
        limit: usize,
    ) -> Result<Vec<FeedItem>, StoreError> {
        let rows: Vec<(i64, Vec<u8>)> = self.select("feed_after", |db| {
            let mut found = Vec::new();
            let mut read = db.prepare_cached(
                "SELECT number, region, body FROM feed WHERE number > ?1 ORDER BY number",
            )?;
            let mut rows = read.query([signed(number)])?;
            while let Some(row) = rows.next()? {
                let region: Option<String> = row.get(1)?;
                let region = region.and_then(|text| RegionCode::parse(&text).ok());
                if region.is_none_or(|region| child.contains(&region)) {
                    found.push((row.get(0)?, row.get(2)?));
                }
                if found.len() >= limit {
                    break;
                }
            }
            Ok(found)
        })?;
        rows.into_iter()
            .map(|(number, body)| {
                let plain = self.shared.sealer.open(feed_place(&number.to_be_bytes()), &body)?;
                let item = serde_json::from_slice(&plain).map_err(|error| json(&error))?;
                Ok(FeedItem { number: unsigned(number), item })
            })
            .collect()
    }

    async fn feed_head(&self) -> Result<u64, StoreError> {
        Ok(*self.feed.borrow())
    }

    async fn wait_feed(&self, number: u64, wait_ms: u64) {
        let mut last = self.feed.subscribe();
        let newer = last.wait_for(|last| *last > number);
        let _ = tokio::time::timeout(Duration::from_millis(wait_ms), newer).await;
    }
}

fn json(error: &serde_json::Error) -> StoreError {
    StoreError::Backend { transaction: "feed", reason: error.to_string() }
}
