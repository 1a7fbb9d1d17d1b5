//! What waits for the next checkpoint.

use crate::{Hash, Leaf, LedgerError, leaf_hash};
use hutong_model::Timestamp;
use hutong_model::limits::{LEDGER_BATCH_LEAVES_MAX, LEDGER_BATCH_MS_MAX, LEDGER_LEAF_BYTES_MAX};

/// A leaf, encoded and hashed: what can be done before the writer's turn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEntry {
    bytes: Box<[u8]>,
    hash: Hash,
}

impl LogEntry {
    /// Takes the bytes of a leaf of any log. Ours are made from [`Leaf`].
    ///
    /// # Errors
    /// [`LedgerError::Large`] for more than 4,096 bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, LedgerError> {
        if bytes.len() > LEDGER_LEAF_BYTES_MAX {
            let max = LEDGER_LEAF_BYTES_MAX;
            return Err(LedgerError::Large { what: "bytes of a leaf", max });
        }
        Ok(Self { bytes: bytes.into(), hash: leaf_hash(bytes) })
    }
    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
    /// The leaf hash.
    pub const fn hash(&self) -> Hash {
        self.hash
    }
}

impl From<&Leaf> for LogEntry {
    fn from(leaf: &Leaf) -> Self {
        let bytes = leaf.encode().into_boxed_slice();
        Self { hash: leaf_hash(&bytes), bytes }
    }
}

/// Gathers entries until a checkpoint is due: a second after the first of them, or when there are
/// as many as one checkpoint takes.
#[derive(Debug, Default)]
pub struct Pool {
    entries: Vec<LogEntry>,
    since: Option<Timestamp>,
}

impl Pool {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }
    /// Adds an entry.
    ///
    /// # Errors
    /// [`LedgerError::Large`] where a checkpoint is overdue: the writer does not keep up.
    pub fn push(&mut self, entry: LogEntry, now: Timestamp) -> Result<(), LedgerError> {
        let max = LEDGER_BATCH_LEAVES_MAX;
        if self.entries.len() >= max {
            return Err(LedgerError::Large { what: "leaves that wait for a checkpoint", max });
        }
        self.entries.push(entry);
        self.since.get_or_insert(now);
        Ok(())
    }
    /// When the next checkpoint is due; none where nothing waits.
    pub fn due(&self) -> Option<Timestamp> {
        let since = self.since?;
        let full = self.entries.len() >= LEDGER_BATCH_LEAVES_MAX;
        let wait_ms = if full { 0 } else { LEDGER_BATCH_MS_MAX };
        Some(Timestamp::from_unix_ms(since.unix_ms().saturating_add(wait_ms)))
    }
    /// Takes all that waits. What could not be appended is pushed again.
    pub fn take(&mut self) -> Vec<LogEntry> {
        self.since = None;
        std::mem::take(&mut self.entries)
    }
    /// How many wait.
    pub fn len(&self) -> usize {
        self.entries.len()
    }
    /// Whether none waits.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}
