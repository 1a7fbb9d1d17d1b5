//! Revocation of single certificates: what issuers take back before it runs out.
//!
//! [`Revocations`] holds the lists of many issuers in all forms, and answers for one certificate
//! by its [`Identifiers`], without I/O:
//!
//! - hash-list batches as the EU DCC gateway distributes them ([`Batch`]), and filters that stand
//!   for them ([`PartialHashes`], [`BloomFilter`]); by hash of signature, UCI, or country and UCI;
//! - Token Status Lists ([`StatusList`]);
//! - card revocation lists of SMART Health Cards ([`CardRevocations`]);
//! - Hutong's own signed, versioned lists ([`MemberList`]), whose deltas ([`Publication::since`])
//!   lead from any version to the newest in one step.
//!
//! # Whose entries count
//! Every list belongs to an issuer: that of the key that signed it, or that the caller has found
//! out by other means (a batch's CMS signature, the address of a card revocation list). Whoever
//! adds a list says so, and a list that names another issuer is refused. A certificate is looked
//! for among its own issuer's lists only, so that no member can touch what another has issued.

mod batch;
mod bloom;
mod cards;
mod held;
mod identifiers;
mod member_list;
mod partial;
mod publication;
mod shortened;
mod status_list;
mod status_token;

pub use batch::Batch;
pub use bloom::BloomFilter;
pub use cards::CardRevocations;
pub use held::{How, Revocations, Revoked};
pub use identifiers::{HashKind, Identifiers, PartialHash, SignatureBytes, StatusReference};
pub use member_list::{MemberDelta, MemberList};
pub use partial::PartialHashes;
pub use publication::{Change, Publication};
pub use status_list::{Status, StatusList};
pub use status_token::StatusToken;

use crate::{Sign1Error, SuiteError};

/// Why a list was refused. Names no certificate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RevocationError {
    /// Larger than permitted, packed or unpacked.
    #[error("the revocation list is larger than permitted")]
    Large,
    /// Not what it should be; what is wrong.
    #[error("the revocation list is malformed: {0}")]
    Form(&'static str),
    /// It is another issuer's than whoever signed or published it.
    #[error("the revocation list of {named} comes from {from}")]
    Owner {
        /// The issuer that it names.
        named: Box<str>,
        /// The issuer that it comes from.
        from: Box<str>,
    },
    /// The key that signed it is not among those given.
    #[error("the revocation list is signed by a key that is not known")]
    Key,
    /// A key's id, but not its signature.
    #[error("the signature on the revocation list is wrong")]
    Signature,
    /// A delta that does not lead on from the version that is held.
    #[error("the delta leads on from version {from}, version {held} is held")]
    Version {
        /// The version that it leads on from.
        from: u64,
        /// The version that is held.
        held: u64,
    },
    /// Applying a delta did not lead to what its signer has.
    #[error("the delta does not lead to what its signer has: fetch the whole list")]
    Digest,
    /// Older than the list that is held.
    #[error("version {offered} is older than version {held}, which is held")]
    Older {
        /// The version that was offered.
        offered: u64,
        /// The version that is held.
        held: u64,
    },
    /// Not a `COSE_Sign1`.
    #[error(transparent)]
    Sign1(#[from] Sign1Error),
    /// The signing key failed.
    #[error(transparent)]
    Suite(#[from] SuiteError),
}
