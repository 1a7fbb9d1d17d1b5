//! The journal of the embedded store.

use super::{
    EmbeddedStore, prepare,
    rows::{COLUMNS, RawRow},
    run_index::{Key, Snapshot},
    writer::{Admit, Job, backend},
};
use crate::{AdmitBatch, Correction, DayDigest, Journal, RowOutcome, StoreError, Stored};
use async_trait::async_trait;
use hutong_model::{Date, Document, EntryId, MemberId, PersonId};
use rusqlite::Connection;
use std::time::Duration;
use tokio::sync::oneshot;

/// How long a batch may wait for a place in the queue of writes.
const QUEUE_WAIT: Duration = Duration::from_secs(10);

impl EmbeddedStore {
    pub(super) async fn send(&self, job: Job) -> Result<(), StoreError> {
        let jobs = self.jobs.as_ref().ok_or(StoreError::Closed)?;
        match tokio::time::timeout(QUEUE_WAIT, jobs.send(job)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(StoreError::Closed),
            Err(_) => Err(StoreError::Busy),
        }
    }

    /// Runs a small write in the writer's next transaction; the result once it is on disk.
    pub(super) async fn small<T: Send + 'static>(
        &self,
        name: &'static str,
        write: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (reply, answer) = oneshot::channel();
        let job = move |db: &Connection| match write(db) {
            Ok(value) => {
                let then: Box<dyn FnOnce(bool) + Send> = Box::new(move |kept| {
                    let not_kept = || StoreError::Backend {
                        transaction: name,
                        reason: "the transaction it was in failed".into(),
                    };
                    let _ = reply.send(if kept { Ok(value) } else { Err(not_kept()) });
                });
                Ok(then)
            }
            Err(error) => {
                let reason = error.to_string();
                let failed = || StoreError::Backend { transaction: name, reason: reason.clone() };
                let _ = reply.send(Err(failed()));
                Err(failed())
            }
        };
        self.send(Job::Small(name, Box::new(job))).await?;
        answer.await.map_err(|_| StoreError::Closed)?
    }

    /// Reads outside any index.
    pub(super) fn select<T>(
        &self,
        name: &'static str,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        self.shared.read(name, |_| (), |db, ()| read(db).map_err(backend(name)))
    }

    fn rows(
        &self,
        name: &'static str,
        condition: &str,
        parameters: impl rusqlite::Params,
    ) -> Result<Vec<Stored>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM entry WHERE {condition}");
        let rows: Vec<RawRow> = self.select(name, |db| {
            db.prepare_cached(&sql)?.query_map(parameters, RawRow::read)?.collect()
        })?;
        self.shared.open_all(rows)
    }
}

#[async_trait]
impl Journal for EmbeddedStore {
    async fn admit(&self, batch: AdmitBatch) -> Result<Vec<RowOutcome>, StoreError> {
        let key = &self.shared.blind_key;
        let rows = batch.rows.into_iter().map(|row| prepare::row(row, key)).collect();
        let (reply, answer) = oneshot::channel();
        let admit = Admit { rows, inbox: batch.inbox, all_or_none: batch.all_or_none, reply };
        self.send(Job::Admit(admit)).await?;
        answer.await.map_err(|_| StoreError::Closed)?
    }

    async fn persons_by_documents(
        &self,
        documents: &[Document],
    ) -> Result<Vec<Option<PersonId>>, StoreError> {
        let blinds: Vec<Key> =
            documents.iter().map(|document| self.shared.blind_key.blind(document)).collect();
        self.shared.read(
            "persons_by_documents",
            |indexes| -> Vec<Snapshot<Key>> {
                blinds.iter().map(|blind| indexes.document.snapshot(blind)).collect()
            },
            |db, snapshots| {
                let mut persons = Vec::with_capacity(blinds.len());
                for (blind, snapshot) in blinds.iter().zip(snapshots) {
                    let newest = snapshot.newest(db, blind);
                    let newest = newest.map_err(backend("persons_by_documents"))?;
                    let person = newest.filter(|value| *value != [0; 16]);
                    persons.push(person.map(PersonId::from_bytes));
                }
                Ok(persons)
            },
        )
    }

    async fn cluster(&self, person: PersonId) -> Result<Vec<PersonId>, StoreError> {
        Ok(self.shared.links.read().cluster(person))
    }

    async fn entries_of(&self, persons: &[PersonId]) -> Result<Vec<Stored>, StoreError> {
        self.shared.entries_of(persons)
    }

    async fn entry(&self, id: EntryId) -> Result<Option<Stored>, StoreError> {
        self.shared.read(
            "entry",
            |indexes| indexes.entry.snapshot(id.as_bytes()),
            |db, snapshot| {
                let place = snapshot.newest(db, id.as_bytes()).map_err(backend("entry"))?;
                let places: Vec<u64> = place.into_iter().collect();
                Ok(self.shared.load(db, &places)?.pop())
            },
        )
    }

