//! The public ledger: an append-only Merkle log in the form of C2SP tlog-tiles, holding salted
//! commitments to what an authority decides and does. Anyone can check it with the public files.
//!
//! Pure: no clock, no randomness, and no I/O outside the module `folder` (feature `folder`).
//!
//! One entry's way: [`Leaf`] and its [`Opening`] → [`Pool`] → [`Writer::append`], which hashes
//! ([`Edge`]), stages tiles and swaps the checkpoint ([`Tiles`]) → [`Proof`] for whoever asks, and
//! [`audit()`] for everyone.
//!
//! ```
//! # #[cfg(feature = "folder")]
//! use hutong_ledger::Folder;
//! use hutong_ledger::{LogEntry, NoteSigner, Origin, Pool, SignatureKind, Writer};
//! # use hutong_ledger::{Kind, Leaf, Opening, Private, Public, Label, EventStage, EMPTY_ROOT};
//! # use hutong_model::{Entropy, RegionCode, Timestamp};
//! # struct Fixed; impl Entropy for Fixed { fn fill(&self, bytes: &mut [u8]) { bytes.fill(7) } }
//! # let (entropy, now) = (Fixed, Timestamp::from_unix_s(1_760_000_000));
//! # #[cfg(feature = "folder")] {
//! # let folder = tempfile::tempdir()?; let path = folder.path();
//! # let (issuer, event) = (RegionCode::parse("330000")?, Label::parse("2026-flu")?);
//! # let public = Public::Event { issuer, event,
//! #     stage: EventStage::Declared, sunset: now.plus_s(86_400), digest: EMPTY_ROOT };
//! let name = Origin::parse("ledger.330000.example/main")?;
//! let key = NoteSigner::from_seed(name, SignatureKind::Ed25519, &[7; 32])?;
//! let mut writer = Writer::begin(Folder::open(path)?, key)?;    // later: Writer::open
//!
//! // The opening is kept for the person.
//! let opening = Opening::new(public.kind(), Private::default(), &entropy)?;
//! let leaf = Leaf::new(now, public, opening.commitment())?;
//! let mut pool = Pool::new();
//! pool.push(LogEntry::from(&leaf), now)?;
//! let appended = writer.append(&pool.take())?;                  // when pool.due() has come
//! assert_eq!(appended.indices, [0]);
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

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
pub use pool::{LogEntry, Pool};
pub use promise::{LogId, Promise, PromiseRule, PromiseStanding};
pub use proof::{
    consistency, consistency_between, inclusion, inclusion_at, verify_consistency, verify_inclusion,
};
pub use tile::{Tile, TileId};
pub use tiles::{TileReader, Tiles};
pub use tlog_proof::{Proof, Proven};
pub use view::View;
pub use writer::{Appended, Writer};
