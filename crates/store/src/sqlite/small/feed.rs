//! The feed.

use crate::{
    Audience, Feed, FeedItem, NewFeedItem, StoreError,
    sqlite::{
        EmbeddedStore,
        journal::{signed, unsigned},
    },
};
use async_trait::async_trait;
use hutong_model::RegionCode;
use std::time::Duration;

#[async_trait]
impl Feed for EmbeddedStore {
    async fn append_feed(&self, item: NewFeedItem) -> Result<u64, StoreError> {
        let region = match &item.audience {
            Audience::All => None,
            Audience::Region(region) => Some(region.to_string()),
        };
        let body = serde_json::to_string(&item).map_err(|error| json(&error))?;
        let number = self
            .small("append_feed", move |db| {
                db.prepare_cached("INSERT INTO feed (region, body) VALUES (?1, ?2)")?
                    .execute((region, body))?;
                Ok(unsigned(db.last_insert_rowid()))
            })
            .await?;
        self.feed.send_modify(|last| *last = number.max(*last));
        Ok(number)
    }

    async fn feed_after(
        &self,
        number: u64,
        child: RegionCode,
        limit: usize,
    ) -> Result<Vec<FeedItem>, StoreError> {
        let rows: Vec<(i64, String)> = self.select("feed_after", |db| {
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
                let item = serde_json::from_str(&body).map_err(|error| json(&error))?;
                Ok(FeedItem { number: unsigned(number), item })
            })
            .collect()
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
