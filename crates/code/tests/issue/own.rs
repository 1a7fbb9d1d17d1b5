//! Our own certificates of records.

use crate::generators::any_own_record;
use crate::{NOW, at, dose, recovery_record, test_record, vaccination_record, why};
use hutong_code::assertion::{AssertionError, Badges, Masked};
use hutong_code::foreign::keys::ForeignKeys;
use hutong_code::foreign::{Reading, Record, Vaccination};
use hutong_code::issue::IssueError;
use hutong_code::issue::own::{CertificateClaims, issue};
use hutong_code::trust::{KeyPurpose, TrustListBody, TrustedKey};
use hutong_code::verify::Format;
use hutong_code::{
    Algorithm, AssertionClaims, Holder, Revocations, Scanner, Sign, SigningKey, TrustList, present,
};
use hutong_model::limits::{CERTIFICATE_RECORDS_MAX, CERTIFICATE_S_MAX};
use hutong_model::{Level, PersonId, RegionCode, Timestamp, Verdict};
use proptest::prelude::*;

pub fn key() -> SigningKey {
    SigningKey::ed25519_from_seed(&[9; 32]).expect("a key")
}

fn region() -> RegionCode {
    RegionCode::parse("330000").expect("region")
}

/// A scanner that trusts the key for paper.
fn scanner(key: &SigningKey, purposes: &[KeyPurpose], now: Timestamp) -> Scanner {
    let from = NOW.plus_s(-86_400);
    let entry = TrustedKey::new(region(), key.public_key().cose_key(), purposes, from);
    let body = TrustListBody {
        generation: 1,
        made_at: now.plus_s(-60),
        issuer: RegionCode::NATION,
        fresh_s: 86_400,
        grace_s: 0,
        keys: vec![entry],
        regions: vec![],
        adapters: vec![],
        exceptions: vec![],
    };
    let list = TrustList::of_body(body).expect("a trust list");
    Scanner::new(Some(list), ForeignKeys::default(), Revocations::default())
}

fn scan(text: &str) -> Reading {
    scan_at(text, NOW)
}

fn scan_at(text: &str, now: Timestamp) -> Reading {
    scanner(&key(), &[KeyPurpose::Paper], now).scan(text, &at(now))
}

fn masked() -> Masked {
    Masked::parse("欧阳**", "3301**********002X").expect("masked")
}

pub fn claims(records: Vec<Record>) -> CertificateClaims {
    CertificateClaims {
        issuer: region(),
        subject: PersonId::from_bytes([0xa7; 16]),
        issued_at: NOW.plus_s(-60),
        expires_at: NOW.plus_s(CERTIFICATE_S_MAX - 60),
        cti: [0x5c; 16],
        holder: masked(),
        records,
    }
}

fn of(records: Vec<Record>) -> Result<String, IssueError> {
    issue(&claims(records), &key())
}

#[test]
fn all_kinds_are_read_back() {
    let records = vec![vaccination_record(), test_record(), recovery_record()];
    let text = of(records.clone()).expect("issued");
    assert!(text.len() < 900, "fits a QR: {}", text.len());
    let reading = scan(&text);
    assert_eq!((reading.format, reading.verdict), (Format::Ht1, Verdict::Valid));
    assert!(reading.authentic);
    assert_eq!(reading.records, records);
    let code = reading.code.as_deref().expect("a code of ours");
    assert_eq!((code.level, code.paper, &code.event), (None, true, &None));
    assert_eq!(code.holder_masked, Some(masked()));
    let reasons: Vec<_> = reading.reasons.iter().map(|why| &*why.reason.code).collect();
    assert_eq!(reasons, ["in-force", "paper"]);
}

#[test]
fn records_outlive_the_paper_and_not_a_forgery() {
    let text = of(vec![vaccination_record()]).expect("issued");
    let late = scan_at(&text, NOW.plus_s(CERTIFICATE_S_MAX));
    assert_eq!((late.verdict, why(&late), late.records.len()), (Verdict::Expired, "expired", 1));
    let early = scan_at(&text, NOW.plus_s(-600));
    assert_eq!((early.verdict, early.records.len()), (Verdict::Invalid, 0));
    let forged = issue(
        &claims(vec![vaccination_record()]),
        &SigningKey::ed25519_from_seed(&[8; 32]).expect("a key"),
    );
    let stranger = scan(&forged.expect("issued"));
    assert_eq!((stranger.verdict, stranger.records.len()), (Verdict::Unverified, 0));
    // A key for phones does not make paper.
    let phones = scanner(&key(), &[KeyPurpose::Assertion], NOW).scan(&text, &at(NOW));
    assert_eq!((phones.verdict, why(&phones)), (Verdict::Unverified, "key-purpose"));
}

