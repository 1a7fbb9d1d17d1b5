//! Rule packs: proposed by one organisation, approved by another, and only then published.

use super::Document;
use crate::{Node, NodeError};
use hutong_ledger::Hash;
use hutong_model::{Member, MemberId, Timestamp, limits};
use hutong_rules::Pack;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

const PROPOSALS: &str = "rule-pack-proposal";
/// Organisations that a pack takes, the proposing one among them.
const APPROVERS: usize = 2;

/// Who approved, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Approval {
    /// The member.
    pub by: MemberId,
    /// By what law.
    pub legal_basis: Box<str>,
    /// When.
    pub at: Timestamp,
}

/// A pack as it is published or proposed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PackDocument {
    /// Its id.
    pub id: Box<str>,
    /// Its version.
    pub version: Box<str>,
    /// From when it is in force.
    pub valid_from: Timestamp,
    /// The text of the pack.
    pub source: Box<str>,
    /// Who approved it.
    pub approvals: Vec<Approval>,
}

impl Document for PackDocument {
    const KIND: &'static str = "rule-pack";
    fn key(&self) -> String {
        key(&self.id, &self.version)
    }
}

/// A published pack, compiled.
#[derive(Debug)]
pub(crate) struct PublishedPack {
    pub(crate) document: PackDocument,
    pub(crate) pack: Arc<Pack>,
    /// Of its text.
    pub(crate) digest: Hash,
}

impl PublishedPack {
    pub(crate) fn compile(document: PackDocument) -> Option<Self> {
        match Pack::from_json(&document.source) {
            Ok(pack) => {
                let digest = crate::ledger::digest(document.source.as_bytes());
                Some(Self { document, pack: Arc::new(pack), digest })
            }
            Err(error) => {
                tracing::error!(pack = document.key(), %error, "a published pack is left out");
                None
            }
        }
    }
}

/// The pack of this release, which decides where none was published.
pub(crate) fn baseline() -> Arc<Pack> {
    static BASELINE: std::sync::OnceLock<Arc<Pack>> = std::sync::OnceLock::new();
    let baseline = BASELINE.get_or_init(|| {
        // INVARIANT: the embedded pack is compiled by the tests of every build.
        Arc::new(Pack::from_json(Pack::baseline().source()).expect("the embedded pack is sound"))
    });
    Arc::clone(baseline)
}

impl Node {
    /// The packs that were published, the oldest first.
    pub fn rule_packs(&self) -> Vec<PackDocument> {
        self.rulebook().packs.iter().map(|published| published.document.clone()).collect()
    }

    /// Packs that wait for a second organisation; at the root.
    ///
    /// # Errors
    /// [`NodeError`] where the store cannot be read.
    pub async fn pack_proposals(&self) -> Result<Vec<PackDocument>, NodeError> {
        let documents = self.store.documents(PROPOSALS).await?;
        let published = self.rule_packs();
        let read = documents.into_iter().filter_map(|(_, d)| serde_json::from_value(d).ok());
        Ok(read.filter(|p: &PackDocument| !published.iter().any(|q| q.key() == p.key())).collect())
    }

    /// Proposes a pack: it must compile, keep its own examples and begin in the future, so that
    /// nobody is surprised.
    ///
    /// # Errors
    /// [`NodeError::Input`] with what is wrong with it; [`NodeError::Conflict`] where this version
    /// was published or proposed with another text; [`NodeError::Forbidden`] elsewhere than at the
    /// root.
    pub async fn propose_pack(
        &self,
        by: &Member,
        legal_basis: &str,
        source: &str,
    ) -> Result<PackDocument, NodeError> {
        if !self.is_root() {
            return Err(NodeError::Forbidden("rule packs are published by the root"));
        }
        let pack = checked(source)?;
        if pack.valid_from() < self.now() {
            return Err(NodeError::not_permitted(
                "validFrom",
                "a pack begins after it is proposed",
            ));
        }
        let key = key(pack.id(), pack.version());
        let known = self.store.document(PROPOSALS, &key).await?;
        let published = self.rule_packs().iter().any(|known| known.key() == key);
        if published || known.is_some() {
            return Err(NodeError::Conflict(format!(
                "{key} was proposed before; a change is a new version"
            )));
        }
        let document = PackDocument {
            id: pack.id().into(),
            version: pack.version().into(),
            valid_from: pack.valid_from(),
            source: source.into(),
            approvals: vec![self.approval(by, legal_basis)],
        };
        let json = serde_json::to_value(&document).map_err(super::setup)?;
        self.store.put_document(PROPOSALS, &key, json, self.now()).await?;
        Ok(document)
    }

    /// Approves a proposed pack; with the second organisation it is published.
    ///
    /// # Errors
    /// [`NodeError::NotFound`] where there is no such proposal; [`NodeError::Conflict`] where this
    /// organisation approved it before, or its time has come without a second.
    pub async fn approve_pack(
        &self,
        by: &Member,
        legal_basis: &str,
        id: &str,
        version: &str,
    ) -> Result<PackDocument, NodeError> {
        let key = key(id, version);
        let held = self.store.document(PROPOSALS, &key).await?;
        let held = held.ok_or(NodeError::NotFound("no such rule pack was proposed"))?;
        let mut document: PackDocument = serde_json::from_value(held).map_err(super::setup)?;
        if self.rule_packs().iter().any(|known| known.key() == key) {
            return Err(NodeError::Conflict("this rule pack is published already".into()));
        }
        if document.approvals.iter().any(|approval| approval.by == by.id) {
            return Err(NodeError::Conflict(
                "your organisation approved it already; it takes another one".into(),
            ));
        }
        if document.valid_from < self.now() {
            return Err(NodeError::Conflict(
                "its time has come without a second approval; propose a new version".into(),
            ));
        }
        checked(&document.source)?;
        document.approvals.push(self.approval(by, legal_basis));
        if document.approvals.len() >= APPROVERS {
            self.publish_document(&document).await?;
        }
        let json = serde_json::to_value(&document).map_err(super::setup)?;
        self.store.put_document(PROPOSALS, &key, json, self.now()).await?;
        Ok(document)
    }

    fn approval(&self, by: &Member, legal_basis: &str) -> Approval {
        Approval { by: by.id.clone(), legal_basis: legal_basis.into(), at: self.now() }
    }
}

/// A pack that compiles and keeps its own examples.
fn checked(source: &str) -> Result<Pack, NodeError> {
    if source.len() > limits::PUBLISHED_BYTES_MAX / 2 {
        return Err(NodeError::not_permitted("source", "a rule pack has at most 1 MiB"));
    }
    let pack = Pack::from_json(source)
        .map_err(|error| NodeError::not_permitted("source", error.to_string()))?;
    for label in [pack.id(), pack.version()] {
        hutong_code::assertion::Label::parse(label).map_err(|_| {
            NodeError::not_permitted("id", "id and version have 1 to 32 of A-Z a-z 0-9 . - _ :")
        })?;
    }
    let tried = pack
        .try_examples()
        .map_err(|error| NodeError::not_permitted("examples", error.to_string()))?;
    if tried.is_empty() {
        return Err(NodeError::not_permitted(
            "examples",
            "a rule pack comes with examples of what it decides",
        ));
    }
    for example in tried {
        if let Some(differs) = example.differs {
            let reason = format!("{}: {differs}", example.name);
            return Err(NodeError::not_permitted("examples", reason));
        }
    }
    Ok(pack)
}

fn key(id: &str, version: &str) -> String {
    format!("{id}/{version}")
}
