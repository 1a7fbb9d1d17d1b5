//! Accesses and grants.

use crate::{
    Access, AccessLog, Grant, Grants, StoreError,
    sealing::access_place,
    sqlite::{EmbeddedStore, access_log::RawAccess},
};
use async_trait::async_trait;
use hutong_model::{MemberId, PersonId, Purpose, Timestamp};

fn json(error: &serde_json::Error) -> StoreError {
    StoreError::Backend { transaction: "json", reason: error.to_string() }
}

#[async_trait]
impl AccessLog for EmbeddedStore {
    async fn record_access(&self, access: Access) -> Result<(), StoreError> {
        let plain = serde_json::to_vec(&access).map_err(|e| json(&e))?;
        let body = self.shared.sealer.seal_slice(access_place(&access.person), &plain)?;
        let at = access.at.unix_ms();
        let access = RawAccess { person: access.person, body };
        self.accesses.append(access, at).await
    }

    async fn accesses(
        &self,
        persons: &[PersonId],
        limit: usize,
    ) -> Result<Vec<Access>, StoreError> {
        let open = |access: RawAccess| {
            let plain = self.shared.sealer.open(access_place(&access.person), &access.body)?;
            serde_json::from_slice::<Access>(&plain).map_err(|e| json(&e))
        };
        let mut accesses: Vec<Access> =
            self.accesses.of(persons, limit)?.into_iter().map(open).collect::<Result<_, _>>()?;
        accesses.sort_by_key(|access| std::cmp::Reverse(access.at));
        Ok(accesses)
    }
}

#[async_trait]
impl Grants for EmbeddedStore {
    async fn put_grant(&self, grant: Grant) -> Result<(), StoreError> {
        let body = serde_json::to_string(&grant).map_err(|e| json(&e))?;
        self.small("put_grant", move |db| {
            db.prepare_cached(
                "INSERT OR REPLACE INTO consent (id, person, member, purpose, expires, body)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute((
                &grant.id,
                grant.person.as_bytes(),
                grant.member.as_str(),
                grant.purpose.as_str(),
                grant.expires_at.unix_ms(),
                body,
            ))?;
            Ok(())
        })
        .await
    }

    async fn grant_for(
        &self,
        member: &MemberId,
        persons: &[PersonId],
        purpose: Purpose,
        now: Timestamp,
    ) -> Result<Option<Grant>, StoreError> {
        let grants = self.grants_of(persons, now).await?;
        Ok(grants.into_iter().find(|grant| grant.member == *member && grant.purpose == purpose))
    }

    async fn grants_of(
        &self,
        persons: &[PersonId],
        now: Timestamp,
    ) -> Result<Vec<Grant>, StoreError> {
        let mut grants = Vec::new();
        for person in persons {
            let bodies: Vec<String> = self.select("grants_of", |db| {
                db.prepare_cached(
                    "SELECT body FROM consent WHERE person = ?1 AND expires > ?2 ORDER BY expires DESC",
                )?
                .query_map((person.as_bytes(), now.unix_ms()), |row| row.get(0))?
                .collect()
            })?;
            for body in bodies {
                grants.push(serde_json::from_str::<Grant>(&body).map_err(|e| json(&e))?);
            }
        }
        Ok(grants)
    }

    async fn revoke_grant(&self, person: PersonId, id: &str) -> Result<bool, StoreError> {
        let id = id.to_owned();
        self.small("revoke_grant", move |db| {
            let removed = db
                .prepare_cached("DELETE FROM consent WHERE id = ?1 AND person = ?2")?
                .execute((id, person.as_bytes()))?;
            Ok(removed > 0)
        })
        .await
    }
}
