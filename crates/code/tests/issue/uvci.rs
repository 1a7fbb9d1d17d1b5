//! Identifiers, thumbprints, key sets.

use crate::{Signer, ed25519};
use hutong_code::Sign;
use hutong_code::issue::{IssueError, Uvci, jwks, uvci::checksum};
use serde_json::json;

#[test]
fn uvci_annex_2_checksums() {
    // Identifiers of published test certificates of Iceland, Greece and Spain.
    for text in [
        "URN:UVCI:01:IS:VERA3333#D",
        "URN:UVCI:01:IS:T123123323#7",
        "URN:UVCI:01:IS:VERA1234#F",
        "URN:UVCI:01:GR:ZHYTK36RLRF5IN4GEH2DLVBTAQ#G",
        "URN:UVCI:01:GR:7UXL2ZTSS6KUZAF2XAAA3A4C4I#E",
        "URN:UVCI:01:GR:KOTFPYPGVQOUE3QQ3XFOECLAS4#0",
        "01ES05T8034C2ED473E6995B4BA5#A",
    ] {
        let (body, check) = text.split_once('#').expect("a checksum");
        assert_eq!(checksum(body).map(|c| c.to_string()).as_deref(), Some(check), "{text}");
        assert_eq!(Uvci::parse(text).is_ok(), text.starts_with("URN:"), "{text}");
    }
    assert_eq!(checksum("urn:uvci"), None);
}

#[test]
fn identifiers_are_built_and_read() {
    let built = Uvci::build("GR", "ZHYTK36RLRF5IN4GEH2DLVBTAQ").expect("well-formed");
    assert_eq!(built.as_str(), "URN:UVCI:01:GR:ZHYTK36RLRF5IN4GEH2DLVBTAQ#G");
    assert_eq!(Uvci::parse(built.as_str()), Ok(built));
    // The checksum is optional; the issuing entity may stand before the opaque text.
    assert!(Uvci::parse("URN:UVCI:01:NL:187/37512422923").is_ok());
    for wrong in [
        "",
        "URN:UVCI:01:CN:",
        "URN:UVCI:01:??:A",
        "URN:UVCI:02:CN:A",
        "URN:UVCI:01:GR:ZHYTK36RLRF5IN4GEH2DLVBTAQ#H",
        "URN:UVCI:01:GR:ZHYTK36RLRF5IN4GEH2DLVBTAQ#",
        "URN:UVCI:01:CN:a",
        "URN:UVCI:01:CN:码",
    ] {
        assert_eq!(Uvci::parse(wrong), Err(IssueError::Malformed("ci")), "{wrong}");
    }
    assert_eq!(
        Uvci::build("CN", &"A".repeat(64)).map(|u| u.as_str().len()),
        Err(IssueError::Malformed("ci"))
    );
    assert_eq!(Uvci::build("CHN", "A"), Err(IssueError::Malformed("co")));
    for wrong in ["", "a", "A B", "A#B", "A:B"] {
        assert_eq!(Uvci::build("CN", wrong), Err(IssueError::Malformed("ci")));
    }
}

#[test]
fn rfc_7638_section_3_1() {
    let key = json!({
        "kty": "RSA", "e": "AQAB", "alg": "RS256", "kid": "2011-04-29",
        "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
    });
    let expected = "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs";
    assert_eq!(jwks::thumbprint(&key).as_deref(), Some(expected));
    assert_eq!(jwks::thumbprint(&json!({"kty": "RSA", "e": "AQAB"})), None);
    assert_eq!(jwks::thumbprint(&json!({"kty": "oct", "k": "AA"})), None);
}

#[test]
fn rfc_8037_appendix_a_3() {
    let key = json!({
        "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
    });
    let expected = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k";
    assert_eq!(jwks::thumbprint(&key).as_deref(), Some(expected));
}

#[test]
fn a_key_set_is_public_and_of_es256() {
    let signer = Signer::of("CN");
    let set = jwks::key_set(&[signer.key.public_key().clone()]).expect("ES256");
    let key = &set["keys"][0];
    for (name, value) in [("kty", "EC"), ("use", "sig"), ("alg", "ES256"), ("crv", "P-256")] {
        assert_eq!(key[name], value);
    }
    assert_eq!(key["kid"].as_str(), jwks::thumbprint(key).as_deref());
    assert_eq!(key.as_object().map(serde_json::Map::len), Some(7), "nothing secret");
    let wrong = [ed25519().public_key().clone()];
    assert_eq!(jwks::key_set(&wrong), Err(IssueError::Algorithm));
}
