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
    /// The server of the store cannot be reached for the moment. Send again later. What was sent
    /// may be there all the same; admission and marks may be sent twice.
    #[error("the server of the store does not answer")]
    Away,
    /// This back end does not do that; what does instead.
    #[error("{0}")]
    Elsewhere(&'static str),
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

impl StoreError {
    /// The same failure for everyone whose work was in the transaction.
    pub(crate) fn copy(&self) -> Self {
        match self {
            Self::Sealed { table } => Self::Sealed { table },
            Self::Backend { transaction, reason } => {
                Self::Backend { transaction, reason: reason.clone() }
            }
            Self::Busy => Self::Busy,
            Self::Away => Self::Away,
            other => Self::Backend { transaction: "commit", reason: other.to_string() },
        }
    }

    /// What is wrong with the schema.
    pub(crate) fn migration(error: &refinery::Error) -> Self {
        use refinery::error::Kind;
        Self::Schema(match error.kind() {
            Kind::DivergentVersion(applied, _) => format!(
                "migration {applied} was applied in another form than this program has; a migration \
                 must never be changed"
            ),
            Kind::MissingVersion(applied) => format!(
                "migration {applied} was applied and this program does not know it: the store was \
                 written by a newer version"
            ),
            other => format!("a migration failed: {other}"),
        })
    }
}
