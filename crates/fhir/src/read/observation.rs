//! `Observation` (HL7 FHIR R4 §10.1): nucleic-acid, antigen and antibody results.
//!
//! Times: `effective[x]` is when the sample was taken (collected), `issued` when the result was
//! released (reported); when it reached the laboratory and when the test was done come as
//! extensions, or from a contained Specimen.

use super::coded::{self, fields, find_contained};
use super::elements::{Concept, Observation, Reference, Specimen, extension};
use super::findings::Findings;
use super::subject::{Scene, Who};
use super::{RowResult, outcome, record, short, times};
use crate::{json, urls};
use hutong_model::catalogue::Test;
use hutong_model::{
    Action, Catalogue, Coding, Fact, Issue, IssueCode, Quantity, Source, TestOutcome, TestResult,
    Times,
};

/// Reads an Observation.
pub(super) fn read(text: &str, scene: &Scene<'_>) -> (Option<Box<str>>, RowResult) {
    let resource = match json::parse::<Observation<'_>>(text, "Observation") {
        Ok(resource) => resource,
        Err(issue) => return (None, RowResult::Rejected(vec![issue])),
    };
    let id = resource.id.as_deref().and_then(short);
    (id, judge(scene, &resource, "Observation"))
}

/// The test that one of the codings, or without any coding the text, names.
pub(super) fn known_test(code: Option<&Concept<'_>>) -> Option<&'static Test> {
    let code = code?;
    let catalogue = Catalogue::builtin();
    let by_code = code
        .coding
        .iter()
        .find_map(|coding| catalogue.test(coding.system.as_deref()?, coding.code.as_deref()?));
    let by_text = || {
        let text = code.text.as_deref().filter(|_| code.coding.is_empty())?;
        catalogue.test_by_name(text)
    };
    by_code.or_else(by_text)
}

/// Not kept: the code is not that of a test that is kept.
pub(super) fn not_a_test(field: &'static str) -> RowResult {
    let version = Catalogue::builtin().version();
    RowResult::NotKept(Issue::information(
        IssueCode::NotSupported,
        field,
        format!(
            "not a nucleic-acid, antigen or antibody test of the catalogue (version {version})"
        ),
    ))
}

/// Judges a parsed `Observation`; `kind` is the resource that it came as.
pub(super) fn judge(scene: &Scene<'_>, r: &Observation<'_>, kind: &'static str) -> RowResult {
    let Some(test) = known_test(r.code.as_ref()) else { return not_a_test("Observation.code") };
    if !r.has_member.is_empty() && !has_value(r) {
        return not_kept("Observation.hasMember", "a group without a result: its members are kept");
    }
    if r.status.as_deref() == Some("cancelled") {
        return not_kept("Observation.status", "the test was called off: there is no result");
    }
    let mut f = Findings::default();
    let own_id = scene.own_id(&mut f, kind, r.id.as_deref(), &r.identifier);
    let (subject, born) =
        match scene.who(&mut f, "Observation.subject", &r.contained, r.subject.as_ref()) {
            Who::Person(subject, born) => (Some(subject), born),
            Who::NotAPerson(kind) => return record::subject_not_kept("Observation.subject", &kind),
            Who::Nobody => (None, None),
        };
    if r.status.as_deref() == Some("entered-in-error") {
        let note = r.note.first().and_then(|note| note.text.as_deref());
        let reason = f.words("Observation.note", note);
        return record::retraction(f, own_id, subject, reason.unwrap_or("entered in error".into()));
    }
    let status = status(&mut f, r.status.as_deref());
    let specimen = contained_specimen(r);
    let times = all_times(&mut f, scene, r, specimen.as_ref());
    times::not_before_birth(&mut f, "Observation.effectiveDateTime", times.collected, born);
    let (outcome, value) = found(&mut f, r, status);
    let result = result(&mut f, r, test, outcome, value, specimen.as_ref());
    let mut action = record::action(&mut f, scene, "Observation.extension", &r.extension);
    if let (Status::Changed, Action::New, Some(own)) = (status, &action, &own_id) {
        action = Action::Correct(own.clone());
    }
    let source: Source = record::source(&r.extension, None);
    record::stated(f, own_id, action, subject, source, times, Fact::TestResult(result))
}

fn not_kept(field: &'static str, reason: &'static str) -> RowResult {
    RowResult::NotKept(Issue::information(IssueCode::NotSupported, field, reason))
}

/// How far a result has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    /// `registered`, `preliminary`, `partial`: there may be no result yet.
    Open,
    /// `final`, `unknown`.
    Done,
    /// `amended`, `corrected`, `appended`: it replaces what was sent under the same id.
    Changed,
}

