//! One-time codes, sessions, device keys.

use crate::{
    Device, OneTimeCode, Residents, Session, StoreError,
    measured::count,
    postgres::{PostgresStore, database::column, trouble::Trouble, types::Uid},
};
use async_trait::async_trait;
use aws_lc_rs::constant_time::verify_slices_are_equal;
use deadpool_postgres::Object;
use hutong_model::{PersonId, Timestamp, limits::ONE_TIME_CODE_TRIES_MAX};
use std::time::Instant;
use tokio_postgres::{Row, types::ToSql};

/// Expired codes that one call sweeps.
const SWEEP: &str = "DELETE FROM one_time_code WHERE id IN
    (SELECT id FROM one_time_code WHERE expires <= $1 LIMIT 100 FOR UPDATE SKIP LOCKED)";

fn device(row: &Row) -> Result<Device, StoreError> {
    let damaged = |_| StoreError::Sealed { table: "device" };
    Ok(Device {
        id: String::from_utf8(column(row, 0)?).map_err(damaged)?,
        person: column::<Uid>(row, 1)?.into(),
        cose_key: column(row, 2)?,
        registered_at: Timestamp::from_unix_ms(column(row, 3)?),
        revoked_at: column::<Option<i64>>(row, 4)?.map(Timestamp::from_unix_ms),
    })
}

impl PostgresStore {
    /// Tries a code. The row is locked from the count to the commit. Not tried again where the
    /// connection is lost: the try has perhaps been counted.
    async fn try_code(
        &self,
        client: &mut Object,
        id: &str,
        hash: &[u8; 32],
        now: Timestamp,
    ) -> Result<Option<PersonId>, Trouble> {
        let trouble = Trouble::of("redeem_one_time_code");
        let transaction = client.transaction().await.map_err(trouble)?;
        let sql = "UPDATE one_time_code SET tries = tries + 1 WHERE id = $1 AND expires > $2
            RETURNING person, hash, tries";
        let id = id.as_bytes();
        let found = transaction.query_opt(sql, &[&id, &now.unix_ms()]).await.map_err(trouble)?;
        let mut redeemed = None;
        if let Some(row) = found {
            let (person, known): (Uid, &[u8]) = (column(&row, 0)?, column(&row, 1)?);
            let tries: i32 = column(&row, 2)?;
            let tries = u32::try_from(tries).unwrap_or(u32::MAX);
            let fits = verify_slices_are_equal(known, hash).is_ok();
            if fits || tries >= ONE_TIME_CODE_TRIES_MAX {
                let sql = "DELETE FROM one_time_code WHERE id = $1";
                transaction.execute(sql, &[&id]).await.map_err(trouble)?;
            }
            redeemed = (fits && tries <= ONE_TIME_CODE_TRIES_MAX).then(|| person.into());
        }
        transaction.commit().await.map_err(trouble)?;
        Ok(redeemed)
    }
}

#[async_trait]
impl Residents for PostgresStore {
    async fn put_one_time_code(&self, code: OneTimeCode) -> Result<(), StoreError> {
        let sql = "INSERT INTO one_time_code (id, person, hash, expires, tries)
            VALUES ($1, $2, $3, $4, $5) ON CONFLICT (id) DO UPDATE SET
                person = excluded.person, hash = excluded.hash, expires = excluded.expires,
                tries = excluded.tries";
        let tries = i32::try_from(code.tries).unwrap_or(i32::MAX);
        let (id, hash, person) = (code.id.as_bytes(), code.hash.as_slice(), Uid::from(code.person));
        let values: [&(dyn ToSql + Sync); 5] =
            [&id, &person, &hash, &code.expires_at.unix_ms(), &tries];
        self.shared.db.write("put_one_time_code", sql, &values).await.map(drop)
    }

    async fn redeem_one_time_code(
        &self,
        id: &str,
        hash: &[u8; 32],
        now: Timestamp,
    ) -> Result<Option<PersonId>, StoreError> {
        let begun = Instant::now();
        let redeem = async |client: &mut Object| self.try_code(client, id, hash, now).await;
        let redeemed = self.shared.db.once("redeem_one_time_code", redeem).await;
        let redeemed = redeemed.map_err(Trouble::into_error)?;
        self.shared.db.write("one_time_code_sweep", SWEEP, &[&now.unix_ms()]).await?;
        count("redeem_one_time_code", begun);
        Ok(redeemed)
    }

    async fn put_session(&self, session: Session) -> Result<(), StoreError> {
        let sql = "INSERT INTO session (hash, person, expires) VALUES ($1, $2, $3)
            ON CONFLICT (hash) DO UPDATE SET person = excluded.person, expires = excluded.expires";
        let (hash, person) = (session.hash.as_slice(), Uid::from(session.person));
        let values: [&(dyn ToSql + Sync); 3] = [&hash, &person, &session.expires_at.unix_ms()];
        self.shared.db.write("put_session", sql, &values).await.map(drop)
    }

    async fn session(
        &self,
        hash: &[u8; 32],
        now: Timestamp,
    ) -> Result<Option<Session>, StoreError> {
        let sql = "SELECT person, expires FROM session WHERE hash = $1 AND expires > $2";
        let values: [&(dyn ToSql + Sync); 2] = [&hash.as_slice(), &now.unix_ms()];
        let rows = self.shared.db.query("session", sql, &values).await?;
        rows.first()
            .map(|row| {
                Ok(Session {
                    hash: *hash,
                    person: column::<Uid>(row, 0)?.into(),
                    expires_at: Timestamp::from_unix_ms(column(row, 1)?),
                })
            })
            .transpose()
    }

    async fn end_session(&self, hash: &[u8; 32]) -> Result<(), StoreError> {
        let sql = "DELETE FROM session WHERE hash = $1";
        self.shared.db.write("end_session", sql, &[&hash.as_slice()]).await.map(drop)
    }

    async fn put_device(&self, device: Device) -> Result<(), StoreError> {
        let sql = "INSERT INTO device (id, person, cose_key, registered) VALUES ($1, $2, $3, $4)
            ON CONFLICT DO NOTHING";
        let (id, person) = (device.id.as_bytes(), Uid::from(device.person));
        let values: [&(dyn ToSql + Sync); 4] =
            [&id, &person, &device.cose_key, &device.registered_at.unix_ms()];
        self.shared.db.write("put_device", sql, &values).await.map(drop)
    }

    async fn devices_of(&self, person: PersonId) -> Result<Vec<Device>, StoreError> {
        let sql = "SELECT id, person, cose_key, registered, revoked FROM device WHERE person = $1
            ORDER BY registered, id";
        let rows = self.shared.db.query("devices_of", sql, &[&Uid::from(person)]).await?;
        rows.iter().map(device).collect()
    }

    async fn revoke_device(
        &self,
        person: PersonId,
        id: &str,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let sql = "UPDATE device SET revoked = $3 WHERE id = $1 AND person = $2
            AND revoked IS NULL";
        let values: [&(dyn ToSql + Sync); 3] = [&id.as_bytes(), &Uid::from(person), &now.unix_ms()];
        Ok(self.shared.db.write("revoke_device", sql, &values).await? > 0)
    }
}
