//! The embedded store as source and target of a copy.

use super::{
    EmbeddedStore, Upkeep, backup,
    open::{self, meta, open_reader},
    writer::backend,
};
use crate::{
    StoreError,
    copying::{
        CopyError, Keys, MARK, Mark, Numbers, Rows, STEP_ROWS, Side,
        tables::{Row, Table, Value, names, select},
    },
};
use async_trait::async_trait;
use aws_lc_rs::digest::{SHA256, digest};
use rusqlite::{
    Connection, OptionalExtension, ToSql, params_from_iter,
    types::{ToSqlOutput, ValueRef},
};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

/// How long bringing the indexes to disk may hold the copy up; it is not needed to be right.
const SETTLE_WAIT: Duration = Duration::from_secs(300);
/// Entries that are few enough to be read again at each opening.
const FEW: u64 = 200_000;

/// A file and its access log.
pub(crate) struct FileSide {
    path: PathBuf,
    keys: Keys,
    /// A source is held open; a target is held locked, and written beside the store's own ways.
    _open: Option<EmbeddedStore>,
    target: Option<Target>,
}

struct Target {
    db: Connection,
    accesses: Connection,
    _lock: File,
}

/// Opens the store in a file; a target is made where there is none.
pub(crate) fn open(path: &Path, keys: &Keys, target: bool) -> Result<FileSide, CopyError> {
    if !target && !path.exists() {
        return Err(open::open_error(path, &"there is no such file").into());
    }
    let (ring, blind) = keys.again()?;
    let entropy = keys.entropy.clone();
    let (kept_ring, kept_blind) = keys.again()?;
    let kept = Keys { ring: kept_ring, blind: kept_blind, entropy: entropy.clone() };
    let store = open::open(path, &ring, blind, entropy, Upkeep::default())?;
    let mut side = FileSide { path: path.to_owned(), keys: kept, _open: Some(store), target: None };
    if target {
        side._open = None;
        side.target = Some(Target::open(path)?);
    } else if unfinished(path)? {
        return Err(half_copied(path).into());
    }
    Ok(side)
}

/// What is said of a store that a copy into it was not finished of.
pub(super) fn half_copied(path: &Path) -> StoreError {
    open::open_error(path, &"a copy into it is not finished; run hutong store copy again")
}

/// Whether a store is an unfinished copy.
pub(super) fn unfinished(path: &Path) -> Result<bool, StoreError> {
    let db = open_reader(path)?;
    Ok(read_mark(&db)?.is_some())
}

fn read_mark(db: &Connection) -> Result<Option<Vec<u8>>, StoreError> {
    let sql = "SELECT value FROM meta WHERE name = ?1";
    db.query_row(sql, [MARK], |row| row.get(0)).optional().map_err(failed)
}

fn write_mark(db: &Connection, mark: &impl serde::Serialize) -> Result<(), StoreError> {
    let json = serde_json::to_vec(mark).map_err(|_| StoreError::Closed)?;
    let sql = "INSERT OR REPLACE INTO meta (name, value) VALUES (?1, ?2)";
    db.execute(sql, (MARK, json)).map_err(failed).map(drop)
}

impl Target {
    fn open(path: &Path) -> Result<Self, StoreError> {
        let _lock = open::lock(path)?;
        let (db, accesses) = (open::connect(path)?, open::connect(&backup::access_log(path))?);
        for db in [&db, &accesses] {
            // Nobody else carries the log into the file meanwhile.
            db.execute_batch("PRAGMA wal_autocheckpoint = 4096").map_err(failed)?;
        }
        Ok(Self { db, accesses, _lock })
    }

    fn of(&self, table: &Table) -> &Connection {
        if table.in_access_log { &self.accesses } else { &self.db }
    }
}

impl FileSide {
    fn target(&self) -> Result<&Target, StoreError> {
        self.target.as_ref().ok_or(StoreError::Closed)
    }

    fn file(&self, table: &Table) -> PathBuf {
        if table.in_access_log { backup::access_log(&self.path) } else { self.path.clone() }
    }
}

