//! Files of keys, certificates and revocations of other systems.
#![no_main]

use hutong_code::foreign::keys::{Certificate, ForeignKeys, RevocationList};
use hutong_code::{Scanner, Sign, TrustList};
use hutong_fuzz::World;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut keys = ForeignKeys::default();
    if let Ok(added) = keys.add_file(bytes) {
        assert!(keys.len() + keys.authorities().len() <= 2 * added.keys, "no more than is said");
    }
    if let Ok(certificate) = Certificate::from_der(bytes) {
        assert_eq!(certificate.der(), bytes, "nothing stands after it");
        let _ = certificate.is_issued_by(&certificate);
        keys.add_certificate(certificate).expect("few");
    }
    let _ = RevocationList::from_der(bytes);
    let anchor = World::get().issuer.public_key().clone();
    let mut scanner = Scanner::default();
    if scanner.add_file(bytes, &[anchor.clone()]).is_ok() && scanner.own().is_some() {
        assert!(TrustList::open(bytes, &[anchor]).is_ok(), "a list of ours is signed");
    }
});
