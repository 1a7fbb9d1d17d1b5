//! Certificates in the `HC1:` envelope that are not what they claim to be.

use crate::made::{
    NOW, Signer, TEST, VACCINATION, at, cbor, cose, dose, hc1, hc1_of, outcome, refused, zlib,
};
use hutong_code::base45;
use hutong_code::foreign::keys::{ForeignKey, ForeignKeys};
use hutong_code::foreign::{ForeignContext, ForeignVerifier};
use hutong_code::revocation::{Batch, HashKind, PartialHash, Revocations};
use hutong_code::verify::Step;
use hutong_model::{Timestamp, Verdict};
use serde_json::{Value, json};

fn changed(change: impl FnOnce(&mut Value)) -> Value {
    let mut claims = dose();
    change(&mut claims);
    claims
}

#[test]
fn a_right_one() {
    let signer = Signer::new("AT");
    let reading = signer.trusted().verify(&hc1(&signer, &dose()), &at(NOW));
    assert_eq!((reading.verdict, reading.authentic), (Verdict::Valid, true));
    assert_eq!((reading.issuer.as_deref(), reading.records.len()), (Some("AT"), 1));
}

/// Each layer refuses what is damaged there.
#[test]
fn damaged_layers() {
    let signer = Signer::new("AT");
    let verifier = signer.trusted();
    let right = hc1(&signer, &dose());
    refused(&verifier, "HC1", Step::Prefix, "not-a-code");
    refused(&verifier, &right[..right.len() - 2], Step::Zlib, "malformed");
    refused(&verifier, "HC1:abc", Step::Base45, "malformed");
    refused(&verifier, "HC1:", Step::Zlib, "malformed");
    let packed = |bytes: &[u8]| format!("HC1:{}", base45::encode(bytes));
    refused(&verifier, &packed(b"no zlib"), Step::Zlib, "malformed");
    let after = [zlib(&cbor(&dose())), b"more".to_vec()].concat();
    refused(&verifier, &packed(&after), Step::Zlib, "malformed");
    refused(&verifier, &hc1_of(b""), Step::Cbor, "malformed");
    refused(&verifier, &hc1_of(&[0x9f; 40]), Step::Cbor, "malformed");
    refused(&verifier, &hc1_of(&cbor(&json!([1, 2, 3, 4]))), Step::Cose, "malformed");
    let text = cose(&signer.header(), &json!({}), b"\xff", |message| signer.sign(message));
    refused(&verifier, &hc1_of(&text), Step::Cbor, "malformed");
    // Every beginning of a right one, and one with a byte changed, is answered.
    for length in 0..right.len() {
        assert_ne!(verifier.verify(&right[..length], &at(NOW)).verdict, Verdict::Valid);
    }
}

