//! Commitments, and what opens them: the part of an entry that only the person it is about (and
//! whoever they show it to) may read.

use crate::{Hash, Kind, Leaf, LedgerError, cbor};
use hutong_model::limits::{LEDGER_EVIDENCE_MAX, LEDGER_OPENING_BYTES_MAX};
use hutong_model::{Entropy, EntryId, MemberId, PersonId};
use minicbor::{Decode, Encode};
use std::fmt;

/// Keeps commitments apart from every other use of SHA-256.
const DOMAIN: &[u8] = b"hutong ledger commitment v1\0";
const SALT_BYTES: usize = 32;

/// SHA-256 over a domain, the kind, a random salt of 32 bytes and the private part. It says
/// nothing about what it commits to, and can be opened in one way only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct Commitment(#[n(0)] Hash);

impl Commitment {
    /// Wraps a hash.
    pub const fn from_hash(hash: Hash) -> Self {
        Self(hash)
    }
    /// The hash.
    pub const fn hash(&self) -> Hash {
        self.0
    }
}

/// What is not public of an entry.
#[derive(Clone, PartialEq, Eq, Default, Encode, Decode)]
#[cbor(array)]
pub struct Private {
    /// The person, by the node's own random id.
    #[n(0)]
    pub person: Option<PersonId>,
    /// The organisation that acted: who looked, who entered.
    #[n(1)]
    pub member: Option<MemberId>,
    /// The records it rests on, at most 256.
    #[n(2)]
    pub evidence: Vec<EntryId>,
    /// SHA-256 of the whole document (the decision, the appeal) that the person holds.
    #[n(3)]
    pub document: Option<Hash>,
}

/// Says that there is something, never what.
impl fmt::Debug for Private {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Private").finish_non_exhaustive()
    }
}

/// What opens a commitment. It belongs to the person; whoever destroys all copies of it has erased
/// what the leaf was about.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Opening {
    #[n(0)]
    kind: u8,
    #[n(1)]
    #[cbor(with = "minicbor::bytes")]
    salt: [u8; SALT_BYTES],
    #[n(2)]
    private: Private,
}

impl Opening {
    /// Draws a salt for the private part of an entry.
    ///
    /// # Errors
    /// [`LedgerError::Large`] where it names more than 256 records.
    pub fn new(kind: Kind, private: Private, entropy: &dyn Entropy) -> Result<Self, LedgerError> {
        let mut salt = [0; SALT_BYTES];
        entropy.fill(&mut salt);
        let opening = Self { kind: kind.number(), salt, private };
        opening.sound()?;
        Ok(opening)
    }
    /// Reads what [`Opening::encode`] wrote.
    ///
    /// # Errors
    /// [`LedgerError::Malformed`] or [`LedgerError::Large`].
    pub fn parse(bytes: &[u8]) -> Result<Self, LedgerError> {
        let opening: Self = cbor::read(bytes, "opening", LEDGER_OPENING_BYTES_MAX)?;
        opening.sound()?;
        Ok(opening)
    }
    fn sound(&self) -> Result<(), LedgerError> {
        if Kind::from_number(self.kind).is_none() {
            let reason = "a kind that is not known here";
            return Err(LedgerError::Malformed { what: "opening", reason });
        }
        if self.private.evidence.len() > LEDGER_EVIDENCE_MAX {
            return Err(LedgerError::Large { what: "records named", max: LEDGER_EVIDENCE_MAX });
        }
        Ok(())
    }
    /// The bytes that are kept, and given to the person: deterministic CBOR
    /// `[kind, salt, [person, member, [evidence…], document]]`.
    pub fn encode(&self) -> Vec<u8> {
        cbor::write(self)
    }
    /// What is not public.
    pub const fn private(&self) -> &Private {
        &self.private
    }
    /// The commitment that it opens.
    pub fn commitment(&self) -> Commitment {
        let private = cbor::write(&self.private);
        Commitment(Hash::of(&[DOMAIN, &[self.kind], &self.salt, &private]))
    }
    /// Checks that it belongs to a leaf.
    ///
    /// # Errors
    /// [`LedgerError::Opening`] where it does not.
    pub fn check(&self, leaf: &Leaf) -> Result<(), LedgerError> {
        if self.kind == leaf.kind().number() && self.commitment() == *leaf.commitment() {
            Ok(())
        } else {
            Err(LedgerError::Opening)
        }
    }
}

/// Says that there is something, never what.
impl fmt::Debug for Opening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opening").field("kind", &self.kind).finish_non_exhaustive()
    }
}
