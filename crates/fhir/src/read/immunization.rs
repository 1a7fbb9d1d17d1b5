//! `Immunization` (HL7 FHIR R4 Immunization): doses given and not given.

use super::coded::{self, fields};
use super::elements::{Extension, Immunization, Protocol, extension};
use super::findings::Findings;
use super::subject::{Scene, Who};
use super::{RowResult, record, short, times};
use crate::{json, urls};
use hutong_model::{
    Catalogue, Coding, Fact, IssueCode, Source, Times, Vaccination, limits::PERFORMERS_MAX,
};

/// Reads an Immunization.
pub(super) fn read(text: &str, scene: &Scene<'_>) -> (Option<Box<str>>, RowResult) {
    let resource = match json::parse::<Immunization<'_>>(text, "Immunization") {
        Ok(resource) => resource,
        Err(issue) => return (None, RowResult::Rejected(vec![issue])),
    };
    let id = resource.id.as_deref().and_then(short);
    (id, judge(scene, &resource))
}

fn judge(scene: &Scene<'_>, r: &Immunization<'_>) -> RowResult {
    let mut f = Findings::default();
    let own_id = scene.own_id(&mut f, "Immunization", r.id.as_deref(), &r.identifier);
    let patient = r.patient.as_ref();
    let (subject, born) = match scene.who(&mut f, "Immunization.patient", &r.contained, patient) {
        Who::Person(subject, born) => (Some(subject), born),
        Who::NotAPerson(kind) => return record::subject_not_kept("Immunization.patient", &kind),
        Who::Nobody => (None, None),
    };
    let not_done = match r.status.as_deref() {
        Some("completed") => false,
        Some("not-done") => true,
        Some("entered-in-error") => {
            let reason = words_of(&mut f, r).unwrap_or_else(|| "entered in error".into());
            return record::retraction(f, own_id, subject, reason);
        }
        Some(_) => {
            let remedy = "use completed, not-done or entered-in-error";
            let reason = "the status is not one of FHIR's";
            f.error(IssueCode::CodeInvalid, "Immunization.status", reason, remedy);
            false
        }
        None => {
            f.missing("Immunization.status", "give completed, not-done or entered-in-error");
            false
        }
    };
    let mut source = record::source(&r.extension, r.primary_source);
    let (times, spoken) = occurrence(&mut f, scene, r);
    if spoken.is_some() && source == Source::FirstHand {
        source = Source::Historical;
    }
    times::not_before_birth(&mut f, "Immunization.occurrenceDateTime", times.performed, born);
    let vaccination = vaccination(&mut f, r, not_done, spoken);
    if let (Some(expires), Some(given)) = (vaccination.lot_expires, times.performed)
        && given.date() > expires
        && !not_done
    {
        let reason = "the dose was given after the lot had expired";
        let remedy = "check both dates";
        f.warning(IssueCode::BusinessRule, "Immunization.expirationDate", reason, remedy);
    }
    let action = record::action(&mut f, scene, "Immunization.extension", &r.extension);
    record::stated(f, own_id, action, subject, source, times, Fact::Vaccination(vaccination))
}

/// Why, in words: of a record withdrawn.
fn words_of(f: &mut Findings, r: &Immunization<'_>) -> Option<Box<str>> {
    let reason = r.status_reason.as_ref().and_then(|concept| {
        let display = concept.coding.iter().find_map(|c| c.display.as_deref());
        concept.text.as_deref().or(display)
    });
    let note = r.note.first().and_then(|note| note.text.as_deref());
    f.words("Immunization.statusReason", reason.or(note))
}

