//! Counters for dashboards.

use crate::{
    Cell, StoreError, Tallies, Wanted,
    measured::count,
    postgres::{PostgresStore, database::column, trouble::Trouble, types::signed},
};
use async_trait::async_trait;
use deadpool_postgres::Object;
use hutong_model::Date;
use std::time::Instant;
use tokio_postgres::{Transaction, types::ToSql};

/// The counters are touched in the order of their key, so that two transactions never wait for each
/// other in a circle.
const ADD: &str = "INSERT INTO tally (facet, day, region, member, what, dose, age, sex, count)
    SELECT * FROM unnest($1::smallint[], $2::int[], $3::text[], $4::text[], $5::text[], $6::int[],
        $7::smallint[], $8::smallint[], $9::bigint[])
    ON CONFLICT (facet, day, region, member, what, dose, age, sex)
        DO UPDATE SET count = tally.count + excluded.count";

async fn add(transaction: &Transaction<'_>, changes: &mut [(Cell, i64)]) -> Result<(), Trouble> {
    changes.sort_unstable();
    let cells = || changes.iter().map(|(cell, _)| cell);
    let facets: Vec<i16> = cells().map(|cell| cell.facet as i16).collect();
    let days: Vec<i32> = cells().map(|cell| cell.day.epoch_day()).collect();
    let regions: Vec<&str> = cells().map(|cell| &*cell.region).collect();
    let members: Vec<&str> = cells().map(|cell| &*cell.member).collect();
    let whats: Vec<&str> = cells().map(|cell| &*cell.what).collect();
    let doses: Vec<i32> = cells().map(|cell| i32::from(cell.dose)).collect();
    let ages: Vec<i16> = cells().map(|cell| i16::from(cell.age)).collect();
    let sexes: Vec<i16> = cells().map(|cell| i16::from(cell.sex)).collect();
    let counts: Vec<i64> = changes.iter().map(|(_, change)| *change).collect();
    let values: [&(dyn ToSql + Sync); 9] =
        [&facets, &days, &regions, &members, &whats, &doses, &ages, &sexes, &counts];
    transaction.execute(ADD, &values).await.map(drop).map_err(Trouble::of("tally"))
}

async fn tally_once(
    client: &mut Object,
    changes: &mut [(Cell, i64)],
    from: u64,
    upto: u64,
) -> Result<bool, Trouble> {
    let trouble = Trouble::of("tally");
    let transaction = client.transaction().await.map_err(trouble)?;
    let moved = "UPDATE meta SET number = $2 WHERE name = 'tallied' AND number = $1";
    let values: [&(dyn ToSql + Sync); 2] = [&signed(from), &signed(upto)];
    if transaction.execute(moved, &values).await.map_err(trouble)? == 0 {
        return Ok(false);
    }
    add(&transaction, changes).await?;
    transaction.commit().await.map_err(trouble)?;
    Ok(true)
}

async fn tally_rejections_once(
    client: &mut Object,
    changes: &mut [(Cell, i64)],
) -> Result<(), Trouble> {
    let trouble = Trouble::of("tally_rejections");
    let transaction = client.transaction().await.map_err(trouble)?;
    add(&transaction, changes).await?;
    transaction.commit().await.map_err(trouble)
}

#[async_trait]
impl Tallies for PostgresStore {
    async fn tallied(&self) -> Result<u64, StoreError> {
        let sql = "SELECT number FROM meta WHERE name = 'tallied'";
        self.shared.number("tallied", sql, &[]).await
    }

    async fn tally(
        &self,
        mut changes: Vec<(Cell, i64)>,
        from: u64,
        upto: u64,
    ) -> Result<bool, StoreError> {
        // Not tried again: nobody knows whether a commit whose answer was lost took place; whoever
        // counts asks for the place and goes on from there.
        let begun = Instant::now();
        let tally = async |client: &mut Object| tally_once(client, &mut changes, from, upto).await;
        let done = self.shared.db.once("tally", tally).await.map_err(Trouble::into_error)?;
        count("tally", begun);
        Ok(done)
    }

    async fn tally_rejections(&self, mut changes: Vec<(Cell, i64)>) -> Result<(), StoreError> {
        let write = async |client: &mut Object| tally_rejections_once(client, &mut changes).await;
        self.shared.db.once("tally_rejections", write).await.map_err(Trouble::into_error)
    }

    async fn tallies(&self, wanted: &Wanted) -> Result<Vec<(Cell, i64)>, StoreError> {
        let sql = "SELECT day, region, member, what, dose, age, sex, count FROM tally
            WHERE facet = $1 AND day BETWEEN $2 AND $3 AND count <> 0";
        let (from, to) = (wanted.from.epoch_day(), wanted.to.epoch_day());
        let values: [&(dyn ToSql + Sync); 3] = [&(wanted.facet as i16), &from, &to];
        let rows = self.shared.db.query("tallies", sql, &values).await?;
        rows.iter()
            .map(|row| {
                let text = |at| column::<&str>(row, at).map(Box::from);
                let cell = Cell {
                    facet: wanted.facet,
                    day: Date::from_epoch_day(column(row, 0)?),
                    region: text(1)?,
                    member: text(2)?,
                    what: text(3)?,
                    dose: column::<i32>(row, 4)?.try_into().unwrap_or(0),
                    age: column::<i16>(row, 5)?.try_into().unwrap_or(u8::MAX),
                    sex: column::<i16>(row, 6)?.try_into().unwrap_or(0),
                };
                Ok((cell, column(row, 7)?))
            })
            .collect()
    }
}
