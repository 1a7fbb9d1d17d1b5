//! Rates of the code's operations on one core, each beside the bare signature operations that it
//! contains, and the size of what is shown. `cargo run --release -p hutong-code --example rates`

use hutong_code::reason::ReasonCode;
use hutong_code::trust::{KeyPurpose, TrustedKey};
use hutong_code::{
    Algorithm, Assertion, AssertionClaims, Badges, Holder, Label, LastTest, Masked, PackRef,
    PresentationText, Qr, Sign, SigningKey, Standing, TrustList, TrustListBody, Verifier,
    VerifyContext, issue, present, print,
};
use hutong_model::{Level, PersonId, RegionCode, TestOutcome, Timestamp};
use std::hint::black_box;
use std::time::{Duration, Instant};

const NOW: Timestamp = Timestamp::from_unix_s(1_760_000_000);

/// Operations per second of several things that are to be compared: in turns, so that whatever
/// else the machine does weighs on all alike; the best turn counts.
fn rates(things: &mut [(&str, &mut dyn FnMut())]) -> Vec<f64> {
    let mut best = vec![0.0_f64; things.len()];
    for _ in 0..40 {
        for (best, (_, thing)) in best.iter_mut().zip(things.iter_mut()) {
            let (begin, mut count) = (Instant::now(), 0_u32);
            while begin.elapsed() < Duration::from_millis(25) {
                (0..16).for_each(|_| thing());
                count += 16;
            }
            *best = best.max(f64::from(count) / begin.elapsed().as_secs_f64());
        }
    }
    for (best, (name, _)) in best.iter().zip(things.iter()) {
        println!("  {name:<44} {best:>9.0}/s  {:>7.2} us", 1e6 / best);
    }
    best
}

fn claims(holder: Holder) -> AssertionClaims {
    let label = |text: &str| Label::parse(text).expect("label");
    let region = |text: &str| RegionCode::parse(text).expect("region");
    AssertionClaims {
        issuer: region("330000"),
        subject: PersonId::from_bytes([0xa7; 16]),
        issued_at: NOW,
        expires_at: NOW.plus_s(24 * 3600),
        cti: [0x5c; 16],
        holder,
        standing: Some(Standing {
            level: Level::Yellow,
            reasons: vec![
                ReasonCode::RISK_AREA,
                ReasonCode::TEST_OVERDUE,
                ReasonCode::DECLARATION_OVERDUE,
            ],
            event: label("2025-covid-19"),
            pack: PackRef { id: label("cn-basic"), version: label("2025.10.1") },
        }),
        residence: Some(region("330106")),
        badges: Badges {
            vaccination_complete: Some(true),
            last_test: Some(LastTest { at: NOW.plus_s(-7200), outcome: TestOutcome::Negative }),
        },
    }
}

fn measure(issuer_algorithm: Algorithm, device_algorithm: Algorithm) {
    let issuer = SigningKey::generate(issuer_algorithm).expect("key");
    let device = SigningKey::generate(device_algorithm).expect("key");
    println!("issuer {}, device {}", issuer_algorithm.as_str(), device_algorithm.as_str());
    let stated = claims(Holder::Device(device.public_key().cose_key().clone()));
    let assertion = issue(&stated, &issuer).expect("issue");
    let text = present(&assertion, NOW, &device).expect("present");
    let purposes = [KeyPurpose::Assertion, KeyPurpose::Paper];
    let entry =
        TrustedKey::new(stated.issuer, issuer.public_key().cose_key(), &purposes, NOW.plus_s(-1));
    let body = TrustListBody {
        generation: 1,
        made_at: NOW,
        issuer: RegionCode::NATION,
        fresh_s: 86_400,
        grace_s: 86_400,
        keys: vec![entry],
        regions: vec![],
        adapters: vec![],
        exceptions: vec![],
    };
    let verifier = Verifier::new(TrustList::of_body(body).expect("trust list"));
    let context = VerifyContext::at(NOW.plus_s(5)).in_region(stated.issuer);
    let answer = verifier.verify(&text, &context);
    assert!(answer.is_positive(), "{answer:?}");

    let shown = PresentationText::parse(&text).expect("presentation");
    let parsed = Assertion::parse(shown.assertion()).expect("assertion");
    let first = (parsed.message(), parsed.signature());
    let second = shown.device_message().expect("device message");
    let (issuer_key, device_key) = (issuer.public_key(), device.public_key());
    let cnf = device_key.cose_key();
    let cnf = hutong_code::CoseKey::parse(&cnf.to_bytes_whole()).expect("key");
    let rates = rates(&mut [
        ("bare sign, issuer", &mut || {
            black_box(issuer.sign(black_box(&first.0)).expect("sign"));
        }),
        ("issue an assertion", &mut || {
            black_box(issue(black_box(&stated), &issuer).expect("issue"));
        }),
        ("bare sign, device", &mut || {
            black_box(device.sign(black_box(&second.0)).expect("sign"));
        }),
        ("present", &mut || {
            black_box(present(black_box(&assertion), NOW, &device).expect("present"));
        }),
        ("bare verify, issuer's key", &mut || {
            issuer_key.verify(black_box(&first.0), first.1).expect("verify");
        }),
        ("bare verify, device's key prepared", &mut || {
            device_key.verify(black_box(&second.0), second.1).expect("verify");
        }),
        ("bare verify, device's key as it comes", &mut || {
            cnf.verify_once(black_box(&second.0), second.1).expect("verify");
        }),
        ("both bare, keys prepared", &mut || {
            issuer_key.verify(black_box(&first.0), first.1).expect("verify");
            device_key.verify(black_box(&second.0), second.1).expect("verify");
        }),
        ("both bare, device's key as it comes", &mut || {
            issuer_key.verify(black_box(&first.0), first.1).expect("verify");
            cnf.verify_once(black_box(&second.0), second.1).expect("verify");
        }),
        ("read, without verifying", &mut || {
            let shown = PresentationText::parse(black_box(&text)).expect("presentation");
            black_box(Assertion::parse(shown.assertion()).expect("assertion"));
        }),
        ("verify a presentation, whole", &mut || {
            black_box(verifier.verify(black_box(&text), &context));
        }),
    ]);
    println!("  issue / bare sign                            {:.3}", rates[1] / rates[0]);
    println!("  present / bare sign                          {:.3}", rates[3] / rates[2]);
    println!("  verify / both bare, keys prepared            {:.3}", rates[10] / rates[7]);
    println!("  verify / both bare, device's key as it comes {:.3}", rates[10] / rates[8]);
    let qr = Qr::encode(&text).expect("qr");
    println!(
        "  assertion {} bytes, text {} characters, QR version {} at M",
        assertion.len(),
        text.len(),
        qr.version()
    );
}

fn paper() {
    let issuer = SigningKey::generate(Algorithm::EdDsa).expect("key");
    let masked = Masked::parse("欧阳**", "3301**********002X").expect("masked");
    let assertion = issue(&claims(Holder::Paper(masked)), &issuer).expect("issue");
    let text = print(&assertion).expect("print");
    println!(
        "paper: assertion {} bytes, text {} characters, QR version {} at M",
        assertion.len(),
        text.len(),
        Qr::encode(&text).expect("qr").version()
    );
}

fn main() {
    for issuer in Algorithm::ALL {
        for device in Algorithm::ALL {
            measure(issuer, device);
        }
    }
    paper();
}
