//! Audits, counts and proofs that stand alone.

use crate::common::*;
use hutong_ledger::*;
use hutong_model::Level;
use proptest::prelude::*;

/// A log of decisions and accesses.
fn log(decisions: std::ops::Range<u64>) -> Memory {
    let tiles = Memory::new();
    let mut writer = Writer::begin(&tiles, signer()).unwrap();
    append(&mut writer, decisions);
    tiles
}
fn append(writer: &mut Writer<&Memory>, decisions: std::ops::Range<u64>) {
    let start = decisions.start;
    let mut batch = entries(decisions);
    batch.push(LogEntry::from(&access(start)));
    writer.append(&batch).unwrap();
}

#[test]
fn an_audit_counts_what_is_there() {
    let tiles = log(0..600);
    let audited = audit(&tiles, &policy(), None).unwrap();
    assert_eq!((audited.size(), audited.root()), (601, view(&tiles).root()));
    let counts = audited.counts();
    assert_eq!((counts.of_kind(Kind::Decision), counts.of_kind(Kind::Access)), (600, 1));
    let reds: u64 =
        counts.kinds().filter(|row| row.what.as_deref() == Some("red")).map(|r| r.count).sum();
    assert_eq!(reds, 200);
    let row = counts.rules().find(|row| row.rule == label("close-contact")).unwrap();
    assert_eq!((row.issuer, row.level, row.count), (region("330000"), Level::Green, 200));
    let by_rule: u64 = counts.rules().filter(|row| row.rule == label("a")).map(|r| r.count).sum();
    assert_eq!(by_rule, 300);
}

#[test]
fn an_audit_goes_on_from_an_earlier_one() {
    let tiles = log(0..300);
    let mut audited = audit(&tiles, &policy(), None).unwrap();
    let mut writer = Writer::open(&tiles, signer(), &[]).unwrap();
    for from in [300, 301, 511, 900] {
        append(&mut writer, from..from + 100);
        let text = serde_json::to_string(&audited).unwrap();
        let earlier: Audited = serde_json::from_str(&text).unwrap();
        assert_eq!(earlier, audited);
        audited = audit(&tiles, &policy(), Some(earlier)).unwrap();
        assert_eq!(audited, audit(&tiles, &policy(), None).unwrap());
    }
    // Nothing new: nothing changes.
    assert_eq!(audit(&tiles, &policy(), Some(audited.clone())), Ok(audited));
}

#[test]
fn every_new_leaf_is_shown_once() {
    let tiles = log(0..300);
    let first = audit(&tiles, &policy(), None).unwrap();
    append(&mut Writer::open(&tiles, signer(), &[]).unwrap(), 300..310);
    let mut seen = Vec::new();
    audit_with(&tiles, &policy(), Some(first), |index, leaf| {
        seen.push((index, leaf.kind()));
        Ok(())
    })
    .unwrap();
    assert_eq!(seen.len(), 11);
    assert_eq!((seen[0], seen[10]), ((301, Kind::Decision), (311, Kind::Access)));
}

#[test]
fn history_that_was_rewritten_is_found() {
    let (short, long, other) = (log(0..300), log(0..400), log(1000..1500));
    let audited = audit(&long, &policy(), None).unwrap();
    let shrunk = LedgerError::Shrunk { old: 401, new: 301 };
    assert_eq!(audit(&short, &policy(), Some(audited.clone())), Err(shrunk));
    let inconsistent = LedgerError::Inconsistent { old: 401, new: 501 };
    assert_eq!(audit(&other, &policy(), Some(audited)), Err(inconsistent));
}

#[test]
fn what_is_no_leaf_is_named() {
    let tiles = grown(&[3]);
    let refused = audit(&tiles, &policy(), None);
    let reason = "not CBOR of the form it should have";
    assert_eq!(refused, Err(LedgerError::Leaf { index: 0, reason }));
}

#[test]
fn no_log_is_no_audit() {
    assert_eq!(audit(Memory::new(), &policy(), None), Err(LedgerError::NoLog));
}

