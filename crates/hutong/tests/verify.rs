//! `hutong verify`: one line in, one answer out, from a trust list that is made here.

mod common;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use common::{hutong, run, run_with_input, said, text};
use hutong_code::{
    Algorithm, AssertionClaims, Badges, Holder, Sign, SigningKey, TrustList, TrustListBody,
    trust::{KeyPurpose, TrustedKey},
};
use hutong_model::{PersonId, RegionCode, Timestamp, limits};
use serde_json::{Value, json};
use std::process::{Command, Stdio};

/// 2026-11-22T12:00:00Z.
const NOW: i64 = 1_795_348_800;

/// A certificate of country XA, in force until 2030, and its signer.
const HC1: &str = include_str!("files/dose-xa.hc1");
const SIGNER: &str = include_str!("files/signer-xa.pem");

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
            records: Vec::new(),
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
    let world = World::new();
    let other = World::new();
    let list = text(&world.folder.path().join("trust.list"));
    let output = run(["verify", "--anchor", &other.anchor, "--trust", &list]);
    let (code, _, stderr) = said(&output);
    assert_eq!(code, 3);
    assert!(stderr.contains("none of the anchors"), "{stderr}");
    let (code, _, stderr) = said(&run(["verify", "--trust", &list]));
    assert_eq!(code, 3);
    assert!(stderr.contains("--anchor"), "{stderr}");
    let output = run(["verify", "--anchor", &world.anchor, "--trust", "/no/such/file"]);
    assert_eq!(said(&output).0, 3);
    let (code, _, stderr) = said(&run(["verify", "--rules", "."]));
    assert_eq!(code, 2);
    assert!(stderr.contains("--country"), "{stderr}");
}

/// Nobody is trusted: every line is answered, and no code of ours is taken for right.
#[test]
fn without_trust_nothing_is_valid() {
    let world = World::new();
    let mut command = hutong();
    let output = run_with_input(command.args(["verify", "--json"]), &world.code(NOW));
    let answer: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!((&answer["result"], &answer["step"]), (&json!("unverified"), &json!("key")));
    assert_eq!(answer["reasons"][0]["code"], "key-unknown");
}

/// The form of an answer: the same members whatever was scanned.
#[test]
fn one_form_for_all() {
    let world = World::new();
    let lines = [world.code(NOW), HC1.to_owned(), "rubbish".into(), "shc:/56".into()];
    let certificate = world.folder.path().join("signer.pem");
    std::fs::write(&certificate, SIGNER).expect("a file");
    let mut command = world.command(NOW);
    command.arg("--json").arg("--trust-cert").arg(certificate);
    let (code, stdout, _) = said(&run_with_input(&mut command, &lines.join("\n")));
    assert_eq!(code, 0);
    let answers: Vec<Value> =
        stdout.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let of = |name: &str| answers.iter().map(|answer| answer[name].clone()).collect::<Vec<_>>();
    assert_eq!(of("format"), ["ht1", "eu-dcc", "unknown", "shc"]);
    assert_eq!(of("result"), ["valid", "valid", "invalid", "invalid"]);
    assert_eq!(of("issuer"), [json!("330000"), json!("XA"), Value::Null, Value::Null]);
    for answer in &answers {
        assert!(answer.get("key_id").is_some() && answer["rules"].is_array(), "{answer}");
        assert!(answer["reasons"][0]["zh"].is_string() && answer["records"].is_array(), "{answer}");
    }
    assert_eq!(answers[1]["records"][0]["product"]["code"], "EU/1/20/1528");
    assert_eq!(answers[2]["reasons"][0]["step"], "prefix");
}

/// Whoever asks line by line gets each answer before asking the next.
#[test]
fn each_line_is_answered_at_once() {
    use std::io::{BufRead, BufReader, Write};
    let mut command = hutong();
    command.args(["verify", "--json"]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut process = command.spawn().expect("the executable starts");
    let mut input = process.stdin.take().expect("stdin");
    let mut output = BufReader::new(process.stdout.take().expect("stdout"));
    for line in ["HC1:", "shc:/", "x"] {
        writeln!(input, "{line}").expect("stdin is read");
        let mut answer = String::new();
        output.read_line(&mut answer).expect("an answer");
        let answer: Value = serde_json::from_str(&answer).expect("JSON");
        assert_eq!(answer["result"], "invalid");
    }
    drop(input);
    assert!(process.wait().expect("it ends").success());
}

/// However many threads there are, answers stand in the order of their lines.
#[test]
fn threads_keep_the_order() {
    let lines: Vec<String> =
        (0..5000).map(|number| format!("shc:/{}", "5".repeat(number % 97))).collect();
    // A file: a pipe would be full before anybody reads the answers.
    let folder = tempfile::tempdir().expect("a temporary folder");
    let input = folder.path().join("lines");
    std::fs::write(&input, lines.join("\n")).expect("a file");
    let answers = |threads: &str| {
        let mut command = hutong();
        command.args(["verify", "--json", "--at", "2026-01-01T00:00:00Z", "--threads", threads]);
        command.stdin(std::fs::File::open(&input).expect("a file"));
        said(&command.output().expect("it ends")).1
    };
    let one = answers("1");
    assert_eq!(one.lines().count(), lines.len());
    assert_eq!(one, answers("7"));
}

/// Bytes that are no text are answered, and do not disturb their neighbours.
#[test]
fn bytes_that_are_no_text() {
    let mut command = hutong();
    command.args(["verify", "--json"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut process = command.spawn().expect("the executable starts");
    let mut input = process.stdin.take().expect("stdin");
    std::io::Write::write_all(&mut input, b"\xff\xfe\n\n\0\nHC1:\xc3\n").expect("stdin is read");
    drop(input);
    let output = process.wait_with_output().expect("it ends");
    assert_eq!(String::from_utf8_lossy(&output.stdout).lines().count(), 4);
    assert!(output.status.success());
}

#[test]
fn codes_are_read_from_pictures() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (picture, nothing) = (folder.path().join("dose.png"), folder.path().join("notes.txt"));
    std::fs::write(&picture, include_bytes!("files/dose-xa.png")).expect("a file");
    std::fs::write(&nothing, "no picture").expect("a file");
    let signer = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/files/signer-xa.pem");
    let mut command = hutong();
    command.args(["verify", "--json", "--at", "2026-11-22T12:00:00Z", "--trust-cert", signer]);
    command.arg("--image").args([&picture, &nothing]);
    let output = command.output().expect("the executable starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let answers: Vec<Value> = String::from_utf8_lossy(&output.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    let results: Vec<_> = answers.iter().map(|answer| &answer["result"]).collect();
    assert_eq!(results, ["valid", "invalid"], "{answers:?}");
    assert_eq!(answers[0]["image"]["page"], 1);
    assert!(answers[1]["image"]["error"].is_string());
}
