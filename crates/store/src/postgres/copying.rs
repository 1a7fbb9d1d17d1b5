//! A PostgreSQL database as source and target of a copy.

use super::{
    PostgresStore,
    connect::Connector,
    open::{self, OPENING},
    trouble::{Trouble, reason},
    types::Uid,
};
use crate::{
    StoreError,
    copying::{
        CopyError, Keys, MARK, Mark, Numbers, Rows, STEP_ROWS, Side,
        tables::{Column, Kind, LINKS, Row, Table, Value, names, select},
    },
};
use async_trait::async_trait;
use aws_lc_rs::digest::{SHA256, digest};
use bytes::{BufMut, Bytes, BytesMut};
use futures::{SinkExt, TryStreamExt};
use std::pin::pin;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_postgres::{
    Client,
    types::{IsNull, ToSql, Type, to_sql_checked},
};

/// Bytes of rows that are handed to the connection at once.
const CHUNK_BYTES: usize = 256 * 1024;
/// Whoever has the database open, besides this connection.
const OTHERS: &str = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database()
    AND application_name = $1 AND pid <> pg_backend_pid() LIMIT 1";
/// How often it is looked, for a process that was killed a moment ago is still seen.
const TRIES: u32 = 10;
const PAUSE: Duration = Duration::from_millis(300);
/// What documents lead to follows from the journal: the last entry about each.
const LEADS: &str = "TRUNCATE document_lead;
    INSERT INTO document_lead (blind, person)
    SELECT DISTINCT ON (blind) blind, CASE kind WHEN 10 THEN person END
    FROM entry WHERE blind IS NOT NULL ORDER BY blind, seq DESC";

/// A database.
pub(crate) struct ServerSide {
    connector: Connector,
    /// Holds the lock of whoever opens a store: a node that is started waits until the copy ends.
    client: Client,
}

/// Opens the store in a database; the tables are made where there are none.
pub(crate) async fn open(url: &str, keys: &Keys, target: bool) -> Result<ServerSide, CopyError> {
    let connector = Connector::parse(url)?;
    let failed = |error: tokio_postgres::Error| StoreError::Open {
        path: connector.describe(),
        reason: reason(&error),
    };
    let client = session(&connector).await.map_err(failed)?;
    let config = connector.config();
    let name = config.get_application_name().unwrap_or_default();
    let mut tries = 0;
    while client.query_opt(OTHERS, &[&name]).await.map_err(failed)?.is_some() {
        tries += 1;
        if tries == TRIES {
            return Err(CopyError::InUse(connector.describe()));
        }
        tokio::time::sleep(PAUSE).await;
    }
    let (ring, blind) = keys.again()?;
    drop(open::open(url, None, &ring, blind, keys.entropy.clone()).await?);
    client.batch_execute(OPENING).await.map_err(failed)?;
    let side = ServerSide { connector, client };
    if !target && side.mark().await?.is_some() {
        return Err(half_copied(&side.connector.describe()).into());
    }
    Ok(side)
}

/// Fails where a store is an unfinished copy.
pub(super) async fn refuse_unfinished(store: &PostgresStore, url: &str) -> Result<(), StoreError> {
    let sql = "SELECT 1 FROM meta WHERE name = $1";
    match store.shared.db.query("open", sql, &[&MARK]).await?.is_empty() {
        true => Ok(()),
        false => Err(half_copied(&Connector::parse(url)?.describe())),
    }
}

/// What is said of a store that a copy into it was not finished of.
fn half_copied(path: &str) -> StoreError {
    let reason = "a copy into it is not finished; run hutong store copy again".into();
    StoreError::Open { path: path.to_owned(), reason }
}

/// A session that reads and writes whole tables.
async fn session(connector: &Connector) -> Result<Client, tokio_postgres::Error> {
    let client = connector.session().await?;
    let set = "SET enable_seqscan = on; SET idle_in_transaction_session_timeout = 0";
    client.batch_execute(set).await?;
    Ok(client)
}