#[async_trait(?Send)]
impl Side for FileSide {
    async fn identity(&self) -> Result<String, StoreError> {
        let db = open_reader(&self.path)?;
        let sql = "SELECT value FROM meta WHERE name = 'seal-check'";
        let sealed: Vec<u8> = db.query_row(sql, [], |row| row.get(0)).map_err(failed)?;
        Ok(hex::encode(digest(&SHA256, &sealed)))
    }

    async fn numbers(&self) -> Result<Numbers, StoreError> {
        let db = open_reader(&self.path)?;
        let number = |sql: &str| {
            let found = db.query_row(sql, [], |row| row.get::<_, i64>(0)).optional();
            found.map(|found| found.unwrap_or(0)).map_err(failed)
        };
        let known = |name| meta(&db, name).map_err(failed);
        Ok(Numbers {
            head: number("SELECT coalesce(max(seq), 0) FROM entry")?.max(known("floor")?),
            persons: known("persons")?,
            outbox: known("outbox")?,
            tallied: known("tallied")?,
            followed: known("followed")?,
            leaves: known("leaves")?,
            feed: number("SELECT seq FROM sqlite_sequence WHERE name = 'feed'")?,
            registry: number("SELECT coalesce(max(version), 0) FROM registry")?,
        })
    }

    fn read(&self, table: &'static Table, after: Option<Vec<Value>>) -> Rows {
        let (rows, read) = mpsc::channel(2);
        let file = self.file(table);
        std::thread::spawn(move || {
            if let Err(error) = pour(&file, table, after.as_deref(), &rows) {
                let _ = rows.blocking_send(Err(error));
            }
        });
        read
    }

    async fn mark(&self) -> Result<Option<Mark>, StoreError> {
        let target = self.target()?;
        let Some(json) = read_mark(&target.db)? else { return Ok(None) };
        let mut mark: Mark = serde_json::from_slice(&json).map_err(|_| half_copied(&self.path))?;
        let access = read_mark(&target.accesses)?;
        mark.access = access.and_then(|json| serde_json::from_slice(&json).ok());
        Ok(Some(mark))
    }

    async fn set_mark(&mut self, mark: &Mark) -> Result<(), StoreError> {
        write_mark(&self.target()?.db, mark)
    }

    async fn begin(&mut self, table: &'static Table) -> Result<(), StoreError> {
        let db = self.target()?.of(table);
        db.execute_batch("BEGIN IMMEDIATE").map_err(failed)?;
        if !table.grows() {
            db.execute(&format!("DELETE FROM {}", table.name), []).map_err(failed)?;
        }
        Ok(())
    }

    async fn put(&mut self, table: &'static Table, rows: &[Row]) -> Result<(), StoreError> {
        let places: Vec<String> = (1..=table.columns.len()).map(|n| format!("?{n}")).collect();
        let (names, places) = (names(table.columns), places.join(", "));
        let sql = format!("INSERT INTO {} ({names}) VALUES ({places})", table.name);
        let mut insert = self.target()?.of(table).prepare_cached(&sql).map_err(failed)?;
        for row in rows {
            insert.execute(params_from_iter(&row.values)).map_err(failed)?;
        }
        Ok(())
    }

    async fn commit(
        &mut self,
        table: &'static Table,
        mark: Option<&Mark>,
    ) -> Result<(), StoreError> {
        let db = self.target()?.of(table);
        match mark {
            Some(mark) if table.in_access_log => write_mark(db, &mark.access)?,
            Some(mark) => write_mark(db, mark)?,
            None => {}
        }
        db.execute_batch("COMMIT").map_err(failed)
    }

