//! Sealing again under the newest key, in bounded steps, while the store is in use.

use super::{EmbeddedStore, shared::Shared, small::unsealed};
use crate::{
    StoreError,
    admission::body::{place, row_name},
    sealing::{
        access_place, document_place, document_row, feed_place, setting_place, standing_place,
        standing_row,
    },
};
use hutong_model::{EntryId, PersonId};
use rusqlite::{Connection, Result, Row};

/// Rows looked at in one transaction.
const STEP_ROWS: i64 = 2048;

/// Seals the value of a row again, where an older key sealed it.
type Renew = fn(&Shared, &Row<'_>) -> std::result::Result<Option<Vec<u8>>, StoreError>;

/// A table with a sealed column. Statements give the row's number first.
struct Sealed {
    /// It lies in the access log, not in the store itself.
    in_access_log: bool,
    select: &'static str,
    update: &'static str,
    renew: Renew,
}

const TABLES: [Sealed; 5] = [
    Sealed {
        in_access_log: false,
        select: "SELECT seq, id, person, body FROM entry WHERE seq > ?1 ORDER BY seq LIMIT ?2",
        update: "UPDATE entry SET body = ?2 WHERE seq = ?1",
        renew: |shared, row| {
            let (id, person) = (bytes(row, 1)?, bytes(row, 2)?);
            let name = row_name(&EntryId::from_bytes(id), &PersonId::from_bytes(person));
            renew(shared, place(&name), row, 3)
        },
    },
    Sealed {
        in_access_log: false,
        select: "SELECT number, body FROM feed WHERE number > ?1 ORDER BY number LIMIT ?2",
        update: "UPDATE feed SET body = ?2 WHERE number = ?1",
        renew: |shared, row| {
            let number: i64 = row.get(0).map_err(failed)?;
            renew(shared, feed_place(&number.to_be_bytes()), row, 1)
        },
    },
    Sealed {
        in_access_log: false,
        select: "SELECT version, collection, key, body FROM registry
             WHERE version > ?1 ORDER BY version LIMIT ?2",
        update: "UPDATE registry SET body = ?2 WHERE version = ?1",
        renew: |shared, row| {
            let text = |at| row.get::<_, String>(at).map_err(failed);
            let version: i64 = row.get(0).map_err(failed)?;
            renew(shared, document_place(&document_row(&text(1)?, &text(2)?, version)), row, 3)
        },
    },
    Sealed {
        in_access_log: false,
        select: "SELECT seq, person, event, body FROM standing WHERE seq > ?1
             ORDER BY seq LIMIT ?2",
        update: "UPDATE standing SET body = ?2 WHERE seq = ?1",
        renew: |shared, row| {
            let person = PersonId::from_bytes(bytes(row, 1)?);
            let event: String = row.get(2).map_err(failed)?;
            renew(shared, standing_place(&standing_row(&person, &event)), row, 3)
        },
    },
    Sealed {
        in_access_log: true,
        select: "SELECT seq, person, body FROM access WHERE seq > ?1 ORDER BY seq LIMIT ?2",
        update: "UPDATE access SET body = ?2 WHERE seq = ?1",
        renew: |shared, row| {
            renew(shared, access_place(&PersonId::from_bytes(bytes(row, 1)?)), row, 2)
        },
    },
];

impl EmbeddedStore {
    /// Seals everything again that an older key sealed. Once it has returned, old keys may be
    /// dropped from the ring ([`crate::KeyRing::retain_newest`]). May be stopped and run again.
    /// Returns how many values were sealed again.
    ///
    /// # Errors
    /// [`StoreError`] where a value cannot be opened, or the store not be written.
    pub async fn reseal(&self) -> std::result::Result<u64, StoreError> {
        let shared = self.shared.clone();
        let mut resealed = self.small("reseal", move |db| settings(&shared, db)).await?;
        for table in &TABLES {
            let mut after = Some(0);
            while let Some(from) = after {
                let shared = self.shared.clone();
                let write = move |db: &Connection| step(&shared, db, table, from);
                let step = match table.in_access_log {
                    true => self.accesses.write("reseal", write).await?,
                    false => self.small("reseal", write).await?,
                };
                resealed += step.0;
                after = step.1;
            }
        }
        Ok(resealed)
    }
}

/// One step through a table: how many were sealed again, and after which row to go on.
fn step(shared: &Shared, db: &Connection, table: &Sealed, from: i64) -> Result<(u64, Option<i64>)> {
    let mut select = db.prepare_cached(table.select)?;
    let mut update = db.prepare_cached(table.update)?;
    let mut rows = select.query([from, STEP_ROWS])?;
    let (mut seen, mut last, mut changed) = (0, from, Vec::new());
    while let Some(row) = rows.next()? {
        last = row.get(0)?;
        seen += 1;
        changed.extend((table.renew)(shared, row).map_err(unsealed)?.map(|body| (last, body)));
    }
    drop(rows);
    for (number, body) in &changed {
        update.execute((number, body))?;
    }
    Ok((changed.len() as u64, (seen == STEP_ROWS).then_some(last)))
}

/// The settings, which are few.
fn settings(shared: &Shared, db: &Connection) -> Result<u64> {
    let mut select = db.prepare("SELECT name, value FROM setting")?;
    let mut rows = select.query([])?;
    let mut changed = Vec::new();
    while let Some(row) = rows.next()? {
        let name: String = row.get(0)?;
        let renewed = renew(shared, setting_place(&name), row, 1).map_err(unsealed)?;
        changed.extend(renewed.map(|value| (name, value)));
    }
    drop(rows);
    for (name, value) in &changed {
        db.execute("UPDATE setting SET value = ?2 WHERE name = ?1", (name, value))?;
    }
    Ok(changed.len() as u64)
}

fn renew(
    shared: &Shared,
    place: crate::sealing::Place<'_>,
    row: &Row<'_>,
    column: usize,
) -> std::result::Result<Option<Vec<u8>>, StoreError> {
    let sealed: Vec<u8> = row.get(column).map_err(failed)?;
    if shared.sealer.is_newest(&sealed) {
        return Ok(None);
    }
    let plain = zeroize::Zeroizing::new(shared.sealer.open(place, &sealed)?);
    shared.sealer.seal_slice(place, &plain).map(Some)
}

fn bytes(row: &Row<'_>, column: usize) -> std::result::Result<[u8; 16], StoreError> {
    row.get(column).map_err(failed)
}

fn failed(error: rusqlite::Error) -> StoreError {
    super::writer::backend("reseal")(error)
}
