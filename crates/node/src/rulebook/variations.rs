//! What a region decides otherwise than the national pack, as far as that lets it: filed with the
//! root before it takes effect, public, with an end.

use super::Document;
use crate::{Node, NodeError};
use hutong_model::{RegionCode, Timestamp, limits};
use hutong_rules::{Pack, Text, Variation};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, sync::Arc};

/// What a region files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewVariation {
    /// The region.
    pub region: RegionCode,
    /// The pack that it varies, by its id and version.
    pub pack: Box<str>,
    /// Version of the pack.
    pub pack_version: Box<str>,
    /// The values by the names of the pack's variables.
    pub values: BTreeMap<Box<str>, i32>,
    /// Why.
    pub reason: Text,
    /// By what law.
    pub legal_basis: Box<str>,
    /// From when: not before it is filed.
    pub effective_from: Timestamp,
    /// Until when.
    pub expires_at: Timestamp,
}

/// A variation, as it was filed.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FiledVariation {
    /// Its id, which decisions name.
    pub id: Box<str>,
    /// What was filed.
    #[serde(flatten)]
    pub filed: NewVariation,
    /// The member that filed it.
    pub by: Box<str>,
    /// When.
    pub filed_at: Timestamp,
    /// The pack with these values.
    #[serde(skip)]
    pub(crate) compiled: Option<Arc<Pack>>,
}

impl Document for FiledVariation {
    const KIND: &'static str = "variation";
    fn key(&self) -> String {
        self.id.to_string()
    }
}

impl FiledVariation {
    /// Whether it is in force for a region at a time.
    pub fn in_force(&self, region: RegionCode, at: Timestamp) -> bool {
        let filed = &self.filed;
        filed.region.contains(&region) && filed.effective_from <= at && at < filed.expires_at
    }
    pub(crate) fn varies(&self, pack: &Pack, region: RegionCode, at: Timestamp) -> bool {
        self.is_of(pack) && self.in_force(region, at)
    }
    fn is_of(&self, pack: &Pack) -> bool {
        *self.filed.pack == *pack.id() && *self.filed.pack_version == *pack.version()
    }
    pub(crate) fn compile(&mut self, packs: &[Arc<Pack>]) {
        let Some(pack) = packs.iter().find(|pack| self.is_of(pack)) else { return };
        let variation = Variation { id: self.id.clone(), values: self.filed.values.clone() };
        match pack.varied(&variation) {
            Ok(varied) => self.compiled = Some(Arc::new(varied)),
            Err(error) => tracing::error!(variation = &*self.id, %error, "left out"),
        }
    }
}

impl Node {
    /// Every variation that was ever filed.
    pub fn variations(&self) -> Vec<FiledVariation> {
        self.rulebook().variations.clone()
    }

    /// At the root: files a variation.
    pub(super) async fn file_variation(
        &self,
        new: NewVariation,
        by: &str,
    ) -> Result<FiledVariation, NodeError> {
        let now = self.now();
        if new.effective_from < now {
            return Err(NodeError::not_permitted(
                "effectiveFrom",
                "a variation takes effect after it was filed",
            ));
        }
        if new.expires_at <= new.effective_from {
            return Err(NodeError::not_permitted("expiresAt", "a variation ends after it begins"));
        }
        let long = new.legal_basis.len() > limits::TEXT_BYTES_MAX;
        if new.legal_basis.trim().is_empty() || new.reason.zh.trim().is_empty() || long {
            return Err(NodeError::not_permitted(
                "legalBasis",
                "a variation names its reason and its legal basis",
            ));
        }
        if new.values.is_empty() {
            return Err(NodeError::not_permitted(
                "values",
                "a variation gives other values than the pack",
            ));
        }
        let mut filed = FiledVariation {
            id: hex::encode(&self.entropy.bytes16()[..8]).into(),
            filed: new,
            by: by.into(),
            filed_at: now,
            compiled: None,
        };
        let mut packs: Vec<Arc<Pack>> =
            self.rulebook().packs.iter().map(|published| published.pack.clone()).collect();
        packs.push(super::packs::baseline());
        let pack = packs.iter().find(|pack| filed.is_of(pack));
        let pack = pack
            .ok_or_else(|| NodeError::not_permitted("pack", "no such rule pack was published"))?;
        let variation = Variation { id: filed.id.clone(), values: filed.filed.values.clone() };
        let varied = pack
            .varied(&variation)
            .map_err(|e| NodeError::not_permitted("values", e.to_string()))?;
        filed.compiled = Some(Arc::new(varied));
        self.publish_document(&filed).await?;
        Ok(filed)
    }
}
