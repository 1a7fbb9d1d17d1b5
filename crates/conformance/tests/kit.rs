//! The kit through its public surface: our own verifier passes it, a bad one does not.

use hutong_code::{Scanner, VerifyContext, VerifyingKey};
use hutong_conformance::{Kit, check};
use hutong_model::{Timestamp, Verdict};
use std::collections::HashSet;

fn at() -> Timestamp {
    Timestamp::parse("2026-11-22T12:00:00Z").expect("a time")
}

fn scanner(kit: &Kit) -> Scanner {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    let anchor = URL_SAFE_NO_PAD.decode(&kit.anchor).expect("base64url");
    let anchor = [VerifyingKey::from_cose_key(&anchor).expect("a key")];
    let mut scanner = Scanner::default();
    for file in &kit.trust {
        scanner.add_file(&file.content, &anchor).unwrap_or_else(|e| panic!("{}: {e}", file.name));
    }
    scanner
}

#[test]
fn our_own_verifier_passes() {
    let kit = Kit::make(at()).expect("a kit");
    let scanner = scanner(&kit);
    let context = VerifyContext::at(kit.at);
    let mut answers = String::new();
    for vector in &kit.vectors {
        let reading = scanner.scan(&vector.text, &context);
        assert_eq!(reading.format, vector.format, "{}", vector.id);
        answers.push_str(&serde_json::to_string(&reading).expect("JSON"));
        answers.push('\n');
    }
    let checked = check(&kit.vectors, &answers, true);
    assert!(checked.differences.is_empty(), "{:#?}", checked.differences);
    assert!(checked.vectors >= 60, "{}", checked.vectors);
}

#[test]
fn a_verifier_that_says_yes_fails_every_wrong_vector() {
    let kit = Kit::make(at()).expect("a kit");
    let yes = "{\"result\":\"valid\"}\n".repeat(kit.vectors.len());
    let checked = check(&kit.vectors, &yes, false);
    let wrong = kit.vectors.iter().filter(|vector| vector.result != Verdict::Valid).count();
    assert_eq!(checked.differences.len(), wrong);
    let nothing = check(&kit.vectors, "nonsense\n", true);
    assert_eq!(nothing.differences.len(), kit.vectors.len());
    assert_eq!(nothing.differences[1].answered, "nothing");
}

#[test]
fn names_are_given_once_and_texts_are_lines() {
    let kit = Kit::make(at()).expect("a kit");
    let names: HashSet<_> = kit.vectors.iter().map(|vector| &vector.id).collect();
    assert_eq!(names.len(), kit.vectors.len());
    assert!(kit.vectors.iter().all(|vector| !vector.text.contains(['\n', '\r'])));
    assert!(kit.vectors.iter().all(|vector| !vector.clause.is_empty()));
}
