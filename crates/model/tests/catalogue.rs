//! The catalogue as its users see it.

use hutong_model::catalogue::{CN_VACCINE, CVX, Catalogue, LOINC, ProductKind, SNOMED, TEST};
use hutong_model::record::TestKind;
use std::collections::HashSet;

#[test]
fn the_embedded_catalogue_is_whole() {
    let catalogue = Catalogue::from_json(include_str!("../data/catalogue.json"))
        .expect("the embedded catalogue is well formed");
    assert_eq!(catalogue.version(), Catalogue::builtin().version());
    assert_eq!(catalogue.version(), "2026-11");
    assert!(catalogue.vaccines().filter(|v| &*v.system == CVX).count() >= 285);
    let mut seen = HashSet::new();
    for vaccine in catalogue.vaccines() {
        assert!(seen.insert((&vaccine.system, &vaccine.code)), "twice: {}", vaccine.code);
        let found = catalogue.vaccine(&vaccine.system, &vaccine.code);
        assert_eq!(found, Some(vaccine));
        let known = !matches!(vaccine.kind, ProductKind::None | ProductKind::Unknown);
        assert_eq!(known, !vaccine.families.is_empty(), "{}", vaccine.code);
        assert!(!vaccine.name_en.is_empty() && !vaccine.name_zh.is_empty());
        for alias in &vaccine.aliases {
            let by_name = catalogue.vaccine_by_name(alias).expect("an alias leads somewhere");
            assert_eq!(by_name.families, vaccine.families, "{alias}");
        }
    }
    for test in catalogue.tests() {
        assert_eq!(catalogue.test(&test.system, &test.code), Some(test));
    }
}

#[test]
fn codes_lead_to_families() {
    let catalogue = Catalogue::builtin();
    let families = |system, code| -> Vec<&str> {
        catalogue
            .vaccine(system, code)
            .map(|v| v.families.iter().map(|f| &**f).collect())
            .unwrap_or_default()
    };
    assert_eq!(families(CVX, "03"), ["measles", "mumps", "rubella"]);
    assert_eq!(families(CVX, "3"), ["measles", "mumps", "rubella"]);
    assert_eq!(families(CVX, "511"), ["covid-19"]);
    assert_eq!(families(CN_VACCINE, "5601"), ["covid-19"]);
    assert_eq!(families(CVX, "30"), ["hepatitis-b-antibody"]);
    assert!(catalogue.vaccine(CVX, "1234").is_none());
    assert!(catalogue.vaccine("urn:other", "03").is_none());
    assert!(catalogue.manages_vaccines(CVX));
    assert!(!catalogue.manages_vaccines(CN_VACCINE) && !catalogue.manages_vaccines(SNOMED));
}

#[test]
fn antibodies_and_skin_tests_share_no_family_with_vaccines() {
    let catalogue = Catalogue::builtin();
    for vaccine in catalogue.vaccines().filter(|v| v.kind == ProductKind::Vaccine) {
        for other in catalogue.vaccines().filter(|v| v.kind != ProductKind::Vaccine) {
            assert!(!vaccine.shares_family(other), "{} and {}", vaccine.code, other.code);
        }
    }
}

#[test]
fn names_are_found_however_they_are_written() {
    let catalogue = Catalogue::builtin();
    for name in ["卡介苗", " BCG ", "ｂｃｇ"] {
        assert_eq!(catalogue.vaccine_by_name(name).map(|v| &*v.code), Some("BCG"));
    }
    for name in ["新冠疫苗（Vero细胞）", "新冠疫苗(vero细胞)", "新冠疫苗 (VERO细胞)"]
    {
        assert_eq!(catalogue.vaccine_by_name(name).map(|v| &*v.code), Some("COVID-I"));
    }
    assert!(catalogue.vaccine_by_name("").is_none());
    assert_eq!(catalogue.test_by_name("核酸检测").map(|t| &*t.code), Some("sars-cov-2-na"));
}

#[test]
fn tests_have_a_kind_and_an_agent() {
    let catalogue = Catalogue::builtin();
    let test = catalogue.test(LOINC, "94500-6").expect("known");
    assert_eq!((test.kind, &*test.agent), (TestKind::NucleicAcid, "sars-cov-2"));
    let test = catalogue.test(TEST, "sars-cov-2-ag").expect("known");
    assert_eq!((test.kind, &*test.agent), (TestKind::Antigen, "sars-cov-2"));
}

#[test]
fn merge_windows_are_data() {
    let catalogue = Catalogue::builtin();
    assert_eq!(catalogue.merge_window_days("measles"), 3);
    assert_eq!(catalogue.merge_window_days("rabies"), 0);
}
