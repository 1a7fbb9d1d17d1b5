//! Leaves: what everybody may read of what an authority did, and a commitment to the rest.
//!
//! A leaf is deterministic CBOR: `[1, time in ms, commitment, [kind, [fields…]]]`. `docs/ledger.md`
//! lists the fields.

mod label;
mod public;

pub use label::Label;
pub use public::{AppealStage, EventStage, PackVersion, Public};

use crate::{Commitment, Hash, LedgerError, cbor, leaf_hash};
use hutong_model::Timestamp;
use hutong_model::limits::LEDGER_LEAF_BYTES_MAX;
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

const VERSION: u8 = 1;

/// What a leaf is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A level was decided.
    Decision,
    /// A person's records were looked at.
    Access,
    /// A rule pack was published.
    RulePack,
    /// A trust list was published.
    TrustList,
    /// A refusal to recognise something was filed.
    Exception,
    /// A restriction was entered by hand, by two people of two organisations.
    ManualEvidence,
    /// An appeal was filed, answered, or ran past its deadline.
    Appeal,
    /// Data was destroyed.
    Destruction,
    /// An event was declared, renewed or ended.
    Event,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Kind; 9] = [
        Self::Decision,
        Self::Access,
        Self::RulePack,
        Self::TrustList,
        Self::Exception,
        Self::ManualEvidence,
        Self::Appeal,
        Self::Destruction,
        Self::Event,
    ];
    /// The number in leaves and commitments.
    pub(crate) const fn number(self) -> u8 {
        self as u8
    }
    /// The kind of this number.
    pub(crate) fn from_number(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }
}

/// One line of the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Leaf {
    #[n(0)]
    version: u8,
    #[n(1)]
    at: Timestamp,
    #[n(2)]
    commitment: Commitment,
    #[n(3)]
    public: Public,
}

impl Leaf {
    /// Puts a leaf together: when it happened, what is public of it, and the commitment to what is
    /// not ([`crate::Opening::commitment`]).
    ///
    /// # Errors
    /// [`LedgerError::Malformed`] where the fields contradict each other or the rules of their
    /// kind; [`LedgerError::Large`].
    pub fn new(at: Timestamp, public: Public, commitment: Commitment) -> Result<Self, LedgerError> {
        let leaf = Self { version: VERSION, at, commitment, public };
        leaf.check()?;
        match leaf.encode().len() {
            ..=LEDGER_LEAF_BYTES_MAX => Ok(leaf),
            _ => Err(LedgerError::Large { what: "bytes of a leaf", max: LEDGER_LEAF_BYTES_MAX }),
        }
    }
    /// Reads the bytes of a leaf.
    ///
    /// # Errors
    /// As [`Leaf::new`]; anything but the one spelling of a leaf is malformed.
    pub fn parse(bytes: &[u8]) -> Result<Self, LedgerError> {
        let leaf: Self = cbor::read(bytes, "leaf", LEDGER_LEAF_BYTES_MAX)?;
        leaf.check()?;
        Ok(leaf)
    }
    fn check(&self) -> Result<(), LedgerError> {
        let malformed = |reason| LedgerError::Malformed { what: "leaf", reason };
        if self.version != VERSION {
            return Err(malformed("a version that is not known here"));
        }
        if self.at.unix_ms() < 0 {
            return Err(malformed("a time before 1970"));
        }
        self.public.check(self.at).map_err(malformed)
    }
    /// The bytes of the leaf: always the same for the same leaf.
    pub fn encode(&self) -> Vec<u8> {
        cbor::write(self)
    }
    /// The hash by which the tree knows it (RFC 6962 section 2.1).
    pub fn hash(&self) -> Hash {
        leaf_hash(&self.encode())
    }
    /// When it happened.
    pub const fn at(&self) -> Timestamp {
        self.at
    }
    /// What everybody may read.
    pub const fn public(&self) -> &Public {
        &self.public
    }
    /// What it is about.
    pub const fn kind(&self) -> Kind {
        self.public.kind()
    }
    /// The commitment to what is not public.
    pub const fn commitment(&self) -> &Commitment {
        &self.commitment
    }
}
