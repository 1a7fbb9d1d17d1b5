//! What PostgreSQL alone does: the rows that were admitted, by COPY into the same table again under
//! other ids.

use crate::stores::Postgres;
use bytes::Bytes;
use futures::{SinkExt, TryStreamExt};
use std::{pin::pin, time::Instant};
use tokio_postgres::Client;

/// Rows of a transaction, as many as the node takes at most.
const BATCH: u64 = hutong_model::limits::COMMIT_ROWS_MAX as u64;
/// Bytes that are handed over at once.
const CHUNK_BYTES: usize = 256 * 1024;
/// Where the places of the copies begin.
const OFFSET: i64 = 1_000_000_000_000;

/// Rows per second that are on disk: the last `rows` of the table once more.
pub async fn rate(postgres: &Postgres, rows: u64) -> f64 {
    let client = postgres.connect().await;
    let head = client.query_one("SELECT head FROM journal", &[]).await.expect("the journal");
    let head: i64 = head.get(0);
    let mut batches = Vec::new();
    let mut from = head - i64::try_from(rows).expect("rows");
    while from < head {
        let upto = (from + BATCH as i64).min(head);
        batches.push(read(&client, from, upto).await);
        from = upto;
    }
    let begun = Instant::now();
    for batch in batches {
        let sink = client.copy_in::<_, Bytes>("COPY entry FROM STDIN (FORMAT binary)").await;
        let mut sink = pin!(sink.expect("COPY"));
        for chunk in batch.chunks(CHUNK_BYTES) {
            sink.send(Bytes::copy_from_slice(chunk)).await.expect("COPY");
        }
        sink.finish().await.expect("COPY");
    }
    rows as f64 / begun.elapsed().as_secs_f64()
}

/// Rows in the form of COPY. Persons and ids are others, as random, and as often the same.
async fn read(client: &Client, from: i64, upto: i64) -> Vec<u8> {
    let sql = format!(
        "COPY (SELECT seq + {OFFSET}, md5(person::text)::uuid, md5(id::text)::uuid, member, day,
            kind, local, blind, body FROM entry WHERE seq > {from} AND seq <= {upto} ORDER BY seq)
         TO STDOUT (FORMAT binary)"
    );
    let mut rows = pin!(client.copy_out(&sql).await.expect("COPY"));
    let mut all = Vec::new();
    while let Some(part) = rows.try_next().await.expect("COPY") {
        all.extend_from_slice(&part);
    }
    all
}
