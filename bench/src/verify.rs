//! `bench verify`: text in, answer out, against bare verification of the two signatures in it.

use crate::{figures::Report, rates::rates, stated};
use hutong_code::{
    Algorithm, Assertion, CoseKey, PresentationText, Sign, SigningKey, VerifyContext, issue,
    present,
};
use std::hint::black_box;

/// Runs the benchmark.
pub fn run() -> Report {
    let mut report = Report::new("verify");
    // With three reasons there is no room for the whole of a P-256 key beside the rest: the
    // verifier works out the other half of it.
    for (by, on, reasons) in [
        (Algorithm::EdDsa, Algorithm::EdDsa, 3),
        (Algorithm::EdDsa, Algorithm::Es256, 1),
        (Algorithm::EdDsa, Algorithm::Es256, 3),
        (Algorithm::Es256, Algorithm::Es256, 1),
        (Algorithm::Es256, Algorithm::Es256, 3),
    ] {
        let issuer = SigningKey::generate(by).expect("key");
        let device = SigningKey::generate(on).expect("key");
        let mut stated = stated::claims(device.public_key().cose_key());
        stated.standing.iter_mut().for_each(|standing| standing.reasons.truncate(reasons));
        let assertion = issue(&stated, &issuer).expect("issue");
        let text = present(&assertion, stated::NOW, &device).expect("present");
        let verifier = stated::verifier(&issuer);
        let context = VerifyContext::at(stated::NOW.plus_s(5)).in_region(stated.issuer);
        assert!(verifier.verify(&text, &context).is_positive());

        let shown = PresentationText::parse(&text).expect("presentation");
        let parsed = Assertion::parse(shown.assertion()).expect("assertion");
        let first = (parsed.message(), parsed.signature());
        let second = shown.device_message().expect("device message");
        // The device's key comes with the code, so reading it is part of a bare verification.
        let device_key =
            CoseKey::parse(&device.public_key().cose_key().to_bytes_whole()).expect("key");
        let [whole, bare] = rates([
            &mut || {
                black_box(verifier.verify(black_box(&text), &context));
            },
            &mut || {
                issuer.public_key().verify(black_box(&first.0), first.1).expect("verify");
                device_key.verify_once(black_box(&second.0), second.1).expect("verify");
            },
        ]);
        let (by, on) = (by.as_str(), on.as_str());
        report.add(
            &format!(
                "presentations verified, issuer {by}, phone {on}, {reasons} reasons, one core"
            ),
            whole,
            "/s",
            "bare verification of its two signatures",
            bare,
        );
    }
    report
}
