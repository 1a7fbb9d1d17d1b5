//! The invented person of the vectors, and what happened to them.

use hutong_code::foreign::{
    CatalogueCode, Coded, Name, PersonShown, Provenance, Record, Recovery, TestResult, Vaccination,
};
use std::borrow::Cow;

const SNOMED: &str = "http://snomed.info/sct";

/// 林知远, born 1988-03-14.
pub(crate) fn person() -> PersonShown {
    PersonShown {
        name: Name { text: Some("林知远".into()), ..Name::default() },
        birth_date: Some("1988-03-14".into()),
        ..PersonShown::default()
    }
}

fn covid_19() -> Option<Coded> {
    Some(Coded {
        system: Some(Cow::Borrowed(SNOMED)),
        code: "840539006".into(),
        ..Coded::default()
    })
}

fn provenance() -> Provenance {
    Provenance {
        country: Some("CN".into()),
        authority: Some("Conformance Kit".into()),
        ..Provenance::default()
    }
}

/// The first dose of two.
pub(crate) fn dose() -> Record {
    Record::Vaccination(Box::new(Vaccination {
        target: covid_19(),
        catalogue: Some(CatalogueCode {
            system: Cow::Borrowed("http://hl7.org/fhir/sid/cvx"),
            code: Cow::Borrowed("510"),
        }),
        dose: Some(1),
        doses: Some(2),
        date: Some("2021-05-26".into()),
        provenance: provenance(),
        ..Vaccination::default()
    }))
}

/// A result of a kind: `nucleic-acid`, `antigen`.
pub(crate) fn result(kind: &'static str, sampled_at: &str) -> Record {
    Record::Test(Box::new(TestResult {
        target: covid_19(),
        kind: Some(Cow::Borrowed(kind)),
        sampled_at: Some(sampled_at.into()),
        outcome: Some(Cow::Borrowed("negative")),
        provenance: Provenance { performer: Some("Laboratory".into()), ..provenance() },
        ..TestResult::default()
    }))
}

/// A recovery.
pub(crate) fn recovery() -> Record {
    Record::Recovery(Box::new(Recovery {
        target: covid_19(),
        first_positive: Some("2021-01-10".into()),
        valid_from: Some("2021-01-24".into()),
        valid_until: Some("2021-07-09".into()),
        provenance: provenance(),
    }))
}
