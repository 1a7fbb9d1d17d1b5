//! Registry, settings, things used once.

use crate::{Registry, Settings, StoreError, UseOnce, sqlite::EmbeddedStore};
use async_trait::async_trait;
use hutong_model::Timestamp;
use rusqlite::OptionalExtension;

fn json(error: &serde_json::Error) -> StoreError {
    StoreError::Backend { transaction: "registry", reason: error.to_string() }
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
        self.small("put_document", move |db| {
            db.prepare_cached(
                "INSERT INTO registry (collection, key, at, body) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute((collection, key, at.unix_ms(), document.to_string()))?;
            Ok(())
        })
        .await
    }

    async fn document(
        &self,
        collection: &'static str,
        key: &str,
    ) -> Result<Option<serde_json::Value>, StoreError> {
        let body: Option<String> = self.select("document", |db| {
            db.prepare_cached(
                "SELECT body FROM registry WHERE collection = ?1 AND key = ?2
                 ORDER BY version DESC LIMIT 1",
            )?
            .query_row((collection, key), |row| row.get(0))
            .optional()
        })?;
        body.map(|body| serde_json::from_str(&body).map_err(|error| json(&error))).transpose()
    }

    async fn documents(
        &self,
        collection: &'static str,
    ) -> Result<Vec<(String, serde_json::Value)>, StoreError> {
        let rows: Vec<(String, String)> = self.select("documents", |db| {
            db.prepare_cached(
                "SELECT key, body FROM registry AS r WHERE collection = ?1 AND version =
                    (SELECT max(version) FROM registry WHERE collection = ?1 AND key = r.key)
                 ORDER BY key",
            )?
            .query_map([collection], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect()
        })?;
        rows.into_iter()
            .map(|(key, body)| {
                Ok((key, serde_json::from_str(&body).map_err(|error| json(&error))?))
            })
            .collect()
    }
}

#[async_trait]
impl Settings for EmbeddedStore {
    async fn setting(&self, name: &'static str) -> Result<Option<String>, StoreError> {
        self.select("setting", |db| {
            db.prepare_cached("SELECT value FROM setting WHERE name = ?1")?
                .query_row([name], |row| row.get(0))
                .optional()
        })
    }

    async fn set_setting(&self, name: &'static str, value: &str) -> Result<(), StoreError> {
        let value = value.to_owned();
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
