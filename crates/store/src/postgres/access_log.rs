//! The access log: many accesses at once share one statement, and one flush of the disk.

use super::{
    PostgresStore,
    connect::Connector,
    database::{Tries, column, within},
    trouble::Trouble,
    types::{Uid, signed, uids},
};
use crate::{
    Access, AccessLog, StoreError,
    admission::send,
    measured::count,
    sealing::access_place,
    sqlite::queue::{Pace, Weigh},
};
use async_trait::async_trait;
use hutong_model::PersonId;
use std::sync::atomic::Ordering;
use std::time::Instant;
use tokio::{
    runtime::Runtime,
    sync::{mpsc, oneshot},
};
use tokio_postgres::{Client, Statement};

/// Accesses that may wait.
pub(super) const WAITING_MAX: usize = 4_096;

/// May be run twice: what is there already is left alone.
const WRITE: &str = "INSERT INTO access (person, at, n, body)
    SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bytea[])
    ON CONFLICT DO NOTHING";

/// An access, sealed.
pub(super) struct AccessWrite {
    person: PersonId,
    at: i64,
    number: i64,
    body: Vec<u8>,
    reply: oneshot::Sender<Result<(), StoreError>>,
}

impl Weigh for AccessWrite {
    fn rows(&self) -> usize {
        1
    }
}

/// Writes what waits, on a thread of its own.
pub(super) struct Writer {
    connector: Connector,
    pace: Pace,
    session: Option<(Client, Statement)>,
}

impl Writer {
    pub(super) fn new(connector: Connector) -> Self {
        Self { connector, pace: Pace::new(), session: None }
    }

    /// Runs until every sender is gone.
    pub(super) fn run(mut self, runtime: &Runtime, mut jobs: mpsc::Receiver<AccessWrite>) {
        let mut waiting = Vec::new();
        while self.pace.gather(&mut jobs, &mut waiting, false) {
            let written = runtime.block_on(self.write(&waiting));
            for access in waiting.drain(..) {
                let _ = access.reply.send(written.as_ref().copied().map_err(StoreError::copy));
            }
        }
    }

    async fn write(&mut self, accesses: &[AccessWrite]) -> Result<(), StoreError> {
        let persons: Vec<Uid> = uids(accesses.iter().map(|access| access.person));
        let times: Vec<i64> = accesses.iter().map(|access| access.at).collect();
        let numbers: Vec<i64> = accesses.iter().map(|access| access.number).collect();
        let bodies: Vec<&[u8]> = accesses.iter().map(|access| access.body.as_slice()).collect();
        let mut tries = Tries::new("record_access");
        loop {
            match within(self.attempt(&persons, &times, &numbers, &bodies)).await {
                Ok(()) => return Ok(()),
                Err(trouble) => tries.pause(trouble).await?,
            }
        }
    }

    async fn attempt(
        &mut self,
        persons: &[Uid],
        times: &[i64],
        numbers: &[i64],
        bodies: &[&[u8]],
    ) -> Result<(), Trouble> {
        let trouble = Trouble::of("record_access");
        let (client, statement) = match self.session.take() {
            Some(ready) => ready,
            None => {
                let client = self.connector.open("record_access").await?;
                let statement = client.prepare(WRITE).await.map_err(trouble)?;
                (client, statement)
            }
        };
        let written = client.execute(&statement, &[&persons, &times, &numbers, &bodies]).await;
        written.map_err(trouble)?;
        self.session = Some((client, statement));
        Ok(())
    }
}

fn json(error: &serde_json::Error) -> StoreError {
    StoreError::Backend { transaction: "accesses", reason: error.to_string() }
}

#[async_trait]
impl AccessLog for PostgresStore {
    async fn record_access(&self, access: Access) -> Result<(), StoreError> {
        let plain = serde_json::to_vec(&access).map_err(|error| json(&error))?;
        let body = self.shared.sealer.seal_slice(access_place(&access.person), &plain)?;
        let (reply, answer) = oneshot::channel();
        let write = AccessWrite {
            person: access.person,
            at: access.at.unix_ms(),
            number: self.access_number.fetch_add(1, Ordering::Relaxed),
            body,
            reply,
        };
        let queued = Instant::now();
        send(self.accesses.as_ref().ok_or(StoreError::Closed)?, write).await?;
        answer.await.map_err(|_| StoreError::Closed)??;
        count("record_access", queued);
        Ok(())
    }

    async fn accesses(
        &self,
        persons: &[PersonId],
        limit: usize,
    ) -> Result<Vec<Access>, StoreError> {
        let sql = "SELECT person, body FROM access WHERE person = ANY($1)
            ORDER BY at DESC, n DESC LIMIT $2";
        let persons = uids(persons.iter().copied());
        let rows =
            self.shared.db.query("accesses", sql, &[&persons, &signed(limit as u64)]).await?;
        rows.iter()
            .map(|row| {
                let person: PersonId = column::<Uid>(row, 0)?.into();
                let plain = self.shared.sealer.open(access_place(&person), column(row, 1)?)?;
                serde_json::from_slice(&plain).map_err(|error| json(&error))
            })
            .collect()
    }
}
