//! The trust list: signed, strict, graded by age.

use crate::{NOW, body, entry, key, region};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hutong_code::trust::{
    Adapter, Charset, KeyPurpose, KeyStatus, RegionService, Text, TrustedKey,
};
use hutong_code::{Algorithm, Freshness, Sign, SigningKey, TrustError, TrustList, TrustListBody};
use hutong_model::RegionCode;
use hutong_model::limits::{TRUST_FRESH_S, TRUST_GRACE_S};
use proptest::prelude::*;

fn root_entry(root: &SigningKey) -> TrustedKey {
    let public = root.public_key().cose_key();
    TrustedKey::new(RegionCode::NATION, public, &[KeyPurpose::TrustList], NOW.plus_s(-86_400))
}

fn adapter() -> Adapter {
    Adapter {
        id: "qian-code".into(),
        prefix: "QIAN".into(),
        charset: Charset::Digits,
        length_min: 8,
        length_max: 20,
        name: Text { zh: "黔康码".into(), en: "Qian code".into() },
        region: region("520000"),
    }
}

fn full_body() -> TrustListBody {
    let (first, second) = (key(Algorithm::EdDsa), key(Algorithm::Es256));
    let mut body = body(vec![entry("330000", &first), entry("440000", &second)]);
    body.regions = vec![RegionService { region: region("330000"), issuer: region("330000") }];
    body.adapters = vec![adapter()];
    body.exceptions = vec![crate::exceptions::exception()];
    body
}

#[test]
fn comes_back_as_bytes_and_as_text() {
    for algorithm in Algorithm::ALL {
        let root = key(algorithm);
        let anchors = [root.public_key().clone()];
        let stated = full_body();
        let file = TrustList::sign(&stated, &root).expect("sign");
        assert_eq!(TrustList::open(&file, &anchors).expect("open").body(), &stated);
        let text = format!("{}\n", URL_SAFE_NO_PAD.encode(&file));
        assert_eq!(TrustList::open(text.as_bytes(), &anchors).expect("open").body(), &stated);
    }
}

#[test]
fn the_json_view_comes_back() {
    let stated = full_body();
    let json = serde_json::to_value(&stated).expect("json");
    assert_eq!(json["madeAt"], "2025-10-09T07:53:20.000Z");
    assert_eq!(json["keys"][0]["algorithm"], "EdDSA");
    assert_eq!(json["keys"][0]["purposes"][0], "assertion");
    assert_eq!(json["exceptions"][0]["legalBasis"], "《传染病防治法》第四十二条");
    assert_eq!(serde_json::from_value::<TrustListBody>(json).expect("json"), stated);
}

#[test]
fn only_anchors_count() {
    let (root, other) = (key(Algorithm::EdDsa), key(Algorithm::EdDsa));
    let file = TrustList::sign(&full_body(), &other).expect("sign");
    let refused = TrustList::open(&file, &[root.public_key().clone()]).expect_err("refused");
    assert_eq!(refused, TrustError::Anchor(other.key_id()));
    assert!(matches!(TrustList::open(&file, &[]), Err(TrustError::Anchor(_))));
}

#[test]
fn an_assertion_is_no_trust_list() {
    let world = crate::World::new(Algorithm::EdDsa, Algorithm::EdDsa);
    let assertion = hutong_code::issue(&world.claims(), &world.issuer).expect("issue");
    let anchors = [world.issuer.public_key().clone()];
    let refused = TrustList::open(&assertion, &anchors).expect_err("refused");
    assert_eq!(refused, TrustError::Signature(world.issuer.key_id()));
}

#[test]
fn the_roots_key_changes_by_the_list_itself() {
    let (old, new) = (key(Algorithm::EdDsa), key(Algorithm::Es256));
    let mut first = full_body();
    first.keys.extend([root_entry(&old), root_entry(&new)]);
    let held =
        TrustList::open(&TrustList::sign(&first, &old).expect("sign"), &[old.public_key().clone()])
            .expect("open");
    let mut second = first.clone();
    second.generation += 1;
    let file = TrustList::sign(&second, &new).expect("sign");
    assert_eq!(held.open_next(&file, NOW).expect("next").generation(), 8);
    // An older list is refused, and so is a key that is suspended.
    second.generation = 6;
    let older = TrustList::sign(&second, &new).expect("sign");
    assert_eq!(
        held.open_next(&older, NOW).expect_err("older"),
        TrustError::Older { offered: 6, held: 7 }
    );
    first.keys.last_mut().expect("key").status = KeyStatus::Suspended;
    let held = TrustList::of_body(first).expect("list");
    assert!(matches!(held.open_next(&file, NOW), Err(TrustError::Anchor(_))));
    // A region's key for assertions is no anchor, whatever it signs.
    assert_eq!(held.anchors(NOW), [old.public_key().clone()]);
}

