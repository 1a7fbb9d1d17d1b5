//! The request `add-checkpoint`.

use crate::text::{decimal, take_line};
use crate::tlog_proof::take_hashes;
use crate::{Hash, LedgerError, SignedCheckpoint, TileReader, View, consistency};
use hutong_model::limits::LEDGER_PROOF_BYTES_MAX;
use std::fmt;

fn malformed(reason: &'static str) -> LedgerError {
    LedgerError::Malformed { what: "witness request", reason }
}

/// What a log asks of a witness: to go from the tree it has signed to a larger one (C2SP
/// tlog-witness, "add-checkpoint"). Read, but not verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddCheckpoint {
    old: u64,
    proof: Vec<Hash>,
    checkpoint: SignedCheckpoint,
}

impl AddCheckpoint {
    /// Makes the request: from the size that the witness stands at to a checkpoint, of which the
    /// tree is given.
    ///
    /// # Errors
    /// [`LedgerError::Shrunk`], [`LedgerError::Root`] where the tree is another, or what reading
    /// the tiles gives.
    pub fn make<R: TileReader>(
        view: &View<R>,
        old: u64,
        checkpoint: &SignedCheckpoint,
    ) -> Result<Self, LedgerError> {
        let head = checkpoint.checkpoint();
        if (head.size(), head.root()) != (view.size(), view.root()) {
            return Err(LedgerError::Root { size: view.size() });
        }
        Ok(Self { old, proof: consistency(view, old)?, checkpoint: checkpoint.clone() })
    }

    /// Reads the body of a request.
    ///
    /// # Errors
    /// [`LedgerError::Malformed`] or [`LedgerError::Large`].
    pub fn parse(body: &[u8]) -> Result<Self, LedgerError> {
        if body.len() > LEDGER_PROOF_BYTES_MAX {
            let max = LEDGER_PROOF_BYTES_MAX;
            return Err(LedgerError::Large { what: "bytes of a request", max });
        }
        let mut rest = std::str::from_utf8(body).map_err(|_| malformed("not UTF-8"))?;
        let first = take_line(&mut rest).and_then(|line| line.strip_prefix("old "));
        let old = first.and_then(decimal).ok_or(malformed("no old size"))?;
        let proof = take_hashes(&mut rest)?.ok_or(malformed("no empty line"))?;
        Ok(Self { old, proof, checkpoint: SignedCheckpoint::parse(rest.as_bytes())? })
    }
    /// The size that the proof begins at.
    pub const fn old(&self) -> u64 {
        self.old
    }
    /// The consistency proof.
    pub fn proof(&self) -> &[Hash] {
        &self.proof
    }
    /// The checkpoint to sign.
    pub fn checkpoint(&self) -> &SignedCheckpoint {
        &self.checkpoint
    }
}

/// The body of the request.
impl fmt::Display for AddCheckpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "old {}", self.old)?;
        self.proof.iter().try_for_each(|hash| writeln!(f, "{hash}"))?;
        write!(f, "\n{}", self.checkpoint.note())
    }
}
