//! `hutong recognise --matrix`: what every region makes of every issuer, from a trust list.

mod common;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use common::{hutong, run, said, well};
use hutong_code::{
    Sign, SigningKey, TrustList, TrustListBody,
    trust::{ExceptionScope, RecognitionException, RegionService, Text},
};
use hutong_model::{RegionCode, Timestamp, limits};
use serde_json::Value;
use std::process::Command;

fn region(text: &str) -> RegionCode {
    RegionCode::parse(text).expect("a region")
}

/// The command over a list in which 440000 refuses the codes of 330000 from 12:00 to 13:00.
fn command(folder: &tempfile::TempDir, at: &str) -> Command {
    let root = SigningKey::ed25519_from_seed(&[3; 32]).expect("a key");
    let time = |text: &str| Timestamp::parse(text).expect("a time");
    let own = |code: &str| RegionService { region: region(code), issuer: region(code) };
    let body = TrustListBody {
        generation: 7,
        made_at: time("2026-11-22T11:00:00Z"),
        issuer: RegionCode::NATION,
        fresh_s: limits::TRUST_FRESH_S,
        grace_s: limits::TRUST_GRACE_S,
        keys: Vec::new(),
        regions: vec![own("330000"), own("440000")],
        adapters: Vec::new(),
        exceptions: vec![RecognitionException {
            id: "2026-1".into(),
            region: region("440000"),
            refused: region("330000"),
            scope: ExceptionScope::All,
            reason: Text { zh: "数据核对中".into(), en: "Being reconciled".into() },
            legal_basis: "a law".into(),
            filed_at: time("2026-11-22T10:00:00Z"),
            effective_from: time("2026-11-22T12:00:00Z"),
            expires_at: time("2026-11-22T13:00:00Z"),
        }],
    };
    let path = folder.path().join("trust.list");
    std::fs::write(&path, TrustList::sign(&body, &root).expect("signed")).expect("a file");
    let anchor = URL_SAFE_NO_PAD.encode(root.public_key().cose_key().to_bytes());
    let mut command = hutong();
    command.args(["recognise", "--matrix", "--at", at, "--anchor", &anchor, "--trust"]).arg(path);
    command
}

fn refused(at: &str) -> Vec<String> {
    let folder = tempfile::tempdir().expect("a folder");
    let output = command(&folder, at).arg("--json").output().expect("the executable starts");
    let matrix: Value = serde_json::from_str(&well(&output)).expect("JSON");
    let cells = matrix["cells"].as_array().expect("cells");
    assert_eq!(cells.len(), 9);
    let no = cells.iter().filter(|cell| cell["recognised"] == "no");
    no.map(|cell| format!("{} in {}", cell["issuer"], cell["shown_in"])).collect()
}

#[test]
fn a_cell_is_no_while_an_exception_is_in_force() {
    assert_eq!(refused("2026-11-22T12:30:00Z"), [r#""330000" in "440000""#]);
    assert!(refused("2026-11-22T11:59:59Z").is_empty());
    assert!(refused("2026-11-22T13:00:00Z").is_empty());
}

#[test]
fn people_read_why_in_their_language() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = command(&folder, "2026-11-22T12:30:00Z");
    let text = well(&command.args(["--lang", "zh-CN"]).output().expect("the executable starts"));
    assert!(text.contains("2026-1 数据核对中") && text.contains("无法核验"), "{text}");
}

#[test]
fn what_is_missing_is_said() {
    let (code, _, stderr) = said(&run(["recognise", "--matrix"]));
    assert_eq!(code, 2);
    assert!(stderr.contains("--trust"), "{stderr}");
    let (code, _, stderr) = said(&run(["recognise", "HT1:X"]));
    assert_eq!(code, 2);
    assert!(stderr.contains("--server"), "{stderr}");
}
