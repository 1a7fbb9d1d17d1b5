//! SMART Health Cards.

use crate::generators::{any_card_record, any_name_part};
use crate::{NOW, at, covid_19, dose, ed25519, person, recovery_record, snomed, test_record};
use crate::{test_result, vaccination_record, why};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use flate2::read::DeflateDecoder;
use hutong_code::foreign::keys::ForeignKeys;
use hutong_code::foreign::{Name, PersonShown, Record, TestResult, Vaccination};
use hutong_code::issue::shc::{CardClaims, HealthCard, JWS_CHARACTERS_MAX, issue};
use hutong_code::issue::{IssueError, jwks};
use hutong_code::verify::Format;
use hutong_code::{Algorithm, Revocations, Scanner, Sign, SigningKey};
use hutong_model::Verdict;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::io::Read;

const ISSUER: &str = "https://health.example.cn/cards";

fn key() -> SigningKey {
    SigningKey::generate(Algorithm::Es256).expect("a key")
}

/// A scanner that trusts a key by its published set.
fn scanner(key: &SigningKey) -> Scanner {
    let mut set = jwks::key_set(&[key.public_key().clone()]).expect("ES256");
    set["iss"] = json!(ISSUER);
    let mut keys = ForeignKeys::default();
    keys.add_file(set.to_string().as_bytes()).expect("a key set");
    Scanner::new(None, keys, Revocations::default())
}

fn claims<'a>(person: &'a PersonShown, records: &'a [Record]) -> CardClaims<'a> {
    CardClaims {
        issuer: ISSUER,
        not_before: NOW.plus_s(-3600),
        expires_at: None,
        revocation_id: None,
        person,
        records,
        dose_numbers: true,
    }
}

fn of(records: &[Record]) -> Result<HealthCard, IssueError> {
    issue(&claims(&person(), records), &key())
}

fn of_dose(change: impl FnOnce(&mut Vaccination)) -> Result<HealthCard, IssueError> {
    let mut dose = dose();
    change(&mut dose);
    of(&[Record::Vaccination(Box::new(dose))])
}

fn of_test(change: impl FnOnce(&mut TestResult)) -> Result<HealthCard, IssueError> {
    let mut test = test_result();
    change(&mut test);
    of(&[Record::Test(Box::new(test))])
}

fn payload(card: &HealthCard) -> Value {
    let packed = card.jws().split('.').nth(1).expect("three parts");
    let packed = URL_SAFE_NO_PAD.decode(packed).expect("base64url");
    let mut text = String::new();
    DeflateDecoder::new(packed.as_slice()).read_to_string(&mut text).expect("DEFLATE");
    serde_json::from_str(&text).expect("JSON")
}

#[test]
fn each_form_is_read_back() {
    let key = key();
    let scanner = scanner(&key);
    let (person, records) = (person(), [vaccination_record(), test_record()]);
    let stated = CardClaims {
        expires_at: Some(NOW.plus_s(86_400)),
        revocation_id: Some("Zm9vYmFy"),
        ..claims(&person, &records)
    };
    let card = issue(&stated, &key).expect("issued");
    let codes = card.codes();
    assert_eq!(codes.len(), 1, "{}", card.jws().len());
    let forms = [codes[0].clone(), card.jws().to_owned(), card.file().to_string()];
    for form in forms {
        let reading = scanner.scan(&form, &at(NOW));
        assert_eq!((reading.format, reading.verdict), (Format::Shc, Verdict::Valid), "{reading:?}");
        assert_eq!(reading.issuer.as_deref(), Some(ISSUER));
        let name = reading.person.expect("a person").name;
        assert_eq!((name.family.as_deref(), name.given.as_deref()), (Some("欧阳"), Some("修远")));
        let [Record::Vaccination(dose), Record::Test(test)] = &reading.records[..] else {
            panic!("two records")
        };
        let place = dose.catalogue.as_ref().expect("in the catalogue");
        assert_eq!(&*place.code, "511");
        assert_eq!(
            (dose.dose, dose.doses, dose.date.as_deref()),
            (Some(2), Some(3), Some("2021-06-11"))
        );
        assert_eq!(dose.maker.as_ref().map(|maker| &*maker.code), Some("Sinovac-Biotech"));
        assert_eq!(test.outcome.as_deref(), Some("negative"));
        assert_eq!(test.kind.as_deref(), Some("nucleic-acid"));
        assert_eq!(test.sampled_at.as_deref(), Some("2021-12-30T08:15:00+08:00"));
        let late = scanner.scan(&form, &at(NOW.plus_s(86_402)));
        assert_eq!((late.verdict, why(&late)), (Verdict::Expired, "expired"));
    }
    let stranger = self::scanner(&self::key()).scan(&codes[0], &at(NOW));
    assert_eq!((stranger.verdict, why(&stranger)), (Verdict::Unverified, "key-unknown"));
}

