//! Trust files of other systems.

use crate::failure::Failure;
use hutong_code::foreign::keys::{Examined, Found};
use hutong_node::{Node, trust_files::TrustFile};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// A file to be trusted.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TrustOrder {
    /// Where it is.
    pub file: PathBuf,
    /// What it is to be called.
    pub name: String,
    /// Whether it is only examined.
    pub dry_run: bool,
    /// Whether a failed check refuses it.
    pub strict: bool,
}

/// What came of it.
#[derive(Debug, Serialize, Deserialize)]
pub struct TrustReport {
    /// Every key and its checks.
    pub examined: Vec<Examined>,
    /// The file as it is held now; none where nothing was changed.
    pub added: Option<TrustFile>,
    /// Whether a failed check refused it.
    pub refused: bool,
}

/// Examines a file and, unless it is only to be examined, trusts it.
///
/// # Errors
/// [`Failure`] where it cannot be read, or is no trust file.
pub async fn import(node: &Node, order: TrustOrder) -> Result<TrustReport, Failure> {
    let content = std::fs::read(&order.file).map_err(|e| Failure::file(&order.file, &e))?;
    let examined = node.examine_trust_file(&content)?;
    let failed = examined.iter().any(|key| key.worst() == Found::Failed);
    let refused = order.strict && failed;
    let added = match order.dry_run || refused {
        true => None,
        false => Some(node.add_trust_file(&order.name, &content).await?),
    };
    Ok(TrustReport { examined, added, refused })
}
