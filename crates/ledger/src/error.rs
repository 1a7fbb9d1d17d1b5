//! What can go wrong in the ledger. Carries places in the log and names of keys, never person data.

use crate::TileId;

/// An operation on the ledger failed or something was refused. Nothing of it took effect, save
/// where a variant says otherwise.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LedgerError {
    /// Bytes or text from outside do not have their form.
    #[error("malformed {what}: {reason}")]
    Malformed {
        /// What they should have been.
        what: &'static str,
        /// What is wrong.
        reason: &'static str,
    },
    /// A value is longer, or there are more of it, than is permitted.
    #[error("{what}: more than {max}")]
    Large {
        /// What.
        what: &'static str,
        /// Most that is permitted.
        max: usize,
    },
    /// The checkpoint is of another log.
    #[error("the checkpoint is of {found}, not of {expected}")]
    Origin {
        /// The log asked for.
        expected: String,
        /// The log that it names.
        found: String,
    },
    /// None of the logs that are known here has this origin.
    #[error("no log of the name {0} is known here")]
    UnknownOrigin(String),
    /// There is no signature of a key that is trusted.
    #[error("no signature by {0}")]
    Unsigned(String),
    /// A signature that claims to be by a trusted key is not.
    #[error("the signature by {0} is false")]
    Forged(String),
    /// Too few of the witnesses that are asked for have signed.
    #[error("{found} witnesses have signed, {needed} are needed")]
    Witnesses {
        /// How many have.
        found: usize,
        /// How many must.
        needed: usize,
    },
    /// The key could not sign, or is none.
    #[error("the key of {0} failed")]
    Key(String),
    /// A tile or bundle that the tree needs is not there.
    #[error("{0} is missing")]
    Missing(TileId),
    /// A tile or bundle does not belong to the tree of the checkpoint.
    #[error("{tile} is wrong: {reason}")]
    Wrong {
        /// Which.
        tile: TileId,
        /// Why.
        reason: &'static str,
    },
    /// A tile is there already with other bytes, and tiles never change.
    #[error("{0} is there already with other content; a published tile never changes")]
    Differs(TileId),
    /// The tiles at the right edge do not give the checkpoint's root.
    #[error("the tiles do not give the root of the checkpoint of size {size}")]
    Root {
        /// Size of the tree.
        size: u64,
    },
    /// A leaf was asked for that lies beyond the tree.
    #[error("there is no leaf {index} in a tree of {size}")]
    Beyond {
        /// Which leaf.
        index: u64,
        /// Leaves of the tree.
        size: u64,
    },
    /// A leaf is not one that may stand in the log.
    #[error("leaf {index}: {reason}")]
    Leaf {
        /// Which leaf.
        index: u64,
        /// Why.
        reason: &'static str,
    },
    /// The proof does not show that the leaf is in the tree.
    #[error("the proof does not lead from leaf {index} to the root of the tree of {size}")]
    NotIncluded {
        /// Which leaf.
        index: u64,
        /// Leaves of the tree.
        size: u64,
    },
    /// The later tree is not the earlier one with leaves added: history was rewritten.
    #[error("the tree of {new} does not continue the tree of {old}")]
    Inconsistent {
        /// Size of the earlier tree.
        old: u64,
        /// Size of the later tree.
        new: u64,
    },
    /// A tree that is smaller than one seen before: an old checkpoint played again.
    #[error("a tree of {new} after one of {old}: an old checkpoint")]
    Shrunk {
        /// Size seen before.
        old: u64,
        /// Size offered.
        new: u64,
    },
    /// The step offered to a witness does not begin where the witness stands.
    #[error("the last checkpoint witnessed has {seen} leaves, not {claimed}")]
    Gap {
        /// Size that was witnessed last.
        seen: u64,
        /// Size that the request begins at.
        claimed: u64,
    },
    /// Another writer has moved the checkpoint. Nothing of this batch is in the log.
    #[error("another writer has moved the checkpoint; load the log again")]
    Lost,
    /// The writer does not know how its last batch ended, or has lost to another writer.
    #[error("the writer is not in step with the log; load it again")]
    Stale,
    /// There is no checkpoint: the log was never begun.
    #[error("the log has no checkpoint")]
    NoLog,
    /// A log is there already.
    #[error("the log has a checkpoint already")]
    LogExists,
    /// The opening does not belong to the leaf.
    #[error("the opening is not that of the leaf")]
    Opening,
    /// A level without an inclusion promise, past its grace.
    #[error("no inclusion promise, and the grace of {grace_s} s is over")]
    NoPromise {
        /// The grace, in seconds.
        grace_s: i64,
    },
    /// The promise was made in the future, or long before or after what carries it.
    #[error("the inclusion promise is of another time")]
    PromiseTime,
    /// The promise is by a log that is not trusted.
    #[error("the inclusion promise is by a log that is not known here")]
    PromiseLog,
    /// A file could not be read or written. What was under way may or may not have taken effect:
    /// load the log again.
    #[error("cannot {doing} {file}: {reason}")]
    Io {
        /// What was tried.
        doing: &'static str,
        /// The file, within the log's folder.
        file: String,
        /// What the system said.
        reason: String,
    },
}