impl ServerSide {
    async fn number(&self, sql: &str) -> Result<i64, StoreError> {
        let row = self.client.query_one(sql, &[]).await.map_err(failed)?;
        row.try_get(0).map_err(failed)
    }
}

#[async_trait(?Send)]
impl Side for ServerSide {
    async fn identity(&self) -> Result<String, StoreError> {
        let sql = "SELECT value FROM meta WHERE name = 'seal-check'";
        let row = self.client.query_one(sql, &[]).await.map_err(failed)?;
        let sealed: &[u8] = row.try_get(0).map_err(failed)?;
        Ok(hex::encode(digest(&SHA256, sealed)))
    }

    async fn numbers(&self) -> Result<Numbers, StoreError> {
        Ok(Numbers {
            head: self.number("SELECT head FROM journal").await?,
            persons: self.number("SELECT persons FROM journal").await?,
            outbox: self.number("SELECT number FROM meta WHERE name = 'outbox'").await?,
            tallied: self.number("SELECT number FROM meta WHERE name = 'tallied'").await?,
            followed: self.number("SELECT number FROM meta WHERE name = 'followed'").await?,
            leaves: self.number("SELECT number FROM meta WHERE name = 'leaves'").await?,
            feed: self.number("SELECT number FROM meta WHERE name = 'feed'").await?,
            registry: self.number("SELECT number FROM meta WHERE name = 'registry'").await?,
        })
    }

    fn read(&self, table: &'static Table, after: Option<Vec<Value>>) -> Rows {
        let (rows, read) = mpsc::channel(2);
        let connector = self.connector.clone();
        tokio::spawn(async move {
            if let Err(error) = pour(&connector, table, after.as_deref(), &rows).await {
                let _ = rows.send(Err(failed(error))).await;
            }
        });
        read
    }

    async fn mark(&self) -> Result<Option<Mark>, StoreError> {
        let sql = "SELECT value FROM meta WHERE name = $1";
        let Some(row) = self.client.query_opt(sql, &[&MARK]).await.map_err(failed)? else {
            return Ok(None);
        };
        let json: &[u8] = row.try_get(0).map_err(failed)?;
        let unreadable = |_| half_copied(&self.connector.describe());
        serde_json::from_slice(json).map(Some).map_err(unreadable)
    }

    async fn set_mark(&mut self, mark: &Mark) -> Result<(), StoreError> {
        let json = serde_json::to_vec(mark).map_err(|_| StoreError::Closed)?;
        let sql = "INSERT INTO meta (name, value) VALUES ($1, $2)
            ON CONFLICT (name) DO UPDATE SET value = excluded.value";
        self.client.execute(sql, &[&MARK, &json]).await.map_err(failed).map(drop)
    }

    async fn begin(&mut self, table: &'static Table) -> Result<(), StoreError> {
        let empty = if table.grows() { "" } else { table.name };
        let sql =
            if empty.is_empty() { "BEGIN".into() } else { format!("BEGIN; TRUNCATE {empty}") };
        self.client.batch_execute(&sql).await.map_err(failed)
    }

