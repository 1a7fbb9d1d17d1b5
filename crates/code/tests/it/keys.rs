//! Keys: files, `COSE_Key`, JWK, names.

use crate::key;
use hutong_code::{Algorithm, CoseKey, Sign, SigningKey, SuiteError, VerifyingKey};
use serde_json::json;

#[test]
fn key_files_come_back() {
    for algorithm in Algorithm::ALL {
        let made = key(algorithm);
        for read in [
            SigningKey::from_pkcs8(&made.to_pkcs8().expect("der")).expect("der"),
            SigningKey::from_pem(&made.to_pem().expect("pem")).expect("pem"),
        ] {
            assert_eq!(read.key_id(), made.key_id());
            assert_eq!(read.algorithm(), algorithm);
            let signature = read.sign(b"message").expect("sign");
            made.public_key().verify(b"message", &signature).expect("verify");
            let wrong = made.public_key().verify(b"massage", &signature);
            assert_eq!(wrong, Err(SuiteError::Signature));
        }
    }
}

#[test]
fn files_that_are_no_keys_are_refused() {
    for text in [
        "",
        "-----BEGIN PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----",
    ] {
        assert!(SigningKey::from_pem(text).is_err());
    }
    assert!(SigningKey::from_pkcs8(&[0x30, 0x03, 1, 2, 3]).is_err());
}

#[test]
fn the_debug_form_shows_no_secret() {
    let seed = [0x42; 32];
    let made = SigningKey::ed25519_from_seed(&seed).expect("key");
    let shown = format!("{made:?}");
    assert_eq!(shown, format!("SigningKey(EdDSA {})", made.key_id()));
}

#[test]
fn ed25519_is_that_of_rfc_8032() {
    // Section 7.1, test 2.
    let seed = "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb";
    let public = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c";
    let signature = "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da\
                     085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00";
    let seed: [u8; 32] = hex::decode(seed).expect("hex").try_into().expect("32 bytes");
    let made = SigningKey::ed25519_from_seed(&seed).expect("key");
    assert_eq!(hex::encode(made.sign(&[0x72]).expect("sign")), signature);
    // { 1: 1, -1: 6, -2: x }
    let cose = format!("a301012006215820{public}");
    assert_eq!(hex::encode(made.public_key().cose_key().to_bytes()), cose);
}

#[test]
fn both_forms_of_y_are_the_same_key() {
    let made = key(Algorithm::Es256);
    let (short, whole) =
        (made.public_key().cose_key().to_bytes(), made.public_key().cose_key().to_bytes_whole());
    assert_eq!(whole.len(), short.len() + 33);
    let short = VerifyingKey::from_cose_key(&short).expect("short");
    let whole = VerifyingKey::from_cose_key(&whole).expect("whole");
    assert_eq!((short.key_id(), short.to_jwk()), (whole.key_id(), whole.to_jwk()));
    assert_eq!(short, whole);
    let signature = made.sign(b"message").expect("sign");
    short.verify(b"message", &signature).expect("short");
    whole.cose_key().verify_once(b"message", &signature).expect("whole");
}

#[test]
fn jwk_comes_back() {
    for algorithm in Algorithm::ALL {
        let made = key(algorithm);
        let jwk = made.public_key().to_jwk();
        assert_eq!(jwk["alg"], algorithm.as_str());
        assert_eq!(&VerifyingKey::from_jwk(&jwk).expect("jwk"), made.public_key());
        let mut private = jwk.clone();
        private["d"] = json!("AAAA");
        assert!(VerifyingKey::from_jwk(&private).is_err());
        let mut other = jwk;
        other["alg"] = json!("RS256");
        assert!(VerifyingKey::from_jwk(&other).is_err());
    }
    for jwk in [json!(null), json!({}), json!({"kty": "OKP", "crv": "Ed25519", "x": "AA"})] {
        assert!(VerifyingKey::from_jwk(&jwk).is_err());
    }
}

#[test]
fn order_and_other_labels_do_not_matter() {
    let x = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c";
    let canonical = CoseKey::parse(&hex::decode(format!("a301012006215820{x}")).expect("hex"));
    // { -2: x, 3: -8, 1: 1, -1: 6 }
    let other = CoseKey::parse(&hex::decode(format!("a4215820{x}032701012006")).expect("hex"));
    assert_eq!(canonical, other);
    assert!(canonical.is_ok());
}

#[test]
fn malformed_cose_keys_are_refused() {
    let x = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c";
    let zeros = "00".repeat(32);
    let malformed = [
        String::new(),
        "a0".into(),
        format!("a301012006215820{x}00"),         // bytes after it
        format!("a30101010121{x}"),               // a label twice
        format!("a301022006215820{x}"),           // EC2 with an OKP curve
        format!("a4010220012158{}{x}22f6", "20"), // y null
        format!("a301012006215821{x}00"),         // x too long
        format!("a401012006215820{x}235820{x}"),  // with a private part
        "bf0101ff".into(),                        // indefinite length
        format!("a3010118206215820{x}"),          // half a byte
    ];
    for text in malformed {
        let bytes = hex::decode(&text).unwrap_or_default();
        assert_eq!(CoseKey::parse(&bytes), Err(SuiteError::Key), "{text}");
    }
    // Of the right form, but not on the curve.
    let off = hex::decode(format!("a401022001215820{zeros}225820{x}")).expect("hex");
    assert_eq!(VerifyingKey::from_cose_key(&off), Err(SuiteError::Key));
}
