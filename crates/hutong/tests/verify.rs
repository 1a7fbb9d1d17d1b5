//! `hutong verify`: one line in, one answer out, from a trust list that is made here.

mod common;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use common::{hutong, run, run_with_input, said, text};
use hutong_code::{
    Algorithm, AssertionClaims, Badges, Holder, Sign, SigningKey, TrustList, TrustListBody,
    trust::{KeyPurpose, TrustedKey},
};
use hutong_model::{PersonId, RegionCode, Timestamp, limits};
use serde_json::Value;
use std::process::Command;

/// 2026-11-22T12:00:00Z.
const NOW: i64 = 1_795_348_800;

struct World {
    folder: tempfile::TempDir,
    anchor: String,
    issuer: SigningKey,
    phone: SigningKey,
}

impl World {
    fn new() -> Self {
        let root = SigningKey::generate(Algorithm::EdDsa).expect("a key");
        let issuer = SigningKey::generate(Algorithm::EdDsa).expect("a key");
        let phone = SigningKey::generate(Algorithm::Es256).expect("a key");
        let region = RegionCode::parse("330000").expect("a region");
        let key = issuer.public_key().cose_key();
        let from = Timestamp::from_unix_s(NOW - 3600);
        let body = TrustListBody {
            generation: 7,
            made_at: Timestamp::from_unix_s(NOW - 600),
            issuer: RegionCode::NATION,
            fresh_s: limits::TRUST_FRESH_S,
            grace_s: limits::TRUST_GRACE_S,
            keys: vec![TrustedKey::new(region, key, &[KeyPurpose::Assertion], from)],
            regions: Vec::new(),
            adapters: Vec::new(),
            exceptions: Vec::new(),
        };
        let folder = tempfile::tempdir().expect("a temporary folder");
        let bytes = TrustList::sign(&body, &root).expect("it can be signed");
        std::fs::write(folder.path().join("trust.list"), bytes).expect("a file");
        let anchor = URL_SAFE_NO_PAD.encode(root.public_key().cose_key().to_bytes());
        Self { folder, anchor, issuer, phone }
    }

    fn code(&self, shown_at: i64) -> String {
        let claims = AssertionClaims {
            issuer: RegionCode::parse("330000").expect("a region"),
            subject: PersonId::from_bytes([7; 16]),
            issued_at: Timestamp::from_unix_s(NOW - 300),
            expires_at: Timestamp::from_unix_s(NOW + 3600),
            cti: [9; 16],
            holder: Holder::Device(self.phone.public_key().cose_key().clone()),
            standing: None,
            residence: None,
            badges: Badges::default(),
        };
        let assertion = hutong_code::issue(&claims, &self.issuer).expect("it can be signed");
        let at = Timestamp::from_unix_s(shown_at);
        hutong_code::present(&assertion, at, &self.phone).expect("it can be shown")
    }

    fn command(&self, at: i64) -> Command {
        let mut command = hutong();
        let at = Timestamp::from_unix_s(at).to_string();
        command.args(["verify", "--at", &at, "--anchor", &self.anchor, "--trust"]);
        command.arg(self.folder.path().join("trust.list"));
        command
    }
}

#[test]
fn every_line_is_answered_in_order() {
    let world = World::new();
    let mut altered = world.code(NOW);
    altered.replace_range(40..41, if &altered[40..41] == "A" { "B" } else { "A" });
    let lines = [
        world.code(NOW),
        "rubbish".to_owned(),
        world.code(NOW - 120),
        String::new(),
        "x".repeat(100_000),
        altered,
        world.code(NOW - 10),
    ];
    let input = lines.join("\r\n");
    let output = run_with_input(world.command(NOW).arg("--json"), &input);
    let (code, stdout, stderr) = said(&output);
    assert_eq!((code, stderr.as_str()), (0, ""));
    let results: Vec<String> = stdout
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("JSON"))
        .map(|answer| answer["result"].as_str().expect("a result").to_owned())
        .collect();
    assert_eq!(results, ["valid", "invalid", "expired", "invalid", "invalid", "invalid", "valid"]);
}

#[test]
fn people_read_a_line_in_their_language() {
    let world = World::new();
    let code = world.code(NOW);
    let mut command = world.command(NOW);
    let (_, english, _) = said(&run_with_input(&mut command, &code));
    assert!(english.starts_with("valid [330000]"), "{english}");
    let mut command = world.command(NOW);
    let (_, chinese, _) = said(&run_with_input(command.args(["--lang", "zh-CN"]), &code));
    assert!(chinese.starts_with("有效 [330000]"), "{chinese}");
}

#[test]
fn an_old_list_answers_unverified() {
    let world = World::new();
    let at = NOW + 8 * 86_400;
    let output = run_with_input(world.command(at).arg("--json"), &world.code(at));
    let answer: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(answer["result"], "unverified");
}

#[test]
fn what_is_missing_is_said() {
    let (code, _, stderr) = said(&run(["verify"]));
    assert_eq!(code, 2);
    assert!(stderr.contains("--trust"), "{stderr}");
    let world = World::new();
    let other = World::new();
    let list = text(&world.folder.path().join("trust.list"));
    let output = run(["verify", "--anchor", &other.anchor, "--trust", &list]);
    let (code, _, stderr) = said(&output);
    assert_eq!(code, 3);
    assert!(stderr.contains("none of the anchors"), "{stderr}");
    let output = run(["verify", "--anchor", &world.anchor, "--trust", "/no/such/file"]);
    assert_eq!(said(&output).0, 3);
}