    async fn entries_after(&self, seq: u64, limit: usize) -> Result<Vec<Stored>, StoreError> {
        let condition = "seq > ?1 AND local = 0 ORDER BY seq LIMIT ?2";
        self.rows("entries_after", condition, (signed(seq), signed(limit as u64)))
    }

    async fn head(&self) -> Result<u64, StoreError> {
        let sql = "SELECT coalesce(max(seq), 0) FROM entry";
        self.select("head", |db| {
            db.prepare_cached(sql)?.query_row([], |row| row.get(0)).map(unsigned)
        })
    }

    async fn outbox_position(&self) -> Result<u64, StoreError> {
        let sql = "SELECT value FROM setting WHERE name = 'outbox'";
        let text: Option<String> = self.select("outbox_position", |db| {
            db.prepare_cached(sql)?.query_map([], |row| row.get(0))?.next().transpose()
        })?;
        Ok(text.and_then(|text| text.parse().ok()).unwrap_or(0))
    }

    async fn set_outbox_position(&self, seq: u64) -> Result<(), StoreError> {
        self.small("set_outbox_position", move |db| {
            db.prepare_cached(
                "INSERT INTO setting (name, value) VALUES ('outbox', ?1)
                 ON CONFLICT (name) DO UPDATE SET value = excluded.value
                 WHERE CAST(excluded.value AS INTEGER) > CAST(value AS INTEGER)",
            )?
            .execute([seq.to_string()])?;
            Ok(())
        })
        .await
    }

    async fn inbox_position(&self, node: &MemberId) -> Result<u64, StoreError> {
        self.select("inbox_position", |db| {
            let mut read = db.prepare_cached("SELECT seq FROM inbox WHERE node = ?1")?;
            let found = read.query_map([node.as_str()], |row| row.get(0))?.next().transpose()?;
            Ok(unsigned(found.unwrap_or(0)))
        })
    }

    async fn day_digests(&self, from: Date, to: Date) -> Result<Vec<DayDigest>, StoreError> {
        let rows: Vec<(i64, i32, i64, [u8; 16])> = self.select("day_digests", |db| {
            db.prepare_cached(
                "SELECT member, day, count, digest FROM origin_day WHERE day BETWEEN ?1 AND ?2
                 ORDER BY member, day",
            )?
            .query_map((from.epoch_day(), to.epoch_day()), |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
            })?
            .collect()
        })?;
        let origins = self.shared.origins.read();
        Ok(rows
            .into_iter()
            .filter_map(|(member, day, count, digest)| {
                let member = MemberId::clone(&*origins.name(member)?);
                let (day, count) = (Date::from_epoch_day(day), unsigned(count));
                Some(DayDigest { member, day, count, digest })
            })
            .collect())
    }

    async fn entries_of_day(
        &self,
        member: &MemberId,
        day: Date,
    ) -> Result<Vec<Stored>, StoreError> {
        let Some(number) = self.shared.origins.read().number(member) else { return Ok(Vec::new()) };
        let condition = "seq BETWEEN (SELECT first FROM origin_day WHERE member = ?1 AND day = ?2)
                AND (SELECT last FROM origin_day WHERE member = ?1 AND day = ?2)
            AND member = ?1 AND day = ?2 AND local = 0 AND kind NOT IN (14, 15) ORDER BY seq";
        self.rows("entries_of_day", condition, (number, day.epoch_day()))
    }

    async fn corrections(
        &self,
        member: &MemberId,
        open: bool,
    ) -> Result<Vec<Correction>, StoreError> {
        let Some(number) = self.shared.origins.read().number(member) else { return Ok(Vec::new()) };
        self.select("corrections", |db| {
            db.prepare_cached(
                "SELECT request, record, person, answer FROM correction
                 WHERE member = ?1 AND (answer IS NULL OR NOT ?2)",
            )?
            .query_map((number, open), |row| {
                let answer: Option<[u8; 16]> = row.get(3)?;
                Ok(Correction {
                    request: EntryId::from_bytes(row.get(0)?),
                    record: EntryId::from_bytes(row.get(1)?),
                    member: member.clone(),
                    person: PersonId::from_bytes(row.get(2)?),
                    answer: answer.map(EntryId::from_bytes),
                })
            })?
            .collect()
        })
    }

    async fn counts(&self) -> Result<(u64, u64), StoreError> {
        // Places are given without gaps and never taken back.
        Ok((self.shared.persons(), self.head().await?))
    }
}

pub(super) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

pub(super) fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}
