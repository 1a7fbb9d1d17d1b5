//! `hutong ledger`: anyone checks a ledger by its public files.

mod common;

use common::{Place, hutong, said, text};
use hutong_ledger::{
    EMPTY_ROOT, EventStage, Folder, Label, Leaf, LogEntry, NoteSigner, Opening, Origin, Private,
    Public, SignatureKind, Writer,
};
use hutong_model::{Entropy, RegionCode, Timestamp};
use serde_json::Value;
use std::path::PathBuf;

struct Seeded;

impl Entropy for Seeded {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }
}

/// A ledger of so many events, its public files and its key.
fn ledger(place: &Place, entries: usize) -> (PathBuf, String) {
    let name = Origin::parse("000000.example/ledger").expect("a name");
    let key = NoteSigner::from_seed(name, SignatureKind::Ed25519, &[3; 32]).expect("a key");
    let verifier = key.key().to_string();
    let folder = Folder::open(&place.path("ledger")).expect("a folder");
    let public = folder.public_path();
    let mut writer = Writer::begin(folder, key).expect("a ledger");
    let now = Timestamp::from_unix_s(1_790_000_000);
    let leaf = |number: usize| {
        let public = Public::Event {
            issuer: RegionCode::NATION,
            event: Label::parse(&format!("event-{number}")).expect("a label"),
            stage: EventStage::Declared,
            sunset: now.plus_s(86_400),
            digest: EMPTY_ROOT,
        };
        let opening = Opening::new(public.kind(), Private::default(), &Seeded).expect("an opening");
        LogEntry::from(&Leaf::new(now, public, opening.commitment()).expect("a leaf"))
    };
    let entries: Vec<LogEntry> = (0..entries).map(leaf).collect();
    writer.append(&entries).expect("appended");
    (public, verifier)
}

fn run(arguments: &[&str]) -> (i32, String, String) {
    let mut command = hutong();
    said(&command.arg("ledger").args(arguments).output().expect("the executable starts"))
}

#[test]
fn anyone_audits_a_ledger_and_proves_an_entry() {
    let place = Place::root();
    let (public, key) = ledger(&place, 300);
    let folder = text(&public);
    let out = text(&place.path("audit.json"));
    let (code, stdout, stderr) = run(&["audit", &folder, "--key", &key, "--out", &out, "--json"]);
    assert_eq!(code, 0, "{stderr}");
    let audited: Value = serde_json::from_str(&stdout).expect("JSON");
    assert_eq!(audited["size"], 300);
    // A later audit goes on from it.
    let (code, stdout, _) = run(&["audit", &folder, "--key", &key, "--since", &out]);
    assert_eq!(code, 0);
    assert!(stdout.contains("300 entries"), "{stdout}");
    let (code, proof, stderr) = run(&["prove", &folder, "299", "--key", &key]);
    assert_eq!(code, 0, "{stderr}");
    let file = text(&place.write("entry.proof", &proof));
    let (code, stdout, _) = run(&["verify", &file, "--key", &key, "--json"]);
    let proven: Value = serde_json::from_str(&stdout).expect("JSON");
    assert_eq!((code, &proven["index"], &proven["kind"]), (0, &299.into(), &"event".into()));
    // Another entry in the same proof, or another key, is refused.
    let forged = text(&place.write("forged.proof", proof.replace("index 299", "index 298")));
    assert_eq!(run(&["verify", &forged, "--key", &key]).0, 1);
    let name = Origin::parse("000000.example/ledger").expect("a name");
    let other = NoteSigner::from_seed(name, SignatureKind::Ed25519, &[4; 32]).expect("a key");
    assert_eq!(run(&["verify", &file, "--key", &other.key().to_string()]).0, 1);
    assert_eq!(run(&["verify", &file]).0, 2, "without a key nothing is checked");
}

#[test]
fn a_ledger_that_was_changed_is_found_out() {
    let place = Place::root();
    let (public, key) = ledger(&place, 300);
    let tile = public.join("tile/entries/000");
    let mut bytes = std::fs::read(&tile).expect("the first bundle");
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    std::fs::remove_file(&tile).expect("removed");
    std::fs::write(&tile, bytes).expect("written");
    let (code, _, stderr) = run(&["audit", &text(&public), "--key", &key]);
    assert_eq!(code, 1);
    assert!(stderr.contains("tile"), "{stderr}");
}
