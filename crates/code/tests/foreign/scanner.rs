//! The scanner: every kind of text and of trust file through one door.

use crate::made::{NOW, Signer, authority, dose, hc1};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hutong_code::scan::TrustFileError;
use hutong_code::verify::{Format, Step, VerifyContext};
use hutong_code::{Scanner, SigningKey, TrustList};
use hutong_model::limits::CODE_TEXT_BYTES_MAX;
use hutong_model::{Timestamp, Verdict};
use serde_json::json;

const AT: VerifyContext<'_> = VerifyContext::at(Timestamp::from_unix_s(NOW));

#[test]
fn certificates_in_every_trust_file() {
    let authority = authority("AT");
    let signer = Signer::of("AT", Some(&authority), &[], [2021, 2030]);
    let (id, raw) = (signer.certificate().key_id(), STANDARD.encode(&signer.der));
    let entry = json!({"kid": STANDARD.encode(id), "country": "AT", "certificateType": "DSC", "rawData": raw});
    let (x, y) = signer.key.public_key_raw()[1..].split_at(32);
    let part = |bytes: &[u8]| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes);
    let did = json!({
        "@context": ["https://www.w3.org/ns/did/v1"],
        "id": "did:web:trust.example:v2:trustlist:-:AUT:DSC",
        "verificationMethod": [{
            "id": format!("did:web:trust.example:v2:trustlist:-:AUT:DSC#{}", STANDARD.encode(id).replace('=', "%3D")),
            "type": "JsonWebKey2020", "controller": "did:web:trust.example",
            "publicKeyJwk": {"kty": "EC", "crv": "P-256", "x": part(x), "y": part(y)},
        }],
    });
    let pem = format!("-----BEGIN CERTIFICATE-----\n{raw}\n-----END CERTIFICATE-----\n");
    let files: [(&str, Vec<u8>); 8] = [
        ("DER", signer.der.clone()),
        ("PEM", pem.into_bytes()),
        ("base64", raw.clone().into_bytes()),
        ("gateway, array", json!([entry]).to_string().into_bytes()),
        ("gateway, object", json!({"certificates": [entry]}).to_string().into_bytes()),
        (
            "gateway, after a signature",
            format!("c2ln\n{}", json!({"certificates": [entry]})).into_bytes(),
        ),
        ("DID document", did.to_string().into_bytes()),
        ("with a byte order mark", format!("\u{feff}{}", json!([entry])).into_bytes()),
    ];
    for (name, file) in files {
        let mut scanner = Scanner::default();
        let added = scanner.add_file(&file, &[]);
        assert_eq!(added.map(|added| (added.keys, added.passed_over)), Ok((1, 0)), "{name}");
        let reading = scanner.scan(&hc1(&signer, &dose()), &AT);
        assert_eq!(reading.verdict, Verdict::Valid, "{name}: {reading:?}");
    }
    // One bad entry does not stop the others; what is none of the forms is refused.
    let mut scanner = Scanner::default();
    let added = scanner.add_file(json!([{"rawData": "AAAA"}, entry]).to_string().as_bytes(), &[]);
    assert_eq!(added.map(|added| (added.keys, added.passed_over)), Ok((1, 1)));
    for rubbish in [&b"rubbish"[..], b"", b"{}", b"{\"keys\": 1}", b"-----BEGIN", b"\x30\x82"] {
        assert!(scanner.add_file(rubbish, &[]).is_err(), "{rubbish:?}");
    }
}

#[test]
fn revocations_in_files() {
    let signer = Signer::new("AT");
    let mut scanner = Scanner::default();
    scanner.add_file(&signer.der, &[]).expect("a certificate");
    let uci = hutong_code::revocation::PartialHash::of(&[b"URN:UVCI:01:AT:1#7"]);
    let batch = json!({
        "country": "AT", "expires": "2023-01-01T00:00:00Z", "kid": "UNKNOWN_KID",
        "hashType": "UCI", "entries": [{"hash": STANDARD.encode(uci.as_bytes())}],
    });
    scanner.add_file(batch.to_string().as_bytes(), &[]).expect("a batch");
    let reading = scanner.scan(&hc1(&signer, &dose()), &AT);
    assert_eq!((reading.verdict, reading.step), (Verdict::Revoked, Some(Step::Revocation)));
}

#[test]
fn own_lists_need_an_anchor() {
    let root = SigningKey::ed25519_from_seed(&[7; 32]).expect("a key");
    let list = TrustList::empty(AT.now).body().clone();
    let bytes = TrustList::sign(&list, &root).expect("signed");
    let mut scanner = Scanner::default();
    assert_eq!(scanner.add_file(&bytes, &[]), Err(TrustFileError::NoAnchor));
    use hutong_code::Sign;
    scanner.add_file(&bytes, &[root.public_key().clone()]).expect("a list");
    assert!(scanner.own().is_some());
}

#[test]
fn lines_that_are_no_text() {
    let scanner = Scanner::default();
    let scan = |bytes: &[u8]| scanner.scan_bytes(bytes, &AT);
    for line in [&b""[..], b"\xff\xfe", b"\0", "健康码".as_bytes(), b" ", b"eyJ."] {
        let reading = scan(line);
        assert_eq!(
            (reading.verdict, reading.step),
            (Verdict::Invalid, Some(Step::Prefix)),
            "{line:?}"
        );
    }
    let long = [vec![b'x'; CODE_TEXT_BYTES_MAX], "码".as_bytes().to_vec()].concat();
    assert_eq!(scan(&long[..=CODE_TEXT_BYTES_MAX]).reasons[0].reason.code, "too-large");
    let ours = scan(b"HT1:XYZ");
    assert_eq!((ours.format, ours.verdict), (Format::Ht1, Verdict::Invalid));
    assert!(ours.code.is_some());
}
