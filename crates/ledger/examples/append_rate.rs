//! How fast a ledger appends, and how long its proofs are.
//! `cargo run --release -p hutong-ledger --example append_rate -- 1000000 /path/to/folder`
//!
//! Leaves are encoded and hashed by the thread that appends, and each checkpoint is flushed to
//! disk. Next to it: SHA-256 of the same leaves and nothing else, and the tree in memory.

use hutong_ledger::{
    Edge, Folder, Kind, Label, Leaf, LogEntry, Memory, NoteSigner, Opening, Origin, PackVersion,
    Policy, Private, Promise, Proof, Public, PublicFolder, SignatureKind, TileReader, Tiles, View,
    Writer, audit, consistency, leaf_hash,
};
use hutong_model::{Entropy, EntryId, Level, PersonId, RegionCode, Timestamp};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Not secret at all: a counter run through a mixing function.
struct Counter(AtomicU64);
impl Entropy for Counter {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let mut x = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
            x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            chunk.copy_from_slice(&(x ^ (x >> 27)).to_le_bytes()[..chunk.len()]);
        }
    }
}

fn leaf(n: u64, entropy: &Counter) -> Leaf {
    let label = |text: &str| Label::parse(text).expect("label");
    let private = Private {
        person: Some(PersonId::from_bytes(entropy.bytes16())),
        evidence: vec![EntryId::from_bytes(entropy.bytes16())],
        ..Private::default()
    };
    let opening = Opening::new(Kind::Decision, private, entropy).expect("opening");
    let at = Timestamp::from_unix_ms(1_760_000_000_000 + n as i64);
    let public = Public::Decision {
        issuer: RegionCode::parse("330100").expect("region"),
        event: label("2026-flu"),
        pack: PackVersion { id: label("baseline"), version: label("1"), digest: leaf_hash(b"x") },
        rules: vec![label("close-contact")],
        level: Level::Yellow,
        expires: at.plus_s(86_400),
    };
    Leaf::new(at, public, opening.commitment()).expect("leaf")
}

fn rate(what: &str, leaves: usize, took: Duration) {
    let per_s = leaves as f64 / took.as_secs_f64();
    println!("{what:<44} {per_s:>12.0} leaves/s  ({took:.2?})");
}

/// Appends in batches of what comes within a second at the rate that the writer keeps up with.
fn append<T: Tiles>(tiles: T, signer: NoteSigner, leaves: &[Leaf]) -> (Duration, Vec<Duration>) {
    let mut writer = Writer::begin(tiles, signer).expect("begin");
    let (start, mut steps) = (Instant::now(), Vec::new());
    let mut rest = leaves;
    let mut batch = 1000;
    while !rest.is_empty() {
        let step = Instant::now();
        let (now, later) = rest.split_at(batch.min(rest.len()));
        let entries: Vec<LogEntry> = now.iter().map(LogEntry::from).collect();
        writer.append(&entries).expect("append");
        let took = step.elapsed();
        // As many as fit into nine tenths of a second.
        let fit = now.len() as f64 * 0.9 / took.as_secs_f64();
        batch = (fit as usize).clamp(1000, 2 * now.len()).min(1 << 18);
        steps.push(took);
        rest = later;
    }
    (start.elapsed(), steps)
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let count: u64 = arguments.next().map_or(1_000_000, |n| n.parse().expect("a number"));
    let folder = arguments.next().map_or_else(std::env::temp_dir, Into::into).join("append-rate");
    let _ = std::fs::remove_dir_all(&folder);
    let name = Origin::parse("ledger.example/rate").expect("name");
    let signer =
        || NoteSigner::from_seed(name.clone(), SignatureKind::Ed25519, &[7; 32]).expect("key");
    let policy = Policy::new(signer().key().clone());

    let entropy = Counter(AtomicU64::new(1));
    let start = Instant::now();
    let leaves: Vec<Leaf> = (0..count).map(|n| leaf(n, &entropy)).collect();
    rate("made (commitment, random salt)", leaves.len(), start.elapsed());
    let encoded: Vec<Vec<u8>> = leaves.iter().map(Leaf::encode).collect();
    let bytes: usize = encoded.iter().map(Vec::len).sum();
    println!("{:<44} {:>12} bytes", "a leaf", bytes / encoded.len());

    let start = Instant::now();
    let sum = encoded.iter().fold(0_u8, |sum, leaf| sum ^ leaf_hash(leaf).as_bytes()[0]);
    rate("SHA-256 of the leaves and nothing else", leaves.len(), start.elapsed());
    let start = Instant::now();
    let mut edge = Edge::new();
    let slices: Vec<&[u8]> = encoded.iter().map(Vec::as_slice).collect();
    edge.append_bytes(&slices).expect("append");
    rate("tree, tiles and bundles in memory", leaves.len(), start.elapsed());
    let (took, _) = append(Memory::new(), signer(), &leaves);
    rate("appended, checkpoints signed, in memory", leaves.len(), took);
    let (took, steps) = append(Folder::open(&folder).expect("folder"), signer(), &leaves);
    rate("appended, every checkpoint flushed to disk", leaves.len(), took);
    let longest = steps.iter().max().copied().unwrap_or_default();
    println!("{:<44} {:>12} the longest {longest:.2?}", "checkpoints", steps.len());

    let tiles = Folder::open(&folder).expect("folder");
    let mut writer = Writer::open(&tiles, signer(), &[]).expect("open");
    let singles: Vec<Leaf> = (0..200).map(|n| leaf(count + n, &entropy)).collect();
    let start = Instant::now();
    for leaf in &singles {
        writer.append(&[LogEntry::from(leaf)]).expect("append");
    }
    rate("appended one by one, each flushed", singles.len(), start.elapsed());

    let public = PublicFolder::new(&tiles.public_path());
    let signed = policy.read(&public.read_checkpoint().expect("read").expect("there")).expect("ok");
    let head = signed.checkpoint();
    let view = View::open(&public, head.size(), head.root()).expect("view");
    let start = Instant::now();
    let mut proofs = 0;
    let mut proof = Proof::make(&view, &signed, 0).expect("proof");
    for index in (0..head.size()).step_by((head.size() / 1000).max(1) as usize) {
        proof = Proof::make(&view, &signed, index).expect("proof");
        proofs += 1;
    }
    let each = start.elapsed() / proofs;
    let hash = leaf_hash(&view.entry(proof.index()).expect("entry"));
    let start = Instant::now();
    for _ in 0..1000 {
        proof.verify(&hash, &policy).expect("sound");
    }
    println!("proofs made in {each:.2?}, checked in {:.2?}", start.elapsed() / 1000);
    println!("{:<44} {:>12} bytes", "proof with its leaf", proof.to_string().len());
    let short = proof.without_leaf().to_string();
    println!("{:<44} {:>12} bytes", "proof without the leaf", short.len());
    println!("{:<44} {:>12} bytes", "promise", Promise::BYTES);
    let hashes = consistency(&view, head.size() / 3).expect("consistency").len();
    println!("{:<44} {:>12} hashes", "consistency proof", hashes);
    let start = Instant::now();
    let audited = audit(&public, &policy, None).expect("audit");
    rate("audited from nothing", audited.size() as usize, start.elapsed());
    assert!(sum != 1 || audited.size() > 0);
    let _ = std::fs::remove_dir_all(&folder);
}
