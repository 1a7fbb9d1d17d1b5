//! Counters for dashboards.

use crate::{
    Cell, Facet, StoreError, Tallies, Wanted,
    sqlite::{
        EmbeddedStore,
        open::{meta, write_meta},
    },
};
use async_trait::async_trait;
use hutong_model::Date;
use rusqlite::{Connection, Row, params};

fn add(db: &Connection, changes: &[(Cell, i64)]) -> rusqlite::Result<()> {
    let mut write = db.prepare_cached(
        "INSERT INTO tally (facet, day, region, member, what, dose, age, sex, count)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
         ON CONFLICT DO UPDATE SET count = count + excluded.count",
    )?;
    for (cell, change) in changes {
        write.execute(params![
            cell.facet as i16,
            cell.day.epoch_day(),
            cell.region,
            cell.member,
            cell.what,
            cell.dose,
            cell.age,
            cell.sex,
            change
        ])?;
    }
    Ok(())
}

fn cell(facet: Facet, row: &Row<'_>) -> rusqlite::Result<(Cell, i64)> {
    let cell = Cell {
        facet,
        day: Date::from_epoch_day(row.get(0)?),
        region: row.get(1)?,
        member: row.get(2)?,
        what: row.get(3)?,
        dose: row.get(4)?,
        age: row.get(5)?,
        sex: row.get(6)?,
    };
    Ok((cell, row.get(7)?))
}

#[async_trait]
impl Tallies for EmbeddedStore {
    async fn tallied(&self) -> Result<u64, StoreError> {
        let place = self.select("tallied", |db| meta(db, "tallied"))?;
        Ok(u64::try_from(place).unwrap_or(0))
    }

    async fn tally(
        &self,
        changes: Vec<(Cell, i64)>,
        from: u64,
        upto: u64,
    ) -> Result<bool, StoreError> {
        self.small("tally", move |db| {
            if meta(db, "tallied")? != i64::try_from(from).unwrap_or(i64::MAX) {
                return Ok(false);
            }
            add(db, &changes)?;
            write_meta(db, "tallied", upto).map(|()| true)
        })
        .await
    }

    async fn tally_rejections(&self, changes: Vec<(Cell, i64)>) -> Result<(), StoreError> {
        self.small("tally_rejections", move |db| add(db, &changes)).await
    }

    async fn tallies(&self, wanted: &Wanted) -> Result<Vec<(Cell, i64)>, StoreError> {
        self.select("tallies", |db| {
            let mut read = db.prepare_cached(
                "SELECT day, region, member, what, dose, age, sex, count FROM tally
                 WHERE facet = ?1 AND day BETWEEN ?2 AND ?3 AND count <> 0",
            )?;
            let days = (wanted.from.epoch_day(), wanted.to.epoch_day());
            let values = (wanted.facet as i16, days.0, days.1);
            read.query_map(values, |row| cell(wanted.facet, row))?.collect()
        })
    }
}
