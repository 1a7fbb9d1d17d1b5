//! A proof that stands alone (C2SP tlog-proof): index, hashes and checkpoint in one text, checked
//! offline with nothing but the keys one trusts.

use crate::proof::PROOF_HASHES_MAX;
use crate::text::{decimal, take_line};
use crate::{
    Hash, Leaf, LedgerError, Policy, SignedCheckpoint, TileReader, View, inclusion, leaf_hash,
    verify_inclusion,
};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hutong_model::limits::{LEDGER_LEAF_BYTES_MAX, LEDGER_PROOF_BYTES_MAX};
use std::fmt;

const FIRST_LINE: &str = "c2sp.org/tlog-proof@v1";

fn malformed(reason: &'static str) -> LedgerError {
    LedgerError::Malformed { what: "ledger proof", reason }
}

/// A proof, read but not verified. Its extra data, where it has some, is the leaf itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    extra: Option<Vec<u8>>,
    index: u64,
    hashes: Vec<Hash>,
    checkpoint: SignedCheckpoint,
}

/// What a proof has shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Proven {
    /// Where the leaf lies.
    pub index: u64,
    /// Leaves of the tree in which it does.
    pub size: u64,
    /// Root of that tree.
    pub root: Hash,
}

impl Proof {
    /// Makes the proof for a leaf of the tree of a checkpoint, with the leaf in it.
    ///
    /// # Errors
    /// [`LedgerError::Beyond`], or what reading the tiles gives.
    pub fn make<R: TileReader>(
        view: &View<R>,
        checkpoint: &SignedCheckpoint,
        index: u64,
    ) -> Result<Self, LedgerError> {
        let head = checkpoint.checkpoint();
        if (head.size(), head.root()) != (view.size(), view.root()) {
            return Err(LedgerError::Root { size: view.size() });
        }
        let hashes = inclusion(view, index)?;
        let extra = Some(view.entry(index)?);
        Ok(Self { extra, index, hashes, checkpoint: checkpoint.clone() })
    }

    /// The same without the leaf, for whoever has it.
    #[must_use]
    pub fn without_leaf(self) -> Self {
        Self { extra: None, ..self }
    }

    /// Reads a proof.
    ///
    /// # Errors
    /// [`LedgerError::Malformed`] or [`LedgerError::Large`].
    pub fn parse(bytes: &[u8]) -> Result<Self, LedgerError> {
        if bytes.len() > LEDGER_PROOF_BYTES_MAX {
            let max = LEDGER_PROOF_BYTES_MAX;
            return Err(LedgerError::Large { what: "bytes of a proof", max });
        }
        let mut rest = std::str::from_utf8(bytes).map_err(|_| malformed("not UTF-8"))?;
        if take_line(&mut rest) != Some(FIRST_LINE) {
            return Err(malformed("another first line"));
        }
        let cut = || malformed("cut short");
        let mut line = take_line(&mut rest).ok_or_else(cut)?;
        let mut extra = None;
        if let Some(text) = line.strip_prefix("extra ") {
            extra = Some(STANDARD.decode(text).map_err(|_| malformed("extra is not Base64"))?);
            line = take_line(&mut rest).ok_or_else(cut)?;
        }
        let index = line.strip_prefix("index ").and_then(decimal).ok_or(malformed("no index"))?;
        let hashes = take_hashes(&mut rest)?.ok_or_else(cut)?;
        let checkpoint = SignedCheckpoint::parse(rest.as_bytes())?;
        Ok(Self { extra, index, hashes, checkpoint })
    }

    /// Where it says the leaf lies.
    pub const fn index(&self) -> u64 {
        self.index
    }
    /// The checkpoint that it leads to.
    pub fn checkpoint(&self) -> &SignedCheckpoint {
        &self.checkpoint
    }

    /// Verifies that a leaf with this hash is in the log.
    ///
    /// # Errors
    /// What verifying the checkpoint gives; [`LedgerError::NotIncluded`], [`LedgerError::Beyond`].
    pub fn verify(&self, leaf: &Hash, policy: &Policy) -> Result<Proven, LedgerError> {
        let head = policy.check(&self.checkpoint)?;
        let (size, root) = (head.size(), head.root());
        verify_inclusion(self.index, size, leaf, &self.hashes, &root)?;
        Ok(Proven { index: self.index, size, root })
    }

    /// Verifies that the leaf that came with the proof is in the log, and reads it.
    ///
    /// # Errors
    /// As [`Proof::verify`]; [`LedgerError::Malformed`] where no leaf came with it, or none that
    /// may stand in a ledger.
    pub fn verify_leaf(&self, policy: &Policy) -> Result<(Leaf, Proven), LedgerError> {
        let bytes = self.extra.as_deref().ok_or(malformed("no leaf with it"))?;
        let proven = self.verify(&leaf_hash(bytes), policy)?;
        Ok((Leaf::parse(bytes)?, proven))
    }
}

impl fmt::Display for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{FIRST_LINE}")?;
        if let Some(extra) = &self.extra {
            writeln!(f, "extra {}", STANDARD.encode(extra))?;
        }
        writeln!(f, "index {}", self.index)?;
        self.hashes.iter().try_for_each(|hash| writeln!(f, "{hash}"))?;
        write!(f, "\n{}", self.checkpoint.note())
    }
}

/// Takes lines of hashes up to an empty line. None where there is no empty line.
pub(crate) fn take_hashes(rest: &mut &str) -> Result<Option<Vec<Hash>>, LedgerError> {
    let mut hashes = Vec::new();
    loop {
        match take_line(rest) {
            None => return Ok(None),
            Some("") => return Ok(Some(hashes)),
            Some(_) if hashes.len() == PROOF_HASHES_MAX => {
                let max = PROOF_HASHES_MAX;
                return Err(LedgerError::Large { what: "hashes of a proof", max });
            }
            Some(line) => hashes.push(Hash::parse(line)?),
        }
    }
}

const _: () = assert!(LEDGER_LEAF_BYTES_MAX * 2 < LEDGER_PROOF_BYTES_MAX);
