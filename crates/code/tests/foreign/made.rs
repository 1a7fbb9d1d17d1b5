//! Certificates made here, right ones and wrong ones.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use flate2::Compression;
use flate2::write::{DeflateEncoder, ZlibEncoder};
use hutong_code::base45;
use hutong_code::foreign::keys::{Certificate, ForeignKeys};
use hutong_code::foreign::{ForeignContext, ForeignVerifier, Reading};
use hutong_code::verify::Step;
use hutong_model::{Timestamp, Verdict};
use minicbor::Encoder;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose, SerialNumber, date_time_ymd,
};
use serde_json::{Value, json};
use std::io::Write;

/// When everything happens: 2022-01-01.
pub const NOW: i64 = 1_640_995_200;
/// Usages of health certificates.
pub const TEST: &[u64] = &[1, 3, 6, 1, 4, 1, 1847, 2021, 1, 1];
pub const VACCINATION: &[u64] = &[1, 3, 6, 1, 4, 1, 1847, 2021, 1, 2];
/// Usage of signers of seals.
pub const SEALS: &[u64] = &[2, 23, 136, 1, 1, 14, 2];

pub type Authority = CertifiedIssuer<'static, KeyPair>;

/// Who signs: a key on P-256 and its certificate.
pub struct Signer {
    pub key: KeyPair,
    pub der: Vec<u8>,
}

fn parameters(country: &str, name: &str, years: [i32; 2]) -> CertificateParams {
    let mut parameters = CertificateParams::default();
    parameters.distinguished_name.push(DnType::CountryName, country);
    parameters.distinguished_name.push(DnType::CommonName, name);
    [parameters.not_before, parameters.not_after] = years.map(|year| date_time_ymd(year, 1, 1));
    parameters
}

/// An authority of a country.
pub fn authority(country: &str) -> Authority {
    let mut parameters = parameters(country, "authority", [2020, 2040]);
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    CertifiedIssuer::self_signed(parameters, KeyPair::generate().expect("a key")).expect("signed")
}

impl Signer {
    pub fn new(country: &str) -> Self {
        Self::of(country, None, &[], [2021, 2030])
    }

    /// One with these usages, by an authority or itself.
    pub fn of(country: &str, by: Option<&Authority>, usages: &[&[u64]], years: [i32; 2]) -> Self {
        let mut parameters = parameters(country, "signer", years);
        parameters.serial_number = Some(SerialNumber::from(7));
        let usages = usages.iter().map(|oid| ExtendedKeyUsagePurpose::Other(oid.to_vec()));
        parameters.extended_key_usages = usages.collect();
        let key = KeyPair::generate().expect("a key");
        let certificate = match by {
            Some(authority) => parameters.signed_by(&key, authority),
            None => parameters.self_signed(&key),
        };
        Self { der: certificate.expect("signed").der().to_vec(), key }
    }

    pub fn certificate(&self) -> Certificate {
        Certificate::from_der(&self.der).expect("a certificate")
    }

    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let key = EcdsaKeyPair::from_pkcs8(algorithm, self.key.serialized_der()).expect("a key");
        key.sign(&SystemRandom::new(), message).expect("signed").as_ref().to_vec()
    }

    /// A verifier that trusts it.
    pub fn trusted(&self) -> ForeignVerifier {
        let mut keys = ForeignKeys::default();
        keys.add_certificate(self.certificate()).expect("few");
        ForeignVerifier::new(keys)
    }

    /// The header of what it signs.
    pub fn header(&self) -> Value {
        json!({"1": -7, "4": format!("hex:{}", hex::encode(self.certificate().key_id()))})
    }
}

/// The claims of a dose, issued an hour ago, in force for a day.
pub fn dose() -> Value {
    json!({
        "1": "AT", "6": NOW - 3600, "4": NOW + 86_400,
        "-260": {"1": {
            "ver": "1.3.0", "dob": "1990-05-01",
            "nam": {"fn": "Mustermann", "fnt": "MUSTERMANN", "gn": "Erika", "gnt": "ERIKA"},
            "v": [{
                "tg": "840539006", "vp": "1119349007", "mp": "EU/1/20/1528", "ma": "ORG-100030215",
                "dn": 2, "sd": 2, "dt": "2021-06-11", "co": "AT", "is": "Ministry",
                "ci": "URN:UVCI:01:AT:1#7",
            }],
        }},
    })
}