#[test]
fn the_payload_is_minimal() {
    let (person, records) = (person(), [vaccination_record(), test_record()]);
    let card = issue(&CardClaims { dose_numbers: false, ..claims(&person, &records) }, &key());
    let bundle = json!({
        "resourceType": "Bundle", "type": "collection",
        "entry": [
            {"fullUrl": "resource:0", "resource": {
                "resourceType": "Patient", "birthDate": "1990-05-01",
                "name": [{"family": "欧阳", "given": ["修远"]}],
            }},
            {"fullUrl": "resource:1", "resource": {
                "resourceType": "Immunization", "status": "completed",
                "vaccineCode": {"coding": [{"system": "http://hl7.org/fhir/sid/cvx", "code": "511"}]},
                "patient": {"reference": "resource:0"}, "occurrenceDateTime": "2021-06-11",
                "manufacturer": {"identifier": {
                    "system": "http://ec.europa.eu/temp/vaccinemanufacturer",
                    "value": "Sinovac-Biotech",
                }},
            }},
            {"fullUrl": "resource:2", "resource": {
                "resourceType": "Observation", "status": "final",
                "code": {"coding": [{"system": "http://loinc.org", "code": "94309-2"}]},
                "subject": {"reference": "resource:0"},
                "effectiveDateTime": "2021-12-30T08:15:00+08:00",
                "valueCodeableConcept": {"coding": [
                    {"system": "http://snomed.info/sct", "code": "260415000"},
                ]},
                "performer": [{"display": "杭州市第一人民医院"}],
            }},
        ],
    });
    let kinds = ["health-card", "immunization", "laboratory", "covid19"];
    assert_eq!(
        payload(&card.expect("issued")),
        json!({
            "iss": ISSUER, "nbf": NOW.unix_s() - 3600,
            "vc": {
                "type": kinds.map(|kind| format!("https://smarthealth.cards#{kind}")),
                "credentialSubject": {"fhirVersion": "4.0.1", "fhirBundle": bundle},
            },
        })
    );
}

#[test]
fn many_records_take_several_codes() {
    let key = key();
    let doses = (1..=40_u32).map(|number| {
        let mut dose = dose();
        (dose.dose, dose.doses) = (Some(number), Some(40));
        dose.date = Some(format!("20{number:02}-0{}-1{}", number % 9 + 1, number % 7).into());
        dose.lot = Some(format!("LOT{}", number * 7919).into());
        Record::Vaccination(Box::new(dose))
    });
    let (person, records): (_, Vec<_>) = (person(), doses.collect());
    let card = issue(&claims(&person, &records), &key).expect("issued");
    let codes = card.codes();
    assert!(card.jws().len() > JWS_CHARACTERS_MAX && codes.len() > 1);
    assert!(codes.iter().all(|code| code.len() <= 2 * JWS_CHARACTERS_MAX + 12));
    let (longest, shortest) =
        (codes.iter().map(String::len).max(), codes.iter().map(String::len).min());
    assert!(longest.zip(shortest).is_some_and(|(most, least)| most - least < 2 * codes.len()));
    // In any order, and never one without the others.
    let reading =
        scanner(&key).scan(&codes.iter().rev().cloned().collect::<Vec<_>>().join(" "), &at(NOW));
    assert_eq!((reading.verdict, reading.records.len()), (Verdict::Valid, 40));
    let one = scanner(&key).scan(&codes[0], &at(NOW));
    assert_eq!((one.verdict, why(&one)), (Verdict::Unverified, "chunk-missing"));
    let too_many: Vec<Record> = records.iter().cycle().take(256).cloned().collect();
    assert_eq!(issue(&claims(&person, &too_many), &key), Err(IssueError::Large));
}

#[test]
fn codes_by_preference() {
    let code = |change: &dyn Fn(&mut Vaccination)| {
        let card = of_dose(|dose| change(dose)).expect("issued");
        let coding = payload(&card)
            .pointer("/vc/credentialSubject/fhirBundle/entry/1/resource/vaccineCode/coding/0")
            .cloned();
        let coding = coding.expect("a coding");
        let part = |name: &str| coding[name].as_str().unwrap_or_default().to_owned();
        (part("system"), part("code"))
    };
    let sct = "http://snomed.info/sct".to_owned();
    let bare = |d: &mut Vaccination| (d.product, d.maker, d.catalogue) = (None, None, None);
    assert_eq!(code(&bare), (sct, "1157024006".into()));
    let ours = |d: &mut Vaccination| {
        bare(d);
        d.vaccine = None;
        d.product =
            Some(crate::coded("urn:hutong:cs:cn-vaccine", "HEPB", "Hepatitis B", "乙肝疫苗"));
    };
    assert_eq!(code(&ours), ("urn:hutong:cs:cn-vaccine".into(), "HEPB".into()));
}

