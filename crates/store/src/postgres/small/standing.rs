//! Standings, whereabouts, and leaves that wait for the ledger.

use crate::{
    Round, Standing, Standings, StoreError,
    measured::count,
    postgres::{
        PostgresStore,
        database::column,
        feed::{append_in, raise},
        trouble::Trouble,
        types::{Uid, signed, uids, unsigned},
    },
    sealing::{standing_place, standing_row},
};
use async_trait::async_trait;
use deadpool_postgres::Object;
use hutong_model::{PersonId, RegionCode, Timestamp};
use std::{collections::BTreeMap, time::Instant};
use tokio_postgres::{Row, Transaction, types::ToSql};

const TELL: &str = "INSERT INTO standing (person, event, due, body)
    SELECT * FROM unnest($1::uuid[], $2::text[], $3::bigint[], $4::bytea[])
    ON CONFLICT (person, event) DO UPDATE SET due = excluded.due, body = excluded.body";

impl PostgresStore {
    /// Not tried again where the connection is lost: whoever decides asks for the place and goes
    /// on from there.
    async fn keep(&self, client: &mut Object, round: &Round) -> Result<Option<i64>, Trouble> {
        let trouble = Trouble::of("keep_round");
        let transaction = client.transaction().await.map_err(trouble)?;
        if let Some((from, upto)) = round.followed {
            let moved = "UPDATE meta SET number = $2 WHERE name = 'followed' AND number = $1";
            let values: [&(dyn ToSql + Sync); 2] = [&signed(from), &signed(upto)];
            if transaction.execute(moved, &values).await.map_err(trouble)? == 0 {
                return Ok(None);
            }
        }
        self.tell(&transaction, &round.standings).await?;
        self.place(&transaction, &round.whereabouts).await?;
        if !round.leaves.is_empty() {
            let next = "UPDATE meta SET number = number + $1 WHERE name = 'leaves'
                RETURNING number - $1";
            let count = signed(round.leaves.len() as u64);
            let row = transaction.query_one(next, &[&count]).await.map_err(trouble)?;
            let first: i64 = column(&row, 0)?;
            let numbers: Vec<i64> = (first..first + count).collect();
            let write = "INSERT INTO leaf (number, body)
                SELECT * FROM unnest($1::bigint[], $2::bytea[])";
            transaction.execute(write, &[&numbers, &round.leaves]).await.map_err(trouble)?;
        }
        let mut last = 0;
        for item in &round.feed {
            last = append_in(&self.shared, &transaction, item).await?;
        }
        transaction.commit().await.map_err(trouble)?;
        Ok(Some(last))
    }

    async fn tell(
        &self,
        transaction: &Transaction<'_>,
        standings: &[Standing],
    ) -> Result<(), Trouble> {
        // One row a person and event, in order: what is written twice counts once.
        let newest: BTreeMap<(PersonId, &str), &Standing> =
            standings.iter().map(|one| ((one.person, &*one.event), one)).collect();
        let (mut persons, mut events) = (Vec::new(), Vec::new());
        let (mut dues, mut bodies) = (Vec::new(), Vec::new());
        for one in newest.values() {
            let row = standing_row(&one.person, &one.event);
            bodies.push(self.shared.sealer.seal_slice(standing_place(&row), &one.body)?);
            persons.push(Uid::from(one.person));
            events.push(&*one.event);
            dues.push(one.due.map(|due| due.unix_ms()));
        }
        let values: [&(dyn ToSql + Sync); 4] = [&persons, &events, &dues, &bodies];
        transaction.execute(TELL, &values).await.map(drop).map_err(Trouble::of("keep_round"))
    }

    async fn place(
        &self,
        transaction: &Transaction<'_>,
        whereabouts: &[(RegionCode, PersonId)],
    ) -> Result<(), Trouble> {
        let blind = |division| Uid(self.shared.blind_key.blind_place(division));
        let places: Vec<Uid> = whereabouts.iter().map(|(division, _)| blind(division)).collect();
        let persons = uids(whereabouts.iter().map(|(_, person)| *person));
        let write = "INSERT INTO whereabouts (place, person)
            SELECT * FROM unnest($1::uuid[], $2::uuid[]) ON CONFLICT DO NOTHING";
        let written = transaction.execute(write, &[&places, &persons]).await;
        written.map(drop).map_err(Trouble::of("keep_round"))
    }

