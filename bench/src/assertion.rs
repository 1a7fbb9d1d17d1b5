//! `bench assert`: making assertions, against bare signing of the same bytes.

use crate::{figures::Report, rates::rates, stated};
use hutong_code::{Algorithm, Assertion, Sign, SigningKey, issue};
use std::hint::black_box;

/// Runs the benchmark.
pub fn run() -> Report {
    let mut report = Report::new("assert");
    for algorithm in Algorithm::ALL {
        let issuer = SigningKey::generate(algorithm).expect("key");
        let device = SigningKey::generate(Algorithm::Es256).expect("key");
        let stated = stated::claims(device.public_key().cose_key());
        let assertion = issue(&stated, &issuer).expect("issue");
        let message = Assertion::parse(&assertion).expect("assertion").message();
        let [whole, bare] = rates([
            &mut || {
                black_box(issue(black_box(&stated), &issuer).expect("issue"));
            },
            &mut || {
                black_box(issuer.sign(black_box(&message)).expect("sign"));
            },
        ]);
        let name = algorithm.as_str();
        let what = format!("assertions issued, {name}, one core");
        report.add(&what, whole, "/s", "bare signing of the same bytes", bare);
        report.add(
            &format!("size of an assertion, {name}"),
            assertion.len() as f64,
            "bytes",
            "bytes that fit a version-15 QR at M as Base45",
            400.0,
        );
    }
    report
}
