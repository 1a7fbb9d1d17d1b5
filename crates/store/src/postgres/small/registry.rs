//! Registry, settings, things used once.

use crate::{
    Registry, Settings, StoreError, UseOnce,
    measured::count,
    postgres::{PostgresStore, database::column, trouble::Trouble},
    sealing::{Table, document_place, document_row, setting_place},
};
use async_trait::async_trait;
use deadpool_postgres::Object;
use hutong_model::Timestamp;
use std::time::Instant;

/// Expired tokens that one call sweeps.
const SWEEP: &str = "DELETE FROM used_once WHERE (scope, token) IN
    (SELECT scope, token FROM used_once WHERE expires < $1 LIMIT 100 FOR UPDATE SKIP LOCKED)";

impl PostgresStore {
    fn open_document(
        &self,
        collection: &str,
        key: &str,
        version: i64,
        body: &[u8],
    ) -> Result<serde_json::Value, StoreError> {
        let row = document_row(collection, key, version);
        let plain = self.shared.sealer.open(document_place(&row), body)?;
        serde_json::from_slice(&plain).map_err(|error| StoreError::Backend {
            transaction: "registry",
            reason: error.to_string(),
        })
    }

    /// Writes the next version. Whoever takes a number holds the row of the last one until the
    /// commit. Not tried again where the connection is lost.
    async fn put_version(
        &self,
        client: &mut Object,
        collection: &'static str,
        key: &str,
        plain: &[u8],
        at: Timestamp,
    ) -> Result<(), Trouble> {
        let trouble = Trouble::of("put_document");
        let transaction = client.transaction().await.map_err(trouble)?;
        let next = "UPDATE meta SET number = number + 1 WHERE name = 'registry' RETURNING number";
        let row = transaction.query_one(next, &[]).await.map_err(trouble)?;
        let version: i64 = column(&row, 0)?;
        let row = document_row(collection, key, version);
        let body = self.shared.sealer.seal_slice(document_place(&row), plain)?;
        let write = "INSERT INTO registry (version, collection, key, at, body)
            VALUES ($1, $2, $3, $4, $5)";
        let values: [&(dyn tokio_postgres::types::ToSql + Sync); 5] =
            [&version, &collection, &key.as_bytes(), &at.unix_ms(), &body];
        transaction.execute(write, &values).await.map_err(trouble)?;
        transaction.commit().await.map_err(trouble)
    }
}

#[async_trait]
impl Registry for PostgresStore {
    async fn put_document(
        &self,
        collection: &'static str,
        key: &str,
        document: serde_json::Value,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let begun = Instant::now();
        let plain = document.to_string();
        let write = async |client: &mut Object| {
            self.put_version(client, collection, key, plain.as_bytes(), at).await
        };
        let written = self.shared.db.once("put_document", write).await;
        written.map_err(Trouble::into_error)?;
        count("put_document", begun);
        Ok(())
    }

    async fn document(
        &self,
        collection: &'static str,
        key: &str,
    ) -> Result<Option<serde_json::Value>, StoreError> {
        let sql = "SELECT version, body FROM registry WHERE collection = $1 AND key = $2
            ORDER BY version DESC LIMIT 1";
        let rows = self.shared.db.query("document", sql, &[&collection, &key.as_bytes()]).await?;
        rows.first()
            .map(|row| self.open_document(collection, key, column(row, 0)?, column(row, 1)?))
            .transpose()
    }

    async fn forget_document(&self, collection: &'static str, key: &str) -> Result<(), StoreError> {
        let sql = "DELETE FROM registry WHERE collection = $1 AND key = $2";
        let values: [&(dyn tokio_postgres::types::ToSql + Sync); 2] =
            [&collection, &key.as_bytes()];
        self.shared.db.write("forget_document", sql, &values).await.map(drop)
    }

    async fn documents(
        &self,
        collection: &'static str,
    ) -> Result<Vec<(String, serde_json::Value)>, StoreError> {
        let sql = "SELECT DISTINCT ON (key) key, version, body FROM registry
            WHERE collection = $1 ORDER BY key, version DESC";
        let rows = self.shared.db.query("documents", sql, &[&collection]).await?;
        rows.iter()
            .map(|row| {
                let damaged = |_| StoreError::Sealed { table: Table::Document.name() };
                let key = String::from_utf8(column(row, 0)?).map_err(damaged)?;
                let document =
                    self.open_document(collection, &key, column(row, 1)?, column(row, 2)?)?;
                Ok((key, document))
            })
            .collect()
    }
}

#[async_trait]
impl Settings for PostgresStore {
    async fn setting(&self, name: &'static str) -> Result<Option<String>, StoreError> {
        let sql = "SELECT value FROM setting WHERE name = $1";
        let rows = self.shared.db.query("setting", sql, &[&name]).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let plain = self.shared.sealer.open(setting_place(name), column(row, 0)?)?;
        let damaged = |_| StoreError::Sealed { table: Table::Setting.name() };
        String::from_utf8(plain).map(Some).map_err(damaged)
    }

    async fn set_setting(&self, name: &'static str, value: &str) -> Result<(), StoreError> {
        let sql = "INSERT INTO setting (name, value) VALUES ($1, $2)
            ON CONFLICT (name) DO UPDATE SET value = excluded.value";
        let value = self.shared.sealer.seal_slice(setting_place(name), value.as_bytes())?;
        self.shared.db.write("set_setting", sql, &[&name, &value]).await.map(drop)
    }
}

#[async_trait]
impl UseOnce for PostgresStore {
    async fn use_once(
        &self,
        scope: &'static str,
        token: &str,
        expires_at: Timestamp,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let begun = Instant::now();
        // One that has expired and was not swept yet may be used again.
        let sql = "INSERT INTO used_once (scope, token, expires) VALUES ($1, $2, $3)
            ON CONFLICT (scope, token) DO UPDATE SET expires = excluded.expires
            WHERE used_once.expires < $4";
        let (token, expires, now) = (token.as_bytes(), expires_at.unix_ms(), now.unix_ms());
        let values: [&(dyn tokio_postgres::types::ToSql + Sync); 4] =
            [&scope, &token, &expires, &now];
        // Once: where nobody knows whether it was written, it must not count as unused.
        let used = self.shared.db.write_once("use_once", sql, &values).await;
        let used = used.map_err(Trouble::into_error)?;
        self.shared.db.write("use_once_sweep", SWEEP, &[&now]).await?;
        count("use_once", begun);
        Ok(used == 1)
    }
}