    /// Lets the store write runs of its indexes, so that no opening has to read all rows again.
    async fn settle(&mut self, entries: u64) -> Result<(), StoreError> {
        if entries < FEW || self.target.is_none() {
            return Ok(());
        }
        self.target = None;
        let (ring, blind) = self.keys.again()?;
        let entropy = self.keys.entropy.clone();
        let store = open::open(&self.path, &ring, blind, entropy, Upkeep::default())?;
        let head = store.shared.head();
        let begun = Instant::now();
        let indexed = || meta(&open_reader(&self.path)?, "indexed").map_err(failed);
        while u64::try_from(indexed()?).unwrap_or(0) < head && begun.elapsed() < SETTLE_WAIT {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        drop(store);
        self.target = Some(Target::open(&self.path)?);
        Ok(())
    }

    async fn conclude(&mut self, numbers: Numbers) -> Result<(), StoreError> {
        let db = &self.target()?.db;
        let sql = "SELECT coalesce(max(seq), 0) FROM entry";
        let last: i64 = db.query_row(sql, [], |row| row.get(0)).map_err(failed)?;
        let floor = if numbers.head > last { numbers.head } else { 0 };
        db.execute_batch("BEGIN IMMEDIATE").map_err(failed)?;
        let sql = "INSERT OR REPLACE INTO meta (name, value) VALUES (?1, ?2)";
        let known = [
            ("outbox", numbers.outbox),
            ("tallied", numbers.tallied),
            ("followed", numbers.followed),
            ("leaves", numbers.leaves),
            ("persons", numbers.persons),
            ("floor", floor),
        ];
        for (name, number) in known {
            db.execute(sql, (name, number)).map_err(failed)?;
        }
        db.execute("DELETE FROM sqlite_sequence WHERE name = 'feed'", []).map_err(failed)?;
        let sql = "INSERT INTO sqlite_sequence (name, seq) VALUES ('feed', ?1)";
        db.execute(sql, [numbers.feed]).map_err(failed)?;
        db.execute_batch("COMMIT").map_err(failed)
    }

    async fn unmark(&mut self) -> Result<(), StoreError> {
        let target = self.target()?;
        for db in [&target.accesses, &target.db] {
            db.execute("DELETE FROM meta WHERE name = ?1", [MARK]).map_err(failed)?;
            db.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").map_err(failed)?;
        }
        Ok(())
    }
}

/// Reads a table to its end, or until nobody listens.
fn pour(
    file: &Path,
    table: &Table,
    after: Option<&[Value]>,
    rows: &mpsc::Sender<Result<Vec<Row>, StoreError>>,
) -> Result<(), StoreError> {
    let db = open_reader(file)?;
    // What leads to persons is grouped; that must not lie in memory.
    db.execute_batch("PRAGMA temp_store = FILE").map_err(failed)?;
    let name = |column: &(&'static str, _)| column.0.to_owned();
    let place = |at| format!("?{at}");
    let key = table.file_key;
    let sql = select(table.file_from, key, table.columns, after.is_some(), name, place);
    let mut statement = db.prepare(&sql).map_err(failed)?;
    let mut read = statement.query(params_from_iter(after.unwrap_or(&[]))).map_err(failed)?;
    let mut step = Vec::with_capacity(STEP_ROWS);
    while let Some(row) = read.next().map_err(failed)? {
        let value = |at| row.get_ref(at).map(value).map_err(failed);
        step.push(Row {
            key: (0..key.len()).map(value).collect::<Result<_, _>>()?,
            values: (key.len()..key.len() + table.columns.len())
                .map(value)
                .collect::<Result<_, _>>()?,
        });
        if step.len() == STEP_ROWS && rows.blocking_send(Ok(std::mem::take(&mut step))).is_err() {
            return Ok(());
        }
    }
    let _ = rows.blocking_send(Ok(step));
    Ok(())
}

fn value(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null | ValueRef::Real(_) => Value::Null,
        ValueRef::Integer(number) => Value::Int(number),
        ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Blob(bytes) => Value::Bytes(bytes.to_vec()),
    }
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Int(number) => ValueRef::Integer(*number),
            Self::Bytes(bytes) => ValueRef::Blob(bytes),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
        }))
    }
}

fn failed(error: rusqlite::Error) -> StoreError {
    backend("copy")(error)
}
