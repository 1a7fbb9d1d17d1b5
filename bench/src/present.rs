//! `bench present`: making a presentation on the phone, and how large it is.

use crate::{figures::Report, rates::rates, stated};
use hutong_code::{Algorithm, PresentationText, Qr, Sign, SigningKey, issue, present};
use std::hint::black_box;

/// The largest QR version that a presentation may need, at error correction M.
const VERSION_MAX: f64 = 15.0;
/// Alphanumeric characters that version 15 holds at error correction M (ISO/IEC 18004, table 7).
const CHARACTERS_MAX: f64 = 600.0;

/// Runs the benchmark.
pub fn run() -> Report {
    let mut report = Report::new("present");
    for (by, on) in [(Algorithm::EdDsa, Algorithm::EdDsa), (Algorithm::Es256, Algorithm::Es256)] {
        let issuer = SigningKey::generate(by).expect("key");
        let device = SigningKey::generate(on).expect("key");
        let stated = stated::claims(device.public_key().cose_key());
        let assertion = issue(&stated, &issuer).expect("issue");
        let text = present(&assertion, stated::NOW, &device).expect("present");
        let shown = PresentationText::parse(&text).expect("presentation");
        let message = shown.device_message().expect("device message").0;
        let [whole, bare] = rates([
            &mut || {
                black_box(present(black_box(&assertion), stated::NOW, &device).expect("present"));
            },
            &mut || {
                black_box(device.sign(black_box(&message)).expect("sign"));
            },
        ]);
        let name = on.as_str();
        let what = format!("presentations made, {name}, one core");
        report.add(&what, whole, "/s", "bare signing of the same bytes", bare);
        let what = format!("text of a presentation, issuer and phone {name}");
        let beside = "characters of a version-15 QR at M";
        report.add(&what, text.len() as f64, "characters", beside, CHARACTERS_MAX);
        let version = Qr::encode(&text).expect("qr").version();
        let what = format!("QR version, {name}");
        report.add(&what, f64::from(version), "version", "the largest permitted", VERSION_MAX);
    }
    report
}