#[test]
fn what_cannot_be_stated_names_its_field() {
    use IssueError::{Algorithm, Life, Malformed, Missing, NotStatable};
    assert_eq!(of(&[]), Err(Missing("entry")));
    assert_eq!(of(&[recovery_record()]), Err(NotStatable("recovery")));
    assert_eq!(of_dose(|d| d.date = None), Err(Missing("occurrenceDateTime")));
    assert_eq!(of_dose(|d| d.date = Some("in June".into())), Err(Malformed("occurrenceDateTime")));
    let none = |d: &mut Vaccination| (d.product, d.vaccine, d.catalogue) = (None, None, None);
    assert_eq!(of_dose(none), Err(Missing("vaccineCode")));
    assert_eq!(of_dose(|d| d.dose = Some(0)), Err(Malformed("doseNumberPositiveInt")));
    assert_eq!(of_test(|t| t.sampled_at = None), Err(Missing("effectiveDateTime")));
    assert_eq!(of_test(|t| t.test = None), Err(Missing("code")));
    // A part of LOINC, of another disease.
    let other = || Some(snomed("16541001", "Yellow fever", "黄热病"));
    assert_eq!(of_test(|t| t.target = other()), Err(NotStatable("code")));
    assert_eq!(of_test(|t| t.result = None), Err(Missing("valueCodeableConcept")));
    let pending = |t: &mut TestResult| (t.result, t.outcome) = (None, Some("pending".into()));
    assert_eq!(of_test(pending), Err(NotStatable("valueCodeableConcept")));
    assert_eq!(of_test(|t| t.reported_at = Some("2021-12-31".into())), Err(Malformed("issued")));
    let word = |t: &mut TestResult| {
        (t.test, t.kind, t.target) = (None, Some("antigen".into()), Some(covid_19()));
    };
    assert!(of_test(word).is_ok());

    let (person, records) = (person(), [vaccination_record()]);
    let good = claims(&person, &records);
    let refused = |claims: CardClaims<'_>| issue(&claims, &key()).expect_err("refused");
    for issuer in
        ["", "http://a.example", "https://", "https://a.example/", "https://a b", "https://a?b"]
    {
        assert_eq!(refused(CardClaims { issuer, ..good.clone() }), Malformed("iss"), "{issuer}");
    }
    for rid in ["", "a.b", "0123456789012345678901234"] {
        let with = CardClaims { revocation_id: Some(rid), ..good.clone() };
        assert_eq!(refused(with), Malformed("rid"));
    }
    let over = CardClaims { expires_at: Some(good.not_before), ..good.clone() };
    assert_eq!(refused(over), Life);
    let nobody = PersonShown::default();
    assert_eq!(refused(claims(&nobody, &records)), Missing("name"));
    let born = PersonShown { birth_date: Some("1.5.1990".into()), ..person.clone() };
    assert_eq!(refused(claims(&born, &records)), Malformed("birthDate"));
    assert_eq!(issue(&good, &ed25519()), Err(Algorithm));
}

#[test]
fn the_passports_spelling_comes_second() {
    let mut person = person();
    person.name.family_latin = Some("OUYANG".into());
    person.name.given_latin = Some("XIUYUAN".into());
    let records = [vaccination_record()];
    let card = issue(&claims(&person, &records), &key()).expect("issued");
    let names =
        payload(&card).pointer("/vc/credentialSubject/fhirBundle/entry/0/resource/name").cloned();
    let latin = json!({"family": "OUYANG", "given": ["XIUYUAN"]});
    assert_eq!(names, Some(json!([{"family": "欧阳", "given": ["修远"]}, latin])));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn whatever_is_issued_is_read_back(
        records in proptest::collection::vec(any_card_record(), 1..8),
        family in any_name_part(),
        given in any_name_part(),
    ) {
        let key = key();
        let name = Name { family: Some(family), given: Some(given), ..Name::default() };
        let person = PersonShown { name, birth_date: Some("2001-01".into()), ..PersonShown::default() };
        let card = issue(&claims(&person, &records), &key);
        let card = card.map_err(|error| TestCaseError::fail(error.to_string()))?;
        let reading = scanner(&key).scan(&card.codes().join("\n"), &at(NOW));
        prop_assert_eq!(reading.verdict, Verdict::Valid);
        let stated: Vec<Record> = records.into_iter().map(Record::completed).collect();
        prop_assert_eq!(&reading.records, &stated);
        prop_assert_eq!(reading.person.expect("a person"), person);
    }
}
