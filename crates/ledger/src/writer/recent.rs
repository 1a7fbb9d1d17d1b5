//! The last leaves of the log, so that one that is sent again is recognised.

use crate::{Hash, LedgerError, TileReader, View};
use foldhash::HashMap;
use hutong_model::limits::LEDGER_RECENT_LEAVES;
use std::collections::VecDeque;

#[derive(Debug, Default)]
pub(super) struct Recent {
    order: VecDeque<Hash>,
    places: HashMap<Hash, u64>,
}

impl Recent {
    /// The last leaves of a tree.
    pub(super) fn load<R: TileReader>(view: &View<R>) -> Result<Self, LedgerError> {
        let mut recent = Self::default();
        let first = view.size().saturating_sub(LEDGER_RECENT_LEAVES as u64);
        for tile in first / 256..view.size().div_ceil(256) {
            for (index, hash) in (tile * 256..).zip(view.tile(0, tile)?.iter()) {
                recent.insert(*hash, index);
            }
        }
        Ok(recent)
    }
    pub(super) fn get(&self, hash: &Hash) -> Option<u64> {
        self.places.get(hash).copied()
    }
    pub(super) fn insert(&mut self, hash: Hash, index: u64) {
        if self.places.contains_key(&hash) {
            return;
        }
        if self.order.len() >= LEDGER_RECENT_LEAVES
            && let Some(oldest) = self.order.pop_front()
        {
            self.places.remove(&oldest);
        }
        self.order.push_back(hash);
        self.places.insert(hash, index);
    }
}
