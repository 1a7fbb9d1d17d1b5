//! What can go wrong in the store. Carries ids, never person data.

/// A store operation failed. Nothing of it took effect.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The back end failed (disk full, file damaged, server gone).
    #[error("store back end failed in {transaction}: {reason}")]
    Backend {
        /// Name of the transaction.
        transaction: &'static str,
        /// What the back end said.
        reason: String,
    },
    /// A sealed value could not be opened: wrong key, or moved or altered on disk.
    #[error("a sealed value of {table} could not be opened: wrong key, or altered on disk")]
    Sealed {
        /// Table it lies in.
        table: &'static str,
    },
    /// The store was written by another version, or its migrations were changed.
    #[error("store schema: {0}")]
    Schema(String),
    /// The queue of waiting writes is full. Send again later.
    #[error("the store is busy: its queue of waiting writes is full")]
    Busy,
    /// The store is shutting down.
    #[error("the store is closed")]
    Closed,
    /// Another store is open on the same file, or the path cannot be used.
    #[error("cannot open the store at {path}: {reason}")]
    Open {
        /// The path.
        path: String,
        /// Why.
        reason: String,
    },
}
