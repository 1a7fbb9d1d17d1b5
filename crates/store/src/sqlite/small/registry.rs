//! Registry, settings, things used once.

use crate::{
    Registry, Settings, StoreError, UseOnce,
    sealing::{Table, document_place, document_row, setting_place},
    sqlite::{EmbeddedStore, small::unsealed},
};
use async_trait::async_trait;
use hutong_model::Timestamp;
use rusqlite::OptionalExtension;

impl EmbeddedStore {
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
}

#[async_trait]
impl Registry for EmbeddedStore {
    async fn put_document(
        &self,
        collection: &'static str,
        key: &str,
        document: serde_json::Value,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let key = key.to_owned();
        let shared = self.shared.clone();
        self.small("put_document", move |db| {
            let version: i64 = db
                .prepare_cached("SELECT coalesce(max(version), 0) + 1 FROM registry")?
                .query_row([], |row| row.get(0))?;
            let row = document_row(collection, &key, version);
            let body = document.to_string();
            let body = shared.sealer.seal_slice(document_place(&row), body.as_bytes());
            let body = body.map_err(unsealed)?;
            db.prepare_cached(
                "INSERT INTO registry (version, collection, key, at, body)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute((version, collection, key, at.unix_ms(), body))?;
            Ok(())
        })
        .await
    }

    async fn document(
        &self,
        collection: &'static str,
        key: &str,
    ) -> Result<Option<serde_json::Value>, StoreError> {
        let found: Option<(i64, Vec<u8>)> = self.select("document", |db| {
            db.prepare_cached(
                "SELECT version, body FROM registry WHERE collection = ?1 AND key = ?2
                 ORDER BY version DESC LIMIT 1",
            )?
            .query_row((collection, key), |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()
        })?;
        found.map(|(version, body)| self.open_document(collection, key, version, &body)).transpose()
    }

    async fn forget_document(&self, collection: &'static str, key: &str) -> Result<(), StoreError> {
        let key = key.to_owned();
        self.small("forget_document", move |db| {
            // The last version keeps its place: versions are counted from it, and none comes twice.
            db.prepare_cached(
                "DELETE FROM registry WHERE collection = ?1 AND key = ?2
                 AND version < (SELECT max(version) FROM registry)",
            )?
            .execute((collection, key))?;
            Ok(())
        })
        .await
    }

    async fn documents(
        &self,
        collection: &'static str,
    ) -> Result<Vec<(String, serde_json::Value)>, StoreError> {
        let rows: Vec<(String, i64, Vec<u8>)> = self.select("documents", |db| {
            db.prepare_cached(
                "SELECT key, version, body FROM registry AS r WHERE collection = ?1 AND version =
                    (SELECT max(version) FROM registry WHERE collection = ?1 AND key = r.key)
                 ORDER BY key",
            )?
            .query_map([collection], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
            .collect()
        })?;
        rows.into_iter()
            .map(|(key, version, body)| {
                let document = self.open_document(collection, &key, version, &body)?;
                Ok((key, document))
            })
            .collect()
    }
}

#[async_trait]
impl Settings for EmbeddedStore {
    async fn setting(&self, name: &'static str) -> Result<Option<String>, StoreError> {
        let sealed: Option<Vec<u8>> = self.select("setting", |db| {
            db.prepare_cached("SELECT value FROM setting WHERE name = ?1")?
                .query_row([name], |row| row.get(0))
                .optional()
        })?;
        let Some(sealed) = sealed else { return Ok(None) };
        let plain = self.shared.sealer.open(setting_place(name), &sealed)?;
        let damaged = |_| StoreError::Sealed { table: Table::Setting.name() };
        String::from_utf8(plain).map(Some).map_err(damaged)
    }

    async fn set_setting(&self, name: &'static str, value: &str) -> Result<(), StoreError> {
        let value = self.shared.sealer.seal_slice(setting_place(name), value.as_bytes())?;
        self.small("set_setting", move |db| {
            db.prepare_cached("INSERT OR REPLACE INTO setting (name, value) VALUES (?1, ?2)")?
                .execute((name, value))?;
            Ok(())
        })
        .await
    }
}

#[async_trait]
impl UseOnce for EmbeddedStore {
    async fn use_once(
        &self,
        scope: &'static str,
        token: &str,
        expires_at: Timestamp,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let token = token.to_owned();
        self.small("use_once", move |db| {
            db.prepare_cached("DELETE FROM used_once WHERE expires < ?1")?
                .execute([now.unix_ms()])?;
            let inserted = db
                .prepare_cached(
                    "INSERT OR IGNORE INTO used_once (scope, token, expires) VALUES (?1, ?2, ?3)",
                )?
                .execute((scope, token, expires_at.unix_ms()))?;
            Ok(inserted == 1)
        })
        .await
    }
}
