//! EU Digital COVID Certificates.

use crate::generators::{any_dcc_record, any_latin_person};
use crate::{
    NOW, Signer, at, covid_19, dose, ed25519, person, recovery, recovery_record, snomed,
    test_record, test_result, vaccination_record, why,
};
use hutong_code::SigningKey;
use hutong_code::foreign::{
    CatalogueCode, Name, PersonShown, Provenance, Record, Recovery, TestResult, Vaccination,
    dcc_payload,
};
use hutong_code::issue::dcc::{DccClaims, issue};
use hutong_code::issue::{IssueError, Uvci};
use hutong_code::verify::Format;
use hutong_model::Verdict;
use proptest::prelude::*;
use serde_json::json;

fn uvci() -> Uvci {
    Uvci::build("CN", "ABC123").expect("well-formed")
}

fn made(
    signer: &Signer,
    key: &SigningKey,
    person: &PersonShown,
    record: &Record,
) -> Result<String, IssueError> {
    let claims = DccClaims {
        issuer: "CN",
        issued_at: NOW.plus_s(-3600),
        expires_at: NOW.plus_s(86_400),
        key_id: signer.certificate.key_id(),
        uvci: &uvci(),
        person,
        record,
    };
    issue(&claims, key)
}

fn of(record: &Record) -> Result<String, IssueError> {
    let signer = Signer::of("CN");
    made(&signer, &signer.key, &person(), record)
}

fn of_dose(change: impl FnOnce(&mut Vaccination)) -> Result<String, IssueError> {
    let mut dose = dose();
    change(&mut dose);
    of(&Record::Vaccination(Box::new(dose)))
}

fn of_test(change: impl FnOnce(&mut TestResult)) -> Result<String, IssueError> {
    let mut test = test_result();
    change(&mut test);
    of(&Record::Test(Box::new(test)))
}

fn of_recovery(change: impl FnOnce(&mut Recovery)) -> Result<String, IssueError> {
    let mut recovery = recovery();
    change(&mut recovery);
    of(&Record::Recovery(Box::new(recovery)))
}

#[test]
fn each_kind_is_read_back() {
    let signer = Signer::of("CN");
    let scanner = signer.scanner();
    for record in [vaccination_record(), test_record(), recovery_record()] {
        let text = made(&signer, &signer.key, &person(), &record).expect("issued");
        let reading = scanner.scan(&text, &at(NOW));
        assert_eq!((reading.format, reading.verdict), (Format::EuDcc, Verdict::Valid));
        assert!(reading.authentic);
        assert_eq!(reading.issuer.as_deref(), Some("CN"));
        assert_eq!(reading.records, [record]);
        let name = reading.person.expect("a person").name;
        assert_eq!(name.family.as_deref(), Some("欧阳"));
        assert_eq!(name.given.as_deref(), Some("修远"));
        assert_eq!(name.family_latin.as_deref(), Some("OUYANG"));
        assert_eq!(name.given_latin.as_deref(), Some("XIUYUAN"));
        let late = scanner.scan(&text, &at(NOW.plus_s(86_402)));
        assert_eq!((late.verdict, why(&late)), (Verdict::Expired, "expired"));
        // One character more or less is another certificate.
        let (head, tail) = text.split_at(text.len() - 7);
        let broken = scanner.scan(&format!("{head}{}", &tail[1..]), &at(NOW));
        assert_eq!((broken.verdict, broken.records.len()), (Verdict::Invalid, 0));
        // Another's key does not make it theirs.
        let stranger = Signer::of("CN").scanner().scan(&text, &at(NOW));
        assert_eq!((stranger.verdict, why(&stranger)), (Verdict::Unverified, "key-unknown"));
    }
}

#[test]
fn the_content_as_json() {
    let text = of(&vaccination_record()).expect("issued");
    assert_eq!(
        dcc_payload(&text),
        Some(json!({
            "ver": "1.3.3", "dob": "1990-05-01",
            "nam": {"fn": "欧阳", "fnt": "OUYANG", "gn": "修远", "gnt": "XIUYUAN"},
            "v": [{
                "tg": "840539006", "vp": "1157024006", "mp": "CoronaVac", "ma": "Sinovac-Biotech",
                "dn": 2, "sd": 3, "dt": "2021-06-11", "co": "CN", "is": "浙江省疾病预防控制中心",
                "ci": uvci().as_str(),
            }],
        }))
    );
}