    async fn put(&mut self, table: &'static Table, rows: &[Row]) -> Result<(), StoreError> {
        let access = table.in_access_log;
        let extra = if access { ", n" } else { "" };
        let columns = names(table.columns);
        let sql = format!("COPY {} ({columns}{extra}) FROM STDIN (FORMAT binary)", table.name);
        let mut sink = pin!(self.client.copy_in::<_, Bytes>(&sql).await.map_err(failed)?);
        let mut buffer = BytesMut::with_capacity(CHUNK_BYTES + 4096);
        // The signature, no flags, no extension.
        buffer.put_slice(b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0");
        for row in rows {
            // What tells accesses of one moment apart: their place in the file, or what it was.
            let n = access.then(|| row.key.get(row.key.len() / 2)).flatten();
            put_row(&mut buffer, table, row.values.iter().chain(n));
            if table.name == LINKS.name {
                let [a, b, rest @ ..] = row.values.as_slice() else { continue };
                put_row(&mut buffer, table, [b, a].into_iter().chain(rest));
            }
            if buffer.len() >= CHUNK_BYTES {
                sink.send(buffer.split().freeze()).await.map_err(failed)?;
            }
        }
        buffer.put_i16(-1);
        sink.send(buffer.freeze()).await.map_err(failed)?;
        sink.finish().await.map_err(failed).map(drop)
    }

    async fn commit(
        &mut self,
        _table: &'static Table,
        mark: Option<&Mark>,
    ) -> Result<(), StoreError> {
        if let Some(mark) = mark {
            self.set_mark(mark).await?;
        }
        self.client.batch_execute("COMMIT").await.map_err(failed)
    }

    async fn settle(&mut self, _entries: u64) -> Result<(), StoreError> {
        Ok(())
    }

    async fn conclude(&mut self, numbers: Numbers) -> Result<(), StoreError> {
        let Numbers { head, persons, outbox, tallied, followed, leaves, feed, registry } = numbers;
        let sql = format!(
            "BEGIN; {LEADS};
             UPDATE journal SET head = {head}, persons = {persons};
             UPDATE meta SET number = {outbox} WHERE name = 'outbox';
             UPDATE meta SET number = {tallied} WHERE name = 'tallied';
             UPDATE meta SET number = {followed} WHERE name = 'followed';
             UPDATE meta SET number = {leaves} WHERE name = 'leaves';
             UPDATE meta SET number = {feed} WHERE name = 'feed';
             UPDATE meta SET number = {registry} WHERE name = 'registry';
             COMMIT; ANALYZE"
        );
        self.client.batch_execute(&sql).await.map_err(failed)
    }

    async fn unmark(&mut self) -> Result<(), StoreError> {
        let sql = "DELETE FROM meta WHERE name = $1";
        self.client.execute(sql, &[&MARK]).await.map_err(failed).map(drop)
    }
}

/// Reads a table to its end, or until nobody listens, on a connection of its own.
async fn pour(
    connector: &Connector,
    table: &Table,
    after: Option<&[Value]>,
    rows: &mpsc::Sender<Result<Vec<Row>, StoreError>>,
) -> Result<(), tokio_postgres::Error> {
    let client = session(connector).await?;
    let name = |(name, kind): &Column| match kind {
        Kind::Sum => format!("{name}::text"),
        _ => (*name).to_owned(),
    };
    let place = |at| format!("${at}");
    let key = table.server_key;
    let sql = select(table.server_from, key, table.columns, after.is_some(), name, place);
    let after = after.unwrap_or(&[]).iter().map(|value| value as &(dyn ToSql + Sync));
    let mut read = pin!(client.query_raw(&sql, after).await?);
    let mut step = Vec::with_capacity(STEP_ROWS);
    while let Some(row) = read.try_next().await? {
        let value = |(at, (_, kind)): (usize, &Column)| value(&row, at, *kind);
        let mut values = key.iter().chain(table.columns).enumerate().map(value);
        let keys = values.by_ref().take(key.len()).collect::<Result<_, _>>()?;
        step.push(Row { key: keys, values: values.collect::<Result<_, _>>()? });
        if step.len() == STEP_ROWS && rows.send(Ok(std::mem::take(&mut step))).await.is_err() {
            return Ok(());
        }
    }
    let _ = rows.send(Ok(step)).await;
    Ok(())
}

/// A value in the form that the embedded store keeps it in.
fn value(row: &tokio_postgres::Row, at: usize, kind: Kind) -> Result<Value, tokio_postgres::Error> {
    let int = |number: Option<i64>| number.map(Value::Int);
    let found = match kind {
        Kind::Int2 => int(row.try_get::<_, Option<i16>>(at)?.map(i64::from)),
        Kind::Int4 => int(row.try_get::<_, Option<i32>>(at)?.map(i64::from)),
        Kind::Int8 => int(row.try_get(at)?),
        Kind::Bool => int(row.try_get::<_, Option<bool>>(at)?.map(i64::from)),
        Kind::Uuid => row.try_get::<_, Option<Uid>>(at)?.map(|uid| Value::Bytes(uid.0.to_vec())),
        Kind::Bytes => row.try_get::<_, Option<Vec<u8>>>(at)?.map(Value::Bytes),
        Kind::Text => row.try_get::<_, Option<String>>(at)?.map(Value::Text),
        Kind::OuterText => row
            .try_get::<_, Option<Vec<u8>>>(at)?
            .map(|bytes| Value::Text(String::from_utf8_lossy(&bytes).into_owned())),
        Kind::Sum => row
            .try_get::<_, Option<String>>(at)?
            .and_then(|text| text.parse::<u128>().ok())
            .map(|sum| Value::Bytes(sum.to_be_bytes().to_vec())),
    };
    Ok(found.unwrap_or(Value::Null))
}

/// One row in the format of COPY: the number of columns, then each with its length.
fn put_row<'a>(buffer: &mut BytesMut, table: &Table, values: impl Iterator<Item = &'a Value>) {
    let count = table.columns.len() + usize::from(table.in_access_log);
    buffer.put_i16(i16::try_from(count).unwrap_or(i16::MAX));
    let kinds = table.columns.iter().map(|(_, kind)| *kind).chain([Kind::Int8]);
    for (value, kind) in values.zip(kinds) {
        put_value(buffer, value, kind);
    }
}

