//! Bringing in files: opened and unpacked as they are read, parsed on a thread of their own while
//! earlier batches are committed, in memory that does not grow with the file.
//!
//! ```text
//! file ─ unpack ─ parse (thread) ─ batches ─┬─ local: Node::admit ─┬─ report
//!                                           └─ remote: HTTP        └─ rejects file
//! ```

mod input;
pub mod local;
mod parse;
pub mod rejects;
pub mod remote;
pub mod report;

use hutong_model::MemberId;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// What is to be imported.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Order {
    /// The files, with absolute paths.
    pub files: Vec<PathBuf>,
    /// Who states what they hold.
    pub member: MemberId,
    /// Where rejected rows are written.
    pub rejects: Option<PathBuf>,
}

/// Puts files with persons first: records may refer to them.
pub fn in_order(mut files: Vec<PathBuf>) -> Vec<PathBuf> {
    let is_other = |path: &PathBuf| {
        let name = path.file_name().map(|name| name.to_string_lossy().to_ascii_lowercase());
        !name.is_some_and(|name| name.starts_with("patient") || name.starts_with("person"))
    };
    files.sort_by_key(is_other);
    files
}