/// When it happened. An occurrence in words is kept as a remark, and the record as historical.
fn occurrence<'x>(
    f: &mut Findings,
    scene: &Scene<'_>,
    r: &'x Immunization<'_>,
) -> (Times, Option<&'x str>) {
    let now = scene.ctx.now();
    let field = "Immunization.occurrenceDateTime";
    let mut times = Times {
        performed: times::when(f, field, r.occurrence_date_time.as_deref(), now),
        reported: times::when(f, "Immunization.recorded", r.recorded.as_deref(), now),
        ..Times::default()
    };
    record::extra_times(f, scene, "Immunization.extension", &r.extension, &mut times);
    if r.occurrence_date_time.is_some() {
        return (times, None);
    }
    let Some(text) = r.occurrence_string.as_deref().map(str::trim).filter(|t| !t.is_empty()) else {
        f.missing(field, "say when the dose was given, as far as it is known");
        return (times, None);
    };
    let field = "Immunization.occurrenceString";
    if times::parse(text).is_ok() {
        times.performed = times::when(f, field, Some(text), now);
        return (times, None);
    }
    f.warning(
        IssueCode::Value,
        field,
        "the time is in words: it is kept as a remark, and nothing is counted from it",
        "give occurrenceDateTime; the year or the month alone is enough",
    );
    (times, Some(text))
}

/// Words that say that a time is not known; they are not repeated as a remark.
const UNKNOWN: [&str; 2] = [crate::write::UNKNOWN_TIME, "不详"];

fn vaccination(
    f: &mut Findings,
    r: &Immunization<'_>,
    not_done: bool,
    spoken: Option<&str>,
) -> Vaccination {
    let (dose_number, series_doses) = protocol(f, &r.protocol_applied);
    let (performer, vaccinator) = performers(f, r);
    let maker = r.manufacturer.as_ref();
    let reason = r.status_reason.as_ref().filter(|_| not_done);
    let spoken = spoken.filter(|text| !UNKNOWN.contains(text));
    Vaccination {
        vaccine: vaccine(f, r),
        dose_number,
        series_doses,
        lot: f.text("Immunization.lotNumber", r.lot_number.as_deref()),
        lot_expires: times::day(f, "Immunization.expirationDate", r.expiration_date.as_deref()),
        manufacturer: maker.and_then(|reference| manufacturer(f, reference, r)),
        site: coded::one(f, &fields!("Immunization.site"), r.site.as_ref()),
        route: coded::one(f, &fields!("Immunization.route"), r.route.as_ref()),
        amount: coded::quantity(f, "Immunization.doseQuantity", r.dose_quantity.as_ref()),
        trace_code: trace_code(f, &r.extension),
        performer,
        vaccinator,
        place: coded::place(f, "Immunization.extension", &r.extension, urls::EXT_PLACE),
        not_done,
        not_done_reason: coded::one(f, &fields!("Immunization.statusReason"), reason),
        note: record::remarks(f, "Immunization.note", spoken, &r.note),
        subpotent: r.is_subpotent == Some(true),
    }
}

/// The vaccine: every coding, those of systems that the catalogue manages first.
fn vaccine(f: &mut Findings, r: &Immunization<'_>) -> Vec<Coding> {
    const FIELD: &str = "Immunization.vaccineCode";
    let concept = r.vaccine_code.as_ref();
    let mut list = concept
        .map(|concept| coded::codings(f, &fields!("Immunization.vaccineCode"), concept))
        .unwrap_or_default();
    if list.is_empty() {
        f.missing(FIELD, "say which vaccine it was: a code, or its name as text");
        return list;
    }
    let catalogue = Catalogue::builtin();
    let is_known = |c: &Coding| catalogue.vaccine(&c.system, &c.code).is_some();
    let (mut known, mut unknown) = (None, false);
    for (at, c) in list.iter().enumerate().filter(|(_, c)| !c.code.is_empty()) {
        if is_known(c) {
            known = known.or(Some(at));
        } else {
            unknown |= catalogue.manages_vaccines(&c.system);
        }
    }
    let named = |c: &Coding| {
        c.display.as_deref().is_some_and(|name| catalogue.vaccine_by_name(name).is_some())
    };
    if unknown {
        f.error(
            IssueCode::CodeInvalid,
            "Immunization.vaccineCode.coding.code",
            format!("the code is not in the vaccine catalogue (version {})", catalogue.version()),
            "correct the code, or ask the national node to add the vaccine to the catalogue",
        );
    } else if known.is_none() && !list.iter().any(named) {
        f.warning(
            IssueCode::CodeInvalid,
            FIELD,
            "the catalogue knows none of its codings: nothing is concluded from the dose",
            "add the national vaccine code or the CVX code",
        );
    }
    if known.is_some_and(|at| at > 0) {
        list.sort_by_cached_key(|c| !is_known(c));
    }
    list
}

