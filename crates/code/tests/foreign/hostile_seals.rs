//! Seals of ICAO (VDS-NC) that are not what they claim to be, and chains of certificates.

use crate::made::{Authority, NOW, SEALS, Signer, TEST, at, authority, outcome, refused};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hutong_code::foreign::ForeignVerifier;
use hutong_code::foreign::keys::ForeignKeys;
use hutong_code::verify::Step;
use hutong_model::Verdict;
use rcgen::{CertificateRevocationListParams, KeyIdMethod, RevokedCertParams, SerialNumber};
use serde_json::{Value, json};

fn data() -> Value {
    json!({
        "hdr": {"t": "icao.vacc", "v": 1, "is": "AUS"},
        "msg": {
            "uvci": "U32870", "pid": {"n": "SMITH BILL", "dob": "1990-01-02", "sex": "M"},
            "ve": [{"des": "XM68M6", "nam": "Comirnaty", "dis": "RA01.0", "vd": [
                {"dvc": "2021-03-03", "seq": 1, "ctr": "AUS", "adm": "RIVM", "lot": "VC35679"},
            ]}],
        },
    })
}

fn seal(signer: &Signer, data: &Value) -> Value {
    let signed = serde_json_canonicalizer::to_vec(data).expect("JSON");
    let part = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let sig =
        json!({"alg": "ES256", "cer": part(&signer.der), "sigvl": part(&signer.sign(&signed))});
    json!({"data": data, "sig": sig})
}

fn trusting(authority: &Authority) -> ForeignKeys {
    let mut keys = ForeignKeys::default();
    keys.add_file(authority.der()).expect("a certificate");
    keys
}

fn signer(authority: &Authority) -> Signer {
    Signer::of("AU", Some(authority), &[SEALS], [2021, 2030])
}

#[test]
fn a_right_one() {
    let authority = authority("AU");
    let verifier = ForeignVerifier::new(trusting(&authority));
    let reading = verifier.verify(&seal(&signer(&authority), &data()).to_string(), &at(NOW));
    assert_eq!(outcome(&reading), (Verdict::Valid, None, "in-force".to_owned()));
    assert_eq!(reading.records.len(), 1);
}

#[test]
fn altered_or_unsigned() {
    let authority = authority("AU");
    let verifier = ForeignVerifier::new(trusting(&authority));
    let right = seal(&signer(&authority), &data());
    let with = |change: fn(&mut Value)| {
        let mut seal = right.clone();
        change(&mut seal);
        seal.to_string()
    };
    let altered = with(|seal| seal["data"]["msg"]["pid"]["n"] = json!("SMITH JOHN"));
    refused(&verifier, &altered, Step::Signature, "signature-wrong");
    refused(&verifier, &with(|seal| seal["sig"]["alg"] = json!("none")), Step::Cose, "unsigned");
    refused(&verifier, &with(|seal| seal["sig"]["alg"] = json!("ES384")), Step::Key, "key-kind");
    let unknown = with(|seal| seal["sig"]["alg"] = json!("HS256"));
    refused(&verifier, &unknown, Step::Cose, "algorithm-unknown");
    refused(&verifier, &with(|seal| seal["sig"]["sigvl"] = json!("!")), Step::Cose, "malformed");
    refused(&verifier, &with(|seal| seal["sig"]["cer"] = json!("AAAA")), Step::Key, "malformed");
    refused(&verifier, "{\"data\": {\"a\"", Step::Cbor, "malformed");
    refused(&verifier, "{}", Step::Prefix, "not-a-code");
    let other = seal(
        &signer(&authority),
        &json!({"hdr": {"t": "icao.other", "v": 1, "is": "AUS"},
        "msg": {"pid": {"n": "A"}}}),
    );
    refused(&verifier, &other.to_string(), Step::Schema, "schema");
}

#[test]
fn chains() {
    let (own, other) = (authority("AU"), authority("AU"));
    let verifier = ForeignVerifier::new(trusting(&own));
    let reason = |signer: &Signer, data: &Value| {
        let reading = verifier.verify(&seal(signer, data).to_string(), &at(NOW));
        assert_ne!(reading.verdict, Verdict::Valid);
        outcome(&reading).2
    };
    // An authority of the same name and another key; nobody's; run out; for something else.
    assert_eq!(reason(&signer(&other), &data()), "chain-unknown");
    assert_eq!(reason(&Signer::of("AU", None, &[SEALS], [2021, 2030]), &data()), "chain-unknown");
    let old = Signer::of("AU", Some(&own), &[SEALS], [2020, 2021]);
    assert_eq!(reason(&old, &data()), "key-not-in-force");
    let tests = Signer::of("AU", Some(&own), &[TEST], [2021, 2030]);
    assert_eq!(reason(&tests, &data()), "key-purpose");
    // One country signs in another's name.
    let mut foreign = data();
    foreign["hdr"]["is"] = json!("NZL");
    assert_eq!(reason(&signer(&own), &foreign), "key-country");
    // A signer is no authority, though it is trusted as a signer.
    let mut keys = ForeignKeys::default();
    let trusted = signer(&own);
    keys.add_file(&trusted.der).expect("a certificate");
    let verifier = ForeignVerifier::new(keys);
    let direct = verifier.verify(&seal(&trusted, &data()).to_string(), &at(NOW));
    assert_eq!(direct.verdict, Verdict::Valid, "{direct:?}");
}

#[test]
fn revoked_signers() {
    let (own, other) = (authority("AU"), authority("AU"));
    let revoked = |serial: u64| RevokedCertParams {
        serial_number: SerialNumber::from(serial),
        revocation_time: rcgen::date_time_ymd(2021, 6, 1),
        reason_code: None,
        invalidity_date: None,
    };
    let list = |by: &Authority, serial: u64| {
        let list = CertificateRevocationListParams {
            this_update: rcgen::date_time_ymd(2021, 12, 1),
            next_update: rcgen::date_time_ymd(2022, 2, 1),
            crl_number: SerialNumber::from(1),
            issuing_distribution_point: None,
            revoked_certs: vec![revoked(serial)],
            key_identifier_method: KeyIdMethod::Sha256,
        };
        list.signed_by(by).expect("signed").der().to_vec()
    };
    let text = seal(&signer(&own), &data()).to_string();
    let with = |list: &[u8]| {
        let mut keys = trusting(&own);
        keys.add_file(list).expect("a revocation list");
        outcome(&ForeignVerifier::new(keys).verify(&text, &at(NOW)))
    };
    let suspended = (Verdict::Revoked, Some(Step::Revocation), "signer-revoked".to_owned());
    assert_eq!(with(&list(&own, 7)), suspended);
    let valid = (Verdict::Valid, None, "in-force".to_owned());
    assert_eq!(with(&list(&own, 8)), valid, "another certificate");
    // Of the same name, but signed by another key.
    assert_eq!(with(&list(&other, 7)), valid, "another authority's list");
}
