//! The assertion: what goes in comes out, in the form that the standards ask.

use crate::{NOW, World, claims, key, label, masked, standing};
use coset::cbor::value::Value;
use coset::{AsCborValue, CborSerializable, CoseSign1, TaggedCborSerializable};
use hutong_code::reason::ReasonCode;
use hutong_code::{
    Algorithm, Assertion, AssertionClaims, AssertionError, Badges, CborError, Holder, Label,
    LastTest, LeafRef, Masked, Sign, Sign1Error, Standing, SuiteError, issue,
};
use hutong_model::limits::{ASSERTION_REASONS_MAX, ASSERTION_S_MAX};
use hutong_model::{Level, PersonId, RegionCode, TestOutcome, Timestamp};
use proptest::prelude::*;

fn world() -> World {
    World::new(Algorithm::EdDsa, Algorithm::Es256)
}

#[test]
fn rfc_8392_structure_by_another_implementation() {
    let world = world();
    let bytes = issue(&world.claims(), &world.issuer).expect("issue");
    let sign1 = CoseSign1::from_tagged_slice(&bytes).expect("tagged COSE_Sign1");
    assert_eq!(
        sign1.protected.header.alg,
        Some(coset::Algorithm::Assigned(coset::iana::Algorithm::EdDSA))
    );
    assert_eq!(sign1.protected.header.key_id, world.issuer.key_id().as_bytes());
    assert!(sign1.unprotected.is_empty());
    let public = world.issuer.public_key();
    sign1
        .verify_signature(&[], |signature, message| public.verify(message, signature))
        .expect("signature");

    let payload = sign1.payload.expect("payload");
    let set = coset::cwt::ClaimsSet::from_slice(&payload).expect("CWT claims");
    assert_eq!(set.issuer.as_deref(), Some("330000"));
    assert_eq!(set.issued_at, Some(coset::cwt::Timestamp::WholeSeconds(NOW.unix_s() - 60)));
    assert_eq!(
        set.expiration_time,
        Some(coset::cwt::Timestamp::WholeSeconds(NOW.unix_s() + 82_800))
    );
    assert_eq!(set.cwt_id.as_deref(), Some(&[0x5c; 16][..]));
    // RFC 8747 section 3.2: cnf is a map with COSE_Key under 1.
    let Value::Map(all) = Value::from_slice(&payload).expect("CBOR") else { panic!("a map") };
    let claim = |number: i64| {
        let found = all.iter().find(|(key, _)| *key == Value::from(number));
        found.map(|(_, value)| value.clone()).expect("claim")
    };
    let Value::Map(cnf) = claim(8) else { panic!("cnf is a map") };
    let device = coset::CoseKey::from_cbor_value(cnf[0].1.clone()).expect("COSE_Key");
    assert_eq!((cnf.len(), &cnf[0].0), (1, &Value::from(1)));
    assert_eq!(device.kty, coset::KeyType::Assigned(coset::iana::KeyType::EC2));
    let Value::Map(facts) = claim(-65537) else { panic!("facts are a map") };
    assert_eq!(facts[0], (Value::from(1), Value::from(1)));
    assert_eq!(facts[1].1, Value::Array([11, 7, 16].map(Value::from).to_vec()));
}

#[test]
fn another_implementations_assertion_is_read() {
    let world = world();
    let ours = issue(&world.claims(), &world.issuer).expect("issue");
    let sign1 = CoseSign1::from_tagged_slice(&ours).expect("COSE_Sign1");
    let theirs = coset::CoseSign1Builder::new()
        .protected(
            coset::HeaderBuilder::new()
                .algorithm(coset::iana::Algorithm::EdDSA)
                .key_id(world.issuer.key_id().as_bytes().to_vec())
                .build(),
        )
        .payload(sign1.payload.expect("payload"))
        .create_signature(&[], |message| world.issuer.sign(message).expect("sign").to_vec())
        .build();
    for bytes in [theirs.clone().to_vec(), theirs.to_tagged_vec()] {
        let bytes = bytes.expect("CBOR");
        let assertion = Assertion::parse(&bytes).expect("assertion");
        assertion.verify(world.issuer.public_key()).expect("signature");
        assert_eq!(assertion.claims(), &world.claims());
    }
}

