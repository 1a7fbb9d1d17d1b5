//! `bench ledger`: lines appended to the public ledger, every checkpoint on disk before it is
//! shown, beside the hashing of the same lines alone; how long proofs are, and what an audit takes.

use crate::{Options, figures::Report, raw, system::OsEntropy};
use hutong_ledger::{
    Folder, Kind, Label, Leaf, LogEntry, NoteSigner, Opening, Origin, PackVersion, Policy, Private,
    Promise, Proof, Public, PublicFolder, SignatureKind, TileReader, View, Writer, audit,
    leaf_hash,
};
use hutong_model::{
    Entropy, EntryId, Level, PersonId, RegionCode, Timestamp, limits::LEDGER_BATCH_LEAVES_MAX,
};
use std::{
    hint::black_box,
    path::Path,
    time::{Duration, Instant},
};

/// Lines appended one by one, each under a checkpoint of its own.
const SINGLES: u64 = 200;
/// Proofs made, and proofs checked.
const PROOFS: u64 = 1_000;
/// Lines of the first checkpoint.
const FIRST: usize = 1_000;
/// A checkpoint is due so often at least.
const CHECKPOINT: Duration = Duration::from_secs(1);
/// Bytes of a hash.
const HASH: f64 = 32.0;

/// Runs the benchmark.
pub fn run(options: &Options) -> Report {
    let mut report = Report::new("ledger");
    let folder = tempfile::tempdir().expect("a folder");
    let leaves: Vec<Leaf> = (0..options.sent).map(leaf).collect();
    let hashing = hashing(&leaves);
    let mut writer =
        Writer::begin(Folder::open(folder.path()).expect("a folder"), signer()).expect("a ledger");
    let (took, longest) = append(&mut writer, &leaves);
    let rate = leaves.len() as f64 / took.as_secs_f64();
    let beside = "SHA-256 of the same lines, one core";
    report.add("lines appended, every checkpoint on disk", rate, "/s", beside, hashing);
    let longest = longest.as_secs_f64() * 1e3;
    let due = CHECKPOINT.as_secs_f64() * 1e3;
    report.add("the longest checkpoint", longest, "ms", "a checkpoint is due within", due);
    alone(&mut report, &mut writer, folder.path());
    proofs(&mut report, &writer, hashing);
    report
}

fn signer() -> NoteSigner {
    let name = Origin::parse("ledger.example/bench").expect("a name");
    NoteSigner::from_seed(name, SignatureKind::Ed25519, &[7; 32]).expect("a key")
}

/// A decision as the root enters it.
fn leaf(number: u64) -> Leaf {
    let label = |text: &str| Label::parse(text).expect("a label");
    let private = Private {
        person: Some(PersonId::from_bytes(OsEntropy.bytes16())),
        evidence: vec![EntryId::from_bytes(OsEntropy.bytes16())],
        ..Private::default()
    };
    let opening = Opening::new(Kind::Decision, private, &OsEntropy).expect("an opening");
    let at = Timestamp::from_unix_ms(1_760_000_000_000 + number as i64);
    let public = Public::Decision {
        issuer: RegionCode::parse("330100").expect("a region"),
        event: label("2026-flu"),
        pack: PackVersion { id: label("baseline"), version: label("1"), digest: leaf_hash(b"x") },
        rules: vec![label("close-contact")],
        level: Level::Yellow,
        expires: at.plus_s(86_400),
    };
    Leaf::new(at, public, opening.commitment()).expect("a line")
}

/// Lines hashed per second, and nothing else.
fn hashing(leaves: &[Leaf]) -> f64 {
    let encoded: Vec<Vec<u8>> = leaves.iter().map(Leaf::encode).collect();
    let begun = Instant::now();
    for leaf in &encoded {
        black_box(leaf_hash(black_box(leaf)));
    }
    encoded.len() as f64 / begun.elapsed().as_secs_f64()
}

/// Appends in batches of what comes within a second at the rate that the writer keeps up with; how
/// long that took, and the longest batch.
fn append(writer: &mut Writer<Folder>, leaves: &[Leaf]) -> (Duration, Duration) {
    let (begun, mut longest, mut size) = (Instant::now(), Duration::ZERO, FIRST);
    let mut rest = leaves;
    while !rest.is_empty() {
        let step = Instant::now();
        let (now, later) = rest.split_at(size.min(rest.len()));
        let entries: Vec<LogEntry> = now.iter().map(LogEntry::from).collect();
        writer.append(&entries).expect("append");
        let took = step.elapsed();
        longest = longest.max(took);
        let fit = now.len() as f64 * 0.9 * CHECKPOINT.as_secs_f64() / took.as_secs_f64();
        size = (fit as usize).clamp(FIRST, 2 * now.len()).min(LEDGER_BATCH_LEAVES_MAX);
        rest = later;
    }
    (begun.elapsed(), longest)
}

/// Lines that each have a checkpoint of their own, beside flushes of this disk.
fn alone(report: &mut Report, writer: &mut Writer<Folder>, folder: &Path) {
    let begun = Instant::now();
    for number in 0..SINGLES {
        writer.append(&[LogEntry::from(&leaf(number))]).expect("append");
    }
    let each = begun.elapsed().as_secs_f64() * 1e3 / SINGLES as f64;
    let [half, _] = raw::flush(folder).map(|time| time.as_secs_f64() * 1e3);
    report.add("a line alone, until it is public", each, "ms", "one flush of this disk", half);
}

/// How long proofs are and how quickly they are made and checked; an audit of the whole.
fn proofs(report: &mut Report, writer: &Writer<Folder>, hashing: f64) {
    let policy = Policy::new(signer().key().clone());
    let public = PublicFolder::new(&writer.tiles().public_path());
    let checkpoint = public.read_checkpoint().expect("a checkpoint").expect("a checkpoint");
    let signed = policy.read(&checkpoint).expect("a checkpoint");
    let head = signed.checkpoint();
    let view = View::open(&public, head.size(), head.root()).expect("a view");
    let mut proof = Proof::make(&view, &signed, 0).expect("a proof");
    let step = (head.size() / PROOFS).max(1) as usize;
    let (begun, mut made) = (Instant::now(), 0);
    for index in (0..head.size()).step_by(step) {
        proof = Proof::make(&view, &signed, index).expect("a proof");
        made += 1;
    }
    let made = f64::from(made) / begun.elapsed().as_secs_f64();
    let hash = leaf_hash(&view.entry(proof.index()).expect("a line"));
    let begun = Instant::now();
    for _ in 0..PROOFS {
        black_box(proof.verify(&hash, &policy).expect("sound"));
    }
    let checked = PROOFS as f64 / begun.elapsed().as_secs_f64();
    report.add("proofs made", made, "/s", "proofs checked, with the signature", checked);
    let path = HASH * (head.size() as f64).log2().ceil();
    let what = format!("a proof without its line, of {} lines", head.size());
    let bytes = proof.without_leaf().to_string().len() as f64;
    report.add(&what, bytes, "bytes", "the hashes of its path", path);
    report.add("a promise", Promise::BYTES as f64, "bytes", "a signature of Ed25519", 64.0);
    let begun = Instant::now();
    let audited = audit(&public, &policy, None).expect("a sound ledger");
    let rate = audited.size() as f64 / begun.elapsed().as_secs_f64();
    report.add("lines audited from nothing", rate, "/s", "SHA-256 of the same lines", hashing);
}
