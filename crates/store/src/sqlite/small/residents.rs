//! One-time codes, sessions, device keys.

use crate::{Device, OneTimeCode, Residents, Session, StoreError, sqlite::EmbeddedStore};
use async_trait::async_trait;
use aws_lc_rs::constant_time::verify_slices_are_equal;
use hutong_model::{PersonId, Timestamp, limits::ONE_TIME_CODE_TRIES_MAX};
use rusqlite::{OptionalExtension, Row};

fn device(row: &Row<'_>) -> rusqlite::Result<Device> {
    let revoked: Option<i64> = row.get(4)?;
    Ok(Device {
        id: row.get(0)?,
        person: PersonId::from_bytes(row.get(1)?),
        cose_key: row.get(2)?,
        registered_at: Timestamp::from_unix_ms(row.get(3)?),
        revoked_at: revoked.map(Timestamp::from_unix_ms),
    })
}

#[async_trait]
impl Residents for EmbeddedStore {
    async fn put_one_time_code(&self, code: OneTimeCode) -> Result<(), StoreError> {
        self.small("put_one_time_code", move |db| {
            db.prepare_cached(
                "INSERT OR REPLACE INTO one_time_code (id, person, hash, expires, tries)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute((
                code.id,
                code.person.as_bytes(),
                code.hash,
                code.expires_at.unix_ms(),
                code.tries,
            ))?;
            Ok(())
        })
        .await
    }

    async fn redeem_one_time_code(
        &self,
        id: &str,
        hash: &[u8; 32],
        now: Timestamp,
    ) -> Result<Option<PersonId>, StoreError> {
        let (id, hash) = (id.to_owned(), *hash);
        self.small("redeem_one_time_code", move |db| {
            db.prepare_cached("DELETE FROM one_time_code WHERE expires <= ?1")?
                .execute([now.unix_ms()])?;
            db.prepare_cached("UPDATE one_time_code SET tries = tries + 1 WHERE id = ?1")?
                .execute([&id])?;
            let found: Option<([u8; 16], [u8; 32], u32)> = db
                .prepare_cached("SELECT person, hash, tries FROM one_time_code WHERE id = ?1")?
                .query_row([&id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
                .optional()?;
            let Some((person, known, tries)) = found else { return Ok(None) };
            let fits = verify_slices_are_equal(&known, &hash).is_ok();
            if fits || tries >= ONE_TIME_CODE_TRIES_MAX {
                db.prepare_cached("DELETE FROM one_time_code WHERE id = ?1")?.execute([&id])?;
            }
            Ok((fits && tries <= ONE_TIME_CODE_TRIES_MAX).then(|| PersonId::from_bytes(person)))
        })
        .await
    }

    async fn put_session(&self, session: Session) -> Result<(), StoreError> {
        self.small("put_session", move |db| {
            db.prepare_cached(
                "INSERT OR REPLACE INTO session (hash, person, expires) VALUES (?1, ?2, ?3)",
            )?
            .execute((
                session.hash,
                session.person.as_bytes(),
                session.expires_at.unix_ms(),
            ))?;
            Ok(())
        })
        .await
    }

    async fn session(
        &self,
        hash: &[u8; 32],
        now: Timestamp,
    ) -> Result<Option<Session>, StoreError> {
        self.select("session", |db| {
            db.prepare_cached(
                "SELECT hash, person, expires FROM session WHERE hash = ?1 AND expires > ?2",
            )?
            .query_row((hash, now.unix_ms()), |row| {
                Ok(Session {
                    hash: row.get(0)?,
                    person: PersonId::from_bytes(row.get(1)?),
                    expires_at: Timestamp::from_unix_ms(row.get(2)?),
                })
            })
            .optional()
        })
    }

    async fn end_session(&self, hash: &[u8; 32]) -> Result<(), StoreError> {
        let hash = *hash;
        self.small("end_session", move |db| {
            db.prepare_cached("DELETE FROM session WHERE hash = ?1")?.execute([hash])?;
            Ok(())
        })
        .await
    }

    async fn put_device(&self, device: Device) -> Result<(), StoreError> {
        self.small("put_device", move |db| {
            db.prepare_cached(
                "INSERT OR IGNORE INTO device (id, person, cose_key, registered) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute((
                device.id,
                device.person.as_bytes(),
                device.cose_key,
                device.registered_at.unix_ms(),
            ))?;
            Ok(())
        })
        .await
    }

    async fn devices_of(&self, person: PersonId) -> Result<Vec<Device>, StoreError> {
        self.select("devices_of", |db| {
            db.prepare_cached(
                "SELECT id, person, cose_key, registered, revoked FROM device WHERE person = ?1
                 ORDER BY registered",
            )?
            .query_map([person.as_bytes()], device)?
            .collect()
        })
    }

    async fn revoke_device(
        &self,
        person: PersonId,
        id: &str,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let id = id.to_owned();
        self.small("revoke_device", move |db| {
            let changed = db
                .prepare_cached(
                    "UPDATE device SET revoked = ?3 WHERE id = ?1 AND person = ?2 AND revoked IS NULL",
                )?
                .execute((id, person.as_bytes(), now.unix_ms()))?;
            Ok(changed > 0)
        })
        .await
    }
}
