//! Revocation lists of all forms: what they find, what they refuse, whose they are.

use base64::{Engine, engine::general_purpose::STANDARD};
use hutong_code::revocation::{
    Batch, BloomFilter, CardRevocations, HashKind, How, Identifiers, PartialHash, PartialHashes,
    RevocationError, Revocations, SignatureBytes,
};
use hutong_model::Timestamp;
use serde_json::{Value, json};

const KEY: &[u8] = &[1, 2, 3, 4, 5, 6, 7, 8];
const UCI: &str = "URN:UVCI:01:XA:ONE#K";

/// A certificate of the country `XA`.
fn certificate(uci: &'static str) -> Identifiers<'static> {
    let mut certificate = Identifiers::of("XA", KEY);
    certificate.uci = Some(uci);
    certificate.signature = Some(SignatureBytes::Ecdsa(&[7; 64]));
    certificate
}

fn batch_json(kid: &str, kind: &str, hashes: &[&[u8]]) -> Value {
    let entry = |hash: &&[u8]| json!({"hash": STANDARD.encode(hash)});
    let entries: Vec<Value> = hashes.iter().map(entry).collect();
    json!({"country": "XA", "expires": "2027-01-01T00:00:00Z", "kid": kid, "hashType": kind,
        "entries": entries})
}

fn batch(kid: &str, kind: HashKind, certificate: &Identifiers<'_>) -> Batch {
    let hash = certificate.hash(kind).expect("a hash");
    let json = batch_json(kid, kind.as_str(), &[hash.as_bytes()]);
    Batch::parse(&json.to_string(), "XA").expect("a batch")
}

fn how(held: &Revocations, certificate: &Identifiers<'_>) -> Option<How> {
    held.check(certificate).map(|revoked| revoked.how)
}

#[test]
fn what_is_hashed_is_as_specified() {
    let whole = certificate(UCI);
    let of = |kind| whole.hash(kind).expect("a hash");
    assert_eq!(of(HashKind::Uci), PartialHash::of(&[UCI.as_bytes()]));
    assert_eq!(of(HashKind::CountryUci), PartialHash::of(&[b"XA", UCI.as_bytes()]));
    assert_eq!(of(HashKind::Signature), PartialHash::of(&[&[7; 32]]), "r alone of ECDSA");
    let mut other = certificate(UCI);
    other.signature = Some(SignatureBytes::Other(&[7; 64]));
    assert_eq!(other.hash(HashKind::Signature), Some(PartialHash::of(&[&[7; 64]])));
    assert_eq!(whole.hash(HashKind::Token), None);
    // SHA-256 of "abc" (FIPS 180-4) begins so.
    let abc = PartialHash::of(&[b"a", b"bc"]);
    assert_eq!(format!("{abc:?}"), "ba7816bf8f01cfea414140de5dae2223");
}

#[test]
fn batches_find_by_each_kind_and_key() {
    for kind in [HashKind::Signature, HashKind::Uci, HashKind::CountryUci] {
        let one = certificate(UCI);
        let mut held = Revocations::default();
        held.add_batch("b-1", batch("UNKNOWN_KID", kind, &one));
        assert_eq!(how(&held, &one), Some(How::Hash(kind)));
        let mut foreign = certificate(UCI);
        foreign.issuer = "XB";
        assert_eq!(how(&held, &foreign), None, "another issuer's certificate is not touched");
        held.add_batch("b-1", batch(&STANDARD.encode([9; 8]), kind, &one));
        assert_eq!(how(&held, &one), None, "for another key");
        held.add_batch("b-2", batch(&STANDARD.encode(KEY), kind, &one));
        assert_eq!(how(&held, &one), Some(How::Hash(kind)));
        assert!(held.remove_batch("XA", "b-2") && !held.remove_batch("XB", "b-1"));
        assert_eq!(how(&held, &one), None);
    }
    let mut held = Revocations::default();
    held.add_batch("b", batch("UNKNOWN_KID", HashKind::Uci, &certificate(UCI)));
    held.add_batch("c", batch("UNKNOWN_KID", HashKind::Uci, &certificate(UCI)));
    assert!(held.remove_batch("XA", "c"));
    assert!(how(&held, &certificate(UCI)).is_some(), "the other batch has it still");
    assert_eq!(how(&held, &certificate("OTHER")), None);
    held.remove_expired(Timestamp::parse("2027-01-01T00:00:00Z").expect("a time"));
    assert_eq!(how(&held, &certificate(UCI)), None);
}

#[test]
fn a_batch_is_of_the_country_that_signed_it() {
    let sound = batch_json("UNKNOWN_KID", "UCI", &[&[1; 16], &[2; 32]]);
    assert_eq!(Batch::parse(&sound.to_string(), "XA").map(|b| b.hashes().len()), Ok(2));
    let foreign = Batch::parse(&sound.to_string(), "XB");
    assert!(matches!(foreign, Err(RevocationError::Owner { .. })), "{foreign:?}");
    for (name, wrong) in [
        ("kid", json!("*")),
        ("hashType", json!("TOKEN")),
        ("hashType", json!("MD5")),
        ("expires", json!("soon")),
        ("entries", json!([{"hash": "AAAA"}])),
        ("entries", json!([{"hash": "?"}])),
        ("entries", json!({})),
    ] {
        let mut batch = sound.clone();
        batch[name] = wrong;
        let refused = Batch::parse(&batch.to_string(), "XA");
        assert!(matches!(refused, Err(RevocationError::Form(_))), "{name}: {refused:?}");
    }
}

#[test]
fn filters_find_all_and_little_else() {
    let hash = |number: u32| PartialHash::of(&[&number.to_be_bytes()]);
    let (count, others) = (5_000, 200_000);
    let mut bloom = BloomFilter::for_elements(count, 0.001).expect("a filter");
    (0..count).for_each(|number| bloom.add(hash(number).as_bytes()));
    let width = PartialHashes::width_for(count as usize, 1_000);
    let partial = PartialHashes::of((0..count).map(hash), width);
    // Two that begin alike are one.
    assert!(width == 3 && partial.len() > count as usize - 10, "{}", partial.len());
    let bloom = BloomFilter::from_bytes(&bloom.to_bytes().expect("bytes")).expect("a filter");
    let partial = PartialHashes::from_bytes(&partial.to_bytes()).expect("a list");
    let in_bloom = |number: u32| bloom.may_contain(hash(number).as_bytes());
    let in_partial = |number: u32| partial.may_contain(&hash(number));
    assert!((0..count).all(|number| in_bloom(number) && in_partial(number)));
    let wrong = |found: &dyn Fn(u32) -> bool| {
        (count..count + others).filter(|number| found(*number)).count()
    };
    let (by_bloom, by_partial) = (wrong(&in_bloom), wrong(&in_partial));
    println!("of {others} others: {by_bloom} by the Bloom filter, {by_partial} by the list");
    assert!(by_bloom < 300 && by_partial < 120, "{by_bloom}, {by_partial}");
}

#[test]
fn filters_are_looked_into_for_their_issuer_and_key() {
    let one = certificate(UCI);
    let hash = one.hash(HashKind::Signature).expect("a hash");
    let mut bloom = BloomFilter::with_bits(1 << 12, 9).expect("a filter");
    bloom.add(hash.as_bytes());
    let mut held = Revocations::default();
    held.add_bloom("XA", "f", Some(KEY), HashKind::Signature, bloom.clone());
    assert_eq!(how(&held, &one), Some(How::Filter(HashKind::Signature)));
    held.add_bloom("XA", "f", Some(&[0; 8]), HashKind::Signature, bloom.clone());
    assert_eq!(how(&held, &one), None);
    held.add_bloom("XB", "f", None, HashKind::Signature, bloom);
    assert_eq!(how(&held, &one), None);
    let list = PartialHashes::of([hash], 4);
    held.add_partial("XA", "p", None, HashKind::Signature, list);
    assert_eq!(how(&held, &one), Some(How::Filter(HashKind::Signature)));
}

#[test]
fn malformed_filters_are_refused() {
    let sound = BloomFilter::for_elements(10, 0.01).and_then(|f| f.to_bytes()).expect("a filter");
    assert!(BloomFilter::from_bytes(&sound).is_ok());
    let alter = |at: usize, byte: u8| {
        let mut bytes = sound.clone();
        bytes[at] = byte;
        BloomFilter::from_bytes(&bytes)
    };
    assert!(alter(1, 2).is_err(), "another version");
    assert!(alter(2, 0).is_err(), "no hashes");
    assert!(alter(3, 1).is_err(), "another hash function");
    assert!(matches!(alter(16, 0xff), Err(RevocationError::Large)));
    assert!(alter(19, 0).is_err(), "another length");
    (0..sound.len()).for_each(|end| assert!(BloomFilter::from_bytes(&sound[..end]).is_err()));
    assert!(BloomFilter::for_elements(0, 0.1).is_none());
    assert!(BloomFilter::for_elements(1, f32::NAN).is_none());
    for wrong in [&[][..], &[0], &[17, 1], &[2, 1]] {
        assert!(PartialHashes::from_bytes(wrong).is_err(), "{wrong:?}");
    }
    let signed = PartialHashes::from_bytes(&[1, 0x80, 0xff, 0x01, 0x01]).expect("any order");
    assert_eq!(signed.to_bytes(), [1, 0x01, 0x80, 0xff]);
}

#[test]
fn cards_are_found_by_their_revocation_id() {
    let json =
        |ctr: u64, rids: Value| json!({"kid": "k", "method": "rid", "ctr": ctr, "rids": rids});
    let parse = |json: Value| CardRevocations::parse(&json.to_string());
    let list = parse(json(3, json!(["all", "some.1000", "both.5", "both", "two.5", "two.9"])));
    let mut held = Revocations::default();
    held.put_cards("https://issuer.example", list.expect("a list")).expect("the first");
    let card = |issuer: &'static str, rid: &'static str, issued_at_s: i64| {
        let mut card = Identifiers::of(issuer, b"k");
        (card.rid, card.issued_at_s) = (Some(rid), issued_at_s);
        how(&held, &card) == Some(How::Card)
    };
    let here = "https://issuer.example";
    assert!(card(here, "all", 5_000) && card(here, "some", 999) && card(here, "both", 7));
    assert!(card(here, "two", 8) && !card(here, "two", 9));
    assert!(!card(here, "some", 1_000) && !card(here, "other", 0));
    assert!(!card("https://other.example", "all", 0));
    let mut held = held.clone();
    let older = held.put_cards(here, parse(json(2, json!([]))).expect("a list"));
    assert_eq!(older, Err(RevocationError::Older { offered: 2, held: 3 }));
    for wrong in [json!(["a b"]), json!(["x.y"]), json!([""]), json!(["a".repeat(25)]), json!(5)] {
        assert!(parse(json(1, wrong.clone())).is_err(), "{wrong}");
    }
    assert!(parse(json!({"kid": "k", "method": "x", "ctr": 1, "rids": []})).is_err());
}

/// The vectors of the EU's reference Bloom filter: one bit for each element, and as many bits as
/// the rate asks for, not rounded up to words.
#[test]
fn the_published_bloom_vectors_are_answered() {
    let root = std::env::var("HUTONG_TESTDATA")
        .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data").into());
    let path = format!("{root}/revocation/dgc-bloomfilter/testcase1.json");
    let Ok(text) = std::fs::read_to_string(path) else {
        println!("skipped: no third-party material here (set HUTONG_TESTDATA)");
        return;
    };
    let vectors: Vec<Value> = serde_json::from_str(&text).expect("JSON");
    assert_eq!(vectors.len(), 3);
    for vector in &vectors {
        let text = STANDARD.decode(vector["filter"].as_str().expect("a filter")).expect("base64");
        let bits: Vec<u8> = serde_json::from_slice(&text).expect("bits");
        let hashes = vector["k"].as_u64().and_then(|k| u8::try_from(k).ok()).expect("k");
        let mut filter = BloomFilter::with_bits(bits.len() as u64, hashes).expect("a filter");
        let data = vector["data"].as_array().expect("data");
        let written = vector["written"].as_array().expect("written");
        for (element, _) in data.iter().zip(written).filter(|(_, written)| **written == 1) {
            filter.add(element.as_str().expect("a text").as_bytes());
        }
        let set: Vec<u8> = (0..filter.bits()).map(|bit| filter.is_set(bit).into()).collect();
        assert_eq!(set, bits, "{vector}");
        let found = |element: &Value| {
            u8::from(filter.may_contain(element.as_str().expect("a text").as_bytes()))
        };
        let found: Vec<u8> = data.iter().map(found).collect();
        let exists = vector["exists"].as_str().expect("exists");
        assert_eq!(found, serde_json::from_str::<Vec<u8>>(exists).expect("bits"), "{vector}");
    }
}
