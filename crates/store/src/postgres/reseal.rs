//! Sealing again under the newest key, in bounded steps, while the store is in use.

use super::{
    PostgresStore, Shared,
    database::column,
    types::{Uid, signed},
};
use crate::{
    StoreError,
    admission::body::{place, row_name},
    journal::Journal,
    sealing::{
        Place, access_place, document_place, document_row, feed_place, setting_place,
        standing_place, standing_row,
    },
};
use hutong_model::PersonId;
use tokio_postgres::{Row, types::ToSql};

/// Rows looked at in one statement.
const STEP_ROWS: i64 = 2048;

impl PostgresStore {
    /// Seals everything again that an older key sealed. Once it has returned, old keys may be
    /// dropped from the ring ([`crate::KeyRing::retain_newest`]), if no process seals with them any
    /// more. May be stopped and run again. Returns how many values were sealed again.
    ///
    /// # Errors
    /// [`StoreError`] where a value cannot be opened, or the store not be written.
    pub async fn reseal(&self) -> Result<u64, StoreError> {
        let shared = &*self.shared;
        let mut resealed = shared.reseal_settings().await?;
        let head = signed(self.head().await?);
        let mut from = 0;
        while from < head {
            resealed += shared.reseal_entries(from, from + STEP_ROWS).await?;
            from += STEP_ROWS;
        }
        resealed += shared.reseal_feed().await?;
        resealed += shared.reseal_registry().await?;
        resealed += shared.reseal_standings().await?;
        Ok(resealed + shared.reseal_accesses().await?)
    }
}

impl Shared {
    /// The value of a column sealed again, where an older key sealed it.
    fn renewed(
        &self,
        place: Place<'_>,
        row: &Row,
        at: usize,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let sealed: &[u8] = column(row, at)?;
        if self.sealer.is_newest(sealed) {
            return Ok(None);
        }
        let plain = zeroize::Zeroizing::new(self.sealer.open(place, sealed)?);
        self.sealer.seal_slice(place, &plain).map(Some)
    }

    /// Entries after a place, up to another one.
    async fn reseal_entries(&self, after: i64, last: i64) -> Result<u64, StoreError> {
        let sql = "SELECT seq, person, id, body FROM entry WHERE seq > $1 AND seq <= $2";
        let (mut places, mut persons, mut bodies) = (Vec::new(), Vec::new(), Vec::new());
        for row in &self.db.query("reseal", sql, &[&after, &last]).await? {
            let person: Uid = column(row, 1)?;
            let name = row_name(&column::<Uid>(row, 2)?.into(), &person.into());
            if let Some(body) = self.renewed(place(&name), row, 3)? {
                places.push(column::<i64>(row, 0)?);
                persons.push(person);
                bodies.push(body);
            }
        }
        let sql = "UPDATE entry SET body = new.body
            FROM unnest($1::uuid[], $2::bigint[], $3::bytea[]) AS new (person, seq, body)
            WHERE entry.person = new.person AND entry.seq = new.seq";
        self.update(sql, bodies.len(), &[&persons, &places, &bodies]).await
    }

    async fn reseal_feed(&self) -> Result<u64, StoreError> {
        let sql = "SELECT number, body FROM feed WHERE number > $1 ORDER BY number LIMIT $2";
        let (mut after, mut resealed) = (0_i64, 0);
        loop {
            let rows = self.db.query("reseal", sql, &[&after, &STEP_ROWS]).await?;
            let (mut numbers, mut bodies) = (Vec::new(), Vec::new());
            for row in &rows {
                after = column(row, 0)?;
                if let Some(body) = self.renewed(feed_place(&after.to_be_bytes()), row, 1)? {
                    numbers.push(after);
                    bodies.push(body);
                }
            }
            let sql = "UPDATE feed SET body = new.body
                FROM unnest($1::bigint[], $2::bytea[]) AS new (number, body)
                WHERE feed.number = new.number";
            resealed += self.update(sql, bodies.len(), &[&numbers, &bodies]).await?;
            if rows.is_empty() {
                return Ok(resealed);
            }
        }
    }

