//! Signed lists: Token Status Lists, and members' own with their deltas.

use hutong_code::revocation::{
    HashKind, How, Identifiers, MemberList, PartialHash, Publication, RevocationError, Revocations,
    Status, StatusList, StatusReference, StatusToken,
};
use hutong_code::{Algorithm, Freshness, Sign, SigningKey, VerifyingKey};
use hutong_model::{Timestamp, limits};
use proptest::prelude::*;

const NOW: Timestamp = Timestamp::from_unix_s(1_790_000_000);
const URI: &str = "https://issuer.example/status/1";

fn key(seed: u8) -> SigningKey {
    SigningKey::ed25519_from_seed(&[seed; 32]).expect("a key")
}

fn hash(number: u32) -> PartialHash {
    PartialHash::of(&[&number.to_be_bytes()])
}

fn token(list: StatusList) -> StatusToken {
    let (expires_at_s, ttl_s) = (Some(NOW.unix_s() + 3600), Some(600));
    StatusToken { uri: URI.into(), issued_at_s: NOW.unix_s(), expires_at_s, ttl_s, list }
}

#[test]
fn statuses_lie_from_the_least_significant_bit() {
    let mut list = StatusList::new(1, 16).expect("a list");
    for index in [0, 3, 8] {
        assert!(list.set(index, Status::Invalid));
    }
    assert!(!list.set(1, Status::Suspended), "it does not fit into one bit");
    assert!(!list.set(16, Status::Invalid) && list.get(16).is_none());
    // zlib of the bytes 0x09, 0x01, with a stored block, made by hand.
    let stored = [0x78, 0x01, 0x01, 2, 0, 0xfd, 0xff, 0x09, 0x01, 0x00, 0x15, 0x00, 0x0b];
    assert_eq!(StatusList::unpack(1, &stored), Ok(list));
    for (bits, most) in [(1, 1), (2, 3), (4, 15), (8, 255)] {
        let mut list = StatusList::new(bits, 100).expect("a list");
        assert!(list.len() >= 100);
        (0..100).for_each(|at| assert!(list.set(at, Status::of((at % (most + 1)) as u8))));
        let list = StatusList::unpack(bits.into(), &list.pack()).expect("it comes back");
        (0..100).for_each(|at| assert_eq!(list.get(at), Some(Status::of((at % (most + 1)) as u8))));
    }
    assert!(StatusList::new(3, 1).is_none() && StatusList::unpack(3, &stored).is_err());
    let mut longer = stored.to_vec();
    longer.push(0);
    assert!(StatusList::unpack(1, &longer).is_err(), "bytes after the stream");
    (0..stored.len()).for_each(|end| assert!(StatusList::unpack(1, &stored[..end]).is_err()));
}

#[test]
fn a_bomb_is_not_unpacked() {
    let bomb = StatusList::new(8, 64 * 1024 * 1024).expect("as much as is permitted").pack();
    assert!(bomb.len() < 100_000 && StatusList::unpack(8, &bomb).is_ok());
    use std::io::Write;
    let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    (0..65).for_each(|_| zlib.write_all(&[0; 1024 * 1024]).expect("memory"));
    let bomb = zlib.finish().expect("memory");
    assert_eq!(StatusList::unpack(8, &bomb), Err(RevocationError::Large));
}

#[test]
fn tokens_open_with_their_issuers_key_alone() {
    for algorithm in Algorithm::ALL {
        let (own, other) = (SigningKey::generate(algorithm), SigningKey::generate(algorithm));
        let (own, other) = (own.expect("a key"), other.expect("a key"));
        let keys = [own.public_key().clone()];
        let mut list = StatusList::new(2, 50).expect("a list");
        list.set(7, Status::Suspended);
        let token = token(list);
        let (jwt, cwt) =
            (token.sign_jwt(&own).expect("signed"), token.sign_cwt(&own).expect("signed"));
        assert_eq!(StatusToken::open_jwt(&jwt, &keys).as_ref(), Ok(&token));
        assert_eq!(StatusToken::open_cwt(&cwt, &keys).as_ref(), Ok(&token));
        let others = [other.public_key().clone()];
        assert_eq!(StatusToken::open_jwt(&jwt, &others), Err(RevocationError::Signature));
        assert_eq!(StatusToken::open_cwt(&cwt, &others), Err(RevocationError::Signature));
        assert_eq!(StatusToken::open_jwt(&jwt, &[]), Err(RevocationError::Key));
        for at in 0..cwt.len() {
            let mut altered = cwt.clone();
            altered[at] ^= 1;
            let opened = StatusToken::open_cwt(&altered, &keys);
            assert!(opened.is_err() || opened.as_ref() == Ok(&token), "byte {at}");
        }
    }
}

