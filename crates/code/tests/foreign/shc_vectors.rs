//! SMART Health Cards and Links: the specification's examples, and deliberately broken ones.

use crate::common::{json, testdata, text};
use hutong_code::foreign::keys::ForeignKeys;
use hutong_code::foreign::{ForeignContext, ForeignVerifier, ShLink};
use hutong_code::revocation::{CardRevocations, Revocations};
use hutong_code::verify::{Format, Step};
use hutong_model::{Timestamp, Verdict};
use serde_json::Value;
use std::path::Path;

/// A week after the examples were signed: 2023-07-01.
const AT: Timestamp = Timestamp::from_unix_s(1_688_169_600);

fn verifier(folder: &Path) -> ForeignVerifier {
    let mut keys = ForeignKeys::default();
    let file = folder.join("spec/examples/issuer/.well-known/jwks.json");
    let added = keys.add_file(&std::fs::read(file).expect("a key set")).expect("it is read");
    assert_eq!((added.keys, added.passed_over), (2, 0));
    ForeignVerifier::new(keys)
}

/// What the command line would be given for a vector: one line.
fn line(folder: &Path, vector: &Value) -> Option<String> {
    let files = vector["files"].as_array()?.iter().zip(vector["source"].as_array()?);
    let texts = files.map(|(file, source)| {
        let path = folder.parent()?.join(source.as_str()?).join(file.as_str()?);
        Some(text_or_nothing(&path)?.trim_end_matches(['\r', '\n']).to_owned())
    });
    Some(texts.collect::<Option<Vec<_>>>()?.join(" "))
}

fn text_or_nothing(path: &Path) -> Option<String> {
    String::from_utf8(std::fs::read(path).ok()?).ok()
}

/// Vectors about things outside the code itself, which are valid by the key that is trusted here.
const OUTSIDE: [(&str, &str); 1] =
    [("issuer not in trusted directory", "which directory is asked is the caller's to say")];

/// The steps at which broken cards are refused.
const STEPS: [(&str, Step); 20] = [
    ("health card w/ trailing chars", Step::Prefix),
    ("numeric QR w/ trailing chars", Step::Prefix),
    ("invalid deflate", Step::Zlib),
    ("no deflate", Step::Cose),
    ("no JWS header 'alg'", Step::Cose),
    ("no JWS header 'zip'", Step::Cose),
    ("wrong JWS header 'kid'", Step::Key),
    ("JWS Payload with BOM UTF-8 prefix", Step::Cbor),
    ("CRL with invalid rid (duplicate)", Step::Key),
    ("CRL with version mismatch", Step::Key),
    ("invalid issuer url", Step::Key),
    ("invalid JWK set", Step::Key),
    ("missing QR chunk", Step::Prefix),
    ("duplicated QR chunk index", Step::Prefix),
    ("invalid numeric QR with odd count", Step::Prefix),
    ("invalid numeric QR with value too big", Step::Prefix),
    ("der encoded signature", Step::Signature),
    ("der encoded signature s-negative", Step::Signature),
    ("der encoded signature r-negative", Step::Signature),
    ("health card w/ multi-jws and issues", Step::Cose),
];

#[test]
fn cards() {
    let Some(folder) = testdata("shc") else { return };
    let verifier = verifier(&folder);
    let vectors = json(&folder.join("expected-shared.json"));
    let mut answered = 0;
    for vector in vectors.as_array().expect("a list") {
        let name = vector["name"].as_str().unwrap_or_default();
        if !matches!(vector["type"].as_str(), Some("jws" | "healthcard" | "qrnumeric")) {
            continue;
        }
        let line = line(&folder, vector).expect("the files are there");
        let reading = verifier.verify(&line, &ForeignContext::at(AT));
        let expected = vector["valid_ignoring_fhir_profile"] == true
            || OUTSIDE.iter().any(|(outside, _)| *outside == name);
        assert_eq!(reading.verdict == Verdict::Valid, expected, "{name}: {reading:?}");
        assert_eq!(reading.format == Format::Unknown, name.ends_with("trailing chars"), "{name}");
        if let Some((_, step)) = STEPS.iter().find(|(broken, _)| *broken == name) {
            assert_eq!(reading.step, Some(*step), "{name}");
        }
        answered += 1;
    }
    println!("{answered} cards answered as expected");
    assert!(answered >= 40);
}

