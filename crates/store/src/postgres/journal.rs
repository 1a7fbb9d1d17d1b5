//! The journal.

use super::{
    PostgresStore, Shared,
    database::{Values, column},
    entries::{RawEntry, select_entries},
    types::{Uid, signed, uids, unsigned},
};
use crate::{
    AdmitBatch, Correction, DayDigest, Journal, RowOutcome, StoreError, Stored,
    admission::{Admit, send},
    journal::shown_by,
};
use async_trait::async_trait;
use hutong_model::{Date, Document, EntryId, MemberId, PersonId, limits::CLUSTER_MAX};
use std::collections::HashMap;

/// Places that one query for what is passed up looks at, for each entry that is wanted.
const WINDOW: u64 = 4;
/// And at least.
const WINDOW_MIN: u64 = 1_000;

impl Shared {
    /// Whole entries.
    async fn entries(
        &self,
        transaction: &'static str,
        sql: &'static str,
        values: Values<'_>,
    ) -> Result<Vec<Stored>, StoreError> {
        let rows = self.db.query(transaction, sql, values).await?;
        self.opened(rows.iter().map(RawEntry::read).collect::<Result<_, _>>()?).await
    }

    async fn opened(&self, raw: Vec<RawEntry>) -> Result<Vec<Stored>, StoreError> {
        let known = self.members.require(&self.db, raw.iter().map(|raw| raw.member)).await?;
        raw.iter()
            .map(|raw| {
                let damaged = StoreError::Sealed { table: "entry" };
                let member = known.name(raw.member).ok_or(damaged)?;
                Ok(Stored { seq: unsigned(raw.seq), entry: raw.open(&self.sealer, member)? })
            })
            .collect()
    }

    /// One number.
    pub(super) async fn number(
        &self,
        transaction: &'static str,
        sql: &'static str,
        values: Values<'_>,
    ) -> Result<u64, StoreError> {
        let rows = self.db.query(transaction, sql, values).await?;
        rows.first().map_or(Ok(0), |row| column(row, 0).map(unsigned))
    }
}

#[async_trait]
impl Journal for PostgresStore {
    async fn admit(&self, batch: AdmitBatch) -> Result<Vec<RowOutcome>, StoreError> {
        let (admit, answer) = Admit::new(batch, &self.shared.blind_key)?;
        send(self.jobs.as_ref().ok_or(StoreError::Closed)?, admit).await?;
        answer.outcomes().await
    }

    async fn persons_by_documents(
        &self,
        documents: &[Document],
    ) -> Result<Vec<Option<PersonId>>, StoreError> {
        let blind = |document| Uid(self.shared.blind_key.blind(document));
        let blinds: Vec<Uid> = documents.iter().map(blind).collect();
        let sql = "SELECT blind, person FROM document_lead
            WHERE blind = ANY($1) AND person IS NOT NULL";
        let rows = self.shared.db.query("persons_by_documents", sql, &[&blinds]).await?;
        let mut persons: HashMap<Uid, PersonId> = HashMap::with_capacity(rows.len());
        for row in &rows {
            persons.insert(column(row, 0)?, column::<Uid>(row, 1)?.into());
        }
        Ok(blinds.iter().map(|blind| persons.get(blind).copied()).collect())
    }

    async fn cluster(&self, person: PersonId) -> Result<Vec<PersonId>, StoreError> {
        let sql = "SELECT b FROM person_link WHERE a = ANY($1) AND linked ORDER BY b";
        let mut cluster = vec![person];
        let mut at = 0;
        while at < cluster.len() && cluster.len() < CLUSTER_MAX {
            let new = uids(cluster[at..].iter().copied());
            at = cluster.len();
            for row in self.shared.db.query("cluster", sql, &[&new]).await? {
                let next = column::<Uid>(&row, 0)?.into();
                if !cluster.contains(&next) && cluster.len() < CLUSTER_MAX {
                    cluster.push(next);
                }
            }
        }
        Ok(cluster)
    }

    async fn entries_of(&self, persons: &[PersonId]) -> Result<Vec<Stored>, StoreError> {
        let sql = select_entries!("FROM entry WHERE person = ANY($1) ORDER BY seq");
        self.shared.entries("entries_of", sql, &[&uids(persons.iter().copied())]).await
    }

    async fn shown(
        &self,
        persons: &[PersonId],
    ) -> Result<(Vec<PersonId>, Vec<Stored>), StoreError> {
        let shared = &self.shared;
        if let Some(replica) = &shared.replica
            && let Some((cluster, raw)) = replica.shown(&shared.db, persons).await
        {
            return Ok((cluster, shared.opened(raw).await?));
        }
        shown_by(self, persons).await
    }

    async fn entry(&self, id: EntryId) -> Result<Option<Stored>, StoreError> {
        let sql = select_entries!("FROM entry WHERE id = $1");
        let found = self.shared.entries("entry", sql, &[&Uid::from(id)]).await?.pop();
        if let (Some(replica), Some(stored)) = (&self.shared.replica, &found) {
            // Whoever has seen it finds it among what is shown of the person.
            replica.note(stored.entry.person, signed(stored.seq));
        }
        Ok(found)
    }