#[test]
fn headers_are_strict() {
    let world = world();
    let bytes = issue(&world.claims(), &world.issuer).expect("issue");
    let good = CoseSign1::from_tagged_slice(&bytes).expect("COSE_Sign1");
    let refused = |change: &dyn Fn(&mut CoseSign1)| {
        let mut sign1 = good.clone();
        sign1.protected.original_data = None;
        change(&mut sign1);
        let bytes = sign1.to_vec().expect("CBOR");
        Assertion::parse(&bytes).expect_err("refused")
    };
    let cbor = AssertionError::Sign1;
    assert_eq!(
        refused(&|s| s.unprotected.key_id = vec![1; 8]),
        cbor(Sign1Error::Cbor(CborError::Large))
    );
    assert_eq!(refused(&|s| s.protected.header.alg = None), cbor(Sign1Error::Header));
    assert_eq!(refused(&|s| s.protected.header.key_id.clear()), cbor(Sign1Error::Header));
    let rsa = coset::Algorithm::Assigned(coset::iana::Algorithm::PS256);
    assert_eq!(
        refused(&|s| s.protected.header.alg = Some(rsa.clone())),
        cbor(Sign1Error::Algorithm(-37))
    );
    let critical = coset::RegisteredLabelWithPrivate::Assigned(coset::iana::HeaderParameter::Iv);
    assert_eq!(
        refused(&|s| s.protected.header.crit = vec![critical.clone()]),
        cbor(Sign1Error::Critical)
    );
    assert_eq!(refused(&|s| s.signature.truncate(63)), cbor(Sign1Error::Cbor(CborError::Kind)));
}

#[test]
fn the_wrong_key_does_not_verify() {
    let world = world();
    let bytes = issue(&world.claims(), &world.issuer).expect("issue");
    let assertion = Assertion::parse(&bytes).expect("assertion");
    let other = key(Algorithm::EdDsa);
    assert_eq!(assertion.verify(other.public_key()), Err(SuiteError::Signature));
    let other = key(Algorithm::Es256);
    assert_eq!(assertion.verify(other.public_key()), Err(SuiteError::Algorithm));
}

#[test]
fn claims_out_of_range_are_not_issued() {
    let world = world();
    let refused = |change: &dyn Fn(&mut AssertionClaims)| {
        let mut claims = world.claims();
        change(&mut claims);
        issue(&claims, &world.issuer).expect_err("refused")
    };
    assert_eq!(refused(&|c| c.expires_at = c.issued_at), AssertionError::Life);
    assert_eq!(
        refused(&|c| c.expires_at = c.issued_at.plus_s(ASSERTION_S_MAX + 1)),
        AssertionError::Life
    );
    assert_eq!(refused(&|c| c.issued_at = Timestamp::from_unix_s(-1)), AssertionError::Life);
    let many = vec![ReasonCode::RISK_AREA; ASSERTION_REASONS_MAX + 1];
    let too_many = Standing { reasons: many, ..standing(Level::Red) };
    assert_eq!(refused(&|c| c.standing = Some(too_many.clone())), AssertionError::Claim("reasons"));
    let measured = LastTest { at: NOW, outcome: TestOutcome::Measured };
    assert_eq!(
        refused(&|c| c.badges.last_test = Some(measured)),
        AssertionError::Claim("last test")
    );
    for text in ["", "a b", "码", &"x".repeat(33)] {
        assert!(Label::parse(text).is_err());
    }
    for (name, document) in [("欧阳修", "3301***02X"), ("欧**", "330106"), ("", "*"), ("王*", "")]
    {
        assert!(Masked::parse(name, document).is_err());
    }
    assert!(Masked::parse("王", "E1*****89").is_ok());
}

/// Signs a hand-made payload, so that only the claims are at fault.
fn with_payload(payload: &[u8]) -> Result<(), AssertionError> {
    let world = world();
    let sign1 = coset::CoseSign1Builder::new()
        .protected(
            coset::HeaderBuilder::new()
                .algorithm(coset::iana::Algorithm::EdDSA)
                .key_id(vec![7; 8])
                .build(),
        )
        .payload(payload.to_vec())
        .create_signature(&[], |message| world.issuer.sign(message).expect("sign").to_vec())
        .build();
    Assertion::parse(&sign1.to_vec().expect("CBOR")).map(drop)
}

#[test]
fn malformed_claims_are_refused() {
    let world = world();
    let bytes = issue(&claims(Holder::Paper(masked())), &world.issuer).expect("issue");
    let payload = CoseSign1::from_tagged_slice(&bytes).expect("COSE").payload.expect("payload");
    assert_eq!(with_payload(&payload), Ok(()));
    let text = hex::encode(&payload);
    let changed = |from: &str, to: &str| {
        assert!(text.contains(from), "{from} in {text}");
        with_payload(&hex::decode(text.replacen(from, to, 1)).expect("hex"))
    };
    use AssertionError::{Cbor, Claim};
    // iss twice, iss out of order, one claim less than the map says, one too many.
    assert_eq!(changed("0276", "0176"), Err(Cbor(CborError::KeyOrder)));
    assert_eq!(changed("a60166", "a60966"), Err(Cbor(CborError::KeyOrder)));
    assert_eq!(changed("a60166", "a70166"), Err(Cbor(CborError::Truncated)));
    assert_eq!(changed("a60166", "a50166"), Err(Cbor(CborError::Trailing)));
    // A longer form than needed; an indefinite map; a region that is none; a level that is none.
    assert_eq!(changed("a60166", "b8060166"), Err(Cbor(CborError::Form)));
    assert_eq!(changed("a60166", "bf0166"), Err(Cbor(CborError::Form)));
    assert_eq!(changed("0166333330", "0166333350"), Err(Claim("iss")));
    assert_eq!(changed("aa01010283", "aa01030283"), Err(Claim("level")));
    // A level without its reasons' event: the event's key becomes one that is passed over.
    assert_eq!(with_payload(&[0xa0]), Err(Claim("cnf")));
    assert_eq!(with_payload(&[]), Err(Cbor(CborError::Truncated)));
    assert_eq!(with_payload(&[0xff; 40]), Err(Cbor(CborError::Form)));
    // Nested deeper than is passed over: { 100: [[[[[[[[0]]]]]]]] }
    let deep = [&[0xa1, 0x18, 100][..], &[0x81; 8], &[0]].concat();
    assert_eq!(with_payload(&deep), Err(Cbor(CborError::Deep)));
    // An array that says it has 2^63 items.
    let long = [&[0xa1, 0x18, 100, 0x9b, 0x80][..], &[0; 7]].concat();
    assert_eq!(with_payload(&long), Err(Cbor(CborError::Truncated)));
}