#[test]
fn the_envelope_by_another_implementation() {
    use coset::{CborSerializable, TaggedCborSerializable};
    let signer = Signer::of("CN");
    let text = made(&signer, &signer.key, &person(), &test_record()).expect("issued");
    let packed = hutong_code::base45::decode(&text.as_bytes()[4..]).expect("Base45");
    let mut bytes = Vec::new();
    let mut inflater = flate2::read::ZlibDecoder::new(packed.as_slice());
    std::io::Read::read_to_end(&mut inflater, &mut bytes).expect("zlib");
    let sign1 = coset::CoseSign1::from_tagged_slice(&bytes).expect("tag 18");
    let es256 = coset::Algorithm::Assigned(coset::iana::Algorithm::ES256);
    assert_eq!(sign1.protected.header.alg, Some(es256));
    assert_eq!(sign1.protected.header.key_id, signer.certificate.key_id());
    assert!(sign1.unprotected.is_empty());
    let set = coset::cwt::ClaimsSet::from_slice(&sign1.payload.expect("payload")).expect("CWT");
    assert_eq!(set.issuer.as_deref(), Some("CN"));
    let whole = |at: i64| Some(coset::cwt::Timestamp::WholeSeconds(at));
    assert_eq!(set.issued_at, whole(NOW.unix_s() - 3600));
    assert_eq!(set.expiration_time, whole(NOW.unix_s() + 86_400));
}

#[test]
fn a_place_in_the_catalogue_is_enough() {
    let text = of_dose(|dose| {
        (dose.target, dose.vaccine, dose.product) = (None, None, None);
        dose.maker = Some(hutong_code::foreign::Coded {
            zh: Some("北京科兴中维生物技术有限公司".into()),
            ..Default::default()
        });
        let (system, code) = ("urn:hutong:cs:cn-vaccine".into(), "COVID-I".into());
        dose.catalogue = Some(CatalogueCode { system, code });
    });
    let payload = dcc_payload(&text.expect("issued")).expect("content");
    let entry = &payload["v"][0];
    assert_eq!((&entry["tg"], &entry["vp"]), (&json!("840539006"), &json!("1157024006")));
    assert_eq!((&entry["mp"], &entry["ma"]), (&json!("CoronaVac"), &json!("Sinovac-Biotech")));
}

#[test]
fn words_stand_for_codes_of_tests() {
    let text = of_test(|test| {
        (test.test, test.result) = (None, None);
        (test.kind, test.outcome) = (Some("antigen".into()), Some("positive".into()));
        test.sampled_at = Some("2021-12-30T08:15:00.250Z".into());
    });
    let payload = dcc_payload(&text.expect("issued")).expect("content");
    let entry = &payload["t"][0];
    assert_eq!((&entry["tt"], &entry["tr"]), (&json!("LP217198-3"), &json!("260373001")));
    assert_eq!(entry["sc"], "2021-12-30T08:15:00Z");
}

