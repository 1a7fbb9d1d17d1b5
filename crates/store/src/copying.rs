//! Copying a whole store into another one, of the same back end or the other: moving house.
//!
//! Sealed values are bound to the same places in every back end, so rows are copied unopened. What
//! only grows (entries, accesses) is copied in steps, each with its place in the same transaction:
//! a copy that was interrupted goes on there. The rest is copied whole, each table in one
//! transaction, again each time. A target that is not finished says so and is not opened by a node.

pub(crate) mod tables;

use crate::{BlindKey, KeyRing, StoreError, postgres, sqlite};
use async_trait::async_trait;
use hutong_model::Entropy;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::sync::Arc;
use tables::{ACCESS, ENTRY, LEADS, Row, Table, Tally, Value, WHOLE};
use tokio::sync::mpsc;

/// Name of the value by which a store says that a copy into it is not finished.
pub(crate) const MARK: &str = "copying";
/// Rows that are read, and written in one transaction, at once.
pub(crate) const STEP_ROWS: usize = 8_192;
/// Entries after which an embedded target brings its indexes from memory to disk.
const SETTLE_ROWS: u64 = 1_000_000;

/// Where a store is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// In a file of SQLite.
    File(PathBuf),
    /// In a database of PostgreSQL; its URL.
    Server(String),
}

/// The keys that both stores are opened with.
pub struct Keys {
    /// The ring.
    pub ring: KeyRing,
    /// The key of the blind index.
    pub blind: BlindKey,
    /// Where randomness comes from.
    pub entropy: Arc<dyn Entropy>,
}

impl Keys {
    /// The same keys once more: each opening of a store takes its own.
    pub(crate) fn again(&self) -> Result<(KeyRing, BlindKey), StoreError> {
        let failed = |_| StoreError::Sealed { table: "meta" };
        let ring = KeyRing::parse(&self.ring.format()).map_err(failed)?;
        Ok((ring, BlindKey::parse(&self.blind.format()).map_err(failed)?))
    }
}

/// How far a copy has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// What is done: `copying`, `comparing`.
    pub doing: &'static str,
    /// Which table.
    pub table: &'static str,
    /// Rows of it so far, in this run.
    pub rows: u64,
}

/// What was copied.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Copied {
    /// Persons.
    pub persons: u64,
    /// The rows of each table, which were found to be the same in both stores.
    pub tables: Vec<(&'static str, u64)>,
    /// Whether an interrupted copy was gone on with.
    pub resumed: bool,
}

/// Why a store was not copied. Nothing is lost: the source is never written.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// Source and target are the same.
    #[error("source and target are the same store")]
    Same,
    /// The target holds something.
    #[error("the target holds another store already: its table {0} is not empty")]
    NotEmpty(&'static str),
    /// The target was begun from another source.
    #[error("the target is an unfinished copy of another store")]
    OtherSource,
    /// A node has one of the two open.
    #[error("{0} is in use by another process")]
    InUse(String),
    /// After copying, a table is not the same on both sides.
    #[error("the table {0} is not the same on both sides")]
    Differs(&'static str),
    /// A store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Numbers that a store knows about itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Numbers {
    /// The last place of the journal that was given out.
    pub(crate) head: i64,
    pub(crate) persons: i64,
    /// Up to where the parent has acknowledged.
    pub(crate) outbox: i64,
    /// Up to where has been counted.
    pub(crate) tallied: i64,
    /// Up to where has been followed.
    pub(crate) followed: i64,
    /// How many leaves were numbered.
    pub(crate) leaves: i64,
    /// The last numbers of feed and registry that were given out.
    pub(crate) feed: i64,
    pub(crate) registry: i64,
}

/// What an unfinished target remembers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Mark {
    /// Which source it is a copy of.
    pub(crate) source: String,
    /// The keys of the last entry and the last access that it has.
    pub(crate) entry: Option<Vec<Value>>,
    pub(crate) access: Option<Vec<Value>>,
}

/// Rows as they are read, some at a time.
pub(crate) type Rows = mpsc::Receiver<Result<Vec<Row>, StoreError>>;

