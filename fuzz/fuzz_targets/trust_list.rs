//! A trust list from a file, and its body alone.
#![no_main]

use hutong_code::{CoseKey, TrustList, TrustListBody};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    assert!(TrustList::open(bytes, &[]).is_err(), "nothing opens without an anchor");
    let _ = CoseKey::parse(bytes);
    if let Ok(body) = minicbor::decode::<TrustListBody>(bytes) {
        let _ = TrustList::of_body(body);
    }
});