/// CBOR of JSON: members with numbers for names have them as numbers; `hex:` are bytes.
pub fn cbor(value: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    write(&mut Encoder::new(&mut out), value);
    out
}

fn write(e: &mut Encoder<&mut Vec<u8>>, value: &Value) {
    match value {
        Value::Null => e.null().map(|_| ()),
        Value::Bool(bool) => e.bool(*bool).map(|_| ()),
        Value::Number(number) => e.i64(number.as_i64().expect("whole")).map(|_| ()),
        Value::String(text) => match text.strip_prefix("hex:") {
            Some(digits) => e.bytes(&hex::decode(digits).expect("hex")).map(|_| ()),
            None => e.str(text).map(|_| ()),
        },
        Value::Array(list) => {
            e.array(list.len() as u64).expect("a vector");
            list.iter().for_each(|value| write(e, value));
            Ok(())
        }
        Value::Object(map) => {
            e.map(map.len() as u64).expect("a vector");
            for (name, value) in map {
                match name.parse::<i64>() {
                    Ok(number) => e.i64(number).map(|_| ()).expect("a vector"),
                    Err(_) => e.str(name).map(|_| ()).expect("a vector"),
                }
                write(e, value);
            }
            Ok(())
        }
    }
    .expect("a vector");
}

/// A `COSE_Sign1` with these headers, signed by this.
pub fn cose(
    protected: &Value,
    open: &Value,
    payload: &[u8],
    sign: impl Fn(&[u8]) -> Vec<u8>,
) -> Vec<u8> {
    let protected = cbor(protected);
    let mut message = Vec::new();
    let mut e = Encoder::new(&mut message);
    e.array(4)
        .and_then(|e| e.str("Signature1")?.bytes(&protected)?.bytes(b"")?.bytes(payload))
        .expect("a vector");
    let mut out = Vec::new();
    let mut e = Encoder::new(&mut out);
    e.tag(minicbor::data::Tag::new(18))
        .and_then(|e| e.array(4)?.bytes(&protected))
        .expect("a vector");
    write(&mut e, open);
    e.bytes(payload).and_then(|e| e.bytes(&sign(&message))).expect("a vector");
    out
}

pub fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).expect("a vector");
    encoder.finish().expect("a vector")
}

/// The text of a `COSE_Sign1`.
pub fn hc1_of(cose: &[u8]) -> String {
    format!("HC1:{}", base45::encode(&zlib(cose)))
}

/// A certificate with these claims.
pub fn hc1(signer: &Signer, claims: &Value) -> String {
    hc1_of(&cose(&signer.header(), &json!({}), &cbor(claims), |message| signer.sign(message)))
}

/// A compact JWS over a payload that is packed.
pub fn jws(header: &Value, payload: &Value, sign: impl Fn(&[u8]) -> Vec<u8>) -> String {
    let mut packed = DeflateEncoder::new(Vec::new(), Compression::best());
    packed.write_all(payload.to_string().as_bytes()).expect("a vector");
    let part = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let packed = packed.finish().expect("a vector");
    let message = format!("{}.{}", part(header.to_string().as_bytes()), part(&packed));
    let signature = part(&sign(message.as_bytes()));
    format!("{message}.{signature}")
}

pub fn numeric(jws: &str) -> String {
    let digits = jws.bytes().map(|byte| format!("{:02}", byte - 45));
    format!("shc:/{}", digits.collect::<String>())
}

pub fn at(now: i64) -> ForeignContext<'static> {
    ForeignContext::at(Timestamp::from_unix_s(now))
}

/// The answer, the step and the reason.
pub fn outcome(reading: &Reading) -> (Verdict, Option<Step>, String) {
    (reading.verdict, reading.step, reading.reasons[0].reason.code.to_string())
}

#[track_caller]
pub fn refused(verifier: &ForeignVerifier, text: &str, step: Step, reason: &str) {
    let reading = verifier.verify(text, &at(NOW));
    assert_eq!(outcome(&reading), (Verdict::Invalid, Some(step), reason.to_owned()));
    assert!(
        !reading.authentic || step == Step::Schema || step == Step::Validity || step == Step::Key
    );
    assert!(reading.person.is_none() && reading.records.is_empty(), "nothing is repeated");
}