#[test]
fn unknown_claims_are_passed_over() {
    let world = world();
    let bytes = issue(&claims(Holder::Paper(masked())), &world.issuer).expect("issue");
    let payload = CoseSign1::from_tagged_slice(&bytes).expect("COSE").payload.expect("payload");
    let text = hex::encode(&payload);
    // A claim 40 with an array, before the private one.
    let more = text.replacen("a6", "a7", 1).replacen("3a00010000", "1828820163e7a0813a00010000", 1);
    assert_eq!(with_payload(&hex::decode(more).expect("hex")), Ok(()));
}

fn any_region() -> impl Strategy<Value = RegionCode> {
    "[0-9]{6}|[0-9]{9}|[0-9]{12}".prop_map(|text| RegionCode::parse(&text).expect("region"))
}

fn any_label() -> impl Strategy<Value = Label> {
    "[A-Za-z0-9._:-]{1,32}".prop_map(|text| label(&text))
}

fn any_standing() -> impl Strategy<Value = Standing> {
    let level = prop_oneof![Just(Level::Green), Just(Level::Yellow), Just(Level::Red)];
    let reasons = proptest::collection::vec(any::<u16>().prop_map(ReasonCode::from_number), 0..=8);
    let leaf = proptest::option::of(any::<[u8; LeafRef::BYTES]>().prop_map(LeafRef::from_bytes));
    (level, reasons, any_label(), any_label(), any_label(), leaf).prop_map(
        |(level, reasons, event, id, version, leaf)| Standing {
            level,
            reasons,
            event,
            pack: hutong_code::PackRef { id, version },
            leaf,
        },
    )
}

fn any_badges() -> impl Strategy<Value = Badges> {
    let outcome = prop_oneof![
        Just(TestOutcome::Negative),
        Just(TestOutcome::Positive),
        Just(TestOutcome::Inconclusive),
        Just(TestOutcome::Pending),
        Just(TestOutcome::Invalid)
    ];
    let test = (0..253_402_300_799_i64, outcome)
        .prop_map(|(at, outcome)| LastTest { at: Timestamp::from_unix_s(at), outcome });
    (any::<Option<bool>>(), proptest::option::of(test))
        .prop_map(|(vaccination_complete, last_test)| Badges { vaccination_complete, last_test })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn what_goes_in_comes_out(
        issuer in any_region(),
        subject in any::<[u8; 16]>(),
        issued in 0..253_402_000_000_i64,
        life in 1..=ASSERTION_S_MAX,
        cti in any::<[u8; 16]>(),
        paper in any::<bool>(),
        standing in proptest::option::of(any_standing()),
        residence in proptest::option::of(any_region()),
        badges in any_badges(),
        algorithms in (0..2_usize, 0..2_usize),
    ) {
        let signer = key(Algorithm::ALL[algorithms.0]);
        let device = key(Algorithm::ALL[algorithms.1]);
        let holder = match paper {
            true => Holder::Paper(masked()),
            false => Holder::Device(device.public_key().cose_key().clone()),
        };
        let issued_at = Timestamp::from_unix_s(issued);
        let stated = AssertionClaims {
            issuer, subject: PersonId::from_bytes(subject), issued_at,
            expires_at: issued_at.plus_s(life), cti, holder, standing, residence, badges,
            records: Vec::new(),
        };
        let bytes = issue(&stated, &signer).expect("issue");
        let assertion = Assertion::parse(&bytes).expect("assertion");
        prop_assert_eq!(assertion.claims(), &stated);
        assertion.verify(signer.public_key()).expect("signature");
        prop_assert_eq!(assertion.key_id(), signer.key_id());
        // Deterministic: the claims have one encoding.
        let again = issue(&stated, &signer).expect("issue");
        prop_assert_eq!(&bytes[..bytes.len() - 64], &again[..again.len() - 64]);
    }

    #[test]
    fn reading_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = Assertion::parse(&bytes);
        let _ = hutong_code::CoseKey::parse(&bytes);
        let _ = with_payload(&bytes);
    }
}
