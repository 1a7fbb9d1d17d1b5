//! A code as a scanner hands it over: base45, zlib, CBOR, COSE, CWT, device signature.
#![no_main]

use hutong_code::{Assertion, PresentationText, Verifier, VerifyContext, TrustList, TrustListBody, base45};
use hutong_model::{RegionCode, Timestamp};
use libfuzzer_sys::fuzz_target;
use std::sync::OnceLock;

fn verifier() -> &'static Verifier {
    static VERIFIER: OnceLock<Verifier> = OnceLock::new();
    VERIFIER.get_or_init(|| {
        let body = TrustListBody {
            generation: 1,
            made_at: Timestamp::from_unix_s(1_700_000_000),
            issuer: RegionCode::NATION,
            fresh_s: 1_000_000,
            grace_s: 1_000_000,
            keys: Vec::new(),
            regions: Vec::new(),
            adapters: Vec::new(),
            exceptions: Vec::new(),
        };
        Verifier::new(TrustList::of_body(body).expect("an empty list"))
    })
}

fuzz_target!(|bytes: &[u8]| {
    let _ = Assertion::parse(bytes);
    if let Ok(decoded) = base45::decode(bytes) {
        assert_eq!(base45::encode(&decoded).as_bytes(), bytes, "base45 is one to one");
    }
    // The bytes behind the text, so that the fuzzer need not find base45 by itself.
    let wrapped = format!("HT1:{}", base45::encode(bytes));
    for text in [wrapped.as_str(), &String::from_utf8_lossy(bytes)] {
        let _ = PresentationText::parse(text);
        let answer = verifier().verify(text, &VerifyContext::at(Timestamp::from_unix_s(1_700_000_100)));
        assert!(!answer.is_positive(), "nothing verifies without keys");
    }
});
