//! Files of other systems that say whom to trust and what was taken back: signers of the EU
//! gateway, directories of SMART Health Cards issuers, DID documents, certificates, revocations.
//!
//! Whoever runs a node adds them; they go down the feed to every node below, which fetches the
//! content from the node above it.

use crate::{Node, NodeError, feed::TRUST_FILE};
use aws_lc_rs::digest;
use base64::{Engine, engine::general_purpose::STANDARD};
use hutong_code::{
    Scanner,
    foreign::keys::{Examined, ForeignKeys},
    scan::CachingScanner,
};
use hutong_model::{Issue, IssueCode, Member, RegionCode, Timestamp, limits};
use hutong_store::Audience;
use parking_lot::RwLock;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

const COLLECTION: &str = "trust-file";

/// A file that a node holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TrustFile {
    /// The node that added it.
    pub region: RegionCode,
    /// Its name there: 1 to 64 of `A-Z a-z 0-9 . - _`.
    pub name: Box<str>,
    /// SHA-256 of its content, hexadecimal.
    pub sha256: String,
    /// Its length.
    pub bytes: usize,
    /// Keys and lists that count.
    pub keys: usize,
    /// Entries that could not be used.
    pub passed_over: usize,
    /// When it was added.
    pub added_at: Timestamp,
}

/// A file as it is stored; without content it was removed.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    file: TrustFile,
    content: Option<String>,
}

/// What a node asks the node above for.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AskTrustFile {
    /// The node that added the file.
    pub region: RegionCode,
    /// Its name there.
    pub name: Box<str>,
}

/// The file as it is now.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TrustFileContent {
    /// When this content was added, or the file removed.
    pub at: Timestamp,
    /// Base64 of it; absent where it was removed.
    pub content: Option<String>,
}

/// Answers about certificates that were seen a moment ago, in bytes.
const SEEN_BYTES: u64 = 32 * 1024 * 1024;

/// What is trusted besides our own trust list.
pub(crate) struct TrustFiles(RwLock<Arc<CachingScanner>>);

impl Default for TrustFiles {
    fn default() -> Self {
        Self(RwLock::new(ready(Scanner::default())))
    }
}

fn ready(scanner: Scanner) -> Arc<CachingScanner> {
    Arc::new(CachingScanner::new(scanner, SEEN_BYTES))
}

impl Node {
    /// Verifies certificates of other systems.
    pub(crate) fn scanner(&self) -> Arc<CachingScanner> {
        self.trust_files.0.read().clone()
    }

    /// The files that are held, by name.
    ///
    /// # Errors
    /// [`NodeError`] where the store cannot be read.
    pub async fn trust_files(&self) -> Result<Vec<TrustFile>, NodeError> {
        let kept = self.kept_files().await?;
        Ok(kept.into_iter().filter(|kept| kept.content.is_some()).map(|kept| kept.file).collect())
    }

    /// What the checks by name say of each key in a file; nothing is changed.
    ///
    /// # Errors
    /// [`NodeError::Input`] where it is no trust file.
    pub fn examine_trust_file(&self, content: &[u8]) -> Result<Vec<Examined>, NodeError> {
        let mut new = ForeignKeys::default();
        match new.add_file(content) {
            Ok(_) => Ok(new.examine(self.scanner().scanner().foreign_keys(), self.now())),
            // Revocations have no keys that could be examined.
            Err(error) => match Scanner::default().add_file(content, &[]) {
                Ok(_) => Ok(Vec::new()),
                Err(_) => Err(refused(&error)),
            },
        }
    }

