//! A code as a scanner hands it over: base45, zlib, CBOR, COSE, CWT, device signature.
//!
//! The first byte says what the rest is: `0` the text itself, `1` the bytes behind its Base45, `2`
//! an assertion, `3` claims, which are then truly signed and shown; `4` the bytes behind the text
//! of a place's code, `5` claims of a place, which are then truly signed.
#![no_main]

use hutong_code::{
    Assertion, PlaceClaims, PresentationText, Sign, VerifyContext, base45, issue, present, print,
};
use hutong_fuzz::{NOW, World, sign1};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some((kind, rest)) = bytes.split_first() else { return };
    match kind & 7 {
        0 => scanned(&String::from_utf8_lossy(rest)),
        1 => scanned(&format!("HT1:{}", base45::encode(rest))),
        2 => assertion(rest),
        4 => place(rest),
        5 => place(&sign1(rest, b"HT1-place", &World::get().issuer)),
        _ => claims(rest),
    }
});

/// No text that was not made with the keys is worth anything.
fn scanned(text: &str) {
    if let Ok(decoded) = base45::decode(text.as_bytes()) {
        assert_eq!(base45::encode(&decoded), text, "base45 is one to one");
    }
    let world = World::get();
    let answer = world.verifier.verify(text, &VerifyContext::at(NOW));
    if answer.is_positive() {
        // Only a seed can be: then the device signed what is here, to the last byte.
        let shown = PresentationText::parse(text).expect("it was read");
        if !shown.is_paper() {
            shown.verify_device(world.device.public_key().cose_key()).expect("signed");
        }
        let assertion = Assertion::parse(shown.assertion()).expect("it was read");
        assertion.verify(world.issuer.public_key()).expect("signed");
    }
}

/// A place's code that verifies survives being written.
fn place(bytes: &[u8]) {
    let (world, text) = (World::get(), format!("HTP1:{}", base45::encode(bytes)));
    if let Ok(claims) = PlaceClaims::verify(&text, world.verifier.trust(), NOW) {
        let again = claims.issue(&world.issuer).expect("what is read can be issued");
        let again = PlaceClaims::verify(&again, world.verifier.trust(), NOW);
        assert_eq!(again.as_ref(), Ok(&claims), "claims survive being written");
    }
}

fn assertion(bytes: &[u8]) {
    if let Ok(read) = Assertion::parse(bytes) {
        let _ = (read.message(), read.algorithm(), read.key_id());
        if read.verify(World::get().issuer.public_key()).is_ok() {
            assert_eq!(&sign1(payload(bytes), b"", &World::get().issuer)[1..], untagged(bytes));
        }
    }
    if let Ok(text) = print(bytes) {
        scanned(&text);
    }
}

/// The structure without its tag.
fn untagged(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(&[0xd2]).unwrap_or(bytes)
}

/// The payload of a structure that was read.
fn payload(bytes: &[u8]) -> &[u8] {
    let mut d = minicbor::Decoder::new(untagged(bytes));
    d.array().and_then(|_| d.bytes()).and_then(|_| d.map()).expect("it was read");
    d.bytes().expect("it was read")
}

fn claims(bytes: &[u8]) {
    let world = World::get();
    let signed = sign1(bytes, b"", &world.issuer);
    if let Ok(read) = Assertion::parse(&signed) {
        read.verify(world.issuer.public_key()).expect("it was signed");
        let claims = read.into_claims();
        let again = issue(&claims, &world.issuer).expect("what is read can be issued");
        let again = Assertion::parse(&again).expect("what is issued is read").into_claims();
        assert_eq!(claims, again, "claims survive being written");
    }
    for text in [present(&signed, NOW, &world.device), print(&signed)].into_iter().flatten() {
        let _ = world.verifier.verify(&text, &VerifyContext::at(NOW));
    }
}
