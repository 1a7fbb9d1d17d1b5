//! Nothing that was changed on the way is ever answered well, and nothing panics.

use crate::{NOW, World};
use hutong_code::{Algorithm, Verifier, VerifyContext, base45};
use hutong_model::Verdict;
use proptest::prelude::*;
use std::sync::LazyLock;

const ALPHABET: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";

struct Subject {
    verifier: Verifier,
    shown: String,
    paper: String,
}

static SUBJECTS: LazyLock<Vec<Subject>> = LazyLock::new(|| {
    let pairs = [
        (Algorithm::EdDsa, Algorithm::EdDsa),
        (Algorithm::EdDsa, Algorithm::Es256),
        (Algorithm::Es256, Algorithm::EdDsa),
        (Algorithm::Es256, Algorithm::Es256),
    ];
    let subject = |(issuer, device)| {
        let world = World::new(issuer, device);
        let (shown, paper) = (world.show(&world.claims()), world.paper());
        Subject { verifier: world.verifier(), shown, paper }
    };
    pairs.into_iter().map(subject).collect()
});

fn is_positive(verifier: &Verifier, text: &str) -> bool {
    verifier.verify(text, &VerifyContext::at(NOW)).is_positive()
}

fn bytes_of(text: &str) -> Vec<u8> {
    base45::decode(&text.as_bytes()[4..]).expect("base45")
}

fn text_of(bytes: &[u8]) -> String {
    format!("HT1:{}", base45::encode(bytes))
}

#[test]
fn unchanged_they_are_answered_well() {
    for subject in SUBJECTS.iter() {
        assert!(is_positive(&subject.verifier, &subject.shown));
        assert!(is_positive(&subject.verifier, &subject.paper));
        assert!(is_positive(&subject.verifier, &text_of(&bytes_of(&subject.shown))));
    }
}

#[test]
fn every_byte_counts() {
    for subject in SUBJECTS.iter() {
        for text in [&subject.shown, &subject.paper] {
            let bytes = bytes_of(text);
            for at in 0..bytes.len() {
                for flip in [0x01, 0x10, 0x80, 0xff] {
                    let mut changed = bytes.clone();
                    changed[at] ^= flip;
                    assert!(!is_positive(&subject.verifier, &text_of(&changed)), "byte {at}");
                }
                let cut = text_of(&bytes[..at]);
                assert!(!is_positive(&subject.verifier, &cut), "cut at {at}");
            }
        }
    }
}

#[test]
fn every_value_of_the_structure_counts() {
    // Every value of every byte before the device's signature, for one subject.
    let subject = &SUBJECTS[0];
    let bytes = bytes_of(&subject.paper);
    let structure = (0..40).chain(bytes.len() - 70..bytes.len() - 60);
    for at in structure {
        for value in (0..=u8::MAX).filter(|value| *value != bytes[at]) {
            let mut changed = bytes.clone();
            changed[at] = value;
            assert!(!is_positive(&subject.verifier, &text_of(&changed)), "byte {at} as {value}");
        }
    }
}

#[test]
fn a_presentation_cannot_be_made_into_paper() {
    let subject = &SUBJECTS[0];
    // The first of the four items alone.
    let bytes = bytes_of(&subject.shown);
    let assertion = hutong_code::PresentationText::parse(&subject.shown).expect("presentation");
    let paper = hutong_code::print(assertion.assertion()).expect("print");
    let answer = subject.verifier.verify(&paper, &VerifyContext::at(NOW));
    assert_eq!(answer.verdict, Verdict::Invalid);
    assert_eq!(crate::why(&answer), "device-signature-missing");
    assert!(bytes.len() > assertion.assertion().len());
}

proptest! {
    #[test]
    fn changed_characters(
        which in 0..4_usize,
        edits in proptest::collection::vec((any::<prop::sample::Index>(), 0..45_usize), 1..4),
    ) {
        let subject = &SUBJECTS[which];
        for text in [&subject.shown, &subject.paper] {
            let mut changed = text.clone().into_bytes();
            for (at, character) in &edits {
                let at = at.index(changed.len());
                changed[at] = ALPHABET[*character];
            }
            let changed = String::from_utf8(changed).expect("text");
            prop_assert!(&changed == text || !is_positive(&subject.verifier, &changed));
        }
    }

    #[test]
    fn inserted_and_removed_bytes(
        which in 0..4_usize,
        at in any::<prop::sample::Index>(),
        removed in 0..3_usize,
        inserted in proptest::collection::vec(any::<u8>(), 0..3),
    ) {
        let subject = &SUBJECTS[which];
        for text in [&subject.shown, &subject.paper] {
            let bytes = bytes_of(text);
            let at = at.index(bytes.len());
            let mut changed = bytes.clone();
            changed.splice(at..(at + removed).min(bytes.len()), inserted.clone());
            prop_assert!(changed == bytes || !is_positive(&subject.verifier, &text_of(&changed)));
        }
    }

    #[test]
    fn any_text_is_answered(text in ".{0,200}", body in "[0-9A-Z $%*+./:-]{0,300}") {
        let verifier = &SUBJECTS[0].verifier;
        prop_assert!(!is_positive(verifier, &text));
        let code = format!("HT1:{body}");
        prop_assert!(!is_positive(verifier, &code));
    }

    #[test]
    fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let verifier = &SUBJECTS[0].verifier;
        prop_assert!(!is_positive(verifier, &text_of(&bytes)));
        let zlib = [&[0x78, 0xda][..], &bytes].concat();
        prop_assert!(!is_positive(verifier, &text_of(&zlib)));
    }
}