    /// Trusts what stands in a file, here and at every node below, in the place of a file of the
    /// same name.
    ///
    /// # Errors
    /// [`NodeError::Input`] where the name or the content cannot be used.
    pub async fn add_trust_file(&self, name: &str, content: &[u8]) -> Result<TrustFile, NodeError> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
        if !(1..=64).contains(&name.len()) || !name.bytes().all(allowed) {
            let reason = "a name has 1 to 64 of A-Z a-z 0-9 . - _";
            return Err(NodeError::input(Issue::error(IssueCode::Value, "name", reason, "")));
        }
        if content.len() > limits::NODE_TRUST_FILE_BYTES_MAX {
            let reason = "larger than 16 MiB";
            return Err(NodeError::input(Issue::error(IssueCode::TooLong, "file", reason, "")));
        }
        let held = self.trust_files().await?;
        let region = self.settings.region;
        let replaces = held.iter().any(|file| file.region == region && *file.name == *name);
        if !replaces && held.len() >= limits::NODE_TRUST_FILES_MAX {
            return Err(NodeError::Conflict("there are 64 trust files already".into()));
        }
        let added = Scanner::default().add_file(content, &[]).map_err(|error| refused(&error))?;
        let file = TrustFile {
            region,
            name: name.into(),
            sha256: hex::encode(digest::digest(&digest::SHA256, content)),
            bytes: content.len(),
            keys: added.keys,
            passed_over: added.passed_over,
            added_at: self.now(),
        };
        self.keep_file(Kept { file: file.clone(), content: Some(STANDARD.encode(content)) })
            .await?;
        Ok(file)
    }

    /// Trusts a file that this node added no longer.
    ///
    /// # Errors
    /// [`NodeError::NotFound`] where there is none of that name.
    pub async fn remove_trust_file(&self, name: &str) -> Result<(), NodeError> {
        let region = self.settings.region;
        let held = self.trust_files().await?;
        let file = held
            .into_iter()
            .find(|file| file.region == region && *file.name == *name)
            .ok_or(NodeError::NotFound("this node has added no trust file of that name"))?;
        let file = TrustFile { added_at: self.now(), ..file };
        self.keep_file(Kept { file, content: None }).await
    }

    /// Answers a child.
    ///
    /// # Errors
    /// [`NodeError::NotFound`] where there never was such a file.
    pub async fn answer_trust_file(
        &self,
        _child: &Member,
        ask: &AskTrustFile,
    ) -> Result<TrustFileContent, NodeError> {
        let document = self.store.document(COLLECTION, &key(ask.region, &ask.name)).await?;
        let document = document.ok_or(NodeError::NotFound("no such trust file"))?;
        let kept: Kept = serde_json::from_value(document).map_err(damaged)?;
        Ok(TrustFileContent { at: kept.file.added_at, content: kept.content })
    }

    /// Takes a file that the feed told of.
    pub(crate) async fn take_trust_file(&self, body: &str) -> Result<(), NodeError> {
        let Some(parent) = &self.parent else { return Ok(()) };
        let wrong = |error: String| NodeError::Parent(format!("trust file: {error}"));
        let mut file: TrustFile = serde_json::from_str(body).map_err(|e| wrong(e.to_string()))?;
        let ask = AskTrustFile { region: file.region, name: file.name.clone() };
        let answer: TrustFileContent =
            parent.post_json("/v1/node/trust-file", &ask, self.moment()).await?;
        if let Some(content) = &answer.content {
            let bytes = STANDARD.decode(content).map_err(|e| wrong(e.to_string()))?;
            // It may be newer than what the feed told of: then the feed will tell of it, too.
            file.sha256 = hex::encode(digest::digest(&digest::SHA256, &bytes));
            file.bytes = bytes.len();
        }
        file.added_at = answer.at;
        self.keep_file(Kept { file, content: answer.content }).await
    }

    async fn keep_file(&self, kept: Kept) -> Result<(), NodeError> {
        let told = serde_json::to_string(&kept.file).map_err(damaged)?;
        let name = key(kept.file.region, &kept.file.name);
        let document = serde_json::to_value(&kept).map_err(damaged)?;
        self.store.put_document(COLLECTION, &name, document, self.now()).await?;
        self.load_trust_files().await?;
        self.publish(TRUST_FILE, Audience::All, told).await?;
        Ok(())
    }

    /// Reads the files that are held; one that no longer can be used is left out with a warning.
    ///
    /// # Errors
    /// [`NodeError`] where the store cannot be read.
    pub(crate) async fn load_trust_files(&self) -> Result<(), NodeError> {
        let mut scanner = Scanner::default();
        for kept in self.kept_files().await? {
            let Some(content) = kept.content else { continue };
            let bytes = STANDARD.decode(content).unwrap_or_default();
            if let Err(error) = scanner.add_file(&bytes, &[]) {
                let name = key(kept.file.region, &kept.file.name);
                tracing::warn!(file = name, error = %error, "a trust file was left out");
            }
        }
        for own in self.own_trust().await? {
            if let Err(error) = scanner.add_file(&own, &[]) {
                tracing::warn!(error = %error, "this node's own signer was left out");
            }
        }
        *self.trust_files.0.write() = ready(scanner);
        Ok(())
    }

    async fn kept_files(&self) -> Result<Vec<Kept>, NodeError> {
        let documents = self.store.documents(COLLECTION).await?;
        documents.into_iter().map(|(_, d)| serde_json::from_value(d).map_err(damaged)).collect()
    }
}

fn key(region: RegionCode, name: &str) -> String {
    format!("{region}/{name}")
}

fn refused(error: &dyn std::fmt::Display) -> NodeError {
    let known = "lists of signers, key sets, DID documents, certificates and revocations are \
                 known; see docs/codes.md";
    let reason = format!("no trust file that can be used: {error}");
    NodeError::input(Issue::error(IssueCode::Structure, "file", reason, known))
}

fn damaged(error: serde_json::Error) -> NodeError {
    NodeError::Setup(format!("a stored trust file has another form than expected: {error}"))
}
