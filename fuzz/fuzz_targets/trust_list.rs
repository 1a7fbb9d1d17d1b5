//! A trust list from a file, its body truly signed, its body as JSON, and a key alone.
#![no_main]

use hutong_code::{CoseKey, Sign, TrustList, TrustListBody, Verifier, VerifyContext};
use hutong_fuzz::{NOW, TRUST_LIST_AAD, World, sign1};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    assert!(TrustList::open(bytes, &[]).is_err(), "nothing opens without an anchor");
    if let Ok(key) = CoseKey::parse(bytes) {
        assert_eq!(CoseKey::parse(&key.to_bytes()), Ok(key.clone()), "a key survives");
        assert_eq!(CoseKey::parse(&key.to_bytes_whole()), Ok(key), "a key survives whole");
    }
    let issuer = &World::get().issuer;
    let anchors = [issuer.public_key().clone()];
    let _ = TrustList::open(bytes, &anchors);
    if let Ok(list) = TrustList::open(&sign1(bytes, TRUST_LIST_AAD, issuer), &anchors) {
        let signed = TrustList::sign(list.body(), issuer).expect("what is read can be signed");
        let again = TrustList::open(&signed, &anchors).expect("what is signed opens");
        assert_eq!(list.body(), again.body(), "a list survives being written");
        let json = serde_json::to_string(list.body()).expect("JSON");
        let shown: TrustListBody = serde_json::from_str(&json).expect("its own JSON is read");
        assert_eq!(shown.keys, list.body().keys, "keys survive JSON");
        let _ = list.anchors(NOW);
        for adapter in &list.body().adapters {
            let text = format!("{}{}", adapter.prefix, "0".repeat(adapter.length_min.into()));
            let _ = Verifier::new(list.clone()).verify(&text, &VerifyContext::at(NOW));
        }
    }
    if let Ok(body) = serde_json::from_slice::<TrustListBody>(bytes) {
        let _ = TrustList::of_body(body);
    }
});