pub(super) fn status(f: &mut Findings, word: Option<&str>) -> Status {
    const FIELD: &str = "Observation.status";
    match word {
        Some("registered" | "preliminary" | "partial") => Status::Open,
        Some("final" | "unknown") => Status::Done,
        Some("amended" | "corrected" | "appended") => Status::Changed,
        Some(_) => {
            f.error(
                IssueCode::CodeInvalid,
                FIELD,
                "the status is not one of FHIR's",
                "use registered, preliminary, final, amended, corrected or entered-in-error",
            );
            Status::Done
        }
        None => {
            f.missing(FIELD, "give registered, preliminary or final");
            Status::Done
        }
    }
}

fn has_value(r: &Observation<'_>) -> bool {
    r.value_codeable_concept.is_some()
        || r.value_string.is_some()
        || r.value_boolean.is_some()
        || r.value_integer.is_some()
        || r.value_quantity.is_some()
        || r.value_ratio.is_some()
        || r.data_absent_reason.is_some()
        || !r.interpretation.is_empty()
}

/// What the test found: the verdict and the number, whichever are stated.
fn found(f: &mut Findings, r: &Observation<'_>, status: Status) -> (TestOutcome, Option<Quantity>) {
    let number = measured(f, r);
    let concept = r.value_codeable_concept.as_ref();
    let verdict = concept
        .and_then(outcome::of_concept)
        .or_else(|| r.value_string.as_deref().and_then(outcome::of_words))
        .or_else(|| r.interpretation.iter().find_map(outcome::of_concept))
        .or(r
            .value_boolean
            .map(|yes| if yes { TestOutcome::Positive } else { TestOutcome::Negative }));
    if let Some(verdict) = verdict {
        return (verdict, number);
    }
    if concept.is_some() || r.value_string.is_some() {
        f.error(
            IssueCode::CodeInvalid,
            "Observation.value",
            "the result is not one that is understood",
            "use SNOMED CT, LOINC answers or the words positive, negative, inconclusive, invalid",
        );
        return (TestOutcome::Inconclusive, number);
    }
    if number.is_some() {
        return (TestOutcome::Measured, number);
    }
    if r.data_absent_reason.is_some() {
        let open = status == Status::Open;
        return (if open { TestOutcome::Pending } else { TestOutcome::Invalid }, None);
    }
    if status != Status::Open {
        let remedy = "give the result, or the status registered or preliminary while there is none";
        f.missing("Observation.value", remedy);
    }
    (TestOutcome::Pending, None)
}

/// The number: a quantity, a whole number, or the titre of a ratio 1:n.
fn measured(f: &mut Findings, r: &Observation<'_>) -> Option<Quantity> {
    if let Some(found) = coded::quantity(f, "Observation.valueQuantity", r.value_quantity.as_ref())
    {
        return Some(found);
    }
    if let Some(number) = r.value_integer {
        return Some(Quantity { value: number.text().into(), unit: None });
    }
    let ratio = r.value_ratio.as_ref()?;
    let one = ratio.numerator.as_ref().and_then(|n| n.value).map(|n| n.text());
    let titre = ratio.denominator.as_ref().and_then(|d| d.value).map(|d| d.text());
    match (one, titre) {
        (Some("1"), Some(titre)) => {
            Some(Quantity { value: titre.into(), unit: Some("{titer}".into()) })
        }
        _ => {
            let remedy = "give a titre as 1:n, or the value as valueQuantity";
            let reason = "only titres of the form 1:n are read as ratios";
            f.error(IssueCode::Value, "Observation.valueRatio", reason, remedy);
            None
        }
    }
}

fn contained_specimen<'x>(r: &'x Observation<'_>) -> Option<Specimen<'x>> {
    let reference = r.specimen.as_ref()?.reference.as_deref()?;
    let raw = find_contained(&r.contained, reference)?;
    json::parse(raw.text(), "Observation.contained").ok()
}