#[test]
fn graded_by_age() {
    let list = |fresh_s, grace_s| {
        let mut body = full_body();
        (body.made_at, body.fresh_s, body.grace_s) = (NOW, fresh_s, grace_s);
        TrustList::of_body(body).expect("list")
    };
    let at = |list: &TrustList, s: i64| list.freshness(NOW.plus_s(s));
    let usual = list(TRUST_FRESH_S, TRUST_GRACE_S);
    assert_eq!(at(&usual, -3600), Freshness::Expired);
    assert_eq!(at(&usual, -30), Freshness::Fresh);
    assert_eq!(at(&usual, TRUST_FRESH_S), Freshness::Fresh);
    assert_eq!(at(&usual, TRUST_FRESH_S + 1), Freshness::Grace);
    assert_eq!(at(&usual, TRUST_FRESH_S + TRUST_GRACE_S), Freshness::Grace);
    assert_eq!(at(&usual, TRUST_FRESH_S + TRUST_GRACE_S + 1), Freshness::Expired);
    // A list may be stricter than the limits, never laxer.
    assert_eq!(at(&list(60, 60), 121), Freshness::Expired);
    assert_eq!(at(&list(i64::MAX, i64::MAX), TRUST_FRESH_S + 1), Freshness::Grace);
    assert_eq!(at(&list(i64::MIN, i64::MIN), 1), Freshness::Expired);
}

#[test]
fn regions_without_a_node_use_the_roots_codes() {
    let mut stated = full_body();
    stated.regions.push(RegionService { region: region("330100"), issuer: region("330100") });
    let list = TrustList::of_body(stated).expect("list");
    assert_eq!(list.issuer_for(region("330106")), region("330100"));
    assert_eq!(list.issuer_for(region("330200")), region("330000"));
    assert_eq!(list.issuer_for(region("520000")), RegionCode::NATION);
}

#[test]
fn malformed_content_is_neither_signed_nor_opened() {
    let root = key(Algorithm::EdDsa);
    let refused = |change: &dyn Fn(&mut TrustListBody)| {
        let mut body = full_body();
        change(&mut body);
        let listed = TrustList::of_body(body.clone()).expect_err("refused");
        if !matches!(listed, TrustError::Key(_)) {
            assert_eq!(TrustList::sign(&body, &root).expect_err("refused"), listed);
        }
        listed
    };
    let is_key = |error| matches!(error, TrustError::Key(_));
    assert!(is_key(refused(&|b| b.keys[0].status = KeyStatus::Retired)));
    assert!(is_key(refused(&|b| b.keys[0].not_after = Some(b.keys[0].not_before))));
    assert!(is_key(refused(&|b| b.keys[0].algorithm = Algorithm::Es256)));
    assert!(is_key(refused(&|b| b.keys[0].key.0.push(0))));
    let adapter = |what| TrustError::Adapter("qian-code".into(), what);
    assert_eq!(refused(&|b| b.adapters[0].prefix = "HT1:X".into()), adapter("prefix"));
    assert_eq!(refused(&|b| b.adapters[0].prefix = "HT".into()), adapter("prefix"));
    assert_eq!(refused(&|b| b.adapters[0].prefix = "Q".into()), adapter("prefix"));
    assert_eq!(refused(&|b| b.adapters[0].length_min = 21), adapter("lengths"));
    assert_eq!(refused(&|b| b.adapters[0].length_max = u16::MAX), adapter("lengths"));
    assert_eq!(refused(&|b| b.adapters[0].name.zh = " ".into()), adapter("name"));
}

#[test]
fn tampering_with_any_byte_is_noticed() {
    let root = key(Algorithm::EdDsa);
    let anchors = [root.public_key().clone()];
    let file = TrustList::sign(&full_body(), &root).expect("sign");
    for at in 0..file.len() {
        for flip in [0x01, 0x80, 0xff] {
            let mut changed = file.clone();
            changed[at] ^= flip;
            assert!(TrustList::open(&changed, &anchors).is_err(), "byte {at}");
        }
    }
    for length in 0..file.len() {
        assert!(TrustList::open(&file[..length], &anchors).is_err());
    }
}

proptest! {
    #[test]
    fn opening_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = TrustList::open(&bytes, &[]);
        let _ = minicbor::decode::<TrustListBody>(&bytes);
    }
}
