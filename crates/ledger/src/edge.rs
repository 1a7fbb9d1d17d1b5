//! The right edge of the tree: all of it that appending needs.

use crate::hash::fold;
use crate::tile::{write_entry, write_hashes};
use crate::{Batch, Hash, LedgerError, Tile, TileId, leaf_hash};

const WIDTH: usize = TileId::WIDTH as usize;

/// The tree as far as it can still change: the hashes of the partial tile at each level, and the
/// bytes of the partial bundle of entries. A few kilobytes, whatever the size.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Edge {
    size: u64,
    /// By level: fewer than 256 hashes each; the last one is not empty.
    levels: Vec<Vec<Hash>>,
    bundle: Vec<u8>,
}

impl Edge {
    /// The tree without leaves.
    pub fn new() -> Self {
        Self::default()
    }
    /// The edge of a tree that exists.
    pub(crate) fn from_parts(size: u64, levels: Vec<Vec<Hash>>, bundle: Vec<u8>) -> Self {
        Self { size, levels, bundle }
    }
    /// Leaves in the tree.
    pub const fn size(&self) -> u64 {
        self.size
    }
    /// The root of the tree (RFC 6962 section 2.1).
    pub fn root(&self) -> Hash {
        root_of_levels(&self.levels)
    }

    /// Adds leaves, each with its hash, and says what is to be written. The edge itself moves on
    /// only if all went well.
    ///
    /// # Errors
    /// [`LedgerError::Large`] where a leaf is longer than a bundle can hold, or the tree would
    /// have more than 2^63 leaves.
    pub fn append<'e>(
        &mut self,
        leaves: impl IntoIterator<Item = (&'e [u8], Hash)>,
    ) -> Result<Batch, LedgerError> {
        let mut next = self.clone();
        let mut step = Step { tiles: Vec::new(), touched: 0 };
        for (bytes, hash) in leaves {
            next.push(bytes, hash, &mut step)?;
        }
        next.partial_tiles(&mut step);
        let batch =
            Batch { old_size: self.size, size: next.size, root: next.root(), tiles: step.tiles };
        *self = next;
        Ok(batch)
    }

    /// The same for leaves whose hashes are not known yet.
    ///
    /// # Errors
    /// As [`Edge::append`].
    pub fn append_bytes(&mut self, leaves: &[&[u8]]) -> Result<Batch, LedgerError> {
        self.append(leaves.iter().map(|leaf| (*leaf, leaf_hash(leaf))))
    }

    fn push(&mut self, bytes: &[u8], hash: Hash, step: &mut Step) -> Result<(), LedgerError> {
        const LEAVES_MAX: u64 = 1 << 63;
        if self.size >= LEAVES_MAX {
            return Err(LedgerError::Large { what: "leaves of a log", max: usize::MAX });
        }
        write_entry(&mut self.bundle, bytes)?;
        self.size += 1;
        let mut carried = Some(hash);
        let mut level = 0;
        while let Some(hash) = carried {
            if self.levels.len() == level {
                self.levels.push(Vec::with_capacity(WIDTH));
            }
            // INVARIANT: a level is pushed above where it was missing.
            let row = &mut self.levels[level];
            row.push(hash);
            step.touched = step.touched.max(level + 1);
            carried = (row.len() == WIDTH).then(|| fold(row));
            if carried.is_some() {
                step.full_hashes(level, self.size, row);
                row.clear();
            }
            level += 1;
        }
        if self.size.is_multiple_of(WIDTH as u64) {
            let index = (self.size - 1) / WIDTH as u64;
            let capacity = self.bundle.len();
            let bundle = std::mem::replace(&mut self.bundle, Vec::with_capacity(capacity));
            step.tiles.extend(tile(TileId::entries(index, TileId::WIDTH), bundle));
        }
        Ok(())
    }

    /// The partial tiles that this step has changed.
    fn partial_tiles(&self, step: &mut Step) {
        let bundle = TileId::in_tree(None, self.size / WIDTH as u64, self.size);
        if step.touched > 0 {
            step.tiles.extend(tile(bundle, self.bundle.clone()));
        }
        for (level, row) in self.levels.iter().enumerate().take(step.touched) {
            let index = self.size >> (8 * (level + 1)).min(63);
            // INVARIANT: fewer than 256 to a level, and eight levels at most.
            let id = TileId::hashes(level as u8, index, row.len() as u16);
            step.tiles.extend(tile(id, write_hashes(row)));
        }
    }
}

/// The root from the partial tiles of all levels: those below the top stand for what lies to the
/// right of all that is above.
pub(crate) fn root_of_levels(levels: &[Vec<Hash>]) -> Hash {
    let mut right: Option<Hash> = None;
    for row in levels {
        // What lies to the right joins the smallest complete subtree of this row first.
        let mut rest = row.as_slice();
        while !rest.is_empty() {
            let taken = 1 << rest.len().trailing_zeros();
            let (before, last) = rest.split_at(rest.len() - taken);
            let subtree = fold(last);
            right = Some(right.map_or(subtree, |right| crate::node_hash(&subtree, &right)));
            rest = before;
        }
    }
    right.unwrap_or(crate::EMPTY_ROOT)
}

/// What a step has made so far.
struct Step {
    tiles: Vec<Tile>,
    /// Levels that were changed, from below.
    touched: usize,
}

impl Step {
    fn full_hashes(&mut self, level: usize, size: u64, hashes: &[Hash]) {
        let index = ((size - 1) >> (8 * level)) / WIDTH as u64;
        let id = TileId::hashes(level as u8, index, TileId::WIDTH);
        self.tiles.extend(tile(id, write_hashes(hashes)));
    }
}

fn tile(id: Option<TileId>, bytes: Vec<u8>) -> Option<Tile> {
    id.map(|id| Tile { id, bytes })
}
