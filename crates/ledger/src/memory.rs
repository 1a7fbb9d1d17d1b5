//! A log kept in memory: for tests, and for mirrors of small logs.

use crate::{Batch, LedgerError, SignedCheckpoint, Tile, TileId, TileReader, Tiles};
use parking_lot::Mutex;
use std::collections::BTreeMap;

/// A log kept in memory.
#[derive(Debug, Default)]
pub struct Memory(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    tiles: BTreeMap<TileId, Vec<u8>>,
    staged: BTreeMap<String, Vec<Tile>>,
    checkpoint: Option<Vec<u8>>,
}

impl Memory {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }
    /// Puts bytes in the place of a tile, or removes it: what a bad server would do.
    pub fn set_tile(&self, id: TileId, bytes: Option<Vec<u8>>) {
        let mut kept = self.0.lock();
        match bytes {
            Some(bytes) => kept.tiles.insert(id, bytes),
            None => kept.tiles.remove(&id),
        };
    }
    /// Puts bytes in the place of the checkpoint.
    pub fn set_checkpoint(&self, bytes: Option<Vec<u8>>) {
        self.0.lock().checkpoint = bytes;
    }
    /// The names of all tiles and bundles.
    pub fn tile_ids(&self) -> Vec<TileId> {
        self.0.lock().tiles.keys().copied().collect()
    }
}

impl TileReader for Memory {
    fn read(&self, id: &TileId) -> Result<Option<Vec<u8>>, LedgerError> {
        Ok(self.0.lock().tiles.get(id).cloned())
    }
    fn read_checkpoint(&self) -> Result<Option<Vec<u8>>, LedgerError> {
        Ok(self.0.lock().checkpoint.clone())
    }
}

impl Tiles for Memory {
    fn committed(&self) -> Result<Option<Vec<u8>>, LedgerError> {
        self.read_checkpoint()
    }
    fn write(&self, batch: &Batch) -> Result<(), LedgerError> {
        let mut kept = self.0.lock();
        let differs = |tile: &&Tile| kept.tiles.get(&tile.id).is_some_and(|is| *is != tile.bytes);
        if let Some(tile) = batch.tiles.iter().find(differs) {
            return Err(LedgerError::Differs(tile.id));
        }
        kept.staged.insert(batch.name(), batch.tiles.clone());
        Ok(())
    }
    fn swap(
        &self,
        expected: Option<&SignedCheckpoint>,
        new: &SignedCheckpoint,
    ) -> Result<(), LedgerError> {
        let mut kept = self.0.lock();
        if kept.checkpoint.as_deref() != expected.map(SignedCheckpoint::as_bytes) {
            return Err(LedgerError::Lost);
        }
        let name = crate::batch::name(new.checkpoint().size(), &new.checkpoint().root());
        let tiles = kept.staged.remove(&name).unwrap_or_default();
        kept.tiles.extend(tiles.into_iter().map(|tile| (tile.id, tile.bytes)));
        kept.checkpoint = Some(new.as_bytes().to_vec());
        kept.staged.clear();
        Ok(())
    }
}
