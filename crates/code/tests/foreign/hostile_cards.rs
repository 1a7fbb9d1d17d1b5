//! SMART Health Cards that are not what they claim to be, and key sets that carry them.

use crate::made::{NOW, Signer, at, jws, numeric, outcome, refused};
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hutong_code::foreign::ForeignVerifier;
use hutong_code::foreign::keys::ForeignKeys;
use hutong_code::verify::Step;
use hutong_model::Verdict;
use serde_json::{Value, json};

const ISSUER: &str = "https://cards.example/issuer";

fn jwk(signer: &Signer) -> Value {
    let (x, y) = signer.key.public_key_raw()[1..].split_at(32);
    let part = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let mut jwk = json!({"kty": "EC", "crv": "P-256", "x": part(x), "y": part(y)});
    let print = format!(r#"{{"crv":"P-256","kty":"EC","x":{},"y":{}}}"#, jwk["x"], jwk["y"]);
    jwk["kid"] = part(digest(&SHA256, print.as_bytes()).as_ref()).into();
    jwk["use"] = "sig".into();
    jwk["alg"] = "ES256".into();
    jwk
}

fn header(signer: &Signer) -> Value {
    json!({"alg": "ES256", "zip": "DEF", "kid": jwk(signer)["kid"]})
}

fn verifier(set: &Value) -> ForeignVerifier {
    let mut keys = ForeignKeys::default();
    keys.add_file(set.to_string().as_bytes()).expect("a key set");
    ForeignVerifier::new(keys)
}

fn payload() -> Value {
    json!({
        "iss": ISSUER, "nbf": NOW - 3600,
        "vc": {
            "type": ["https://smarthealth.cards#health-card"],
            "credentialSubject": {"fhirVersion": "4.0.1", "fhirBundle": {
                "resourceType": "Bundle", "type": "collection", "entry": [
                    {"fullUrl": "resource:0", "resource": {
                        "resourceType": "Patient", "birthDate": "1990-05-01",
                        "name": [{"family": "Muster", "given": ["Erika"]}],
                    }},
                    {"fullUrl": "resource:1", "resource": {
                        "resourceType": "Immunization", "status": "completed",
                        "patient": {"reference": "resource:0"},
                        "occurrenceDateTime": "2021-06-11", "vaccineCode": {"coding": [
                            {"system": "http://hl7.org/fhir/sid/cvx", "code": "208"},
                        ]},
                    }},
                ],
            }},
        },
    })
}

#[test]
fn a_right_one_in_every_form() {
    let signer = Signer::new("US");
    let directory = json!({"issuerInfo": [{"issuer": {"iss": ISSUER}, "keys": [jwk(&signer)]}]});
    for set in [json!({"keys": [jwk(&signer)]}), directory] {
        let verifier = verifier(&set);
        let card = jws(&header(&signer), &payload(), |message| signer.sign(message));
        let digits = numeric(&card);
        let body = digits.strip_prefix("shc:/").expect("digits");
        let (one, two) = body.split_at(body.len() / 4 * 2);
        let file = json!({"verifiableCredential": [card]}).to_string();
        // The codes of a card come in any order.
        for text in [digits.clone(), format!("shc:/2/2/{two} shc:/1/2/{one}"), file, card.clone()] {
            let reading = verifier.verify(&text, &at(NOW));
            assert_eq!((reading.verdict, reading.records.len()), (Verdict::Valid, 1), "{text}");
        }
        let half = verifier.verify(&format!("shc:/1/2/{one}"), &at(NOW));
        assert_eq!((half.verdict, half.step), (Verdict::Unverified, Some(Step::Prefix)));
        assert_eq!(half.reasons[0].reason.code, "chunk-missing");
    }
}

#[test]
fn algorithms() {
    let signer = Signer::new("US");
    let verifier = verifier(&json!({"keys": [jwk(&signer)]}));
    let id = &header(&signer)["kid"];
    let with = |alg: Value, sign: &dyn Fn(&[u8]) -> Vec<u8>| {
        numeric(&jws(&json!({"alg": alg, "zip": "DEF", "kid": id}), &payload(), sign))
    };
    refused(&verifier, &with(json!("none"), &|_| Vec::new()), Step::Cose, "unsigned");
    refused(&verifier, &with(Value::Null, &|message| signer.sign(message)), Step::Cose, "unsigned");
    // The public key as the secret of a MAC.
    let mac = |message: &[u8]| {
        let key = hmac::Key::new(hmac::HMAC_SHA256, signer.key.public_key_raw());
        hmac::sign(&key, message).as_ref().to_vec()
    };
    refused(&verifier, &with(json!("HS256"), &mac), Step::Cose, "algorithm-unknown");
    refused(&verifier, &with(json!("ES256"), &mac), Step::Signature, "signature-wrong");
    // A header that brings its own key, or asks for what is not understood.
    let other = Signer::new("US");
    let own = json!({"alg": "ES256", "zip": "DEF", "kid": id, "jwk": jwk(&other)});
    let text = numeric(&jws(&own, &payload(), |message| other.sign(message)));
    refused(&verifier, &text, Step::Signature, "signature-wrong");
    let critical = json!({"alg": "ES256", "zip": "DEF", "kid": id, "crit": ["b64"], "b64": false});
    let text = numeric(&jws(&critical, &payload(), |message| signer.sign(message)));
    refused(&verifier, &text, Step::Cose, "malformed");
}

#[test]
fn whose_key() {
    let (signer, other) = (Signer::new("US"), Signer::new("US"));
    let card = |payload: &Value| numeric(&jws(&header(&signer), payload, |m| signer.sign(m)));
    // Under another's id; of another issuer than the key's own; of nobody known.
    let mut wrong_id = jwk(&signer);
    wrong_id["kid"] = jwk(&other)["kid"].clone();
    let text = numeric(&jws(&header(&other), &payload(), |m| signer.sign(m)));
    refused(&verifier(&json!({"keys": [wrong_id]})), &text, Step::Key, "key-kind");
    let owned = json!({"issuerInfo": [{"issuer": {"iss": "https://other.example"}, "keys": [jwk(&signer)]}]});
    let reading = verifier(&owned).verify(&card(&payload()), &at(NOW));
    assert_eq!(outcome(&reading).2, "key-country");
    let reading = ForeignVerifier::default().verify(&card(&payload()), &at(NOW));
    assert_eq!(outcome(&reading), (Verdict::Unverified, Some(Step::Key), "key-unknown".to_owned()));
    // Keys that are for encryption, or whose certificate is another's, are not taken.
    let mut encrypts = jwk(&signer);
    encrypts["use"] = "enc".into();
    let mut another = jwk(&signer);
    another["x5c"] = json!([base64::engine::general_purpose::STANDARD.encode(&other.der)]);
    let mut keys = ForeignKeys::default();
    let set = json!({"keys": [encrypts, another, {"kty": "oct", "k": "AAAA", "kid": "k"}]});
    let added = keys.add_file(set.to_string().as_bytes()).expect("a key set");
    assert_eq!((added.keys, added.passed_over), (0, 3));
}

#[test]
fn content_and_times() {
    let signer = Signer::new("US");
    let verifier = verifier(&json!({"keys": [jwk(&signer)]}));
    let card = |change: fn(&mut Value)| {
        let mut payload = payload();
        change(&mut payload);
        numeric(&jws(&header(&signer), &payload, |message| signer.sign(message)))
    };
    let schema = |change| refused(&verifier, &card(change), Step::Schema, "schema");
    schema(|card| card["iss"] = json!("http://cards.example"));
    schema(|card| card["iss"] = json!("https://cards.example/"));
    schema(|card| card["nbf"] = json!("today"));
    schema(|card| card["vc"]["type"] = json!(["other"]));
    schema(|card| card["vc"]["rid"] = json!("a.b"));
    schema(|card| card["vc"]["credentialSubject"]["fhirVersion"] = json!("3.0.1"));
    schema(|card| {
        let entries = &mut card["vc"]["credentialSubject"]["fhirBundle"]["entry"];
        *entries = json!([entries[0], entries[0]]);
    });
    refused(
        &verifier,
        &card(|card| card["nbf"] = json!(NOW + 3600)),
        Step::Validity,
        "not-yet-valid",
    );
    let reading = verifier.verify(&card(|card| card["exp"] = json!(NOW - 1)), &at(NOW));
    assert_eq!((reading.verdict, reading.step), (Verdict::Expired, Some(Step::Validity)));
    // A dose that was not given is none.
    let reading = verifier.verify(
        &card(|card| {
            let bundle = &mut card["vc"]["credentialSubject"]["fhirBundle"];
            bundle["entry"][1]["resource"]["status"] = json!("not-done");
        }),
        &at(NOW),
    );
    assert_eq!((reading.verdict, reading.records.len()), (Verdict::Valid, 0));
}

#[test]
fn bombs_and_rubbish() {
    let signer = Signer::new("US");
    let verifier = verifier(&json!({"keys": [jwk(&signer)]}));
    let bomb = json!({"iss": ISSUER, "x": "0".repeat(1 << 20)});
    let text = numeric(&jws(&header(&signer), &bomb, |message| signer.sign(message)));
    refused(&verifier, &text, Step::Zlib, "malformed");
    let mut deep = json!(0);
    for _ in 0..100 {
        deep = json!([deep]);
    }
    let text = numeric(&jws(&header(&signer), &json!({"deep": deep}), |m| signer.sign(m)));
    refused(&verifier, &text, Step::Schema, "schema");
    let nested = numeric(&jws(&header(&signer), &Value::Null, |message| signer.sign(message)));
    refused(&verifier, &nested, Step::Schema, "schema");
    for text in ["shc:/", "shc:/1", "shc:/0/1/56", "shc:/1/65/56", "shc:/2/1/56", "shc:/99"] {
        refused(&verifier, text, Step::Prefix, "malformed");
    }
    refused(&verifier, "shc:/5676", Step::Cose, "malformed");
}
