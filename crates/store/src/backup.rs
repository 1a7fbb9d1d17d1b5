//! Copies of everything that is kept, made while it is in use.

use crate::StoreError;
use async_trait::async_trait;
use std::path::Path;

/// Making copies. A server store is copied with the tools of its server (`docs/operations.md`).
#[async_trait]
pub trait Backups {
    /// Writes files into a folder, which together are everything as of one moment; they are on
    /// disk when it returns. Keys are not among them.
    ///
    /// # Errors
    /// [`StoreError::Backend`] where a file cannot be written, or is there already.
    async fn back_up(&self, folder: &Path) -> Result<(), StoreError>;
}