#[test]
fn a_proof_stands_alone() {
    let tiles = log(0..300);
    let signed = newest(&tiles);
    let proof = Proof::make(&view(&tiles), &signed, 77).unwrap();
    let text = proof.to_string();
    assert!(text.starts_with("c2sp.org/tlog-proof@v1\nextra "));
    let read = Proof::parse(text.as_bytes()).unwrap();
    assert_eq!(read, proof);
    let (leaf, proven) = read.verify_leaf(&policy()).unwrap();
    assert_eq!(leaf, decision(77).0);
    assert_eq!((proven.index, proven.size), (77, 301));
    decision(77).1.check(&leaf).unwrap();
    // Without the leaf, for whoever has it.
    let short = Proof::parse(read.without_leaf().to_string().as_bytes()).unwrap();
    assert!(short.verify(&leaf.hash(), &policy()).is_ok());
    assert!(short.verify_leaf(&policy()).is_err());
    assert!(short.verify(&decision(78).0.hash(), &policy()).is_err());
    // For whoever asks for a witness too.
    let witness = witness_signer(1);
    let strict = policy().with_witnesses(vec![witness.key().clone()], 1);
    assert!(short.verify(&leaf.hash(), &strict).is_err());
    let line = witness.cosign(signed.note().text(), 5).unwrap();
    let proof = Proof::make(&view(&tiles), &signed.with_signature(line), 77).unwrap();
    assert!(proof.verify(&leaf.hash(), &strict).is_ok());
    // Of another tree than the view's.
    let other = newest(&log(0..10));
    assert!(matches!(Proof::make(&view(&tiles), &other, 7), Err(LedgerError::Root { .. })));
}

#[test]
fn malformed_proofs_are_refused() {
    let text = Proof::make(&view(log(0..5)), &newest(&log(0..5)), 3).unwrap().to_string();
    for wrong in [
        text.replacen("@v1", "@v2", 1),
        text.replacen("index 3", "index 03", 1),
        text.replacen("index 3", "index", 1),
        text.replacen("extra ", "extra !", 1),
        text.replacen("\n\n", "\n", 1),
        text.replacen("\n\n", &format!("\n{}\n\n", "A".repeat(44)), 1),
        text[..text.len() - 1].to_owned(),
        text[..30].to_owned(),
        String::new(),
    ] {
        assert!(Proof::parse(wrong.as_bytes()).is_err(), "{wrong}");
    }
    let other = text.replacen("index 3", "index 2", 1);
    let other = Proof::parse(other.as_bytes()).unwrap();
    let refused = other.verify_leaf(&policy()).unwrap_err();
    assert_eq!(refused, LedgerError::NotIncluded { index: 2, size: 6 });
}

#[test]
fn counts_that_were_altered_in_form_are_refused() {
    let audited = audit(log(0..5), &policy(), None).unwrap();
    let text = serde_json::to_string(&audited).unwrap();
    for (from, to) in [("\"red\"", "\"blue\""), ("\"size\"", "\"sise\""), ("330000", "33")] {
        assert!(text.contains(from));
        let wrong = text.replace(from, to);
        assert!(serde_json::from_str::<Audited>(&wrong).is_err(), "{wrong}");
    }
}

proptest! {
    #[test]
    fn any_text_is_a_proof_in_its_one_spelling_or_refused(
        bytes in proptest::collection::vec(any::<u8>(), 0..200), place: usize, bit in 0_u8..8,
    ) {
        let _ = Proof::parse(&bytes);
        let tiles = log(0..9);
        let mut changed = Proof::make(&view(&tiles), &newest(&tiles), 4).unwrap().to_string().into_bytes();
        let place = place % changed.len();
        changed[place] ^= 1 << bit;
        if let Ok(proof) = Proof::parse(&changed) {
            prop_assert_eq!(proof.to_string().into_bytes(), changed);
            prop_assert!(proof.verify_leaf(&policy()).is_err());
        }
    }
}
