//! Base45 against RFC 9285 and against a plain reading of it.

use hutong_code::base45::{Base45Error, decode, encode};
use proptest::prelude::*;

const ALPHABET: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";

fn naive_encode(bytes: &[u8]) -> String {
    let digits: Vec<char> = ALPHABET.chars().collect();
    let mut out = String::new();
    for chunk in bytes.chunks(2) {
        let mut value = chunk.iter().fold(0, |sum, byte| sum * 256 + usize::from(*byte));
        for _ in 0..=chunk.len() {
            out.push(digits[value % 45]);
            value /= 45;
        }
    }
    out
}

fn naive_decode(text: &str) -> Option<Vec<u8>> {
    let mut values = Vec::new();
    for character in text.chars() {
        values.push(ALPHABET.find(character)?);
    }
    let mut out = Vec::new();
    for chunk in values.chunks(3) {
        let value = chunk.iter().rev().fold(0, |sum, digit| sum * 45 + digit);
        match chunk.len() {
            3 if value < 65_536 => out.extend([(value / 256) as u8, (value % 256) as u8]),
            2 if value < 256 => out.push(value as u8),
            _ => return None,
        }
    }
    Some(out)
}

#[test]
fn examples_of_the_rfc() {
    // Sections 4.3 and 4.4.
    let examples = [
        ("AB", "BB8"),
        ("Hello!!", "%69 VD92EX0"),
        ("base-45", "UJCLQE7W581"),
        ("ietf!", "QED8WEX0"),
    ];
    for (plain, text) in examples {
        assert_eq!(encode(plain.as_bytes()), text);
        assert_eq!(decode(text.as_bytes()).as_deref(), Ok(plain.as_bytes()));
    }
}

#[test]
fn refuses_what_the_rfc_refuses() {
    // Section 6: FGW is 65535, GGW is 65536; and what no encoder makes.
    assert_eq!(decode(b"FGW"), Ok(vec![0xff, 0xff]));
    assert_eq!(decode(b"GGW"), Err(Base45Error::Range));
    assert_eq!(decode(b":::"), Err(Base45Error::Range));
    assert_eq!(decode(b"U5"), Ok(vec![0xff]));
    assert_eq!(decode(b"V5"), Err(Base45Error::Range));
    assert_eq!(decode(b"::"), Err(Base45Error::Range));
    assert_eq!(decode(b"A"), Err(Base45Error::Length));
    assert_eq!(decode(b"BB8A"), Err(Base45Error::Length));
    assert_eq!(decode(b"bb8"), Err(Base45Error::Character));
    assert_eq!(decode("码".as_bytes()), Err(Base45Error::Character));
    assert_eq!(decode(b""), Ok(vec![]));
}

proptest! {
    #[test]
    fn encodes_as_the_plain_one(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let text = encode(&bytes);
        prop_assert_eq!(&text, &naive_encode(&bytes));
        prop_assert_eq!(decode(text.as_bytes()), Ok(bytes));
    }

    #[test]
    fn decodes_as_the_plain_one(text in "[0-9A-Z $%*+./:-]{0,40}|.{0,20}") {
        prop_assert_eq!(decode(text.as_bytes()).ok(), naive_decode(&text));
    }
}
