//! What several tests use.

use hutong_ledger::*;
use hutong_model::{Entropy, EntryId, Level, MemberId, PersonId, Purpose, RegionCode, Timestamp};
use std::sync::atomic::{AtomicU64, Ordering};

/// Not secret at all: a counter run through a mixing function.
#[derive(Default)]
pub struct Counter(AtomicU64);
impl Entropy for Counter {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let mut x = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
            x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            chunk.copy_from_slice(&(x ^ (x >> 27)).to_le_bytes()[..chunk.len()]);
        }
    }
}

pub const ORIGIN: &str = "ledger.330000.example/main";

pub fn origin() -> Origin {
    Origin::parse(ORIGIN).unwrap()
}
pub fn signer() -> NoteSigner {
    NoteSigner::from_seed(origin(), SignatureKind::Ed25519, &[7; 32]).unwrap()
}
pub fn other_signer() -> NoteSigner {
    NoteSigner::from_seed(origin(), SignatureKind::Ed25519, &[8; 32]).unwrap()
}
pub fn policy() -> Policy {
    Policy::new(signer().key().clone())
}
pub fn witness_signer(number: u8) -> NoteSigner {
    let name = Origin::parse(&format!("witness.example/w{number}")).unwrap();
    NoteSigner::from_seed(name, SignatureKind::Cosignature, &[100 + number; 32]).unwrap()
}

pub fn region(code: &str) -> RegionCode {
    RegionCode::parse(code).unwrap()
}
pub fn label(text: &str) -> Label {
    Label::parse(text).unwrap()
}
pub fn at(n: u64) -> Timestamp {
    Timestamp::from_unix_ms(1_760_000_000_000 + n as i64)
}
pub fn pack() -> PackVersion {
    PackVersion {
        id: label("baseline"),
        version: label("1"),
        digest: leaf_hash(b"the text of the pack"),
    }
}

/// A decision about somebody, and what opens it.
pub fn decision(n: u64) -> (Leaf, Opening) {
    let mut id = [0; 16];
    id[..8].copy_from_slice(&n.to_be_bytes());
    let private = Private {
        person: Some(PersonId::from_bytes(id)),
        member: None,
        evidence: vec![EntryId::from_bytes(id)],
        document: Some(leaf_hash(b"the whole decision")),
    };
    let entropy = Counter(AtomicU64::new(n.wrapping_mul(1 << 20)));
    let opening = Opening::new(Kind::Decision, private, &entropy).unwrap();
    let public = Public::Decision {
        issuer: region(if n.is_multiple_of(3) { "330000" } else { "440000" }),
        event: label("2026-flu"),
        pack: pack(),
        rules: vec![label("close-contact"), label(["a", "b"][(n % 2) as usize])],
        level: [Level::Green, Level::Yellow, Level::Red][(n % 3) as usize],
        expires: at(n).plus_s(3600),
    };
    (Leaf::new(at(n), public, opening.commitment()).unwrap(), opening)
}

pub fn access(n: u64) -> Leaf {
    let private =
        Private { member: Some(MemberId::parse("330100.clinic-3").unwrap()), ..Private::default() };
    let opening = Opening::new(Kind::Access, private, &Counter::default()).unwrap();
    let public = Public::Access { issuer: region("330000"), purpose: Purpose::Treatment };
    Leaf::new(at(n), public, opening.commitment()).unwrap()
}

pub fn entries(numbers: impl IntoIterator<Item = u64>) -> Vec<LogEntry> {
    numbers.into_iter().map(|n| LogEntry::from(&decision(n).0)).collect()
}

/// Small entries that are no leaves of ours, for trees of many.
pub fn plain(numbers: impl IntoIterator<Item = u64>) -> Vec<LogEntry> {
    let entry = |n: u64| LogEntry::from_bytes(format!("entry {n}").as_bytes()).unwrap();
    numbers.into_iter().map(entry).collect()
}

/// A log in memory, grown to each of these sizes in turn.
pub fn grown(sizes: &[u64]) -> Memory {
    let tiles = Memory::new();
    let mut writer = Writer::begin(&tiles, signer()).unwrap();
    let mut from = 0;
    for size in sizes {
        writer.append(&plain(from..*size)).unwrap();
        from = *size;
    }
    tiles
}

pub fn newest(tiles: &impl TileReader) -> SignedCheckpoint {
    policy().read(&tiles.read_checkpoint().unwrap().unwrap()).unwrap()
}
pub fn view<R: TileReader>(tiles: R) -> View<R> {
    let newest = newest(&tiles);
    View::open(tiles, newest.checkpoint().size(), newest.checkpoint().root()).unwrap()
}

/// The root by the definition of RFC 6962 section 2.1, with nothing of ours in it.
pub fn naive_root(leaves: &[Vec<u8>]) -> [u8; 32] {
    use sha2::{Digest, Sha256};
    match leaves {
        [] => Sha256::digest([]).into(),
        [leaf] => Sha256::new().chain_update([0]).chain_update(leaf).finalize().into(),
        _ => {
            let mut split = 1;
            while split * 2 < leaves.len() {
                split *= 2;
            }
            let (left, right) = leaves.split_at(split);
            let (left, right) = (naive_root(left), naive_root(right));
            let node = Sha256::new().chain_update([1]).chain_update(left).chain_update(right);
            node.finalize().into()
        }
    }
}
