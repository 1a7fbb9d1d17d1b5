//! What a certificate states, as facts of our own model.

use hutong_code::foreign::{Coded, Record, Recovery, TestResult, Vaccination};
use hutong_model::{
    Coding, Fact, TestKind, TestOutcome, Times, When, claim::ClaimedRecord, record,
};

/// SNOMED CT: COVID-19, the disease that certificates of tests name.
const COVID_19: &str = "840539006";
/// What our catalogue calls its agent.
const SARS_COV_2: &str = "sars-cov-2";

/// The claimed record; none where it has no date or its meaning is not known.
pub(super) fn claimed(record: &Record) -> Option<ClaimedRecord> {
    match record {
        Record::Vaccination(dose) => vaccination(dose),
        Record::Test(test) => test_result(test),
        Record::Recovery(recovery) => first_positive(recovery),
    }
}

fn vaccination(dose: &Vaccination) -> Option<ClaimedRecord> {
    let performed = Some(When::parse(dose.date.as_deref()?).ok()?);
    let ours = dose.catalogue.as_ref().map(|code| Coding::new(&code.system, &code.code));
    let theirs = [&dose.product, &dose.vaccine, &dose.target].into_iter().flatten().map(coding);
    let vaccine: Vec<Coding> = ours.into_iter().chain(theirs).collect();
    if vaccine.is_empty() {
        return None;
    }
    let number = |number: Option<u32>| number.and_then(|number| u16::try_from(number).ok());
    let provenance = &dose.provenance;
    let fact = Fact::Vaccination(record::Vaccination {
        vaccine,
        dose_number: number(dose.dose),
        series_doses: number(dose.doses),
        lot: dose.lot.clone(),
        lot_expires: None,
        manufacturer: dose.maker.as_ref().map(coding),
        site: None,
        route: None,
        amount: None,
        trace_code: None,
        performer: provenance.performer.clone().or_else(|| provenance.authority.clone()),
        vaccinator: None,
        place: None,
        not_done: false,
        not_done_reason: None,
        note: None,
        subpotent: false,
    });
    Some(ClaimedRecord { times: Times { performed, ..Times::default() }, fact })
}

fn test_result(test: &TestResult) -> Option<ClaimedRecord> {
    let collected = Some(When::parse(test.sampled_at.as_deref()?).ok()?);
    let reported = test.reported_at.as_deref().and_then(|text| When::parse(text).ok());
    let kind = match test.kind.as_deref()? {
        "nucleic-acid" => TestKind::NucleicAcid,
        "antigen" => TestKind::Antigen,
        _ => return None,
    };
    let outcome = match test.outcome.as_deref()? {
        "negative" => TestOutcome::Negative,
        "positive" => TestOutcome::Positive,
        "inconclusive" => TestOutcome::Inconclusive,
        _ => return None,
    };
    let provenance = &test.provenance;
    let fact = Fact::TestResult(record::TestResult {
        kind,
        code: test.test.iter().map(coding).collect(),
        outcome,
        value: None,
        agent: agent(test.target.as_ref()),
        specimen: None,
        tube: None,
        pool_size: None,
        method: test.device.as_ref().map(coding),
        performer: provenance.performer.clone().or_else(|| provenance.authority.clone()),
        place: None,
        note: None,
    });
    Some(ClaimedRecord { times: Times { collected, reported, ..Times::default() }, fact })
}

/// A certificate of recovery states the date of the first positive result (eHealth Network,
/// Guidelines on Verifiable Vaccination Certificates, annex on recovery): that is what is kept.
fn first_positive(recovery: &Recovery) -> Option<ClaimedRecord> {
    let collected = Some(When::parse(recovery.first_positive.as_deref()?).ok()?);
    let fact = Fact::TestResult(record::TestResult {
        kind: TestKind::NucleicAcid,
        code: Vec::new(),
        outcome: TestOutcome::Positive,
        value: None,
        agent: agent(recovery.target.as_ref()),
        specimen: None,
        tube: None,
        pool_size: None,
        method: None,
        performer: recovery.provenance.authority.clone(),
        place: None,
        note: Some("certificate of recovery".into()),
    });
    Some(ClaimedRecord { times: Times { collected, ..Times::default() }, fact })
}

fn coding(coded: &Coded) -> Coding {
    Coding {
        system: coded.system.as_deref().unwrap_or_default().into(),
        code: coded.code.clone(),
        display: coded.zh.as_deref().or(coded.en.as_deref()).map(Into::into),
    }
}

fn agent(target: Option<&Coded>) -> Option<Box<str>> {
    target.filter(|target| *target.code == *COVID_19).map(|_| SARS_COV_2.into())
}
