//! Certificates that are issued, read back through the scanner.

mod codes;
mod dcc;
mod generators;
mod latin;
mod own;
mod own_wire;
mod seen;
mod shc;
mod uvci;

use hutong_code::foreign::keys::{Certificate, ForeignKeys};
use hutong_code::foreign::{Coded, Name, PersonShown, Provenance, Record, Recovery};
use hutong_code::foreign::{Reading, TestResult, Vaccination};
use hutong_code::issue::Uvci;
use hutong_code::{Algorithm, Revocations, Scanner, SigningKey, VerifyContext};
use hutong_model::Timestamp;
use rcgen::{CertificateParams, DnType, KeyPair, date_time_ymd};

/// When everything happens: 2022-01-01.
const NOW: Timestamp = Timestamp::from_unix_s(1_640_995_200);

/// A key of ES256 with its certificate.
struct Signer {
    key: SigningKey,
    certificate: Certificate,
}

impl Signer {
    fn of(country: &str) -> Self {
        let mut parameters = CertificateParams::default();
        parameters.distinguished_name.push(DnType::CountryName, country);
        parameters.not_before = date_time_ymd(2021, 1, 1);
        parameters.not_after = date_time_ymd(2030, 1, 1);
        let pair = KeyPair::generate().expect("a key");
        let certificate = parameters.self_signed(&pair).expect("signed");
        Self {
            key: SigningKey::from_pkcs8(pair.serialized_der()).expect("a key"),
            certificate: Certificate::from_der(certificate.der()).expect("a certificate"),
        }
    }

    /// A scanner that trusts its certificate.
    fn scanner(&self) -> Scanner {
        let mut keys = ForeignKeys::default();
        keys.add_certificate(self.certificate.clone()).expect("few");
        Scanner::new(None, keys, Revocations::default())
    }
}

fn ed25519() -> SigningKey {
    SigningKey::generate(Algorithm::EdDsa).expect("a key")
}

fn at(now: Timestamp) -> VerifyContext<'static> {
    VerifyContext::at(now)
}

/// A code with the names that stand in the value sets, as readers give it.
fn coded(system: &str, code: &str, en: &str, zh: &str) -> Coded {
    let owned = |text: &str| Some(text.to_owned().into());
    Coded { system: owned(system), code: code.into(), en: owned(en), zh: owned(zh) }
}

fn snomed(code: &str, en: &str, zh: &str) -> Coded {
    coded("http://snomed.info/sct", code, en, zh)
}

fn covid_19() -> Coded {
    snomed("840539006", "COVID-19", "新型冠状病毒感染")
}

fn provenance() -> Provenance {
    Provenance {
        country: Some("CN".into()),
        authority: Some("浙江省疾病预防控制中心".into()),
        certificate: Some(Uvci::build("CN", "ABC123").expect("well-formed").as_str().into()),
        performer: None,
    }
}

/// A dose of `CoronaVac`, whole.
fn dose() -> Vaccination {
    let codes = hutong_code::issue::vaccine_codes("http://hl7.org/fhir/sid/cvx", "511", None);
    let codes = codes.expect("known");
    Vaccination {
        target: codes.target,
        vaccine: codes.vaccine,
        product: codes.product,
        maker: codes.maker,
        dose: Some(2),
        doses: Some(3),
        date: Some("2021-06-11".into()),
        provenance: provenance(),
        ..Vaccination::default()
    }
}

fn test_result() -> TestResult {
    TestResult {
        target: Some(covid_19()),
        test: Some(coded("http://loinc.org", "LP6464-4", "nucleic-acid amplification", "核酸检测")),
        name: Some("RT-PCR".into()),
        sampled_at: Some("2021-12-30T08:15:00+08:00".into()),
        result: Some(snomed("260415000", "not detected", "未检出")),
        provenance: Provenance {
            performer: Some("杭州市第一人民医院".into()), ..provenance()
        },
        ..TestResult::default()
    }
}

fn recovery() -> Recovery {
    Recovery {
        target: Some(covid_19()),
        first_positive: Some("2021-10-01".into()),
        valid_from: Some("2021-10-12".into()),
        valid_until: Some("2022-03-30".into()),
        provenance: provenance(),
    }
}

fn vaccination_record() -> Record {
    Record::Vaccination(Box::new(dose())).completed()
}

fn test_record() -> Record {
    Record::Test(Box::new(test_result())).completed()
}

fn recovery_record() -> Record {
    Record::Recovery(Box::new(recovery()))
}

fn person() -> PersonShown {
    PersonShown {
        name: Name {
            family: Some("欧阳".into()), given: Some("修远".into()), ..Name::default()
        },
        birth_date: Some("1990-05-01".into()),
        ..PersonShown::default()
    }
}

/// The first reason: what decided the answer.
fn why(reading: &Reading) -> &str {
    reading.reasons.first().map_or("", |why| why.reason.code.as_ref())
}