#[test]
fn limits() {
    use AssertionError::{Claim, Life};
    assert_eq!(of(vec![]), Err(IssueError::Missing("records")));
    let most = vec![vaccination_record(); CERTIFICATE_RECORDS_MAX];
    let reading = scan(&of(most.clone()).expect("issued"));
    assert_eq!((reading.verdict, reading.records), (Verdict::Valid, most));
    let more = vec![vaccination_record(); CERTIFICATE_RECORDS_MAX + 1];
    assert_eq!(of(more), Err(Claim("records").into()));
    let mut long = claims(vec![recovery_record()]);
    long.expires_at = long.expires_at.plus_s(1);
    assert_eq!(issue(&long, &key()), Err(Life.into()));
    let changes: [(_, fn(&mut Vaccination)); 3] = [
        ("records/text", |d| d.lot = Some("x".repeat(513).into())),
        ("records/code", |d| d.product.as_mut().expect("one").code = "x".repeat(129).into()),
        ("records/time", |d| d.date = Some("x".repeat(41).into())),
    ];
    for (field, change) in changes {
        let mut dose = dose();
        change(&mut dose);
        let refused = of(vec![Record::Vaccination(Box::new(dose))]);
        assert_eq!(refused, Err(Claim(field).into()));
    }
}

#[test]
fn records_go_with_paper_and_without_a_level() {
    let device = SigningKey::generate(Algorithm::Es256).expect("a key");
    let base = AssertionClaims {
        issuer: region(),
        subject: PersonId::from_bytes([1; 16]),
        issued_at: NOW,
        expires_at: NOW.plus_s(3600),
        cti: [2; 16],
        holder: Holder::Paper(masked()),
        standing: None,
        residence: None,
        badges: Badges::default(),
        records: vec![recovery_record()],
    };
    let refused = Err(AssertionError::Claim("records"));
    let mut phone = base.clone();
    phone.holder = Holder::Device(device.public_key().cose_key().clone());
    assert_eq!(hutong_code::issue(&phone, &key()), refused);
    let mut green = base.clone();
    let label = |text| hutong_code::Label::parse(text).expect("label");
    green.standing = Some(hutong_code::Standing {
        level: Level::Green,
        reasons: vec![],
        event: label("2025"),
        pack: hutong_code::PackRef { id: label("cn"), version: label("1") },
        leaf: None,
    });
    assert_eq!(hutong_code::issue(&green, &key()), refused);
    // What is signed by a phone is no paper.
    let assertion = hutong_code::issue(&base, &key()).expect("issued");
    let shown = present(&assertion, NOW, &device).expect("shown");
    let reading = scan(&shown);
    assert_eq!((reading.verdict, reading.records.len()), (Verdict::Invalid, 0));
    // Without records the old limit holds.
    let mut bare = base;
    bare.records = vec![];
    bare.expires_at = NOW.plus_s(86_401);
    assert_eq!(hutong_code::issue(&bare, &key()), Err(AssertionError::Life));
}

#[test]
fn the_paper_can_be_revoked() {
    let text = of(vec![vaccination_record()]).expect("issued");
    let reading = scan(&text);
    assert_eq!(reading.code.and_then(|code| code.cti), Some("5c".repeat(16)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]
    #[test]
    fn whatever_is_issued_is_read_back(
        records in proptest::collection::vec(any_own_record(), 1..6),
    ) {
        let text = of(records.clone());
        let text = text.map_err(|error| TestCaseError::fail(error.to_string()))?;
        let reading = scan(&text);
        prop_assert_eq!(reading.verdict, Verdict::Valid);
        let stated: Vec<Record> = records.into_iter().map(Record::completed).collect();
        prop_assert_eq!(&reading.records, &stated);
        // What was read says the same when it is issued again.
        prop_assert_eq!(of(stated).expect("issued"), text);
    }
}