#[test]
fn what_cannot_be_stated_names_its_field() {
    use IssueError::{Malformed, Missing, NotStatable};
    let polio = || Some(snomed("398102009", "Poliomyelitis", "脊髓灰质炎"));
    assert_eq!(of_dose(|d| d.target = polio()), Err(NotStatable("tg")));
    assert_eq!(of_test(|t| t.target = None), Err(Missing("tg")));
    let none = |d: &mut Vaccination| (d.product, d.maker) = (None, None);
    assert_eq!(of_dose(none), Err(Missing("mp")));
    // A product that the EU does not list, and one that it has withdrawn.
    for code in ["KCONVAC", "NVX-CoV2373", "Sinovac"] {
        let other = |d: &mut Vaccination| d.product.as_mut().expect("one").code = code.into();
        let without_place = |d: &mut Vaccination| {
            other(d);
            d.product.as_mut().expect("one").system = None;
        };
        assert_eq!(of_dose(without_place), Err(NotStatable("mp")), "{code}");
    }
    assert_eq!(of_dose(|d| d.dose = None), Err(Missing("dn")));
    assert_eq!(of_dose(|d| d.dose = Some(0)), Err(Malformed("dn")));
    assert_eq!(of_dose(|d| d.doses = None), Err(Missing("sd")));
    for date in ["2021-06", "2021-02-30", "2021-06-11T08:00:00Z", ""] {
        assert_eq!(of_dose(|d| d.date = Some(date.into())), Err(Malformed("dt")), "{date}");
    }
    let none = |p: &mut Provenance| p.country = None;
    assert_eq!(of_dose(|d| none(&mut d.provenance)), Err(Missing("co")));
    assert_eq!(of_dose(|d| d.provenance.country = Some("??".into())), Err(Malformed("co")));
    assert_eq!(of_dose(|d| d.provenance.authority = None), Err(Missing("is")));
    let long = || Some("疾".repeat(81).into());
    assert_eq!(of_dose(|d| d.provenance.authority = long()), Err(Malformed("is")));
    assert!(of_dose(|d| d.provenance.authority = Some("疾".repeat(80).into())).is_ok());

    let none = |t: &mut TestResult| (t.test, t.kind) = (None, None);
    assert_eq!(of_test(none), Err(Missing("tt")));
    let antibody = |t: &mut TestResult| (t.test, t.kind) = (None, Some("antibody".into()));
    assert_eq!(of_test(antibody), Err(NotStatable("tt")));
    let word = |word: &'static str| of_test(|t| (t.result, t.outcome) = (None, Some(word.into())));
    for pending in ["pending", "inconclusive", "invalid", "measured"] {
        assert_eq!(word(pending), Err(NotStatable("tr")), "{pending}");
    }
    assert_eq!(of_test(|t| (t.result, t.outcome) = (None, None)), Err(Missing("tr")));
    for time in ["2021-12-30", "2021-12-30T08:15:00", "2021-12-30 08:15:00Z", "2021-12-30T08:15Z"] {
        assert_eq!(of_test(|t| t.sampled_at = Some(time.into())), Err(Malformed("sc")), "{time}");
    }
    assert_eq!(of_test(|t| t.sampled_at = None), Err(Missing("sc")));
    assert_eq!(of_test(|t| t.name = long()), Err(Malformed("nm")));
    assert_eq!(of_test(|t| t.provenance.performer = long()), Err(Malformed("tc")));
    assert_eq!(of_test(|t| t.device = Some(covid_19())), Err(NotStatable("ma")));

    assert_eq!(of_recovery(|r| r.first_positive = None), Err(Missing("fr")));
    assert_eq!(of_recovery(|r| r.valid_from = Some("2021-09-01".into())), Err(Malformed("df")));
    assert_eq!(of_recovery(|r| r.valid_until = Some("2021-10-02".into())), Err(Malformed("du")));
}

#[test]
fn whom_and_by_whom() {
    use IssueError::{Algorithm, Life, Malformed, Missing};
    let signer = Signer::of("CN");
    let named = |person: &PersonShown| made(&signer, &signer.key, person, &recovery_record());
    let born = |date: &str| PersonShown { birth_date: Some(date.into()), ..person() };
    for date in ["1990", "1990-05", "1990-05-01", ""] {
        assert!(named(&born(date)).is_ok(), "{date}");
    }
    for date in ["1890-05-01", "1990-13", "1990-02-30", "1.5.1990"] {
        assert_eq!(named(&born(date)), Err(Malformed("dob")), "{date}");
    }
    let nobody = PersonShown { name: Name::default(), ..person() };
    assert_eq!(named(&nobody), Err(Missing("nam")));
    let long = Name { family: Some("Ä".repeat(41).into()), ..Name::default() };
    assert_eq!(named(&PersonShown { name: long, ..person() }), Err(Malformed("fnt")));
    assert_eq!(made(&signer, &ed25519(), &person(), &recovery_record()), Err(Algorithm));
    let (uvci, person, record) = (uvci(), person(), recovery_record());
    let claims = DccClaims {
        issuer: "CN",
        issued_at: NOW,
        expires_at: NOW.plus_s(60),
        key_id: signer.certificate.key_id(),
        uvci: &uvci,
        person: &person,
        record: &record,
    };
    assert!(issue(&claims, &signer.key).is_ok());
    let country = DccClaims { issuer: "CHN", ..claims.clone() };
    assert_eq!(issue(&country, &signer.key), Err(Malformed("iss")));
    let over = DccClaims { expires_at: NOW, ..claims };
    assert_eq!(issue(&over, &signer.key), Err(Life));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]
    #[test]
    fn whatever_is_issued_is_read_back(record in any_dcc_record(), person in any_latin_person()) {
        let signer = Signer::of("CN");
        let text = made(&signer, &signer.key, &person, &record);
        let text = text.map_err(|error| TestCaseError::fail(error.to_string()))?;
        let reading = signer.scanner().scan(&text, &at(NOW));
        prop_assert_eq!(reading.verdict, Verdict::Valid);
        prop_assert_eq!(reading.records, [record.completed()]);
        let shown = reading.person.expect("a person");
        prop_assert_eq!(shown.birth_date, person.birth_date);
        prop_assert_eq!(shown.name.family, person.name.family);
        prop_assert_eq!(shown.name.given, person.name.given);
        prop_assert_eq!(shown.name.family_latin, person.name.family_latin);
        prop_assert_eq!(shown.name.given_latin, person.name.given_latin);
    }
}
