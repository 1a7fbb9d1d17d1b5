//! The journal of the embedded store.

use super::{
    EmbeddedStore,
    open::meta,
    rows::{COLUMNS, RawRow},
    run_index::{Key, NIL, Snapshot},
    shared::Shared,
    writer::{Job, backend, count},
};
use crate::{
    AdmitBatch, Correction, DayDigest, Journal, RowOutcome, StoreError, Stored,
    admission::{Admit, send},
    journal::shown_by,
};
use async_trait::async_trait;
use hutong_model::{Date, Document, EntryId, MemberId, PersonId};
use rusqlite::{Connection, Row};
use std::time::Instant;
use tokio::sync::oneshot;

impl EmbeddedStore {
    pub(super) async fn send(&self, job: Job) -> Result<(), StoreError> {
        let jobs = self.jobs.as_ref().ok_or(StoreError::Closed)?;
        send(jobs, job).await
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
        let queued = Instant::now();
        self.send(Job::Small(name, Box::new(job))).await?;
        let answer = answer.await.map_err(|_| StoreError::Closed)?;
        count(name, queued);
        answer
    }

    /// Reads outside any index.
    pub(super) fn select<T>(
        &self,
        name: &'static str,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        self.shared.read(name, |_| (), |db, ()| read(db).map_err(backend(name)))
    }
}

impl Shared {
    /// Whole entries by a condition.
    fn rows(
        &self,
        name: &'static str,
        condition: &str,
        parameters: impl rusqlite::Params,
    ) -> Result<Vec<Stored>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM entry WHERE {condition}");
        let origins = self.origins.read().clone();
        let open = |row: &Row<'_>| RawRow::read(row).map(|row| row.open(&self.sealer, &origins));
        let read = |db: &Connection| -> rusqlite::Result<Vec<Result<Stored, StoreError>>> {
            db.prepare_cached(&sql)?.query_map(parameters, open)?.collect()
        };
        let rows = self.read(name, |_| (), |db, ()| read(db).map_err(backend(name)))?;
        rows.into_iter().collect()
    }
}

/// Does what takes long on a thread where it holds up nobody.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, StoreError> {
    tokio::task::spawn_blocking(work).await.map_err(|_| StoreError::Closed)
}

#[async_trait]
impl Journal for EmbeddedStore {
    async fn admit(&self, batch: AdmitBatch) -> Result<Vec<RowOutcome>, StoreError> {
        let (admit, answer) = Admit::new(batch, &self.shared.blind_key)?;
        self.send(Job::Admit(admit)).await?;
        answer.outcomes().await
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
                    let person = newest.filter(|value| *value != NIL);
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

    async fn shown(
        &self,
        persons: &[PersonId],
    ) -> Result<(Vec<PersonId>, Vec<Stored>), StoreError> {
        shown_by(self, persons).await
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
        let shared = self.shared.clone();
        blocking(move || {
            let head = shared.head();
            let condition = "seq > ?1 AND seq <= ?2 AND local = 0 ORDER BY seq LIMIT ?3";
            let values = (signed(seq), signed(head), signed(limit as u64));
            shared.rows("entries_after", condition, values)
        })
        .await?
    }

    async fn head(&self) -> Result<u64, StoreError> {
        Ok(self.shared.head())
    }

    async fn outbox_position(&self) -> Result<u64, StoreError> {
        self.select("outbox_position", |db| meta(db, "outbox")).map(unsigned)
    }

    async fn set_outbox_position(&self, seq: u64) -> Result<(), StoreError> {
        self.small("set_outbox_position", move |db| {
            db.prepare_cached(
                "INSERT INTO meta (name, value) VALUES ('outbox', ?1)
                 ON CONFLICT (name) DO UPDATE SET value = max(value, excluded.value)",
            )?
            .execute([signed(seq)])?;
            Ok(())
        })
        .await
    }

    async fn rewind_outbox(&self, seq: u64) -> Result<(), StoreError> {
        self.small("rewind_outbox", move |db| {
            db.prepare_cached("UPDATE meta SET value = min(value, ?1) WHERE name = 'outbox'")?
                .execute([signed(seq)])?;
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
                "SELECT member, day, count, digest FROM origin_day WHERE day BETWEEN ?1 AND ?2",
            )?
            .query_map((from.epoch_day(), to.epoch_day()), |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
            })?
            .collect()
        })?;
        let origins = self.shared.origins.read().clone();
        let mut days: Vec<DayDigest> = rows
            .into_iter()
            .filter_map(|(member, day, count, digest)| {
                let member = MemberId::clone(&*origins.name(member)?);
                let (day, count) = (Date::from_epoch_day(day), unsigned(count));
                Some(DayDigest { member, day, count, digest })
            })
            .collect();
        // By name, not by number: the same at every node.
        days.sort_by(|one, other| (&one.member, one.day).cmp(&(&other.member, other.day)));
        Ok(days)
    }

    async fn entries_of_day(
        &self,
        member: &MemberId,
        day: Date,
    ) -> Result<Vec<Stored>, StoreError> {
        let Some(number) = self.shared.origins.read().number(member) else { return Ok(Vec::new()) };
        let shared = self.shared.clone();
        blocking(move || {
            let head = shared.head();
            let condition = "seq BETWEEN
                    (SELECT first FROM origin_day WHERE member = ?1 AND day = ?2)
                    AND (SELECT last FROM origin_day WHERE member = ?1 AND day = ?2)
                AND member = ?1 AND day = ?2 AND local = 0 AND kind NOT IN (14, 15)
                AND seq <= ?3 ORDER BY seq";
            shared.rows("entries_of_day", condition, (number, day.epoch_day(), signed(head)))
        })
        .await?
    }

    async fn corrections(
        &self,
        member: &MemberId,
        open: bool,
    ) -> Result<Vec<Correction>, StoreError> {
        let number = self.shared.origins.read().number(member);
        let found: Vec<(Correction, bool)> = self.select("corrections", |db| {
            db.prepare_cached(
                "SELECT request, record, person, answer, member FROM correction
                 WHERE (member = ?1 OR member IS NULL) AND record IS NOT NULL
                    AND (answer IS NULL OR NOT ?2)",
            )?
            .query_map((number, open), |row| {
                let answer: Option<[u8; 16]> = row.get(3)?;
                let correction = Correction {
                    request: EntryId::from_bytes(row.get(0)?),
                    record: EntryId::from_bytes(row.get(1)?),
                    member: member.clone(),
                    person: PersonId::from_bytes(row.get(2)?),
                    answer: answer.map(EntryId::from_bytes),
                };
                Ok((correction, row.get::<_, Option<i64>>(4)?.is_some()))
            })?
            .collect()
        })?;
        // A record that came after the request about it is found now.
        let mut own = Vec::with_capacity(found.len());
        for (correction, assigned) in found {
            let record = if assigned { None } else { self.entry(correction.record).await? };
            if assigned || record.is_some_and(|record| record.entry.member == *member) {
                own.push(correction);
            }
        }
        Ok(own)
    }

    async fn counts(&self) -> Result<(u64, u64), StoreError> {
        let persons = self.select("counts", |db| meta(db, "persons"))?;
        // Places are given without gaps and never taken back.
        Ok((unsigned(persons), self.shared.head()))
    }
}

pub(super) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

pub(super) fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}
