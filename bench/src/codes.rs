//! `bench codes`: foreign certificates, text in, answer and records out, against bare verification
//! of the same signed messages with the same parsed key; and the answer written as JSON, as
//! `hutong verify` does.

use crate::{figures::Report, rates::rates};
use aws_lc_rs::{
    digest::{SHA256, digest},
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use flate2::{
    Compression,
    write::{DeflateEncoder, ZlibEncoder},
};
use hutong_code::{
    Revocations, Scanner, VerifyContext, base45,
    foreign::keys::{ForeignKey, ForeignKeys, KeyAlgorithm, PublicKey, Usages},
    scan::CachingScanner,
};
use hutong_model::{Timestamp, Verdict};
use minicbor::Encoder;
use serde_json::json;
use std::{hint::black_box, io::Write};

const NOW: i64 = 1_640_995_200;
const ISSUER: &str = "https://cards.example/issuer";
/// Different certificates, so that nothing is kept from one to the next.
const CODES: usize = 64;
/// What the memory of seen codes may take.
const SEEN_BYTES: u64 = 1 << 20;

/// A text, and what is signed in it.
struct Code {
    text: String,
    message: Vec<u8>,
    signature: Vec<u8>,
}

/// Runs the benchmark.
pub fn run() -> Report {
    let mut report = Report::new("codes");
    let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
    let pair = EcdsaKeyPair::generate(algorithm).expect("a key");
    let public = PublicKey::new(KeyAlgorithm::Es256, pair.public_key().as_ref()).expect("a key");
    for (what, id, issuer, codes) in [
        ("HC1 certificates", b"12345678".to_vec(), "AT", hc1(&pair)),
        ("SMART Health Cards", thumbprint(&pair).into_bytes(), ISSUER, cards(&pair)),
    ] {
        let key = ForeignKey {
            id: id.into(),
            issuer: Some(issuer.into()),
            public: public.clone(),
            usages: Usages::default(),
            not_before: None,
            not_after: None,
            certificate: None,
        };
        measure(&mut report, what, key, &codes);
    }
    report
}

fn measure(report: &mut Report, what: &str, key: ForeignKey, codes: &[Code]) {
    let public = key.public.clone();
    let mut keys = ForeignKeys::default();
    keys.add(key).expect("few");
    let scanner = Scanner::new(None, keys, Revocations::default());
    let context = VerifyContext::at(Timestamp::from_unix_s(NOW));
    for code in codes {
        let reading = scanner.scan(&code.text, &context);
        assert!(reading.verdict == Verdict::Valid && !reading.records.is_empty());
    }
    let remembering = CachingScanner::new(scanner.clone(), SEEN_BYTES);
    let mut places = [0_usize; 4];
    let [first, second, third, fourth] = &mut places;
    let step = |place: &mut usize| {
        *place = (*place + 1) % CODES;
        *place
    };
    let mut line = Vec::new();
    let [whole, written, bare, again] = rates([
        &mut || {
            black_box(scanner.scan(black_box(&codes[step(first)].text), &context));
        },
        &mut || {
            line.clear();
            let reading = scanner.scan(black_box(&codes[step(second)].text), &context);
            serde_json::to_writer(&mut line, &reading).expect("a vector");
            black_box(&line);
        },
        &mut || {
            let code = &codes[step(third)];
            assert!(public.verifies(
                KeyAlgorithm::Es256,
                black_box(&code.message),
                &code.signature
            ));
        },
        &mut || {
            black_box(remembering.scan(black_box(&codes[step(fourth)].text), &context));
        },
    ]);
    let beside = "bare verification of the same messages";
    report.add(&format!("{what} checked and read, one core"), whole, "/s", beside, bare);
    report.add(&format!("{what} checked, read and written as JSON"), written, "/s", beside, bare);
    report.add(&format!("{what} seen again"), again, "/s", beside, bare);
}

fn sign(pair: &EcdsaKeyPair, message: &[u8]) -> Vec<u8> {
    pair.sign(&SystemRandom::new(), message).expect("signed").as_ref().to_vec()
}

fn thumbprint(pair: &EcdsaKeyPair) -> String {
    let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
    let (x, y) = (URL_SAFE_NO_PAD.encode(x), URL_SAFE_NO_PAD.encode(y));
    let canonical = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
    URL_SAFE_NO_PAD.encode(digest(&SHA256, canonical.as_bytes()))
}

fn hc1(pair: &EcdsaKeyPair) -> Vec<Code> {
    (0..CODES).map(|number| hc1_of(pair, &dose(number))).collect()
}

/// A dose with the fields that real certificates have.
fn dose(number: usize) -> Vec<u8> {
    let mut out = Vec::new();
    let mut e = Encoder::new(&mut out);
    let uci = format!("URN:UVCI:01:AT:10807843F94AEE0EE5093FBC254BD{number:03}#B");
    let texts = [
        ("tg", "840539006"),
        ("vp", "1119349007"),
        ("mp", "EU/1/20/1528"),
        ("ma", "ORG-100030215"),
        ("dt", "2021-06-11"),
        ("co", "AT"),
        ("is", "Ministry of Health, Austria"),
        ("ci", &uci),
    ];
    let names = [
        ("fn", "Musterfrau-Gößinger"),
        ("fnt", "MUSTERFRAU<GOESSINGER"),
        ("gn", "Gabriele"),
        ("gnt", "GABRIELE"),
    ];
    e.map(4)
        .and_then(|e| e.u8(1)?.str("AT")?.u8(6)?.i64(NOW - 3600)?.u8(4)?.i64(NOW + 86_400))
        .and_then(|e| e.i64(-260)?.map(1)?.u8(1)?.map(4)?.str("ver")?.str("1.3.0"))
        .and_then(|e| e.str("dob")?.str("1998-02-26")?.str("nam")?.map(4))
        .expect("a vector");
    for (name, text) in names {
        e.str(name).and_then(|e| e.str(text)).expect("a vector");
    }
    e.str("v").and_then(|e| e.array(1)?.map(10)).expect("a vector");
    for (name, text) in texts {
        e.str(name).and_then(|e| e.str(text)).expect("a vector");
    }
    e.str("dn").and_then(|e| e.u8(2)?.str("sd")?.u8(2)).expect("a vector");
    out
}

fn hc1_of(pair: &EcdsaKeyPair, payload: &[u8]) -> Code {
    let mut protected = Vec::new();
    let mut e = Encoder::new(&mut protected);
    e.map(2).and_then(|e| e.u8(1)?.i64(-7)?.u8(4)?.bytes(b"12345678")).expect("a vector");
    let mut message = Vec::new();
    let mut e = Encoder::new(&mut message);
    e.array(4)
        .and_then(|e| e.str("Signature1")?.bytes(&protected)?.bytes(b"")?.bytes(payload))
        .expect("a vector");
    let signature = sign(pair, &message);
    let mut cose = Vec::new();
    let mut e = Encoder::new(&mut cose);
    e.tag(minicbor::data::Tag::new(18))
        .and_then(|e| e.array(4)?.bytes(&protected)?.map(0)?.bytes(payload)?.bytes(&signature))
        .expect("a vector");
    let mut packed = ZlibEncoder::new(Vec::new(), Compression::best());
    packed.write_all(&cose).expect("a vector");
    let text = format!("HC1:{}", base45::encode(&packed.finish().expect("a vector")));
    Code { text, message, signature }
}

fn cards(pair: &EcdsaKeyPair) -> Vec<Code> {
    (0..CODES).map(|number| card(pair, number)).collect()
}

/// A card of two doses.
fn card(pair: &EcdsaKeyPair, number: usize) -> Code {
    let dose = |date: &str| {
        json!({"resource": {
            "resourceType": "Immunization", "status": "completed",
            "vaccineCode": {"coding": [{"system": "http://hl7.org/fhir/sid/cvx", "code": "207"}]},
            "patient": {"reference": "resource:0"}, "occurrenceDateTime": date,
            "performer": [{"actor": {"display": "ABC General Hospital"}}],
            "lotNumber": format!("{number:07}"),
        }})
    };
    let patient = json!({"resource": {
        "resourceType": "Patient", "birthDate": "1951-01-20",
        "name": [{"family": "Anyperson", "given": ["John", "B."]}],
    }});
    let payload = json!({
        "iss": ISSUER, "nbf": NOW - 3600,
        "vc": {
            "type": ["https://smarthealth.cards#health-card"],
            "credentialSubject": {"fhirVersion": "4.0.1", "fhirBundle": {
                "resourceType": "Bundle", "type": "collection",
                "entry": [patient, dose("2021-01-01"), dose("2021-01-29")],
            }},
        },
    });
    let mut packed = DeflateEncoder::new(Vec::new(), Compression::best());
    packed.write_all(payload.to_string().as_bytes()).expect("a vector");
    let packed = URL_SAFE_NO_PAD.encode(packed.finish().expect("a vector"));
    let header = json!({"alg": "ES256", "zip": "DEF", "kid": thumbprint(pair)}).to_string();
    let message = format!("{}.{packed}", URL_SAFE_NO_PAD.encode(header));
    let signature = sign(pair, message.as_bytes());
    let jws = format!("{message}.{}", URL_SAFE_NO_PAD.encode(&signature));
    let digits: String = jws.bytes().map(|byte| format!("{:02}", byte - 45)).collect();
    Code { text: format!("shc:/{digits}"), message: message.into_bytes(), signature }
}
