//! The audit with plain tools that the documentation describes.

use crate::common::*;
use hutong_ledger::*;
use std::path::Path;
use std::process::{Command, Output};

fn plain_audit(public: &Path, key: &NoteKey) -> Option<Output> {
    let there = |program| Command::new(program).arg("--help").output().is_ok();
    if !there("python3") || !there("openssl") {
        eprintln!("skipped: python3 or openssl is absent");
        return None;
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/plain_audit.py");
    let mut command = Command::new("python3");
    Some(command.arg(script).arg(public).arg(key.to_string()).output().unwrap())
}

#[test]
fn plain_tools_come_to_the_same_root_and_counts() {
    for size in [0, 1, 255, 256, 700] {
        let folder = tempfile::tempdir().unwrap();
        let tiles = Folder::open(folder.path()).unwrap();
        let mut writer = Writer::begin(&tiles, signer()).unwrap();
        writer.append(&entries(0..size)).unwrap();
        let Some(output) = plain_audit(&tiles.public_path(), signer().key()) else { return };
        let text = String::from_utf8(output.stdout).unwrap();
        let errors = String::from_utf8(output.stderr).unwrap();
        let root = writer.checkpoint().checkpoint().root();
        let first = format!("{ORIGIN}: {size} leaves give the signed root {root}");
        assert_eq!(text.lines().next(), Some(first.as_str()), "{errors}");
        let audited = audit(&tiles, &policy(), None).unwrap();
        let mut expected = std::collections::BTreeMap::new();
        for row in audited.counts().kinds() {
            *expected.entry(format!("decision {}", row.issuer)).or_insert(0) += row.count;
        }
        let expected: Vec<String> = expected.iter().map(|(row, n)| format!("{row} {n}")).collect();
        assert_eq!(text.lines().skip(1).collect::<Vec<_>>(), expected);
    }
}

#[test]
fn plain_tools_refuse_what_was_altered() {
    let folder = tempfile::tempdir().unwrap();
    let tiles = Folder::open(folder.path()).unwrap();
    let mut writer = Writer::begin(&tiles, signer()).unwrap();
    writer.append(&entries(0..5)).unwrap();
    let Some(output) = plain_audit(&tiles.public_path(), other_signer().key()) else { return };
    assert!(!output.status.success());
    let bundle = tiles.public_path().join("tile/entries/000.p/5");
    let mut bytes = std::fs::read(&bundle).unwrap();
    bytes[40] ^= 1;
    std::fs::write(&bundle, bytes).unwrap();
    let output = plain_audit(&tiles.public_path(), signer().key()).unwrap();
    assert!(!output.status.success());
}