    async fn reseal_registry(&self) -> Result<u64, StoreError> {
        let sql = "SELECT version, collection, key, body FROM registry WHERE version > $1
            ORDER BY version LIMIT $2";
        let (mut after, mut resealed) = (0_i64, 0);
        loop {
            let rows = self.db.query("reseal", sql, &[&after, &STEP_ROWS]).await?;
            let (mut versions, mut bodies) = (Vec::new(), Vec::new());
            for row in &rows {
                after = column(row, 0)?;
                let key = String::from_utf8_lossy(column(row, 2)?);
                let name = document_row(column(row, 1)?, &key, after);
                if let Some(body) = self.renewed(document_place(&name), row, 3)? {
                    versions.push(after);
                    bodies.push(body);
                }
            }
            let sql = "UPDATE registry SET body = new.body
                FROM unnest($1::bigint[], $2::bytea[]) AS new (version, body)
                WHERE registry.version = new.version";
            resealed += self.update(sql, bodies.len(), &[&versions, &bodies]).await?;
            if rows.is_empty() {
                return Ok(resealed);
            }
        }
    }

    /// One that was replaced meanwhile stays as it is.
    async fn reseal_standings(&self) -> Result<u64, StoreError> {
        let sql = "SELECT person, event, body FROM standing WHERE (person, event) > ($1, $2)
            ORDER BY person, event LIMIT $3";
        let (mut after, mut resealed) = ((Uid([0; 16]), String::new()), 0);
        loop {
            let rows = self.db.query("reseal", sql, &[&after.0, &after.1, &STEP_ROWS]).await?;
            for row in &rows {
                after = (column(row, 0)?, column(row, 1)?);
                let name = standing_row(&after.0.into(), &after.1);
                if let Some(body) = self.renewed(standing_place(&name), row, 2)? {
                    let sql = "UPDATE standing SET body = $3
                        WHERE person = $1 AND event = $2 AND body = $4";
                    let old: &[u8] = column(row, 2)?;
                    resealed += self.update(sql, 1, &[&after.0, &after.1, &body, &old]).await?;
                }
            }
            if rows.is_empty() {
                return Ok(resealed);
            }
        }
    }

    async fn reseal_accesses(&self) -> Result<u64, StoreError> {
        let sql = "SELECT person, at, n, body FROM access WHERE (person, at, n) > ($1, $2, $3)
            ORDER BY person, at, n LIMIT $4";
        let (mut after, mut resealed) = ((Uid([0; 16]), i64::MIN, i64::MIN), 0);
        loop {
            let from: [&(dyn ToSql + Sync); 4] = [&after.0, &after.1, &after.2, &STEP_ROWS];
            let rows = self.db.query("reseal", sql, &from).await?;
            let (mut persons, mut times, mut numbers, mut bodies) =
                (Vec::new(), Vec::new(), Vec::new(), Vec::new());
            for row in &rows {
                after = (column(row, 0)?, column(row, 1)?, column(row, 2)?);
                if let Some(body) = self.renewed(access_place(&PersonId::from(after.0)), row, 3)? {
                    persons.push(after.0);
                    times.push(after.1);
                    numbers.push(after.2);
                    bodies.push(body);
                }
            }
            let sql = "UPDATE access SET body = new.body
                FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bytea[])
                    AS new (person, at, n, body)
                WHERE access.person = new.person AND access.at = new.at AND access.n = new.n";
            let values: [&(dyn ToSql + Sync); 4] = [&persons, &times, &numbers, &bodies];
            resealed += self.update(sql, bodies.len(), &values).await?;
            if rows.is_empty() {
                return Ok(resealed);
            }
        }
    }

    /// The settings, which are few. One that was replaced meanwhile stays as it is.
    async fn reseal_settings(&self) -> Result<u64, StoreError> {
        let mut resealed = 0;
        for row in &self.db.query("reseal", "SELECT name, value FROM setting", &[]).await? {
            let name: &str = column(row, 0)?;
            if let Some(value) = self.renewed(setting_place(name), row, 1)? {
                let sql = "UPDATE setting SET value = $2 WHERE name = $1 AND value = $3";
                let old: &[u8] = column(row, 1)?;
                resealed += self.update(sql, 1, &[&name, &value, &old]).await?;
            }
        }
        Ok(resealed)
    }

    async fn update(
        &self,
        sql: &'static str,
        rows: usize,
        values: &[&(dyn ToSql + Sync)],
    ) -> Result<u64, StoreError> {
        if rows == 0 {
            return Ok(0);
        }
        self.db.write("reseal", sql, values).await
    }
}
