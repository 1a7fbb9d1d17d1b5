//! Reading a whole log: that its entries give its tiles, its tiles its root, and what it holds.

use crate::writer::continues;
use crate::{Checkpoint, Counts, Hash, Leaf, LedgerError, Origin, Policy, TileReader, View};
use serde::{Deserialize, Serialize};

/// What an audit has seen: the tree to which everything was checked, and the counts of its leaves.
/// The next audit goes on from it. As JSON, it is what an auditor publishes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Audited {
    origin: Box<str>,
    size: u64,
    root: Hash,
    counts: Counts,
}

impl Audited {
    /// Name of the log.
    pub fn origin(&self) -> &str {
        &self.origin
    }
    /// Leaves that were checked.
    pub const fn size(&self) -> u64 {
        self.size
    }
    /// Root of the tree of these leaves.
    pub const fn root(&self) -> Hash {
        self.root
    }
    /// What the leaves add up to.
    pub const fn counts(&self) -> &Counts {
        &self.counts
    }
}

/// Checks a log from the beginning, or from where an earlier audit ended: the checkpoint's
/// signatures, that it continues the earlier one, that every new entry gives its hash, that all
/// tiles above them give the root, and that every leaf is one that may stand in a ledger.
///
/// # Errors
/// What is wrong first, naming the tile or leaf. [`LedgerError::Shrunk`] and
/// [`LedgerError::Inconsistent`] mean that history was rewritten since the earlier audit.
pub fn audit<R: TileReader>(
    reader: R,
    policy: &Policy,
    earlier: Option<Audited>,
) -> Result<Audited, LedgerError> {
    audit_with(reader, policy, earlier, |_, _| Ok(()))
}

/// The same; `each` sees every new leaf with its index, and its error ends the audit.
///
/// # Errors
/// As [`audit`].
pub fn audit_with<R: TileReader>(
    reader: R,
    policy: &Policy,
    earlier: Option<Audited>,
    mut each: impl FnMut(u64, &Leaf) -> Result<(), LedgerError>,
) -> Result<Audited, LedgerError> {
    let bytes = reader.read_checkpoint()?.ok_or(LedgerError::NoLog)?;
    let signed = policy.read(&bytes)?;
    let head = signed.checkpoint();
    let mut audited = earlier.unwrap_or_else(|| begin(policy.origin()));
    if audited.origin() != head.origin() {
        let (expected, found) = (audited.origin.into(), head.origin().to_owned());
        return Err(LedgerError::Origin { expected, found });
    }
    let view = View::open(reader, head.size(), head.root())?;
    continues(&view, &Checkpoint::new(policy.origin(), audited.size, audited.root))?;
    for bundle in audited.size / 256..view.size().div_ceil(256) {
        for (index, entry) in (bundle * 256..).zip(view.bundle(bundle)?) {
            // The first bundle may hold entries that the earlier audit has counted.
            if index < audited.size {
                continue;
            }
            let leaf = Leaf::parse(&entry).map_err(|error| not_a_leaf(index, &error))?;
            audited.counts.add(&leaf)?;
            each(index, &leaf)?;
        }
    }
    (audited.size, audited.root) = (view.size(), view.root());
    Ok(audited)
}

fn begin(origin: &Origin) -> Audited {
    let (size, root) = (0, crate::EMPTY_ROOT);
    Audited { origin: origin.as_str().into(), size, root, counts: Counts::default() }
}

fn not_a_leaf(index: u64, error: &LedgerError) -> LedgerError {
    let reason = match error {
        LedgerError::Malformed { reason, .. } => reason,
        _ => "too large",
    };
    LedgerError::Leaf { index, reason }
}
