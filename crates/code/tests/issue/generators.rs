//! Records and persons at random, within what the formats state.

use crate::{coded, covid_19, provenance, snomed};
use hutong_code::foreign::{
    CatalogueCode, Coded, Name, PersonShown, Provenance, Record, Recovery, TestResult, Vaccination,
};
use hutong_code::issue::vaccine_codes;
use proptest::option;
use proptest::prelude::*;

type Text = Box<str>;

/// A text as people write it, in several scripts.
pub fn any_text() -> impl Strategy<Value = Text> {
    "[A-Za-z0-9一-龥 .,()-]{0,30}[A-Za-z0-9一-龥]".prop_map(Into::into)
}

fn any_day() -> impl Strategy<Value = Text> {
    (1950..2050, 1..13, 1..29).prop_map(|(y, m, d)| format!("{y:04}-{m:02}-{d:02}").into())
}

fn any_zone() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("Z".to_owned()),
        Just("+00:00".to_owned()),
        (0..14, 0..60, any::<bool>())
            .prop_map(|(h, m, east)| format!("{}{h:02}:{m:02}", if east { '+' } else { '-' })),
    ]
}

fn any_instant() -> impl Strategy<Value = Text> {
    // After 1970 wherever the clock is.
    (
        "(19[89][0-9]|20[0-9]{2})-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])",
        0..24,
        0..60,
        0..60,
        any_zone(),
    )
        .prop_map(|(day, h, m, s, zone)| format!("{day}T{h:02}:{m:02}:{s:02}{zone}").into())
}

/// As exact as it may be known, in forms that have a short way and forms that have not.
fn any_time() -> impl Strategy<Value = Text> {
    prop_oneof![
        any_day(),
        any_instant(),
        "(19|20)[0-9]{2}(-0[1-9])?".prop_map(Into::into),
        "[0-9T:+Z.-]{1,30}".prop_map(Into::into),
    ]
}

/// A code that is in no value set.
fn any_coded() -> impl Strategy<Value = Coded> {
    let system = option::of(prop_oneof![
        Just("http://snomed.info/sct".to_owned()),
        Just("urn:hutong:cs:cn-vaccine".to_owned()),
        "https://[a-z]{1,20}"
    ]);
    let name = || option::of(any_text().prop_map(|text| text.into_string().into()));
    (system, "[A-Z0-9/-]{0,20}", name(), name()).prop_map(|(system, code, en, zh)| Coded {
        system: system.map(Into::into),
        code: code.into(),
        en,
        zh,
    })
}

const CVX: [&str; 6] = ["207", "208", "210", "506", "510", "511"];
const CN: [&str; 5] = ["HEPB", "BCG", "MMR", "COVID-I", "COVID-AD5"];

/// The codes of a dose that the EU lists.
fn any_listed() -> impl Strategy<Value = Vaccination> {
    proptest::sample::select(&CVX[..]).prop_map(|code| {
        let codes = vaccine_codes("http://hl7.org/fhir/sid/cvx", code, None).expect("known");
        Vaccination {
            target: codes.target,
            vaccine: codes.vaccine,
            product: codes.product,
            maker: codes.maker,
            ..Vaccination::default()
        }
    })
}

/// The codes of a dose of our catalogue: CVX or China's.
pub fn any_catalogued() -> impl Strategy<Value = Vaccination> {
    let catalogue = hutong_model::Catalogue::builtin();
    let cvx = CVX.map(|code| ("http://hl7.org/fhir/sid/cvx", code));
    let cn = CN.map(|code| ("urn:hutong:cs:cn-vaccine", code));
    let all: Vec<_> = cvx.into_iter().chain(cn).collect();
    proptest::sample::select(all).prop_map(move |(system, code)| {
        let known = catalogue.vaccine(system, code).expect("known");
        Vaccination {
            product: Some(coded(system, code, &known.name_en, &known.name_zh)),
            ..Vaccination::default()
        }
    })
}

fn nucleic_acid() -> Coded {
    coded("http://loinc.org", "LP6464-4", "nucleic-acid amplification", "核酸检测")
}

