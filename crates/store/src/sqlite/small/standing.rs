//! Standings, whereabouts, and leaves that wait for the ledger.

use super::feed::insert_feed;
use crate::{
    Round, Standing, Standings, StoreError,
    sealing::{standing_place, standing_row},
    sqlite::{
        EmbeddedStore,
        journal::{signed, unsigned},
        open::{meta, write_meta},
        shared::Shared,
        small::unsealed,
    },
};
use async_trait::async_trait;
use hutong_model::{PersonId, RegionCode, Timestamp};
use rusqlite::{Connection, Result, params};

fn tell(shared: &Shared, db: &Connection, standing: &Standing) -> Result<()> {
    let row = standing_row(&standing.person, &standing.event);
    let body = shared.sealer.seal_slice(standing_place(&row), &standing.body).map_err(unsealed)?;
    let sql = "INSERT INTO standing (person, event, due, body) VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT (person, event) DO UPDATE SET due = excluded.due, body = excluded.body";
    let due = standing.due.map(|due| due.unix_ms());
    let values = params![standing.person.as_bytes(), standing.event, due, body];
    db.prepare_cached(sql)?.execute(values).map(drop)
}

/// Keeps a round; the number of its last feed item, where it has any. None where another was
/// quicker.
fn keep(shared: &Shared, db: &Connection, round: &Round) -> Result<Option<Option<u64>>> {
    if let Some((from, upto)) = round.followed {
        if meta(db, "followed")? != signed(from) {
            return Ok(None);
        }
        write_meta(db, "followed", upto)?;
    }
    for standing in &round.standings {
        tell(shared, db, standing)?;
    }
    let mut write =
        db.prepare_cached("INSERT OR IGNORE INTO whereabouts (place, person) VALUES (?1, ?2)")?;
    for (division, person) in &round.whereabouts {
        write.execute((shared.blind_key.blind_place(division), person.as_bytes()))?;
    }
    if !round.leaves.is_empty() {
        let mut number = unsigned(meta(db, "leaves")?);
        let mut write = db.prepare_cached("INSERT INTO leaf (number, body) VALUES (?1, ?2)")?;
        for leaf in &round.leaves {
            write.execute((signed(number), leaf))?;
            number += 1;
        }
        write_meta(db, "leaves", number)?;
    }
    let mut last = None;
    for item in &round.feed {
        last = Some(insert_feed(shared, db, item)?);
    }
    Ok(Some(last))
}

fn persons(db: &Connection, sql: &str, values: impl rusqlite::Params) -> Result<Vec<PersonId>> {
    let person = |row: &rusqlite::Row<'_>| row.get(0).map(PersonId::from_bytes);
    db.prepare_cached(sql)?.query_map(values, person)?.collect()
}

/// Comes before every person's id.
fn after_bytes(after: Option<PersonId>) -> Vec<u8> {
    after.map_or_else(Vec::new, |person| person.as_bytes().to_vec())
}

#[async_trait]
impl Standings for EmbeddedStore {
    async fn standings(
        &self,
        persons: &[PersonId],
    ) -> std::result::Result<Vec<Standing>, StoreError> {
        let rows: Vec<(PersonId, Box<str>, Option<i64>, Vec<u8>)> =
            self.select("standings", |db| {
                let sql = "SELECT event, due, body FROM standing WHERE person = ?1";
                let mut read = db.prepare_cached(sql)?;
                let mut found = Vec::new();
                for person in persons {
                    let mut rows = read.query([person.as_bytes()])?;
                    while let Some(row) = rows.next()? {
                        found.push((*person, row.get(0)?, row.get(1)?, row.get(2)?));
                    }
                }
                Ok(found)
            })?;
        let open = |(person, event, due, body): (PersonId, Box<str>, Option<i64>, Vec<u8>)| {
            let row = standing_row(&person, &event);
            let body = self.shared.sealer.open(standing_place(&row), &body)?;
            Ok(Standing { person, event, due: due.map(Timestamp::from_unix_ms), body })
        };
        rows.into_iter().map(open).collect()
    }

    async fn standings_due(
        &self,
        at: Timestamp,
        limit: usize,
    ) -> std::result::Result<Vec<PersonId>, StoreError> {
        let sql = "SELECT person FROM standing WHERE due <= ?1 ORDER BY due LIMIT ?2";
        self.select("standings_due", |db| persons(db, sql, (at.unix_ms(), signed(limit as u64))))
    }

    async fn persons_told(
        &self,
        event: &str,
        after: Option<PersonId>,
        limit: usize,
    ) -> std::result::Result<Vec<PersonId>, StoreError> {
        let sql = "SELECT person FROM standing WHERE event = ?1 AND person > ?2
            ORDER BY person LIMIT ?3";
        self.select("persons_told", |db| {
            persons(db, sql, (event, after_bytes(after), signed(limit as u64)))
        })
    }

    async fn persons_in(
        &self,
        division: RegionCode,
        after: Option<PersonId>,
        limit: usize,
    ) -> std::result::Result<Vec<PersonId>, StoreError> {
        let sql = "SELECT person FROM whereabouts WHERE place = ?1 AND person > ?2
            ORDER BY person LIMIT ?3";
        let place = self.shared.blind_key.blind_place(&division);
        self.select("persons_in", |db| {
            persons(db, sql, (place, after_bytes(after), signed(limit as u64)))
        })
    }

    async fn followed(&self) -> std::result::Result<u64, StoreError> {
        self.select("followed", |db| meta(db, "followed")).map(unsigned)
    }

    async fn keep_round(&self, round: Round) -> std::result::Result<bool, StoreError> {
        let shared = self.shared.clone();
        let kept = self.small("keep_round", move |db| keep(&shared, db, &round)).await?;
        if let Some(Some(number)) = kept {
            self.feed.send_modify(|last| *last = number.max(*last));
        }
        Ok(kept.is_some())
    }

    async fn forget_standings(
        &self,
        event: &str,
        limit: usize,
    ) -> std::result::Result<u64, StoreError> {
        let (event, limit) = (event.to_owned(), signed(limit as u64));
        let sql = "DELETE FROM standing WHERE seq IN
            (SELECT seq FROM standing WHERE event = ?1 LIMIT ?2)";
        let forget = move |db: &Connection| db.prepare_cached(sql)?.execute((event, limit));
        self.small("forget_standings", forget).await.map(|count| count as u64)
    }

    async fn leaves_from(
        &self,
        number: u64,
        limit: usize,
    ) -> std::result::Result<Vec<Vec<u8>>, StoreError> {
        let sql = "SELECT body FROM leaf WHERE number >= ?1 ORDER BY number LIMIT ?2";
        self.select("leaves_from", |db| {
            let values = (signed(number), signed(limit as u64));
            db.prepare_cached(sql)?.query_map(values, |row| row.get(0))?.collect()
        })
    }

    async fn ledger_holds(&self, size: u64) -> std::result::Result<(), StoreError> {
        self.small("ledger_holds", move |db| {
            if unsigned(meta(db, "leaves")?) < size {
                write_meta(db, "leaves", size)?;
            }
            db.prepare_cached("DELETE FROM leaf WHERE number < ?1")?.execute([signed(size)])?;
            Ok(())
        })
        .await
    }
}