    async fn entries_after(&self, seq: u64, limit: usize) -> Result<Vec<Stored>, StoreError> {
        // Both ends are named, so that only pages between them are looked at.
        let sql = select_entries!(
            "FROM entry WHERE seq > $1 AND seq <= $2 AND NOT local ORDER BY seq LIMIT $3"
        );
        let head = self.head().await?;
        let (mut after, mut found) = (seq, Vec::new());
        while after < head && found.len() < limit {
            let wanted = (limit - found.len()) as u64;
            let last = after.saturating_add(WINDOW_MIN.max(wanted.saturating_mul(WINDOW)));
            let last = last.min(head);
            let values: Values<'_> = &[&signed(after), &signed(last), &signed(wanted)];
            found.extend(self.shared.entries("entries_after", sql, values).await?);
            after = last;
        }
        Ok(found)
    }

    async fn head(&self) -> Result<u64, StoreError> {
        self.shared.number("head", "SELECT head FROM journal", &[]).await
    }

    async fn outbox_position(&self) -> Result<u64, StoreError> {
        let sql = "SELECT number FROM meta WHERE name = 'outbox'";
        self.shared.number("outbox_position", sql, &[]).await
    }

    async fn set_outbox_position(&self, seq: u64) -> Result<(), StoreError> {
        let sql = "UPDATE meta SET number = greatest(number, $1) WHERE name = 'outbox'";
        self.shared.db.write("set_outbox_position", sql, &[&signed(seq)]).await.map(drop)
    }

    async fn rewind_outbox(&self, seq: u64) -> Result<(), StoreError> {
        let sql = "UPDATE meta SET number = least(number, $1) WHERE name = 'outbox'";
        self.shared.db.write("rewind_outbox", sql, &[&signed(seq)]).await.map(drop)
    }

    async fn inbox_position(&self, node: &MemberId) -> Result<u64, StoreError> {
        let sql = "SELECT seq FROM inbox WHERE node = $1";
        self.shared.number("inbox_position", sql, &[&node.as_str()]).await
    }

    async fn day_digests(&self, from: Date, to: Date) -> Result<Vec<DayDigest>, StoreError> {
        let sql = "SELECT member, day, count, digest::text FROM origin_day
            WHERE day BETWEEN $1 AND $2";
        let (from, to) = (from.epoch_day(), to.epoch_day());
        let rows = self.shared.db.query("day_digests", sql, &[&from, &to]).await?;
        let mut found: Vec<(i32, i32, i64, String)> = Vec::with_capacity(rows.len());
        for row in &rows {
            found.push((column(row, 0)?, column(row, 1)?, column(row, 2)?, column(row, 3)?));
        }
        let numbers = found.iter().map(|(member, ..)| *member);
        let known = self.shared.members.require(&self.shared.db, numbers).await?;
        let mut days: Vec<DayDigest> = found
            .into_iter()
            .filter_map(|(member, day, count, digest)| {
                let member = MemberId::clone(known.name(member)?);
                let (day, count) = (Date::from_epoch_day(day), unsigned(count));
                let digest = digest.parse::<u128>().ok()?.to_be_bytes();
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
        let shared = &self.shared;
        let Some(number) = shared.members.number(&shared.db, member).await? else {
            return Ok(Vec::new());
        };
        let day = day.epoch_day();
        let sql = "SELECT first, last FROM origin_day WHERE member = $1 AND day = $2";
        let bounds = shared.db.query("entries_of_day", sql, &[&number, &day]).await?;
        let Some(bounds) = bounds.first() else { return Ok(Vec::new()) };
        let (first, last): (i64, i64) = (column(bounds, 0)?, column(bounds, 1)?);
        let sql = select_entries!(
            "FROM entry WHERE seq BETWEEN $1 AND $2 AND member = $3 AND day = $4
             AND NOT local AND kind NOT IN (14, 15) ORDER BY seq"
        );
        shared.entries("entries_of_day", sql, &[&first, &last, &number, &day]).await
    }

    async fn corrections(
        &self,
        member: &MemberId,
        open: bool,
    ) -> Result<Vec<Correction>, StoreError> {
        let shared = &self.shared;
        let number = shared.members.number(&shared.db, member).await?;
        let sql = "SELECT request, record, person, answer, member IS NOT NULL FROM correction
            WHERE (member = $1 OR member IS NULL) AND record IS NOT NULL
                AND (answer IS NULL OR NOT $2)
            ORDER BY request";
        let mut found: Vec<(Correction, bool)> = Vec::new();
        for row in shared.db.query("corrections", sql, &[&number, &open]).await? {
            let correction = Correction {
                request: column::<Uid>(&row, 0)?.into(),
                record: column::<Uid>(&row, 1)?.into(),
                member: member.clone(),
                person: column::<Uid>(&row, 2)?.into(),
                answer: column::<Option<Uid>>(&row, 3)?.map(EntryId::from),
            };
            found.push((correction, column(&row, 4)?));
        }
        // A record that came after the request about it is found now.
        let strange = found.iter().filter(|(_, assigned)| !assigned).map(|(one, _)| one.record);
        let strange = uids(strange);
        let mut own = Vec::new();
        if !strange.is_empty() {
            let sql = select_entries!("FROM entry WHERE id = ANY($1)");
            let records = shared.entries("corrections", sql, &[&strange]).await?;
            let records = records.into_iter().filter(|record| record.entry.member == *member);
            own.extend(records.map(|record| record.entry.id));
        }
        found.retain(|(one, assigned)| *assigned || own.contains(&one.record));
        Ok(found.into_iter().map(|(correction, _)| correction).collect())
    }

    async fn counts(&self) -> Result<(u64, u64), StoreError> {
        let rows = self.shared.db.query("counts", "SELECT persons, head FROM journal", &[]).await?;
        let Some(row) = rows.first() else { return Ok((0, 0)) };
        // Places are given without gaps and never taken back.
        Ok((unsigned(column(row, 0)?), unsigned(column(row, 1)?)))
    }
}
