//! A tree read from tiles that nobody need trust: each tile is checked against the one above it,
//! and those at the right edge against the root of a checkpoint.

use crate::edge::root_of_levels;
use crate::hash::{fold, left_half};
use crate::tile::{read_entries, read_hashes};
use crate::{Hash, LedgerError, TileId, TileReader, leaf_hash, node_hash};
use foldhash::HashMap;
use parking_lot::Mutex;
use std::sync::Arc;

/// Tiles kept in memory for reading again: 8 KiB each.
const CACHE_TILES_MAX: usize = 2048;

/// Checked tiles, by level and index.
type Cache = HashMap<(u8, u64), Arc<[Hash]>>;

/// A tree of known size and root, over tiles that are checked as they are read.
pub struct View<R> {
    reader: R,
    size: u64,
    root: Hash,
    edge: Vec<Arc<[Hash]>>,
    cache: Mutex<Cache>,
}

impl<R: TileReader> View<R> {
    /// Reads the right edge of the tree and checks it against the root.
    ///
    /// # Errors
    /// [`LedgerError::Missing`] or [`LedgerError::Wrong`] naming a tile, [`LedgerError::Root`]
    /// where the edge gives another root.
    pub fn open(reader: R, size: u64, root: Hash) -> Result<Self, LedgerError> {
        let mut edge: Vec<Vec<Hash>> = Vec::new();
        for level in (0..TileId::LEVELS).take_while(|level| size >> (8 * level) > 0) {
            let index = size.checked_shr(8 * (u32::from(level) + 1)).unwrap_or(0);
            edge.push(match TileId::in_tree(Some(level), index, size) {
                Some(id) => {
                    let (_, hashes) = read_tile(&reader, id, read_hashes)?;
                    hashes
                }
                None => Vec::new(),
            });
        }
        if root_of_levels(&edge) != root {
            return Err(LedgerError::Root { size });
        }
        let edge = edge.into_iter().map(Arc::from).collect();
        Ok(Self { reader, size, root, edge, cache: Mutex::default() })
    }

    /// Leaves of the tree.
    pub const fn size(&self) -> u64 {
        self.size
    }
    /// Root of the tree.
    pub const fn root(&self) -> Hash {
        self.root
    }

    /// The hashes of a tile of this tree, checked.
    ///
    /// # Errors
    /// [`LedgerError::Missing`] or [`LedgerError::Wrong`] naming a tile; [`LedgerError::Beyond`]
    /// where the tree has no such tile.
    pub(crate) fn tile(&self, level: u8, index: u64) -> Result<Arc<[Hash]>, LedgerError> {
        let Some(id) = TileId::in_tree(Some(level), index, self.size) else {
            let index = index.saturating_mul(256).checked_shl(8 * u32::from(level));
            return Err(LedgerError::Beyond { index: index.unwrap_or(u64::MAX), size: self.size });
        };
        if id.is_partial() {
            // INVARIANT: the partial tiles of the tree are its edge.
            return Ok(self.edge.get(usize::from(level)).cloned().unwrap_or_default());
        }
        if let Some(hashes) = self.cache.lock().get(&(level, index)) {
            return Ok(hashes.clone());
        }
        let above = self.tile(level + 1, index / 256)?;
        let (id, hashes) = read_tile(&self.reader, id, read_hashes)?;
        if above.get((index % 256) as usize) != Some(&fold(&hashes)) {
            return Err(LedgerError::Wrong { tile: id, reason: "not the tile that was signed" });
        }
        let hashes: Arc<[Hash]> = hashes.into();
        let mut cache = self.cache.lock();
        if cache.len() >= CACHE_TILES_MAX {
            cache.clear();
        }
        cache.insert((level, index), hashes.clone());
        Ok(hashes)
    }

    /// The hash of a leaf.
    ///
    /// # Errors
    /// [`LedgerError::Beyond`], or what reading the tiles gives.
    pub fn leaf_hash(&self, index: u64) -> Result<Hash, LedgerError> {
        self.subtree(index, index.saturating_add(1))
    }