/// Dose number and doses in the series. FHIR allows several protocols; the first one counts.
fn protocol(f: &mut Findings, list: &[Protocol<'_>]) -> (Option<u16>, Option<u16>) {
    let Some(first) = list.first() else { return (None, None) };
    fn number(p: &Protocol<'_>) -> Option<String> {
        let text = p.dose_number_positive_int.map(|n| n.text());
        text.or(p.dose_number_string.as_deref()).map(str::to_owned)
    }
    if list.iter().any(|other| number(other) != number(first)) {
        let reason = "several protocols give different dose numbers; the first one is kept";
        let remedy = "put first the protocol that matters";
        f.warning(IssueCode::BusinessRule, "Immunization.protocolApplied", reason, remedy);
    }
    let dose = coded::count(
        f,
        "Immunization.protocolApplied.doseNumberPositiveInt",
        number(first).as_deref(),
    );
    let series = first.series_doses_positive_int.map(|n| n.text());
    let series = series.or(first.series_doses_string.as_deref());
    let series = coded::count(f, "Immunization.protocolApplied.seriesDosesPositiveInt", series);
    (dose, series)
}

fn manufacturer(
    f: &mut Findings,
    reference: &super::elements::Reference<'_>,
    r: &Immunization<'_>,
) -> Option<Coding> {
    const FIELD: &str = "Immunization.manufacturer";
    if let Some(identifier) = &reference.identifier
        && let Some(code) = f.code(FIELD, identifier.value.as_deref())
    {
        let system = f.uri(FIELD, identifier.system.as_deref()).unwrap_or_default();
        let display = f.words(FIELD, reference.display.as_deref());
        return Some(Coding { system, code, display });
    }
    let name = coded::name_of(reference, &r.contained)?;
    f.words(FIELD, Some(&name)).map(|name| Coding::text(&name))
}

/// The unit and the person that gave it. An actor that is an organisation is the unit; of persons
/// the one who administered (`AP`) comes first.
fn performers(f: &mut Findings, r: &Immunization<'_>) -> (Option<Box<str>>, Option<Box<str>>) {
    const FIELD: &str = "Immunization.performer.actor";
    let mut unit = None;
    let mut person: Option<(bool, std::borrow::Cow<'_, str>)> = None;
    // Each that is contained is looked for among all that is contained.
    for performer in r.performer.iter().take(PERFORMERS_MAX) {
        let Some(actor) = &performer.actor else { continue };
        let Some(name) = coded::name_of(actor, &r.contained) else { continue };
        let is_unit = actor.kind.as_deref() == Some("Organization")
            || actor.reference.as_deref().is_some_and(|t| t.contains("Organization/"));
        if is_unit {
            unit.get_or_insert(name);
            continue;
        }
        let codings = performer.function.iter().flat_map(|function| &function.coding);
        let gave = codings.into_iter().any(|c| c.code.as_deref() == Some("AP"));
        if person.as_ref().is_none_or(|(already, _)| gave && !already) {
            person = Some((gave, name));
        }
    }
    let unit = f.words(FIELD, unit.as_deref());
    (unit, f.words(FIELD, person.as_ref().map(|(_, name)| &**name)))
}

/// 20 digits (NMPAB/T 1002).
fn trace_code(f: &mut Findings, extensions: &[Extension<'_>]) -> Option<Box<str>> {
    let text = extension(extensions, urls::EXT_TRACE_CODE)?.value_string.as_deref();
    let code = f.text("Immunization.extension", text)?;
    if code.len() != 20 || !code.bytes().all(|b| b.is_ascii_digit()) {
        let reason = "a trace code has 20 digits";
        f.warning(IssueCode::Value, "Immunization.extension", reason, "scan the package again");
    }
    Some(code)
}