    async fn persons(
        &self,
        name: &'static str,
        sql: &'static str,
        values: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<PersonId>, StoreError> {
        let rows = self.shared.db.query(name, sql, values).await?;
        rows.iter().map(|row| column::<Uid>(row, 0).map(PersonId::from)).collect()
    }

    fn standing(&self, row: &Row) -> Result<Standing, StoreError> {
        let person: PersonId = column::<Uid>(row, 0)?.into();
        let event: &str = column(row, 1)?;
        let due: Option<i64> = column(row, 2)?;
        let name = standing_row(&person, event);
        let body = self.shared.sealer.open(standing_place(&name), column(row, 3)?)?;
        Ok(Standing { person, event: event.into(), due: due.map(Timestamp::from_unix_ms), body })
    }
}

#[async_trait]
impl Standings for PostgresStore {
    async fn standings(&self, persons: &[PersonId]) -> Result<Vec<Standing>, StoreError> {
        let sql = "SELECT person, event, due, body FROM standing WHERE person = ANY($1)";
        let persons = uids(persons.iter().copied());
        let rows = self.shared.db.query("standings", sql, &[&persons]).await?;
        rows.iter().map(|row| self.standing(row)).collect()
    }

    async fn standings_due(
        &self,
        at: Timestamp,
        limit: usize,
    ) -> Result<Vec<PersonId>, StoreError> {
        let sql = "SELECT person FROM standing WHERE due <= $1 ORDER BY due LIMIT $2";
        self.persons("standings_due", sql, &[&at.unix_ms(), &signed(limit as u64)]).await
    }

    async fn persons_told(
        &self,
        event: &str,
        after: Option<PersonId>,
        limit: usize,
    ) -> Result<Vec<PersonId>, StoreError> {
        let sql = "SELECT person FROM standing
            WHERE event = $1 AND ($2::uuid IS NULL OR person > $2) ORDER BY person LIMIT $3";
        let (after, limit) = (after.map(Uid::from), signed(limit as u64));
        self.persons("persons_told", sql, &[&event, &after, &limit]).await
    }

    async fn persons_in(
        &self,
        division: RegionCode,
        after: Option<PersonId>,
        limit: usize,
    ) -> Result<Vec<PersonId>, StoreError> {
        let sql = "SELECT person FROM whereabouts
            WHERE place = $1 AND ($2::uuid IS NULL OR person > $2) ORDER BY person LIMIT $3";
        let place = Uid(self.shared.blind_key.blind_place(&division));
        let (after, limit) = (after.map(Uid::from), signed(limit as u64));
        self.persons("persons_in", sql, &[&place, &after, &limit]).await
    }

    async fn followed(&self) -> Result<u64, StoreError> {
        let sql = "SELECT number FROM meta WHERE name = 'followed'";
        self.shared.number("followed", sql, &[]).await
    }

    async fn keep_round(&self, round: Round) -> Result<bool, StoreError> {
        let begun = Instant::now();
        let keep = async |client: &mut Object| self.keep(client, &round).await;
        let kept = self.shared.db.once("keep_round", keep).await.map_err(Trouble::into_error)?;
        count("keep_round", begun);
        if let Some(number @ 1..) = kept {
            raise(&self.feed, unsigned(number));
        }
        Ok(kept.is_some())
    }

    async fn forget_standings(&self, event: &str, limit: usize) -> Result<u64, StoreError> {
        let sql = "DELETE FROM standing WHERE event = $1 AND person IN
            (SELECT person FROM standing WHERE event = $1 LIMIT $2)";
        self.shared.db.write("forget_standings", sql, &[&event, &signed(limit as u64)]).await
    }

    async fn leaves_from(&self, number: u64, limit: usize) -> Result<Vec<Vec<u8>>, StoreError> {
        let sql = "SELECT body FROM leaf WHERE number >= $1 ORDER BY number LIMIT $2";
        let values: [&(dyn ToSql + Sync); 2] = [&signed(number), &signed(limit as u64)];
        let rows = self.shared.db.query("leaves_from", sql, &values).await?;
        rows.iter().map(|row| column(row, 0)).collect()
    }

    async fn ledger_holds(&self, size: u64) -> Result<(), StoreError> {
        let raise = "UPDATE meta SET number = $1 WHERE name = 'leaves' AND number < $1";
        self.shared.db.write("ledger_holds", raise, &[&signed(size)]).await?;
        let drop = "DELETE FROM leaf WHERE number < $1";
        self.shared.db.write("ledger_holds", drop, &[&signed(size)]).await?;
        Ok(())
    }
}