#[test]
fn bombs() {
    let verifier = ForeignVerifier::default();
    refused(&verifier, &hc1_of(&vec![0; 8 << 20]), Step::Zlib, "malformed");
    refused(&verifier, &hc1_of(&vec![0x81; 60_000]), Step::Cbor, "malformed");
    refused(
        &verifier,
        &hc1_of(&[vec![0x99, 0xff, 0xff], vec![0; 60_000]].concat()),
        Step::Cbor,
        "malformed",
    );
    refused(
        &verifier,
        &hc1_of(&[0x5b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
        Step::Cbor,
        "malformed",
    );
    let long = format!("HC1:{}", "0".repeat(20_000));
    refused(&verifier, &long, Step::Prefix, "too-large");
}

#[test]
fn signatures() {
    let (signer, other) = (Signer::new("AT"), Signer::new("AT"));
    let verifier = signer.trusted();
    let payload = cbor(&dose());
    let by = |header: &Value, open: &Value, who: &Signer| {
        hc1_of(&cose(header, open, &payload, |message| who.sign(message)))
    };
    let none = json!({});
    let wrong = "signature-wrong";
    // Signed by another under the same key id; signed over another payload; cut; none at all.
    refused(&verifier, &by(&signer.header(), &none, &other), Step::Signature, wrong);
    for signature in [signer.sign(b"something else"), vec![0; 64], vec![0; 63], Vec::new()] {
        let text = hc1_of(&cose(&signer.header(), &none, &payload, |_| signature.clone()));
        refused(&verifier, &text, Step::Signature, wrong);
    }
    // The protected key id counts before the unprotected one.
    let unknown = json!({"1": -7, "4": "hex:0000000000000000"});
    let reading =
        verifier.verify(&by(&unknown, &json!({"4": signer.header()["4"]}), &signer), &at(NOW));
    assert_eq!(outcome(&reading), (Verdict::Unverified, Some(Step::Key), "key-unknown".to_owned()));
    let open = by(&json!({"1": -7}), &json!({"4": signer.header()["4"]}), &signer);
    assert_eq!(verifier.verify(&open, &at(NOW)).verdict, Verdict::Valid);
    let reading = verifier.verify(&by(&json!({"1": -7}), &none, &signer), &at(NOW));
    assert_eq!(outcome(&reading).2, "key-id-missing");
}

#[test]
fn algorithms() {
    let signer = Signer::new("AT");
    let verifier = signer.trusted();
    let id = &signer.header()["4"];
    let by = |header: &Value, open: &Value| {
        hc1_of(&cose(header, open, &cbor(&dose()), |message| signer.sign(message)))
    };
    // No algorithm; one that only stands where it is not signed; one of another kind of key; a MAC
    // (HS256), for which the public key would be the secret; one of no number.
    refused(&verifier, &by(&json!({"4": id}), &json!({})), Step::Cose, "unsigned");
    refused(&verifier, &by(&json!({"4": id}), &json!({"1": -7})), Step::Cose, "unsigned");
    refused(&verifier, &by(&json!({"1": -37, "4": id}), &json!({})), Step::Key, "key-kind");
    for algorithm in [json!(5), json!(-8), json!(-35), json!("ES256")] {
        let text = by(&json!({"1": algorithm, "4": id}), &json!({}));
        refused(&verifier, &text, Step::Cose, "algorithm-unknown");
    }
    // What is critical and not understood.
    let critical = json!({"1": -7, "2": [99], "4": id, "99": 1});
    refused(&verifier, &by(&critical, &json!({})), Step::Cose, "malformed");
}

#[test]
fn times() {
    let signer = Signer::new("AT");
    let verifier = signer.trusted();
    let at_step = |claims: &Value| outcome(&verifier.verify(&hc1(&signer, claims), &at(NOW)));
    let over = changed(|claims| claims["4"] = json!(NOW - 1));
    let expired = (Verdict::Expired, Some(Step::Validity), "expired".to_owned());
    assert_eq!(at_step(&over), expired);
    let early = changed(|claims| claims["5"] = json!(NOW + 3600));
    refused(&verifier, &hc1(&signer, &early), Step::Validity, "not-yet-valid");
    let future = changed(|claims| claims["6"] = json!(NOW + 3600));
    refused(&verifier, &hc1(&signer, &future), Step::Validity, "issued-in-future");
    let huge = changed(|claims| claims["4"] = json!(i64::MAX));
    assert_eq!(at_step(&huge).1, Some(Step::Schema));
    let old = Signer::of("AT", None, &[], [2019, 2021]);
    let reading = old.trusted().verify(&hc1(&old, &dose()), &at(NOW));
    assert_eq!(outcome(&reading).2, "key-not-in-force");
}

#[test]
fn content() {
    let signer = Signer::new("AT");
    let verifier = signer.trusted();
    let content = |change: fn(&mut Value)| {
        let claims = changed(|claims| change(&mut claims["-260"]["1"]));
        refused(&verifier, &hc1(&signer, &claims), Step::Schema, "schema");
    };
    content(|dcc| dcc["ver"] = json!("2.0.0"));
    content(|dcc| dcc["v"] = json!([]));
    content(|dcc| dcc["v"][0]["dn"] = json!(0));
    content(|dcc| dcc["v"][0]["dt"] = json!("2021-02-30"));
    content(|dcc| dcc["v"] = json!([dcc["v"][0], dcc["v"][0]]));
    content(|dcc| dcc["t"] = dcc["v"].clone());
    content(|dcc| dcc["nam"]["fnt"] = json!("müller"));
    content(|dcc| *dcc = json!("text"));
    let none = changed(|claims| claims["-260"] = json!({}));
    refused(&verifier, &hc1(&signer, &none), Step::Schema, "schema");
}

#[test]
fn whose_key() {
    // A key for tests signs a dose.
    let tester = Signer::of("AT", None, &[TEST], [2021, 2030]);
    refused(&tester.trusted(), &hc1(&tester, &dose()), Step::Key, "key-purpose");
    let both = Signer::of("AT", None, &[TEST, VACCINATION], [2021, 2030]);
    assert_eq!(both.trusted().verify(&hc1(&both, &dose()), &at(NOW)).verdict, Verdict::Valid);
    // One country signs in another's name.
    let german = Signer::new("DE");
    let reading = german.trusted().verify(&hc1(&german, &dose()), &at(NOW));
    assert_eq!(outcome(&reading).2, "key-country");
    // Several keys share an id: the one that signed is found, whatever their order.
    let austrian = Signer::new("AT");
    let shared = ForeignKey::of_certificate(&austrian.certificate()).id;
    let mut keys = ForeignKeys::default();
    for signer in [&german, &tester, &austrian] {
        let mut key = ForeignKey::of_certificate(&signer.certificate());
        key.id.clone_from(&shared);
        keys.add(key).expect("few");
    }
    let verifier = ForeignVerifier::new(keys);
    assert_eq!(verifier.verify(&hc1(&austrian, &dose()), &at(NOW)).verdict, Verdict::Valid);
    let stranger = Signer { key: Signer::new("AT").key, der: austrian.der };
    refused(&verifier, &hc1(&stranger, &dose()), Step::Signature, "signature-wrong");
}

/// By each kind of hash, and by nobody but the issuer.
#[test]
fn taken_back() {
    let signer = Signer::new("AT");
    let verifier = signer.trusted();
    let payload = cbor(&dose());
    let message = std::cell::RefCell::new(Vec::new());
    let text = hc1_of(&cose(&signer.header(), &json!({}), &payload, |signed| {
        let signature = signer.sign(signed);
        message.replace(signature.clone());
        signature
    }));
    let signature = message.into_inner();
    let uci: &[u8] = b"URN:UVCI:01:AT:1#7";
    let hashes = [
        (HashKind::Signature, PartialHash::of(&[&signature[..32]])),
        (HashKind::Uci, PartialHash::of(&[uci])),
        (HashKind::CountryUci, PartialHash::of(&[b"AT", uci])),
    ];
    for (kind, hash) in hashes {
        for country in ["AT", "DE"] {
            use base64::{Engine, engine::general_purpose::STANDARD};
            let batch = json!({
                "country": country, "expires": "2023-01-01T00:00:00Z", "kid": "UNKNOWN_KID",
                "hashType": kind.as_str(), "entries": [{"hash": STANDARD.encode(hash.as_bytes())}],
            });
            let mut held = Revocations::default();
            held.add_batch("b", Batch::parse(&batch.to_string(), country).expect("a batch"));
            let context = ForeignContext::at(Timestamp::from_unix_s(NOW)).knowing(&held);
            let reading = verifier.verify(&text, &context);
            let expected = if country == "AT" { Verdict::Revoked } else { Verdict::Valid };
            assert_eq!(reading.verdict, expected, "{kind:?} {country}");
            let step = (country == "AT").then_some(Step::Revocation);
            assert_eq!(reading.step, step, "{kind:?} {country}");
        }
    }
}