fn antigen() -> Coded {
    coded("http://loinc.org", "LP217198-3", "rapid antigen test", "抗原快速检测")
}

fn any_result() -> impl Strategy<Value = Coded> {
    prop_oneof![
        Just(snomed("260415000", "not detected", "未检出")),
        Just(snomed("260373001", "detected", "检出"))
    ]
}

/// A record as an EU certificate states it.
pub fn any_dcc_record() -> impl Strategy<Value = Record> {
    let dose = (any_listed(), 1..1000_u32, 1..1000_u32, any_day(), any_text()).prop_map(
        |(codes, dose, doses, date, authority)| {
            Record::Vaccination(Box::new(Vaccination {
                dose: Some(dose),
                doses: Some(doses),
                date: Some(date),
                provenance: Provenance { authority: Some(authority), ..provenance() },
                ..codes
            }))
        },
    );
    let test = (any::<bool>(), option::of(any_text()), option::of("[0-9]{1,6}"), any_instant())
        .prop_flat_map(|(rapid, name, device, sampled)| {
            let device = device
                .filter(|_| rapid)
                .map(|code| Coded { code: code.into(), ..Coded::default() });
            (any_result(), option::of(any_text())).prop_map(move |(result, performer)| {
                Record::Test(Box::new(TestResult {
                    target: Some(covid_19()),
                    test: Some(if rapid { antigen() } else { nucleic_acid() }),
                    name: name.clone(),
                    device: device.clone(),
                    sampled_at: Some(sampled.clone()),
                    result: Some(result),
                    provenance: Provenance { performer, ..provenance() },
                    ..TestResult::default()
                }))
            })
        });
    let recovery = [any_day(), any_day(), any_day()].prop_map(|mut dates| {
        dates.sort();
        let [first, from, until] = dates;
        Record::Recovery(Box::new(Recovery {
            target: Some(covid_19()),
            first_positive: Some(first),
            valid_from: Some(from),
            valid_until: Some(until),
            provenance: provenance(),
        }))
    });
    prop_oneof![dose, test, recovery]
}

/// A person whose name is stated in Latin letters too.
pub fn any_latin_person() -> impl Strategy<Value = PersonShown> {
    let latin = || "[A-Z]{1,20}(<[A-Z]{1,20})?".prop_map(|text| text.into());
    let date = option::of(prop_oneof![any_day(), "(19|20)[0-9]{2}".prop_map(Into::into)]);
    (any_name_part(), any_name_part(), latin(), latin(), date).prop_map(
        |(family, given, family_latin, given_latin, birth_date)| PersonShown {
            name: Name {
                text: None,
                family: Some(family),
                given: Some(given),
                family_latin: Some(family_latin),
                given_latin: Some(given_latin),
            },
            birth_date,
            ..PersonShown::default()
        },
    )
}

pub fn any_name_part() -> impl Strategy<Value = Text> {
    "[A-Za-zÀ-ÖØ-öø-ÿ一-龥]{1,10}( [A-Za-z一-龥]{1,10})?".prop_map(Into::into)
}

/// A record as a SMART Health Card states it and as it is read back.
pub fn any_card_record() -> impl Strategy<Value = Record> {
    let lot = option::of("[A-Z0-9]{1,20}".prop_map(Into::into));
    let time = prop_oneof![any_day(), any_instant(), "(19|20)[0-9]{2}-0[1-9]".prop_map(Into::into)];
    let dose =
        (any_catalogued(), option::of((1..20_u32, 1..20_u32)), time, lot, option::of(any_text()))
            .prop_map(|(codes, numbers, date, lot, performer)| {
                Record::Vaccination(Box::new(Vaccination {
                    dose: numbers.map(|(dose, _)| dose),
                    doses: numbers.map(|(_, doses)| doses),
                    date: Some(date),
                    lot,
                    provenance: Provenance { performer, ..Provenance::default() },
                    ..codes
                }))
            });
    let test = (
        any::<bool>(),
        any_instant(),
        option::of(any_instant()),
        any_result(),
        option::of(any_text()),
    )
        .prop_map(|(rapid, sampled, reported, result, performer)| {
            let loinc = |code, en, zh| coded("http://loinc.org", code, en, zh);
            Record::Test(Box::new(TestResult {
                test: Some(match rapid {
                    true => loinc("94558-4", "SARS-CoV-2 antigen, rapid", "新冠抗原快速检测"),
                    false => loinc("94309-2", "SARS-CoV-2 RNA", "新冠病毒核酸"),
                }),
                sampled_at: Some(sampled),
                reported_at: reported,
                result: Some(result),
                provenance: Provenance { performer, ..Provenance::default() },
                ..TestResult::default()
            }))
        });
    prop_oneof![dose, test]
}