fn all_times(
    f: &mut Findings,
    scene: &Scene<'_>,
    r: &Observation<'_>,
    specimen: Option<&Specimen<'_>>,
) -> Times {
    let now = scene.ctx.now();
    let from_period = r.effective_period.as_ref().and_then(|p| p.start.as_deref());
    let effective = r.effective_date_time.as_deref().or(r.effective_instant.as_deref());
    let mut times = Times {
        collected: times::when(f, "Observation.effectiveDateTime", effective.or(from_period), now),
        reported: times::when(f, "Observation.issued", r.issued.as_deref(), now),
        ..Times::default()
    };
    record::extra_times(f, scene, "Observation.extension", &r.extension, &mut times);
    if let Some(specimen) = specimen {
        let field = "Observation.contained.collection";
        let taken = specimen.collection.as_ref().and_then(|c| {
            let start = c.collected_period.as_ref().and_then(|p| p.start.as_deref());
            c.collected_date_time.as_deref().or(start)
        });
        if times.collected.is_none() {
            times.collected = times::when(f, field, taken, now);
        }
        if times.received.is_none() {
            let received = specimen.received_time.as_deref();
            times.received = times::when(f, "Observation.contained.receivedTime", received, now);
        }
    }
    let nothing_sent = effective.or(from_period).is_none() && r.issued.is_none();
    if times.occurred().is_none() && nothing_sent {
        f.missing("Observation.effectiveDateTime", "say when the sample was taken");
    }
    times
}

fn result(
    f: &mut Findings,
    r: &Observation<'_>,
    test: &Test,
    outcome: TestOutcome,
    value: Option<Quantity>,
    specimen: Option<&Specimen<'_>>,
) -> TestResult {
    let code = r.code.as_ref();
    let mut code =
        code.map(|code| coded::codings(f, &fields!("Observation.code"), code)).unwrap_or_default();
    code.sort_by_key(|c| Catalogue::builtin().test(&c.system, &c.code).is_none());
    let pool = extension(&r.extension, urls::EXT_POOL_SIZE)
        .and_then(|e| e.value_positive_int.or(e.value_integer).or(e.value_unsigned_int));
    TestResult {
        kind: test.kind,
        code,
        outcome,
        value,
        agent: Some(test.agent.clone()).filter(|agent| !agent.is_empty()),
        specimen: specimen_kind(f, r, specimen),
        tube: tube(f, r, specimen),
        pool_size: coded::count(f, "Observation.extension", pool.map(|n| n.text())),
        method: method(f, r),
        performer: laboratory(f, &r.performer, r),
        place: coded::place(f, "Observation.extension", &r.extension, urls::EXT_PLACE),
        note: record::remarks(f, "Observation.note", None, &r.note),
    }
}

fn specimen_kind(
    f: &mut Findings,
    r: &Observation<'_>,
    specimen: Option<&Specimen<'_>>,
) -> Option<Coding> {
    let own = extension(&r.extension, urls::EXT_SPECIMEN);
    let stated = own.and_then(|e| e.value_codeable_concept.as_ref());
    let kind = stated.or(specimen.and_then(|s| s.kind.as_ref()));
    coded::one(f, &fields!("Observation.specimen"), kind).or_else(|| {
        let display = r.specimen.as_ref().and_then(|s| s.display.as_deref());
        f.words("Observation.specimen", display).map(|text| Coding::text(&text))
    })
}

fn tube(
    f: &mut Findings,
    r: &Observation<'_>,
    specimen: Option<&Specimen<'_>>,
) -> Option<Box<str>> {
    let own = extension(&r.extension, urls::EXT_TUBE).and_then(|e| {
        e.value_string.as_deref().or(e.value_identifier.as_ref().and_then(|i| i.value.as_deref()))
    });
    let referred = r.specimen.as_ref().and_then(|s| s.identifier.as_ref());
    let within = specimen.and_then(|s| s.accession_identifier.as_ref().or(s.identifier.first()));
    let identifier = referred.or(within).and_then(|i| i.value.as_deref());
    f.text("Observation.specimen", own.or(identifier))
}

fn method(f: &mut Findings, r: &Observation<'_>) -> Option<Coding> {
    coded::one(f, &fields!("Observation.method"), r.method.as_ref()).or_else(|| {
        let name = coded::name_of(r.device.as_ref()?, &r.contained)?;
        f.words("Observation.device", Some(&name)).map(|text| Coding::text(&text))
    })
}

/// The laboratory: the first performer that is an organisation, else the first.
fn laboratory(
    f: &mut Findings,
    performers: &[Reference<'_>],
    r: &Observation<'_>,
) -> Option<Box<str>> {
    let is_unit = |p: &&Reference<'_>| {
        p.kind.as_deref() == Some("Organization")
            || p.reference.as_deref().is_some_and(|t| t.contains("Organization/"))
    };
    let chosen = performers.iter().find(is_unit).or(performers.first())?;
    let name = coded::name_of(chosen, &r.contained)?;
    f.words("Observation.performer", Some(&name))
}