#[test]
fn what_a_card_says() {
    let Some(folder) = testdata("shc") else { return };
    let card = text(&folder.join("spec/examples/example-00-f-qr-code-numeric-value-0.txt"));
    let reading = verifier(&folder).verify(&card, &ForeignContext::at(AT));
    assert_eq!(reading.issuer.as_deref(), Some("https://spec.smarthealth.cards/examples/issuer"));
    assert_eq!(reading.key_id.as_deref(), Some("3Kfdg-XwP-7gXyywtUfUADwBumDOPKMQx-iELL11W9s"));
    let shown = serde_json::to_value(&reading).expect("JSON");
    assert_eq!(shown["person"]["name"]["family"], "Anyperson");
    assert_eq!(shown["records"][0]["product"]["code"], "207");
    assert_eq!(shown["records"][0]["date"], "2021-01-01");
    assert_eq!(shown["records"][0]["catalogue"]["system"], "http://hl7.org/fhir/sid/cvx");
}

#[test]
fn expired_not_yet_valid_and_revoked() {
    let Some(folder) = testdata("shc") else { return };
    let verifier = verifier(&folder);
    let card = text(&folder.join("spec/examples/example-03-f-qr-code-numeric-value-0.txt"));
    let at = |s: i64| verifier.verify(&card, &ForeignContext::at(Timestamp::from_unix_s(s)));
    let early = at(1_600_000_000);
    assert_eq!((early.verdict, early.step), (Verdict::Invalid, Some(Step::Validity)));
    let late = at(1_800_000_000);
    assert_eq!((late.verdict, late.step), (Verdict::Expired, Some(Step::Validity)));
    // The issuer's list, at its address, and from a file that names the key alone.
    let list = text(&folder.join(CRL));
    let key = "3Kfdg-XwP-7gXyywtUfUADwBumDOPKMQx-iELL11W9s";
    for issuer in ["https://spec.smarthealth.cards/examples/issuer", key] {
        let mut held = Revocations::default();
        let list = CardRevocations::parse(&list).expect("a list");
        held.put_cards(issuer, list).expect("the first");
        let reading = verifier.verify(&card, &ForeignContext::at(AT).knowing(&held));
        assert_eq!((reading.verdict, reading.step), (Verdict::Revoked, Some(Step::Revocation)));
    }
}

const CRL: &str =
    "spec/examples/issuer/.well-known/crl/3Kfdg-XwP-7gXyywtUfUADwBumDOPKMQx-iELL11W9s.json";

#[test]
fn links() {
    let Some(folder) = testdata("shc") else { return };
    let folder = folder.join("dev-tools/testdata");
    let before = ForeignContext::at(Timestamp::from_unix_s(1_704_000_000));
    for name in ["shlink-link-direct.txt", "shlink-link-with-viewer.txt"] {
        let link = text(&folder.join(name));
        let reading = ForeignVerifier::default().verify(link.trim(), &before);
        assert_eq!(reading.format, Format::Shlink);
        assert_eq!((reading.verdict, reading.step), (Verdict::Unverified, Some(Step::Callback)));
        let shown = reading.link.expect("what the link says");
        assert_eq!(shown.label.as_deref(), Some("Sample Set 1"));
        assert_eq!(shown.asks_passcode, name.contains("viewer"));
        let after = ForeignVerifier::default().verify(link.trim(), &ForeignContext::at(AT_LATER));
        assert_eq!(after.verdict, Verdict::Expired);
    }
    let link = ShLink::parse(text(&folder.join("shlink-link-with-viewer.txt")).trim());
    assert_eq!(format!("{:?}", link.expect("a link")), "ShLink", "the key is not shown");
}

/// After the links have run out.
const AT_LATER: Timestamp = Timestamp::from_unix_s(1_760_000_000);
