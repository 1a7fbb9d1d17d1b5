//! The connections of readers and of small writes.

use super::{connect::Connector, trouble::Trouble};
use crate::{StoreError, measured::count};
use deadpool_postgres::{
    Manager, ManagerConfig, Object, Pool, PoolError, RecyclingMethod, Runtime,
};
use std::time::{Duration, Instant};
use tokio_postgres::{Row, types::ToSql};

/// Connections of a process at most, besides those of its two writers and its listener.
pub(super) const CONNECTIONS_MAX: usize = 16;
/// How long a read waits for one.
const WAIT: Duration = Duration::from_secs(10);
/// How long a server that went away is waited for.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);
const TRIES_MIN: u32 = 3;
/// Between two tries: the first, and the longest.
const PAUSE: Duration = Duration::from_millis(10);
const PAUSE_MAX: Duration = Duration::from_secs(1);

/// How long one try may take. A commit waits without end for a synchronous standby that is gone;
/// whoever waits for the commit shall hear something all the same.
const ATTEMPT: Duration = Duration::from_secs(30);

/// What a statement is given.
pub(super) type Values<'a> = &'a [&'a (dyn ToSql + Sync)];

pub(super) struct Database {
    pool: Pool,
}

impl Database {
    pub(super) fn new(connector: Connector) -> Result<Self, StoreError> {
        let manager = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let manager = Manager::from_connect(connector.config(), connector, manager);
        let pool = Pool::builder(manager)
            .max_size(CONNECTIONS_MAX)
            .wait_timeout(Some(WAIT))
            .runtime(Runtime::Tokio1)
            .build()
            .map_err(|error| StoreError::Backend {
                transaction: "open",
                reason: error.to_string(),
            })?;
        Ok(Self { pool })
    }

    /// A connection.
    pub(super) async fn get(&self, transaction: &'static str) -> Result<Object, Trouble> {
        self.pool.get().await.map_err(|error| match error {
            PoolError::Backend(error) => Trouble::of(transaction)(error),
            PoolError::Timeout(_) => Trouble::Passing("no connection was free in time".into()),
            PoolError::Closed => Trouble::Lasting(StoreError::Closed),
            other => {
                Trouble::Lasting(StoreError::Backend { transaction, reason: other.to_string() })
            }
        })
    }

    /// Reads; again where the connection is lost, for a while.
    pub(super) async fn query(
        &self,
        transaction: &'static str,
        sql: &'static str,
        values: Values<'_>,
    ) -> Result<Vec<Row>, StoreError> {
        let mut tries = Tries::new(transaction);
        loop {
            match self.query_once(transaction, sql, values).await {
                Ok(rows) => return Ok(rows),
                Err(trouble) => tries.pause(trouble).await?,
            }
        }
    }

    /// Writes what may be written twice; again where the connection is lost, for a while. How many
    /// rows were changed.
    pub(super) async fn write(
        &self,
        transaction: &'static str,
        sql: &'static str,
        values: Values<'_>,
    ) -> Result<u64, StoreError> {
        let begun = Instant::now();
        let mut tries = Tries::new(transaction);
        loop {
            match self.write_once(transaction, sql, values).await {
                Ok(changed) => {
                    count(transaction, begun);
                    return Ok(changed);
                }
                Err(trouble) => tries.pause(trouble).await?,
            }
        }
    }

    /// Reads once.
    pub(super) async fn query_once(
        &self,
        transaction: &'static str,
        sql: &'static str,
        values: Values<'_>,
    ) -> Result<Vec<Row>, Trouble> {
        self.once(transaction, async |client| {
            let statement = client.prepare_cached(sql).await.map_err(Trouble::of(transaction))?;
            client.query(&statement, values).await.map_err(Trouble::of(transaction))
        })
        .await
    }

    /// Writes once: where the connection is lost, nobody knows whether it was written.
    pub(super) async fn write_once(
        &self,
        transaction: &'static str,
        sql: &'static str,
        values: Values<'_>,
    ) -> Result<u64, Trouble> {
        self.once(transaction, async |client| {
            let statement = client.prepare_cached(sql).await.map_err(Trouble::of(transaction))?;
            client.execute(&statement, values).await.map_err(Trouble::of(transaction))
        })
        .await
    }

    /// Does something once with a connection, within the time of one try: where it fails nobody
    /// knows whether anything was written.
    ///
    /// The connection goes back, unless there was trouble with it: the server may have stepped
    /// down, and a new connection finds the one that takes writes; or it may still be waiting for
    /// something.
    pub(super) async fn once<T>(
        &self,
        transaction: &'static str,
        work: impl AsyncFnOnce(&mut Object) -> Result<T, Trouble>,
    ) -> Result<T, Trouble> {
        let mut client = self.get(transaction).await?;
        let result = within(work(&mut client)).await;
        if result.as_ref().is_err_and(Trouble::is_absence) {
            drop(Object::take(client));
        }
        result
    }
}

/// One try, given up where it takes too long: then nobody knows whether anything was written.
pub(super) async fn within<T>(
    attempt: impl Future<Output = Result<T, Trouble>>,
) -> Result<T, Trouble> {
    tokio::time::timeout(ATTEMPT, attempt).await.unwrap_or_else(|_| {
        tracing::error!(
            seconds = ATTEMPT.as_secs(),
            "the database has not answered in time; it may wait for a synchronous standby"
        );
        Err(StoreError::Away.into())
    })
}

/// Tries of one transaction.
pub(super) struct Tries {
    transaction: &'static str,
    begun: Instant,
    made: u32,
    pause: Duration,
}

impl Tries {
    pub(super) fn new(transaction: &'static str) -> Self {
        Self { transaction, begun: Instant::now(), made: 0, pause: PAUSE }
    }

    /// Waits before the next try, each time longer; fails where there is to be none.
    pub(super) async fn pause(&mut self, trouble: Trouble) -> Result<(), StoreError> {
        let Trouble::Passing(reason) = trouble else { return Err(trouble.into_error()) };
        let transaction = self.transaction;
        self.made += 1;
        // The first try may have waited long for a server that is gone.
        if self.begun.elapsed() > PATIENCE && self.made >= TRIES_MIN {
            tracing::error!(tx = transaction, reason, "the database does not answer");
            return Err(StoreError::Away);
        }
        tracing::warn!(tx = transaction, reason, "a transaction is tried again");
        metrics::counter!("hutong_store_retries_total", "tx" => transaction).increment(1);
        tokio::time::sleep(self.pause).await;
        self.pause = (self.pause * 2).min(PAUSE_MAX);
        Ok(())
    }
}

/// One column of a row.
pub(super) fn column<'a, T: tokio_postgres::types::FromSql<'a>>(
    row: &'a Row,
    at: usize,
) -> Result<T, StoreError> {
    row.try_get(at).map_err(|error| StoreError::Backend {
        transaction: "read",
        reason: super::trouble::reason(&error),
    })
}
