//! Grants.

use crate::{
    Grant, Grants, StoreError,
    postgres::{
        PostgresStore,
        database::column,
        types::{Uid, uids},
    },
};
use async_trait::async_trait;
use hutong_model::{MemberId, PersonId, Purpose, Timestamp};

fn json(error: &serde_json::Error) -> StoreError {
    StoreError::Backend { transaction: "grants", reason: error.to_string() }
}

#[async_trait]
impl Grants for PostgresStore {
    async fn put_grant(&self, grant: Grant) -> Result<(), StoreError> {
        let body = serde_json::to_string(&grant).map_err(|error| json(&error))?;
        let sql = "INSERT INTO consent (id, person, member, purpose, expires, body)
            VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (person, id) DO UPDATE SET
                member = excluded.member, purpose = excluded.purpose,
                expires = excluded.expires, body = excluded.body";
        let (member, purpose) = (grant.member.as_str(), grant.purpose.as_str());
        let (id, person) = (grant.id.as_bytes(), Uid::from(grant.person));
        let expires = grant.expires_at.unix_ms();
        let values: [&(dyn tokio_postgres::types::ToSql + Sync); 6] =
            [&id, &person, &member, &purpose, &expires, &body];
        self.shared.db.write("put_grant", sql, &values).await.map(drop)
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
        let sql = "SELECT body FROM consent WHERE person = ANY($1) AND expires > $2
            ORDER BY array_position($1, person), expires DESC";
        let values = uids(persons.iter().copied());
        let rows = self.shared.db.query("grants_of", sql, &[&values, &now.unix_ms()]).await?;
        rows.iter()
            .map(|row| serde_json::from_str(column(row, 0)?).map_err(|error| json(&error)))
            .collect()
    }

    async fn revoke_grant(&self, person: PersonId, id: &str) -> Result<bool, StoreError> {
        let sql = "DELETE FROM consent WHERE id = $1 AND person = $2";
        let values: [&(dyn tokio_postgres::types::ToSql + Sync); 2] =
            [&id.as_bytes(), &Uid::from(person)];
        Ok(self.shared.db.write("revoke_grant", sql, &values).await? > 0)
    }
}
