//! The ledger: notes, checkpoints, keys, leaves, openings, proofs, promises, requests to witnesses,
//! tile paths, and tiles given by a server that lies. The first byte chooses.
#![no_main]

use hutong_ledger::witness::{AddCheckpoint, MemoryHeads, Witness};
use hutong_ledger::{
    Leaf, LogEntry, Memory, Note, NoteKey, NoteSigner, Opening, Origin, Policy, Promise,
    PromiseRule, Proof, SignatureKind, SignedCheckpoint, TileId, TileReader, Writer, audit,
    leaf_hash,
};
use hutong_model::Timestamp;
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

fn signer(name: &str, kind: SignatureKind) -> NoteSigner {
    let name = Origin::parse(name).expect("a name");
    NoteSigner::from_seed(name, kind, &[7; 32]).expect("a key")
}

struct World {
    policy: Policy,
    witness: Witness,
    rule: PromiseRule,
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let key = signer("log.example", SignatureKind::Ed25519).key().clone();
    let policy = Policy::new(key.clone());
    let signer = signer("witness.example", SignatureKind::Cosignature);
    let witness = Witness::new(signer, vec![policy.clone()]).expect("a witness");
    World { policy, witness, rule: PromiseRule::new([key], 600) }
});

fuzz_target!(|bytes: &[u8]| {
    let Some((form, rest)) = bytes.split_first() else { return };
    let text = std::str::from_utf8(rest).unwrap_or_default();
    match form % 8 {
        0 => notes(rest),
        1 => keys(text),
        2 => leaves(rest),
        3 => proofs(rest),
        4 => promises(rest),
        5 => requests(rest),
        6 => {
            if let Ok(id) = TileId::parse(text) {
                assert_eq!(id.path(), text, "a path has one spelling");
            }
        }
        _ => tiles(rest),
    }
});

fn notes(bytes: &[u8]) {
    if let Ok(note) = Note::parse(bytes) {
        assert_eq!(note.to_string().as_bytes(), bytes, "a note has one spelling");
    }
    if let Ok(signed) = SignedCheckpoint::parse(bytes) {
        assert_eq!(signed.checkpoint().to_string(), signed.note().text(), "so has its text");
        assert!(WORLD.policy.check(&signed).is_err(), "the log has not signed it");
    }
}

fn keys(text: &str) {
    if let Ok(key) = NoteKey::parse(text) {
        assert_eq!(key.to_string(), text, "a key has one spelling");
    }
}

fn leaves(bytes: &[u8]) {
    if let Ok(leaf) = Leaf::parse(bytes) {
        assert_eq!(leaf.encode(), bytes, "a leaf has one spelling");
        assert_eq!(LogEntry::from(&leaf).hash(), leaf_hash(bytes), "and one hash");
    }
    if let Ok(opening) = Opening::parse(bytes) {
        assert_eq!(opening.encode(), bytes, "an opening has one spelling");
    }
}

fn proofs(bytes: &[u8]) {
    if let Ok(proof) = Proof::parse(bytes) {
        assert_eq!(proof.to_string().as_bytes(), bytes, "a proof has one spelling");
        assert!(proof.verify_leaf(&WORLD.policy).is_err(), "it proves nothing");
    }
}

fn promises(bytes: &[u8]) {
    if let Ok(promise) = Promise::parse(bytes) {
        assert_eq!(promise.to_bytes().as_slice(), bytes, "a promise has one spelling");
        let now = Timestamp::from_unix_s(1_760_000_000);
        assert!(WORLD.rule.check(Some(&promise), now, now).is_err(), "nobody has promised");
    }
}

fn requests(bytes: &[u8]) {
    if let Ok(request) = AddCheckpoint::parse(bytes) {
        assert_eq!(request.to_string().as_bytes(), bytes, "a request has one spelling");
    }
    let now = Timestamp::from_unix_s(1_760_000_000);
    let answer = WORLD.witness.add_checkpoint(&MemoryHeads::default(), bytes, now);
    assert!(answer.is_err(), "nothing is cosigned that the log has not signed");
}

/// Bytes in the place of one file of a log.
fn tiles(bytes: &[u8]) {
    let Some((which, rest)) = bytes.split_first() else { return };
    let tiles = Memory::new();
    let log = signer("log.example", SignatureKind::Ed25519);
    let mut writer = Writer::begin(&tiles, log).expect("a log");
    let entries: Vec<LogEntry> =
        (0..258_u16).map(|n| LogEntry::from_bytes(&n.to_be_bytes()).expect("short")).collect();
    writer.append(&entries).expect("a batch");
    let ids = tiles.tile_ids();
    let id = ids[usize::from(*which) % ids.len()];
    if tiles.read(&id).expect("in memory").as_deref() == Some(rest) {
        return;
    }
    tiles.set_tile(id, Some(rest.to_vec()));
    let refused = audit(&tiles, &WORLD.policy, None).expect_err("what was altered is found");
    assert!(!refused.to_string().is_empty(), "and the reason is given");
}
