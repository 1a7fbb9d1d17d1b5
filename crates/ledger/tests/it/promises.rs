//! Inclusion promises.

use crate::common::*;
use hutong_ledger::*;
use proptest::prelude::*;

fn rule() -> PromiseRule {
    PromiseRule::new([signer().key().clone()], 600)
}

#[test]
fn a_promise_is_read_as_it_is_written_and_holds() {
    let leaf = decision(1).0.hash();
    let promise = Promise::sign(leaf, at(0), &signer()).unwrap();
    let bytes = promise.to_bytes();
    assert_eq!(bytes.len(), 113);
    assert_eq!(Promise::parse(&bytes), Ok(promise));
    assert_eq!(promise.due(), at(0).plus_s(60));
    let standing = rule().check(Some(&promise), at(0), at(0).plus_s(90_000)).unwrap();
    assert_eq!(standing, PromiseStanding::Promised { leaf, at: at(0) });
}

#[test]
fn without_a_promise_there_is_only_the_grace() {
    let until = at(0).plus_s(600);
    let check = |seconds| rule().check(None, at(0), at(0).plus_s(seconds));
    assert_eq!(check(0), Ok(PromiseStanding::InGrace { until }));
    assert_eq!(check(599), Ok(PromiseStanding::InGrace { until }));
    assert_eq!(check(600), Err(LedgerError::NoPromise { grace_s: 600 }));
    // One that was issued in the future is not younger than young.
    assert_eq!(check(-3600), Err(LedgerError::NoPromise { grace_s: 600 }));
}

#[test]
fn false_promises_are_refused_even_in_the_grace() {
    let leaf = decision(1).0.hash();
    let check = |promise: &Promise| rule().check(Some(promise), at(0), at(0));
    let by_other = Promise::sign(leaf, at(0), &other_signer()).unwrap();
    assert_eq!(check(&by_other), Err(LedgerError::PromiseLog));
    let future = Promise::sign(leaf, at(0).plus_s(3600), &signer()).unwrap();
    assert_eq!(check(&future), Err(LedgerError::PromiseTime));
    let mut bytes = Promise::sign(leaf, at(0), &signer()).unwrap().to_bytes();
    bytes[20] ^= 1;
    let altered = Promise::parse(&bytes).unwrap();
    assert_eq!(check(&altered), Err(LedgerError::Forged(ORIGIN.into())));
}

#[test]
fn a_promise_is_kept_by_a_proof() {
    let tiles = Memory::new();
    let mut writer = Writer::begin(&tiles, signer()).unwrap();
    let (leaf, _) = decision(1);
    let promise = Promise::sign(leaf.hash(), at(0), &signer()).unwrap();
    writer.append(&entries(0..5)).unwrap();
    let tree = view(&tiles);
    let proof = Proof::make(&tree, writer.checkpoint(), 1).unwrap();
    assert!(proof.verify(&promise.leaf(), &policy()).is_ok());
    let proof = Proof::make(&tree, writer.checkpoint(), 2).unwrap();
    let broken = LedgerError::NotIncluded { index: 2, size: 5 };
    assert_eq!(proof.verify(&promise.leaf(), &policy()), Err(broken));
}

#[test]
fn the_signature_of_a_promise_is_none_of_a_checkpoint() {
    // The log signs both with one key; neither message can be the other.
    let promise = Promise::sign(leaf_hash(b"x"), at(0), &signer()).unwrap();
    let message = [b"hutong inclusion promise v1\0".as_slice(), &promise.to_bytes()[..49]].concat();
    assert!(Note::parse(&message).is_err());
    assert!(message.contains(&0));
}

proptest! {
    #[test]
    fn any_bytes_are_a_promise_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..130)) {
        if let Ok(promise) = Promise::parse(&bytes) {
            prop_assert_eq!(promise.to_bytes().to_vec(), bytes);
            prop_assert!(rule().check(Some(&promise), at(0), at(0)).is_err());
        }
    }

    #[test]
    fn a_changed_promise_is_refused(place in 0_usize..113, bit in 0_u8..8) {
        let mut bytes = Promise::sign(leaf_hash(b"x"), at(0), &signer()).unwrap().to_bytes();
        bytes[place] ^= 1 << bit;
        let promise = Promise::parse(&bytes);
        prop_assert!(promise.map_or(true, |p| rule().check(Some(&p), at(0), at(0)).is_err()));
    }
}