    /// The root that the tree had when it had fewer leaves.
    ///
    /// # Errors
    /// [`LedgerError::Beyond`] where it never had so many, or what reading the tiles gives.
    pub fn root_at(&self, size: u64) -> Result<Hash, LedgerError> {
        if size == 0 { Ok(crate::EMPTY_ROOT) } else { self.subtree(0, size) }
    }

    /// The Merkle tree hash of the leaves from `low` to before `high` (RFC 6962 section 2.1).
    pub(crate) fn subtree(&self, low: u64, high: u64) -> Result<Hash, LedgerError> {
        if high > self.size || low >= high {
            return Err(LedgerError::Beyond { index: high.saturating_sub(1), size: self.size });
        }
        let leaves = high - low;
        if leaves.is_power_of_two() && low.is_multiple_of(leaves) {
            return self.complete(leaves.trailing_zeros(), low);
        }
        let split = low + left_half(leaves);
        Ok(node_hash(&self.subtree(low, split)?, &self.subtree(split, high)?))
    }

    /// The hash of the complete subtree of 2^height leaves that begins at `low`.
    fn complete(&self, height: u32, low: u64) -> Result<Hash, LedgerError> {
        let level = (height / 8) as u8;
        let first = low >> (8 * u32::from(level));
        let hashes = self.tile(level, first / 256)?;
        let (from, count) = ((first % 256) as usize, 1_usize << (height % 8));
        let part = hashes.get(from..from + count);
        part.map(fold).ok_or(LedgerError::Beyond { index: low, size: self.size })
    }

    /// A bundle of entries of this tree, each checked against its leaf hash.
    ///
    /// # Errors
    /// [`LedgerError::Missing`] or [`LedgerError::Wrong`] naming a tile or bundle,
    /// [`LedgerError::Beyond`] where the tree has no such bundle.
    pub fn bundle(&self, index: u64) -> Result<Vec<Vec<u8>>, LedgerError> {
        let hashes = self.tile(0, index)?;
        let Some(id) = TileId::in_tree(None, index, self.size) else {
            return Err(LedgerError::Beyond { index: index.saturating_mul(256), size: self.size });
        };
        let (id, entries) = read_tile(&self.reader, id, |id, bytes| {
            Ok(read_entries(id, bytes)?.into_iter().map(<[u8]>::to_vec).collect::<Vec<_>>())
        })?;
        let same = |(entry, hash): (&Vec<u8>, &Hash)| leaf_hash(entry) == *hash;
        if !entries.iter().zip(hashes.iter()).all(same) {
            return Err(LedgerError::Wrong {
                tile: id,
                reason: "not the entries that were signed",
            });
        }
        Ok(entries)
    }

    /// One entry of this tree, checked.
    ///
    /// # Errors
    /// As [`View::bundle`].
    pub fn entry(&self, index: u64) -> Result<Vec<u8>, LedgerError> {
        let beyond = LedgerError::Beyond { index, size: self.size };
        if index >= self.size {
            return Err(beyond);
        }
        let mut entries = self.bundle(index / 256)?;
        let place = (index % 256) as usize;
        if place < entries.len() { Ok(entries.swap_remove(place)) } else { Err(beyond) }
    }

    /// The edge, as plain hashes by level.
    pub(crate) fn edge_levels(&self) -> Vec<Vec<Hash>> {
        self.edge.iter().map(|row| row.to_vec()).collect()
    }
}

/// Reads a tile or bundle, and where a partial one is gone the full one that took its place, of
/// which the first part is the same.
fn read_tile<R: TileReader, T>(
    reader: &R,
    id: TileId,
    parse: impl Fn(TileId, &[u8]) -> Result<Vec<T>, LedgerError>,
) -> Result<(TileId, Vec<T>), LedgerError> {
    if let Some(bytes) = reader.read(&id)? {
        return Ok((id, parse(id, &bytes)?));
    }
    if id.is_partial()
        && let Some(bytes) = reader.read(&id.full())?
    {
        let mut items = parse(id.full(), &bytes)?;
        items.truncate(usize::from(id.width()));
        return Ok((id.full(), items));
    }
    Err(LedgerError::Missing(id))
}
