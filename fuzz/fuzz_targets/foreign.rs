//! Certificates of other systems. Nobody is trusted: nothing may be valid, and what is invalid
//! repeats nothing.
//!
//! The first byte says what the rest is: `0` the text itself; `1` the bytes behind Base45, `2`
//! those behind zlib, `3` the payload of a `COSE_Sign1`; `4` the JSON of a SMART Health Card; `5`
//! the JSON of a link; `6` a DIVOC archive.
#![no_main]

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use flate2::Compression;
use flate2::write::{DeflateEncoder, ZlibEncoder};
use hutong_code::{Scanner, VerifyContext, base45, foreign::dcc_payload};
use hutong_fuzz::NOW;
use hutong_model::Verdict;
use libfuzzer_sys::fuzz_target;
use minicbor::Encoder;
use std::io::Write;

fuzz_target!(|bytes: &[u8]| {
    let Some((kind, rest)) = bytes.split_first() else { return };
    let hc1 = |packed: &[u8]| format!("HC1:{}", base45::encode(packed)).into_bytes();
    let text = match kind % 7 {
        0 => rest.to_vec(),
        1 => hc1(rest),
        2 => hc1(&zlib(rest)),
        3 => hc1(&zlib(&cose(rest))),
        4 => card(rest).into_bytes(),
        5 => format!("shlink:/{}", URL_SAFE_NO_PAD.encode(rest)).into_bytes(),
        _ => format!("B64:{}", STANDARD.encode(rest)).into_bytes(),
    };
    let reading = Scanner::default().scan_bytes(&text, &VerifyContext::at(NOW));
    assert_ne!(reading.verdict, Verdict::Valid, "nobody is trusted");
    assert!(!reading.authentic && !reading.reasons.is_empty());
    if reading.verdict == Verdict::Invalid {
        assert!(reading.step.is_some() && reading.person.is_none() && reading.records.is_empty());
    }
    let json = serde_json::to_string(&reading).expect("it can be written");
    assert_eq!(serde_json::from_str(&json).ok().as_ref(), Some(&reading), "it survives");
    let _ = std::str::from_utf8(&text).map(dcc_payload);
});

/// Not packed closer than needed: time goes to reading.
fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::none());
    encoder.write_all(bytes).expect("a vector");
    encoder.finish().expect("a vector")
}

/// Any payload, said to be signed by ES256 with a key that nobody knows: it is read all the same.
fn cose(payload: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut e = Encoder::new(&mut out);
    e.array(4).and_then(|e| e.bytes(&[0xa2, 1, 0x26, 4, 0x41, 0x6b])?.map(0)).expect("a header");
    e.bytes(payload).and_then(|e| e.bytes(&[0; 64])).expect("a vector");
    out
}

fn card(payload: &[u8]) -> String {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::none());
    encoder.write_all(payload).expect("a vector");
    let packed = URL_SAFE_NO_PAD.encode(encoder.finish().expect("a vector"));
    let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"ES256","zip":"DEF","kid":"k"}"#);
    let jws = format!("{header}.{packed}.{}", URL_SAFE_NO_PAD.encode([0; 64]));
    let digits: String = jws.bytes().map(|byte| format!("{:02}", byte - 45)).collect();
    format!("shc:/{digits}")
}
