//! Records of ours in the one model of certificates.

use crate::identity::Identity;
use hutong_code::foreign::{
    CatalogueCode, Coded, Name, PersonShown, Provenance, Record, TestResult, Vaccination,
};
use hutong_fhir::ShownRecord;
use hutong_model::{
    Catalogue, Coding, Entry, Fact, Precision, TestKind, TestOutcome, catalogue, record,
};
use std::borrow::Cow;

/// Who issues.
pub(super) struct By<'n> {
    /// The country, ISO 3166-1 alpha-2.
    pub(super) country: &'n str,
    /// The node's name.
    pub(super) node: &'n str,
}

/// The statement of a record; none of what is no dose or result, an error where it says too little.
pub(super) fn of(shown: &ShownRecord, by: &By<'_>) -> Result<Option<Record>, &'static str> {
    let entry = &shown.entry;
    match &entry.fact {
        Fact::Vaccination(dose) if dose.not_done => Ok(None),
        Fact::Vaccination(dose) => {
            vaccination(entry, dose, by).map(|dose| Some(Record::Vaccination(Box::new(dose))))
        }
        Fact::TestResult(test) => {
            test_result(entry, test, by).map(|test| Some(Record::Test(Box::new(test))))
        }
        _ => Ok(None),
    }
}

/// Whom certificates are about. Documents are named by none of them.
pub(super) fn person(identity: &Identity) -> PersonShown {
    PersonShown {
        name: Name { text: identity.demographics.name.clone(), ..Name::default() },
        birth_date: identity.birth_date().map(|date| date.to_string().into()),
        ..PersonShown::default()
    }
}

fn vaccination(
    entry: &Entry,
    dose: &record::Vaccination,
    by: &By<'_>,
) -> Result<Vaccination, &'static str> {
    let performed = entry.times.performed.ok_or("its date is not known")?;
    let catalogue = Catalogue::builtin();
    let known = dose
        .vaccine
        .iter()
        .find(|coding| catalogue.vaccine(&coding.system, &coding.code).is_some());
    let number = |number: Option<u16>| number.map(u32::from);
    Ok(Vaccination {
        vaccine: known.or(dose.vaccine.first()).map(coded),
        maker: dose.manufacturer.as_ref().map(coded),
        catalogue: known.map(|coding| CatalogueCode {
            system: Cow::Owned(coding.system.to_string()),
            code: Cow::Owned(coding.code.to_string()),
        }),
        dose: number(dose.dose_number),
        doses: number(dose.series_doses),
        date: Some(performed.date().to_string().into()),
        lot: dose.lot.clone(),
        provenance: provenance(dose.performer.as_deref(), by),
        ..Vaccination::default()
    })
}

fn test_result(
    entry: &Entry,
    test: &record::TestResult,
    by: &By<'_>,
) -> Result<TestResult, &'static str> {
    let collected = entry.times.collected.ok_or("when the sample was taken is not known")?;
    if collected.precision() < Precision::Day {
        return Err("the day on which the sample was taken is not known");
    }
    let outcome = match test.outcome {
        TestOutcome::Negative => "negative",
        TestOutcome::Positive => "positive",
        TestOutcome::Inconclusive => "inconclusive",
        TestOutcome::Pending => return Err("there is no result yet"),
        TestOutcome::Invalid | TestOutcome::Measured => return Err("it has no verdict"),
    };
    let kind = match test.kind {
        TestKind::NucleicAcid => "nucleic-acid",
        TestKind::Antigen => "antigen",
        TestKind::Antibody => return Err("no certificate states antibodies"),
    };
    Ok(TestResult {
        target: test.agent.as_deref().and_then(target),
        test: test.code.first().map(coded),
        kind: Some(Cow::Borrowed(kind)),
        sampled_at: Some(collected.to_string().into()),
        outcome: Some(Cow::Borrowed(outcome)),
        provenance: provenance(test.performer.as_deref(), by),
        ..TestResult::default()
    })
}

/// The agents of our catalogue that the certificates' own lists of diseases have.
fn target(agent: &str) -> Option<Coded> {
    (agent == "sars-cov-2").then(|| Coded {
        system: Some(Cow::Borrowed(catalogue::SNOMED)),
        code: "840539006".into(),
        en: Some(Cow::Borrowed("COVID-19")),
        zh: Some(Cow::Borrowed("新型冠状病毒感染")),
    })
}

fn provenance(performer: Option<&str>, by: &By<'_>) -> Provenance {
    Provenance {
        country: Some(by.country.into()),
        authority: Some(by.node.into()),
        certificate: None,
        performer: performer.map(Into::into),
    }
}

fn coded(coding: &Coding) -> Coded {
    let named = coding.display.as_deref().map(|name| Cow::Owned(name.to_owned()));
    Coded {
        system: (!coding.system.is_empty()).then(|| Cow::Owned(coding.system.to_string())),
        code: coding.code.clone(),
        en: named.clone(),
        zh: named,
    }
}