fn any_provenance() -> impl Strategy<Value = Provenance> {
    let text = || option::of(any_text());
    (text(), text(), text(), text()).prop_map(|(country, authority, certificate, performer)| {
        Provenance { country, authority, certificate, performer }
    })
}

/// A dose as a certificate of ours states it: anything.
fn any_own_dose() -> impl Strategy<Value = Vaccination> {
    let codes = prop_oneof![
        any_listed(),
        any_catalogued(),
        [
            option::of(any_coded()),
            option::of(any_coded()),
            option::of(any_coded()),
            option::of(any_coded())
        ]
        .prop_map(|[target, vaccine, product, maker]| Vaccination {
            target,
            vaccine,
            product,
            maker,
            ..Vaccination::default()
        }),
    ];
    let place = option::of((any_text(), any_text()).prop_map(|(system, code)| CatalogueCode {
        system: system.into_string().into(),
        code: code.into_string().into(),
    }));
    let times = [option::of(any_time()), option::of(any_time()), option::of(any_time())];
    let numbers = (any::<Option<u32>>(), any::<Option<u32>>());
    (codes, place, option::of(any_text()), times, numbers, option::of(any_text()), any_provenance())
        .prop_map(|(codes, catalogue, nmpa, times, numbers, lot, provenance)| {
            let [date, valid_from, valid_until] = times;
            Vaccination {
                catalogue,
                nmpa: nmpa.map(|name| name.into_string().into()),
                dose: numbers.0,
                doses: numbers.1,
                date,
                lot,
                valid_from,
                valid_until,
                provenance,
                ..codes
            }
        })
}

fn any_own_test() -> impl Strategy<Value = TestResult> {
    let word = |words: &'static [&'static str]| {
        option::of(prop_oneof![
            proptest::sample::select(words).prop_map(std::borrow::Cow::Borrowed),
            "[a-z-]{1,20}".prop_map(std::borrow::Cow::Owned)
        ])
    };
    let test = option::of(prop_oneof![Just(nucleic_acid()), any_coded()]);
    let result = option::of(prop_oneof![any_result(), any_coded()]);
    let codes = (option::of(any_coded()), test, option::of(any_coded()), result);
    let words = (word(&["nucleic-acid", "antibody"]), word(&["negative", "pending", "invalid"]));
    let times = [option::of(any_time()), option::of(any_time())];
    (codes, words, times, option::of(any_text()), any_provenance()).prop_map(
        |((target, test, device, result), (kind, outcome), times, name, provenance)| {
            let [sampled_at, reported_at] = times;
            TestResult {
                target,
                test,
                kind,
                name,
                device,
                sampled_at,
                reported_at,
                result,
                outcome,
                provenance,
            }
        },
    )
}

/// A record as a certificate of ours states it: anything.
pub fn any_own_record() -> impl Strategy<Value = Record> {
    let times = [option::of(any_time()), option::of(any_time()), option::of(any_time())];
    let recovery = (option::of(any_coded()), times, any_provenance()).prop_map(
        |(target, [first_positive, valid_from, valid_until], provenance)| Recovery {
            target,
            first_positive,
            valid_from,
            valid_until,
            provenance,
        },
    );
    prop_oneof![
        any_own_dose().prop_map(|dose| Record::Vaccination(Box::new(dose))),
        any_own_test().prop_map(|test| Record::Test(Box::new(test))),
        recovery.prop_map(|recovery| Record::Recovery(Box::new(recovery))),
    ]
}
