//! The feed. Every process hears of new items from the database.

use super::{
    PostgresStore, Shared,
    connect::{Connector, SETTLE, Wire},
    database::{column, within},
    trouble::{Trouble, reason},
    types::{signed, unsigned},
};
use crate::{
    Audience, Feed, FeedItem, NewFeedItem, StoreError, measured::count, sealing::feed_place,
};
use async_trait::async_trait;
use deadpool_postgres::Object;
use futures::future::poll_fn;
use hutong_model::{RegionCode, limits::FEED_PAGE_MAX};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tokio_postgres::{AsyncMessage, Client, Transaction};

/// How often the database is asked, should nobody be heard.
const POLL: Duration = Duration::from_secs(2);
/// How long the listener waits before it connects again.
const AGAIN: Duration = Duration::from_millis(500);

const LISTEN: &str = "LISTEN hutong_feed";
const HEAD: &str = "SELECT number FROM meta WHERE name = 'feed'";

/// Listens for new items until it is aborted.
pub(super) async fn listen(connector: Connector, feed: watch::Sender<u64>, shared: Arc<Shared>) {
    loop {
        let begun = Instant::now();
        match connector.connect().await {
            Ok((client, wire)) => {
                if let Err(error) = listen_once(&client, wire, &feed, &shared).await {
                    let error = reason(&error);
                    tracing::warn!(error, "not listening to the feed of the database");
                }
            }
            Err(error) => {
                shared.outage.failed(begun);
                tracing::warn!(error = %reason(&error), "the database cannot be reached");
            }
        }
        tokio::time::sleep(AGAIN).await;
    }
}

async fn listen_once(
    client: &Client,
    mut wire: Wire,
    feed: &watch::Sender<u64>,
    shared: &Shared,
) -> Result<(), tokio_postgres::Error> {
    let heard = async {
        while let Some(message) = poll_fn(|context| wire.poll_message(context)).await {
            if let AsyncMessage::Notification(note) = message?
                && let Ok(number) = note.payload().parse()
            {
                raise(feed, number);
            }
        }
        Ok(())
    };
    let begun = async {
        client.batch_execute(LISTEN).await?;
        // What came before is asked for once.
        let head: i64 = client.query_one(HEAD, &[]).await?.try_get(0)?;
        raise(feed, unsigned(head));
        if shared.outage.lasts() {
            let written =
                async { client.batch_execute(SETTLE).await.map_err(Trouble::of("probe")) };
            // Where it takes no writes yet the writer goes on trying.
            if within(written).await.is_ok() {
                shared.outage.ended();
            }
        }
        Ok(())
    };
    futures::try_join!(heard, begun).map(drop)
}

pub(super) fn raise(feed: &watch::Sender<u64>, number: u64) {
    feed.send_if_modified(|last| {
        let newer = number > *last;
        *last = number.max(*last);
        newer
    });
}

#[async_trait]
impl Feed for PostgresStore {
    async fn append_feed(&self, item: NewFeedItem) -> Result<u64, StoreError> {
        let begun = Instant::now();
        let append = async |client: &mut Object| self.append(client, &item).await;
        let appended = self.shared.db.once("append_feed", append).await;
        let number = unsigned(appended.map_err(Trouble::into_error)?);
        count("append_feed", begun);
        raise(&self.feed, number);
        Ok(number)
    }

    async fn feed_after(
        &self,
        number: u64,
        child: RegionCode,
        limit: usize,
    ) -> Result<Vec<FeedItem>, StoreError> {
        let sql =
            "SELECT number, region, body FROM feed WHERE number > $1 ORDER BY number LIMIT $2";
        let page = signed(FEED_PAGE_MAX as u64);
        let (mut after, mut found) = (signed(number), Vec::new());
        loop {
            let rows = self.shared.db.query("feed_after", sql, &[&after, &page]).await?;
            for row in &rows {
                after = column(row, 0)?;
                let region: Option<&str> = column(row, 1)?;
                let region = region.and_then(|text| RegionCode::parse(text).ok());
                if region.is_none_or(|region| child.contains(&region)) && found.len() < limit {
                    let place = after.to_be_bytes();
                    let plain = self.shared.sealer.open(feed_place(&place), column(row, 2)?)?;
                    let item = serde_json::from_slice(&plain).map_err(|error| json(&error))?;
                    found.push(FeedItem { number: unsigned(after), item });
                }
            }
            if found.len() >= limit || rows.len() < FEED_PAGE_MAX {
                return Ok(found);
            }
        }
    }

    async fn feed_head(&self) -> Result<u64, StoreError> {
        let rows = self.shared.db.query("feed_head", HEAD, &[]).await?;
        let head = rows.first().map_or(Ok(0), |row| column(row, 0).map(unsigned))?;
        raise(&self.feed, head);
        Ok(head)
    }

    async fn wait_feed(&self, number: u64, wait_ms: u64) {
        let deadline = Instant::now() + Duration::from_millis(wait_ms);
        let mut last = self.feed.subscribe();
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let newer = last.wait_for(|last| *last > number);
            if tokio::time::timeout(left.min(POLL), newer).await.is_ok() || left <= POLL {
                return;
            }
            // Nobody was heard: perhaps because nobody listens.
            let _ = self.feed_head().await;
        }
    }
}

/// Appends an item in the transaction at hand; its number.
pub(super) async fn append_in(
    shared: &Shared,
    transaction: &Transaction<'_>,
    item: &NewFeedItem,
) -> Result<i64, Trouble> {
    let trouble = Trouble::of("append_feed");
    let region = match &item.audience {
        Audience::All => None,
        Audience::Region(region) => Some(region.to_string()),
    };
    let plain = serde_json::to_vec(item).map_err(|error| json(&error))?;
    let next = "UPDATE meta SET number = number + 1 WHERE name = 'feed' RETURNING number";
    let row = transaction.query_one(next, &[]).await.map_err(trouble)?;
    let number: i64 = column(&row, 0)?;
    let body = shared.sealer.seal_slice(feed_place(&number.to_be_bytes()), &plain)?;
    let write = "INSERT INTO feed (number, region, body) VALUES ($1, $2, $3)";
    transaction.execute(write, &[&number, &region, &body]).await.map_err(trouble)?;
    let tell = "SELECT pg_notify('hutong_feed', $1)";
    transaction.execute(tell, &[&number.to_string()]).await.map_err(trouble)?;
    Ok(number)
}

impl PostgresStore {
    /// Appends an item. Whoever takes a number holds the row of the last one until the commit, so
    /// that numbers become visible in their order. Not tried again where the connection is lost.
    async fn append(&self, client: &mut Object, item: &NewFeedItem) -> Result<i64, Trouble> {
        let trouble = Trouble::of("append_feed");
        let transaction = client.transaction().await.map_err(trouble)?;
        let number = append_in(&self.shared, &transaction, item).await?;
        transaction.commit().await.map_err(trouble)?;
        Ok(number)
    }
}

fn json(error: &serde_json::Error) -> StoreError {
    StoreError::Backend { transaction: "feed", reason: error.to_string() }
}
