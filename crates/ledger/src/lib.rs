//! The public ledger: an append-only Merkle log in the form of C2SP tlog-tiles, holding salted
//! commitments to what an authority decides and does. Anyone can check it with the public files.
//!
//! Pure: no clock, no randomness, and no I/O outside the module `folder` (feature `folder`).
//!
//! One entry's way: [`Leaf`] and its [`Opening`] → [`Pool`] → [`Writer::append`], which hashes
//! ([`Edge`]), stages tiles and swaps the checkpoint ([`Tiles`]) → [`Proof`] for whoever asks, and
//! [`audit()`] for everyone.
#![doc = ""]
#![doc = include_str!("../README.md")]

mod audit;
mod batch;
mod cbor;
mod checkpoint;
mod counts;
mod edge;
mod error;
#[cfg(feature = "folder")]
mod folder;
mod hash;
mod leaf;
mod memory;
mod note;
mod opening;
mod policy;
mod pool;
mod promise;
mod proof;
mod text;
mod tile;
mod tiles;
mod tlog_proof;
mod view;
pub mod witness;
mod writer;

pub use audit::{Audited, audit, audit_with};
pub use batch::Batch;
pub use checkpoint::{Checkpoint, SignedCheckpoint};
pub use counts::{Counts, KindCount, RuleCount};
pub use edge::Edge;
pub use error::LedgerError;
#[cfg(feature = "folder")]
pub use folder::{Folder, FolderHeads, PublicFolder};
pub use hash::{EMPTY_ROOT, Hash, leaf_hash, node_hash};
pub use leaf::{AppealStage, EventStage, Kind, Label, Leaf, PackVersion, Public};
pub use memory::Memory;
pub use note::{Note, NoteKey, NoteSigner, Origin, SignatureKind, SignatureLine};
pub use opening::{Commitment, Opening, Private};
pub use policy::Policy;
pub use pool::{Entry, Pool};
pub use promise::{LogId, Promise, PromiseRule, PromiseStanding};
pub use proof::{
    consistency, consistency_between, inclusion, inclusion_at, verify_consistency, verify_inclusion,
};
pub use tile::{Tile, TileId};
pub use tiles::{TileReader, Tiles};
pub use tlog_proof::{Proof, Proven};
pub use view::View;
pub use writer::{Appended, Writer};
