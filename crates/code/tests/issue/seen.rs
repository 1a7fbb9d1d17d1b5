//! Codes that were seen a moment ago: the same answer, and never beyond what holds.

use crate::{NOW, Signer, at, person, vaccination_record};
use hutong_code::issue::{
    Uvci,
    dcc::{DccClaims, issue},
};
use hutong_code::scan::{CachingScanner, SEEN_S};
use hutong_model::Verdict;
use std::sync::Arc;

fn certificate(signer: &Signer, life_s: i64) -> String {
    let claims = DccClaims {
        issuer: "CN",
        issued_at: NOW.plus_s(-3600),
        expires_at: NOW.plus_s(life_s),
        key_id: signer.certificate.key_id(),
        uvci: &Uvci::build("CN", "ABC123").expect("well-formed"),
        person: &person(),
        record: &vaccination_record(),
    };
    issue(&claims, &signer.key).expect("issued")
}

#[test]
fn the_same_text_is_answered_from_memory_and_any_other_is_not() {
    let signer = Signer::of("CN");
    let scanner = CachingScanner::new(signer.scanner(), 1 << 20);
    let text = certificate(&signer, 86_400);
    let first = scanner.scan(&text, &at(NOW));
    assert_eq!(*first, signer.scanner().scan(&text, &at(NOW)));
    assert!(Arc::ptr_eq(&first, &scanner.scan(&text, &at(NOW.plus_s(1)))), "from memory");
    let changed =
        format!("{}{}", &text[..text.len() - 1], if text.ends_with('0') { "1" } else { "0" });
    let answer = scanner.scan(&changed, &at(NOW));
    assert_eq!(*answer, signer.scanner().scan(&changed, &at(NOW)));
    assert_ne!(answer.verdict, Verdict::Valid);
    // What was refused is looked at again each time.
    assert!(!Arc::ptr_eq(&answer, &scanner.scan(&changed, &at(NOW))));
}

#[test]
fn it_is_forgotten_after_its_end_after_a_minute_and_before_it_was_seen() {
    let signer = Signer::of("CN");
    let scanner = CachingScanner::new(signer.scanner(), 1 << 20);
    let text = certificate(&signer, 10);
    assert_eq!(scanner.scan(&text, &at(NOW)).verdict, Verdict::Valid);
    assert_eq!(scanner.scan(&text, &at(NOW.plus_s(10))).verdict, Verdict::Valid);
    assert_eq!(scanner.scan(&text, &at(NOW.plus_s(11))).verdict, Verdict::Expired);
    let text = certificate(&signer, 86_400);
    let first = scanner.scan(&text, &at(NOW));
    assert!(!Arc::ptr_eq(&first, &scanner.scan(&text, &at(NOW.plus_s(SEEN_S)))));
    // A clock that was set back.
    assert_eq!(scanner.scan(&text, &at(NOW.plus_s(-7200))).verdict, Verdict::Invalid);
}

#[test]
fn the_memory_is_bounded() {
    let signer = Signer::of("CN");
    let scanner = CachingScanner::new(signer.scanner(), 64 * 1024);
    let texts: Vec<String> = (1..200).map(|life_s| certificate(&signer, life_s)).collect();
    let seen: Vec<_> = texts.iter().map(|text| scanner.scan(text, &at(NOW))).collect();
    let kept = texts.iter().zip(&seen);
    let kept = kept.filter(|(text, seen)| Arc::ptr_eq(seen, &scanner.scan(text, &at(NOW))));
    // Each takes more than four of the 64 KiB.
    let kept = kept.count();
    assert!((1..16).contains(&kept), "{kept}");
}