#[test]
fn a_token_of_another_kind_is_refused() {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    let key = key(1);
    let keys = [key.public_key().clone()];
    let signed = |header: &str, claims: &str| {
        let message =
            format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
        let signature = key.sign(message.as_bytes()).expect("signed");
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    };
    let claims = r#"{"sub":"u","iat":1,"status_list":{"bits":1,"lst":"eAEBAgD9_wkBABUACw"}}"#;
    let typed = r#"{"alg":"EdDSA","typ":"statuslist+jwt"}"#;
    assert!(StatusToken::open_jwt(&signed(typed, claims), &keys).is_ok());
    for (header, claims) in [
        (r#"{"alg":"EdDSA","typ":"JWT"}"#, claims),
        (r#"{"alg":"EdDSA"}"#, claims),
        (r#"{"alg":"none","typ":"statuslist+jwt"}"#, claims),
        (r#"{"alg":"ES256","typ":"statuslist+jwt"}"#, claims),
        (r#"{"alg":"EdDSA","typ":"statuslist+jwt","crit":["x"]}"#, claims),
        (typed, r#"{"sub":"u","iat":1}"#),
        (typed, r#"{"iat":1,"status_list":{"bits":1,"lst":"eAEBAgD9_wkBABUACw"}}"#),
        (typed, r#"{"sub":"u","iat":1,"status_list":{"bits":3,"lst":"eAEBAgD9_wkBABUACw"}}"#),
        (typed, r#"{"sub":"u","iat":1,"status_list":{"bits":1,"lst":"AAAA"}}"#),
    ] {
        let opened = StatusToken::open_jwt(&signed(header, claims), &keys);
        assert!(opened.is_err(), "{header} {claims}");
    }
}

#[test]
fn a_status_is_looked_up_with_the_issuer_that_signed_it() {
    let mut list = StatusList::new(2, 8).expect("a list");
    list.set(1, Status::Invalid);
    list.set(2, Status::Suspended);
    list.set(3, Status::Other(3));
    let mut held = Revocations::default();
    held.put_statuses("XA", token(list)).expect("the first");
    let at = |issuer: &'static str, uri: &'static str, index: u64| {
        let mut certificate = Identifiers::of(issuer, b"k");
        certificate.status = Some(StatusReference { uri, index });
        (held.check(&certificate).map(|found| found.how), held.is_unknown(&certificate, NOW))
    };
    assert_eq!(at("XA", URI, 0), (None, false));
    for (index, status) in [(1, Status::Invalid), (2, Status::Suspended), (3, Status::Other(3))] {
        assert_eq!(at("XA", URI, index), (Some(How::Status(status)), false));
    }
    assert_eq!(at("XA", URI, 99), (None, true), "beyond the end");
    assert_eq!(at("XA", "https://issuer.example/status/2", 1), (None, true));
    assert_eq!(at("XB", URI, 1), (None, true), "another issuer's list");
    let mut certificate = Identifiers::of("XA", b"k");
    certificate.status = Some(StatusReference { uri: URI, index: 1 });
    assert!(held.is_unknown(&certificate, NOW.plus_s(3600)), "it has run out");
    assert!(held.check(&certificate).is_some(), "what was taken back stays so");
}

/// Keys of the members `330000` and `440000`.
fn members() -> (SigningKey, SigningKey, Vec<(&'static str, VerifyingKey)>) {
    let (first, second) = (key(1), key(2));
    let signers =
        vec![("330000", first.public_key().clone()), ("440000", second.public_key().clone())];
    (first, second, signers)
}

#[test]
fn deltas_jump_any_number_of_versions() {
    let (key, _, signers) = members();
    let mut publication = Publication::new("330000", 48);
    let mut at_version = vec![publication.whole(NOW)];
    for round in 0..12 {
        (0..40).for_each(|n| {
            publication.revoke(HashKind::Token, hash(round * 30 + n));
        });
        (0..10).for_each(|n| {
            publication.restore(HashKind::Token, hash(round * 25 + n * 3));
        });
        publication.publish();
        at_version.push(publication.whole(NOW));
    }
    for held in &at_version {
        let delta = publication.since(held.version(), NOW).expect("a delta");
        let mut held = held.clone();
        held.apply(&delta.sign(&key).expect("signed"), &signers).expect("it leads on");
        assert_eq!(held, publication.whole(NOW));
    }
    assert!(publication.since(99, NOW).is_none());
    let whole = publication.whole(NOW).sign(&key).expect("signed");
    assert_eq!(MemberList::open(&whole, &signers).as_ref(), Ok(&publication.whole(NOW)));
}

#[test]
fn a_delta_that_does_not_lead_on_changes_nothing() {
    let (own, foreign, signers) = members();
    let mut publication = Publication::new("330000", 60);
    publication.revoke(HashKind::Token, hash(1));
    publication.publish();
    let first = publication.whole(NOW);
    publication.revoke(HashKind::Token, hash(2));
    publication.publish();
    let delta = publication.since(1, NOW).expect("a delta");
    let mut held = first.clone();
    let by_other = held.apply(&delta.sign(&foreign).expect("signed"), &signers);
    assert!(matches!(by_other, Err(RevocationError::Owner { .. })), "{by_other:?}");
    let from_start = publication.since(0, NOW).expect("a delta").sign(&own).expect("signed");
    let refused = held.apply(&from_start, &signers);
    assert_eq!(refused, Err(RevocationError::Version { from: 0, held: 1 }));
    let mut other = Publication::new("330000", 60);
    other.revoke(HashKind::Token, hash(9));
    other.publish();
    let astray = other.whole(NOW).apply(&delta.sign(&own).expect("signed"), &signers);
    assert_eq!(astray, Err(RevocationError::Digest));
    let whole = first.sign(&own).expect("signed");
    assert!(matches!(held.apply(&whole, &signers), Err(RevocationError::Form(_))));
    assert_eq!(held, first);
    held.apply(&delta.sign(&own).expect("signed"), &signers).expect("it leads on");
    assert_eq!((held.version(), held.len()), (2, 2));
}

#[test]
fn no_member_touches_what_another_has_issued() {
    let (own, foreign, signers) = members();
    let mut publication = Publication::new("330000", 60);
    publication.revoke(HashKind::Token, PartialHash::of(&[&[9; 16]]));
    publication.publish();
    let whole = publication.whole(NOW);
    let forged = MemberList::open(&whole.sign(&foreign).expect("signed"), &signers);
    assert!(matches!(forged, Err(RevocationError::Owner { .. })), "{forged:?}");
    let unknown = MemberList::open(&whole.sign(&key(3)).expect("signed"), &signers);
    assert_eq!(unknown, Err(RevocationError::Key));
    let opened = MemberList::open(&whole.sign(&own).expect("signed"), &signers).expect("its own");
    let mut held = Revocations::default();
    held.put_list(opened).expect("the first");
    let found = |issuer: &'static str| {
        let mut certificate = Identifiers::of(issuer, b"k");
        certificate.token = Some(&[9; 16]);
        held.check(&certificate).map(|found| found.how)
    };
    assert_eq!(found("330000"), Some(How::Filter(HashKind::Token)));
    assert_eq!(found("440000"), None);
    let mut held = held.clone();
    let older = held.put_list(Publication::new("330000", 60).whole(NOW));
    assert_eq!(older, Err(RevocationError::Older { offered: 0, held: 1 }));
    let freshness = |after_s: i64| held.freshness("330000", NOW.plus_s(after_s));
    assert_eq!(freshness(0), Some(Freshness::Fresh));
    assert_eq!(freshness(limits::TRUST_FRESH_S + 1), Some(Freshness::Grace));
    let over = limits::TRUST_FRESH_S + limits::TRUST_GRACE_S + 1;
    assert_eq!(freshness(over), Some(Freshness::Expired));
    assert_eq!(held.freshness("440000", NOW), None);
    assert!(held.list_mut("330000").is_some() && held.list_mut("440000").is_none());
}

#[test]
fn a_list_is_small_and_seldom_wrong() {
    let (count, others) = (20_000_u32, 1_000_000);
    let bits = MemberList::bits_for(count as usize, 10_000);
    let mut publication = Publication::new("330000", bits);
    (0..count).for_each(|number| {
        publication.revoke(HashKind::Token, hash(number));
    });
    publication.publish();
    let list = publication.whole(NOW);
    assert!((0..count).all(|number| list.may_contain(HashKind::Token, &hash(number))));
    let other = count..count + others;
    let wrong = other.filter(|number| list.may_contain(HashKind::Token, &hash(*number))).count();
    let bytes = list.sign(&key(1)).expect("signed").len();
    println!("{bits} bits, {bytes} bytes, {wrong} of {others} others");
    // A Bloom filter of this rate takes 19.2 bits for each.
    assert!(bytes * 8 < count as usize * 16 && wrong < 150);
}

proptest! {
    /// Whatever is revoked and restored, whoever holds any version comes to the newest.
    #[test]
    fn every_version_leads_to_the_newest(
        rounds in prop::collection::vec(prop::collection::vec((any::<bool>(), 0..20_u32), 0..12), 1..8),
        bits in 8..=64_u8,
    ) {
        let (key, _, signers) = members();
        let mut publication = Publication::new("330000", bits);
        let mut at_version = vec![publication.whole(NOW)];
        let mut revoked = std::collections::BTreeSet::new();
        for round in rounds {
            for (revoke, number) in round {
                if revoke {
                    publication.revoke(HashKind::Uci, hash(number));
                    revoked.insert(number);
                } else {
                    publication.restore(HashKind::Uci, hash(number));
                    revoked.remove(&number);
                }
            }
            publication.publish();
            at_version.push(publication.whole(NOW));
        }
        let newest = publication.whole(NOW);
        let (version, changes) = (publication.version(), publication.changes());
        let again = Publication::replay("330000", bits, version, changes);
        prop_assert_eq!(again.whole(NOW), newest.clone());
        for held in &at_version {
            prop_assert_eq!(again.since(held.version(), NOW), publication.since(held.version(), NOW));
        }
        for number in &revoked {
            prop_assert!(newest.may_contain(HashKind::Uci, &hash(*number)));
        }
        if bits > 48 {
            prop_assert_eq!(newest.len(), revoked.len());
        }
        for mut held in at_version {
            let delta = publication.since(held.version(), NOW).expect("a delta");
            let applied = held.apply(&delta.sign(&key).expect("signed"), &signers);
            prop_assert_eq!(applied, Ok(()));
            prop_assert_eq!(&held, &newest);
        }
    }
}