fn put_value(buffer: &mut BytesMut, value: &Value, kind: Kind) {
    let mut put = |bytes: &[u8]| {
        // INVARIANT: a value is far smaller than 2 GiB (`limits::BODY_BYTES_MAX`).
        buffer.put_i32(bytes.len() as i32);
        buffer.put_slice(bytes);
    };
    match (value, kind) {
        (Value::Null, _) => buffer.put_i32(-1),
        (Value::Int(number), Kind::Int2) => put(&(*number as i16).to_be_bytes()),
        (Value::Int(number), Kind::Int4) => put(&(*number as i32).to_be_bytes()),
        (Value::Int(number), Kind::Bool) => put(&[u8::from(*number != 0)]),
        (Value::Int(number), _) => put(&number.to_be_bytes()),
        (Value::Bytes(bytes), Kind::Sum) => put(&decimal(bytes)),
        (Value::Bytes(bytes), _) => put(bytes),
        (Value::Text(text), _) => put(text.as_bytes()),
    }
}

/// A number as PostgreSQL's `numeric` is sent: digits of base 10,000, the highest first.
fn decimal(bytes: &[u8]) -> Vec<u8> {
    let mut rest = bytes.iter().fold(0_u128, |sum, byte| (sum << 8) | u128::from(*byte));
    let mut digits: Vec<u16> = Vec::with_capacity(10);
    while rest > 0 {
        digits.push((rest % 10_000) as u16);
        rest /= 10_000;
    }
    let mut sent = Vec::with_capacity(8 + 2 * digits.len());
    let weight = (digits.len() as i16).saturating_sub(1).max(0);
    sent.put_i16(digits.len() as i16);
    sent.put_i16(weight);
    // Positive, no digits after the point.
    sent.put_i32(0);
    digits.iter().rev().for_each(|digit| sent.put_u16(*digit));
    sent
}

impl ToSql for Value {
    fn to_sql(
        &self,
        kind: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Self::Null => return Ok(IsNull::Yes),
            Self::Int(number) if *kind == Type::INT8 => out.put_i64(*number),
            Self::Int(number) if *kind == Type::INT4 => out.put_i32(i32::try_from(*number)?),
            Self::Int(number) => out.put_i16(i16::try_from(*number)?),
            Self::Bytes(bytes) => out.put_slice(bytes),
            Self::Text(text) => out.put_slice(text.as_bytes()),
        }
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

fn failed(error: tokio_postgres::Error) -> StoreError {
    Trouble::of("copy")(error).into_error()
}