/// A store as the copy sees it.
#[async_trait(?Send)]
pub(crate) trait Side {
    /// By which the store is known again.
    async fn identity(&self) -> Result<String, StoreError>;
    async fn numbers(&self) -> Result<Numbers, StoreError>;
    /// Reads a table, what lies after a key only.
    fn read(&self, table: &'static Table, after: Option<Vec<Value>>) -> Rows;
    /// What it remembers of a copy into it; None where it is no unfinished copy.
    async fn mark(&self) -> Result<Option<Mark>, StoreError>;
    /// Says that it is an unfinished copy from now on.
    async fn set_mark(&mut self, mark: &Mark) -> Result<(), StoreError>;
    /// Begins to write to a table, emptied first where it is copied whole.
    async fn begin(&mut self, table: &'static Table) -> Result<(), StoreError>;
    async fn put(&mut self, table: &'static Table, rows: &[Row]) -> Result<(), StoreError>;
    /// Commits what was put, with the mark where there is one.
    async fn commit(
        &mut self,
        table: &'static Table,
        mark: Option<&Mark>,
    ) -> Result<(), StoreError>;
    /// Brings to disk what would otherwise be in memory when the store is opened.
    async fn settle(&mut self, entries: u64) -> Result<(), StoreError>;
    /// Writes what follows from the rows, and the numbers.
    async fn conclude(&mut self, numbers: Numbers) -> Result<(), StoreError>;
    /// It is a whole store from now on.
    async fn unmark(&mut self) -> Result<(), StoreError>;
}

/// Every table, as it is compared: what is kept, and what follows from it.
fn all() -> impl Iterator<Item = &'static Table> {
    [&ENTRY, &ACCESS, &LEADS].into_iter().chain(&WHOLE)
}

/// Copies a store that no node has open. Blocks; makes a runtime of its own.
///
/// # Errors
/// [`CopyError`]; the source is as it was, and the target is empty or an unfinished copy.
pub fn copy(
    from: &Address,
    to: &Address,
    keys: &Keys,
    told: &dyn Fn(Step),
) -> Result<Copied, CopyError> {
    if from == to {
        return Err(CopyError::Same);
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime
        .map_err(|error| StoreError::Backend { transaction: "copy", reason: error.to_string() })?;
    runtime.block_on(async {
        let source = open(from, keys, false).await?;
        let mut target = open(to, keys, true).await?;
        copy_between(&*source, &mut *target, told).await
    })
}

async fn open(address: &Address, keys: &Keys, target: bool) -> Result<Box<dyn Side>, CopyError> {
    Ok(match address {
        Address::File(path) => Box::new(sqlite::copying::open(path, keys, target)?),
        Address::Server(url) => Box::new(postgres::copying::open(url, keys, target).await?),
    })
}

async fn copy_between(
    source: &dyn Side,
    target: &mut dyn Side,
    told: &dyn Fn(Step),
) -> Result<Copied, CopyError> {
    let identity = source.identity().await?;
    let (mut mark, resumed) = match target.mark().await? {
        Some(mark) if mark.source == identity => (mark, true),
        Some(_) => return Err(CopyError::OtherSource),
        None => {
            refuse_occupied(target).await?;
            let mark = Mark { source: identity, entry: None, access: None };
            target.set_mark(&mark).await?;
            (mark, false)
        }
    };
    grow(source, target, &ENTRY, &mut mark, told).await?;
    grow(source, target, &ACCESS, &mut mark, told).await?;
    for table in &WHOLE {
        let (mut rows, mut done) = (source.read(table, None), 0);
        target.begin(table).await?;
        while let Some(read) = rows.recv().await {
            let read = read?;
            target.put(table, &read).await?;
            done += read.len() as u64;
            told(Step { doing: "copying", table: table.name, rows: done });
        }
        target.commit(table, None).await?;
    }
    let numbers = source.numbers().await?;
    target.conclude(numbers).await?;
    let tables = compare(source, target, told).await?;
    target.unmark().await?;
    Ok(Copied { persons: u64::try_from(numbers.persons).unwrap_or(0), tables, resumed })
}

async fn refuse_occupied(target: &dyn Side) -> Result<(), CopyError> {
    for table in all() {
        if target.read(table, None).recv().await.transpose()?.is_some_and(|rows| !rows.is_empty()) {
            return Err(CopyError::NotEmpty(table.name));
        }
    }
    Ok(())
}

/// Copies what the target has not yet of a table that only grows.
async fn grow(
    source: &dyn Side,
    target: &mut dyn Side,
    table: &'static Table,
    mark: &mut Mark,
    told: &dyn Fn(Step),
) -> Result<(), CopyError> {
    let after = if table.in_access_log { &mark.access } else { &mark.entry };
    let (mut rows, mut done) = (source.read(table, after.clone()), 0_u64);
    let mut unsettled = 0;
    while let Some(read) = rows.recv().await {
        let read = read?;
        let Some(last) = read.last() else { continue };
        let place = Some(last.key.clone());
        *(if table.in_access_log { &mut mark.access } else { &mut mark.entry }) = place;
        target.begin(table).await?;
        target.put(table, &read).await?;
        target.commit(table, Some(mark)).await?;
        done += read.len() as u64;
        unsettled += read.len() as u64;
        if unsettled >= SETTLE_ROWS {
            target.settle(unsettled).await?;
            unsettled = 0;
        }
        told(Step { doing: "copying", table: table.name, rows: done });
    }
    Ok(target.settle(unsettled).await?)
}

/// Reads both sides again: the rows of each table.
async fn compare(
    source: &dyn Side,
    target: &dyn Side,
    told: &dyn Fn(Step),
) -> Result<Vec<(&'static str, u64)>, CopyError> {
    let mut same = Vec::new();
    for table in all() {
        let here = tally(source.read(table, None), table, told).await?;
        if here != tally(target.read(table, None), table, told).await? {
            return Err(CopyError::Differs(table.name));
        }
        same.push((table.name, here.rows));
    }
    if source.numbers().await? != target.numbers().await? {
        return Err(CopyError::Differs("meta"));
    }
    Ok(same)
}

async fn tally(
    mut rows: Rows,
    table: &'static Table,
    told: &dyn Fn(Step),
) -> Result<Tally, StoreError> {
    let mut tally = Tally::default();
    while let Some(read) = rows.recv().await {
        read?.iter().for_each(|row| tally.add(&row.values));
        told(Step { doing: "comparing", table: table.name, rows: tally.rows });
    }
    Ok(tally)
}
