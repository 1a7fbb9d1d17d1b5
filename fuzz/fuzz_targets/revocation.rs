//! Revocation lists of all forms, and that nothing is taken back by an issuer that has published
//! nothing. The first byte chooses the form.
#![no_main]

use hutong_code::revocation::{
    Batch, BloomFilter, CardRevocations, HashKind, Identifiers, MemberList, PartialHash,
    PartialHashes, Publication, Revocations, StatusList, StatusReference, StatusToken,
};
use hutong_code::{Sign, VerifyingKey};
use hutong_fuzz::{NOW, World, sign1, typed_sign1};
use libfuzzer_sys::fuzz_target;

const ISSUER: &str = "330000";

fuzz_target!(|bytes: &[u8]| {
    let Some((form, rest)) = bytes.split_first() else { return };
    let text = std::str::from_utf8(rest).unwrap_or_default();
    let key = World::get().issuer.public_key().clone();
    let mut held = Revocations::default();
    match form % 8 {
        0 => {
            if let Ok(batch) = Batch::parse(text, "XA") {
                held.add_batch("b", batch);
            }
        }
        1 => bloom(rest, &mut held),
        2 => partial(rest, &mut held),
        3 => {
            if let Ok(cards) = CardRevocations::parse(text) {
                held.put_cards(ISSUER, cards).expect("the first");
            }
        }
        4 => statuses(rest, &mut held),
        5 => {
            for token in
                [StatusToken::open_jwt(text, &[key.clone()]), StatusToken::open_cwt(rest, &[key])]
            {
                assert!(token.is_err(), "nothing opens that the key has not signed");
            }
        }
        6 => {
            let kind = Some("application/statuslist+cwt");
            let signed = typed_sign1(rest, b"", &World::get().issuer, kind);
            if let Ok(token) = StatusToken::open_cwt(&signed, &[key]) {
                held.put_statuses(ISSUER, token).expect("the first");
            }
        }
        _ => list(rest, &[(ISSUER, key)], &mut held),
    }
    // Whoever published nothing takes nothing back.
    let mut other = Identifiers::of("440000", b"k");
    (other.uci, other.rid, other.token) = (Some("u"), Some("r"), Some(&b"t"[..]));
    other.status = Some(StatusReference { uri: "u", index: 0 });
    assert!(held.check(&other).is_none(), "another issuer's certificate is not touched");
    let mut own = other.clone();
    own.issuer = ISSUER;
    let _ = (held.check(&own), held.is_unknown(&own, NOW));
});

fn bloom(bytes: &[u8], held: &mut Revocations) {
    let Ok(mut filter) = BloomFilter::from_bytes(bytes) else { return };
    let written = filter.to_bytes().expect("whole words");
    assert_eq!(written.len(), bytes.len(), "it is as long as it was");
    filter.add(b"element");
    assert!(filter.may_contain(b"element"), "what was put in is found");
    held.add_bloom(ISSUER, "f", None, HashKind::Uci, filter);
}

fn partial(bytes: &[u8], held: &mut Revocations) {
    let Ok(list) = PartialHashes::from_bytes(bytes) else { return };
    let again = PartialHashes::from_bytes(&list.to_bytes()).expect("reads back");
    assert_eq!(again, list, "it survives");
    for first in list.iter() {
        let mut hash = [0; 16];
        hash[..first.len()].copy_from_slice(first);
        let hash = PartialHash::of_hash(&hash).expect("16 bytes");
        assert!(list.may_contain(&hash), "what is in it is found");
    }
    held.add_partial(ISSUER, "p", None, HashKind::Uci, list);
}

fn statuses(bytes: &[u8], held: &mut Revocations) {
    let Some((bits, packed)) = bytes.split_first() else { return };
    let Ok(list) = StatusList::unpack(u64::from(*bits), packed) else { return };
    assert!(list.get(list.len()).is_none(), "nothing lies beyond the end");
    if list.len() < 1 << 20 {
        let again = StatusList::unpack(u64::from(*bits), &list.pack());
        assert_eq!(again.as_ref(), Ok(&list), "it survives");
    }
    let token =
        StatusToken { uri: "u".into(), issued_at_s: 0, expires_at_s: None, ttl_s: None, list };
    held.put_statuses(ISSUER, token).expect("the first");
}

/// A member's list or delta, truly signed.
fn list(bytes: &[u8], signers: &[(&str, VerifyingKey)], held: &mut Revocations) {
    let key = &World::get().issuer;
    assert!(MemberList::open(bytes, signers).is_err(), "nothing opens that was not signed");
    let signed = sign1(bytes, b"HT1-revocations", key);
    if let Ok(list) = MemberList::open(&signed, signers) {
        assert_eq!(list.issuer(), ISSUER, "only its own signer's list opens");
        let again = MemberList::open(&list.sign(key).expect("signed"), signers);
        assert_eq!(again.as_ref(), Ok(&list), "it survives");
        held.put_list(list).expect("the first");
    }
    let mut list = Publication::new(ISSUER, 32).whole(NOW);
    let before = list.clone();
    if list.apply(&signed, signers).is_err() {
        assert_eq!(list, before, "what is refused changes nothing");
    }
}
