//! What was added to an index last, in memory. Two tables, so that adding and dropping cost no
//! allocation for each key.

use super::run_index::{Key, Value};
use foldhash::{HashMap, HashMapExt};

/// Keys and values that are not in a run yet.
#[derive(Debug, Clone)]
pub(super) struct Tail<V> {
    /// Where the newest value of a key is.
    newest: HashMap<Key, u32>,
    values: Vec<Added<V>>,
}

#[derive(Debug, Clone, Copy)]
struct Added<V> {
    key: Key,
    value: V,
    /// Where the value of the same key that was added before is.
    before: u32,
}

const NONE: u32 = u32::MAX;

impl<V> Default for Tail<V> {
    fn default() -> Self {
        Self { newest: HashMap::new(), values: Vec::new() }
    }
}

impl<V: Value> Tail<V> {
    /// Forgets everything and keeps the memory.
    pub(super) fn clear(&mut self) {
        self.newest.clear();
        self.values.clear();
    }

    pub(super) fn len(&self) -> usize {
        self.values.len()
    }

    pub(super) fn add(&mut self, key: Key, value: V) {
        // INVARIANT: a tail is set aside long before it has 2^32 values.
        let at = self.values.len() as u32;
        let before = self.newest.insert(key, at).unwrap_or(NONE);
        self.values.push(Added { key, value, before });
    }

    pub(super) fn newest(&self, key: &Key) -> Option<V> {
        self.newest.get(key).map(|at| self.values[*at as usize].value)
    }

    /// Adds a key's values to `out`, the newest first.
    pub(super) fn collect(&self, key: &Key, out: &mut Vec<V>) {
        let mut at = self.newest.get(key).copied().unwrap_or(NONE);
        while at != NONE {
            let added = &self.values[at as usize];
            out.push(added.value);
            at = added.before;
        }
    }

    /// Everything in the order it was added.
    pub(super) fn iter(&self) -> impl Iterator<Item = (Key, V)> {
        self.values.iter().map(|added| (added.key, added.value))
    }

    /// Everything by key; the values of a key in the order they were added.
    pub(super) fn sorted(&self) -> Vec<(Key, V)> {
        let mut order: Vec<(Key, u32)> =
            self.values.iter().zip(0..).map(|(added, at)| (added.key, at)).collect();
        order.sort_unstable();
        order.into_iter().map(|(key, at)| (key, self.values[at as usize].value)).collect()
    }
}
