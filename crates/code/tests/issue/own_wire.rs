//! The fact `records` as bytes: what a reader refuses and what it passes over.

use crate::generators::any_own_record;
use crate::own::{claims, key};
use crate::{recovery_record, vaccination_record};
use hutong_code::assertion::AssertionError;
use hutong_code::foreign::Record;
use hutong_code::{Assertion, CborError, PresentationText, Sign};
use proptest::prelude::*;

/// The claims of a certificate with one recovery, in hexadecimal.
fn payload() -> String {
    payload_of(vec![recovery_record()])
}

fn payload_of(records: Vec<Record>) -> String {
    let text = hutong_code::issue::own::issue(&claims(records), &key());
    let read = PresentationText::parse(&text.expect("issued")).expect("a presentation");
    use coset::TaggedCborSerializable;
    let sign1 = coset::CoseSign1::from_tagged_slice(read.assertion()).expect("COSE_Sign1");
    hex::encode(sign1.payload.expect("payload"))
}

/// An assertion over any payload, truly signed.
fn sign1(payload: Vec<u8>) -> Vec<u8> {
    use coset::CborSerializable;
    let header = coset::HeaderBuilder::new()
        .algorithm(coset::iana::Algorithm::EdDSA)
        .key_id(key().key_id().as_bytes().to_vec());
    coset::CoseSign1Builder::new()
        .protected(header.build())
        .payload(payload)
        .create_signature(&[], |message| key().sign(message).expect("signed").to_vec())
        .build()
        .to_vec()
        .expect("CBOR")
}

fn read(payload: &str) -> Result<usize, AssertionError> {
    let signed = sign1(hex::decode(payload).expect("hex"));
    Ok(Assertion::parse(&signed)?.claims().records.len())
}

/// The payload with other records: they end it.
fn with(records: &str) -> String {
    let text = payload();
    let start = text.rfind(RECORDS).expect("the fact 10");
    format!("{}0a{records}", &text[..start])
}

/// `10: [{0: 2, 1: "840539006", 7: a day`, and so on.
const RECORDS: &str = "0a81a80002016938343035333930303607";

#[test]
fn records_as_bytes() {
    use AssertionError::{Cbor, Claim};
    assert_eq!(read(&payload()), Ok(1));
    assert_eq!(read(&with("82a10002a10000")), Ok(2));
    // A kind that is none, no kind, a kind that is a text.
    for records in ["81a10003", "81a0", "81a10169", "81a1610002"] {
        assert_eq!(read(&with(records)), Err(Claim("records/kind")), "{records}");
    }
    // Fields that are not known, by number and by name, and those of another kind.
    assert_eq!(read(&with("81a30002181f820102617802")), Ok(1));
    assert_eq!(read(&with("81a2000208624142")), Ok(1));
    // Twice, out of order, too many, none at all.
    assert_eq!(read(&with("81a300020b614e0b614e")), Err(Cbor(CborError::KeyOrder)));
    assert_eq!(read(&with("81a300020c614e0b614e")), Err(Cbor(CborError::KeyOrder)));
    assert_eq!(read(&with("9841a10002")), Err(Cbor(CborError::Large)));
    assert_eq!(read(&with("81b821")), Err(Cbor(CborError::Large)));
    assert_eq!(read(&with("80")), Err(Claim("records")));
    assert_eq!(read(&with("81a20002")), Err(Cbor(CborError::Truncated)));
}

#[test]
fn times_and_codes_have_one_form() {
    use AssertionError::{Cbor, Claim};
    let time = |time: &str| read(&with(&format!("81a2000207{time}")));
    // A day, an instant, one with its offset, and what is neither.
    for good in ["193a49", "20", "811a61d0", "64323032"] {
        let whole = match good {
            "811a61d0" => "811a61cf9980".to_owned(),
            "64323032" => "6432303231".to_owned(),
            other => other.to_owned(),
        };
        assert_eq!(time(&whole), Ok(1), "{whole}");
    }
    assert_eq!(time("821a61cf99801901e0"), Ok(1));
    // A day as text; a day, an instant and an offset that are none; too many parts.
    let day = format!("6a{}", hex::encode("2021-06-11"));
    assert_eq!(time(&day), Err(Claim("records/time")));
    assert_eq!(time("1a7fffffff"), Err(Claim("records/time")));
    assert_eq!(time("811b0000003afff44180"), Err(Claim("records/time")));
    assert_eq!(time("821a61cf9980190349"), Err(Claim("records/time")));
    assert_eq!(time("821b0000003afff4417f01"), Err(Claim("records/time")));
    assert_eq!(time("83010203"), Err(Cbor(CborError::Large)));
    assert_eq!(time("80"), Err(Cbor(CborError::Truncated)));

    let code = |code: &str| read(&with(&format!("81a2000201{code}")));
    // Of the catalogue, with names, of a system that a newer issuer numbers, of none.
    for good in ["82016131", "8401613161416142", "8400613161 41f6", "8218636131", "82f66131"] {
        assert_eq!(code(&good.replace(' ', "")), Ok(1), "{good}");
    }
    assert_eq!(code("83016131f6"), Err(Cbor(CborError::Kind)));
    assert_eq!(code("01"), Err(Cbor(CborError::Kind)));
}

#[test]
fn the_text_stays_small() {
    let doses = vec![vaccination_record(); 20];
    let text = hutong_code::issue::own::issue(&claims(doses), &key()).expect("issued");
    assert!(text.len() < 2_500, "{}", text.len());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]
    /// Whatever is read can be issued again, and says the same: also of a newer or another issuer.
    #[test]
    fn what_is_read_can_be_issued(
        records in proptest::collection::vec(any_own_record(), 1..3),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
    ) {
        let mut bytes = hex::decode(payload_of(records)).expect("hex");
        for (place, byte) in changes {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        let signed = sign1(bytes);
        if let Ok(read) = Assertion::parse(&signed) {
            let claims = read.into_claims();
            let again = hutong_code::issue(&claims, &key());
            let again = again.map_err(|error| TestCaseError::fail(error.to_string()))?;
            prop_assert_eq!(Assertion::parse(&again).expect("read").into_claims(), claims);
        }
    }
}
