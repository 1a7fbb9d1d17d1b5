//! What one step of the log writes.

use crate::{Hash, Tile};

/// The tiles and bundles that lead from one tree to a larger one. Each is complete in itself: what
/// is written under its name never changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// Leaves before.
    pub old_size: u64,
    /// Leaves after.
    pub size: u64,
    /// Root after.
    pub root: Hash,
    /// What is to be written.
    pub tiles: Vec<Tile>,
}

impl Batch {
    /// A name for this step: its size and root. Two steps with one name are the same step.
    pub fn name(&self) -> String {
        name(self.size, &self.root)
    }
}

/// The name of the step that leads to a tree.
pub(crate) fn name(size: u64, root: &Hash) -> String {
    format!("{size}-{}", hex::encode(root.as_bytes()))
}
