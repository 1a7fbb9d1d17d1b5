//! Codes of places: signed by a region, checked with the trust list alone.

use crate::{NOW, body, entry, key, region};
use hutong_code::trust::{KeyPurpose, KeyStatus};
use hutong_code::{Algorithm, PlaceClaims, PlaceError, PlaceKind, Qr, SigningKey, TrustList, qr};
use hutong_model::EntryId;
use proptest::prelude::*;

fn claims() -> PlaceClaims {
    PlaceClaims {
        issuer: region("330000"),
        place: EntryId::from_bytes([0x3c; 16]),
        division: region("330106001005"),
        name: "文三路菜市场".into(),
        kind: PlaceKind::Shop,
        issued_at: NOW.plus_s(-60),
        expires_at: NOW.plus_s(365 * 86_400),
    }
}

fn trusting(key: &SigningKey) -> TrustList {
    TrustList::of_body(body(vec![entry("330000", key)])).expect("a trust list")
}

#[test]
fn what_is_issued_is_read_and_fits_a_small_symbol() {
    for algorithm in Algorithm::ALL {
        let key = key(algorithm);
        let text = claims().issue(&key).expect("issued");
        assert_eq!(PlaceClaims::verify(&text, &trusting(&key), NOW), Ok(claims()));
        let symbol = Qr::encode(&text).expect("a symbol");
        assert!(symbol.version() <= qr::VERSION_MAX, "version {}", symbol.version());
    }
}

#[test]
fn what_no_region_issued_is_refused() {
    let (own, other) = (key(Algorithm::EdDsa), key(Algorithm::EdDsa));
    let text = claims().issue(&own).expect("issued");
    let verify = |text: &str, trust: &TrustList| PlaceClaims::verify(text, trust, NOW);
    assert!(matches!(verify(&text, &trusting(&other)), Err(PlaceError::Key(_))));
    let mut suspended = body(vec![entry("330000", &own)]);
    suspended.keys[0].status = KeyStatus::Suspended;
    let suspended = TrustList::of_body(suspended).expect("a trust list");
    assert!(matches!(verify(&text, &suspended), Err(PlaceError::Key(_))));
    let mut for_lists = body(vec![entry("330000", &own)]);
    for_lists.keys[0].purposes = vec![KeyPurpose::TrustList];
    let for_lists = TrustList::of_body(for_lists).expect("a trust list");
    assert!(matches!(verify(&text, &for_lists), Err(PlaceError::Key(_))));
    // A region says nothing of places elsewhere.
    let elsewhere = PlaceClaims { division: region("440103001"), ..claims() };
    let elsewhere = elsewhere.issue(&own).expect("issued");
    assert_eq!(verify(&elsewhere, &trusting(&own)), Err(PlaceError::Claim("division")));
    let late = NOW.plus_s(366 * 86_400);
    assert_eq!(PlaceClaims::verify(&text, &trusting(&own), late), Err(PlaceError::Expired));
    assert!(matches!(verify("HT1:ABC", &trusting(&own)), Err(PlaceError::Prefix)));
    let long = PlaceClaims { name: "x".repeat(97).into(), ..claims() };
    assert_eq!(long.issue(&own), Err(PlaceError::Claim("name")));
}

proptest! {
    /// One character of the text changed is another code, or none.
    #[test]
    fn a_changed_character_is_noticed(at in 5_usize..200, by in 1_u8..45) {
        const SET: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
        let key = key(Algorithm::EdDsa);
        let trust = trusting(&key);
        let mut text = claims().issue(&key).expect("issued").into_bytes();
        let at = at.min(text.len() - 1);
        let old = SET.iter().position(|c| *c == text[at]).expect("of the set");
        text[at] = SET[(old + usize::from(by)) % SET.len()];
        let text = String::from_utf8(text).expect("ASCII");
        prop_assert!(PlaceClaims::verify(&text, &trust, NOW).is_err());
    }
}
